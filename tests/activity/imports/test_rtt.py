"""Referral to treatment: the workbooks by commissioner and the long full extract."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from activity.imports import rtt
from opplan.imports.files import opened
from tests.activity.imports.books import by_feed, month, needs_raw, published, read, said, text_book, workbook

BANDS = [f">{week}-{week + 1}" for week in range(52)] + ["52 plus"]
HEAD = [
    *("Region Code", "CCG Code", "CCG Name", "Treatment Function Code", "Treatment Function"),
    *(*BANDS, "Total number of incomplete pathways", "Total within 18 weeks", "% within 18 weeks"),
]


def bands(within, late, over_a_year):
    """A row of 53 bands with these numbers in three of them."""
    return [within, *[0] * 24, late, *[0] * 26, over_a_year]


def commissioner(function, name, within, late, over_a_year, total=None, printed_within=None, share=None, code="10Q"):
    whole = within + late + over_a_year
    total, printed_within = (
        total if total is not None else whole,
        printed_within if printed_within is not None else within,
    )
    share = share if share is not None else (printed_within / total if total else "-")
    return [
        "Y57",
        code,
        "NHS OXFORDSHIRE CCG",
        function,
        name,
        *bands(within, late, over_a_year),
        total,
        printed_within,
        share,
    ]


def may_2015(*rows, head=HEAD):
    return workbook(Commissioner=[["", "Period:", "May 2015"], ["", "Basis:", "Commissioner"], head, *rows])


def test_the_total_and_each_treatment_function_are_figures():
    book = may_2015(
        commissioner("IP100", "General Surgery", 90, 9, 1),
        commissioner("IP101", "Urology", 40, 10, 0),
        commissioner("IP999", "Total", 130, 19, 1),
        commissioner("IP999", "Total", 7, 0, 0, code="10N"),
    )
    figures, report = read(rtt, book, "10Q")
    assert by_feed(figures) == {"rtt.incomplete": (130, 150), "rtt.over_52_weeks": (1, None)}
    assert by_feed(figures, specialty="Urology")["rtt.incomplete"] == (40, 50)
    assert {figure.specialty for figure in figures} == {"", "General Surgery", "Urology"}
    assert {figure.period for figure in figures} == {month(2015, 5)}
    assert [(skip.why, skip.number) for skip in report.skips] == [("rows of other commissioners", 1)]
    assert said(report) == []


def test_a_total_that_is_not_its_treatment_functions_is_kept_and_told():
    book = may_2015(commissioner("IP100", "General Surgery", 90, 9, 1), commissioner("IP999", "Total", 95, 9, 1))
    figures, report = read(rtt, book, "10Q")
    assert by_feed(figures)["rtt.incomplete"] == (95, 105)
    (warning,) = said(report, "warning")
    assert "the total is 95 of 105, its treatment functions add up to 90 of 100; the total is kept" in warning


def test_bands_that_do_not_add_up_are_told_and_the_printed_figures_kept():
    figures, report = read(rtt, may_2015(commissioner("IP100", "ENT", 90, 9, 1, total=101, printed_within=91)), "10Q")
    assert by_feed(figures, specialty="ENT")["rtt.incomplete"] == (91, 101)
    assert [message.split(":")[0] for message in said(report, "warning")] == ["BG4", "BH4"]


def test_a_printed_percentage_that_is_not_its_numbers_is_told():
    figures, report = read(rtt, may_2015(commissioner("IP100", "ENT", 90, 9, 1, share=0.95)), "10Q")
    assert by_feed(figures, specialty="ENT")["rtt.incomplete"] == (90, 100)
    assert said(report, "warning") == [
        "BI4: 10Q, ENT: the file prints 95.00% within 18 weeks, 90 of 100 is 90.00%; the numbers of pathways are kept"
    ]


def test_a_treatment_function_without_pathways_is_0_of_0():
    figures, report = read(rtt, may_2015(commissioner("IP140", "Oral Surgery", 0, 0, 0)), "10Q")
    assert by_feed(figures, specialty="Oral Surgery")["rtt.incomplete"] == (0, 0)
    assert said(report) == []


@pytest.mark.parametrize(("cell", "severity"), [("*", "warning"), ("", "warning"), ("-", "note"), ("few", "error")])
def test_a_cell_that_is_no_number_gives_no_figure_of_0(cell, severity):
    row = commissioner("IP100", "ENT", 90, 9, 1)
    row[HEAD.index("Total within 18 weeks")] = cell
    figures, report = read(rtt, may_2015(row), "10Q")
    found = [figure for figure in figures if figure.feed == "rtt.incomplete"]
    assert [figure.numerator for figure in found] == ([] if cell == "few" else [None])
    assert len(said(report, severity)) == 1


def test_more_within_18_weeks_than_wait_is_refused():
    row = commissioner("IP100", "ENT", 90, 9, 1, printed_within=101)
    figures, report = read(rtt, may_2015(row), "10Q")
    assert "rtt.incomplete" not in by_feed(figures, specialty="ENT")
    assert any("101 within 18 weeks of 100 waiting" in message for message in said(report, "error"))


def test_a_commissioner_given_twice_with_different_numbers_is_not_taken():
    book = may_2015(commissioner("IP999", "Total", 90, 9, 1), commissioner("IP999", "Total", 91, 9, 1))
    figures, report = read(rtt, book, "10Q")
    assert "rtt.incomplete" not in by_feed(figures)
    assert any("given twice with different values" in message for message in said(report, "error"))


def test_a_column_that_is_not_known_is_told():
    book = may_2015([*commissioner("IP999", "Total", 90, 9, 1), 3], head=[*HEAD, "Patients on hold"])
    figures, report = read(rtt, book, "10Q")
    assert by_feed(figures)["rtt.incomplete"] == (90, 100)
    assert said(report, "warning") == ["BJ3: the column “Patients on hold” is not known; it is not read"]


def test_a_sheet_that_names_no_month_is_refused():
    figures, report = read(rtt, workbook(Commissioner=[HEAD, commissioner("IP999", "Total", 90, 9, 1)]), "10Q")
    assert figures == []
    assert "does not say which month" in said(report, "error")[0]


# The full extract


def long_head(last):
    weeks = [f"Gt {week:02} To {week + 1:02} Weeks SUM 1" for week in range(last)] + [f"Gt {last:02} Weeks SUM 1"]
    return [
        *("Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name"),
        *("Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name"),
        *("RTT Part Type", "RTT Part Description", "Treatment Function Code", "Treatment Function Name"),
        *(*weeks, "Total", "Patients with unknown clock start date", "Total All"),
    ]


def long_row(part, function, counts, last=52, *, provider="RTH", commissioner="10Q", unknown="", total=None):
    weeks = [counts.get(week, "") for week in range(last + 1)]
    whole = sum(counts.values()) if total is None else total
    name = {"C_999": "Total", "C_100": "General Surgery Service", "C_101": "Urology Service"}[function]
    every = whole + (unknown or 0) if whole != "" else ""
    return [
        *("RTT-April-2016", "QU9", "", provider, "", "QU9", "", commissioner, ""),
        *(part, "", function, name, *weeks, whole, unknown, every),
    ]


def extract(*rows, last=52):
    return text_book([long_head(last), *rows], "20160430-RTT-APRIL-2016-full-extract.csv")


def test_the_extract_adds_providers_but_not_parts_nor_the_total_to_its_functions():
    surgery, urology = {0: 60, 17: 20, 18: 15, 52: 5}, {3: 40, 30: 10}
    book = extract(
        long_row("Part_2", "C_100", surgery),
        long_row("Part_2", "C_101", urology),
        long_row("Part_2", "C_999", {0: 60, 3: 40, 17: 20, 18: 15, 30: 10, 52: 5}),
        long_row("Part_2", "C_100", {1: 8, 20: 2}, provider="RXQ"),
        long_row("Part_2", "C_999", {1: 8, 20: 2}, provider="RXQ"),
        long_row("Part_2A", "C_999", {1: 8}),
        long_row("Part_3", "C_999", {}, total=""),
        long_row("Part_1A", "C_999", {2: 30, 19: 10}),
        long_row("Part_1B", "C_999", {2: 50, 40: 50}, unknown=3),
        long_row("Part_2", "C_999", {2: 9}, commissioner="NONC"),
        long_row("Part_2", "C_999", {2: 9}, commissioner="10N"),
    )
    figures, report = read(rtt, book, "10Q", "NONC")
    assert by_feed(figures) == {
        "rtt.incomplete": (128, 160),
        "rtt.over_52_weeks": (5, None),
        "rtt.admitted": (30, 40),
        "rtt.non_admitted": (50, 100),
    }
    assert by_feed(figures, specialty="General Surgery Service")["rtt.incomplete"] == (88, 110)
    assert by_feed(figures, specialty="Urology Service")["rtt.incomplete"] == (40, 50)
    assert {figure.period for figure in figures} == {month(2016, 4)}
    assert {skip.why: skip.number for skip in report.skips} == {
        "rows of other commissioners": 1,
        "rows whose commissioner is not known (NONC)": 1,
        "rows of part 2A, which part 2 counts already": 1,
        "rows of part 3, which counts clock starts": 1,
    }
    assert said(report) == []


def test_bands_are_read_from_the_heading_so_that_104_weeks_count_too():
    book = extract(long_row("Part_2", "C_999", {0: 90, 51: 5, 52: 2, 80: 1, 104: 2}, 104), last=104)
    found = by_feed(read(rtt, book, "10Q")[0])
    assert found == {"rtt.incomplete": (90, 100), "rtt.over_52_weeks": (5, None)}


def test_without_a_total_the_clock_starts_that_are_known_are_counted():
    row = long_row("Part_1B", "C_999", {2: 50, 40: 50}, unknown=3)
    row[-3] = ""
    found = by_feed(read(rtt, extract(row), "10Q")[0])
    assert found["rtt.non_admitted"] == (50, 100)


def test_a_row_whose_bands_are_not_its_total_is_told():
    figures, report = read(rtt, extract(long_row("Part_2", "C_999", {0: 90}, total=95)), "10Q")
    assert by_feed(figures)["rtt.incomplete"] == (90, 95)
    assert "the total is 95, its weekly bands add up to 90; the total is kept" in said(report, "warning")[0]


def test_a_provider_given_twice_in_the_extract_is_counted_once():
    row, other = long_row("Part_2", "C_999", {0: 90}), long_row("Part_2", "C_999", {0: 91})
    figures, report = read(rtt, extract(row, row), "10Q")
    assert by_feed(figures)["rtt.incomplete"] == (90, 90)
    assert "counted once" in said(report, "note")[0]
    figures, report = read(rtt, extract(row, other), "10Q")
    assert figures == []
    assert "is given in row 2 with different numbers" in said(report, "error")[0]


def test_a_row_of_the_extract_without_a_month_takes_no_sum_that_would_lack_it():
    row = long_row("Part_2", "C_999", {0: 90}, provider="RXQ")
    row[0] = "RTT"
    figures, report = read(rtt, extract(long_row("Part_2", "C_999", {0: 90}), row), "10Q")
    assert figures == []
    assert said(report, "error")[0].startswith("row 3: the row has no month")


def test_a_withheld_band_leaves_the_commissioners_figure_missing():
    row = long_row("Part_2", "C_999", {0: 90}, provider="RXQ")
    row[13] = "*"
    figures, report = read(rtt, extract(long_row("Part_2", "C_999", {0: 90}), row), "10Q")
    (figure,) = [figure for figure in figures if figure.feed == "rtt.incomplete"]
    assert (figure.numerator, figure.status) == (None, "missing")
    assert "withheld" in said(report, "warning")[0]


def test_a_part_that_is_not_known_is_told_and_left_out():
    figures, report = read(rtt, extract(long_row("Part_9", "C_999", {0: 90})), "10Q")
    assert figures == []
    assert "the part “part_9” is not known" in said(report, "warning")[0]


def test_the_extract_is_read_out_of_its_zip():
    rows = [long_head(52), long_row("Part_2", "C_999", {0: 90, 30: 10})]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20160430-RTT.csv", "\r\n".join(",".join(str(cell) for cell in row) for row in rows))
    (book,) = opened("Full-CSV-data-file-Apr16.zip", packed.getvalue())
    assert rtt.recognises(book)
    assert by_feed(read(rtt, book, "10Q")[0])["rtt.incomplete"] == (90, 100)


@needs_raw
class TestThePublishedFiles:
    @pytest.mark.parametrize(
        ("pattern", "organisation", "period", "sheet", "total"),
        [
            ("rtt/dh_123541.xls", "5QE", month(2010, 4), "PCT", (27496, 31021, 604)),
            ("rtt/Incomplete-Commissioner-May15*.xls", "10Q", month(2015, 5), "Commissioner", (27143, 28843, 2)),
        ],
    )
    def test_each_percentage_within_18_weeks_is_the_printed_one(self, pattern, organisation, period, sheet, total):
        (book,) = published(pattern)
        figures, report = read(rtt, book, organisation)
        rows = next(one for one in book.sheets if one.name == sheet).rows
        head = next(row for row in rows if "% within 18 weeks" in row)
        column, name = head.index("% within 18 weeks"), head.index("Treatment Function")
        printed = {
            "" if row[name] == "Total" else row[name]: row[column] for row in rows if organisation in row[: name - 1]
        }
        ours = {
            figure.specialty: float(figure.numerator / figure.denominator)
            for figure in figures
            if figure.feed == "rtt.incomplete"
        }
        assert len(printed) == 20
        assert ours == pytest.approx(printed, abs=1e-12)
        assert by_feed(figures) == {"rtt.incomplete": total[:2], "rtt.over_52_weeks": (total[2], None)}
        assert {figure.period for figure in figures} == {period}
        assert said(report, "warning") == said(report, "error") == []

    def test_may_2015_says_when_it_was_revised_and_that_providers_sent_nothing(self):
        (book,) = published("rtt/Incomplete-Commissioner-May15*.xls")
        figures, report = read(rtt, book, "10Q")
        assert {figure.published for figure in figures} == {date(2016, 1, 14)}
        assert any("some providers submitted nothing" in message for message in said(report, "note"))

    @pytest.mark.parametrize("pattern", ["rtt/dh_123541.xls", "rtt/Incomplete-Commissioner-May15*.xls"])
    def test_every_commissioner_adds_up_as_printed(self, pattern):
        (book,) = published(pattern)
        codes = {
            str(row[column]).strip() for sheet in book.sheets for row in sheet.rows for column in (1, 2) if len(row) > 3
        }
        figures, report = read(rtt, book, *codes - {""})
        assert len({figure.organisation for figure in figures}) > 150
        assert all(figure.numerator is not None and figure.numerator == int(figure.numerator) for figure in figures)
        assert said(report, "error") == said(report, "warning") == []
        assert isinstance(figures[0].numerator, Decimal)
