from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from activity.actions.delays import COUNTS, SHARE, DelaysChanged, record_delays, record_week, set_risk_share
from activity.forms.delays import DayForm, DaysEntry, RiskShareForm, WeekForm, days_grid
from activity.presenters import delay_entry as entry_presenters
from activity.presenters import delays as presenters
from activity.presenters.delay_rows import quarter as quarter_words
from activity.queries.control_group import ControlGroup, control_group, official_days, official_line
from activity.queries.delays import (
    changes_of_risk_share,
    changes_of_week,
    days_by_cut,
    delay_history,
    find_weekly_line,
    place_of,
    risk_share_of,
    week_of,
    weekly_counts,
)
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited
from opplan.plans.queries import places, tolerances
from opplan.plans.versions import Opening, Version, opening
from opplan.web import formats
from opplan.web.tables import download

if TYPE_CHECKING:
    from activity.models import Line, WeeklyCount

PLACES = {"initiative": "dashboards:initiative", "line": "activity:line", "milestone": "initiatives:milestone"}


def _found(scope: Scope) -> ControlGroup:
    return control_group(scope.plan, scope.month, tolerances(scope.plan))


def _address(scope: Scope) -> Callable[[str], str]:
    """The page of something that the group reads about, by its kind and reference: "milestone M-DTOC-06"."""

    def address(of: str) -> str:
        kind, _, reference = of.partition(" ")
        return scope.url(PLACES[kind], reference=reference)

    return address


