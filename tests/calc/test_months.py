"""The financial year and its months: known answers, and what holds for every month."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.months import (
    days_in,
    end_of,
    financial_year,
    financial_year_months,
    month_number,
    months_from,
    next_month,
    year_start,
)

months = st.dates(date(1948, 4, 1), date(2100, 3, 31)).map(lambda day: day.replace(day=1))
steps = st.integers(-600, 600)


def test_the_year_2016_17_opens_on_the_first_of_april_2016():
    assert year_start("2016-17") == date(2016, 4, 1)


def test_the_turn_of_a_century_is_a_year_too():
    assert year_start("1999-00") == date(1999, 4, 1)


@pytest.mark.parametrize("text", ["2016/17", "2016-18", "2016-2017", "16-17", "2016-17 ", "", "2016-16"])
def test_anything_else_is_not_a_financial_year(text):
    with pytest.raises(ValueError, match="not a financial year"):
        year_start(text)


def test_a_year_has_twelve_months_from_april_to_march():
    found = financial_year_months(date(2016, 4, 1))
    assert len(found) == 12
    assert (found[0], found[8], found[9], found[-1]) == (
        date(2016, 4, 1),
        date(2016, 12, 1),
        date(2017, 1, 1),
        date(2017, 3, 1),
    )


@pytest.mark.parametrize(
    ("month", "number"), [(date(2016, 4, 1), 1), (date(2016, 9, 1), 6), (date(2017, 1, 1), 10), (date(2017, 3, 1), 12)]
)
def test_april_is_month_one_and_march_month_twelve(month, number):
    assert month_number(month) == number


@pytest.mark.parametrize(
    ("month", "days"), [(date(2015, 2, 1), 28), (date(2016, 2, 1), 29), (date(2016, 9, 1), 30), (date(2017, 3, 1), 31)]
)
def test_days_of_a_month(month, days):
    assert days_in(month) == days
    assert end_of(month) == month + timedelta(days=days - 1)


def test_the_days_of_a_financial_year_that_holds_the_29th_of_february():
    assert sum(map(days_in, financial_year_months(date(2015, 4, 1)))) == 366
    assert sum(map(days_in, financial_year_months(date(2016, 4, 1)))) == 365


@given(months, steps)
def test_going_on_and_back_returns(month, count):
    assert next_month(next_month(month, count), -count) == month


@given(months)
def test_the_next_month_begins_the_day_after_this_one_ends(month):
    assert next_month(month) == end_of(month) + timedelta(days=1)


@given(months)
def test_a_month_lies_in_its_financial_year_at_its_number(month):
    year = financial_year(month)
    assert financial_year_months(year_start(year))[month_number(month) - 1] == month


@given(months, st.integers(0, 60))
def test_months_from_one_to_another_are_every_month_between(first, count):
    last = next_month(first, count)
    found = months_from(first, last)
    assert len(found) == count + 1
    assert (found[0], found[-1]) == (first, last)
    assert all(next_month(one) == other for one, other in zip(found, found[1:], strict=False))


def test_there_is_no_month_from_a_later_to_an_earlier_one():
    assert months_from(date(2016, 5, 1), date(2016, 4, 1)) == []
