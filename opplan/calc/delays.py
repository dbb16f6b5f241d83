"""Delayed transfers of care: days, beds, shares and what they are worth.

A delayed day is one day in hospital of an adult who is ready to go. Months differ in length, so trends are told in beds: delayed
days over calendar days (NHS England's CCG improvement and assessment framework, DTOC beds). The national target is a share of
occupied bed days, and occupied beds are published by quarter alone (KH03): a month whose own quarter is not out yet takes the last
one that is, and its share is provisional.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opplan.calc.months import days_in, next_month

__all__ = [
    "Occupancy",
    "Slice",
    "achieved_share",
    "average_beds",
    "baseline_of",
    "beds_a_day",
    "beds_allowed",
    "level_after",
    "months_of_quarter",
    "occupancy_of",
    "pareto",
    "per_hundred_thousand",
    "quarter_of",
    "released",
    "share_of_beds",
    "share_of_occupied",
]


def beds_a_day(days: Decimal | None, month: date) -> Decimal | None:
    """Delayed days of a month as average beds a day, unrounded: 2,044 days of a 31-day month are 65.9 beds. None is not reported."""
    return None if days is None else days / days_in(month)


def share_of_occupied(days: Decimal | None, month: date, occupied: Decimal | None) -> Decimal | None:
    """Delayed days in per cent of the month's occupied bed days (average occupied beds times calendar days), unrounded.

    With 1,900 beds occupied, 2,044 days of a 31-day month are 3.47%. None where either is not known or no bed is occupied.
    """
    if days is None or not occupied:
        return None
    return 100 * days / (occupied * days_in(month))


def share_of_beds(beds: Decimal, occupied: Decimal) -> Decimal:
    """Average delayed beds in per cent of average occupied beds: the share that a level in beds stands for.

    Raises ValueError where no bed is occupied.
    """
    if occupied <= 0:
        raise ValueError("A share of occupied beds needs beds that are occupied.")
    return 100 * beds / occupied


def beds_allowed(share: Decimal, occupied: Decimal) -> Decimal:
    """The beds a day that a share (in per cent) of the occupied beds allows: 3.5% of 1,900 are 66.5. The way back of `share_of_beds`."""
    return share * occupied / 100


def per_hundred_thousand(days: Decimal | None, calendar_days: int, adults: Decimal | None) -> Decimal | None:
    """Average delayed beds per 100,000 adults of 18 and over: (delayed days / days in the period) / adults x 100,000.

    The rule of the CCG improvement and assessment framework; the twelve months' mean of it is ASCOF 2C(2). None where a part is missing.
    """
    if days is None or not adults or calendar_days <= 0:
        return None
    return 100_000 * days / calendar_days / adults


def baseline_of(reduction: Decimal, share: Decimal) -> Decimal:
    """From what a reduction of so many is so many per cent: 68 fewer are 50% of 136. ValueError where the share is not above 0."""
    if share <= 0:
        raise ValueError("A reduction is a share above 0 of its baseline.")
    return 100 * reduction / share


def level_after(baseline: Decimal, reduction: Decimal) -> Decimal:
    """What is left of a baseline. "68 fewer" and "a level of 68" are one target only where the baseline is 136."""
    return baseline - reduction


def quarter_of(month: date) -> date:
    """The first month of the quarter of the financial year (and of the calendar: they coincide) that a date lies in."""
    return date(month.year, month.month - (month.month - 1) % 3, 1)


@dataclass(frozen=True)
class Occupancy:
    """Average beds occupied a day, the quarter that they were counted in, and whether that quarter was carried forward."""

    beds: Decimal
    quarter: date
    provisional: bool


def occupancy_of(month: date, quarters: Mapping[date, Decimal | None]) -> Occupancy | None:
    """The occupied beds that a month's share is taken of: its own quarter's, or the latest published before it, then provisional.

    `quarters` holds the average occupied beds by the quarter's first month. None where no quarter up to the month's is held; a later
    quarter is never carried back.
    """
    own = quarter_of(month)
    held = [quarter for quarter, beds in quarters.items() if beds is not None and quarter <= own]
    if not held:
        return None
    latest = max(held)
    beds = quarters[latest]
    assert beds is not None
    return Occupancy(beds, latest, provisional=latest != own)


@dataclass(frozen=True)
class Slice:
    """One cause in order of size: its amount, its share of the whole and the share of it and all before it, in per cent."""

    name: str
    amount: Decimal
    share: Decimal
    cumulative: Decimal


def pareto(amounts: Mapping[str, Decimal]) -> list[Slice]:
    """Causes by size, largest first, equal ones in the order given. Shares are 0 where nothing is delayed.

    Raises ValueError for an amount below 0: a share of the whole would pass 100.
    """
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError("A cause cannot have an amount below 0.")
    whole = sum(amounts.values(), Decimal(0))
    slices, running = list[Slice](), Decimal(0)
    for name, amount in sorted(amounts.items(), key=lambda item: -item[1]):
        running += amount
        slices.append(Slice(name, amount, _per_cent(amount, whole), _per_cent(running, whole)))
    return slices


def _per_cent(part: Decimal, whole: Decimal) -> Decimal:
    return 100 * part / whole if whole else Decimal(0)


def achieved_share(baseline: Decimal, planned: Decimal, actual: Decimal) -> Decimal:
    """How much of a planned reduction was achieved, within 0 and 1.

    More than planned counts as all of it, a rise as none. Where no reduction was planned, all of it was achieved unless delays rose
    over the baseline.
    """
    wanted, got = baseline - planned, baseline - actual
    if wanted <= 0:
        return Decimal(1) if actual <= max(baseline, planned) else Decimal(0)
    return min(max(got / wanted, Decimal(0)), Decimal(1))


def released(amount: Decimal, baseline: Decimal, planned: Decimal, actual: Decimal | None) -> Decimal | None:
    """What the Better Care Fund's risk share pays out for a quarter: the amount in proportion to the reduction achieved.

    The paper of March 2016 says that the risk share follows the reduction in delays by quarter, and leaves the rule to the Better
    Care Fund submission: proportion within 0 and the whole amount is our reading. None while the quarter is not reported in full.
    """
    return None if actual is None else amount * achieved_share(baseline, planned, actual)


def average_beds(days: Iterable[Decimal | None], months: Iterable[date]) -> Decimal | None:
    """Average beds a day over several months: all their delayed days over all their calendar days. None when a month is missing."""
    total, calendar = Decimal(0), 0
    for amount, month in zip(days, months, strict=True):
        if amount is None:
            return None
        total, calendar = total + amount, calendar + days_in(month)
    return total / calendar if calendar else None


def months_of_quarter(quarter: date) -> list[date]:
    """The three months of a quarter, by its first."""
    return [next_month(quarter, step) for step in range(3)]
