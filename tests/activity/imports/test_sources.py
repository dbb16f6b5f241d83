"""Which source a file is, by what it holds; and that no content of any kind stops a source."""

from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.imports import ae, beds, cancer, generic, rtt
from activity.imports.sources import PUBLISHED, SOURCES, Unrecognised, recognised
from opplan.imports.files import Book, Sheet
from opplan.imports.report import Report
from tests.activity.imports import test_ae, test_beds, test_cancer, test_generic, test_rtt
from tests.activity.imports.books import RAW, needs_raw, published, text_book, workbook

FOLDERS = {"dtoc": 27, "mar": 24, "ae": 3, "rtt": 2, "cancer": 1, "beds": 1}

BOOKS = {
    ae: [
        test_ae.two_tiers(
            ["", "-", "-", "England", 1, 1, 1, 3, 0, 0, 0, 0], test_ae.provider(1000, 200, 300, 1500, 150, 0, 1, 151)
        ),
        text_book([test_ae.NEW, ["MSitAE-APRIL-2019", "RTH", "", "", *range(18)]]),
        text_book(
            [
                ["period", "org_code", "type", "attendances", "breaches", "admissions"],
                ["2019-04-01", "RTH", "1", 100, 5, 9],
            ]
        ),
    ],
    rtt: [
        test_rtt.may_2015(
            test_rtt.commissioner("IP100", "ENT", 90, 9, 1), test_rtt.commissioner("IP999", "Total", 90, 9, 1)
        ),
        test_rtt.extract(test_rtt.long_row("Part_2", "C_100", {0: 90}), test_rtt.long_row("Part_2", "C_999", {0: 90})),
    ],
    cancer: [workbook(A=test_cancer.sheet([test_cancer.ADMITTED], [test_cancer.NON_ADMITTED], [test_cancer.ALL_CARE]))],
    beds: [text_book([test_beds.HEAD, test_beds.row("maternity", 10, 9), test_beds.row("general_and_acute", 100, 90)])],
    generic: [
        test_generic.table(["10Q", "E.B.3", "2016-04-01", 1, 2], ["10Q", "E.B.3", "May 2016", 1, 2]),
        workbook(Data=[test_generic.STATUS_HEAD, ["10Q", "E.B.3", date(2016, 4, 1), 1.0, 2.0, "final", "ENT"]]),
    ],
}
CASES = [(source, book) for source, books in BOOKS.items() for book in books]
NAMES = [f"{source.NAME}-{number}" for source, books in BOOKS.items() for number, _ in enumerate(books, start=1)]


def test_every_source_has_a_name_and_a_title_of_its_own():
    assert list(SOURCES) == ["dtoc", "mar", "ae", "rtt", "cancer", "beds", "generic"]
    assert len({source.TITLE for source in SOURCES.values()}) == 7


@needs_raw
@pytest.mark.parametrize("folder", FOLDERS)
def test_each_published_file_is_recognised_by_exactly_one_source(folder):
    books = [*published(f"{folder}/*.xls"), *published(f"{folder}/*.xlsx"), *published(f"{folder}/*.csv")]
    assert len(books) == FOLDERS[folder]
    for book in books:
        nameless = Book("upload", book.digest, book.sheets)
        assert [source.NAME for source in PUBLISHED if source.recognises(nameless)] == [folder]
        assert recognised(nameless) is SOURCES[folder]


@needs_raw
def test_every_folder_of_published_figures_is_tried():
    assert {path.name for path in RAW.iterdir() if path.is_dir()} == {*FOLDERS, "ods"}


@needs_raw
def test_a_published_file_that_holds_no_figures_is_not_taken_for_one():
    for book in published("ods/*.csv"):
        with pytest.raises(Unrecognised, match="none of the published files"):
            recognised(book)


@pytest.mark.parametrize(("source", "book"), CASES, ids=NAMES)
def test_each_layout_is_recognised_by_its_own_source_alone(source, book):
    assert [other.NAME for other in PUBLISHED if other.recognises(book)] == ([] if source is generic else [source.NAME])
    assert recognised(book) is source


def test_a_table_of_ones_own_is_taken_only_when_no_published_source_fits():
    head = ["period", "org_code", "type", "attendances", "breaches", "admissions", "measure code", "numerator"]
    book = text_book([head, ["2019-04-01", "RTH", "1", 100, 5, 9, "E.B.5", 1]])
    assert generic.recognises(book)
    assert recognised(book) is ae


@pytest.mark.parametrize(
    "book",
    [
        Book("empty.csv", "", [Sheet("", [])]),
        Book("none.xls", "", []),
        text_book([["name", "address"], ["a", "b"]], "letters.csv"),
        workbook(Sheet1=[[]], Sheet2=[[None, 1.0, True, date(2016, 4, 1)]]),
    ],
)
def test_unknown_content_says_what_is_known_and_what_to_do(book):
    with pytest.raises(Unrecognised) as raised:
        recognised(book)
    message = str(raised.value)
    assert message.startswith(f"{book.file} is none of the published files")
    assert all(source.TITLE in message for source in PUBLISHED)
    assert "say which column is which" in message


ODD_CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            "",
            "-",
            "*",
            "TOTAL",
            "RTH",
            "10Q",
            "1e99999",
            "Infinity",
            "April 2019",
            "2019-04-01",
            "9" * 50,
            "Ⅷ",
            "٣",
            "²",
        ]
    ),
    st.text(max_size=12),
    st.floats(),
    st.integers(),
    st.dates(),
    st.datetimes(),
)


@st.composite
def corrupted(draw, book):
    """The book with cells replaced, rows shortened, repeated or lost."""
    sheets = []
    for sheet in book.sheets:
        rows = [list(row) for row in sheet.rows]
        for _ in range(draw(st.integers(0, 6))):
            row = draw(st.integers(0, max(len(rows) - 1, 0)))
            if not rows or not rows[row]:
                continue
            change = draw(st.sampled_from(["cell", "cell", "cell", "short", "twice", "lost"]))
            if change == "cell":
                rows[row][draw(st.integers(0, len(rows[row]) - 1))] = draw(ODD_CELLS)
            elif change == "short":
                rows[row] = rows[row][: draw(st.integers(0, len(rows[row])))]
            elif change == "twice":
                rows.insert(row, list(rows[row]))
            else:
                del rows[row]
        sheets.append(Sheet(sheet.name, rows))
    return Book(book.file, book.digest, sheets)


@pytest.mark.parametrize(("source", "book"), CASES, ids=NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_corruption_stops_a_source_or_makes_a_number_out_of_none(source, book, data):
    damaged = data.draw(corrupted(book))
    with suppress(Unrecognised):
        recognised(damaged)
    for figure in source.read(damaged, frozenset({"RTH", "10Q"}), Report()):
        assert figure.organisation in {"RTH", "10Q"}
        assert type(figure.period) is date
        assert not isinstance(figure.period, datetime)
        assert figure.period.day == 1
        assert (figure.numerator is None) == (figure.status in {"missing", "not_applicable"})
        assert figure.numerator is None or figure.numerator >= 0
        assert figure.denominator is None or figure.denominator >= 0
        if source is not beds and source is not generic and figure.denominator is not None:
            assert figure.numerator <= figure.denominator
