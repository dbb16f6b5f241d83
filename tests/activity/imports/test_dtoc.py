"""Delayed transfers of care: every layout that was published, and what is refused of it."""

import csv
import io
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from activity.imports import dtoc, mar
from activity.imports.dtoc.months import OTHERS
from activity.imports.dtoc.rows import OTHER_ROWS
from activity.imports.figures import DelayFigure, Figure
from opplan.imports.files import opened
from opplan.imports.report import Place
from tests.activity.imports.books import needs_raw, published, read, said, text_book

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "10Q" / "2016-17"
OXFORDSHIRE = ("608", "E10000025")

OLD_REASONS = [
    "A) COMPLETION OF ASSESSMENT",
    "B) PUBLIC FUNDING",
    "C) WAITING FURTHER NHS NON-ACUTE CARE",
    "DI) AWAITING RESIDENTIAL HOME PLACEMENT OR AVAILABILITY",
    "DII) AWAITING NURSING HOME PLACEMENT OR AVAILABILITY",
    "E) AWAITING CARE PACKAGE IN OWN HOME",
    "F) AWAITING COMMUNITY EQUIPMENT AND ADAPTIONS",
    "G) PATIENT OR FAMILY CHOICE",
    "H) DISPUTES",
    "I) HOUSING - PATIENTS NOT COVERED BY NHS AND COMMUNITY CARE ACT",
]
NEW_REASONS = [
    "A) Awaiting completion of assessment",
    "Di) Awaiting residential home placement or availability",
    "I) Housing – patients not covered by NHS and Community Care Act",
    "O) Other",
]
CARE = ["Acute", "Non-Acute"]
BODY = ["NHS", "Social Care", "Both"]


class Workbook:
    """A small workbook of a month as it was published: three cuts of Oxfordshire and Reading, of which `changes` may alter cells."""

    def __init__(
        self, *, region=("Region", "ONS Geography"), period="April 2016", reasons=OLD_REASONS, beds=False, pseudo=True
    ):  # type: ignore[no-untyped-def]
        self.region, self.period, self.reasons, self.beds, self.pseudo = region, period, reasons, beds, pseudo
        split = [10] * (len(reasons) - 1)
        self.days = {
            "LA - by Type of Care": (CARE, {"608": [70, 50], "616": [3, 4]}),
            "LA - by responsible org": (BODY, {"608": [60, 40, 20], "616": [5, 1, 1]}),
            "LA - by reason": (reasons, {"608": [*split, 120 - sum(split)], "616": [7] + [0] * len(split)}),
        }
        self.changes: dict[tuple[str, str], object] = {}
        self.periods: dict[str, str] = {}
        self.summary = "Number of Delayed Days during the reporting period"

    def content(self) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        book.add_worksheet("England").write_row(1, 1, ["Title:", "Delayed Transfers of Care (DTOC) by Reason, England"])
        for name, (categories, rows) in self.days.items():
            sheet = book.add_worksheet(name)
            period = self.periods.get(name, self.period)
            labels = [("Title:", "Delayed Transfer of Care, NHS Organisations, England"), ("Summary:", self.summary)]
            labels += [("Period:", period), ("Revised:", "11th May 2017")]
            for row, pair in enumerate(labels, start=1):
                sheet.write_row(row, 1, pair)
            total = "TOTAL" if categories is OLD_REASONS else "Total"
            beds = [*categories, total] if self.beds and categories is not self.reasons else []
            sheet.write_row(13, 1, [*self.region, "Code", "Name", *categories, total, *([""] if beds else []), *beds])
            codes = ["-"] * len(self.region)
            together = [sum(column) for column in zip(*rows.values(), strict=True)]
            sheet.write_row(14, 1, [*codes, "-", "England", *together, sum(together)])
            row = 16
            for code, numbers in rows.items():
                ons = {"608": "E10000025", "616": "E06000038"}[code]
                before = ["South East", ons if self.region[-1] == "ONS Geography" else ""][: len(self.region)]
                where = {"608": "Oxfordshire", "616": "Reading UA"}[code]
                blocks = [
                    *numbers,
                    sum(numbers),
                    *([""] if beds else []),
                    *([n / 30 for n in [*numbers, sum(numbers)]] if beds else []),
                ]
                sheet.write_row(row, 1, [*before, code, where, *blocks])
                row += 1
            if self.pseudo:
                sheet.write_row(row, 1, [*codes, "9900", "Resident In Wales", *([0] * (len(categories) + 1))])
            for (at, cell), value in self.changes.items():
                if at == name:
                    sheet.write(cell, value)
        book.close()
        return out.getvalue()

    def read(self, *wanted: str):  # type: ignore[no-untyped-def]
        (book,) = opened("month.xlsx", self.content())
        assert dtoc.recognises(book)
        return read(dtoc, book, *(wanted or OXFORDSHIRE))


