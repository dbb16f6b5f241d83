"""A&E attendances and waits in the layouts in which they were published."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from activity.imports import ae
from tests.activity.imports.books import by_feed, month, needs_raw, published, read, said, text_book, workbook

ROOT = Path(__file__).resolve().parents[3]

UPPER = [
    "",
    "",
    "",
    "",
    "A&E attendances",
    "",
    "",
    "",
    "A&E attendances greater than 4 hours from arrival to admission",
    "",
    "",
    "",
]
TYPES = [
    "Type 1 Departments - Major A&E",
    "Type 2 Departments - Single Specialty",
    "Type 3 Departments - Other A&E/Minor Injury Unit",
]
LOWER = ["", "Code", "Region", "Name", *TYPES, "Total attendances", *TYPES, "Total Attendances > 4 hours"]

NEW = [
    *("Period", "Org Code", "Parent Org", "Org name"),
    *("A&E attendances Type 1", "A&E attendances Type 2", "A&E attendances Other A&E Department"),
    *(f"A&E attendances Booked Appointments {kind}" for kind in ("Type 1", "Type 2", "Other Department")),
    *("Attendances over 4hrs Type 1", "Attendances over 4hrs Type 2", "Attendances over 4hrs Other Department"),
    *(f"Attendances over 4hrs Booked Appointments {kind}" for kind in ("Type 1", "Type 2", "Other Department")),
    *(
        "Patients who have waited 4-12 hs from DTA to admission",
        "Patients who have waited 12+ hrs from DTA to admission",
    ),
    *("Emergency admissions via A&E - Type 1", "Emergency admissions via A&E - Type 2"),
    *("Emergency admissions via A&E - Other A&E department", "Other emergency admissions"),
]
OLD = [
    *("Period", "Org Code", "Parent Org", "Org name"),
    *(
        "Number of A&E attendances Type 1",
        "Number of A&E attendances Type 2",
        "Number of A&E attendances Other A&E Department",
    ),
    *("Number of attendances over 4hrs Type 1", "Number of attendances over 4hrs Type 2"),
    *("Number of attendances over 4hrs Other A&E Department",),
]


def two_tiers(*rows, lower=LOWER, upper=UPPER):
    preamble = [["", "Title:", "A&E Attendances"], ["", "Period:", "April 2019"], ["", "Revised:", "13th August 2020"]]
    return workbook(Provider_Level_Data=[*preamble, ["", "Provider Level Data"], upper, lower, *rows])


def provider(*counts, organisation="RTH"):
    return ["", organisation, "South East", "Oxford University Hospitals", *counts]


def test_one_month_gives_the_same_figures_in_every_layout():
    layouts = [
        two_tiers(provider(1000, 200, 300, 1500, 150, 0, 1, 151)),
        text_book(
            [
                NEW,
                [
                    "MSitAE-APRIL-2019",
                    "RTH",
                    "",
                    "",
                    900,
                    200,
                    290,
                    100,
                    0,
                    10,
                    140,
                    0,
                    1,
                    10,
                    0,
                    0,
                    5,
                    0,
                    90,
                    3,
                    2,
                    80,
                ],
            ]
        ),
        text_book([OLD, ["MSitAE-APRIL-2019", "RTH", "", "", 1000, 200, 300, 150, 0, 1]]),
        text_book(
            [
                ["period", "org_code", "type", "attendances", "breaches", "admissions"],
                ["2019-04-01", "RTH", "1", "1000.0", "150.0", "90.0"],
                ["2019-04-01", "RTH", "2", "200.0", "0.0", "3.0"],
                ["2019-04-01", "RTH", "other", "300.0", "1.0", "2.0"],
            ]
        ),
    ]
    feeds = [
        "ae.attendances",
        "ae.within_four_hours",
        "ae.attendances_type_1",
        "ae.attendances_type_2",
        "ae.attendances_other",
    ]
    for book in layouts:
        figures, report = read(ae, book, "RTH")
        assert {figure.period for figure in figures} == {month(2019, 4)}
        found = by_feed(figures)
        assert [found[feed] for feed in feeds] == [(1500, None), (1349, 1500), (1000, None), (200, None), (300, None)]
        assert found["ae.within_four_hours_type_1"] == (850, 1000)
        assert said(report, "error") == said(report, "warning") == []


def test_the_report_says_that_booked_appointments_are_added():
    book = text_book([NEW, ["MSitAE-AUGUST-2024", "RTH", "", "", *[1] * 18]])
    assert (
        "booked appointments stand in columns of their own; they are added" in said(read(ae, book, "RTH")[1], "note")[0]
    )


def test_emergency_admissions_are_those_through_a_and_e():
    book = text_book(
        [NEW, ["MSitAE-APRIL-2019", "RTH", "", "", 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 4, 90, 3, 2, 80]]
    )
    found = by_feed(read(ae, book, "RTH")[0])
    assert found["ae.emergency_admissions"] == (95, None)
    assert found["ae.waits_over_12_hours"] == (4, None)


def test_other_providers_and_the_row_for_england_are_skipped_and_counted():
    rows = [provider(1000, 200, 300, 1500, 150, 0, 1, 151, organisation=code) for code in ("RTH", "RDD", "RXQ")]
    england = ["", "-", "-", "England", 3000, 600, 900, 4500, 450, 0, 3, 453]
    figures, report = read(ae, two_tiers(england, [], *rows), "RTH")
    assert {figure.organisation for figure in figures} == {"RTH"}
    assert {skip.why: skip.number for skip in report.skips} == {
        "rows of other providers": 2,
        "rows of totals for England": 1,
    }
    assert said(report) == []


def test_a_total_for_england_that_is_not_its_providers_is_told():
    book = two_tiers(
        ["", "-", "-", "England", 999, 200, 300, 1500, 150, 0, 1, 151], provider(1000, 200, 300, 1500, 150, 0, 1, 151)
    )
    (warning,) = said(read(ae, book, "RTH")[1], "warning")
    assert warning.startswith("E7:")
    assert "England is 999, its providers add up to 1000" in warning


def test_a_printed_total_that_is_not_its_types_is_kept_and_told():
    figures, report = read(ae, two_tiers(provider(1000, 200, 300, 1600, 150, 0, 1, 151)), "RTH")
    assert by_feed(figures)["ae.attendances"] == (1600, None)
    assert "the total of attendances is 1600, its types add up to 1500; the total is kept" in said(report, "warning")[0]


@pytest.mark.parametrize(("cell", "status"), [("", "missing"), ("*", "missing"), ("see note", None)])
def test_a_printed_total_that_is_no_number_is_not_replaced_by_a_sum(cell, status):
    figures, _ = read(ae, two_tiers(provider(1000, 200, 300, cell, 150, 0, 1, 151)), "RTH")
    assert {figure.feed: figure.status for figure in figures}.get("ae.attendances") == status


def test_a_dash_is_not_applicable_and_adds_nothing():
    figures, report = read(ae, two_tiers(provider(1000, "-", 300, 1300, 150, "-", 1, 151)), "RTH")
    found = {figure.feed: figure for figure in figures}
    assert found["ae.attendances_type_2"].status == "not_applicable"
    assert found["ae.attendances_type_2"].numerator is None
    assert found["ae.within_four_hours"].numerator == 1149
    assert said(report, "warning") == []


def test_a_blank_and_an_asterisk_leave_the_whole_missing_never_0():
    for cell in ("", "*"):
        rows = [OLD, ["MSitAE-APRIL-2019", "RTH", "", "", 1000, cell, 300, 150, 0, 1]]
        found = {figure.feed: figure for figure in read(ae, text_book(rows), "RTH")[0]}
        for feed in ("ae.attendances", "ae.within_four_hours", "ae.attendances_type_2"):
            assert (found[feed].numerator, found[feed].status) == (None, "missing")
        assert found["ae.within_four_hours_type_1"].numerator == 850


def test_text_in_a_number_refuses_what_needs_it_and_no_more():
    rows = [OLD, ["MSitAE-APRIL-2019", "RTH", "", "", 1000, "about 200", 300, 150, 0, 1]]
    figures, report = read(ae, text_book(rows), "RTH")
    assert set(by_feed(figures)) == {"ae.attendances_type_1", "ae.attendances_other", "ae.within_four_hours_type_1"}
    (error,) = said(report, "error")
    assert error.startswith("row 2: ")
    assert "“about 200” is not a number" in error


def test_more_over_four_hours_than_came_is_refused():
    rows = [OLD, ["MSitAE-APRIL-2019", "RTH", "", "", 100, 0, 0, 150, 0, 0]]
    figures, report = read(ae, text_book(rows), "RTH")
    assert "ae.within_four_hours" not in by_feed(figures)
    assert any("150 waited over four hours of 100 attendances" in message for message in said(report, "error"))


def test_a_provider_given_twice_with_different_counts_is_not_taken():
    rows = [OLD, *(["MSitAE-APRIL-2019", "RTH", "", "", count, 0, 0, 1, 0, 0] for count in (100, 101))]
    figures, report = read(ae, text_book(rows), "RTH")
    assert "ae.attendances" not in by_feed(figures)
    assert any("given twice with different values" in message for message in said(report, "error"))


def test_a_type_given_twice_in_the_tidy_layout_is_counted_once_or_not_at_all():
    head = ["period", "org_code", "type", "attendances", "breaches", "admissions"]
    alike = [head, *[["2019-04-01", "RTH", "1", 100, 5, 9]] * 2]
    figures, report = read(ae, text_book(alike), "RTH")
    assert by_feed(figures)["ae.attendances"] == (100, None)
    assert any("counted once" in message for message in said(report, "note"))
    differing = [head, ["2019-04-01", "RTH", "1", 100, 5, 9], ["2019-04-01", "RTH", "1", 101, 5, 9]]
    figures, report = read(ae, text_book(differing), "RTH")
    assert figures == []
    assert len(said(report, "error")) == 1


def test_a_month_or_type_that_is_none_takes_no_sum_that_would_lack_it():
    head = ["period", "org_code", "type", "attendances", "breaches", "admissions"]
    figures, report = read(
        ae, text_book([head, ["Q1", "RTH", "1", 9, 0, 0], ["2019-04-01", "RTH", "4", 9, 0, 0]]), "RTH"
    )
    assert figures == []
    assert [message.split(":")[0] for message in said(report, "error")] == ["row 2", "row 3"]


def test_a_column_that_is_not_known_is_told_and_not_read():
    rows = [[*OLD, "Ambulance arrivals"], ["MSitAE-APRIL-2019", "RTH", "", "", 100, 0, 0, 1, 0, 0, 55]]
    figures, report = read(ae, text_book(rows), "RTH")
    assert by_feed(figures)["ae.attendances"] == (100, None)
    assert said(report, "warning") == ["row 1: the column “ambulance arrivals” is not known; it is not read"]


def test_a_workbook_that_names_no_month_is_refused():
    book = workbook(Provider_Level_Data=[["", "Provider Level Data"], UPPER, LOWER, provider(1, 1, 1, 3, 0, 0, 0, 0)])
    figures, report = read(ae, book, "RTH")
    assert figures == []
    assert "does not say which month" in said(report, "error")[0]


def test_the_footprint_sheet_is_not_read_and_the_report_says_so():
    rows = two_tiers(provider(1000, 200, 300, 1500, 150, 0, 1, 151)).sheets[0].rows
    footprint = [
        ["", "Period:", "April 2019"],
        ["", "Acute Trust Footprint Data"],
        UPPER,
        LOWER,
        provider(1000, 200, 999, 2199, 9, 0, 1, 10),
    ]
    book = workbook(Acute_Trust_Footprint_Data=footprint, Provider_Level_Data=rows)
    figures, report = read(ae, book, "RTH")
    assert by_feed(figures)["ae.attendances"] == (1500, None)
    assert any("the sheet is not read" in message for message in said(report, "note"))


@needs_raw
class TestThePublishedFiles:
    def test_april_2019_gives_the_printed_totals_of_oxford_university_hospitals(self):
        (book,) = published("ae/Monthly-AE-April-2019*.xls")
        figures, report = read(ae, book, "RTH", "RNU")
        found = by_feed(figures, "RTH")
        assert found["ae.attendances"] == (13583, None)
        assert found["ae.within_four_hours"] == (11509, 13583)
        assert found["ae.within_four_hours_type_1"] == (9491, 11564)
        assert found["ae.emergency_admissions"] == (3468, None)
        assert by_feed(figures, "RNU")["ae.within_four_hours"] == (2593, 2795)
        assert {figure.period for figure in figures} == {month(2019, 4)}
        assert {figure.published for figure in figures} == {date(2020, 8, 13)}
        assert next(figure.place.cell for figure in figures if figure.feed == "ae.within_four_hours") == "L209"
        assert said(report, "warning") == said(report, "error") == []

    def test_august_2024_adds_booked_appointments_and_its_providers_are_its_total(self):
        (book,) = published("ae/Monthly-AE-August-2024.csv")
        figures, report = read(ae, book, "RTH")
        found = by_feed(figures)
        assert found["ae.attendances_type_1"] == (11262 + 1328, None)
        assert found["ae.attendances"] == (16280, None)
        assert found["ae.within_four_hours"] == (16280 - 3896, 16280)
        assert said(report, "warning") == said(report, "error") == []

    def test_the_tidy_file_gives_the_figures_of_2016_17_in_the_plan(self):
        (book,) = published("ae/ae_attendances.csv")
        figures, _ = read(ae, book, "RTH")
        found = defaultdict(dict)
        for figure in figures:
            found[figure.feed][figure.period] = (figure.numerator, figure.denominator)
        with (ROOT / "fixtures" / "10Q" / "2016-17" / "actuals" / "published.csv").open(
            newline="", encoding="utf-8"
        ) as file:
            rows = [row for row in csv.DictReader(file) if row["line"] in ("E.B.5-RTH", "E.M.6-RTH")]
        assert len(rows) == 24
        for row in rows:
            feed = "ae.within_four_hours" if row["line"] == "E.B.5-RTH" else "ae.attendances"
            expected = (Decimal(row["numerator"]), Decimal(row["denominator"]) if row["denominator"] else None)
            assert found[feed][date.fromisoformat(row["period"])] == expected

    @pytest.mark.parametrize("pattern", ["ae/*.xls", "ae/*.csv"])
    def test_every_file_is_read_without_an_error_for_every_provider(self, pattern):
        for book in published(pattern):
            codes = {str(cell).strip() for sheet in book.sheets for row in sheet.rows for cell in row[:2]} - {
                "TOTAL",
                "-",
                "",
            }
            figures, report = read(ae, book, *codes)
            assert len({figure.organisation for figure in figures}) > 150
            assert said(report, "error") == []
