"""Whether two figures that should be one are one: activity at its price beside money, the parts of a plan beside the whole.

Sums are held to a tolerance in GBP thousand, since they are the same figure written twice; activity and activity at a price to one in
per cent of the figure compared with, since prices and shares are averages.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from opplan.calc.money import rounded
from opplan.calc.rag import Rating, Tolerance, banded


class Distance(StrEnum):
    """The unit of a tolerance."""

    THOUSANDS = "£000"
    PER_CENT = "per cent"


class Must(StrEnum):
    """How the first figure must stand to the second."""

    EQUAL = "equal"
    BE_WITHIN = "be within"


@dataclass(frozen=True)
class Compared:
    """Two figures side by side. `difference` is the first less the second; `distance` how far they are apart in the tolerance's unit.

    A figure that is not given leaves nothing to compare: no difference, no distance, not rated.
    """

    found: Decimal | None
    expected: Decimal | None
    difference: Decimal | None
    distance: Decimal | None
    rating: Rating

    @property
    def agrees(self) -> bool:
        return self.rating == Rating.GREEN

    @property
    def can_be_told(self) -> bool:
        return self.rating != Rating.NOT_RATED


def compared(
    found: Decimal | None, expected: Decimal | None, tolerance: Tolerance, unit: Distance, must: Must = Must.EQUAL
) -> Compared:
    """Compare two figures. They agree up to the tolerance's green, and are far apart beyond its red.

    A figure that must be within the other may be any amount below it. Per cent is of the expected figure; where that is 0, anything
    else is infinitely far, and stands as 100 per cent.
    """
    if found is None or expected is None:
        return Compared(found, expected, None, None, Rating.NOT_RATED)
    difference = found - expected
    adverse = max(difference, Decimal(0)) if must == Must.BE_WITHIN else abs(difference)
    if unit == Distance.THOUSANDS:
        distance = adverse / 1000
    elif expected:
        distance = 100 * adverse / abs(expected)
    else:
        distance = Decimal(100) if adverse else Decimal(0)
    return Compared(found, expected, difference, distance, banded(distance, tolerance)[0])


def at_a_price(activity: Decimal, price: Decimal, share: Decimal = Decimal(100)) -> Decimal:
    """What activity is worth in pounds and pence: `share` per cent of it at `price` pounds a unit."""
    return rounded(activity * price * share / 100, 2)
