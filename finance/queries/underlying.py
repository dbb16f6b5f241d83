"""The recurrent position beside the headline one, the years of the financial plan, and what the year leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Avg, Case, Count, Q, Sum, When
from django.db.models.functions import Coalesce

from finance.models import BudgetAmount, BudgetLine, BudgetMonth
from finance.queries.budgets import INCOME, SAVINGS, UNFOUND, Kind, plan_lines
from finance.queries.rules import PlannedYear
from opplan.calc.budgets import MONTHS_OF_AN_EXIT, Balance, Underlying

if TYPE_CHECKING:
    from opplan.plans.models import Plan

NONE = Decimal(0)
RUNNING_ON = (Kind.PROGRAMME, Kind.RUNNING)
"""Lines that are spent month by month: the pace of a reserve says nothing about the year to come."""


@dataclass(frozen=True)
class YearOfPlan:
    """A year of the financial plan in all: its balance, its recurrent part, and whether it takes on what the year before left."""

    year: str
    underlying: Underlying
    illustrative: bool
    handed_on: Decimal | None = None

    @property
    def balance(self) -> Balance:
        return self.underlying.balance

    @property
    def brought_wrong(self) -> Decimal:
        """How far the surplus brought forward is from what the year before hands on; 0 where that year is not given."""
        return NONE if self.handed_on is None else self.balance.brought - self.handed_on


def years_of_plan(plan: Plan) -> list[YearOfPlan]:
    """The years of the financial plan in order, each from its annual amounts. One query."""
    held: dict[str, dict[str, tuple[Decimal, Decimal, Decimal, int]]] = {}
    for column, kind, amount, once, unfound, made_up in (
        BudgetAmount.objects.filter(line__plan=plan, line__statement=BudgetLine.Statement.PLAN)
        .exclude(column=SAVINGS)
        .order_by("column")
        .values_list("column", "line__kind")
        .annotate(
            all=Sum("amount"),
            once=Sum("non_recurrent"),
            unfound=Sum("amount", filter=Q(line__reference__endswith=UNFOUND)),
            made_up=Count("pk", filter=Q(basis="illustrative")),
        )
    ):
        held.setdefault(column, {})[kind] = (amount or NONE, once or NONE, -(unfound or NONE), made_up)
    years: list[YearOfPlan] = []
    for year, kinds in held.items():
        years.append(
            YearOfPlan(
                year,
                _underlying(kinds),
                any(made_up for *_, made_up in kinds.values()),
                years[-1].balance.cumulative if years else None,
            )
        )
    return years


def _underlying(kinds: Mapping[str, tuple[Decimal, Decimal, Decimal, int]]) -> Underlying:
    nothing = (NONE, NONE, NONE, 0)
    resource, brought = (kinds.get(kind, nothing) for kind in INCOME)
    uses = [held for kind, held in kinds.items() if kind not in INCOME]
    spent, once = sum((one[0] for one in uses), NONE), sum((one[1] for one in uses), NONE)
    return Underlying(
        Balance(resource[0], brought[0], spent),
        resource[0] - resource[1],
        spent - once,
        sum((one[2] for one in uses), NONE),
    )


def underlying_position(plan: Plan) -> Underlying | None:
    """The recurrent position of the plan's year. None where its lines give no amounts. One query."""
    return next((one.underlying for one in years_of_plan(plan) if one.year == plan.year), None)


def underlying_of(year: PlannedYear) -> Underlying | None:
    """The same from the lines of the year, where they are at hand. No query."""
    kinds: dict[str, tuple[Decimal, Decimal, Decimal, int]] = {}
    for line in year.lines:
        amount, once, unfound, _ = kinds.get(line.kind, (NONE, NONE, NONE, 0))
        left = line.amount if line.reference.endswith(UNFOUND) else NONE
        kinds[line.kind] = (amount + line.amount, once + line.non_recurrent, unfound - left, 0)
    return _underlying(kinds) if kinds else None


@dataclass(frozen=True)
class YearsOfLine:
    """A line by year: amount and the part of it that does not recur."""

    reference: str
    kind: str
    section: str
    title: str
    amounts: Mapping[str, BudgetAmount]


def lines_by_year(plan: Plan) -> list[YearsOfLine]:
    """The lines of the financial plan with their amounts by year. Two queries."""
    return [
        YearsOfLine(row.reference, row.kind, row.section, row.title, {one.column: one for one in row.amounts.all()})
        for row in plan_lines(plan).prefetch_related("amounts")
    ]


def amounts_of_line(line: int) -> dict[str, BudgetAmount]:
    """What a line, by its key, holds for each year. One query."""
    return {one.column: one for one in BudgetAmount.objects.filter(line_id=line).exclude(column=SAVINGS)}


def amount_of(line: BudgetLine, year: str) -> BudgetAmount:
    """What a line holds for a year, or an amount not stored yet. One query."""
    return BudgetAmount.objects.filter(line=line, column=year).first() or BudgetAmount(line=line, column=year)


@dataclass(frozen=True)
class ExitRate:
    """The pace at which a line leaves the year beside what next year's plan holds for it. `reported` of its months have an actual."""

    reference: str
    title: str
    rate: Decimal
    next_year: Decimal | None
    reported: int

    @property
    def over(self) -> Decimal | None:
        """By how much the pace is above next year's plan; below nought there is room."""
        return None if self.next_year is None else self.rate - self.next_year


def following(year: str) -> str:
    """The year after: 2017-18 after 2016-17."""
    opens = int(year[:4]) + 1
    return f"{opens}-{(opens + 1) % 100:02}"


def exit_rates(plan: Plan, month: date) -> list[ExitRate]:
    """The last three months of the year, actual, else forecast, else budget, times four, by line spent month by month. Two queries."""
    last = plan.months[-MONTHS_OF_AN_EXIT:]
    next_year = dict(
        BudgetAmount.objects.filter(line__plan=plan, column=following(plan.year)).values_list("line_id", "amount")
    )
    rows = (
        BudgetMonth.objects.filter(
            line__plan=plan,
            line__statement=BudgetLine.Statement.PLAN,
            line__kind__in=RUNNING_ON,
            month__in=last,
        )
        .order_by("line__position")
        .values_list("line_id", "line__reference", "line__title")
        .annotate(
            average=Avg(
                Case(
                    When(month__lte=month, then=Coalesce("actual", "forecast", "budget")),
                    default=Coalesce("forecast", "budget"),
                )
            ),
            reported=Count("pk", filter=Q(month__lte=month, actual__isnull=False)),
        )
    )
    return [
        ExitRate(reference, title, Decimal(average) * 12, next_year.get(key), reported)
        for key, reference, title, average, reported in rows
        if average is not None
    ]
