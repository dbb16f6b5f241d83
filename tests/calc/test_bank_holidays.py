"""The bank holidays of England, worked out again from their rules."""

from datetime import date, timedelta

import pytest

from opplan.calc.bank_holidays import BANK_HOLIDAYS_OF_ENGLAND

FIRST, LAST = date(2010, 4, 1), date(2018, 3, 31)
MONDAY, SATURDAY = 0, 5
# By royal proclamation: the wedding of 2011, and the Jubilee, for which the spring holiday moved from 28 May to 4 June.
ADDED = {date(2011, 4, 29), date(2012, 6, 4), date(2012, 6, 5)}
REMOVED = {date(2012, 5, 28)}


def easter_sunday(year: int) -> date:
    """Easter by the Meeus/Jones/Butcher rule of the Gregorian calendar."""
    golden, century, of_century = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def first_monday_from(day: date) -> date:
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)


def last_monday_of(year: int, month: int) -> date:
    return first_monday_from(date(year, month, 25))


def in_place_of_weekends(*fixed: date) -> set[date]:
    """Fixed days, those at a weekend moved to the first weekday after it that is not a holiday already."""
    given = {day for day in fixed if day.weekday() < SATURDAY}
    for weekend in sorted(set(fixed) - given):
        instead = weekend
        while instead.weekday() >= SATURDAY or instead in given:
            instead += timedelta(days=1)
        given.add(instead)
    return given


def by_rule(year: int) -> set[date]:
    easter = easter_sunday(year)
    return {
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        first_monday_from(date(year, 5, 1)),
        last_monday_of(year, 5),
        last_monday_of(year, 8),
        *in_place_of_weekends(date(year, 1, 1)),
        *in_place_of_weekends(date(year, 12, 25), date(year, 12, 26)),
    }


def test_they_are_the_holidays_by_rule_with_the_royal_ones():
    ruled = {day for year in range(2010, 2019) for day in by_rule(year) if FIRST <= day <= LAST}
    assert (ruled | ADDED) - REMOVED == BANK_HOLIDAYS_OF_ENGLAND


def test_every_one_is_a_weekday_within_the_eight_years():
    assert all(day.weekday() < SATURDAY and FIRST <= day <= LAST for day in BANK_HOLIDAYS_OF_ENGLAND)


@pytest.mark.parametrize(
    ("start", "number"),
    # A financial year may hold one Easter, two (2015-16) or none (2016-17).
    [(2010, 8), (2011, 9), (2012, 10), (2013, 7), (2014, 8), (2015, 10), (2016, 6), (2017, 9)],
)
def test_how_many_each_financial_year_has(start, number):
    within = [day for day in BANK_HOLIDAYS_OF_ENGLAND if date(start, 4, 1) <= day <= date(start + 1, 3, 31)]
    assert len(within) == number


@pytest.mark.parametrize(("year", "month", "day"), [(2010, 4, 4), (2011, 4, 24), (2016, 3, 27), (2018, 4, 1)])
def test_the_rule_for_easter_gives_its_known_dates(year, month, day):
    assert easter_sunday(year) == date(year, month, day)