def total(figures):  # type: ignore[no-untyped-def]
    return next(figure for figure in figures if isinstance(figure, Figure))


def days(figures, cut):  # type: ignore[no-untyped-def]
    return {
        figure.care or figure.reason or figure.body: int(figure.days)
        for figure in figures
        if isinstance(figure, DelayFigure) and figure.cut == cut
    }


class TestLayouts:
    @pytest.mark.parametrize(
        ("region", "column"),
        [(("SHA",), "G"), (("Region", ""), "H"), (("Region", "ONS Geography"), "H")],
        ids=["April 2011: health authorities", "April 2013: a column without a heading", "2016: geography codes"],
    )
    def test_columns_are_found_by_their_heading(self, region, column):
        figures, report = Workbook(region=region).read()
        figure = total(figures)
        assert (figure.organisation, figure.feed, figure.period) == ("608", "dtoc.days", date(2016, 4, 1))
        assert (figure.numerator, figure.denominator, figure.status) == (120, 30, "final")
        assert figure.place == Place("month.xlsx", "LA - by Type of Care", f"{column}17")
        assert figure.published == date(2017, 5, 11)
        assert days(figures, "care") == {"acute": 70, "non_acute": 50}
        assert days(figures, "body") == {"nhs": 60, "social_care": 40, "both": 20}
        assert days(figures, "reason") == dict.fromkeys(("A", "B", "C", "DI", "DII", "E", "F", "G", "H"), 10) | {
            "I": 30
        }
        assert said(report) == []

    def test_the_block_of_beds_of_2017_is_not_read_as_days(self):
        figures, report = Workbook(beds=True, reasons=NEW_REASONS, period="April 2017").read()
        assert total(figures).numerator == 120
        assert days(figures, "care") == {"acute": 70, "non_acute": 50}
        assert days(figures, "reason") == {"A": 10, "DI": 10, "I": 10, "O": 90}
        assert said(report) == []

    def test_an_authority_is_found_by_either_of_its_codes(self):
        for wanted in (("608",), ("E10000025",), OXFORDSHIRE):
            figures, _ = Workbook().read(*wanted)
            assert total(figures).numerator == 120
            assert total(figures).organisation == wanted[0]
            assert len(figures) == 1 + 2 + 3 + 10

    def test_a_code_that_excel_took_for_a_number_is_the_same_code(self):
        book = Workbook()
        book.changes = {(sheet, "D17"): 608 for sheet in book.days}
        assert total(book.read("608")[0]).organisation == "608"

    def test_other_authorities_and_england_are_counted_and_not_read(self):
        figures, report = Workbook().read()
        assert {figure.organisation for figure in figures} == {"608"}
        assert [(skip.number, skip.why) for skip in report.skips] == [(9, OTHERS)]

    def test_february_of_a_leap_year_has_29_days(self):
        assert total(Workbook(period="February 2016").read()[0]).denominator == 29


