"""The Monthly Activity Return, by provider and by commissioner."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from activity.imports import dtoc, mar
from tests.activity.imports.books import by_feed, needs_raw, published, read, said, workbook

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "10Q" / "2016-17"
HEADING = [
    "Year",
    "Period",
    "Region Code",
    "Region Name",
    "Org Code",
    "Org Name",
    "Elective G&A Ordinary Admissions (FFCEs)",
    "Elective G&A Daycase Admissions (FFCEs)",
    "Elective G&A Total Admissions (FFCEs)",
    "Elective G&A Planned Ordinary Admissions (FFCEs)",
    "Elective G&A Planned Daycase Admissions (FFCEs)",
    "Elective G&A Planned Total Admissions (FFCEs)",
    "Elective G&A Admissions (FFCEs) -NHS Treatment Centres (TCs) ",
    "Total Non-elective G&A Admissions (FFCEs)",
    "GP Referrals Made (All specialties) ",
    "GP Referrals Seen (All specialties) ",
    "GP Referrals Made (G&A) ",
    "GP Referrals Seen (G&A) ",
    "Other Referrals Made (G&A) ",
    "All 1st Outpatient Attendances (G&A) ",
]
MAY_2020 = [123, 1413, 1536, 7, 179, 186, 35, 4504, 6859, 7059, 5952, 6251, 3091, 9725]
LINES = {
    "MAR.EL-RTH": "mar.elective_ordinary",
    "MAR.DC-RTH": "mar.elective_day_case",
    "MAR.NEL-RTH": "mar.non_elective",
    "MAR.GPREF-RTH": "mar.gp_referrals_made",
    "MAR.OTHREF-RTH": "mar.other_referrals_made",
    "MAR.OPFA-RTH": "mar.first_outpatients",
}


def book(*rows, period="May 2020", heading=HEADING, notes=()):  # type: ignore[no-untyped-def]
    labels = [
        ("Title:", "Monthly Hospital Activity"),
        ("Period:", period),
        ("Published:", "9th July 2020"),
        ("Revised:", "-"),
    ]
    preamble = [["", *pair, *[""] * 18] for pair in labels]
    england = [
        "2020-21",
        "May",
        "",
        "",
        "",
        "England",
        *[
            sum(number for number in column if isinstance(number, int))
            for column in zip(*(row[6:] for row in rows), strict=True)
        ],
    ]
    table = [heading, england, [""] * 20, *rows]
    return workbook(
        Commissioner=[*preamble, ["", "Commissioner Level Data", *[""] * 19], *(["", *row] for row in table)],
        Notes=[["", note] for note in notes],
    )


def oxfordshire(numbers=MAY_2020, code="10Q", month="May"):  # type: ignore[no-untyped-def]
    return ["2020-21", month, "Y59", "SOUTH EAST COMMISSIONING REGION", code, "NHS OXFORDSHIRE CCG", *numbers]


class TestReading:
    def test_the_commissioner_table_of_may_2020(self):
        a_book = book(oxfordshire(), oxfordshire(code="15A"))
        assert mar.recognises(a_book)
        assert not dtoc.recognises(a_book)
        figures, report = read(mar, a_book, "10Q")
        assert by_feed(figures) == {
            "mar.elective_ordinary": (123, None),
            "mar.elective_day_case": (1413, None),
            "mar.elective_planned": (186, None),
            "mar.non_elective": (4504, None),
            "mar.gp_referrals_made": (5952, None),
            "mar.gp_referrals_seen": (6251, None),
            "mar.other_referrals_made": (3091, None),
            "mar.first_outpatients": (9725, None),
        }
        assert {(figure.organisation, figure.period, figure.published) for figure in figures} == {
            ("10Q", date(2020, 5, 1), date(2020, 7, 9))
        }
        assert figures[0].place.cell == "H9"
        assert [(skip.number, skip.why) for skip in report.skips] == [(2, mar.OTHERS)]
        assert said(report) == []

    def test_numbers_with_thousands_marks_tabs_and_spaces_are_read_and_told(self):
        numbers = [*MAY_2020[:7], " 4,504 ", *MAY_2020[8:-1], "\t9 725"]
        figures, report = read(mar, book(oxfordshire(numbers)), "10Q")
        assert by_feed(figures)["mar.non_elective"] == (4504, None)
        assert by_feed(figures)["mar.first_outpatients"] == (9725, None)
        assert len(said(report, "note")) == 2

    def test_a_dash_is_not_applicable_and_not_zero(self):
        figures, report = read(mar, book(oxfordshire([*MAY_2020[:7], "-", *MAY_2020[8:]])), "10Q")
        (figure,) = [figure for figure in figures if figure.feed == "mar.non_elective"]
        assert (figure.numerator, figure.status) == (None, "not_applicable")
        assert len(said(report, "note")) == 1

    def test_a_blank_is_missing(self):
        figures, report = read(mar, book(oxfordshire([*MAY_2020[:7], "", *MAY_2020[8:]])), "10Q")
        (figure,) = [figure for figure in figures if figure.feed == "mar.non_elective"]
        assert (figure.numerator, figure.status) == (None, "missing")
        assert len(said(report, "warning")) == 1

    def test_zero_is_a_figure(self):
        figures, _ = read(mar, book(oxfordshire([*MAY_2020[:7], 0, *MAY_2020[8:]])), "10Q")
        (figure,) = [figure for figure in figures if figure.feed == "mar.non_elective"]
        assert (figure.numerator, figure.status) == (0, "final")


class TestOddities:
    def test_a_total_that_is_not_its_parts_refuses_them_and_no_more(self):
        figures, report = read(mar, book(oxfordshire([123, 1413, 1537, *MAY_2020[3:]])), "10Q")
        assert {"mar.elective_ordinary", "mar.elective_day_case"}.isdisjoint(by_feed(figures))
        assert len(figures) == 6
        (error,) = said(report, "error")
        assert error.startswith(
            "J9: 10Q, May 2020: elective g&a total admissions says 1,537, but its parts make 1,536 (123 + 1,413)."
        )

    def test_text_in_a_number_refuses_it(self):
        figures, report = read(mar, book(oxfordshire([*MAY_2020[:7], "n/a", *MAY_2020[8:]])), "10Q")
        assert "mar.non_elective" not in by_feed(figures)
        assert len(figures) == 7
        assert "“n/a” is not a number" in said(report, "error")[0]

    def test_the_same_organisation_twice_with_different_figures_is_refused_where_they_differ(self):
        other = [*MAY_2020[:7], 4505, *MAY_2020[8:]]
        figures, report = read(mar, book(oxfordshire(), oxfordshire(other)), "10Q")
        assert "mar.non_elective" not in by_feed(figures)
        assert len(figures) == 7
        assert len(said(report, "error")) == 1

    def test_a_row_of_another_month_is_refused(self):
        figures, report = read(mar, book(oxfordshire(month="JUNE")), "10Q")
        assert figures == []
        assert "the row is of JUNE, the sheet of May 2020" in said(report, "error")[0]

    def test_a_sheet_without_its_month_is_refused(self):
        figures, report = read(mar, book(oxfordshire(), period=""), "10Q")
        assert figures == []
        assert "does not say its month" in said(report, "error")[0]

    def test_an_unknown_column_is_told(self):
        heading = [*HEADING[:-1], "Virtual attendances"]
        figures, report = read(mar, book(oxfordshire(), heading=heading), "10Q")
        assert "mar.first_outpatients" not in by_feed(figures)
        assert [warning.split(": ", 1)[1] for warning in said(report, "warning")] == [
            "the column “virtual attendances” is not known; it is not taken",
            "there is no column “all 1st outpatient attendances (g&a)”",
        ]

    def test_general_and_acute_referrals_beyond_all_specialties_are_told(self):
        numbers = [*MAY_2020[:8], 5000, *MAY_2020[9:]]
        figures, report = read(mar, book(oxfordshire(numbers)), "10Q")
        assert by_feed(figures)["mar.gp_referrals_made"] == (5952, None)
        assert "5,952 is more than gp referrals made (all specialties) 5,000" in said(report, "warning")[0]

    def test_organisations_that_do_not_add_up_to_england_are_told(self):
        a_book = book(oxfordshire())
        a_book.sheets[0].rows[6][14] = 5000
        _, report = read(mar, a_book, "10Q")
        assert "England says 5,000, but the organisations make 4,504" in said(report, "note")[0]

    def test_an_organisation_that_the_notes_name_is_told(self):
        a_book = book(oxfordshire(), notes=["The following did not submit:", "10Q"])
        assert "the publisher's notes name 10Q" in said(read(mar, a_book, "10Q")[1], "warning")[0]


@pytest.fixture(scope="module")
def loaded():
    figures, messages = [], []
    books = published("mar/*.xls")
    assert len(books) == 24
    for book in books:
        assert mar.recognises(book)
        assert not dtoc.recognises(book)
        found, report = read(mar, book, "RTH")
        figures += found
        messages += report.messages
    return figures, messages


@needs_raw
class TestAgainstThePublishedFiles:
    def test_every_month_of_two_years_is_the_one_in_the_fixtures(self, loaded):
        figures, _ = loaded
        found = {(figure.feed, figure.period): figure.numerator for figure in figures}
        assert len(found) == len(figures) == 24 * len(mar.FEEDS)
        with (FIXTURES / "actuals" / "published.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["line"] in LINES]
        assert len(rows) == 24 * len(LINES)
        for row in rows:
            assert found[LINES[row["line"]], date.fromisoformat(row["period"])] == Decimal(row["numerator"])

    def test_republished_months_say_when(self, loaded):
        figures, _ = loaded
        published_on = {figure.period: figure.published for figure in figures}
        assert published_on[date(2015, 4, 1)] == date(2017, 2, 9)
        assert published_on[date(2017, 3, 1)] == date(2017, 5, 11)

    def test_nothing_is_wrong_with_them(self, loaded):
        assert [message.text for message in loaded[1]] == []
