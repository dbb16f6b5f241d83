"""Delayed transfers of care as NHS England published them: the monthly workbooks (April 2011 on) and the monthly CSV.

A workbook has a sheet for each of three cuts of the same delayed days: by type of care, by responsible organisation, by reason.
Each lists England, then the authorities. The heading is read, never the position: the columns drift from year to year. From
April 2017 a second block holds beds (days / calendar days); it follows from the first and is not read.

The CSV has a row for each provider, authority, type of care and reason, and columns of patients (A) and days (B) for each body.

What is refused: an authority's whole month, when a figure of it cannot be read, when the parts of a cut do not make its total,
when the cuts do not agree with each other, or when it stands twice with different figures. A reason that is not on the national
list is kept as unmapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from activity.imports.dtoc import rows, tables
from activity.imports.dtoc.months import read_workbook
from activity.imports.figures import DelayFigure, Figure
from opplan.imports.files import Book
from opplan.imports.report import Report

NAME: Final = "dtoc"
TITLE: Final = "Delayed transfers of care, NHS England"


def recognises(book: Book) -> bool:
    """Whether it is one of these: a table of delays by its title and heading, or the CSV by its heading."""
    for sheet in book.sheets:
        if sheet.name == "":
            return rows.heading_of(sheet) is not None
        if tables.is_of_delays(sheet) and tables.heading_of(sheet.rows) is not None:
            return True
    return False


def read(book: Book, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    """The delayed days of the wanted authorities (and, of the CSV, providers)."""
    if book.sheets and book.sheets[0].name == "":
        yield from rows.read_rows(book, book.sheets[0], wanted, report)
    else:
        yield from read_workbook(book, wanted, report)
