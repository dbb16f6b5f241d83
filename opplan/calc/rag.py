"""Red, amber, green and blue, each with the rule that gave it.

A judgement carries the figures of its reason; `opplan.web.reasons` words it.

Sources: NHS England South East operational plan scorecard (1% and 5% of plan; points for percentages), NHS England CCG
improvement and assessment framework (savings to date below 80%, forecast below 90%), both in tolerances that a plan may edit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Rating(StrEnum):
    """A rating. NOT_REPORTED is due and absent; NOT_RATED is stale, or has nothing to compare with; NOT_DUE has not begun."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"
    NOT_REPORTED = "not_reported"
    NOT_RATED = "not_rated"
    NOT_DUE = "not_due"


class Direction(StrEnum):
    """Which side of plan is good: over it, under it, or on it."""

    OVER = "over"
    UNDER = "under"
    ON = "on"


@dataclass(frozen=True)
class Tolerance:
    """Where green ends and where red begins, in the unit of its rule (days, per cent of plan, points, share of plan in per cent)."""

    green: Decimal
    red: Decimal


class Judgement(NamedTuple):
    """A rating and why: the rule's name, the distance from plan in the rule's unit, and the bound that decided."""

    rating: Rating
    rule: str
    distance: Decimal | None = None
    bound: Decimal | None = None
    actual: Decimal | None = None
    planned: Decimal | None = None
    direction: Direction | None = None
    overruled: "Overruled | None" = None


class Overruled(NamedTuple):
    """A person's rating in place of the rule's: who put it there, until when and why, and what the rule says."""

    by: str
    until: date
    why: str
    ruled: Judgement


def overruled(ruled: Judgement, rating: Rating, *, by: str, until: date, why: str) -> Judgement:
    """The judgement that is shown while a person's rating stands. What is due and absent stays so rather than green."""
    if rating == Rating.GREEN and ruled.rating == Rating.NOT_REPORTED:
        return ruled
    return Judgement(
        rating, "put_in_place", actual=ruled.actual, planned=ruled.planned, overruled=Overruled(by, until, why, ruled)
    )


def banded(distance: Decimal, tolerance: Tolerance) -> tuple[Rating, Decimal]:
    """Rate an adverse distance (0 or less is on plan): green to `tolerance.green`, red beyond `tolerance.red`, and the bound that spoke."""
    if distance <= tolerance.green:
        return Rating.GREEN, tolerance.green
    if distance <= tolerance.red:
        return Rating.AMBER, tolerance.red
    return Rating.RED, tolerance.red


def milestone(due: date, forecast: date | None, completed: date | None, as_at: date, tolerance: Tolerance) -> Judgement:
    """A milestone by its slippage in days: complete is blue; late is counted to the forecast, or to `as_at` once that too has passed.

    A completion after `as_at` is not complete yet: it is the best forecast there is.
    """
    if completed is not None and completed <= as_at:
        return Judgement(Rating.BLUE, "milestone_complete", Decimal((completed - due).days))
    expected = completed or forecast or due
    if max(expected, due) < as_at:
        days = Decimal((as_at - due).days)
        rating, bound = banded(days, tolerance)
        return Judgement(rating, "milestone_overdue", days, bound)
    days = Decimal((expected - due).days)
    rating, bound = banded(days, tolerance)
    return Judgement(rating, "milestone_expected", days, bound)


def adverse(actual: Decimal, planned: Decimal, direction: Direction) -> Decimal:
    """How far `actual` lies on the wrong side of plan, in its own unit; negative when it is on the right side."""
    if direction == Direction.OVER:
        return planned - actual
    if direction == Direction.UNDER:
        return actual - planned
    return abs(actual - planned)


def meets(actual: Decimal, standard: Decimal, direction: Direction) -> bool:
    """Whether a value meets a national standard: at it, or on its good side. No tolerance: a standard is met or missed."""
    return adverse(actual, standard, direction) <= 0


