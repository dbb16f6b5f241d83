"""The two sheets in front: the Cover, and the Checklist with a row a required answer."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from opplan.submissions.definition import Column
from opplan.submissions.filled import Cell, answered, heading_of
from opplan.submissions.sheets import PROTECTION, fit_row
from opplan.submissions.written.book import CHECKLIST, CHECKS, COMPLETE, COVER, INCOMPLETE, NO, YES, Book

WIDTHS = (26, 38, 54)


def write_cover(book: Book, sheet: Worksheet, names: Sequence[str]) -> None:
    filled, dress = book.filled, book.dress
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, f"{filled.organisation} {filled.year_label}: {filled.definition.title}", dress.title)
    sheet.write_string(
        1,
        0,
        "Laid out in the manner of NHS planning returns. It is not a template issued by NHS England.",
        dress.lead,
    )
    facts = (
        ("Organisation", f"{filled.organisation_name} ({filled.code})"),
        ("Financial year", filled.year_label),
        ("Template", f"{filled.definition.title}, version {filled.definition.version}"),
        ("Version", f"{book.stamp.version}, content {book.stamp.content[:16]}"),
        ("Units", "Money in GBP thousands (£000), gross unless said"),
    )
    row = 3
    for label, words in facts:
        sheet.write_string(row, 0, label, dress.label)
        sheet.write_string(row, 1, words, dress.lead)
        row += 1
    sheet.write_string(row, 0, "Status", dress.label)
    state = COMPLETE if filled.complete else INCOMPLETE
    last = 5 + max(len(book.required), 1)
    marks = f"{CHECKLIST}!$E$6:$E${last}"
    sheet.write_formula(row, 1, f'=IF(COUNTIF({marks},"{NO}")=0,"{COMPLETE}","{INCOMPLETE}")', dress.result, state)
    book.coloured(sheet, row, 1, row, 1, COMPLETE, INCOMPLETE)
    row += 1
    sheet.write_string(row, 0, "Answers required", dress.label)
    sheet.write_number(row, 1, len(book.required), dress.given())
    row += 1
    sheet.write_string(row, 0, "Answers given", dress.label)
    given = sum(1 for cells in book.required if answered(cells))
    sheet.write_formula(row, 1, f'=COUNTIF({marks},"{YES}")', dress.worked(), given)
    row += 2
    sheet.write_string(row, 0, "Colours", dress.section)
    key = (
        ("Pale yellow", dress.open(), "Input: the only cells that are not locked"),
        ("Blue", dress.worked(), "Calculated in this workbook from its other cells"),
        ("Pale green", dress.given(), "Put in by opplan from its record"),
    )
    for words, worn, meaning in key:
        row += 1
        sheet.write_string(row, 0, words, dress.label)
        sheet.write_blank(row, 1, None, worn)
        sheet.write_string(row, 2, meaning, dress.note)
    row += 2
    sheet.write_string(row, 0, "Sheets", dress.section)
    titles = {one.name: one.title for one in filled.definition.sheets}
    titles |= {
        CHECKLIST: "Each answer that is required, and whether it is given",
        CHECKS: "What must hold, and whether it does",
    }
    for name in names[1:]:
        row += 1
        sheet.write_url(row, 0, f"internal:'{name}'!A1", dress.link, string=name)
        sheet.write_string(row, 1, titles[name], dress.note)
    row += 2
    sheet.write_string(row, 0, "How to read it", dress.section)
    for words in (
        *filled.definition.notes,
        "Blank is not known, not reported or not due. It is never 0, which is none.",
        "Type in the pale yellow cells alone. Sheets are protected without a password, against slips; keep the sheets, their "
        "names and their rows as they are, and the file can be loaded back into opplan, which shows every change before it is made.",
    ):
        row += 1
        sheet.merge_range(row, 0, row, 2, "", dress.wrapped)
        sheet.write_string(row, 0, words, dress.wrapped)
        fit_row(sheet, row, [(words, sum(WIDTHS))])
    sheet.hide_gridlines(2)
    sheet.protect("", PROTECTION)
    sheet.print_area(0, 0, row, 2)
    book.page(sheet, COVER)


def write_checklist(book: Book, sheet: Worksheet) -> None:
    filled, dress = book.filled, book.dress
    sheet.set_row(0, 24)
    for column, width in enumerate((26, 50, 34, 14, 12)):
        sheet.set_column(column, column, width)
    last = 5 + max(len(book.required), 1)
    title = f"Checklist: {filled.organisation} {filled.year_label}, "
    state = "complete" if filled.complete else "incomplete"
    sheet.write_formula(
        0, 0, f'="{title}"&IF(COUNTIF($E$6:$E${last},"{NO}")=0,"complete","incomplete")', dress.title, title + state
    )
    sheet.write_string(1, 0, "One row a required answer. It turns to Yes when its cell is filled.", dress.note)
    sheet.write_string(2, 0, "Follow a link to the cell.", dress.note)
    for column, word in enumerate(("Sheet", "What", "Column", "Cell", "Answered")):
        sheet.write_string(4, column, word, dress.head)
    for number, cells in enumerate(book.required):
        first, at = cells[0], 5 + number
        area = _area(cells)
        what = _what(book, first)
        fit_row(sheet, at, [(what, 50)])
        sheet.write_string(at, 0, first.sheet, dress.text)
        sheet.write_string(at, 1, what, dress.text)
        sheet.write_string(at, 2, _column_in_words(book, first.spec), dress.text)
        sheet.write_url(at, 3, f"internal:'{first.sheet}'!{area}", dress.where, string=area)
        formula = f'=IF(COUNTBLANK(\'{first.sheet}\'!{area})=0,"{YES}","{NO}")'
        sheet.write_formula(at, 4, formula, dress.result, YES if answered(cells) else NO)
    if not book.required:
        sheet.write_string(5, 1, "This template requires no answer that opplan does not hold already.", dress.text)
        sheet.write_string(5, 4, YES, dress.result)
    book.coloured(sheet, 5, 4, last - 1, 4, YES, NO)
    book.file.define_name("Checklist_answers", f"={CHECKLIST}!$E$6:$E${last}")
    sheet.hide_gridlines(2)
    sheet.freeze_panes(5, 0)
    sheet.repeat_rows(4)
    sheet.protect("", PROTECTION)
    book.page(sheet, CHECKLIST)


def _what(book: Book, cell: Cell) -> str:
    """The row of a cell in words."""
    extent = book.filled.extents[cell.key.block]
    line = extent.lines[cell.row - extent.first]
    return f"{extent.block.title}: {line.title or line.key}"


def _column_in_words(book: Book, spec: Column) -> str:
    return "April to March" if spec.repeat else heading_of(spec, 0, book.filled)


def _area(cells: Sequence[Cell]) -> str:
    first, last = cells[0], cells[-1]
    return first.address if first is last else f"{first.address}:{last.address}"
