"""A scheme's year as it would be phased, or moved with a later start: previewed, never stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from activity.queries.building import calendar_weights, require_whole_shape
from finance.models import SchemeMonth
from opplan.calc.building import phased
from opplan.calc.months import next_month
from opplan.calc.savings import moved

if TYPE_CHECKING:
    from finance.models import Scheme
    from finance.queries.months import MonthOfSavings

PENNY, POUND = Decimal("0.01"), Decimal(1)


@dataclass(frozen=True)
class PlannedMonth:
    """A planned month now and as it would be, in pounds. A closed one keeps its figure."""

    month: date
    now: Decimal | None
    then: Decimal | None
    closed: bool

    @property
    def difference(self) -> Decimal:
        return (self.then or Decimal(0)) - (self.now or Decimal(0))


@dataclass(frozen=True)
class PlannedYear:
    """The year of one figure (`planned_saving` or `planned_investment`), previewed. `carried` no longer falls in it."""

    figure: str
    months: Sequence[PlannedMonth]
    carried: Decimal = Decimal(0)

    @property
    def now(self) -> Decimal:
        return sum((one.now or Decimal(0) for one in self.months), Decimal(0))

    @property
    def then(self) -> Decimal:
        return sum((one.then or Decimal(0) for one in self.months), Decimal(0))

    @property
    def kept(self) -> Decimal:
        """What closed months hold."""
        return sum((one.now or Decimal(0) for one in self.months if one.closed), Decimal(0))

    @property
    def changed(self) -> list[PlannedMonth]:
        return [one for one in self.months if not one.closed and one.now != one.then]


def phased_year(
    scheme: Scheme,
    months: Mapping[date, MonthOfSavings],
    *,
    figure: str,
    how: str,
    year: Decimal,
    percentages: Sequence[Decimal],
    closed: Collection[date],
) -> PlannedYear:
    """A year's saving or investment over the scheme's months, so that they add to it exactly; closed months keep theirs.

    Nothing is planned before the scheme starts. ValueError, in words for the person, where it cannot be phased so. One query where
    last year's shape is asked for.
    """
    all_months = scheme.plan.months
    planned = [getattr(months[month], figure) if month in months else None for month in all_months]
    kept = {at: planned[at] or Decimal(0) for at, month in enumerate(all_months) if month in closed}
    start = scheme.start_month or all_months[0]
    weights = [
        Decimal(0) if month < start and how != "own" else weight
        for month, weight in zip(all_months, _weights(scheme, figure, how, percentages), strict=True)
    ]
    if all(weights[at] == 0 for at in range(len(all_months)) if at not in kept):
        raise ValueError("The months that are open have no share of the year.")
    whole = all(value % 1 == 0 for value in (year, *kept.values()))
    then = phased(year, weights, kept=kept, added=[Decimal(0)] * len(all_months), unit=POUND if whole else PENNY)
    if any(then[at] < 0 for at in range(len(all_months)) if at not in kept):
        raise ValueError("The closed months hold more than the year: the open ones would be planned below nought.")
    return PlannedYear(
        figure,
        [
            PlannedMonth(month, planned[at], planned[at] if at in kept else then[at], at in kept)
            for at, month in enumerate(all_months)
        ],
    )


def _weights(scheme: Scheme, figure: str, how: str, percentages: Sequence[Decimal]) -> Sequence[Decimal | int]:
    """What each month weighs in the year, April to March."""
    if how == "last_year":
        return _last_year(scheme, figure)
    return list(percentages) if how == "own" else calendar_weights(how, [[month] for month in scheme.plan.months])


def _last_year(scheme: Scheme, figure: str) -> list[Decimal]:
    """What the scheme of the same reference saved (or cost) in each month of the year before. ValueError where months are not held."""
    last = [next_month(month, -12) for month in scheme.plan.months]
    held = dict(
        SchemeMonth.objects.filter(
            scheme__plan__organisation=scheme.plan.organisation_id,
            scheme__reference=scheme.reference,
            month__in=last,
            **{f"{figure.replace('planned', 'actual')}__isnull": False},
        ).values_list("month", figure.replace("planned", "actual"))
    )
    missing = [month for month in last if month not in held]
    if len(missing) == len(last):
        raise ValueError(f"There is no last year’s shape: no actual of {scheme.reference} is held for the year before.")
    require_whole_shape(missing)
    if any(value < 0 for value in held.values()) or not any(held.values()):
        raise ValueError("Last year’s months hold nothing to share by, or a figure below nought.")
    return [held[month] for month in last]


def moved_year(
    scheme: Scheme, months: Mapping[date, MonthOfSavings], *, figure: str, steps: int, closed: Collection[date]
) -> PlannedYear:
    """A year's saving or investment when the scheme starts `steps` months later, or earlier. ValueError as `calc.savings.moved`."""
    all_months = scheme.plan.months
    planned = [getattr(months[month], figure) if month in months else None for month in all_months]
    kept = {at for at, month in enumerate(all_months) if month in closed}
    found = moved(planned, steps, kept)
    return PlannedYear(
        figure,
        [PlannedMonth(month, planned[at], found.months[at], at in kept) for at, month in enumerate(all_months)],
        found.carried,
    )


def starts(scheme: Scheme, months: Mapping[date, MonthOfSavings]) -> date | None:
    """When the scheme starts as it is planned: its start month, else the first month with a planned saving. None where nothing is."""
    planned = sorted(month for month, one in months.items() if one.planned_saving)
    if scheme.start_month in scheme.plan.months:
        return scheme.start_month
    return planned[0] if planned else None
