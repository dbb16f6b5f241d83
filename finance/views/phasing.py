"""How a scheme's year is planned and forecast: phased over its months, moved with its start, and what its forecast follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from activity.queries import profiles
from finance.actions.forecasts import follow_rule, move_start
from finance.actions.savings import Conflict, SavingChange, record_savings
from finance.forms.phasing import RuleForm, SchemePhasingForm, StartForm
from finance.presenters import phasing as words
from finance.presenters.forecasts import rule_lead
from finance.queries import find_scheme, savings_by_month, scheme_positions, schemes_of
from finance.queries.forecasts import forecast_rules, rule_changes
from finance.queries.phasing import PlannedYear, moved_year, phased_year, starts
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.calc.months import financial_year
from opplan.plans.editing import edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import opening
from opplan.web.formats import counted
from opplan.web.forms import WhyForm

if TYPE_CHECKING:
    from finance.models import Scheme
    from finance.queries import MonthOfSavings


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def phasing(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Phase a scheme's year over its months: what is asked stands in the address, and applying what is previewed is a step of its own."""
    row, months = _scheme(scope, reference)
    planned = sum((one.planned_saving or 0 for one in months.values()), 0)
    asked = SchemePhasingForm(
        request.GET if "how" in request.GET else None,
        periods=scope.plan.months,
        initial={"of": "planned_saving", "how": "even", "year": planned},
    )

    def proposed() -> list[PlannedYear]:
        if not asked.is_bound or not asked.is_valid():
            return []
        given = asked.cleaned_data
        try:
            year = phased_year(
                row,
                _scheme(scope, reference)[1],
                figure=given["of"],
                how=given["how"],
                year=given["year"],
                percentages=asked.percentages,
                closed=scope.closed_months,
            )
        except ValueError as problem:
            asked.add_error(None, str(problem))
            return []
        return [year]

    def accept(years: Sequence[PlannedYear], why: str) -> int:
        return record_savings(scope.plan, _changes(row, years), by=scope.user, why=why)

    step = _proposal(request, proposed, accept)
    if step.accepted is not None:
        messages.success(request, f"Applied: {counted(step.accepted, 'month')} changed.")
        return redirect(scope.url("finance:scheme", reference=reference))
    return render(
        request,
        "finance/phasing.html",
        {
            "scope": scope,
            "scheme": row,
            "asked": asked,
            "lead": words.phasing_finding(step.years[0])
            if step.years
            else "Choose how the year is spread. You see every month before anything is written.",
            "winter": profiles()["winter"],
            "button": "Apply to the open months",
            "steps": _steps(scope, row),
            **step.shown,
        },
        status=step.status,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Move a scheme's start: its planned months are proposed moved with it, and nothing changes before they are accepted."""
    row, months = _scheme(scope, reference)
    begins = starts(row, months)
    asked = StartForm(
        request.GET if "start" in request.GET else None,
        months=scope.plan.months,
        initial={"start": f"{begins:%Y-%m}" if begins else ""},
    )

    def steps() -> int:
        assert begins is not None
        return (asked.chosen.year - begins.year) * 12 + asked.chosen.month - begins.month

    def proposed() -> list[PlannedYear]:
        if begins is None or not asked.is_bound or not asked.is_valid():
            return []
        fresh = _scheme(scope, reference)[1]
        try:
            return [
                moved_year(row, fresh, figure=figure, steps=steps(), closed=scope.closed_months)
                for figure in words.NAMES
            ]
        except ValueError as problem:
            asked.add_error("start", str(problem))
            return []

    def accept(years: Sequence[PlannedYear], why: str) -> int:
        return move_start(
            row, start=asked.chosen, was=row.start_month, changes=_changes(row, years), by=scope.user, why=why
        )

    step = _proposal(request, proposed, accept, row.start_month)
    if step.accepted is not None:
        messages.success(request, f"Accepted: {counted(step.accepted, 'planned figure')} moved with the start.")
        return redirect(scope.url("finance:scheme", reference=reference))
    following = financial_year(date(scope.plan.months[-1].year, 4, 1)).replace("-", "/")
    lead = (
        "Choose the month that it is to start in. You see what each month was and would be before anything is written."
    )
    if begins is None:
        lead = "Nothing is planned for this scheme, so there is nothing to move."
    return render(
        request,
        "finance/scheme_start.html",
        {
            "scope": scope,
            "scheme": row,
            "begins": begins,
            "asked": asked,
            "lead": words.start_finding(step.years, steps(), following) if step.years else lead,
            "following": following,
            "button": "Accept the moved months",
            "steps": _steps(scope, row),
            **step.shown,
        },
        status=step.status,
    )


@needs(Capability.RECORD_ACTUAL)
@require_http_methods(["GET", "HEAD", "POST"])
def forecast(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Choose what the months of a scheme that nobody has reported or forecast follow."""
    row, months = _scheme(scope, reference)
    if row.state == row.State.UNIDENTIFIED:
        raise Http404("Nobody is to deliver it: it has no forecast")
    part = schemes_of(scope.plan).filter(pk=row.pk)
    (position,) = scheme_positions(scope.plan, scope.month, tolerances(scope.plan), part)
    editing = edited(
        request,
        RuleForm,
        opening(row, ("forecast_default",)),
        lambda form, version: follow_rule(
            row,
            rule=form.cleaned_data["forecast_default"],
            by=scope.user,
            why=form.cleaned_data["why"],
            version=version,
        ),
    )
    if editing.saved:
        messages.success(
            request, f"Saved: the forecast follows {editing.saved.get_forecast_default_display().lower()}."
        )
        return redirect(scope.url("finance:scheme", reference=reference))
    return render(
        request,
        "plans/edit.html",
        {
            "scope": scope,
            "steps": _steps(scope, row),
            "headline": f"What the forecast of {row.title} follows",
            "lead": rule_lead(forecast_rules(position, list(months.values()), scope.month)),
            "context_line": f"Scheme {row.reference}. {scope.plan}.",
            "button": "Save the choice",
            "back": scope.url("finance:scheme", reference=reference),
            "history": rule_changes(row),
            **editing.shown,
        },
        status=editing.status,
    )


@dataclass
class Proposal:
    """Months proposed, and what came of it. `accepted` is how many figures were written, None where nothing was."""

    years: Sequence[PlannedYear]
    seen: str
    why: WhyForm
    moved: bool = False
    accepted: int | None = None

    @property
    def status(self) -> int:
        return 409 if self.moved else 422 if self.why.is_bound and self.why.errors else 200

    @property
    def shown(self) -> dict[str, object]:
        """What the template of a preview looks for."""
        previews = [words.preview_of(year) for year in self.years if any(one.now or one.then for one in year.months)]
        return {"previews": previews, "seen": self.seen, "why": self.why, "moved": self.moved}


def _proposal(
    request: HttpRequest,
    proposed: Callable[[], list[PlannedYear]],
    accept: Callable[[Sequence[PlannedYear], str], int],
    *more: date | None,
) -> Proposal:
    """Show what is proposed, or accept it: only as it was seen, and with a reason."""
    years = proposed()
    step = Proposal(years, words.seen(years, *more), WhyForm(request.POST if request.method == "POST" else None))
    if request.method != "POST":
        return step
    if not years:
        raise Http404("Nothing to accept")
    if not step.why.is_valid():
        return step
    if request.POST.get("seen", "") != step.seen:
        step.moved = True
        return step
    try:
        step.accepted = accept(years, step.why.cleaned_data["why"])
    except Conflict:
        step.years, step.moved = proposed(), True
        step.seen = words.seen(step.years, *more)
    except ValidationError as problem:
        step.why.add_error(None, problem)
    return step


def _changes(row: Scheme, years: Sequence[PlannedYear]) -> list[SavingChange]:
    return [
        SavingChange(row.reference, one.month, year.figure, one.now, one.then) for year in years for one in year.changed
    ]


def _scheme(scope: Scope, reference: str) -> tuple[Scheme, dict[date, MonthOfSavings]]:
    row = find_scheme(scope.plan, reference)
    if row is None:
        raise Http404("No such scheme")
    return row, {one.month: one for one in savings_by_month(scope.plan, reference, month=scope.month)}


def _steps(scope: Scope, row: Scheme) -> list[dict[str, str]]:
    return [
        {"title": "Savings schemes", "url": scope.url("finance:schemes")},
        {"title": row.title, "url": scope.url("finance:scheme", reference=row.reference)},
    ]
