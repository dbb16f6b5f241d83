"""Savings arithmetic: the position of a scheme, what its months are expected to save, and the identity of the requirement.

Money is Decimal pounds.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from opplan.calc.money import rounded, total

PENCE = 2


@dataclass(frozen=True)
class Position:
    """A scheme, or many, at a month; gross saving in pounds.

    `planned_reported` is the plan of those months that have an actual: the only fair comparison for `to_date`. `missing` counts
    due months without an actual, and `reported` says whether the latest due month has one. `forecast_year` adds what each month
    is best known to save (`best_known`), and `on_trust` is how much of it stands in for months that are due and not reported.
    `if_delivered` is the same before any month is weighed by the chance that the scheme delivers.
    """

    planned_year: Decimal
    planned_to_date: Decimal
    planned_reported: Decimal
    to_date: Decimal | None
    forecast_year: Decimal | None
    missing: int
    reported: bool
    on_trust: Decimal = Decimal(0)
    if_delivered: Decimal | None = None


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
        if_delivered=total([one.if_delivered for one in positions]),
    )


class Forecast(StrEnum):
    """What a month that has neither an actual nor a forecast of its own is expected to save: what a scheme's forecast follows."""

    PLAN = "plan"
    RUN_RATE = "run_rate"
    RISK_ADJUSTED = "risk_adjusted"


@dataclass(frozen=True)
class Outlook:
    """How the months of a scheme that nobody has reported or forecast are expected to turn out.

    They follow the plan; or the run rate to date (`run_rate`, pounds a month), wherever a saving is planned and the scheme has one;
    or the plan weighed by the `chance` of delivering, in per cent. What is `nobodys` to deliver is expected to save nothing.
    """

    follows: Forecast = Forecast.PLAN
    run_rate: Decimal | None = None
    chance: Decimal = Decimal(100)
    nobodys: bool = False

    def of(self, planned: Decimal | None) -> Decimal | None:
        """What a month with this plan is expected to save."""
        if self.nobodys:
            return None
        if not planned:
            return planned
        if self.follows == Forecast.RUN_RATE and self.run_rate is not None:
            return self.run_rate
        if self.follows == Forecast.RISK_ADJUSTED:
            return rounded(planned * self.chance / 100, PENCE)
        return planned


ON_PLAN, NOBODYS = Outlook(), Outlook(nobodys=True)


def best_known(
    planned: Decimal | None, actual: Decimal | None, forecast: Decimal | None, outlook: Outlook = ON_PLAN
) -> Decimal | None:
    """What a month is best known to save: its actual, else its own forecast, else what its scheme's forecast follows.

    `actual` is None in a month that has not come.
    """
    if actual is not None:
        return actual
    return forecast if forecast is not None else outlook.of(planned)


def run_rate(months: Iterable[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """Pounds saved a month so far, to the penny, from (planned, actual) of the months that have come. None where none counts.

    A month counts when it has an actual and a saving was planned or made in it: the months before a scheme starts do not thin it.
    """
    saved = [actual for planned, actual in months if actual is not None and (planned or actual)]
    return rounded(sum(saved, Decimal(0)) / len(saved), PENCE) if saved else None


@dataclass(frozen=True)
class RunRate:
    """What is saved a month so far, and what each month that is left must save to reach the plan of the year. Pounds."""

    so_far: Decimal | None
    short: Decimal
    months_left: int

    @property
    def reached(self) -> bool:
        """Whether the plan of the year is saved already."""
        return self.short <= 0

    @property
    def required(self) -> Decimal | None:
        """A month, to the penny. None where the year is reached, or no month is left to reach it in."""
        return None if self.reached or not self.months_left else rounded(self.short / self.months_left, PENCE)


def required_run_rate(
    planned_year: Decimal, months: Sequence[tuple[Decimal | None, Decimal | None]], months_left: int
) -> RunRate:
    """From (planned, actual) of the months that have come, and how many months of the year are to come."""
    saved = sum([actual for _, actual in months if actual is not None], Decimal(0))
    return RunRate(run_rate(months), planned_year - saved, months_left)


@dataclass(frozen=True)
class MonthFigures:
    """One month of one scheme, as far as its standing asks: saving, investment, or the one less the other. Pounds."""

    month: date
    planned: Decimal | None
    actual: Decimal | None
    expected: Decimal | None


def net(saving: MonthFigures, investment: MonthFigures) -> MonthFigures:
    """Saving less investment in one month. Not reported while either is due and absent; what was never planned to cost costs nothing."""
    invested = investment.actual
    if invested is None and not investment.planned:
        invested = Decimal(0)
    actual = None if saving.actual is None or invested is None else saving.actual - invested
    return MonthFigures(
        saving.month, _less(saving.planned, investment.planned), actual, _less(saving.expected, investment.expected)
    )


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None and other is None else (one or Decimal(0)) - (other or Decimal(0))


@dataclass(frozen=True)
class Against:
    """A figure against plan. `compared` is the plan of what is reported, the only fair comparison; `planned` all that was due."""

    planned: Decimal
    compared: Decimal
    actual: Decimal | None

    @property
    def variance(self) -> Decimal | None:
        return None if self.actual is None else self.actual - self.compared

    @property
    def achieved(self) -> Decimal | None:
        """Per cent of the plan of what is reported. None where that is nought or below, or nothing is reported."""
        return None if self.actual is None or self.compared <= 0 else 100 * self.actual / self.compared


@dataclass(frozen=True)
class Standing:
    """In the month, in the year to date, and at year end, where `actual` is the forecast of the year."""

    in_month: Against
    to_date: Against
    year: Against


def standing(months: Collection[MonthFigures], now: date) -> Standing:
    """The months of one scheme or of many, when those to `now` have come."""
    come = [one for one in months if one.month <= now]
    planned = total(one.planned for one in months) or Decimal(0)
    return Standing(
        _against([one for one in come if one.month == now]),
        _against(come),
        Against(planned, planned, total(one.expected for one in months)),
    )


def _against(months: Sequence[MonthFigures]) -> Against:
    reported = [one for one in months if one.actual is not None]
    return Against(
        total(one.planned for one in months) or Decimal(0),
        total(one.planned for one in reported) or Decimal(0),
        total(one.actual for one in reported),
    )


@dataclass(frozen=True)
class Moved:
    """The months of a year once they are moved, and what no longer falls in it: lost this year, carried to the next."""

    months: Sequence[Decimal | None]
    carried: Decimal


def moved(planned: Sequence[Decimal | None], steps: int, kept: Collection[int] = ()) -> Moved:
    """The planned months of a scheme that starts `steps` months later, or earlier when negative.

    `kept` are the places of closed months, whose figures stay. What a later start moves beyond the year, or into a closed month, is
    carried; so the months and what is carried always add to the year. ValueError where an earlier start would move a figure before
    the year or into a closed month: nobody can plan what has gone by.
    """
    after: list[Decimal | None] = [
        figure if at in kept else None if figure is None else Decimal(0) for at, figure in enumerate(planned)
    ]
    carried = Decimal(0)
    for at, figure in enumerate(planned):
        if figure is None or at in kept:
            continue
        place = at + steps
        fits = 0 <= place < len(planned) and place not in kept
        if fits:
            after[place] = (after[place] or Decimal(0)) + figure
        elif steps > 0:
            carried += figure
        elif figure:
            raise ValueError("An earlier start would plan a saving in a month that is closed or before the year.")
    return Moved(after, carried)


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
