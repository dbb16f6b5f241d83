"""Administration of schemes and of what a plan must save. Open to staff alone. Months are typed in the grid, by its rules."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from finance.models import SavingsRequirement, Scheme
from opplan.plans.admin import HouseAdmin


@admin.register(Scheme)
class SchemeAdmin(HouseAdmin):
    """What a scheme is. Its plan and reference are its address, so they are given once."""

    list_display = ["reference", "title", "plan", "state", "owner"]
    list_filter = ["plan", "state"]
    list_select_related = ["plan__organisation"]
    search_fields = ["reference", "title", "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["plan", "reference"] if obj else []


@admin.register(SavingsRequirement)
class SavingsRequirementAdmin(HouseAdmin):
    """What a plan must save in the year."""

    list_display = ["plan", "amount", "source"]
    list_select_related = ["plan__organisation"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["plan"] if obj else []
