"""The names that NHS statistical process control uses, and the profiles in which published tools differ."""

from dataclasses import dataclass
from enum import StrEnum

from opplan.calc.rag import Direction


class Improvement(StrEnum):
    """Which way is better: up, down, or neither (a change is worth knowing, but is neither good nor bad)."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NEUTRAL = "neutral"


IMPROVES = {
    Direction.OVER: Improvement.INCREASE,
    Direction.UNDER: Improvement.DECREASE,
    Direction.ON: Improvement.NEUTRAL,
}
"""The way that is better for a measure, from the side of plan that is good. A measure best on plan is neither."""


class PointType(StrEnum):
    """What a point is: usual variation, or a special cause and whether it is welcome. The last point's type is the variation icon."""

    COMMON = "common_cause"
    IMPROVEMENT = "special_cause_improvement"
    CONCERN = "special_cause_concern"
    NEUTRAL_HIGH = "special_cause_neutral_high"
    NEUTRAL_LOW = "special_cause_neutral_low"


class Assurance(StrEnum):
    """Whether the process, left alone, keeps to its target: always, never, or now and then."""

    PASS = "consistent_pass"
    FAIL = "consistent_fail"
    INCONSISTENT = "inconsistent"


class Rule(StrEnum):
    """The rule that made a point special."""

    OUTSIDE = "outside"
    TREND = "trend"
    TWO_IN_THREE = "two in three"
    SHIFT = "shift"


SETTLED = 13
"""Points from which limits are settled; below it they are trial limits."""
LEAST_FIXED = 12
"""The fewest points that a fixed baseline may rest on."""


@dataclass(frozen=True)
class Profile:
    """How one tool reads a chart: NHSRplotthedots ("plot the dots"), or the Making Data Count workbook.

    `run` is the number of points of a shift or a trend. `screened` leaves moving ranges of 3.267 times their average out of the
    limits. `beyond_counts` lets a point beyond the limits count towards two in three. `improvement_first` shows an improvement
    where one point is both improvement and concern. Below `icons_from` points there is no icon.
    """

    name: str
    title: str
    run: int = 7
    screened: bool = True
    beyond_counts: bool = False
    improvement_first: bool = False
    icons_from: int = 1


PLOT_THE_DOTS = Profile("plot-the-dots", "Plot the dots: 7 points, outlying ranges screened")
NO_SCREENING = Profile("no-screening", "Plot the dots: 7 points, nothing screened", screened=False)


def _workbook(run: int) -> Profile:
    return Profile(
        f"mdc-{run}",
        f"Making Data Count workbook: {run} points, nothing screened",
        run=run,
        screened=False,
        beyond_counts=True,
        improvement_first=True,
        icons_from=SETTLED,
    )


MDC_7, MDC_6 = _workbook(7), _workbook(6)

PROFILES = {profile.name: profile for profile in (PLOT_THE_DOTS, MDC_7, MDC_6, NO_SCREENING)}
