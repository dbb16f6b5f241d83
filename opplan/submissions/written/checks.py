"""The checks as a sheet, as they stood when the workbook was made."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from opplan.submissions.sheets import A3, PROTECTION, fit_row
from opplan.submissions.written.book import CHECKS, Book


def write_checks(book: Book, sheet: Worksheet) -> None:
    dress = book.dress
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, f"Checks: {book.filled.organisation} {book.filled.year_label}", dress.title)
    sheet.write_string(
        1,
        0,
        "As they stood when the workbook was made. Stop: a contradiction. Warn: whoever signs should know.",
        dress.note,
    )
    heads = ("Rule", "Severity", "Where", "What is checked", "Found", "Expected", "Result", "Accepted, because")
    for column, (word, width) in enumerate(zip(heads, (14, 10, 22, 84, 14, 14, 12, 50), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, word, dress.head)
    for row, check in enumerate(book.checks, start=4):
        fit_row(sheet, row, [(check.sentence, 84), (check.reason, 50)])
        texts = (
            check.code,
            check.severity,
            "",
            check.sentence,
            check.found,
            check.expected,
            check.result,
            check.reason,
        )
        for column, words in enumerate(texts):
            sheet.write_string(row, column, words, dress.text)
        if check.sheet:
            place = f"{check.sheet}!{check.address}"
            sheet.write_url(row, 2, f"internal:'{check.sheet}'!{check.address}", dress.where, string=place)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(4, 0)
    sheet.protect("", PROTECTION)
    book.page(sheet, CHECKS, A3)
