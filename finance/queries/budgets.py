"""The financial plan by line and month: budget, actual and forecast, in pounds. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from finance.models import BudgetAmount, BudgetLine, BudgetMonth, SavingsRequirement
from opplan.calc.budgets import Balance, against_budget, months_behind
from opplan.calc.rag import SEVERITY, Direction, Judgement, Rating, Tolerance

if TYPE_CHECKING:
    from opplan.plans.models import Plan

Kind = BudgetLine.Kind
INCOME = (Kind.RESOURCE, Kind.BROUGHT)
PROGRAMME = (Kind.PROGRAMME, Kind.RESERVE, Kind.CONTINGENCY)
SAVINGS = BudgetAmount.SAVINGS
UNFOUND = "-UNID"
"""How the reference of a line ends that takes out savings with no scheme behind them."""
NONE = Decimal(0)


@dataclass(frozen=True)
class Money:
    """A line of the financial plan, or many together, at a month.

    `budget_reported` is the budget of those months that have an actual: the only fair comparison for `to_date`. `forecast` adds
    actuals, then forecasts, then budgets; `on_trust` counts due months that have no actual. None is not given, never 0.
    """

    plan_year: Decimal | None
    budget_year: Decimal | None
    budget_reported: Decimal | None
    to_date: Decimal | None
    forecast: Decimal | None
    due: int = 0
    reported: int = 0
    reported_to: date | None = None

    @property
    def year(self) -> Decimal | None:
        """What the year's plan is: the annual amount, else what the months add to."""
        return self.budget_year if self.plan_year is None else self.plan_year

    @property
    def variance(self) -> Decimal | None:
        """Actual less budget, of the months reported: below nought spends less."""
        return None if self.to_date is None or self.budget_reported is None else self.to_date - self.budget_reported

    @property
    def forecast_variance(self) -> Decimal | None:
        """Forecast of the year less its plan."""
        return None if self.forecast is None or self.year is None else self.forecast - self.year

    @property
    def on_trust(self) -> int:
        return max(self.due - self.reported, 0)

    @property
    def unphased(self) -> Decimal:
        """How far the year's plan is from what its months add to; 0 where either is not given."""
        return NONE if self.plan_year is None or self.budget_year is None else self.plan_year - self.budget_year


@dataclass(frozen=True)
class LinePosition:
    """A line of the financial plan with where it stands and why. `savings` is what its plan already takes out."""

    key: int
    reference: str
    kind: str
    section: str
    title: str
    owner: str
    provider: str
    note: str
    source: str
    basis: str
    savings: Decimal | None
    money: Money
    judgement: Judgement

    @property
    def income(self) -> bool:
        return self.kind in INCOME

    @property
    def favourable(self) -> bool | None:
        """Whether the forecast is better than plan; None where it is as planned or not known."""
        variance = self.money.forecast_variance
        return None if not variance else (variance > 0) == self.income


def added(positions: Iterable[Money]) -> Money:
    """Many lines as one. What some report and others do not is the sum of what is reported."""
    held = list(positions)

    def summed(name: str) -> Decimal | None:
        present = [value for one in held if (value := getattr(one, name)) is not None]
        return sum(present, NONE) if present else None

    return Money(
        summed("year"),
        summed("budget_year"),
        summed("budget_reported"),
        summed("to_date"),
        summed("forecast"),
        sum(one.due for one in held),
        sum(one.reported for one in held),
        max((one.reported_to for one in held if one.reported_to), default=None),
    )


def summed_by(name: str, months: QuerySet[BudgetMonth], month: date) -> dict[Any, Sequence[Any]]:
    """Months added up by SQL, by a field: what `Money` holds after the year's plan, in its order. One query."""
    reported = Q(month__lte=month, actual__isnull=False)
    sums: dict[str, Any] = {
        "budget_year": Sum("budget"),
        "budget_reported": Sum("budget", filter=reported),
        "to_date": Sum("actual", filter=reported),
        "forecast": Sum(
            Case(
                When(month__lte=month, then=Coalesce("actual", "forecast", "budget")),
                default=Coalesce("forecast", "budget"),
            )
        ),
        "due": Count("pk", filter=Q(month__lte=month) & ~Q(budget=0) & Q(budget__isnull=False)),
        "reported": Count("pk", filter=reported & ~Q(budget=0)),
        "reported_to": Max("month", filter=reported),
    }
    return {key: figures for key, *figures in months.order_by().values_list(name).annotate(**sums)}


def plan_lines(plan: Plan) -> QuerySet[BudgetLine]:
    """The lines of the financial plan, in order."""
    return BudgetLine.objects.filter(plan=plan, statement=BudgetLine.Statement.PLAN).order_by("position", "reference")


def find_line(plan: Plan, reference: str) -> BudgetLine | None:
    """One line of the financial plan by its reference."""
    return plan_lines(plan).select_related("provider").filter(reference=reference).first()


def savings_required(plan: Plan) -> Decimal | None:
    """What the plan must save in the year. One query."""
    return SavingsRequirement.objects.filter(plan=plan).values_list("amount", flat=True).first()


