"""How a cell of a published file is read."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from activity.imports.cells import Gathering, Number, Reader, added, code, label, month_of, number_in
from activity.imports.figures import Figure
from opplan.imports.report import Place, Report
from tests.activity.imports.books import said, text_book, workbook


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (81.0, "81"),
        (367.5, "367.5"),
        ("367.5", "367.5"),
        (0, "0"),
        ("0", "0"),
        ("1,234", "1234"),
        (" 12 345 ", "12345"),
        ("\t9\u00a0", "9"),
    ],
)
def test_a_number_is_read_exactly(cell, value):
    number, _ = number_in(cell)
    assert number == Number(Decimal(value), "given")
    assert str(number.value) == value


@pytest.mark.parametrize(
    ("cell", "standing", "word"),
    [
        ("", "missing", "not as 0"),
        (None, "missing", "not as 0"),
        ("   ", "missing", "not as 0"),
        ("-", "not_applicable", "not applicable"),
        ("–", "not_applicable", "not applicable"),
        ("*", "missing", "withheld"),
        ("see note 3", "refused", "not a number"),
        ("#DIV/0!", "refused", "not a number"),
        ("nan", "refused", "not a number"),
        ("1e999999999", "refused", "not a number"),
        (float("nan"), "refused", "beyond"),
        (float("inf"), "refused", "beyond"),
        ("-5", "refused", "below 0"),
        (-5.0, "refused", "below 0"),
        (True, "refused", "not a number"),
        (date(2016, 4, 1), "refused", "not a number"),
        ("x" * 5000, "refused", "not a number"),
    ],
)
def test_what_is_no_number_has_none_and_says_why(cell, standing, word):
    number, remark = number_in(cell)
    assert number == Number(None, standing)
    assert word in remark
    assert len(remark) < 200


def test_a_number_with_thousands_marks_is_told_and_a_plain_one_is_not():
    assert number_in("1,234")[1] == "the text “1,234” is read as 1234"
    assert number_in("1234")[1] == ""
    assert number_in(1234.0)[1] == ""


def test_a_message_names_the_cell_of_a_workbook_and_the_row_of_a_csv():
    for book, place in ((workbook(Data=[["a", "b"], [1, "?"]]), "B2"), (text_book([["a", "b"], [1, "?"]]), "row 2")):
        report = Report()
        Reader(book, book.sheets[0], report).number(1, 1, "beds")
        assert said(report, "error") == [f"{place}: beds: “?” is not a number; the figure is refused"]


def test_a_cell_beyond_a_short_row_is_blank():
    book, report = workbook(Data=[["a", "b"], [1]]), Report()
    assert Reader(book, book.sheets[0], report).number(1, 1, "beds").standing == "missing"


def test_a_sum_is_missing_when_a_part_is_and_leaves_out_parts_that_do_not_apply():
    one, none, absent = Number(Decimal(1), "given"), Number(None, "missing"), Number(None, "not_applicable")
    assert added([one, one, absent]) == Number(Decimal(2), "given")
    assert added([one, none]).standing == "missing"
    assert added([absent, absent]).standing == "not_applicable"


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2016-04-01",
            "2016-04-30",
            "01/04/2016",
            "April 2016",
            "APRIL-2016",
            "Apr-16",
            "MSitAE-APRIL-2016",
            "RTT-April-2016",
        ),
        *(
            date(2016, 4, 30),
            datetime(2016, 4, 1, 12),
            "2016-04-01 00:00:00",
            "April 2016 returns, revised January 2017",
        ),
    ],
)
def test_a_month_is_read_from_a_date_or_from_words(cell):
    assert month_of(cell) == date(2016, 4, 1)


@pytest.mark.parametrize(
    "cell", ["", None, "2016", "Quarter 1", "2016-13-01", "31/02/2016", 42461.0, "total", "Mayor 2016"]
)
def test_what_names_no_month_is_none(cell):
    assert month_of(cell) is None


def test_codes_and_headings_are_compared_without_their_dress():
    assert code(" rth ") == "RTH"
    assert code(608.0) == "608"
    assert label("ODS CODE (2)") == "ods code"
    assert label("Type 1\n  Departments\u00a0- Major A&E ") == "type 1 departments - major a&e"


def figure(numerator, row, **other):
    return Figure(
        "10Q",
        "rtt.incomplete",
        date(2016, 4, 1),
        Decimal(numerator),
        Decimal(100),
        "final",
        Place("a.csv", "", row),
        **other,
    )


def test_a_figure_given_twice_alike_is_counted_once():
    report = Report()
    gathering = Gathering(report)
    gathering.add(figure(92, "row 2"))
    gathering.add(figure(92, "row 3"))
    assert [one.place.cell for one in gathering.figures()] == ["row 2"]
    assert said(report, "note") == [
        "row 3: rtt.incomplete of 10Q for April 2016 is given twice with the same value; it is counted once"
    ]


def test_of_a_figure_given_twice_with_different_values_neither_is_taken():
    report = Report()
    gathering = Gathering(report)
    gathering.add(figure(92, "row 2"))
    gathering.add(figure(93, "row 3"))
    gathering.add(figure(90, "row 4", specialty="Urology"))
    assert [one.specialty for one in gathering.figures()] == ["Urology"]
    assert "92 of 100 at row 2, here 93 of 100" in said(report, "error")[0]
