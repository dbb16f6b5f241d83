"""The catalogue of measures: read by all, added to by whoever plans, and the place from which a line is added to the plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from activity import presenters
from activity.actions import add_line, add_measure, change_line, change_measure
from activity.filters import MeasureFilter
from activity.forms.planning import LineChangeForm, LineForm, MeasureForm, NewMeasureForm
from activity.queries import (
    MEASURE_FIELDS,
    catalogue,
    find_line,
    find_measure,
    lines_following,
    measure_changes,
    parts_of_measure,
)
from activity.tables import MeasureTable
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edit_page, edited
from opplan.plans.queries import providers
from opplan.plans.versions import Opening, opening
from opplan.web.tables import PER_PAGE, download

if TYPE_CHECKING:
    from activity.models import Measure

LINE_VALUES = ("title", "owner", "initiative_id")


@needs(Capability.VIEW_PLAN)
@require_safe
def measures(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every measure that the plan may follow, by area: filtered, searched, paged, and to be had as a file."""
    rows = list(catalogue(scope.plan))
    chosen = MeasureFilter(
        request.GET or None,
        queryset=catalogue(scope.plan),
        areas=list(dict.fromkeys(row.area for row in rows)),
    )
    kept = list(chosen.kept) if chosen.narrows else rows
    if request.GET.get("download"):
        return download(f"measures-{scope.plan.round}", presenters.CATALOGUE_HEADS, presenters.catalogue_cells(kept))
    address = partial(_measure_url, scope)
    table = MeasureTable(presenters.measure_rows(kept, address), caption="Measures")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    everything = presenters.measure_rows(rows, address)
    return render(
        request,
        "activity/measures.html",
        {
            "scope": scope,
            "round": scope.plan.round.replace("-", "/"),
            "headline": presenters.catalogue_headline(everything, scope.plan.round.replace("-", "/")),
            "lead": presenters.catalogue_lead(everything, scope.plan.organisation.short_name),
            "filter": chosen,
            "table": table,
            "shown": len(kept),
            "total": len(rows),
            "all_url": scope.url("activity:measures"),
            "may_plan": scope.may(Capability.EDIT_PLAN),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def measure_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a measure of the organisation's own to the catalogue."""
    editing = edited(
        request,
        partial(NewMeasureForm, parents=_parents(scope)),
        Opening(None, {}),
        lambda form, _: add_measure(
            scope.plan,
            code=form.cleaned_data["code"],
            kind=form.cleaned_data["kind"],
            typed=form.typed,
            by=scope.user,
            why=form.cleaned_data["why"],
        ),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved}. Add a line to follow it in this plan.")
        return redirect(_measure_url(scope, editing.saved.code))
    return _form(
        request,
        scope,
        editing,
        headline="Add a local measure",
        context_line=f"It belongs to {scope.plan.organisation.short_name}, in the planning round {scope.plan.round.replace('-', '/')}.",
        button="Add the measure",
        back=scope.url("activity:measures"),
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """One measure: its definition, its lines in this plan, its history; and for those who may, a local one to change."""
    row = find_measure(scope.plan, code)
    may_change = row is not None and row.organisation_id is not None and scope.may(Capability.EDIT_PLAN)
    if row is None or (request.method == "POST" and not may_change):
        raise Http404("No such measure")
    editing = None
    if may_change:
        editing = edited(
            request,
            partial(MeasureForm, parents=_parents(scope, row)),
            opening(row, tuple(MEASURE_FIELDS)),
            lambda form, version: change_measure(
                row, scope.plan, typed=form.typed, by=scope.user, why=form.cleaned_data["why"], version=version
            ),
        )
        if editing.saved:
            messages.success(request, f"Saved: {editing.saved}.")
            return redirect(_measure_url(scope, code))
    return render(
        request,
        "activity/measure.html",
        {
            "scope": scope,
            "measure": row,
            "round": row.round.replace("-", "/"),
            "facts": presenters.measure_facts(row),
            "parts": parts_of_measure(row),
            "lines": lines_following(scope.plan, row),
            "changes": measure_changes(row),
            "may_plan": scope.may(Capability.EDIT_PLAN),
            "may_change": may_change,
            "steps": _steps(scope),
            **(editing.shown if editing else {}),
        },
        status=editing.status if editing else 200,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def line_add(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Add a line of the measure to the plan: for the whole, a provider, a specialty or an initiative with its senior owner."""
    row = find_measure(scope.plan, code)
    if row is None:
        raise Http404("No such measure")
    editing = edited(
        request,
        partial(
            LineForm,
            providers=[(key, f"{name} ({ods})") for key, ods, name in providers()],
            initiatives=_initiatives(scope),
        ),
        Opening(None, {"scope": "whole"}),
        lambda form, _: add_line(scope.plan, row, **form.cleaned_data, by=scope.user),
    )
    if editing.saved:
        messages.success(request, f"Added: line {editing.saved.reference}. Build it up, or enter its figures.")
        return redirect(scope.url("activity:line", reference=editing.saved.reference))
    return _form(
        request,
        scope,
        editing,
        headline=f"Add a line for {row.short_name}",
        context_line=f"Measure {row.code}, {row.unit}. {scope.plan}.",
        button="Add the line",
        back=_measure_url(scope, code),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def line_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what a line is called, its senior owner, or the initiative that works on it."""
    row = find_line(scope.plan, reference)
    if row is None:
        raise Http404("No such line")
    editing = edited(
        request,
        partial(LineChangeForm, initiatives=_initiatives(scope)),
        opening(row, LINE_VALUES),
        lambda form, version: change_line(
            row,
            typed={name: form.cleaned_data[name] for name in LINE_VALUES},
            by=scope.user,
            why=form.cleaned_data["why"],
            version=version,
        ),
    )
    back = scope.url("activity:line", reference=reference)
    if editing.saved:
        messages.success(request, f"Saved: line {reference}.")
        return redirect(back)
    return _form(
        request,
        scope,
        editing,
        headline=f"Change {row.measure.short_name}",
        context_line=f"Line {row.reference}, {row.get_scope_display().lower()}. {scope.plan}.",
        button="Save the line",
        back=back,
    )


def _form(request: HttpRequest, scope: Scope, editing: Editing[Any], **shown: str) -> HttpResponse:
    return edit_page(request, editing, scope=scope, steps=_steps(scope), **shown)


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Activity", "url": scope.url("activity:lines")},
        {"title": "Catalogue", "url": scope.url("activity:measures")},
    ]


def _measure_url(scope: Scope, code: str) -> str:
    return scope.url("activity:measure", code=code)


def _parents(scope: Scope, row: Measure | None = None) -> list[tuple[int, str]]:
    """The measures that this one may be part of: those of its kind, for a new one all."""
    rows = catalogue(scope.plan)
    if row is not None:
        rows = rows.filter(kind=row.kind).exclude(pk=row.pk)
    return [(key, f"{code} {name}") for key, code, name in rows.values_list("pk", "code", "short_name")]


def _initiatives(scope: Scope) -> list[tuple[int, str]]:
    return [(one.key, f"{one.reference} {one.title}") for one in initiative_register(scope.plan, scope.month)]
