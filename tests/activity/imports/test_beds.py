"""Beds available and occupied by provider and quarter (KH03)."""

from datetime import date
from decimal import Decimal

import pytest

from activity.imports import beds
from tests.activity.imports.books import needs_raw, published, read, said, text_book

HEAD = [
    *("period_start", "period_end", "org_code", "org_name", "specialty_group"),
    *("beds_available_daily_average", "beds_occupied_daily_average"),
]


def row(group, available, occupied, start="2016-04-01", end="2016-06-30", code="RTH"):
    return [start, end, code, "OXFORD UNIVERSITY HOSPITALS", group, available, occupied]


def found(figures):
    return {figure.specialty: (figure.numerator, figure.denominator, figure.status) for figure in figures}


def test_each_group_is_a_figure_and_the_provider_is_their_sum():
    book = text_book(
        [
            HEAD,
            row("general_and_acute", 1153.33, 1048.36),
            row("maternity", 112.0, 94.51),
            row("maternity", 9, 9, code="RXQ"),
        ]
    )
    figures, report = read(beds, book, "RTH")
    assert found(figures) == {
        "General and acute": (Decimal("1048.36"), Decimal("1153.33"), "final"),
        "Maternity": (Decimal("94.51"), Decimal("112"), "final"),
        "": (Decimal("1142.87"), Decimal("1265.33"), "final"),
    }
    assert {(figure.feed, figure.period) for figure in figures} == {("beds.occupied", date(2016, 4, 1))}
    assert report.skipped == 1
    assert said(report) == ["row 1: the file prints no total; a provider's beds are its groups of specialties added up"]


@pytest.mark.parametrize("cell", ["", "*"])
def test_a_group_that_is_not_reported_leaves_the_provider_missing(cell):
    figures, report = read(
        beds, text_book([HEAD, row("general_and_acute", 100, 90), row("maternity", 112, cell)]), "RTH"
    )
    assert found(figures)["Maternity"] == (None, None, "missing")
    assert found(figures)[""] == (None, None, "missing")
    assert len(said(report, "warning")) == 1


def test_a_dash_is_a_group_that_the_provider_does_not_have():
    figures, _ = read(beds, text_book([HEAD, row("general_and_acute", 100, 90), row("maternity", "-", "-")]), "RTH")
    assert found(figures)["Maternity"] == (None, None, "not_applicable")
    assert found(figures)[""] == (90, 100, "final")


def test_text_in_a_number_is_refused():
    figures, report = read(beds, text_book([HEAD, row("general_and_acute", 100, "full")]), "RTH")
    assert figures == []
    assert said(report, "error") == ["row 2: beds occupied: “full” is not a number; the figure is refused"]


def test_more_beds_occupied_than_available_is_kept_and_told():
    figures, report = read(beds, text_book([HEAD, row("general_and_acute", 100, 104)]), "RTH")
    assert found(figures)["General and acute"] == (104, 100, "final")
    assert "104 beds occupied of 100 available; kept as published" in said(report, "warning")[0]


@pytest.mark.parametrize(
    ("start", "end"),
    [("2016-05-01", "2016-07-31"), ("2016-04-01", "2016-04-30"), ("Q1", "Q1"), ("2016-04-02", "2016-06-30")],
)
def test_dates_that_are_no_quarter_refuse_the_row(start, end):
    figures, report = read(beds, text_book([HEAD, row("maternity", 10, 9, start, end)]), "RTH")
    assert figures == []
    assert "is not a quarter such as 2016-04-01 to 2016-06-30" in said(report, "error")[0]


def test_a_group_given_twice_with_different_beds_is_not_taken():
    figures, report = read(beds, text_book([HEAD, row("maternity", 10, 9), row("maternity", 10, 8)]), "RTH")
    assert figures == []
    assert "given twice with different values" in said(report, "error")[0]


def test_beds_are_not_added_up_without_a_group_that_was_refused():
    for odd in (row("maternity", 10, "full"), row("maternity", 10, 9, "2016-04-01", "2016-04-30"), row("", 10, 9)):
        figures, report = read(beds, text_book([HEAD, row("general_and_acute", 100, 90), odd]), "RTH")
        assert set(found(figures)) == {"General and acute"}
        assert "not added up" in said(report, "warning")[0]


@needs_raw
def test_the_published_quarters_of_both_trusts():
    (book,) = published("beds/*.csv")
    figures, report = read(beds, book, "RTH", "RNU")
    whole = {
        (figure.organisation, figure.period): (figure.numerator, figure.denominator)
        for figure in figures
        if not figure.specialty
    }
    assert len(whole) == 20
    assert whole["RTH", date(2015, 10, 1)] == (Decimal("1180.34"), Decimal("1303.34"))
    assert whole["RNU", date(2017, 1, 1)] == (Decimal("502.92"), Decimal("555.63"))
    assert said(report, "warning") == said(report, "error") == []
