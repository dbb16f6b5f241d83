"""The pages of the financial plan: its statement, one line with its months, its years, and the underlying position."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.budgets import (
    AMOUNT_VALUES,
    LINE_VALUES,
    MonthsChanged,
    ReasonNeeded,
    add_line,
    change_line,
    record_budget,
    set_year,
)
from finance.forms.budgets import BudgetGridForm, LineForm, YearForm
from finance.models import BudgetLine
from finance.presenters import budget_lines, budgets, underlying
from finance.queries.budget_months import line_changes, month_changes, months_of_line, months_of_uses
from finance.queries.budgets import find_line, line_positions, of_kinds, savings_required, summarised
from finance.queries.performance import in_year_performance
from finance.queries.risks import risk_register
from finance.queries.underlying import (
    amount_of,
    amounts_of_line,
    exit_rates,
    following,
    lines_by_year,
    underlying_position,
    years_of_plan,
)
from finance.views.statements import printed_plan
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.calc.months import year_start
from opplan.plans.editing import edit_page, edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web.formats import counted
from opplan.web.grid import GridEntry, MonthGrid
from opplan.web.tables import download

CHANGES_SHOWN = 20
NOTHING = Opening(None, {})
YEARS_BEFORE, YEARS_AFTER = 5, 10


@require_safe
@needs(Capability.VIEW_PLAN)
def plan(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The statement of the financial plan: each line planned, to date and forecast; a document that prints tables shows those."""
    bands = tolerances(scope.plan)
    positions = line_positions(scope.plan, scope.month, bands)
    if not positions:
        return printed_plan(request, scope)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-financial-plan-month-{scope.month_number}"
        return download(name, budgets.CSV_HEADS, budgets.plan_csv(positions))
    summary = summarised(of_kinds(positions))
    recurrent = underlying_position(scope.plan)
    months = months_of_uses(scope.plan)
    performance = in_year_performance(summary, risk_register(scope.plan), bands)
    return render(
        request,
        "finance/plan.html",
        {
            "scope": scope,
            "headline": budgets.plan_headline(summary),
            "lead": budgets.plan_lead(summary, positions, scope.month),
            "overall": performance.overall,
            "glances": budgets.glances(
                summary, recurrent.surplus if recurrent else None, recurrent.share if recurrent else None
            ),
            "groups": budgets.statement(positions, summary, scope.url),
            "heads": budgets.HEADS,
            "chart": budgets.spending_chart(scope.plan, months, scope.month, budgets.spending_finding(months)),
            "performance": budgets.performance_rows(performance),
            "inside": budgets.savings_inside(positions, savings_required(scope.plan), scope.url),
            "may_plan": scope.may(Capability.EDIT_PLAN),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def line(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One line: where it stands and why, its twelve months to read or to type, its years, and who changed what."""
    position = next(iter(line_positions(scope.plan, scope.month, tolerances(scope.plan), reference)), None)
    if position is None:
        raise Http404("No such line")

    def fresh() -> MonthGrid:
        may = budget_lines.allowed(
            scope.plan,
            scope.closed_months,
            may_record=scope.may(Capability.RECORD_ACTUAL),
            may_plan=scope.may(Capability.EDIT_PLAN),
        )
        changed = month_changes(position.key) if request.method == "POST" else []
        months = months_of_line(position.key)
        return budget_lines.line_grid(position, months, may, scope.plan, scope.closed_months, changed)

    entry, saved = _entered(request, scope, reference, fresh)
    if saved is not None:
        messages.success(request, f"Saved: {counted(saved, 'figure')}." if saved else "Nothing to save.")
        return redirect(request.get_full_path())
    amounts = amounts_of_line(position.key)
    shown = sorted({*amounts, scope.plan.year, following(scope.plan.year)})
    changes = line_changes(position.key)
    return render(
        request,
        "finance/budget_line.html",
        {
            "scope": scope,
            "position": position,
            "lead": budget_lines.line_lead(position),
            "entry": entry,
            "years": budget_lines.year_rows(reference, amounts, shown, scope.url),
            "facts": budget_lines.facts(position),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "may_plan": scope.may(Capability.EDIT_PLAN),
            "steps": _steps(scope),
        },
        status=entry.status,
    )


Entry = GridEntry[BudgetGridForm]


def _entered(
    request: HttpRequest, scope: Scope, reference: str, fresh: Callable[[], MonthGrid]
) -> tuple[Entry, int | None]:
    """The grid to be shown, and how many figures were saved: None where nothing was to be saved."""
    if request.method != "POST":
        return GridEntry(fresh(), BudgetGridForm()), None
    if not (scope.may(Capability.RECORD_ACTUAL) or scope.may(Capability.EDIT_PLAN)):
        raise Http404("No such page")
    entry = GridEntry.of(fresh(), BudgetGridForm, request.POST)
    if not entry.ready:
        return entry, None
    try:
        changes = budget_lines.budget_changes(entry.grid)
        return entry, record_budget(
            _line(scope, reference), changes, by=scope.user, why=entry.form.cleaned_data["reason"]
        )
    except MonthsChanged:
        return GridEntry.of(fresh(), BudgetGridForm, request.POST), None
    except ReasonNeeded as refused:
        entry.form.add_error("reason", refused)
    except ValidationError as refused:
        entry.form.add_error(None, refused)
    return entry, None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def line_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a line to the financial plan."""
    editing = edited(
        request,
        LineForm,
        NOTHING,
        lambda form, _: add_line(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}. Give it an amount for the year.")
        return redirect(scope.url("finance:budget_line", reference=editing.saved.reference))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a line to the financial plan",
        context_line=str(scope.plan),
        button="Add the line",
        back=scope.url("finance:plan"),
        steps=_steps(scope),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def line_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what a line is called, where it stands and who holds it."""
    row = _line(scope, reference)
    editing = edited(
        request,
        LineForm,
        opening(row, LINE_VALUES),
        lambda form, version: change_line(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    back = scope.url("finance:budget_line", reference=reference)
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Change “{row.title}”",
        context_line=f"Line {row.reference} of {scope.plan}",
        button="Save the line",
        back=back,
        steps=[*_steps(scope), {"title": row.title, "url": back}],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def line_year(request: HttpRequest, scope: Scope, reference: str, financial_year: str) -> HttpResponse:
    """Set what a line holds for one year, and how much of it does not recur."""
    row = _line(scope, reference)
    try:
        apart = year_start(financial_year).year - scope.plan.start.year
    except ValueError as problem:
        raise Http404("No such year") from problem
    if not -YEARS_BEFORE <= apart <= YEARS_AFTER:
        raise Http404("A year so far from the plan's own holds nothing of it")
    editing = edited(
        request,
        YearForm,
        opening(amount_of(row, financial_year), AMOUNT_VALUES),
        lambda form, version: set_year(
            row, financial_year, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    back = scope.url("finance:budget_line", reference=reference)
    label = financial_year.replace("-", "/")
    if editing.saved:
        messages.success(request, f"Saved: {row.title}, {label}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"{row.title}, {label}",
        context_line=f"Line {row.reference} of {scope.plan}. Its months are not changed with it.",
        button="Save the year",
        back=back,
        steps=[*_steps(scope), {"title": row.title, "url": back}],
    )


@require_safe
@needs(Capability.VIEW_PLAN)
def underlying_page(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The underlying position beside the headline one, the years of the plan, and the pace at which the year ends."""
    years = years_of_plan(scope.plan)
    found = next((one.underlying for one in years if one.year == scope.plan.year), None)
    names = [one.year for one in years]
    lines = lines_by_year(scope.plan) if years else []
    if years and request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-financial-plan-by-year"
        return download(name, *underlying.years_csv(lines, names))
    return render(
        request,
        "finance/underlying.html",
        {
            "scope": scope,
            "headline": underlying.underlying_headline(found)
            if found
            else "No underlying position can be told: the plan document gives no recurrent and non-recurrent amounts",
            "lead": underlying.underlying_lead(found) if found else "",
            "positions": underlying.bridge_of_positions(found) if found else [],
            "years": [name.replace("-", "/") for name in names],
            "table": underlying.year_table(years),
            "lines": underlying.line_table(lines, names, scope.url),
            "checked": underlying.years_checked(years),
            "illustrative": any(one.illustrative for one in years),
            "exit": underlying.exit_table(exit_rates(scope.plan, scope.month), scope.plan.year, scope.url),
            "steps": _steps(scope),
        },
    )


def _line(scope: Scope, reference: str) -> BudgetLine:
    row = find_line(scope.plan, reference)
    if row is None:
        raise Http404("No such line")
    return row


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Financial plan", "url": scope.url("finance:plan")}]
