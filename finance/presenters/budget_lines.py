"""One line of the financial plan: its sentence, its twelve months as a grid, its years and its facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.actions.budgets import BudgetChange
from finance.queries.budget_months import MonthOfBudget
from finance.queries.budgets import LinePosition
from opplan.calc.money import total
from opplan.plans.versions import ChangeEntry
from opplan.web import formats
from opplan.web.grid import Group, MonthGrid, Row

if TYPE_CHECKING:
    from finance.models import BudgetAmount
    from opplan.plans.models import Plan

Address = Callable[..., str]
THOUSAND = Decimal(1000)
LABELS = {"budget": "Budget", "actual": "Actual", "forecast": "Forecast"}


@dataclass(frozen=True)
class Allowed:
    """The months of each row that a person may type in."""

    budget: frozenset[date] = frozenset()
    actual: frozenset[date] = frozenset()
    forecast: frozenset[date] = frozenset()


def allowed(plan: Plan, closed: frozenset[date], *, may_record: bool, may_plan: bool) -> Allowed:
    """Actuals up to the month reported, forecasts from it on, the budget in any month; closed months never."""
    reporting = plan.reporting_month or plan.start
    months = frozenset(plan.months) - closed
    return Allowed(
        budget=months if may_plan else frozenset(),
        actual=frozenset(month for month in months if may_record and month <= reporting),
        forecast=frozenset(month for month in months if may_record and month >= reporting),
    )


def line_grid(
    position: LinePosition,
    months: Mapping[date, MonthOfBudget],
    may: Allowed,
    plan: Plan,
    closed: frozenset[date],
    changes: Iterable[ChangeEntry],
) -> MonthGrid:
    """The months of a line in £000: budget, actual and forecast to type, and the variance."""
    reporting = plan.reporting_month or plan.start
    due = frozenset(at for at, one in months.items() if at <= reporting and one.budget)
    rows = []
    for figure, label in LABELS.items():
        values = {at: getattr(one, figure) for at, one in months.items()}
        rows.append(
            Row(
                figure,
                label,
                f"{position.title}, {label.lower()}",
                values,
                getattr(may, figure),
                scale=THOUSAND,
                year=position.money.forecast if figure == "forecast" else total(values.values()),
                due=due if figure == "actual" else None,
            )
        )
    variances = {
        at: None if one.actual is None or one.budget is None else one.actual - one.budget for at, one in months.items()
    }
    rows.append(
        Row(
            "variance",
            "Variance",
            f"{position.title}, variance",
            variances,
            scale=THOUSAND,
            year=total(variances.values()),
            signed=True,
        )
    )
    latest: dict[tuple[str, str], ChangeEntry] = {}
    for one in changes:
        if one.who:
            latest.setdefault((one.title, one.field), one)

    def author(key: str, month: date) -> tuple[str, str, str]:
        found = latest.get((formats.month(month), key)) or latest.get((formats.month(month), ""))
        return (found.who, formats.moment(found.when), found.why) if found else ("", "", "")

    return MonthGrid(
        [Group(position.title, rows, note=position.reference)],
        plan.months,
        f"{position.title} by month, {plan.year_label}",
        "£000",
        open_month=plan.reporting_month,
        closed=closed,
        author=author,
    )


def budget_changes(grid: MonthGrid) -> list[BudgetChange]:
    """The grid's changes as the action takes them."""
    return [BudgetChange(one.month, one.key, one.was, one.value) for one in grid.changes]


def line_lead(position: LinePosition) -> str:
    """Where the line stands, to date and forecast, each against its plan."""
    money = position.money
    good, bad = ("above", "below") if position.income else ("below", "above")
    if money.year is None:
        return "The plan gives this line no amount for the year."
    words = [f"{formats.in_words(money.year)} is planned for the year."]
    if money.to_date is not None and money.budget_reported is not None:
        words.append(
            f"To {formats.month(money.reported_to)} it is {formats.in_words(money.to_date)}"
            f"{_against(money.variance)} the {formats.in_words(money.budget_reported)} budgeted."
        )
    if money.forecast is not None and money.forecast_variance:
        side = "Favourable" if position.favourable else "Adverse"
        words.append(
            f"Forecast {formats.in_words(money.forecast)}, {formats.in_words(abs(money.forecast_variance))} "
            f"{good if position.favourable else bad} plan: {side.lower()}."
        )
    if money.unphased:
        words.append(
            f"Its months add to {formats.in_words(money.budget_year)}, "
            f"{formats.in_words(abs(money.unphased))} {'less' if money.unphased > 0 else 'more'} than the year’s plan."
        )
    return " ".join(words)


def _against(variance: Decimal | None) -> str:
    if not variance:
        return ", as much as"
    return f", {formats.in_words(abs(variance))} {'above' if variance > 0 else 'below'}"


@dataclass(frozen=True)
class YearRow:
    year: str
    amount: str
    once: str
    source: str
    basis: str
    url: str


def year_rows(reference: str, amounts: Mapping[str, BudgetAmount], years: Sequence[str], url: Address) -> list[YearRow]:
    """The line's amounts by year in full pounds; a year that the plan does not give says so."""
    rows = []
    for year in years:
        held = amounts.get(year)
        rows.append(
            YearRow(
                year.replace("-", "/"),
                formats.pounds(held.amount if held else None) or "not given",
                formats.pounds(held.non_recurrent if held else None) or "not given",
                held.source if held else "",
                held.basis if held else "",
                url("finance:budget_year", reference=reference, financial_year=year),
            )
        )
    return rows


def facts(position: LinePosition) -> list[tuple[str, str]]:
    """What the line is, as names and values."""
    found = [
        ("Reference", position.reference),
        ("Section", position.section),
        ("Budget holder", position.owner or "not named"),
        ("Provider", position.provider),
        ("Savings inside the plan", formats.pounds(position.savings)),
        ("Note", position.note),
        ("Source", position.source),
    ]
    return [(name, value) for name, value in found if value]
