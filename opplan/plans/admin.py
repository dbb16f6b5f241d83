"""Administration of organisations, plans and rating rules. Open to staff alone; every change asks why and keeps its history."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from opplan.plans.models import ClosedMonth, Organisation, Plan, Tolerance
from opplan.plans.queries import default_rules

admin.site.site_header = "opplan administration"
admin.site.site_title = "opplan administration"
admin.site.index_title = "Members, organisations and plans"


class WithReason(forms.ModelForm):
    """A change with its reason, which the history keeps."""

    why = forms.CharField(label="Why", max_length=300, help_text="Kept in the history, with your name and the time")


class HouseAdmin(SimpleHistoryAdmin):
    """A model as staff may change it: with a reason, one row at a time, and never back to an old version unseen.

    `is_staff` is trust in the whole installation: it needs no further permission, and nobody else gets in.
    """

    form = WithReason
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An old version is shown, never saved again: that would undo later changes without a word."""
        if request.method != "GET":
            raise Http404("No such page")
        return super().history_form_view(request, *args, **kwargs)

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        obj._change_reason = form.cleaned_data["why"]  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


@admin.register(Organisation)
class OrganisationAdmin(HouseAdmin):
    list_display = ["name", "code", "kind", "parent"]
    list_filter = ["kind"]
    search_fields = ["name", "short_name", "code"]


@admin.register(Plan)
class PlanAdmin(HouseAdmin):
    """A plan's words. Its months are closed, reopened and reported in the plan's own settings, where the reason is asked."""

    list_display = ["__str__", "title", "reporting_month"]
    readonly_fields = ["organisation", "year", "round", "reporting_month"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Locked before it is read for saving, so that a month moved on meanwhile is not put back."""
        if request.method == "POST" and transaction.get_connection().in_atomic_block:
            Plan.objects.select_for_update().filter(pk=object_id).first()
        found: Model | None = super().get_object(request, object_id, from_field)
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Tolerance)
class ToleranceAdmin(HouseAdmin):
    list_display = ["plan", "rule", "green", "red"]
    list_filter = ["plan"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "rule":
            return forms.ChoiceField(choices=[(rule.rule, rule.title) for rule in default_rules().values()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["plan", "rule"] if obj else []


@admin.register(ClosedMonth)
class ClosedMonthAdmin(HouseAdmin):
    """To be read only: months are closed and reopened in the plan's own settings."""

    list_display = ["plan", "month"]
    list_filter = ["plan"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