def line_positions(plan: Plan, month: date, bands: Mapping[str, Tolerance], reference: str = "") -> list[LinePosition]:
    """Where each line of the financial plan stands at a month, or the one line asked for. Two queries; one where there is none."""
    chosen = plan_lines(plan).select_related("provider")
    if reference:
        chosen = chosen.filter(reference=reference)
    rows = list(chosen.annotate(plan_year=amount_in(plan.year), savings=amount_in(SAVINGS)))
    if not rows:
        return []
    held = summed_by("line_id", BudgetMonth.objects.filter(line__in=[row.pk for row in rows]), month)
    positions = []
    for row in rows:
        money = Money(row.plan_year, *held.get(row.pk, UNHELD))
        positions.append(
            LinePosition(
                row.pk,
                row.reference,
                row.kind,
                row.section,
                row.title,
                row.owner,
                row.provider.short_name if row.provider else "",
                row.note,
                row.source,
                row.basis,
                row.savings,
                money,
                judged(row.kind, money, month, bands),
            )
        )
    return positions


def amount_in(column: str) -> Subquery:
    """A line's amount in one column, for its query to fetch along."""
    return Subquery(BudgetAmount.objects.filter(line=OuterRef("pk"), column=column).values("amount")[:1])


UNHELD: Sequence[Any] = (None, None, None, None)


def judged(kind: str, money: Money, month: date, bands: Mapping[str, Tolerance]) -> Judgement:
    """The worse of the position to date and the forecast. Nothing reported, or nothing lately, cannot be green."""
    direction = Direction.OVER if kind in INCOME else Direction.UNDER
    if money.to_date is None:
        rating, rule = (Rating.NOT_REPORTED, "budget_not_reported") if money.due else (Rating.NOT_DUE, "budget_not_due")
        return Judgement(rating, rule, planned=money.year)
    found = [
        against_budget(rule, actual, budget, direction, bands[rule])
        for rule, actual, budget in (
            ("budget_to_date", money.to_date, money.budget_reported),
            ("budget_forecast", money.forecast, money.year),
        )
        if actual is not None and budget is not None
    ]
    worst = min(found, key=lambda one: SEVERITY.index(one.rating), default=None)
    if worst is None:
        return Judgement(Rating.NOT_RATED, "no_plan", actual=money.to_date)
    behind = months_behind(money.reported_to, month) if money.reported_to else 0
    if worst.rating == Rating.GREEN and behind > bands["update_age"].red:
        return Judgement(Rating.NOT_RATED, "budget_stale", Decimal(behind))
    return worst


def less(one: Money, other: Money) -> Money:
    """What one leaves of another: resource less uses is a surplus. None where either is not given."""

    def left(name: str) -> Decimal | None:
        had, taken = getattr(one, name), getattr(other, name)
        return None if had is None or taken is None else had - taken

    return Money(
        left("year"),
        left("budget_year"),
        left("budget_reported"),
        left("to_date"),
        left("forecast"),
        one.due + other.due,
        one.reported + other.reported,
        other.reported_to,
    )


@dataclass(frozen=True)
class BudgetSummary:
    """The whole financial plan at a month. `resource` is the year's own limit, `brought` what the year before left."""

    resource: Money
    brought: Money
    programme: Money
    running: Money

    @property
    def limit(self) -> Money:
        """The resource limit with what was brought forward."""
        return added([self.resource, self.brought])

    @property
    def uses(self) -> Money:
        return added([self.programme, self.running])

    @property
    def in_year(self) -> Money:
        """The surplus that the year itself makes."""
        return less(self.resource, self.uses)

    @property
    def cumulative(self) -> Money:
        """The surplus with what was brought forward."""
        return less(self.limit, self.uses)

    @property
    def planned(self) -> Balance:
        return Balance(self.resource.year or NONE, self.brought.year or NONE, self.uses.year or NONE)

    @property
    def forecast(self) -> Balance:
        return Balance(self.resource.forecast or NONE, self.brought.forecast or NONE, self.uses.forecast or NONE)


def budget_summary(plan: Plan, month: date) -> BudgetSummary | None:
    """The financial plan as the finance board reads it, from its months alone. None where the plan has none. One query."""
    months = BudgetMonth.objects.filter(line__plan=plan, line__statement=BudgetLine.Statement.PLAN)
    found = {kind: Money(None, *figures) for kind, figures in summed_by("line__kind", months, month).items()}
    return summarised(found) if found else None


def summarised(by_kind: Mapping[str, Money]) -> BudgetSummary:
    """The plan's summary from the money of each kind of line."""
    empty = Money(None, None, None, None, None)
    return BudgetSummary(
        by_kind.get(Kind.RESOURCE, empty),
        by_kind.get(Kind.BROUGHT, empty),
        added(by_kind[kind] for kind in PROGRAMME if kind in by_kind),
        by_kind.get(Kind.RUNNING, empty),
    )


def of_kinds(positions: Iterable[LinePosition]) -> dict[str, Money]:
    """The lines' money by kind, for `summarised`."""
    kinds: dict[str, list[Money]] = {}
    for one in positions:
        kinds.setdefault(one.kind, []).append(one.money)
    return {kind: added(held) for kind, held in kinds.items()}
