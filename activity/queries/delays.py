"""Delayed transfers of care: the month's beds and share, days by cut, weekly counts and the risk share. Each figure is computed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.models import Delay, Line, RiskShare, WeeklyCount
from activity.queries.lines import LinePosition, Month
from activity.queries.reasons import reasons
from opplan.calc.delays import (
    Occupancy,
    achieved_share,
    average_beds,
    beds_a_day,
    beds_allowed,
    months_of_quarter,
    occupancy_of,
    per_hundred_thousand,
    released,
    share_of_occupied,
)
from opplan.calc.money import total
from opplan.calc.months import days_in
from opplan.plans.queries import known_codes
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

WEEKLY = "DTOC.5"
WEEK_FIELDS = {"actual": "Patients delayed", "planned": "Trajectory", "basis": "How firm the count is"}
SHARE_FIELDS = {"amount": "At stake, pounds", "baseline": "Reduced from, beds a day", "basis": "How firm the sum is"}
CUTS = ("care", "body", "reason")
CATEGORIES: dict[str, tuple[str, ...]] = {
    "care": ("acute", "non_acute"),
    "body": ("nhs", "social_care", "both"),
    "reason": tuple(code for code, reason in reasons().items() if reason.in_use),
}
"""What each cut is always broken down by. A place may hold more: a reason of other years, or one that is not on the list."""


@dataclass(frozen=True)
class DelaysMonth:
    """Delays of one month: official days and average beds, the trajectory, and the share of occupied bed days (per cent, unrounded).

    `allowed` are the beds that the target share allows with the same occupied beds. None is not reported or not known.
    """

    period: date
    days: Decimal | None
    beds: Decimal | None
    planned: Decimal | None
    occupancy: Occupancy | None
    share: Decimal | None
    allowed: Decimal | None
    per_adults: Decimal | None
    status: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.beds is None or self.planned is None else self.beds - self.planned


def occupied_beds(providers: Iterable[LinePosition]) -> dict[date, Decimal | None]:
    """The average beds occupied of these providers together, by quarter: their lines hold occupied beds over those available.

    A quarter that any of them has not reported is None: beds that are not known make the share too high. No query.
    """
    held = [dict(line.held or {}) for line in providers]
    quarters = {month for line in held for month in line}
    return {
        quarter: total_of_all([line[quarter].actual_numerator if quarter in line else None for line in held])
        for quarter in sorted(quarters)
    }


def total_of_all(values: Sequence[Decimal | None]) -> Decimal | None:
    """The sum, or None where one is not known."""
    return None if None in values or not values else total(values)


def delays_month(
    held: Month, quarters: Mapping[date, Decimal | None], target: Decimal | None, adults: Decimal | None
) -> DelaysMonth:
    """One month of the official line in beds, per cent of occupied bed days, and per 100,000 adults. No query."""
    occupancy = occupancy_of(held.period, quarters)
    occupied = occupancy.beds if occupancy else None
    return DelaysMonth(
        held.period,
        held.actual_numerator,
        beds_a_day(held.actual_numerator, held.period),
        beds_a_day(held.planned_numerator, held.period),
        occupancy,
        share_of_occupied(held.actual_numerator, held.period, occupied),
        None if target is None or occupied is None else beds_allowed(target, occupied),
        per_hundred_thousand(held.actual_numerator, days_in(held.period), adults),
        held.status if held.actual_numerator is not None else "",
    )


@dataclass
class DaysByCut:
    """Delayed days at one place in one month: by care, body and reason. A cut that is not held is empty, never nought.

    `crossed` says that the place's rows are broken down by all three at once, and the cuts are their sums.
    """

    place: str
    period: date
    cuts: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    basis: set[str] = field(default_factory=set)
    crossed: bool = False

    def of(self, cut: str) -> dict[str, Decimal]:
        return self.cuts.get(cut, {})

    def total(self, cut: str) -> Decimal | None:
        return total(self.of(cut).values()) if self.of(cut) else None

    def beds(self, cut: str, category: str) -> Decimal | None:
        """Average beds a day of one category; 0 where the cut is held without it, None where the cut is not held."""
        return beds_a_day(self.of(cut).get(category, Decimal(0)), self.period) if self.of(cut) else None

    def all_beds(self) -> Decimal | None:
        """Average beds a day of the first cut that is held."""
        return next((beds_a_day(self.total(cut), self.period) for cut in CUTS if self.of(cut)), None)


def days_by_cut(plan: Plan, first: date, last: date) -> dict[str, dict[date, DaysByCut]]:
    """Delayed days of every place, by month from `first` to `last`. One query.

    A place whose rows are crossed by care, body and reason together gives each cut as the sum of those rows, unless the month has
    that cut of its own.
    """
    found: dict[str, dict[date, DaysByCut]] = defaultdict(dict)
    crossed: dict[tuple[str, date], list[tuple[tuple[str, str, str], Decimal]]] = defaultdict(list)
    rows = Delay.objects.filter(plan=plan, period__range=(first, last)).order_by("period")
    for place, period, cut, care, body, reason, days, basis in rows.values_list(
        "place", "period", "cut", "care", "body", "reason", "days", "basis"
    ):
        month = found[place].setdefault(period, DaysByCut(place, period))
        month.basis.add(basis)
        if cut == Delay.Cut.ALL:
            month.crossed = True
            crossed[place, period].append(((care, body, reason), days))
        else:
            month.cuts.setdefault(cut, {})[care or body or reason] = days
    for (place, period), parts in crossed.items():
        month = found[place][period]
        own = set(month.cuts)
        for at, cut in enumerate(CUTS):
            sums = month.cuts.setdefault(cut, {})
            for categories, days in parts:
                if cut not in own and categories[at]:
                    sums[categories[at]] = sums.get(categories[at], Decimal(0)) + days
    return dict(found)


@dataclass(frozen=True)
class DelayEdit:
    """A figure that a person changed: which ("reason C"), of which month, what it was and is; who, when and why."""

    key: str
    period: date
    was: Decimal | None
    now: Decimal | None
    who: str
    when: datetime
    why: str


def delay_history(plan: Plan, place: str) -> list[DelayEdit]:
    """What people have changed in the delayed days of one place, latest first. One query."""
    kept: Any = Delay.history.model
    rows = kept.objects.filter(plan_id=plan.pk, place=place).order_by("history_date", "history_id")
    before: dict[tuple[str, date], Decimal] = {}
    edits = []
    for kind, period, cut, care, body, reason, days, who, when, why in rows.values_list(
        "history_type",
        "period",
        "cut",
        "care",
        "body",
        "reason",
        "days",
        "history_user__name",
        "history_date",
        "history_change_reason",
    ):
        key = f"{cut} {care or body or reason}"
        was = before.pop((key, period), None)
        if kind != "-":
            before[key, period] = days
        now = None if kind == "-" else days
        if who is not None and was != now:
            edits.append(DelayEdit(key, period, was, now, who, when, why or ""))
    return edits[::-1]


def place_of(plan: Plan, held: Iterable[str]) -> str:
    """Whose delays are the plan's: the local authority of the same area, else the organisation itself. Two queries."""
    known = known_codes([plan.organisation_id])
    councils = [code.code for code in known if code.kind == "local_authority"]
    places = set(held)
    return next((code for code in councils if code in places), councils[0] if councils else plan.organisation.code)


