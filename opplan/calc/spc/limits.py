"""Mean and process limits of one segment, exact.

Every value is held as a whole number of a common unit, so that no comparison meets a rounding: a point on the mean is on it, where
0.8999999999999999 would begin a false run.

Source: NHSRplotthedots 0.2.2; factors 2.66 (three sigma from the average moving range of two) and 3.267 (D4 for two).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm

Figure = int | Decimal | Fraction | float


def exact(figure: Figure) -> tuple[int, int]:
    """The figure as numerator and denominator; a float is taken as the decimal that it is written as. ValueError if not finite."""
    if isinstance(figure, float):
        figure = Decimal(repr(figure))
    if isinstance(figure, Decimal) and not figure.is_finite():
        raise ValueError(f"{figure} is not a figure")
    return figure.as_integer_ratio()


def in_whole_units(figures: Sequence[Figure]) -> tuple[list[int], int]:
    """The figures as whole numbers of one `unit`-th, and that unit: 0.9 and 0.25 are 18 and 5 twentieths."""
    pairs = [exact(figure) for figure in figures]
    unit = lcm(*{below for _, below in pairs})
    return [above * (unit // below) for above, below in pairs], unit


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean, lower and upper process limit, in the unit of the values. No limits where there is but one point to judge by."""

    mean: Fraction
    lower: Fraction | None
    upper: Fraction | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What each point of a segment is to its limits: its side of the mean (-1, 0, 1), whether outside, and whether close to a limit
    (beyond two sigma, not outside)."""

    limits: Limits
    sides: list[int]
    outside: list[bool]
    close: list[bool]

    def part(self, first: int, end: int) -> "Facts":
        """The facts of some points in a row."""
        return Facts(self.limits, self.sides[first:end], self.outside[first:end], self.close[first:end])


def facts_of(values: Sequence[int], unit: int, *, screened: bool, fix_after: int | None = None) -> Facts:
    """Limits of a segment from its `values` (or the first `fix_after` of them), and every point against them.

    A constant series, whose every moving range is screened, has its mean as both limits.
    """
    used = values[:fix_after]
    ranges = [abs(after - before) for before, after in pairwise(used)]
    kept = _unscreened(ranges) if screened else ranges
    # All in units of 1 / (300 x points x ranges), where mean, 2.66 and 2 x 2.66 / 3 times the average range are whole.
    points, count, spread = len(used), len(kept) or 1, sum(kept)
    scale = 300 * points * count
    mean, width, near = sum(used) * 300 * count, 798 * spread * points, 532 * spread * points
    below = scale * unit
    limits = Limits(
        Fraction(mean, below),
        Fraction(mean - width, below) if ranges else None,
        Fraction(mean + width, below) if ranges else None,
    )
    distances = [value * scale - mean for value in values]
    outside = [abs(distance) > width for distance in distances]
    return Facts(
        limits,
        [(distance > 0) - (distance < 0) for distance in distances],
        outside,
        [abs(distance) > near and not beyond for distance, beyond in zip(distances, outside, strict=True)],
    )


def _unscreened(ranges: list[int]) -> list[int]:
    """The moving ranges below 3.267 times their average: one pass, and the bound itself is out."""
    bound, count = 3267 * sum(ranges), 1000 * len(ranges)
    return [one for one in ranges if one * count < bound]
