"""Administration of the measure catalogue and of plan lines. Readings are entered on their line's page, where the rules are kept."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from activity.models import Delay, Line, Measure, Reading, RiskShare, WeeklyCount
from opplan.plans.admin import HouseAdmin


@admin.register(Measure)
class MeasureAdmin(HouseAdmin):
    list_display = ["round", "code", "short_name", "area", "kind", "direction", "standard"]
    list_filter = ["round", "area", "kind"]
    search_fields = ["code", "name", "short_name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["round", "code", "kind"] if obj else []


@admin.register(Line)
class LineAdmin(HouseAdmin):
    list_display = ["reference", "plan", "measure", "title", "scope"]
    list_filter = ["plan", "scope"]
    search_fields = ["reference", "title", "measure__short_name"]
    list_select_related = ["plan__organisation", "measure"]
    autocomplete_fields = ["measure"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["plan", "reference", "measure"] if obj else []


@admin.register(Reading)
class ReadingAdmin(HouseAdmin):
    """To be read only: the line's page checks pairs, closed months and published figures."""

    list_display = ["line", "period", "actual_numerator", "actual_denominator", "status", "basis"]
    list_filter = ["line__plan", "status", "basis"]
    search_fields = ["line__reference"]
    list_select_related = ["line"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Delay)
class DelayAdmin(HouseAdmin):
    """To be read only: delayed days are entered by month, where closed months and published figures are minded."""

    list_display = ["plan", "place", "period", "cut", "care", "body", "reason", "days", "basis"]
    list_filter = ["plan", "cut", "basis"]
    search_fields = ["place", "reason"]
    list_select_related = ["plan__organisation"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(WeeklyCount)
class WeeklyCountAdmin(HouseAdmin):
    """To be read only: a weekly count is entered on its own page, where closed months and other people's changes are minded."""

    list_display = ["line", "day", "planned", "actual", "basis"]
    list_filter = ["line__plan", "basis"]
    search_fields = ["line__reference"]
    list_select_related = ["line"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(RiskShare)
class RiskShareAdmin(HouseAdmin):
    """What the Better Care Fund pays in a quarter, and from what a reduction counts."""

    list_display = ["line", "quarter", "amount", "baseline", "basis"]
    list_filter = ["line__plan", "basis"]
    search_fields = ["line__reference"]
    list_select_related = ["line"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["line", "quarter"] if obj else []
