"""Is a change real? The grid of all lines by icon, and the page on which a line's limits are kept."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from activity import presenters
from activity.actions import remove_rebase, set_limits, set_rebase
from activity.forms.limits import LimitsForm, RebaseForm
from activity.presenters import variation as words
from activity.queries import (
    LineRecord,
    Variation,
    VariationEntry,
    changes_of_limits,
    find_line,
    find_rebase,
    line_record,
    line_variation,
    rebases_of,
    variation_entries,
)
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edited, explain
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web.tables import download

SETTINGS = ("spc_profile", "spc_fix_after")


@needs(Capability.VIEW_PLAN)
@require_safe
def variation(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every line that holds a figure by what its chart finds: variation, assurance, latest value, target and rating."""
    entries, rows, asked = _grid(request, scope)
    shown = words.narrowed(rows, asked)
    return render(
        request,
        "activity/variation.html",
        {
            "scope": scope,
            "headline": words.variation_headline(rows),
            "lead": words.variation_lead(entries, rows, scope.month),
            "tallies": words.tallies(rows, asked, scope.url),
            "assurances": words.ASSURANCES.values(),
            "areas": words.by_area([row for row in shown if row.variation]),
            "few": [row for row in shown if not row.variation],
            "shown": len(shown),
            "total": len(rows),
            "asked": words.asked_in_words(asked),
            "all_url": scope.url("activity:variation"),
            "download_url": scope.url(
                "activity:variation_download", {name: value for name, value in asked.items() if value}
            ),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def variation_download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The lines that the grid shows, narrowed as it is, as CSV."""
    entries, rows, asked = _grid(request, scope)
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-variation-{scope.month:%Y-%m}"
    return download(name, words.DOWNLOAD_HEADS, words.variation_cells(entries, words.narrowed(rows, asked)))


def _grid(request: HttpRequest, scope: Scope) -> tuple[list[VariationEntry], list[words.GridRow], dict[str, str]]:
    """Every line with what its chart finds, as rows, and which icons are asked for."""
    entries = variation_entries(scope.plan, scope.month, tolerances(scope.plan))
    asked = {name: request.GET.get(name, "") for name in ("variation", "assurance", "area")}
    return entries, words.grid_rows(entries, scope.url), asked


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """How a line's chart is read: whose rules, on how many points its limits rest, and where they are drawn anew."""
    record, found = _found(scope, reference)
    line = record.line
    editing = edited(
        request,
        LimitsForm,
        opening(line, SETTINGS),
        lambda form, version: set_limits(
            line,
            profile=form.cleaned_data["spc_profile"],
            fix_after=form.cleaned_data["spc_fix_after"],
            by=scope.user,
            why=form.cleaned_data["why"],
            version=version,
        ),
    )
    if editing.saved is not None:
        messages.success(request, "Saved: how the chart is read.")
        return redirect(scope.url("activity:limits", reference=reference))
    return render(
        request,
        "activity/limits.html",
        {
            "scope": scope,
            **editing.shown,
            "line": record.position,
            "spc": presenters.spc_of(record, found),
            "rebases": [
                (row, words.period_words(row.period, weekly=_weekly(record)), _rebase_url(scope, reference, row.period))
                for row in rebases_of(line)
            ],
            "rebase_url": scope.url("activity:rebase", reference=reference),
            "changes": changes_of_limits(line),
            "steps": _steps(scope, record),
        },
        status=editing.status,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def rebase(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Draw a line's limits anew; `?from=2015-12-01` words that rebase again or takes it away."""
    record, found = _found(scope, reference)
    line, asked = record.line, _day(request.GET.get("from", ""))
    row = find_rebase(line, asked) if asked else None
    if asked and row is None:
        raise Http404("No such rebase")
    periods = words.period_choices(found.series, weekly=_weekly(record))
    if row is not None:
        periods = [(f"{row.period:%Y-%m-%d}", words.period_words(row.period, weekly=_weekly(record)))]
    begun = opening(row, ("reason",)) if row else Opening(None, {})
    begun.values["period"] = periods[0][0] if row else ""
    make = partial(RebaseForm, periods=periods)
    back = scope.url("activity:limits", reference=reference)
    editing: Editing[Any]
    if row is not None and request.method == "POST" and "remove" in request.POST:
        form = make(request.POST)
        form.is_valid()
        editing = Editing(form, begun.version)
        if "why" not in form.errors:
            try:
                remove_rebase(row, by=scope.user, why=form.cleaned_data["why"])
            except ValidationError as problem:
                explain(form, problem)
            else:
                messages.success(request, "Taken away: the limits run on.")
                return redirect(back)
    else:
        editing = edited(
            request,
            make,
            begun,
            lambda form, version: set_rebase(
                line,
                period=date.fromisoformat(form.cleaned_data["period"]),
                reason=form.cleaned_data["reason"],
                by=scope.user,
                why=form.cleaned_data["why"],
                version=version,
            ),
        )
    if editing.saved is not None:
        messages.success(request, "Saved: the limits are drawn anew.")
        return redirect(back)
    return render(
        request,
        "activity/rebase.html",
        {
            "scope": scope,
            **editing.shown,
            "line": record.position,
            "row": row,
            "none": not periods,
            "back": back,
            "steps": [*_steps(scope, record), {"title": "Limits", "url": back}],
        },
        status=editing.status,
    )


def _found(scope: Scope, reference: str) -> tuple[LineRecord, Variation]:
    line = find_line(scope.plan, reference)
    if line is None:
        raise Http404("No such line")
    record = line_record(line, scope.month, tolerances(scope.plan))
    return record, line_variation(line, record.position, record.held)


def _weekly(record: LineRecord) -> bool:
    return record.position.frequency == "week"


def _rebase_url(scope: Scope, reference: str, period: date) -> str:
    return scope.url("activity:rebase", {"from": f"{period:%Y-%m-%d}"}, reference=reference)


def _steps(scope: Scope, record: LineRecord) -> list[dict[str, str]]:
    reference = record.position.reference
    return [
        *presenters.steps(record.position, scope.url("activity:lines")),
        {"title": record.position.short_name, "url": scope.url("activity:line", reference=reference)},
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