def count_against_plan(
    actual: Decimal | None, planned: Decimal | None, direction: Direction, tolerance: Tolerance
) -> Judgement:
    """A count (or an average) against plan, in per cent of plan."""
    if actual is None:
        return Judgement(Rating.NOT_REPORTED, "no_actual", planned=planned)
    if planned is None:
        return Judgement(Rating.NOT_RATED, "no_plan", actual=actual)
    signed = actual - planned
    if planned == 0:
        rating = Rating.GREEN if adverse(actual, planned, direction) <= 0 else Rating.RED
        return Judgement(rating, "count_against_nil", signed, Decimal(0), actual, planned, direction)
    rating, bound = banded(100 * adverse(actual, planned, direction) / abs(planned), tolerance)
    return Judgement(rating, "count_against_plan", 100 * signed / abs(planned), bound, actual, planned, direction)


def percentage_against_plan(
    actual: Decimal | None, planned: Decimal | None, direction: Direction, tolerance: Tolerance
) -> Judgement:
    """A percentage against plan, in percentage points (never per cent of a per cent)."""
    if actual is None:
        return Judgement(Rating.NOT_REPORTED, "no_actual", planned=planned)
    if planned is None:
        return Judgement(Rating.NOT_RATED, "no_plan", actual=actual)
    rating, bound = banded(adverse(actual, planned, direction), tolerance)
    return Judgement(rating, "percentage_against_plan", actual - planned, bound, actual, planned, direction)


def saving_against_plan(
    to_date: Decimal | None,
    planned_to_date: Decimal,
    forecast: Decimal | None,
    planned_year: Decimal,
    *,
    to_date_tolerance: Tolerance,
    forecast_tolerance: Tolerance,
    reported: bool,
    begun: bool = True,
) -> Judgement:
    """A savings scheme by the share of plan saved to date and forecast for the year, the worse of the two.

    `to_date` and `planned_to_date` cover the same months. Tolerances are shortfalls in per cent of plan: green 5, red 20 means
    green from 95% and red below 80%. `reported` is false when the month that is due has no actual; `begun` when none is due yet.
    """
    if not begun:
        return Judgement(Rating.NOT_DUE, "saving_not_due", actual=to_date, planned=planned_year)
    if not reported:
        return Judgement(Rating.NOT_REPORTED, "saving_not_reported", actual=to_date, planned=planned_to_date)
    candidates: list[Judgement] = []
    if to_date is not None and planned_to_date:
        share = 100 * to_date / planned_to_date
        rating, bound = banded(100 - share, to_date_tolerance)
        candidates.append(Judgement(rating, "saving_to_date", share, 100 - bound, to_date, planned_to_date))
    if forecast is not None and planned_year:
        share = 100 * forecast / planned_year
        rating, bound = banded(100 - share, forecast_tolerance)
        candidates.append(Judgement(rating, "saving_forecast", share, 100 - bound, forecast, planned_year))
    if not candidates:
        return Judgement(Rating.NOT_DUE, "saving_not_due", actual=to_date, planned=planned_to_date)
    return min(candidates, key=lambda judgement: SEVERITY.index(judgement.rating))


SEVERITY: Sequence[Rating] = (
    Rating.RED,
    Rating.AMBER,
    Rating.NOT_REPORTED,
    Rating.NOT_RATED,
    Rating.GREEN,
    Rating.BLUE,
    Rating.NOT_DUE,
)


def rolled_up(parts: Iterable[Rating], *, stale: bool = False) -> Rating:
    """The rating of a whole from its parts: the worst of them.

    Red if any part is red, else amber if any is amber. A whole with a part that is due and absent, or whose update is stale, is
    not rated rather than green. Blue only when every part is complete; not due when nothing has begun.
    """
    present = {part for part in parts if part != Rating.NOT_DUE}
    for bad in (Rating.RED, Rating.AMBER):
        if bad in present:
            return bad
    if not present:
        return Rating.NOT_DUE
    if present == {Rating.BLUE}:
        return Rating.BLUE
    if stale or present & {Rating.NOT_REPORTED, Rating.NOT_RATED}:
        return Rating.NOT_RATED
    return Rating.GREEN