class TestOddities:
    def test_a_total_that_is_not_its_parts_refuses_the_month(self):
        book = Workbook()
        book.changes = {("LA - by Type of Care", "H17"): 121}
        figures, report = book.read()
        assert figures == []
        assert said(report, "error") == [
            "H17: Oxfordshire, April 2016, by type of care: the total says 121, but its parts make 120 (70 + 50). The month is refused."
        ]

    def test_cuts_that_do_not_agree_refuse_the_month_and_show_the_three_figures(self):
        book = Workbook()
        book.days["LA - by responsible org"][1]["608"] = [61, 40, 20]
        figures, report = book.read()
        assert figures == []
        (error,) = said(report, "error")
        assert "120 by type of care (H17), 121 by responsible organisation (I17), 120 by reason (P17)" in error

    def test_a_month_that_is_refused_leaves_the_other_authority(self):
        book = Workbook()
        book.changes = {("LA - by Type of Care", "H17"): 121}
        figures, _ = book.read("608", "616")
        assert {figure.organisation for figure in figures} == {"616"}

    def test_a_dash_in_every_cell_is_not_applicable_and_not_zero(self):
        book = Workbook()
        for sheet, (categories, _) in book.days.items():
            book.changes |= {(sheet, f"{'FGHIJKLMNOP'[index]}17"): "-" for index in range(len(categories) + 1)}
        figures, report = book.read()
        (figure,) = figures
        assert (figure.numerator, figure.denominator, figure.status) == (None, None, "not_applicable")
        assert said(report, "error") == []

    def test_a_blank_is_missing_and_the_total_stands(self):
        book = Workbook()
        book.changes = {("LA - by Type of Care", "F17"): " "}
        figures, report = book.read()
        assert total(figures).numerator == 120
        assert days(figures, "care") == {"non_acute": 50}
        assert said(report, "warning") == ["F17: Oxfordshire, acute: the cell is blank; kept as not reported, not as 0"]

    def test_text_in_a_number_refuses_the_month(self):
        book = Workbook()
        book.changes = {("LA - by reason", "H17"): "ten"}
        figures, report = book.read()
        assert figures == []
        assert said(report, "error") == ["H17: Oxfordshire, reason C: “ten” is not a number; the figure is refused"]

    def test_a_reason_that_is_not_on_the_list_is_kept_as_unmapped(self):
        figures, report = Workbook(reasons=[*OLD_REASONS, "J) AWAITING A BUS"]).read()
        assert days(figures, "reason")["unmapped: J) AWAITING A BUS"] == 20
        assert [warning.split(":")[0] for warning in said(report, "warning")] == ["P14"]

    def test_an_unknown_column_of_the_other_cuts_is_told(self):
        book = Workbook()
        book.days["LA - by Type of Care"] = (["Acute", "Non-Acute", "Hospice"], {"608": [70, 50, 0], "616": [3, 4, 0]})
        figures, report = book.read()
        assert total(figures).numerator == 120
        assert said(report, "warning") == ["H14: the column “hospice” is not known; it is not taken"]

    def test_the_same_authority_twice_is_counted_once_when_it_is_the_same(self):
        book = Workbook()
        book.changes = {
            ("LA - by Type of Care", f"{column}18"): value for column, value in zip("CDEFGH", OXFORD_ROW, strict=True)
        }
        figures, report = book.read()
        assert total(figures).numerator == 120
        assert "counted once" in said(report, "note")[-1]

    def test_the_same_authority_twice_with_different_days_refuses_the_month(self):
        book = Workbook()
        row = [*OXFORD_ROW[:3], 71, 49, 120]
        book.changes = {
            ("LA - by Type of Care", f"{column}18"): value for column, value in zip("CDEFGH", row, strict=True)
        }
        figures, report = book.read()
        assert figures == []
        assert "stands twice by type of care with different days (also at H17)" in said(report, "error")[0]

    def test_sheets_of_different_months_are_refused(self):
        book = Workbook()
        book.periods = {"LA - by reason": "May 2016"}
        figures, report = book.read()
        assert figures == []
        assert "different months" in said(report, "error")[0]

    def test_a_sheet_without_its_month_is_refused(self):
        figures, report = Workbook(period="the month").read()
        assert figures == []
        assert "does not say its month" in said(report, "error")[0]

    def test_a_workbook_of_patients_is_not_taken_for_days(self):
        book = Workbook()
        book.summary = "Number of patients at midnight on the last Thursday of the reporting period"
        figures, report = book.read()
        assert figures == []
        assert "counts patients on a day, not delayed days" in said(report, "error")[0]

    def test_a_missing_cut_is_told_and_the_others_are_taken(self):
        book = Workbook()
        del book.days["LA - by reason"]
        figures, report = book.read()
        assert total(figures).numerator == 120
        assert said(report, "warning") == [": there is no table by reason; its breakdown stays as it was"]

    def test_authorities_that_do_not_add_up_to_england_are_told(self):
        book = Workbook()
        book.changes = {("LA - by reason", "P15"): 200}
        figures, report = book.read()
        assert total(figures).numerator == 120
        assert said(report, "note") == ["P15: by reason, England says 200, but the authorities make 127"]

    def test_an_authority_that_is_not_there_is_told(self):
        figures, report = Workbook(region=("SHA",)).read("E10000025")
        assert figures == []
        assert "none of the authorities asked for is in it (E10000025)" in said(report, "warning")[0]

    def test_other_workbooks_are_not_recognised(self):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        book.add_worksheet("LA - by Type of Care").write_row(
            13, 1, ["Region", "Code", "Name", "Acute", "Non-Acute", "Total"]
        )
        book.close()
        assert not dtoc.recognises(opened("a.xlsx", out.getvalue())[0])


