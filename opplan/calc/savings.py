"""Savings arithmetic: the position of a scheme, and the identity of the requirement. Money is Decimal pounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Position:
    """A scheme, or many, at a month; gross saving in pounds.

    `planned_reported` is the plan of those months that have an actual: the only fair comparison for `to_date`. `missing` counts
    due months without an actual, and `reported` says whether the latest due month has one. `forecast_year` takes actuals where
    held, else the forecast, else (for months still to come) the plan; what nobody is to deliver forecasts only what was typed.
    """

    planned_year: Decimal
    planned_to_date: Decimal
    planned_reported: Decimal
    to_date: Decimal | None
    forecast_year: Decimal | None
    missing: int
    reported: bool

    def __add__(self, other: "Position") -> "Position":
        return Position(
            self.planned_year + other.planned_year,
            self.planned_to_date + other.planned_to_date,
            self.planned_reported + other.planned_reported,
            _sum(self.to_date, other.to_date),
            _sum(self.forecast_year, other.forecast_year),
            self.missing + other.missing,
            self.reported and other.reported,
        )


NOTHING = Position(Decimal(0), Decimal(0), Decimal(0), None, None, 0, True)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


@dataclass(frozen=True)
class Requirement:
    """A savings requirement in four states that always re-add to it.

    Delivered to date; identified and still to deliver; earmarked and still to deliver; and the rest, which has no scheme. The
    rest is negative when schemes exceed the requirement.
    """

    amount: Decimal
    delivered: Decimal
    identified: Decimal
    earmarked: Decimal

    @property
    def unidentified(self) -> Decimal:
        return self.amount - self.delivered - self.identified - self.earmarked

    @property
    def with_a_scheme(self) -> Decimal:
        return self.amount - self.unidentified


def requirement(
    amount: Decimal, *, identified: tuple[Decimal, Decimal], earmarked: tuple[Decimal, Decimal]
) -> Requirement:
    """The requirement from each state's (planned year, delivered to date) in pounds."""
    return Requirement(
        amount,
        delivered=identified[1] + earmarked[1],
        identified=max(identified[0] - identified[1], Decimal(0)),
        earmarked=max(earmarked[0] - earmarked[1], Decimal(0)),
    )


def cumulative(months: Sequence[Decimal | None]) -> list[Decimal | None]:
    """The running total of months. A month that is not reported is None, and adds nothing to those after it."""
    running, sums = Decimal(0), list[Decimal | None]()
    for figure in months:
        running += figure or 0
        sums.append(None if figure is None else running)
    return sums
