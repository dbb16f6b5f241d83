"""The hidden record by which a workbook comes back: what each cell held when the file was made."""

from __future__ import annotations

import json

from xlsxwriter.worksheet import Worksheet

from opplan.submissions.filled import Cell, Extent, Key, spelt
from opplan.submissions.written.book import LONGEST_TEXT, Book


def write_record(book: Book, sheet: Worksheet) -> None:
    """What the file was made from, row by row: the base of the merge when it comes back."""
    filled = book.filled
    sheet.write_string(
        0,
        0,
        json.dumps(
            {
                "opplan": 1,
                "template": filled.definition.name,
                "template_version": filled.definition.version,
                "definition": book.stamp.definition,
                "organisation": filled.code,
                "year": filled.year,
                "month": filled.month.isoformat(),
                "version": book.stamp.version,
                "content": book.stamp.content,
            }
        ),
    )
    for column, month in enumerate(filled.months, start=1):
        # What charts write along their axis.
        sheet.write_string(0, column, f"{month:%b %y}")
    row = 1
    for extent in filled.extents.values():
        keys = [*(line.key for line in extent.lines), *(["total"] if extent.total else [])]
        for key in keys:
            held = [
                _recorded(filled.cells[Key(extent.block.key, key, spec.key, index)])
                for spec in extent.block.columns
                for index in range(spec.count)
            ]
            at = extent.total if key == "total" else extent.first + extent_row(extent, key)
            sheet.write_string(row, 0, json.dumps([extent.block.key, key, extent.sheet, at], ensure_ascii=False))
            text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
            for part, start in enumerate(range(0, len(text), LONGEST_TEXT)):
                sheet.write_string(row, 1 + part, text[start : start + LONGEST_TEXT])
            row += 1
    sheet.very_hidden()
    sheet.protect("", {})


def extent_row(extent: Extent, key: str) -> int:
    """How many rows below a block's first a row stands."""
    return next(number for number, line in enumerate(extent.lines) if line.key == key)


def _recorded(cell: Cell) -> str:
    """A cell in the record: a letter for its kind, then its value in its one spelling."""
    return cell.kind[0] + ("" if cell.kind == "calculated" else spelt(cell.value))
