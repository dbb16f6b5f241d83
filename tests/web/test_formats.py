"""How opplan writes figures, money, months and dates."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.money import rounded
from opplan.web import formats
from opplan.web.figures import parse_figure

D = Decimal
figures = st.decimals(D(-(10**8)), D(10**8), places=3)


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (D(12610), 0, "12,610"),
        (D("-4475"), 0, "−4,475"),
        (D("0.5"), 0, "1"),
        (D("2.5"), 0, "3"),
        (D("-2.5"), 0, "−3"),
        (D("-0.4"), 0, "0"),
        (D("140.25"), 1, "140.3"),
        (None, 0, ""),
        (7, 0, "7"),
    ],
)
def test_numbers_round_halves_up_with_a_true_minus(value, places, written):
    assert formats.number(value, places) == written


@pytest.mark.parametrize(("value", "written"), [(D(5), "+5"), (D(-5), "−5"), (D(0), "0"), (D("0.04"), "0.0")])
def test_every_difference_has_a_sign_save_none(value, written):
    assert formats.number(value, 0 if value % 1 == 0 else 1, signed=True) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (D("480000.0000"), "480000"),
        (D("0.5200"), "0.52"),
        (D("100"), "100"),
        (D("1E+3"), "1000"),
        (D("-0.00"), "0"),
        (D("-3.50"), "-3.5"),
        (None, ""),
    ],
)
def test_a_figure_in_a_box_is_as_a_person_types_it(value, written):
    assert formats.plain(value) == written


@given(figures)
def test_what_stands_in_a_box_reads_back_as_the_same_figure(value):
    assert parse_figure(formats.plain(value)) == value


@given(figures, st.integers(0, 3))
def test_what_is_written_reads_back_as_the_rounded_figure(value, places):
    assert parse_figure(formats.number(value, places)) == rounded(value, places)


@pytest.mark.parametrize(
    ("value", "pounds", "millions", "words"),
    [
        (D(480_000), "£480,000", "£0.5m", "£480,000"),
        (D(13_300_000), "£13,300,000", "£13.3m", "£13.3m"),
        (D(-4_475_000), "−£4,475,000", "−£4.5m", "−£4.5m"),
        (D("-0.3"), "£0", "£0.0m", "£0"),
        (D(0), "£0", "£0.0m", "£0"),
        (None, "", "", ""),
    ],
)
def test_money(value, pounds, millions, words):
    assert (formats.pounds(value), formats.millions(value), formats.in_words(value)) == (pounds, millions, words)


def test_money_in_working_tables_is_in_thousands():
    assert formats.in_thousands(D(41_500)) == "42"
    assert formats.in_thousands(D(-500), signed=True) == "−1"
    assert formats.in_thousands(None) == ""


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (D("82.799"), "percentage", "82.8%"),
        (D("0.7955"), "percentage", "0.8%"),
        (D("12610.0000"), "count", "12,610"),
        (D("140.3"), "average", "140.3"),
        (D("0.52"), "average", "0.52"),
        (D("0"), "average", "0.0"),
        (D("1.9"), "rate", "1.9"),
        (None, "count", ""),
    ],
)
def test_a_measures_value_is_written_in_the_precision_of_its_kind(value, kind, written):
    assert formats.measure_value(value, kind) == written


def test_dates_and_months():
    assert formats.day(date(2016, 11, 24)) == "24\N{NO-BREAK SPACE}November 2016"
    assert formats.dated(date(2016, 11, 4)) == "4\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2016"
    assert formats.month(date(2016, 9, 1)) == "September 2016"
    assert formats.short_month(date(2016, 9, 1)) == "Sep 2016"
    assert formats.day(None) == formats.dated(None) == formats.month(None) == formats.short_month(None) == ""


def test_a_moment_is_told_in_the_time_of_the_place():
    summer = datetime(2016, 7, 1, 23, 30, tzinfo=UTC)
    assert formats.moment(summer) == "2\N{NO-BREAK SPACE}Jul 2016 00:30"
    assert formats.day(summer) == "2\N{NO-BREAK SPACE}July 2016"
    assert formats.moment(None) == ""


def test_counted_things():
    assert formats.counted(1, "milestone") == "1 milestone"
    assert formats.counted(3, "milestone") == "3 milestones"
    assert formats.counted(0, "entry", "entries") == "no entries"


def test_listed_words():
    assert formats.listed([]) == ""
    assert formats.listed(["red"]) == "red"
    assert formats.listed(["red", "amber", "green"]) == "red, amber and green"
