"""The NHS financial year, April to March, and its months. A month is always the date of its first day."""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache


def year_start(year: str) -> date:
    """The first of April that opens a financial year written as "2016-17". ValueError when it is not one."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", year)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"“{year}” is not a financial year such as 2016-17")
    return date(int(match[1]), 4, 1)


def next_month(month: date, steps: int = 1) -> date:
    """The first of the month that lies `steps` months on (or back, when negative)."""
    index = month.year * 12 + month.month - 1 + steps
    return date(index // 12, index % 12 + 1, 1)


@lru_cache(maxsize=256)
def run_of_months(first: date, count: int) -> tuple[date, ...]:
    """`count` months one after another, from `first`."""
    return tuple(next_month(first, step) for step in range(count))


def financial_year_months(start: date) -> list[date]:
    """The twelve months of the financial year that opens on `start`."""
    return list(run_of_months(start, 12))


def month_number(month: date) -> int:
    """April is month 1, March month 12, as finance and board reports count them."""
    return (month.month - 4) % 12 + 1


def days_in(month: date) -> int:
    """Calendar days of the month: the divisor that turns delayed days into beds a day."""
    return monthrange(month.year, month.month)[1]


def end_of(month: date) -> date:
    """The last day of the month."""
    return month.replace(day=days_in(month))


def financial_year(month: date) -> str:
    """The financial year that a date lies in, such as "2016-17"."""
    opens = month.year if month.month >= 4 else month.year - 1
    return f"{opens}-{(opens + 1) % 100:02}"


def months_from(first: date, last: date) -> list[date]:
    """Every month from `first` to `last`, both included; none when `last` is the earlier."""
    steps = (last.year - first.year) * 12 + last.month - first.month + 1
    return [next_month(first, step) for step in range(steps)]