@dataclass(frozen=True)
class Mismatch:
    """A month whose cut does not add up to the official delayed days."""

    period: date
    cut: str
    days: Decimal
    official: Decimal


def mismatches(months: Iterable[DaysByCut], official: Mapping[date, Decimal | None]) -> list[Mismatch]:
    """Where the cuts of a place do not add up to the official figure of the month. A month without one is not compared. No query."""
    return [
        Mismatch(month.period, cut, held, days)
        for month in months
        for cut in CUTS
        if (held := month.total(cut)) is not None and (days := official.get(month.period)) is not None and held != days
    ]


@dataclass(frozen=True)
class Week:
    """A weekly snapshot: patients delayed on a day, and how many the trajectory has. None is not counted."""

    day: date
    planned: Decimal | None
    actual: Decimal | None
    planned_basis: str
    basis: str
    planned_source: str
    source: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.actual is None or self.planned is None else self.actual - self.planned


def find_weekly_line(plan: Plan) -> Line | None:
    """The plan's line that is counted weekly: patients delayed, the whole system. One query."""
    rows = Line.objects.filter(plan=plan, measure__code=WEEKLY).select_related("measure", "plan__organisation")
    return rows.order_by("pk").first()


def week_of(line: Line, day: date) -> WeeklyCount:
    """What is held of one day; a count that is not stored yet where nothing is. One query."""
    return WeeklyCount.objects.filter(line=line, day=day).first() or WeeklyCount(line=line, day=day)