@require_safe
@needs(Capability.VIEW_PLAN)
def delays(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What the urgent care control group reads of delayed transfers, at a month."""
    found = _found(scope)
    return render(
        request,
        "activity/delays.html",
        {
            "scope": scope,
            "page": presenters.delays_page(found, _address(scope)),
            "months": scope.plan.months,
            "may_record": scope.may(Capability.RECORD_READING),
            "share_urls": [
                (quarter_words(first), scope.url("activity:delays_share", quarter=f"{first:%Y-%m}"))
                for first in scope.plan.months[::3]
                if found.official and scope.may(Capability.EDIT_PLAN)
            ],
        },
    )


@require_safe
@needs(Capability.VIEW_PLAN)
def delays_download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every delayed day held up to the month, as CSV."""
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-delayed-transfers-{scope.month:%Y-%m}"
    return download(name, presenters.HEADS, presenters.delay_cells(_found(scope)))


@require_safe
@needs(Capability.VIEW_PLAN)
def delays_weeks(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every weekly count of the year and before; for those who may, the way to enter one."""
    line = _weekly_line(scope)
    form = DayForm(request.GET if "day" in request.GET else None)
    may_enter = _may_enter(scope)
    if may_enter and form.is_bound and form.is_valid():
        return redirect(scope.url("activity:delays_week", day=f"{form.cleaned_data['day']:%Y-%m-%d}"))
    weeks = weekly_counts(line.pk)
    return render(
        request,
        "activity/delays_weeks.html",
        {
            "scope": scope,
            "form": form,
            "may_enter": may_enter,
            "headline": entry_presenters.weeks_headline(weeks, scope.plan.months[0], scope.plan.months[-1]),
            "rows": entry_presenters.week_entries(
                weeks, lambda day: scope.url("activity:delays_week", day=f"{day:%Y-%m-%d}")
            ),
            "illustrative": any(week.basis == "illustrative" and week.actual is not None for week in weeks),
            "steps": _steps(scope),
        },
        status=422 if may_enter and form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def delays_week(request: HttpRequest, scope: Scope, day: str) -> HttpResponse:
    """The count of one day: what is held and what has changed in it; for those who may, to record."""
    line, counted_on = _weekly_line(scope), _day(day)
    row, may_enter = week_of(line, counted_on), _may_enter(scope)
    if not may_enter and (row.pk is None or request.method == "POST"):
        raise Http404("No such week")

    def make(*args: Any, **kwargs: Any) -> WeekForm:
        return WeekForm(
            *args,
            may_record=scope.may(Capability.RECORD_READING),
            may_plan=scope.may(Capability.EDIT_PLAN),
            **kwargs,
        )

    def save(form: WeekForm, version: Version) -> WeeklyCount:
        return record_week(line, counted_on, form.counts, by=scope.user, why=form.cleaned_data["why"], version=version)

    editing = edited(request, make, opening(row, COUNTS), save)
    if editing.saved is not None:
        messages.success(request, f"Saved: the count of {formats.day(counted_on)}.")
        return redirect(scope.url("activity:delays_weeks"))
    return render(
        request,
        "activity/delays_week.html",
        {
            "scope": scope,
            "day": counted_on,
            "week": row,
            "lead": entry_presenters.week_lead(row.actual, row.planned),
            "closed": counted_on.replace(day=1) in scope.closed_months,
            "may_enter": may_enter,
            "changes": changes_of_week(row),
            "steps": [*_steps(scope), {"title": "Weekly counts", "url": scope.url("activity:delays_weeks")}],
            **editing.shown,
        },
        status=editing.status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def delays_days(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Delayed days of one place by type of care, responsible organisation and reason, twelve months; for those who may, to record."""
    may_record = scope.may(Capability.RECORD_READING)
    if request.method == "POST" and not may_record:
        raise Http404("No such page")
    held = days_by_cut(scope.plan, scope.plan.months[0], scope.plan.months[-1])
    ours = place_of(scope.plan, held)
    place = request.GET.get("place", ours)
    if place != ours and place not in held:
        raise Http404("No such place")
    official = official_days(scope.plan) if place == ours else {}
    entry = _days_entry(scope, place, official)
    if request.method == "POST":
        entry = entry.read(request.POST)
        if entry.ready:
            try:
                many = record_delays(scope.plan, place, entry.changes, by=scope.user, why=entry.why)
            except DelaysChanged:
                entry = _days_entry(scope, place, official).read(request.POST)
            except ValidationError as refused:
                entry.refuse(refused)
            else:
                messages.success(request, entry_presenters.days_saved(many))
                return redirect(request.get_full_path())
    known = places([*held, place])
    return render(
        request,
        "activity/delays_days.html",
        {
            "scope": scope,
            "entry": entry,
            "may_record": may_record,
            "headline": entry_presenters.days_headline(entry_presenters.place_words(place, known), held.get(place, {})),
            "others": [
                (entry_presenters.place_words(code, known), scope.url("activity:delays_days", {"place": code}))
                for code in held
                if code != place
            ],
            "history": entry_presenters.day_edits(delay_history(scope.plan, place)),
            "steps": _steps(scope),
        },
        status=entry.status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def delays_share(request: HttpRequest, scope: Scope, quarter: str) -> HttpResponse:
    """What the Better Care Fund has at stake in a quarter, and from which level a reduction counts: to set or to change."""
    first = next((month for month in scope.plan.months[::3] if f"{month:%Y-%m}" == quarter), None)
    line = official_line(scope.plan)
    if first is None or line is None:
        raise Http404("No such quarter")
    row, name = risk_share_of(line, first), quarter_words(first)
    editing = edited(
        request,
        RiskShareForm,
        opening(row, SHARE) if row.pk else Opening(None, {}),
        lambda form, version: set_risk_share(line, first, **form.cleaned_data, by=scope.user, version=version),
    )
    back = f"{scope.url('activity:delays')}#h-bcf"
    if editing.saved is not None:
        messages.success(request, f"Saved: the risk share of {name}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        steps=_steps(scope),
        headline=f"Risk share, {name}",
        context_line=f"Better Care Fund. {scope.plan}.",
        lead="It is released as far as the planned reduction in average beds a day is achieved, at most all of it.",
        button="Save the risk share",
        back=back,
        history=changes_of_risk_share(row),
    )


def _days_entry(scope: Scope, place: str, official: dict[date, Decimal | None]) -> DaysEntry:
    """The months of a place as they are stored now, ready to be typed in."""
    held = days_by_cut(scope.plan, scope.plan.months[0], scope.plan.months[-1]).get(place, {})
    grid = days_grid(
        scope.plan,
        held,
        official,
        delay_history(scope.plan, place),
        closed=scope.closed_months,
        may_record=scope.may(Capability.RECORD_READING),
    )
    return DaysEntry.opened(grid)


def _weekly_line(scope: Scope) -> Line:
    line = find_weekly_line(scope.plan)
    if line is None:
        raise Http404("This plan has no weekly count")
    return line


def _may_enter(scope: Scope) -> bool:
    return scope.may(Capability.RECORD_READING) or scope.may(Capability.EDIT_PLAN)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise Http404("No such day") from problem


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Delayed transfers", "url": scope.url("activity:delays")}]
