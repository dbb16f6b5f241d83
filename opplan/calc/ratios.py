"""A measure's value from its numerator and denominator. Percentages are computed here and never averaged."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from opplan.calc.money import rounded


class Kind(StrEnum):
    """How a measure's value is made: a count stands alone, the others divide by their denominator."""

    COUNT = "count"
    PERCENTAGE = "percentage"
    RATE = "rate"
    AVERAGE = "average"


SCALE = {Kind.PERCENTAGE: Decimal(100), Kind.RATE: Decimal(100_000), Kind.AVERAGE: Decimal(1)}


def value_of(kind: Kind, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """The value, unrounded: a count, per cent (0 to 100), per 100,000, or an average. None when a part is missing or the denominator 0."""
    if numerator is None or kind == Kind.COUNT:
        return numerator
    if not denominator:
        return None
    return SCALE[kind] * numerator / denominator


class Counted(StrEnum):
    """In what a measure's numerator and denominator are counted: people and things whole, cancer patients whom two trusts share by halves
    (each has half), averages, estimates and money in any part."""

    WHOLE = "whole"
    HALVES = "halves"
    PARTS = "parts"


STEPS = {Counted.WHOLE: Decimal(1), Counted.HALVES: Decimal("0.5")}


class Fault(StrEnum):
    """What cannot be true of a numerator and its denominator."""

    BELOW_NOUGHT = "below nought"
    NOT_WHOLE = "not whole"
    NUMERATOR_IN_PARTS = "numerator not counted so"
    DENOMINATOR_IN_PARTS = "denominator not counted so"
    NUMERATOR_MISSING = "numerator missing"
    DENOMINATOR_MISSING = "denominator missing"
    DENOMINATOR_NOT_POSITIVE = "denominator not positive"
    NUMERATOR_ABOVE = "numerator above denominator"
    DENOMINATOR_UNUSED = "a count has no denominator"


def fault_of(
    kind: Kind,
    numerator: Decimal | None,
    denominator: Decimal | None,
    counted: Counted = Counted.PARTS,
    *,
    planned: bool = False,
) -> Fault | None:
    """What is wrong with the pair, or None. Neither part is fine: not reported. A count stands alone, whole, and is never below 0.

    The parts of the other kinds are whole, halves or any part, as the measure counts them. A plan that is given as a value alone stands
    over 100 (of a rate over 100,000, of an average over 1), and its numerator may be any part.
    """
    if numerator is not None and numerator < 0:
        return Fault.BELOW_NOUGHT
    if kind == Kind.COUNT:
        if denominator is not None:
            return Fault.DENOMINATOR_UNUSED
        return Fault.NOT_WHOLE if numerator is not None and numerator % 1 else None
    if numerator is None or denominator is None:
        if numerator is None and denominator is None:
            return None
        return Fault.NUMERATOR_MISSING if numerator is None else Fault.DENOMINATOR_MISSING
    if denominator <= 0:
        return Fault.DENOMINATOR_NOT_POSITIVE
    if kind == Kind.PERCENTAGE and numerator > denominator:
        return Fault.NUMERATOR_ABOVE
    if counted not in STEPS or (planned and denominator == SCALE[kind]):
        return None
    if numerator % STEPS[counted]:
        return Fault.NUMERATOR_IN_PARTS
    return Fault.DENOMINATOR_IN_PARTS if denominator % STEPS[counted] else None


def share_of(part: Decimal, whole: Decimal) -> Decimal:
    """`part` in per cent of `whole`, to the whole number that prose gives; 0 of nothing."""
    return rounded(100 * part / whole) if whole else Decimal(0)


class YearRule(StrEnum):
    """How months become a year."""

    SUM = "sum"
    LAST = "last"
    RATIO = "ratio"


Pair = tuple[Decimal | None, Decimal | None]


def year_of(kind: Kind, rule: YearRule, months: Iterable[Pair]) -> Decimal | None:
    """The year's value of a measure from its (numerator, denominator) months: sum of counts, last snapshot, or ratio of sums.

    Months that are not reported are left out.
    """
    held = [(top, bottom) for top, bottom in months if value_of(kind, top, bottom) is not None]
    if not held:
        return None
    if rule == YearRule.LAST:
        return value_of(kind, *held[-1])
    numerator = sum((top for top, _ in held if top is not None), Decimal(0))
    denominator = sum((bottom for _, bottom in held if bottom is not None), Decimal(0))
    return value_of(kind, numerator, denominator or None)
