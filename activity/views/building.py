"""How a line is planned: its build-up, what initiatives change in it, the phasing of its year, and its path to a standard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from activity import presenters
from activity.actions import (
    ReadingsChanged,
    add_impact,
    apply_phasing,
    change_impact,
    quantify_impact,
    record_readings,
    save_build,
)
from activity.forms import Entry, opened_entry
from activity.forms.entry import FigureEntry
from activity.forms.paths import (
    explain_reason,
    impact_changes_of,
    impact_grid,
    moved_words,
    planned_after,
    planning_rights,
    proposed_path,
)
from activity.forms.planning import BuildForm, ImpactForm, LinePhasingForm, PathForm
from activity.queries import (
    Building,
    LineRecord,
    Month,
    PhasedYear,
    build_changes,
    building,
    find_impact,
    find_line,
    impact_changes,
    line_record,
    phased_year,
    profiles,
    reading_history,
    readings,
)
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.calc.building import periods
from opplan.calc.ratios import Kind, YearRule
from opplan.plans.editing import edit_page, edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web.formats import counted, plain
from opplan.web.forms import WhyForm
from opplan.web.grid import MonthGrid
from opplan.web.phasing import PhasingForm, share_name

if TYPE_CHECKING:
    from activity.models import Line

BUILD_VALUES = ("baseline", "baseline_year", "demographic", "other", "policy", "policy_note")
IMPACT_VALUES = ("initiative_id", "title", "effect", "how_modelled")
HOW = ("how", "year", "since", "start", "end", "by", "shape", "over")


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """How the plan of a line is built up, step by step and initiative by initiative; and for those who may, its parts to give."""
    row = _line(scope, reference)
    may_plan = scope.may(Capability.EDIT_PLAN)
    if request.method == "POST" and not may_plan:
        raise Http404("No such page")
    built = building(row, readings(row))
    page = presenters.build_page(row, built, scope.url)
    editing = None
    if may_plan and page.suited:
        editing = edited(
            request,
            BuildForm,
            _begun(built),
            lambda form, version: save_build(
                row,
                typed={name: form.cleaned_data[name] for name in BUILD_VALUES},
                outturn=built.outturn,
                by=scope.user,
                why=form.cleaned_data["why"],
                version=version,
            ),
        )
        if editing.saved:
            messages.success(request, "Saved: the build-up. Phase the year to write it into the months.")
            return redirect(scope.url("activity:build", reference=reference))
    return render(
        request,
        "activity/build.html",
        {
            "scope": scope,
            "line": row,
            "page": page,
            "built": built,
            "changes": build_changes(row, built.row),
            "may_plan": may_plan,
            "steps": _steps(scope, row),
            **(editing.shown if editing else {}),
        },
        status=editing.status if editing else 200,
    )


def _begun(built: Building) -> Opening:
    """The build-up as it stands; where there is none, the outturn that is held as the baseline to begin with."""
    if built.row is not None:
        return opening(built.row, BUILD_VALUES)
    outturn = built.outturn
    proposed = None if outturn.value is None else round(outturn.value, built.places)
    return Opening(None, {"baseline": proposed, "baseline_year": outturn.year if proposed is not None else ""})


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def impact_add(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Add what an initiative is to change in a line."""
    row = _line(scope, reference)
    editing = edited(
        request,
        partial(ImpactForm, initiatives=_initiatives(scope)),
        Opening(None, {"initiative_id": row.initiative_id, "effect": "reduce"}),
        lambda form, _: add_impact(row, **form.cleaned_data, by=scope.user),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.reference}. Now say by how much, month by month.")
        return redirect(scope.url("activity:impact", reference=editing.saved.reference))
    return edit_page(
        request,
        editing,
        scope=scope,
        steps=[*_steps(scope, row), _step_of_build(scope, row)],
        headline=f"Add what an initiative changes in {row.measure.short_name}",
        context_line=f"Line {row.reference}. {scope.plan}.",
        button="Add the impact",
        back=scope.url("activity:build", reference=reference),
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def impact(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """What one initiative changes in one line, month by month: a grid for those who may type in it."""
    row = find_impact(scope.plan, reference)
    may_plan = scope.may(Capability.EDIT_PLAN)
    if row is None or (request.method == "POST" and not may_plan):
        raise Http404("No such impact")
    closed = scope.closed_months if may_plan else frozenset(scope.plan.months)

    def grid() -> MonthGrid:
        return impact_grid(row, scope.plan.months, closed, shut=scope.closed_months)

    made = partial(WhyForm, auto_id="%s", needed=False)
    entry = FigureEntry(grid(), made())
    if request.method == "POST":
        entry = FigureEntry.of(grid(), made, request.POST)
        if entry.ready:
            try:
                changed = quantify_impact(row, impact_changes_of(entry.grid), by=scope.user, why=entry.why)
            except ReadingsChanged:
                entry = FigureEntry.of(grid(), made, request.POST)
            except ValidationError as problem:
                entry.refuse(problem)
            else:
                messages.success(request, f"Saved: {counted(changed, 'month')} changed. The build-up holds it.")
                return redirect(scope.url("activity:impact", reference=reference))
    return render(
        request,
        "activity/impact.html",
        {
            "scope": scope,
            "impact": row,
            "entry": entry,
            "changes": impact_changes(row),
            "may_plan": may_plan,
            "steps": [*_steps(scope, row.line), _step_of_build(scope, row.line)],
        },
        status=entry.status,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def impact_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what an impact is called, its effect, how it was modelled, or whose it is."""
    row = find_impact(scope.plan, reference)
    if row is None:
        raise Http404("No such impact")
    editing = edited(
        request,
        partial(ImpactForm, initiatives=_initiatives(scope)),
        opening(row, IMPACT_VALUES),
        lambda form, version: change_impact(
            row,
            typed={name: form.cleaned_data[name] for name in IMPACT_VALUES},
            by=scope.user,
            why=form.cleaned_data["why"],
            version=version,
        ),
    )
    back = scope.url("activity:impact", reference=reference)
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        steps=[*_steps(scope, row.line), _step_of_build(scope, row.line)],
        headline=f"Change {row.title}",
        context_line=f"Impact {row.reference} on {row.line.measure.short_name}. {scope.plan}.",
        button="Save the impact",
        back=back,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def phasing(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Phase a year over its months: what is asked for stands in the address, the preview on the page, and applying is a step of its own."""
    row = _line(scope, reference)
    held = readings(row)
    built = building(row, held)
    starts = [period[0] for period in built.periods]
    asked = LinePhasingForm(
        request.GET if "how" in request.GET else None,
        periods=starts,
        unit=row.measure.unit,
        initial=_asked_first(built, starts),
    )
    found = _phased(row, built, held, asked, scope) if built.phased and asked.is_bound else None
    why, moved = WhyForm(request.POST or None), list[str]()
    if request.method == "POST":
        if found is None:
            raise Http404("Nothing to apply")
        why.is_valid()
        if request.POST.get("seen", "") != _seen(found):
            moved = moved_words(request.POST.get("seen", ""), found, reading_history(row), row.measure.unit)
        elif not why.errors:
            try:
                changed = _apply(row, found, asked, why.cleaned_data["why"], scope)
            except ReadingsChanged:
                found = _phased(row, building(row, readings(row)), readings(row), asked, scope)
                moved = ["A month was changed while you were applying."]
            except ValidationError as problem:
                why.add_error(None, problem)
            else:
                messages.success(
                    request,
                    f"Applied: {counted(changed, 'month')} changed. The year is {plain(asked.cleaned_data['year'])}.",
                )
                return redirect(scope.url("activity:build", reference=reference))
    return render(
        request,
        "activity/phasing.html",
        {
            "scope": scope,
            "line": row,
            "built": built,
            "name": f"Phase {presenters.small_name(row.measure.short_name)}",
            "asked": asked,
            "preview": presenters.phasing_preview(found, row.measure.unit, len(built.periods[0])) if found else None,
            "seen": _seen(found) if found else "",
            "winter": profiles()["winter"],
            "why": why,
            "moved": moved,
            "steps": [*_steps(scope, row), _step_of_build(scope, row)],
        },
        status=409 if moved else 422 if why.is_bound and why.errors else 200,
    )


def _asked_first(built: Building, starts: Sequence[date]) -> dict[str, Any]:
    """The year that the build-up gives, else the one now planned, and the phasing used last."""
    year = built.up.plan if built.up else built.planned
    shares = built.row.percentages if built.row else []
    own = dict(zip(map(share_name, starts), shares, strict=False))
    return {"how": built.row.phasing if built.row else "working_days", "year": year, **own}


def _phased(row: Line, built: Building, held: Sequence[Month], asked: PhasingForm, scope: Scope) -> PhasedYear | None:
    if not asked.is_valid():
        return None
    try:
        return phased_year(
            row,
            built,
            held,
            how=asked.cleaned_data["how"],
            year=asked.cleaned_data["year"],
            percentages=asked.percentages,
            closed=scope.closed_months,
        )
    except ValueError as problem:
        asked.add_error(None, str(problem))
        return None


def _seen(found: PhasedYear) -> str:
    """What a preview says is planned now and would be: carried by the page, so that nobody applies what they have not seen."""
    return json.dumps([[f"{one.month:%Y-%m}", plain(one.now), plain(one.then)] for one in found.months])


def _apply(row: Line, found: PhasedYear, asked: PhasingForm, why: str, scope: Scope) -> int:
    own = asked.cleaned_data["how"] == "own"
    return apply_phasing(
        row,
        {one.month: one.then for one in found.free if one.then is not None},
        seen={one.month: one.now for one in found.free},
        phasing=asked.cleaned_data["how"],
        percentages=asked.percentages if own else (),
        by=scope.user,
        why=why,
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def trajectory(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The path of a percentage, rate or average to its standard: as planned; and for those who may, another to preview and to keep."""
    row = _line(scope, reference)
    may_plan = scope.may(Capability.EDIT_PLAN)
    if request.method == "POST" and not may_plan:
        raise Http404("No such page")
    found = line_record(row, scope.month, tolerances(scope.plan))
    position = found.position
    starts = [period[0] for period in periods(scope.plan.months, position.frequency)] or list(scope.plan.months)
    suited = not (position.kind == Kind.COUNT and position.year_rule == YearRule.SUM)
    entry = asked = None
    if may_plan and suited:
        entry = _entry(found, starts, scope)
        asked = PathForm(
            request.GET if "start" in request.GET else None,
            periods=starts,
            counted=position.kind == Kind.COUNT,
            initial=_path_first(found, starts, scope),
        )
        if request.method == "POST":
            entry = entry.read(request.POST)
            if entry.ready and not entry.why.strip():
                entry.form.add_error("why", "Say why. Everybody who may read the plan sees it.")
            if entry.ready:
                try:
                    months = record_readings(row, entry.changes, status={}, by=scope.user, why=entry.why)
                except ReadingsChanged:
                    found = line_record(row, scope.month, tolerances(scope.plan))
                    entry = _entry(found, starts, scope).read(request.POST)
                except ValidationError as refused:
                    entry.refuse(refused)
                else:
                    messages.success(request, f"Saved: {counted(months, 'month')} of the trajectory changed.")
                    return redirect(scope.url("activity:trajectory", reference=reference))
        elif asked.is_bound and asked.is_valid():
            typed, problem = proposed_path(found, starts, entry, asked.cleaned_data)
            if problem:
                asked.add_error(*problem)
            else:
                entry = entry.read(typed)
    now = [found.position.held_in(month).planned for month in starts]
    previewed = entry is not None and bool(entry.grid.changes or entry.errors)
    then = planned_after(found, starts, entry) if entry is not None and previewed else None
    if entry is not None:
        explain_reason(entry)
    return render(
        request,
        "activity/trajectory.html",
        {
            "scope": scope,
            "line": row,
            "page": presenters.path_page(row, found.position, starts, now, then),
            "suited": suited,
            "asked": asked,
            "entry": entry,
            "previewed": previewed,
            "unchanged": asked is not None and asked.is_bound and asked.is_valid() and not previewed,
            "steps": _steps(scope, row),
        },
        status=entry.status if entry is not None else 200,
    )


def _entry(found: LineRecord, starts: Sequence[date], scope: Scope) -> Entry:
    mine = planning_rights(starts, scope.closed_months)
    return opened_entry(found, mine, closed=scope.closed_months, reported=scope.plan.reporting_month)


def _path_first(found: LineRecord, starts: Sequence[date], scope: Scope) -> Mapping[str, Any]:
    """From the latest actual value to the standard, from the first open month to the last."""
    free = [month for month in starts if month not in scope.closed_months] or list(starts)
    latest = [one.actual for one in found.held if one.actual is not None and one.period <= scope.month]
    planned = found.position.held_in(free[0]).planned
    start = latest[-1] if latest else planned
    end = found.position.standard
    return {
        "start": "" if start is None else plain(round(start, 1)),
        "since": f"{free[0]:%Y-%m}",
        "end": "" if end is None else plain(end),
        "by": f"{starts[-1]:%Y-%m}",
    }


def _line(scope: Scope, reference: str) -> Line:
    row = find_line(scope.plan, reference)
    if row is None:
        raise Http404("No such line")
    return row


def _steps(scope: Scope, row: Line) -> list[dict[str, str]]:
    return [
        {"title": "Activity", "url": scope.url("activity:lines")},
        {"title": row.measure.short_name, "url": scope.url("activity:line", reference=row.reference)},
    ]


def _step_of_build(scope: Scope, row: Line) -> dict[str, str]:
    return {"title": "Build-up", "url": scope.url("activity:build", reference=row.reference)}


def _initiatives(scope: Scope) -> list[tuple[int, str]]:
    return [(one.key, f"{one.reference} {one.title}") for one in initiative_register(scope.plan, scope.month)]
