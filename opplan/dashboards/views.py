from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from finance.presenters import Cumulative, cumulative_chart, on_trust, requirement_bar
from finance.queries import savings_by_month, together
from initiatives.queries import find_initiative, goals_of, projects_of, recent_changes, updates_of
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.dashboards import presenters
from opplan.dashboards.forms import InitiativeFilter, MonthForm, ToleranceForm, tolerance_forms
from opplan.dashboards.queries import RatedInitiative, find_rated, standing
from opplan.dashboards.tables import InitiativeTable
from opplan.plans.actions import Overtaken, close_month, reopen_month, report_month, set_tolerance
from opplan.plans.queries import default_rules, settings_changes, tolerances
from opplan.web import formats

CHANGES_SHOWN = 40


@needs(Capability.VIEW_PLAN)
def board(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The governing body's board: where the plan stands at the end of a month."""
    whole = standing(scope.plan, scope.month)
    matters = presenters.matters(whole, scope.url)
    return render(
        request,
        "dashboards/board.html",
        {
            "whole": whole,
            "headline": presenters.headline(whole),
            "lead": presenters.lead(whole),
            "glance": presenters.glance(whole),
            "matters": matters,
            "more_red": presenters.more_red(whole, matters),
            "programmes": presenters.programme_table(whole, scope.url),
            "lines": presenters.line_table(whole, scope.url),
            "trajectory": presenters.trajectory(whole),
            "late": presenters.late_table(whole, scope.url),
            "most_late": presenters.MOST_LATE,
            "bar": requirement_bar(whole.requirement, whole.schemes),
            "on_trust": on_trust(whole.savings),
            "missing": presenters.not_reported(whole, scope.url),
            "silent": presenters.silent(whole),
            "months": presenters.months_beside(scope.plan, scope.month),
        },
    )


@needs(Capability.VIEW_PLAN)
def initiatives(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every initiative with its rating and why: filtered, searched, sorted and paged through the address."""
    whole = standing(scope.plan, scope.month)
    chosen = InitiativeFilter(request.GET or None, programmes=whole.programmes)
    shown = chosen.apply(whole.initiatives)
    table = InitiativeTable(presenters.initiative_rows(shown, scope.url))
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(
        request,
        "dashboards/initiatives.html",
        {
            "whole": whole,
            "form": chosen,
            "table": table,
            "shown": shown,
            "tally": presenters.tally(one.rating for one in whole.initiatives),
        },
    )


@needs(Capability.VIEW_PLAN)
def initiative(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One initiative: its update, milestones, savings, measures, projects and history."""
    found = find_rated(scope.plan, scope.month, reference)
    row = find_initiative(scope.plan, reference) if found else None
    if found is None or row is None:
        raise Http404("No such initiative")
    whole, rated = found
    updates = list(updates_of(row, scope.month)[:3])
    return render(
        request,
        "dashboards/initiative.html",
        {
            "whole": whole,
            "rated": rated,
            "initiative": row,
            "lead": presenters.initiative_lead(rated, whole),
            "updates": updates,
            "projects": projects_of(row),
            "goals": goals_of(row),
            "milestones": presenters.milestone_rows(rated, whole),
            "track": presenters.track(scope.plan, whole.as_at),
            "lines": presenters.line_rows(rated.lines, scope.url),
            "chart": _course(scope, rated) if rated.schemes else None,
            "changes": recent_changes(row),
            "may_update": scope.may(Capability.UPDATE_PROGRESS),
            "may_record": scope.may(Capability.RECORD_ACTUAL) and bool(rated.schemes),
        },
    )


def _course(scope: Scope, rated: RatedInitiative) -> Cumulative:
    """The course of an initiative's savings over the year, its schemes together."""
    months = savings_by_month(scope.plan, month=scope.month, keys=[one.key for one in rated.schemes if one.counted])
    return cumulative_chart(presenters.savings_finding(rated), scope.plan, together(months), scope.month)


@needs(Capability.VIEW_PLAN)
def settings(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The plan's rating rules and its months, as everybody may read them."""
    return _settings(request, scope)


@require_POST
@needs(Capability.EDIT_TOLERANCE)
def tolerance(request: HttpRequest, scope: Scope, rule: str) -> HttpResponse:
    """Change where green ends and red begins for one rule."""
    if rule not in default_rules():
        raise Http404("No such rule")
    form = ToleranceForm(request.POST, prefix=rule)
    if not form.is_valid():
        return _settings(request, scope, tolerance=(rule, form))
    try:
        set_tolerance(scope.plan, rule, by=scope.user, **form.cleaned_data)
    except Overtaken as overtaken:
        form.add_error(None, overtaken)
        return _settings(request, scope, tolerance=(rule, form), status=409)
    messages.success(request, f"{default_rules()[rule].title}: the rule is saved, and every rating follows it.")
    return redirect(scope.url("dashboards:settings"))


@require_POST
@needs(Capability.CLOSE_MONTH)
def month(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Close or reopen a month, or move the month that the plan reports."""
    form = MonthForm(request.POST, plan=scope.plan, closed=scope.closed_months)
    if not form.is_valid():
        return _settings(request, scope, months=form)
    read, chosen = form.cleaned_data, form.months[form.cleaned_data["month"]]
    if read["what"] == MonthForm.CLOSE:
        close_month(scope.plan, chosen, by=scope.user, why=read["why"])
    elif read["what"] == MonthForm.REOPEN:
        reopen_month(scope.plan, chosen, by=scope.user, why=read["why"])
    else:
        report_month(scope.plan, chosen, by=scope.user, why=read["why"])
    messages.success(request, f"{formats.month(chosen)} is {MonthForm.DONE[read['what']]}.")
    return redirect(scope.url("dashboards:settings"))


def _settings(
    request: HttpRequest,
    scope: Scope,
    *,
    tolerance: tuple[str, ToleranceForm] | None = None,
    months: MonthForm | None = None,
    status: int = 422,
) -> HttpResponse:
    """The page of settings; a form that came back with errors keeps what was typed."""
    bands = tolerances(scope.plan)
    rules = tolerance_forms(default_rules(), bands)
    if tolerance is not None:
        rules[tolerance[0]] = tolerance[1]
    return render(
        request,
        "dashboards/settings.html",
        {
            "plan": scope.plan,
            "rules": [(default_rules()[name], presenters.bounds(bands[name]), form) for name, form in rules.items()],
            "changes": settings_changes(scope.plan)[:CHANGES_SHOWN],
            "months": months or MonthForm(plan=scope.plan, closed=scope.closed_months),
            "closed": sorted(scope.closed_months),
            "may_edit": scope.may(Capability.EDIT_TOLERANCE),
            "may_close": scope.may(Capability.CLOSE_MONTH),
            "failed": tolerance[1] if tolerance else months,
        },
        status=status if tolerance or months else 200,
    )
