"""A whole and its parts: all elective spells are the ordinary ones and the day cases."""

from collections.abc import Sequence
from decimal import Decimal


def added(parts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of the parts; None when one of them is not held, since a sum without it is another figure."""
    held = [part for part in parts if part is not None]
    return sum(held, Decimal(0)) if held and len(held) == len(parts) else None


def difference(whole: Decimal | None, parts: Sequence[Decimal | None]) -> Decimal | None:
    """By how much the whole exceeds the sum of its parts; None when either cannot be told."""
    total = added(parts)
    return None if whole is None or total is None else whole - total
