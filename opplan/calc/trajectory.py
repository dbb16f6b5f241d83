"""Trajectories: the path of a percentage, rate or average from where it is to a standard, and the month that first meets it."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from opplan.calc.money import rounded
from opplan.calc.rag import Direction, meets
from opplan.calc.ratios import SCALE, Kind


def trajectory(
    start: Decimal, end: Decimal, count: int, reach: int, *, steps: Sequence[bool] | None = None
) -> list[Fraction]:
    """`count` values, the first `start`, from place `reach` on `end`: what is reached is held. Exact, in the unit of the measure.

    Straight in between; or, where `steps` says at which places the level may move (the ends of quarters), it stands still between
    them and at each takes the value of the straight line. ValueError when `reach` lies outside the values.
    """
    if not 0 <= reach < count:
        raise ValueError(f"The end is to be reached at place {reach} of {count} values.")
    first, last = Fraction(start), Fraction(end)
    straight = [last if at >= reach else first + (last - first) * at / reach for at in range(count)]
    if steps is None:
        return straight
    stepped, level = list[Fraction](), straight[0]
    for at in range(count):
        if steps[at] or at >= reach:
            level = straight[at]
        stepped.append(level)
    return stepped


def numerator_for(value: Decimal | Fraction, denominator: Decimal, kind: Kind, direction: Direction) -> Decimal:
    """The whole numerator that gives `value` over `denominator`, rounded to the good side of it.

    A month that is to meet 92% of 29,510 needs 27,150 patients: with 27,149 it stands at 91.997% and misses. A percentage's
    numerator never passes its denominator, and none is below nought. A count has no denominator: give 1.
    """
    exact = Fraction(value) * Fraction(denominator) / Fraction(SCALE.get(kind, 1))
    if direction == Direction.ON:
        whole = rounded(Decimal(exact.numerator) / Decimal(exact.denominator))
    else:
        # From the exact fraction: a quotient cut to 28 digits may lie on the wrong side of a whole number.
        floor = Decimal(exact.numerator // exact.denominator)
        over = direction == Direction.OVER and exact.denominator != 1
        whole = floor + 1 if over else floor
    whole = max(whole, Decimal(0))
    return min(whole, denominator.to_integral_value(ROUND_FLOOR)) if kind == Kind.PERCENTAGE else whole


def first_met(values: Sequence[Decimal | None], standard: Decimal, direction: Direction) -> int | None:
    """The first place whose value meets the standard; None when none does. A value that is not held meets nothing."""
    return next(
        (at for at, value in enumerate(values) if value is not None and meets(value, standard, direction)), None
    )


def held_from(values: Sequence[Decimal | None], standard: Decimal, direction: Direction) -> int | None:
    """The place from which every later value meets the standard; None when the last does not."""
    missed = [at for at, value in enumerate(values) if value is None or not meets(value, standard, direction)]
    after = missed[-1] + 1 if missed else 0
    return after if after < len(values) else None
