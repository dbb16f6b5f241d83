"""Books for the tests of published sources: those of ../shared/data where it is there, and small ones made here."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest

from activity.imports.figures import Figure
from opplan.imports.files import Book, Cell, Sheet, opened
from opplan.imports.report import Report

RAW = Path(__file__).resolve().parents[4] / "shared" / "data"
needs_raw = pytest.mark.skipif(
    not RAW.is_dir(), reason="the published files are not beside this repository (../shared/data)"
)


def published(pattern: str) -> list[Book]:
    """The books of the published files that match a pattern such as "ae/*.csv"."""
    return [book for path in sorted(RAW.glob(pattern)) for book in opened(path.name, path.read_bytes())]


def text_book(lines: Iterable[Sequence[object]], name: str = "figures.csv") -> Book:
    """A CSV with these rows."""
    return Book(name, "", [Sheet("", [[str(cell) for cell in line] for line in lines])])


def workbook(**sheets: Sequence[Sequence[Cell]]) -> Book:
    """A workbook with these sheets."""
    return Book(
        "figures.xls", "", [Sheet(name.replace("_", " "), [list(row) for row in rows]) for name, rows in sheets.items()]
    )


def read(source, book: Book, *wanted: str, **how) -> tuple[list[Figure], Report]:  # type: ignore[no-untyped-def]
    """The figures that a source finds in a book, and what it reports."""
    report = Report()
    return list(source.read(book, frozenset(wanted), report, **how)), report


def by_feed(figures: Iterable[Figure], organisation: str = "", specialty: str = "") -> dict[str, tuple]:
    """Numerator and denominator by feed, of one month and organisation."""
    return {
        figure.feed: (figure.numerator, figure.denominator)
        for figure in figures
        if figure.specialty == specialty and organisation in ("", figure.organisation)
    }


def said(report: Report, severity: str = "") -> list[str]:
    """What a report says, of one severity or of all: the cell and the text."""
    return [f"{message.cell}: {message.text}" for message in report.messages if severity in ("", message.severity)]


def month(year: int, number: int) -> date:
    return date(year, number, 1)
