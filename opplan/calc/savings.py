"""Savings arithmetic: the position of a scheme, and the identity of the requirement. Money is Decimal pounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from opplan.calc.money import total


@dataclass(frozen=True)
class Position:
    """A scheme, or many, at a month; gross saving in pounds.

    `planned_reported` is the plan of those months that have an actual: the only fair comparison for `to_date`. `missing` counts
    due months without an actual, and `reported` says whether the latest due month has one. `forecast_year` adds what each month
    is best known to save (`best_known`), and `on_trust` is how much of it is the plan of months that are due and not reported.
    """

    planned_year: Decimal
    planned_to_date: Decimal
    planned_reported: Decimal
    to_date: Decimal | None
    forecast_year: Decimal | None
    missing: int
    reported: bool
    on_trust: Decimal = Decimal(0)


NOTHING = Position(Decimal(0), Decimal(0), Decimal(0), None, None, 0, True)


def together(positions: Sequence[Position]) -> Position:
    """Many positions as one: what some report and others do not is the sum of what is reported."""
    return Position(
        planned_year=sum([one.planned_year for one in positions], Decimal(0)),
        planned_to_date=sum([one.planned_to_date for one in positions], Decimal(0)),
        planned_reported=sum([one.planned_reported for one in positions], Decimal(0)),
        to_date=total([one.to_date for one in positions]),
        forecast_year=total([one.forecast_year for one in positions]),
        missing=sum([one.missing for one in positions]),
        reported=all(one.reported for one in positions),
        on_trust=sum([one.on_trust for one in positions], Decimal(0)),
    )


def best_known(
    planned: Decimal | None, actual: Decimal | None, forecast: Decimal | None, *, nobodys: bool = False
) -> Decimal | None:
    """What a month is best known to save: its actual, else its forecast, else its plan.

    `actual` is None in a month that has not come. The plan of what nobody is to deliver (`nobodys`) is no forecast.
    """
    if actual is not None:
        return actual
    return forecast if forecast is not None or nobodys else planned


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
