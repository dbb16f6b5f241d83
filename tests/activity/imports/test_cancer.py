"""Cancer waiting times: the quarterly workbook by provider, whose sheets stack their tables."""

from datetime import date
from decimal import Decimal

import pytest

from activity.imports import cancer
from tests.activity.imports.books import by_feed, needs_raw, published, read, said, workbook

ABOVE = ["", "", "", "", "", "NUMBER TREATED", "", "", "PERCENTAGE TREATED WITHIN 62 DAYS", "", "NUMBER TREATED", ""]
HEAD = [
    *("ONS AREA ID (1)", "ODS CODE (2)", "ACCOUNTABLE PROVIDER", "CARE SETTING (3)", "CANCER TYPE(4)"),
    *("TOTAL", "WITHIN 62 DAYS", "AFTER 62 DAYS", "", "", "WITHIN 31 DAYS", "32 TO 62 DAYS", "AFTER 62 DAYS"),
]
TITLE = "62-DAY (URGENT GP REFERRAL TO TREATMENT) WAIT FOR FIRST TREATMENT: ALL CANCERS"


def row(setting, total, within, after, code="RTH", share=None):
    share = share if share is not None else (within / total if total else "")
    return [
        "E18000009",
        code,
        "OXFORD UNIVERSITY HOSPITALS",
        setting,
        "ALL CANCERS",
        total,
        within,
        after,
        share,
        "",
        within,
        0,
        after,
    ]


def england(setting, total, within):
    return ["", "", "ALL ENGLISH PROVIDERS", setting, "ALL CANCERS", total, within, total - within, within / total]


def sheet(*parts, title=TITLE, quarter="Q1 2015-2016 (April, May, June)"):
    rows = [[title], [quarter], ["BASIS: PROVIDER BASED"], []]
    for part in parts:
        rows += [["PART"], ABOVE, HEAD, *part, [], []]
    return [*rows, ["NOTES:"], ["(2) - ODS CODE is the unique code to identify the Provider"]]


ADMITTED, NON_ADMITTED = row("ADMITTED", 367.5, 300, 67.5), row("NON-ADMITTED", 198, 160, 38)
ALL_CARE = row("ALL CARE", 565.5, 460, 105.5)


def test_the_figure_is_that_of_all_care_and_half_patients_count():
    book = workbook(A=sheet([ADMITTED], [NON_ADMITTED], [ALL_CARE, row("ALL CARE", 9, 9, 0, "RXQ")]))
    figures, report = read(cancer, book, "RTH")
    (figure,) = figures
    assert (figure.numerator, figure.denominator) == (Decimal("460"), Decimal("565.5"))
    assert str(figure.denominator) == "565.5"
    assert (figure.feed, figure.period, figure.status) == ("cancer.62_day", date(2015, 4, 1), "final")
    assert said(report) == []
    assert report.skipped == 1


@pytest.mark.parametrize(
    ("title", "feed"),
    [
        ("ALL CANCERS TWO WEEK WAIT", "two_week_wait"),
        ("TWO WEEK WAIT-EXHIBITED BREAST SYMPTOMS (CANCER NOT INITIALLY SUSPECTED)", "two_week_breast"),
        ("31-DAY (DIAGNOSIS TO TREATMENT) WAIT FOR FIRST TREATMENT: ALL CANCERS", "31_day_first"),
        ("31-DAY WAIT FOR SECOND OR SUBSEQUENT TREATMENT: SURGERY", "31_day_surgery"),
        ("31-DAY WAIT FOR SECOND OR SUBSEQUENT TREATMENT: ANTI CANCER DRUG TREATMENTS", "31_day_drug"),
        ("31-DAY WAIT FOR SECOND OR SUBSEQUENT TREATMENT: RADIOTHERAPY TREATMENTS", "31_day_radiotherapy"),
        ("62-DAY WAIT FOR FIRST TREATMENT FROM CONSULTANT UPGRADE: ALL CANCERS", "62_day_upgrade"),
        ("62-DAY WAIT FOR FIRST TREATMENT FROM SCREENING SERVICE REFERRAL: ALL CANCERS", "62_day_screening"),
        (TITLE, "62_day"),
    ],
)
def test_each_sheet_is_known_by_its_title(title, feed):
    figures, _ = read(cancer, workbook(A=sheet([ALL_CARE], title=title)), "RTH")
    assert [figure.feed for figure in figures] == [f"cancer.{feed}"]


@pytest.mark.parametrize(
    "title",
    [
        "TWO WEEK WAIT BY SUSPECTED CANCER",
        "31-DAY (DIAGNOSIS TO TREATMENT) WAIT FOR FIRST TREATMENT: BY CANCER",
        "62-DAY (URGENT GP REFERRAL TO TREATMENT) WAIT FOR FIRST TREATMENT: BY CANCER",
        "31-DAY (URGENT GP REFERRAL TO TREATMENT) WAIT FOR FIRST TREATMENT FOR RARER CANCERS",
    ],
)
def test_sheets_by_type_of_cancer_are_left_alone_and_the_report_says_so(title):
    figures, report = read(cancer, workbook(A=sheet([ALL_CARE], title=title)), "RTH")
    assert figures == []
    assert "the sheet is not read" in said(report, "note")[0]


