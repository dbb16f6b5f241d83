"""A table of one's own: which column is which, the ways to write a month, and what becomes of odd rows."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from activity.imports import generic
from activity.imports.generic import Mapping, columns_of, suggested
from tests.activity.imports.books import read, said, text_book, workbook

HEAD = ["Organisation", "Measure code", "Period", "Numerator", "Denominator"]


def table(*rows, head=HEAD):
    return text_book([head, *rows])


def one(*cells, head=HEAD, wanted="10Q"):
    figures, report = read(generic, table(list(cells), head=head), wanted)
    return (figures[0] if figures else None), report


def test_a_row_is_a_figure_of_its_measure():
    figure, report = one("10q ", "E.B.3", "2016-04-01", "27,165", "29400")
    assert (figure.organisation, figure.feed, figure.measure, figure.period) == ("10Q", "", "E.B.3", date(2016, 4, 1))
    assert (figure.numerator, figure.denominator, figure.status) == (Decimal(27165), Decimal(29400), "final")
    assert figure.place.cell == "row 2"
    assert said(report) == ["row 2: numerator: the text “27,165” is read as 27165"]


@pytest.mark.parametrize(
    "period",
    [
        *("2016-04-01", "April 2016", "APRIL 2016", "Apr-16", "Apr 2016", "01/04/2016", "30/04/2016"),
        *("2016-17 M1", "2016/17 M01", "2016-2017 month 1", "2016-04-30"),
    ],
)
def test_a_month_may_be_written_in_many_ways(period):
    assert one("10Q", "E.B.3", period, 1, 2)[0].period == date(2016, 4, 1)


def test_the_twelfth_month_of_a_financial_year_is_march():
    assert one("10Q", "E.B.3", "2016-17 M12", 1, 2)[0].period == date(2017, 3, 1)


@pytest.mark.parametrize("cell", [date(2016, 4, 1), datetime(2016, 4, 30, 9, 30)])
def test_a_date_of_excel_stands_for_its_month(cell):
    figures, _ = read(generic, workbook(Data=[HEAD, ["10Q", "E.B.3", cell, 1.0, 2.0]]), "10Q")
    assert (figures[0].period, figures[0].place.cell) == (date(2016, 4, 1), "D2")


@pytest.mark.parametrize(
    "period", ["", "2016", "2016-17 M13", "2016-18 M1", "31/02/2016", "2016-13-01", "April", "Q1 2016-17"]
)
def test_a_period_that_is_no_month_refuses_the_row(period):
    figure, report = one("10Q", "E.B.3", period, 1, 2)
    assert figure is None
    assert "is not a month such as" in said(report, "error")[0]


def test_a_mapping_may_hold_to_one_way_to_write_a_month():
    book = table(["10Q", "E.B.3", "2016-04-01", 1, 2], ["10Q", "E.B.3", "2016-17 M2", 1, 2])
    mapping = Mapping(*HEAD, period_format="financial")
    figures, report = read(generic, book, "10Q", mapping=mapping)
    assert [figure.period for figure in figures] == [date(2016, 5, 1)]
    assert said(report, "error") == ["row 2: “2016-04-01” is not a month such as 2016-17 M1; the row is refused"]


@pytest.mark.parametrize("way", generic.PERIODS)
def test_each_way_reads_its_own_example(way):
    example, reader = generic.PERIODS[way]
    assert reader(date(2016, 4, 1) if way == "date" else example) == date(2016, 4, 1)
    others = [other for other in generic.PERIODS if other not in (way, "date")]
    assert all(generic.PERIODS[other][1](example) is None for other in others)


def test_rows_of_other_organisations_are_counted_and_not_looked_at():
    rows = [["RXQ", "", "rubbish", "rubbish", "rubbish"]] * 50
    figures, report = read(generic, table(*rows, ["10Q", "E.B.3", "2016-04-01", 1, 2]), "10Q")
    assert len(figures) == 1
    assert [(skip.why, skip.number) for skip in report.skips] == [("rows of other organisations", 50)]
    assert said(report) == []


def test_rows_without_an_organisation_are_told_and_blank_rows_are_not():
    figures, report = read(generic, table(["", "", "", "", ""], [], ["", "E.B.3", "2016-04-01", 1, 2]), "10Q")
    assert figures == []
    assert said(report) == ["row 4: the row names no organisation; it is not read"]
    assert report.skipped == 1


@pytest.mark.parametrize(("cell", "status"), [("", "missing"), ("*", "missing"), ("-", "not_applicable")])
def test_a_numerator_that_is_not_there_is_none_and_never_0(cell, status):
    figure, report = one("10Q", "E.B.3", "2016-04-01", cell, 2)
    assert (figure.numerator, figure.denominator, figure.status) == (None, None, status)
    assert len(said(report)) == 1


def test_0_is_a_number():
    figure, report = one("10Q", "E.B.3", "2016-04-01", 0, 0)
    assert (figure.numerator, figure.denominator, figure.status) == (0, 0, "final")
    assert said(report) == []


def test_a_count_has_no_denominator():
    figure, report = one("10Q", "E.M.6", "2016-04-01", 12000, "")
    assert (figure.numerator, figure.denominator) == (12000, None)
    assert said(report) == []


@pytest.mark.parametrize("cells", [("many", 2), (1, "all"), (-1, 2)])
def test_text_in_a_number_or_a_number_below_0_refuses_the_row(cells):
    figure, report = one("10Q", "E.B.3", "2016-04-01", *cells)
    assert figure is None
    assert "the figure is refused" in said(report, "error")[0]


def test_more_than_all_is_kept_and_told():
    figure, report = one("10Q", "E.B.3", "2016-04-01", 3, 2)
    assert (figure.numerator, figure.denominator) == (3, 2)
    assert "the numerator 3 is more than the denominator 2" in said(report, "warning")[0]


def test_a_row_given_twice_is_counted_once_or_not_at_all():
    row, other = ["10Q", "E.B.3", "2016-04-01", 1, 2], ["10Q", "E.B.3", "April 2016", 2, 2]
    figures, report = read(generic, table(row, row), "10Q")
    assert len(figures) == len(said(report, "note")) == 1
    figures, report = read(generic, table(row, other), "10Q")
    assert figures == []
    assert "given twice with different values" in said(report, "error")[0]


def test_a_row_without_a_measure_is_refused():
    figure, report = one("10Q", "", "2016-04-01", 1, 2)
    assert figure is None
    assert said(report, "error") == ["row 2: the row names no measure; it is refused"]


STATUS_HEAD = [*HEAD, "Status", "Specialty"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("", "final"),
        ("Final", "final"),
        ("freeze", "final"),
        ("FLEX", "flex"),
        ("Provisional", "flex"),
        ("estimate", "estimate"),
    ],
)
def test_a_status_is_read_in_words(word, status):
    figure, _ = one("10Q", "E.B.3", "2016-04-01", 1, 2, word, "Urology", head=STATUS_HEAD)
    assert (figure.status, figure.specialty) == (status, "Urology")


def test_a_status_that_says_why_there_is_no_number_needs_no_message():
    figure, report = one("10Q", "E.B.3", "2016-04-01", "", "", "Not applicable", "", head=STATUS_HEAD)
    assert (figure.numerator, figure.status) == (None, "not_applicable")
    assert said(report) == []


@pytest.mark.parametrize(("number", "status"), [(5, "missing"), (5, "not applicable"), (5, "perhaps")])
def test_a_status_that_contradicts_the_number_or_is_none_refuses_the_row(number, status):
    figure, report = one("10Q", "E.B.3", "2016-04-01", number, 9, status, "", head=STATUS_HEAD)
    assert figure is None
    assert len(said(report, "error")) == 1


def test_the_heading_is_found_below_a_preamble_and_in_the_right_sheet():
    book = workbook(
        Notes=[["Prepared by the analysts"], ["Period", "April 2016"]],
        Figures=[
            ["Title:", "Local measures"],
            [],
            ["Org Code", "Indicator", "Month", "Actual", "Denominator", "Comment"],
        ],
    )
    columns = columns_of(book)
    assert (columns.sheet, columns.header_row, columns.names[:3]) == ("Figures", 3, ("Org Code", "Indicator", "Month"))
    assert suggested(columns) == Mapping(
        "Org Code", "Indicator", "Month", "Actual", "Denominator", sheet="Figures", header_row=3
    )
    assert columns_of(book, "Notes").sheet == "Notes"


def test_columns_without_a_name_or_with_the_same_one_are_told_apart():
    names = columns_of(table(head=["Organisation", "Value", "", "Value", "Month", "Measure"])).names
    assert names == ("Organisation", "Value", "column 3", "Value (column 4)", "Month", "Measure")


def test_no_mapping_is_suggested_where_a_needed_column_cannot_be_told():
    assert suggested(columns_of(table(head=["Organisation", "Month", "Beds", "Staff"]))) is None
    figures, report = read(
        generic, table(["10Q", "2016-04-01", 1, 2], head=["Organisation", "Month", "Beds", "Staff"]), "10Q"
    )
    assert figures == []
    assert "it cannot be told which columns" in said(report, "error")[0]


def test_the_analysts_mapping_reads_columns_that_no_name_gives_away():
    book = table(["10Q", "Wards", "01/04/2016", 5], head=["Who", "What", "When", "How many"])
    figures, _ = read(generic, book, "10Q", mapping=Mapping("Who", "What", "When", "How many"))
    assert [(figure.measure, figure.numerator) for figure in figures] == [("Wards", 5)]


def test_a_kept_mapping_comes_back_the_same():
    mapping = Mapping(
        "Who", "What", "When", "How many", status="State", sheet="Data", header_row=4, period_format="short"
    )
    assert Mapping(**mapping.kept()) == mapping


def test_a_mapping_that_does_not_fit_the_file_says_what_it_lacks():
    book = table(["10Q", "E.B.3", "2016-04-01", 1, 2])
    figures, report = read(
        generic, book, "10Q", mapping=Mapping("Organisation", "Measure code", "Month", "Numerator", status="State")
    )
    assert figures == []
    assert said(report, "error") == [
        "row 1: row 1 is to be the heading, but lacks “Month” for the period; “State” for the status"
    ]
    for mapping in (Mapping(*HEAD, sheet="Data"), Mapping(*HEAD, header_row=99), Mapping(*HEAD, header_row=0)):
        figures, report = read(generic, book, "10Q", mapping=mapping)
        assert figures == []
        assert len(said(report, "error")) == 1


def test_columns_that_the_mapping_does_not_use_are_told():
    _, report = one("10Q", "E.B.3", "2016-04-01", 1, 2, "x", head=[*HEAD, "Comment"])
    assert said(report) == ["row 1: columns that the mapping does not use are not read: Comment"]
