"""The template's own sheets: headings, values, limits, and how a wide one is cut for print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from opplan.submissions.definition import FIGURES, Column
from opplan.submissions.filled import FIRST_COLUMN, KEYS, NOTES_FROM, Cell, Extent, Key, Line, heading_of
from opplan.submissions.layout import letters
from opplan.submissions.sheets import A3, A4, LARGEST, PROTECTION, fit_row
from opplan.submissions.written.book import FIRST_DAY, LAST_DAY, NO, YES, Book
from opplan.submissions.written.charts import ROWS, draw

PROSE = 900
# How many points of the screen stand side by side on A3 at the scale that is still easy to read, and on A4 at a larger one.
ACROSS, ACROSS_A4, SCALE = 2450, 1450, 60


def write_tables(book: Book, sheet: Worksheet, name: str, cells: Sequence[Cell]) -> None:
    filled, dress = book.filled, book.dress
    about = next(one for one in filled.definition.sheets if one.name == name)
    extents = filled.of_sheet(name)
    sheet.set_row(0, 24)
    sheet.write_string(0, FIRST_COLUMN, f"{about.title}: {filled.organisation} {filled.year_label}", dress.title)
    key = "Pale yellow: input. Blue: calculated. Pale green: put in by opplan."
    for row, note in enumerate((*about.notes, key), start=1):
        sheet.write_string(row, FIRST_COLUMN, note, dress.note)
    widths = _widths(book, sheet, extents)
    for extent in extents:
        _headings(book, sheet, extent)
    _values(book, sheet, cells)
    _limits(book, sheet, extents)
    freeze = _freeze(extents[0])
    total = sum(map(_points, widths.values()))
    cut = total > ACROSS
    # Names are repeated on every page of a sheet that is cut: a chart over them would be too.
    beside = freeze if cut else FIRST_COLUMN
    below = max((extent.end for extent in extents), default=NOTES_FROM) + 2
    for extent in extents:
        for chart in extent.block.charts:
            if draw(book, sheet, extent, chart, (below, beside)):
                below += ROWS
    for extent in extents:
        right = FIRST_COLUMN + extent.width - 1
        area = f"='{name}'!$B${extent.first}:${letters(right)}${extent.last}"
        book.file.define_name(f"Block_{extent.block.key}", area)
    sheet.set_column(KEYS, KEYS, 6, None, {"hidden": True})
    sheet.hide_gridlines(2)
    # Headings stay in sight where they are the sheet's only ones.
    sheet.freeze_panes(extents[0].heading if len(extents) == 1 else 1, freeze)
    if len(extents) == 1:
        sheet.repeat_rows(extents[0].heading - 1)
    sheet.print_area(0, 0, max(below, 3), FIRST_COLUMN + max(extent.width for extent in extents) - 1)
    sheet.protect("", PROTECTION)
    if not cut:
        book.page(sheet, name, A4 if total <= ACROSS_A4 else A3)
        return
    book.page(sheet, name, A3)
    sheet.set_print_scale(SCALE)
    sheet.repeat_columns(0, freeze - 1)
    sheet.set_v_pagebreaks(_breaks(widths, freeze, extents))
    sheet.print_across()


def _widths(book: Book, sheet: Worksheet, extents: Sequence[Extent]) -> dict[int, float]:
    """As wide as the widest block wants each column."""
    wanted: dict[int, float] = {}
    for extent in extents:
        for spec in extent.block.columns:
            first = extent.columns[spec.key]
            for column in range(first, first + spec.count):
                wanted[column] = max(wanted.get(column, 0), spec.width)
    for column, width in wanted.items():
        sheet.set_column(column, column, width)
    return wanted


def _headings(book: Book, sheet: Worksheet, extent: Extent) -> None:
    dress, block = book.dress, extent.block
    last = FIRST_COLUMN + extent.width - 1
    sheet.write_string(extent.top - 1, FIRST_COLUMN, block.title, dress.section)
    for column in range(FIRST_COLUMN + 1, last + 1):
        sheet.write_blank(extent.top - 1, column, None, dress.section)
    for row, note in enumerate(block.notes, start=extent.top):
        sheet.write_string(row, FIRST_COLUMN, note, dress.note)
    tallest = 1
    for spec in block.columns:
        for index in range(spec.count):
            words = heading_of(spec, index, book.filled)
            worn = dress.head_figure if spec.format in FIGURES else dress.head
            column = extent.columns[spec.key] + index
            sheet.write_string(extent.heading - 1, column, words, worn)
            tallest = max(tallest, -(-len(words) // max(int(spec.width) - 1, 1)))
            if spec.note and index == 0:
                sheet.write_comment(extent.heading - 1, column, spec.note, {"author": "opplan"})
    if tallest > 1:
        sheet.set_row(extent.heading - 1, 13.5 * min(tallest, 5))
    if not extent.lines:
        sheet.write_string(extent.first - 1, FIRST_COLUMN, block.empty, dress.note)
    if extent.total:
        sheet.write_string(extent.total - 1, KEYS, "total")
    for number, line in enumerate(extent.lines):
        sheet.write_string(extent.first + number - 1, KEYS, line.key)
        if line.heading:
            continue
        texts = [
            (cell.value, int(spec.width))
            for spec in block.columns
            if spec.format == "text"
            and not spec.repeat
            and (cell := book.filled.cells[Key(block.key, line.key, spec.key)])
            and isinstance(cell.value, str)
        ]
        if any(_takes_prose(book, extent, line, spec) for spec in block.columns):
            # Room to write in, and to see that prose is wanted.
            texts.append(("x" * PROSE, PROSE // 3))
        if texts:
            fit_row(sheet, extent.first + number - 1, texts)


def _takes_prose(book: Book, extent: Extent, line: Line, spec: Column) -> bool:
    """Whether an answer of several sentences is to be typed here."""
    if spec.format != "text" or spec.choices or spec.longest < PROSE or spec.repeat:
        return False
    return book.filled.cells[Key(extent.block.key, line.key, spec.key)].kind == "input"


def _values(book: Book, sheet: Worksheet, cells: Sequence[Cell]) -> None:
    number, text, blank = sheet.write_number, sheet.write_string, sheet.write_blank
    for cell in cells:
        row, column, value = cell.row - 1, cell.column, cell.value
        worn = book.wear(cell)
        if cell.excel:
            shown: Any = float(value) if isinstance(value, Decimal) else (value or "")
            sheet.write_formula(row, column, cell.excel, worn, shown)
        elif value is None:
            blank(row, column, None, worn)
        elif isinstance(value, Decimal):
            number(row, column, float(value), worn)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), worn)
        else:
            text(row, column, value, worn)


def _limits(book: Book, sheet: Worksheet, extents: Sequence[Extent]) -> None:
    for extent in extents:
        if not extent.lines:
            continue
        for spec in extent.block.columns:
            if spec.kind == "input":
                left = extent.columns[spec.key]
                limits = _list_of(book, spec) if spec.choices_from else limits_of(spec)
                sheet.data_validation(extent.first - 1, left, extent.last - 1, left + spec.count - 1, limits)


def _list_of(book: Book, spec: Column) -> Mapping[str, Any]:
    """A list that stands in the workbook, for the cells that are chosen from it."""
    block, _, column = spec.choices_from.partition(".")
    extent = book.filled.extents[block]
    letter = letters(extent.columns[column])
    return {
        "validate": "list",
        "source": f"='{extent.sheet}'!${letter}${extent.first}:${letter}${extent.last}",
        "error_title": "Not in the list",
        "error_message": f"Choose from the sheet {extent.sheet}, or leave it blank.",
    }


def limits_of(spec: Column) -> Mapping[str, Any]:
    """What a cell of a column may hold, as Excel checks it while one types."""
    if spec.choices or spec.format == "yes_no":
        choices = list(spec.choices or (YES, NO))
        return {
            "validate": "list",
            "source": choices,
            "error_title": "Not one of the answers",
            "error_message": f"Choose one of: {', '.join(choices)}."[:255],
        }
    if spec.format == "day":
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": FIRST_DAY,
            "maximum": LAST_DAY,
            "error_title": "Not a date",
            "error_message": "Type a date such as 30/09/2016.",
        }
    if spec.format in FIGURES:
        least = float(-LARGEST if spec.least is None else spec.least)
        most = float(LARGEST if spec.most is None else spec.most)
        said = f"a figure between {least:,.10g} and {most:,.10g}"
        return {
            "validate": "integer" if spec.format == "whole" else "decimal",
            "criteria": "between",
            "minimum": least,
            "maximum": most,
            "error_title": "Not a figure for this cell",
            "error_message": f"Type {said}. Leave blank what is not known."[:255],
        }
    return {
        "validate": "length",
        "criteria": "<=",
        "value": spec.longest,
        "error_title": "Too long",
        "error_message": f"Type no more than {spec.longest} characters.",
    }


def _freeze(extent: Extent) -> int:
    """The column after the row's name, up to which a wide sheet stays in sight."""
    title = extent.columns.get("title")
    return title + 1 if title is not None and title < FIRST_COLUMN + 4 else FIRST_COLUMN + 1


def _breaks(widths: Mapping[int, float], freeze: int, extents: Sequence[Extent]) -> list[int]:
    """Where a wide sheet is cut for print: before a column, or before the April of a column by month where that fits."""
    starts = {extent.columns[spec.key] for extent in extents for spec in extent.block.columns}
    names = sum(_points(width) for column, width in widths.items() if column < freeze)
    breaks: list[int] = []
    used, last = names, max(widths)
    wide = {column: _points(width) for column, width in widths.items()}
    for column in range(freeze, last + 1):
        group = 0.0
        if column in starts:
            end = next((one for one in range(column + 1, last + 1) if one in starts), last + 1)
            group = sum(wide.get(one, 0) for one in range(column, end))
        wanted = max(wide.get(column, 0), group if names + group <= ACROSS else 0)
        if used + wanted > ACROSS and used > names:
            breaks.append(column)
            used = names
        used += wide.get(column, 0)
    return breaks


def _points(width: float) -> float:
    """A column's width on the screen, given in digits of the workbook's letter."""
    return width * 7 + 5
