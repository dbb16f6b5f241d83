"""The financial plan as a statement: its lines with their position and rating, its totals, its chart, and sentences about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from finance.queries.budget_months import MonthOfBudget
from finance.queries.budgets import BudgetSummary, LinePosition, Money, added
from opplan.calc.money import rounded, thousands
from opplan.calc.rag import Judgement
from opplan.web import charts, formats

if TYPE_CHECKING:
    from finance.queries.performance import Performance
    from opplan.plans.models import Plan

Address = Callable[..., str]
HEADS = ("Plan", "Budget to date", "Actual to date", "Variance", "Forecast", "Forecast variance")
CSV_HEADS = (
    "Reference",
    "Section",
    "Line",
    *(f"{head} (GBP)" for head in HEADS),
    "Savings inside the plan (GBP)",
    "Months reported",
    "Months due",
    "Rating",
    "Firmness",
    "Source",
)


@dataclass(frozen=True)
class Row:
    """A line or a total, in £000: plan, budget and actual of the months reported, variance, forecast and its variance."""

    title: str
    cells: Sequence[tuple[str, str]]
    url: str = ""
    note: str = ""
    basis: str = ""
    judgement: Judgement | None = None
    total: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    rows: Sequence[Row]


def _row(title: str, money: Money, **more: Any) -> Row:
    figures = (
        formats.in_thousands(money.year),
        formats.in_thousands(money.budget_reported),
        formats.in_thousands(money.to_date) or ("Not reported" if money.due else formats.NOT_DUE),
        formats.in_thousands(money.variance, signed=True),
        formats.in_thousands(money.forecast),
        formats.in_thousands(money.forecast_variance, signed=True),
    )
    return Row(title, list(zip(HEADS, figures, strict=True)), **more)


def statement(positions: Sequence[LinePosition], summary: BudgetSummary, url: Address) -> list[Group]:
    """The lines by section, with totals: resource limit, programme costs, all uses, and the surplus that is left."""
    groups = [Group("Resource limit", [*_lines(_of(positions, True), url), _total("Resource limit", summary.limit)])]
    uses = _of(positions, False)
    programme = [one for one in uses if one.kind != "running"]
    for section, found in groupby(programme, key=lambda one: one.section):
        held = list(found)
        rows = _lines(held, url)
        if len(held) > 1:
            rows.append(_total(section, added(one.money for one in held)))
        groups.append(Group(section, rows))
    groups.append(Group("", [_total("Programme costs", summary.programme)]))
    running = [one for one in uses if one.kind == "running"]
    groups.append(Group("Running costs", _lines(running, url)))
    ends = (
        ("All spending", summary.uses),
        ("In-year surplus", summary.in_year),
        ("Cumulative surplus", summary.cumulative),
    )
    groups.append(Group("What is left", [_total(title, money) for title, money in ends]))
    return groups


def _of(positions: Iterable[LinePosition], income: bool) -> list[LinePosition]:
    return [one for one in positions if one.income == income]


def _lines(positions: Iterable[LinePosition], url: Address) -> list[Row]:
    return [
        _row(
            one.title,
            one.money,
            url=url("finance:budget_line", reference=one.reference),
            note=", ".join(filter(None, [one.provider if one.provider != one.title else "", one.note])),
            basis=one.basis,
            judgement=one.judgement,
        )
        for one in positions
    ]


def _total(title: str, money: Money) -> Row:
    return _row(title, money, total=True)


def surplus_words(amount: Decimal) -> str:
    """A surplus of £2.4m, or a deficit of it."""
    if not amount:
        return "neither surplus nor deficit"
    return f"a {'surplus' if amount > 0 else 'deficit'} of {formats.in_words(abs(amount))}"


def plan_headline(summary: BudgetSummary) -> str:
    """What the year is forecast to leave, beside what was planned."""
    planned, forecast = summary.planned.in_year, summary.forecast.in_year
    if summary.uses.forecast is None:
        return f"The plan leaves {surplus_words(planned)} in the year; no months are held yet"
    if planned == forecast:
        return f"The year is forecast to end with {surplus_words(forecast)}, as planned"
    side = "below" if forecast < planned else "above"
    return (
        f"The year is forecast to end with {surplus_words(forecast)}, "
        f"{formats.in_words(abs(forecast - planned))} {side} the {formats.in_words(planned)} planned"
    )


def plan_lead(summary: BudgetSummary, positions: Sequence[LinePosition], month: date) -> str:
    """Spending to date against budget, what drives the forecast, and what is not reported."""
    uses, words = summary.uses, []
    if uses.variance is None:
        words.append("No spending is reported yet.")
    else:
        side = "above" if uses.variance > 0 else "below"
        what = f"{formats.in_words(abs(uses.variance))} {side} budget" if uses.variance else "on budget"
        words.append(f"Spending of the months reported, to {formats.month(uses.reported_to)}, is {what}.")
    worst = max(
        (one for one in positions if one.favourable is False),
        key=lambda one: abs(one.money.forecast_variance or Decimal(0)),
        default=None,
    )
    if worst is not None:
        words.append(
            f"“{worst.title}” alone is forecast {formats.in_words(abs(worst.money.forecast_variance or Decimal(0)))} "
            "worse than planned."
        )
    if uses.reported_to is not None and uses.reported_to < month:
        words.append(f"{formats.month(month)} is not reported yet.")
    return " ".join(words)


@dataclass(frozen=True)
class Glance:
    title: str
    figure: str
    note: str


def glances(summary: BudgetSummary, underlying: Decimal | None, share: Decimal | None) -> list[Glance]:
    """Four figures: the surplus of the year, the cumulative one, the underlying one, and spending to date."""
    planned, forecast = summary.planned, summary.forecast
    found = [
        Glance(
            "In-year surplus, forecast",
            formats.millions(forecast.in_year),
            f"{formats.per_cent(forecast.in_year_share)} of the year’s own resource limit; "
            f"plan {formats.millions(planned.in_year)}, {formats.per_cent(planned.in_year_share)}",
        ),
        Glance(
            "Cumulative surplus, forecast",
            formats.millions(forecast.cumulative),
            f"{formats.per_cent(forecast.cumulative_share)} of the limit with what was brought forward; "
            f"plan {formats.millions(planned.cumulative)}",
        ),
    ]
    if underlying is not None:
        note = f"{formats.per_cent(share)} of recurrent resource, as planned"
        found.append(Glance("Underlying surplus", formats.millions(underlying), note))
    uses = summary.uses
    if uses.variance is not None:
        found.append(
            Glance(
                "Spending to date",
                formats.millions(uses.to_date),
                f"Budget of the same months {formats.millions(uses.budget_reported)}",
            )
        )
    return found


def performance_rows(found: Performance) -> list[tuple[str, Judgement]]:
    return [
        ("Surplus forecast against plan", found.surplus),
        ("Spending to date against budget", found.spending),
        ("Net risk against planned spend", found.risk),
    ]


@dataclass(frozen=True)
class ChartMonth:
    month: date
    budget: str
    actual: str
    forecast: str
    now: bool


@dataclass(frozen=True)
class BudgetChart:
    """Spending by month, with its table."""

    figure: dict[str, Any]
    finding: str
    months: Sequence[ChartMonth]


def spending_chart(plan: Plan, held: Sequence[MonthOfBudget], month: date, finding: str) -> BudgetChart | None:
    """Budget, actual and forecast of spending by month, in £000. None where no month is held."""
    by_month = {one.month: one for one in held}
    if not by_month:
        return None
    blank = MonthOfBudget(month, None, None, None)
    ordered = [by_month.get(at, blank) for at in plan.months]
    spent = [one.actual if at <= month else None for at, one in zip(plan.months, ordered, strict=True)]
    last = max((at for at, value in enumerate(spent) if value is not None), default=-1)
    # The forecast leaves the last month reported, so that the two lines meet.
    expected = [spent[at] if at == last else one.forecast if at > last else None for at, one in enumerate(ordered)]
    series = [charts.Series("plan", "Budget", _values(one.budget for one in ordered))]
    if last >= 0:
        series.append(charts.Series("actual", "Actual", _values(spent)))
    if any(value is not None for value in expected):
        series.append(charts.Series("forecast", "Forecast", _values(expected)))
    rows = [
        ChartMonth(
            at,
            formats.in_thousands(one.budget),
            formats.in_thousands(spent[index]) or formats.NOT_DUE,
            formats.in_thousands(one.forecast if index > last else None),
            at == month,
        )
        for index, (at, one) in enumerate(zip(plan.months, ordered, strict=True))
    ]
    return BudgetChart(charts.by_month(plan.months, series, places=0), finding, rows)


def _values(values: Iterable[Decimal | None]) -> list[float | None]:
    return [None if value is None else float(thousands(value, 1)) for value in values]


def spending_finding(held: Sequence[MonthOfBudget]) -> str:
    """What the months show, in a sentence."""
    known = [one for one in held if one.actual is not None and one.budget is not None]
    over = [one for one in known if (one.actual or 0) > (one.budget or 0)]
    if not known:
        return "Spending is budgeted month by month; none is reported yet"
    return f"Spending was above budget in {len(over)} of the {formats.counted(len(known), 'month')} that every line has reported"


@dataclass(frozen=True)
class SavingsInside:
    """The savings that the plan's lines already take out, line by line, and whether they make the requirement."""

    rows: Sequence[tuple[str, str, str]]
    total: str
    takeaway: str


