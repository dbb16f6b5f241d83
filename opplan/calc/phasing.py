"""Phasing: spreading a year's planned figure over its months so that the months sum to the year exactly.

A commissioner's plan is agreed as a figure for the year (spells, attendances, pounds of saving) and watched month by
month. Every function here gives whole units (spells, pounds, or pence with ``unit=Decimal("0.01")``) by the method of
largest remainders: each month first gets its exact share rounded down, and the units left over go one each to the
months that lost most by the rounding, the earliest month first where two lost the same.

A negative total (a planned reduction, say) is phased as its mirror image: the same months, with the sign turned.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

__all__ = ["by_percentages", "by_shape", "by_working_days", "evenly", "largest_remainder", "working_days"]

SATURDAY = 5


def largest_remainder(
    total: Decimal | int, weights: Sequence[Decimal | int], unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """Share ``total`` in proportion to ``weights``, in whole units of ``unit`` that sum to ``total`` exactly.

    Each part is within one unit of its exact share; a weight of 0 gets exactly 0. Units left over after rounding down
    go to the largest remainders, ties to the earliest. A negative total is the mirror image of the positive one.

    Raises ValueError where there is nothing to share by (no weights, or all of them 0), a weight is negative, the unit
    is not above 0, the total is not a whole number of units, or a number is not finite.
    """
    if not all(Decimal(number).is_finite() for number in (total, unit, *weights)):
        raise ValueError("A total, a weight and a unit must each be a finite number.")
    if unit <= 0:
        raise ValueError(f"The unit must be above 0, not {unit}.")
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight may not be negative.")
    # Fractions, because Decimal division rounds and a rounded share can win a unit that is not its own.
    all_weights = sum((Fraction(weight) for weight in weights), Fraction(0))
    if all_weights == 0:
        raise ValueError("There is nothing to share by: every weight is 0.")
    units = Fraction(total) / Fraction(unit)
    if units.denominator != 1:
        raise ValueError(f"{total} is not a whole number of units of {unit}.")

    sign = -1 if units < 0 else 1
    shares = [abs(units) * Fraction(weight) / all_weights for weight in weights]
    counts = [int(share) for share in shares]
    left_over = int(abs(units)) - sum(counts)
    by_remainder = sorted(range(len(shares)), key=lambda index: (counts[index] - shares[index], index))
    for index in by_remainder[:left_over]:
        counts[index] += 1
    return [sign * count * unit for count in counts]


def evenly(total: Decimal | int, parts: int = 12, unit: Decimal = Decimal(1)) -> list[Decimal]:
    """Spread a year's total flat: twelfths, the odd units in the earliest months.

    ``parts`` is the number of months, fewer than twelve for a scheme that starts within the year.
    Raises ValueError as `largest_remainder` does, so too where there are no months.
    """
    return largest_remainder(total, [1] * parts, unit)


def by_working_days(
    total: Decimal | int, months: Sequence[date], holidays: Collection[date], unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """Spread a total by the working days of each month: the usual profile of planned care, which stops at weekends.

    ``months`` are first days of month in order; ``holidays`` are the bank holidays
    (`opplan.calc.bank_holidays.BANK_HOLIDAYS_OF_ENGLAND`). Raises ValueError as `largest_remainder` and
    `working_days` do.
    """
    return largest_remainder(total, [working_days(month, holidays) for month in months], unit)


def by_shape(
    total: Decimal | int, last_year: Sequence[Decimal | int | None], unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """Spread a total in the seasonal shape of last year's months (winter's non-elective admissions, for one).

    ``last_year`` holds last year's actual figure of each month in the same order, in any unit. Raises ValueError as
    `largest_remainder` does, and where a month was not reported: a shape with a hole would plan that month at 0.
    """
    reported = [figure for figure in last_year if figure is not None]
    if len(reported) < len(last_year):
        raise ValueError("Last year's shape has a month that was not reported.")
    return largest_remainder(total, reported, unit)


def by_percentages(
    total: Decimal | int, percentages: Sequence[Decimal | int], unit: Decimal = Decimal(1)
) -> list[Decimal]:
    """Spread a total by percentages that an analyst typed, one a month (8.5 for 8.5%), which must add up to 100.

    Raises ValueError as `largest_remainder` does, and where the percentages add up to anything else: shares of a wrong
    sum would quietly be rescaled.
    """
    spread = largest_remainder(total, percentages, unit)
    added = sum(percentages, Decimal(0))
    if added != 100:
        raise ValueError(f"The percentages add up to {added}, not 100.")
    return spread


def working_days(month: date, holidays: Collection[date]) -> int:
    """Count the Mondays to Fridays of a month that are not bank holidays.

    ``month`` is its first day, as months are kept everywhere; any other day raises ValueError.
    """
    if month.day != 1:
        raise ValueError(f"A month is given by its first day, not {month.isoformat()}.")
    day, count = month, 0
    while day.month == month.month:
        count += day.weekday() < SATURDAY and day not in holidays
        day += timedelta(days=1)
    return count
