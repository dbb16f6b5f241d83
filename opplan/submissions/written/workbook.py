"""Writes the file. The same contents give the same bytes; every formula carries its value; text stays what it is."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from xlsxwriter.worksheet import Worksheet

from opplan.submissions.filled import Cell, Filled
from opplan.submissions.sheets import begun
from opplan.submissions.written.book import CHECKLIST, CHECKS, COVER, RECORD, Book, CheckLine, Stamp
from opplan.submissions.written.checks import write_checks
from opplan.submissions.written.cover import write_checklist, write_cover
from opplan.submissions.written.record import write_record
from opplan.submissions.written.tables import write_tables


def write(filled: Filled, stamp: Stamp, checks: Sequence[CheckLine] = ()) -> bytes:
    """The .xlsx file."""
    buffer = BytesIO()
    file = begun(
        buffer,
        title=f"{filled.organisation_name}: {filled.definition.title}",
        subject=stamp.version,
        comments=f"{stamp.version}, content {stamp.content}",
        created=stamp.changed,
    )
    _write(Book(file, filled, stamp, checks))
    file.close()
    return buffer.getvalue()


class _Sheet(Worksheet):
    """A sheet whose formulas are written as they are: XlsxWriter looks through each for thirty functions that none of ours holds."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


def _write(book: Book) -> None:
    names = [COVER, CHECKLIST, *(sheet.name for sheet in book.filled.definition.sheets)]
    names += [CHECKS] if book.checks else []
    sheets = {name: book.file.add_worksheet(name, worksheet_class=_Sheet) for name in names}
    write_cover(book, sheets[COVER], names)
    write_checklist(book, sheets[CHECKLIST])
    by_sheet: dict[str, list[Cell]] = {}
    for cell in book.filled.cells.values():
        by_sheet.setdefault(cell.sheet, []).append(cell)
    for sheet in book.filled.definition.sheets:
        write_tables(book, sheets[sheet.name], sheet.name, by_sheet.get(sheet.name, []))
    if book.checks:
        write_checks(book, sheets[CHECKS])
    write_record(book, book.file.add_worksheet(RECORD))
    sheets[COVER].activate()