def savings_inside(
    positions: Sequence[LinePosition], requirement: Decimal | None, url: Address
) -> SavingsInside | None:
    """Which lines the savings are already inside of. None where no line says so."""
    held = [one for one in positions if one.savings]
    whole = sum((one.savings or Decimal(0) for one in held), Decimal(0))
    if not held:
        return None
    words = (
        f"{formats.in_words(whole)} of savings is already taken out of the lines named here: never take it off again."
    )
    if requirement is not None and requirement != whole:
        words += (
            f" The requirement is {formats.in_words(requirement)}: {formats.in_words(abs(requirement - whole))} apart."
        )
    elif requirement is not None:
        words += " That is the whole savings requirement."
    return SavingsInside(
        [
            (one.title, url("finance:budget_line", reference=one.reference), formats.in_thousands(one.savings))
            for one in held
        ],
        formats.in_thousands(whole),
        words,
    )


def plan_csv(positions: Sequence[LinePosition]) -> list[list[object]]:
    """The statement as a list, in full pounds; a figure that is not given stays empty."""
    return [
        [
            one.reference,
            one.section,
            one.title,
            one.money.year,
            one.money.budget_reported,
            one.money.to_date,
            one.money.variance,
            rounded(one.money.forecast, 2) if one.money.forecast is not None else None,
            one.money.forecast_variance,
            one.savings,
            one.money.reported,
            one.money.due,
            one.judgement.rating.value,
            one.basis,
            one.source,
        ]
        for one in positions
    ]
