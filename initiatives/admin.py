"""Administration of the register. Open to staff alone. Progress and updates are written in the plan's own pages, by its rules."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from initiatives.models import Initiative, Milestone, Programme, ProgressUpdate, Project, StrategicGoal
from opplan.plans.admin import HouseAdmin


class RegisterAdmin(HouseAdmin):
    """A row of a plan's register. Its plan and reference are its address, so they are given once."""

    list_filter = ["plan"]
    list_select_related = ["plan__organisation"]
    search_fields = ["reference", "title"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["plan", "reference", *self.readonly_fields] if obj else list(self.readonly_fields)


@admin.register(StrategicGoal)
class StrategicGoalAdmin(RegisterAdmin):
    list_display = ["reference", "title", "plan"]


@admin.register(Programme)
class ProgrammeAdmin(RegisterAdmin):
    list_display = ["reference", "title", "owner", "plan"]


@admin.register(Initiative)
class InitiativeAdmin(RegisterAdmin):
    list_display = ["reference", "title", "programme", "owner", "plan"]
    list_select_related = ["plan__organisation", "programme"]
    filter_horizontal = ["goals"]


@admin.register(Project)
class ProjectAdmin(RegisterAdmin):
    list_display = ["reference", "title", "initiative", "plan"]
    list_select_related = ["plan__organisation", "initiative"]


@admin.register(Milestone)
class MilestoneAdmin(RegisterAdmin):
    """What the plan says of a milestone. Its progress is recorded on its own page."""

    list_display = ["reference", "title", "due", "completed", "plan"]
    readonly_fields = ["completed", "forecast", "note", "progress_source", "progress_basis"]


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(HouseAdmin):
    """To be read only."""

    list_display = ["initiative", "month", "source"]
    list_filter = ["initiative__plan", "month"]
    list_select_related = ["initiative"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