def changes_of_week(row: WeeklyCount) -> list[ChangeEntry]:
    """Everything that changed in one weekly count, latest first; nothing of one that is not stored. One query."""
    if row.pk is None:
        return []
    entries = row.history.select_related("history_user").order_by("id", "history_id")
    return changes(entries, kind="Weekly count", fields=WEEK_FIELDS, title=lambda entry: f"{entry.day}")


def weekly_counts(line_key: int) -> list[Week]:
    """Every weekly count of a line, oldest first. One query."""
    rows = WeeklyCount.objects.filter(line_id=line_key).order_by("day")
    fields = ("day", "planned", "actual", "planned_basis", "basis", "planned_source", "source")
    return [Week(*row) for row in rows.values_list(*fields)]


@dataclass(frozen=True)
class QuarterShare:
    """The Better Care Fund's risk share of one quarter: average beds planned and reached, and what of the amount was released.

    `released` is None until all three months are reported.
    """

    quarter: date
    amount: Decimal
    baseline: Decimal
    planned: Decimal | None
    actual: Decimal | None
    achieved: Decimal | None
    released: Decimal | None
    reported: int
    ended: bool
    basis: str

    @property
    def withheld(self) -> Decimal | None:
        return None if self.released is None else self.amount - self.released


def risk_share_of(line: Line, quarter: date) -> RiskShare:
    """What is held of one quarter; a row that is not stored yet where nothing is. One query."""
    return RiskShare.objects.filter(line=line, quarter=quarter).first() or RiskShare(line=line, quarter=quarter)


def changes_of_risk_share(row: RiskShare) -> list[ChangeEntry]:
    """Everything that changed in the risk share of one quarter, latest first. One query."""
    if row.pk is None:
        return []
    entries = row.history.select_related("history_user").order_by("id", "history_id")
    return changes(entries, kind="Risk share", fields=SHARE_FIELDS, title=lambda entry: f"{entry.quarter}")


def quarter_shares(line: LinePosition) -> list[QuarterShare]:
    """The risk share of each quarter of the line's year, by what its months hold up to the month shown. One query."""
    rows = RiskShare.objects.filter(line_id=line.key).order_by("quarter")
    return [_quarter_share(line, *row) for row in rows.values_list("quarter", "amount", "baseline", "basis")]


def _quarter_share(line: LinePosition, quarter: date, amount: Decimal, baseline: Decimal, basis: str) -> QuarterShare:
    months = months_of_quarter(quarter)
    held = [line.held_in(month) for month in months]
    actuals = [one.actual_numerator if one.period <= line.now.period else None for one in held]
    planned, actual = average_beds([one.planned_numerator for one in held], months), average_beds(actuals, months)
    known = planned is not None and actual is not None
    return QuarterShare(
        quarter,
        amount,
        baseline,
        planned,
        actual,
        achieved=achieved_share(baseline, planned, actual) if planned is not None and actual is not None else None,
        released=released(amount, baseline, planned, actual) if planned is not None and known else None,
        reported=sum(1 for value in actuals if value is not None),
        ended=months[-1] <= line.now.period,
        basis=basis,
    )
