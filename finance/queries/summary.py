"""The plan's savings as the database adds them: by month, by rating, and the schemes that matter most.

One statement and no row in Python, whatever the number of schemes: a finance board reads it. It says in SQL what
`finance.queries.standing` says of one scheme in Python; tests hold the two to the same pence and the same ratings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from finance.models import Scheme
from finance.queries.requirement import COUNTED, RequirementPosition
from finance.queries.summary_sql import statement
from opplan.calc.confidence import LEAST, LIKELIEST, MOST
from opplan.calc.money import rounded
from opplan.calc.months import end_of
from opplan.calc.rag import Rating, Tolerance
from opplan.calc.savings import PENCE, Against, requirement

if TYPE_CHECKING:
    from opplan.plans.models import Plan

NOTHING = Decimal(0)
IDEA = Scheme.State.IDEA
WORST, OWING = 5, 8


@dataclass(frozen=True)
class Sums:
    """Many schemes as one, in pounds, gross: sums of what is given, None where nothing is.

    `compared` is the plan of what has an actual, the only fair comparison for `actual`, which holds months that have come. `expected`
    is what is best known: actual, else forecast, else what each scheme's forecast follows; `on_trust` how much of it stands in for
    what is due and not reported, in `missing` months of schemes. `made_up` counts the illustrative among actuals and forecasts.
    """

    planned: Decimal | None
    due: Decimal | None
    compared: Decimal | None
    actual: Decimal | None
    expected: Decimal | None
    on_trust: Decimal | None
    planned_investment: Decimal | None
    due_investment: Decimal | None
    compared_investment: Decimal | None
    actual_investment: Decimal | None
    expected_investment: Decimal | None
    missing: int
    made_up: int

    @property
    def saving(self) -> Against:
        """To the month reported, of those held."""
        return Against(self.due or NOTHING, self.compared or NOTHING, self.actual)

    @property
    def investment(self) -> Against:
        return Against(self.due_investment or NOTHING, self.compared_investment or NOTHING, self.actual_investment)

    @property
    def saving_of_year(self) -> Against:
        """Forecast against the plan of the year."""
        return Against(self.planned or NOTHING, self.planned or NOTHING, self.expected)

    @property
    def investment_of_year(self) -> Against:
        planned = self.planned_investment or NOTHING
        return Against(planned, planned, self.expected_investment)

    @property
    def invests(self) -> bool:
        return any((self.planned_investment, self.actual_investment, self.expected_investment))


COUNTS = ("missing", "made_up")
SUMMED = tuple(name for name in Sums.__annotations__ if name not in COUNTS)


def added(parts: Iterable[Sums]) -> Sums:
    """Parts as one. What nobody gives stays None."""
    held = list(parts)
    totals: dict[str, Any] = {name: sum(getattr(one, name) for one in held) for name in COUNTS}
    for name in SUMMED:
        given = [value for one in held if (value := getattr(one, name)) is not None]
        totals[name] = sum(given, NOTHING) if given else None
    return Sums(**totals)


@dataclass(frozen=True)
class MonthSums:
    """One month of the schemes of one state in one section."""

    month: date
    state: str
    section: str
    sums: Sums


@dataclass(frozen=True)
class RatedSchemes:
    """The schemes of one state and section that have one rating. `weighed` is what they save, each weighed by its chance; pounds."""

    state: str
    section: str
    rating: Rating
    count: int
    due: int
    owing: int
    reported: bool
    planned: Decimal
    to_deliver: Decimal
    to_date: Decimal
    weighed: Decimal


@dataclass(frozen=True)
class SchemeLine:
    """A scheme named on the board: furthest below its plan of the year, or owing a figure. `waiting`: plan due and not reported."""

    reference: str
    title: str
    owner: str
    rating: Rating
    planned: Decimal
    expected: Decimal | None
    waiting: Decimal

    @property
    def variance(self) -> Decimal:
        return (self.expected or NOTHING) - self.planned


@dataclass(frozen=True)
class SavingsSummary:
    """The savings of a plan at a month. Ideas are held apart: they count only once they are earmarked."""

    now: date
    months: Sequence[MonthSums]
    rated: Sequence[RatedSchemes]
    worst: Sequence[SchemeLine]
    owing: Sequence[SchemeLine]
    amount: Decimal | None
    source: str

    @cached_property
    def counted(self) -> list[MonthSums]:
        return [one for one in self.months if one.state != IDEA]

    @cached_property
    def whole(self) -> Sums:
        return added(one.sums for one in self.counted)

    @cached_property
    def in_month(self) -> Sums:
        return added(one.sums for one in self.counted if one.month == self.now)

    @cached_property
    def by_month(self) -> dict[date, Sums]:
        return _grouped((one.month, one.sums) for one in self.counted)

    @cached_property
    def by_section(self) -> dict[tuple[str, str], Sums]:
        """By section; the line of what is still to find is a part of its own, and the last."""
        return _grouped((section_of(one), one.sums) for one in self.counted)

    def schemes(self, section: tuple[str, str] | None = None) -> dict[Rating, int]:
        """How many schemes have each rating, in all or in one section. What has no scheme, and ideas, are none."""
        counts: dict[Rating, int] = defaultdict(int)
        for one in self.rated:
            if one.state in COUNTED and section in (None, section_of(one)):
                counts[one.rating] += one.count
        return dict(counts)

    @property
    def due(self) -> int:
        return sum(one.due for one in self.rated)

    @property
    def owed(self) -> int:
        return sum(one.owing for one in self.rated)

    @property
    def weighed(self) -> Decimal:
        """What the year saves when each scheme is weighed by its chance and range: the mean of what the draws would give."""
        return sum((one.weighed for one in self.rated), NOTHING)

    @cached_property
    def requirement(self) -> RequirementPosition | None:
        """The requirement in its four states. None where the plan has none."""
        if self.amount is None:
            return None
        pairs = []
        for state in COUNTED:
            mine = [one for one in self.rated if one.state == state]
            pairs.append((sum((one.to_deliver for one in mine), NOTHING), sum((one.to_date for one in mine), NOTHING)))
        return RequirementPosition(
            requirement(self.amount, identified=pairs[0], earmarked=pairs[1]),
            self.source,
            any(one.reported for one in self.rated if one.state in COUNTED),
        )


def section_of(one: MonthSums | RatedSchemes) -> tuple[str, str]:
    """The state where that is no scheme yet, which comes last, and the section."""
    return one.state if one.state == Scheme.State.UNIDENTIFIED else "", one.section


def _grouped(parts: Iterable[tuple[Any, Sums]]) -> dict[Any, Sums]:
    found = defaultdict(list)
    for key, one in parts:
        found[key].append(one)
    return {key: added(held) for key, held in sorted(found.items())}


def savings_summary(plan: Plan, month: date, tolerances: Mapping[str, Tolerance]) -> SavingsSummary:
    """The plan's savings at `month`. One query, whatever the number of schemes."""
    months, rated, worst, owing = [list[Any]() for _ in range(4)]
    amount, source = None, ""
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor), summary_values(plan, month, tolerances))
        for part, at, state, section, rating, reference, title, owner, *numbers in cursor:
            if part == "month":
                when = date.fromisoformat(at) if isinstance(at, str) else at
                *sums, missing, made_up = numbers
                figures: list[Any] = [*map(_money, sums), int(missing), int(made_up)]
                months.append(MonthSums(when, state, section, Sums(*figures)))
            elif part == "rated":
                count, due, owed, reported, *money = numbers
                rated.append(
                    RatedSchemes(
                        state,
                        section,
                        Rating(rating),
                        int(count),
                        int(due),
                        int(owed),
                        reported > 0,
                        *(_money(value) or NOTHING for value in money[:4]),
                    )
                )
            elif part == "requirement":
                amount, source = _money(numbers[0]), title
            else:
                line = SchemeLine(
                    reference,
                    title,
                    owner,
                    Rating(rating),
                    _money(numbers[0]) or NOTHING,
                    _money(numbers[1]),
                    _money(numbers[2]) or NOTHING,
                )
                (worst if part == "worst" else owing).append(line)
    worst.sort(key=lambda one: (one.variance, one.reference))
    owing.sort(key=lambda one: (-one.waiting, one.reference))
    return SavingsSummary(month, months, rated, worst, owing, amount, source)


@lru_cache
def _statement(vendor: str) -> str:
    return statement(pence=vendor == "sqlite")


def summary_values(plan: Plan, month: date, tolerances: Mapping[str, Tolerance]) -> dict[str, Any]:
    """What the statement asks for. Tolerances are hundredths of a per cent of plan, so that no bound is a fraction."""
    bounds = {
        f"{name}_{end}": int(getattr(tolerances[f"saving_{name}"], end) * 100)
        for name in ("to_date", "forecast")
        for end in ("green", "red")
    }
    return {
        "plan": plan.pk,
        "now": f"{month:%Y-%m-%d}",
        "until": f"{end_of(month):%Y-%m-%d}",
        "least": int(LEAST),
        "likeliest": int(LIKELIEST),
        "most": int(MOST),
        "worst": WORST,
        "owing": OWING,
        **bounds,
    }


def _money(value: Any) -> Decimal | None:
    """Pounds from what the database gives: whole pence where it would add pounds in floating point."""
    if value is None:
        return None
    return Decimal(round(value)) / 100 if connection.vendor == "sqlite" else rounded(Decimal(value), PENCE)