@pytest.mark.parametrize(
    ("quarter", "period"),
    [
        ("Q1 2015-2016", date(2015, 4, 1)),
        ("Q2 2015-16", date(2015, 7, 1)),
        ("Q3 2015-16", date(2015, 10, 1)),
        ("Q4 2015-16", date(2016, 1, 1)),
    ],
)
def test_a_quarter_is_its_first_month(quarter, period):
    figures, _ = read(cancer, workbook(A=sheet([ALL_CARE], quarter=quarter)), "RTH")
    assert [figure.period for figure in figures] == [period]


def test_all_care_that_is_not_its_settings_is_kept_and_told():
    figures, report = read(
        cancer, workbook(A=sheet([ADMITTED], [NON_ADMITTED], [row("ALL CARE", 566, 460.5, 105.5)])), "RTH"
    )
    assert by_feed(figures)["cancer.62_day"] == (Decimal("460.5"), 566)
    assert any(
        "the total for all care is 566, its care settings add up to 565.5" in message
        for message in said(report, "warning")
    )


def test_a_total_that_is_not_within_and_after_is_kept_and_told():
    figures, report = read(cancer, workbook(A=sheet([row("ALL CARE", 100, 90, 11)])), "RTH")
    assert by_feed(figures)["cancer.62_day"] == (90, 100)
    assert "within and after the standard add up to 101" in said(report, "warning")[0]


def test_a_printed_percentage_that_is_not_its_numbers_is_told():
    _, report = read(cancer, workbook(A=sheet([row("ALL CARE", 100, 90, 10, share=0.8)])), "RTH")
    assert "the file prints 80.00%, 90 of 100 is 90.00%" in said(report, "warning")[0]


def test_the_row_for_england_is_checked_against_its_providers():
    good = [ALL_CARE, row("ALL CARE", 10, 9, 1, "RXQ")]
    assert said(read(cancer, workbook(A=sheet([*good, england("ALL CARE", 575.5, 469)])), "RTH")[1]) == []
    _, report = read(cancer, workbook(A=sheet([*good, england("ALL CARE", 580, 469)])), "RTH")
    assert "the row for all English providers is 580, the providers add up to 575.5" in said(report, "warning")[0]


@pytest.mark.parametrize(("cell", "status"), [("*", "missing"), ("", "missing"), ("-", "not_applicable")])
def test_a_number_that_is_not_there_is_never_0(cell, status):
    odd = [*ALL_CARE]
    odd[6] = cell
    (figure,) = read(cancer, workbook(A=sheet([odd])), "RTH")[0]
    assert (figure.numerator, figure.denominator, figure.status) == (None, None, status)


def test_text_in_a_number_is_refused_with_its_cell():
    odd = [*ALL_CARE]
    odd[5] = "565.5 (revised)"
    figures, report = read(cancer, workbook(A=sheet([odd])), "RTH")
    assert figures == []
    assert said(report, "error") == ["F8: Total: “565.5 (revised)” is not a number; the figure is refused"]


def test_a_provider_given_twice_with_different_numbers_is_not_taken():
    figures, report = read(cancer, workbook(A=sheet([ALL_CARE, row("ALL CARE", 565.5, 461, 104.5)])), "RTH")
    assert figures == []
    assert any("given twice with different values" in message for message in said(report, "error"))


def test_a_sheet_that_names_no_quarter_is_refused():
    book = workbook(
        A=sheet([ALL_CARE]), B=sheet([ALL_CARE], title="ALL CANCERS TWO WEEK WAIT", quarter="April to June")
    )
    figures, report = read(cancer, book, "RTH")
    assert [figure.feed for figure in figures] == ["cancer.62_day"]
    assert "does not say which quarter" in said(report, "error")[0]


@pytest.fixture(scope="module")
def book():
    (book,) = published("cancer/*.xlsx")
    return book


@needs_raw
class TestThePublishedWorkbook:
    def test_oxford_university_hospitals_by_standard(self, book):
        figures, report = read(cancer, book, "RTH")
        assert by_feed(figures) == {
            "cancer.two_week_wait": (4969, 5238),
            "cancer.two_week_breast": (160, 163),
            "cancer.31_day_first": (1015, 1038),
            "cancer.31_day_surgery": (217, 226),
            "cancer.31_day_drug": (192, 192),
            "cancer.31_day_radiotherapy": (589, 596),
            "cancer.62_day": (460, Decimal("565.5")),
            "cancer.62_day_screening": (53, 58),
            "cancer.62_day_upgrade": (0, 3),
        }
        assert {figure.period for figure in figures} == {date(2015, 4, 1)}
        assert said(report, "warning") == said(report, "error") == []

    def test_every_provider_adds_up_and_half_patients_stay_half(self, book):
        codes = {str(row[1]).strip() for sheet in book.sheets for row in sheet.rows if len(row) > 1} - {""}
        figures, report = read(cancer, book, *codes)
        assert len({figure.organisation for figure in figures}) > 150
        assert said(report, "warning") == said(report, "error") == []
        halves = [figure for figure in figures if figure.denominator % 1]
        assert halves
        assert {figure.denominator % 1 for figure in halves} == {Decimal("0.5")}
        assert {figure.feed.split(".")[1][:2] for figure in halves} == {"62"}