OXFORD_ROW = ["E10000025", "608", "Oxfordshire", 70, 50, 120]


class TestCsv:
    HEADING = [
        "Year",
        "Period Name",
        "Provider Parent Org Code",
        "Provider Parent Name",
        "Provider Org Code",
        "Provider Org Name",
        "Local Authority Code",
        "Local Authority Name",
        "Acute Or Non Acute Description",
        "Reason For Delay",
        "NHS A SUM",
        "NHS B SUM",
        "Social Care A SUM",
        "Social Care B SUM",
        "Both A SUM",
        "Both B SUM",
    ]
    PREAMBLE = ([], ["Delayed transfers of care"], [])

    def row(self, provider, authority, care, reason, *numbers, period="OCTOBER", year="2016-17"):  # type: ignore[no-untyped-def]
        names = [year, period, "Q82", "SOUTH CENTRAL", provider, "A TRUST", authority, "AN AUTHORITY"]
        return [*names, care, reason, *numbers]

    def book(self, *rows, heading=None):  # type: ignore[no-untyped-def]
        return text_book([*self.PREAMBLE, heading or self.HEADING, *rows])

    def test_providers_are_added_up_to_the_authority(self):
        book = self.book(
            self.row("RTH", "608", "Acute", "E_CARE_PACKAGE_IN_HOME", 3, 90, 1, 31, 0, 4),
            self.row("RNU", "608", "Acute", "E_CARE_PACKAGE_IN_HOME", 1, 10, 0, 0, "", ""),
            self.row("RTH", "608", "Non-Acute", "DII_NURSING_HOME", 0, 0, 1, 7, 0, 0),
            self.row("RTH", "616", "Acute", "E_CARE_PACKAGE_IN_HOME", 1, 5, 0, 0, 0, 0),
        )
        assert dtoc.recognises(book)
        figures, report = read(dtoc, book, "608")
        figure = total(figures)
        assert (figure.organisation, figure.period) == ("608", date(2016, 10, 1))
        assert (figure.numerator, figure.denominator) == (142, 31)
        crossed = {
            (f.cut, f.care, f.reason, f.body): (f.days, f.patients) for f in figures if isinstance(f, DelayFigure)
        }
        assert crossed["all", "acute", "E", "nhs"] == (100, 4)
        assert crossed["all", "acute", "E", "social_care"] == (31, 1)
        assert crossed["all", "acute", "E", "both"] == (4, 0)
        assert crossed["all", "non_acute", "DII", "social_care"] == (7, 1)
        assert [(skip.number, skip.why) for skip in report.skips] == [(1, OTHER_ROWS)]
        assert said(report, "note") == ["row 4: 2 blank cells: in this return a blank is no delay and counts as 0"]

    def test_a_provider_has_its_own_delays_whatever_the_authority(self):
        book = self.book(
            self.row("RTH", "608", "Acute", "H_DISPUTES", 0, 20, 0, 0, 0, 0),
            self.row("RTH", "616", "Acute", "H_DISPUTES", 0, 5, 0, 0, 0, 0),
        )
        figures, _ = read(dtoc, book, "RTH", "608")
        totals = {figure.organisation: figure.numerator for figure in figures if isinstance(figure, Figure)}
        assert totals == {"RTH": 25, "608": 20}

    def test_january_of_a_financial_year_is_in_its_second_calendar_year(self):
        book = self.book(self.row("RTH", "608", "Acute", "H_DISPUTES", 0, 20, 0, 0, 0, 0, period="JANUARY"))
        assert total(read(dtoc, book, "608")[0]).period == date(2017, 1, 1)

    def test_the_later_layout_without_patients_and_with_beds(self):
        heading = [name for name in self.HEADING if " A " not in name] + ["NHS DTOC Beds"]
        book = self.book(self.row("RTH", "608", "Acute", "O_OTHER", 20, 5, 1, "0.6"), heading=heading)
        figures, report = read(dtoc, book, "608")
        assert total(figures).numerator == 26
        assert {figure.patients for figure in figures if isinstance(figure, DelayFigure)} == {None}
        assert said(report, "warning") == []

    def test_the_layout_of_2011_names_health_authorities(self):
        heading = [name.replace("Provider Parent Org Code", "Provider SHA Code") for name in self.HEADING]
        book = self.book(self.row("RTH", "608", "Acute", "H_DISPUTES", 0, 20, 0, 0, 0, 0), heading=heading)
        figures, report = read(dtoc, book, "608")
        assert total(figures).numerator == 20
        assert said(report) == []

    def test_an_unknown_reason_is_kept_as_unmapped(self):
        book = self.book(self.row("RTH", "608", "Acute", "P_PANDEMIC", 0, 20, 0, 0, 0, 0))
        figures, report = read(dtoc, book, "608")
        assert {f.reason for f in figures if isinstance(f, DelayFigure)} == {"unmapped: P_PANDEMIC"}
        assert said(report, "warning") == [
            "row 5: the reason “P_PANDEMIC” is not on the national list; its days are kept as unmapped"
        ]

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"care": "Hospice"}, "neither Acute nor Non-Acute"),
            ({"nhs": "many"}, "“many” is not a number"),
            ({"period": "SMARCH"}, "is not a month with a year"),
            ({"twice": True}, "stand in row 5 too"),
        ],
    )
    def test_a_row_that_cannot_be_read_refuses_the_month(self, changed, error):
        good = self.row("RNU", "608", "Acute", "H_DISPUTES", 0, 20, 0, 0, 0, 0)
        bad = self.row(
            "RNU" if changed.get("twice") else "RTH",
            "608",
            changed.get("care", "Acute"),
            "H_DISPUTES",
            0,
            changed.get("nhs", 20),
            *[0] * 4,
            period=changed.get("period", "OCTOBER"),
        )
        figures, report = read(dtoc, self.book(good, bad), "608")
        assert figures == []
        (said_of_it,) = said(report, "error")
        assert said_of_it.startswith("row 6: ")
        assert error in said_of_it

    def test_a_row_that_is_too_short_is_told(self):
        figures, report = read(dtoc, self.book(["2016-17", "OCTOBER", "Q82"]), "608")
        assert figures == []
        assert "the row has 3 values" in said(report, "error")[0]

    def test_a_table_without_days_is_refused(self):
        heading = [name.replace(" B ", " A ") for name in self.HEADING]
        figures, report = read(dtoc, self.book(heading=heading), "608")
        assert figures == []
        assert "there is no column for the delayed days" in said(report, "error")[0]


