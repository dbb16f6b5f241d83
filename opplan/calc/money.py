"""The one rounding of the house. Half up, as a finance team rounds on paper, never the banker's half to even."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache


def rounded(value: Decimal, places: int = 0) -> Decimal:
    """`value` to `places` decimals, halves away from zero."""
    return value.quantize(_unit(places), rounding=ROUND_HALF_UP)


@cache
def _unit(places: int) -> Decimal:
    """One of the last decimal kept: 0.01 for two places."""
    return Decimal(1).scaleb(-places)


def thousands(pounds: Decimal, places: int = 0) -> Decimal:
    """Pounds as GBP thousand, the unit of boards and workbooks."""
    return rounded(pounds / 1000, places)


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is reported; None when nothing is (a missing figure is never 0)."""
    present = [value for value in values if value is not None]
    return sum(present, Decimal(0)) if present else None
