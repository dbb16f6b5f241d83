from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin

from finance.models import SavingsRequirement, Scheme


@admin.register(Scheme)
class SchemeAdmin(SimpleHistoryAdmin):
    """What a scheme is. Its months are typed in the grid, where closed months and changes by others are looked after."""

    list_display = ["reference", "title", "plan", "state", "owner"]
    list_filter = ["plan", "state"]
    search_fields = ["reference", "title", "owner"]


@admin.register(SavingsRequirement)
class SavingsRequirementAdmin(SimpleHistoryAdmin):
    """What a plan must save in the year."""

    list_display = ["plan", "amount", "source"]