@pytest.fixture(scope="module")
def loaded():
    """What the 27 files give for Oxfordshire: totals and cuts by month, and everything that was reported."""
    totals, cuts, messages = {}, defaultdict(dict), []
    books = published("dtoc/*.xls")
    assert len(books) == 27
    for book in books:
        assert dtoc.recognises(book)
        assert not mar.recognises(book)
        figures, report = read(dtoc, book, *OXFORDSHIRE)
        messages += report.messages
        for figure in figures:
            if isinstance(figure, Figure):
                totals[figure.period] = figure
            else:
                cuts[figure.period, figure.cut][figure.care or figure.reason or figure.body] = int(figure.days)
    return totals, dict(cuts), messages


@needs_raw
class TestAgainstThePublishedFiles:
    def test_the_years_are_what_was_published(self, loaded):
        totals, _, _ = loaded

        def year(start: int) -> Decimal:
            return sum(
                f.numerator for month, f in totals.items() if date(start, 4, 1) <= month <= date(start + 1, 3, 1)
            )

        assert year(2015) == 59_435
        assert year(2016) == 52_236
        assert len(totals) == 27

    def test_the_months_named_in_the_sources(self, loaded):
        totals, cuts, _ = loaded
        march = date(2017, 3, 1)
        assert totals[date(2016, 3, 1)].numerator == 4_680
        assert (totals[march].numerator, totals[march].denominator) == (5_615, 31)
        assert cuts[march, "care"] == {"acute": 3_658, "non_acute": 1_957}
        assert cuts[march, "body"] == {"nhs": 2_694, "social_care": 859, "both": 2_062}
        assert totals[date(2011, 4, 1)].numerator == 4_029
        assert totals[date(2013, 4, 1)].numerator == 4_953
        assert totals[date(2017, 4, 1)].numerator == 5_053

    def test_the_three_cuts_of_each_month_agree(self, loaded):
        totals, cuts, _ = loaded
        for month, figure in totals.items():
            for cut in ("care", "body", "reason"):
                assert sum(cuts[month, cut].values()) == figure.numerator, (month, cut)

    def test_every_delayed_day_is_the_one_in_the_fixtures(self, loaded):
        totals, cuts, _ = loaded
        with (FIXTURES / "delays.csv").open(encoding="utf-8", newline="") as file:
            kept = list(csv.DictReader(file))
        assert len({row["period"] for row in kept}) == 24
        for row in kept:
            month = date.fromisoformat(row["period"])
            found = totals[month].numerator if row["cut"] == "total" else cuts[month, row["cut"]][row["category"]]
            assert found == int(row["days"])
        with (FIXTURES / "actuals" / "published.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["line"] == "DTOC.1"]
        assert len(rows) == 24
        for row in rows:
            figure = totals[date.fromisoformat(row["period"])]
            assert (figure.numerator, figure.denominator) == (Decimal(row["numerator"]), Decimal(row["denominator"]))

    def test_nothing_is_wrong_with_them(self, loaded):
        """England's row is the sum of the authorities in each cut of each month, and no cell of Oxfordshire is odd."""
        assert loaded[2] == []

    def test_no_authority_at_all_is_refused(self):
        """The cuts agree for every authority of every file, pseudo-areas included."""
        for book in published("dtoc/*.xls"):
            codes = {str(row[index]) for sheet in book.sheets for row in sheet.rows for index in (2, 3) if len(row) > 3}
            wanted = {code for code in codes if re.fullmatch(r"\d{3,4}", code)}
            assert len(wanted) >= 150
            figures, report = read(dtoc, book, *wanted)
            assert said(report, "error") == []
            assert len({figure.organisation for figure in figures}) == len(wanted)
