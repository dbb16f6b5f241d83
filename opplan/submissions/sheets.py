"""What the sheets of figures have in common: headings, inputs and their limits, the words of a basis, and how they print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from opplan.imports.provenance import Basis
from opplan.submissions.layout import HEADING_ROW

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from opplan.submissions.dress import Dress
    from opplan.submissions.monthly.contents import Contents

# The range that NHS England's Better Care Fund returns of 2016/17 allow an input.
LARGEST = 100_000_000
A3, A4 = 8, 9
LINE_HEIGHT = 13.5
# What may be done to a protected sheet besides typing in its inputs. There is no password: protection here is against slips.
PROTECTION = {"format_columns": True, "format_rows": True, "select_locked_cells": True, "select_unlocked_cells": True}


def begun(buffer: BytesIO, **properties: Any) -> Workbook:
    """A workbook with these properties. Text in it stays text, and no clock gets into its bytes."""
    book = Workbook(
        buffer,
        {
            # In memory, XlsxWriter dates each part of the file 1980.
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": "Arial", "font_size": 10},
        },
    )
    book.set_properties({"author": "opplan", **properties})
    return book


def heading(sheet: Worksheet, dress: Dress, title: str, notes: Sequence[str]) -> None:
    """The title of a sheet, and beneath it its units and how to read it."""
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, title, dress.title)
    for row, note in enumerate(
        (*notes, "Pale yellow: input. Blue: calculated. Pale green: put in by opplan."), start=1
    ):
        sheet.write_string(row, 0, note, dress.note)


def figure(sheet: Worksheet, row: int, column: int, value: float | None, worn: Format) -> None:
    """A figure, or a blank cell in the same dress: a figure that is missing is never 0."""
    if value is None:
        sheet.write_blank(row, column, None, worn)
    else:
        sheet.write_number(row, column, value, worn)


def open_runs(opened: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and last month of each run of open months: their cells are one block."""
    for is_open, months in groupby(range(len(opened)), key=lambda month: opened[month]):
        run = list(months)
        if is_open:
            yield run[0], run[-1]


def limit_inputs(sheet: Worksheet, top: int, left: int, bottom: int, right: int, limits: str) -> None:
    """Let a block take only figures from 0 to 100,000,000."""
    sheet.data_validation(
        top,
        left,
        bottom,
        right,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": LARGEST,
            "input_title": "Input",
            "input_message": f"{limits} Leave blank what is not known.",
            "error_title": "Not a figure for this cell",
            "error_message": f"Type a figure: {limits}",
        },
    )


def basis_in_words(**parts: Iterable[str]) -> str:
    """How firm a row's figures are: "illustrative" where all of it is, else part by part, such as "plan: …; actual: …"."""
    words = {
        part: " and ".join(str(Basis(basis).label) for basis in sorted({one for one in bases if one}))
        for part, bases in parts.items()
    }
    held = {part: said for part, said in words.items() if said}
    if len(set(held.values())) == 1 and len(held) > 1:
        return next(iter(held.values()))
    return "; ".join(f"{part}: {said}" for part, said in held.items())


def fit_row(sheet: Worksheet, row: int, words: Iterable[tuple[str, int]]) -> None:
    """Make a row as tall as its longest text needs, each given with the width of its column: not every reader does so itself."""
    # A width counts digits, and most letters are narrower: about a tenth more of them go in.
    lines = max(-(-len(text) // (width + width // 10 - 1)) for text, width in words)
    if lines > 1:
        sheet.set_row(row, LINE_HEIGHT * lines)


def ready(sheet: Worksheet, freeze: int) -> None:
    """Freeze and repeat the headings, hide the gridlines, and protect what is not input."""
    sheet.hide_gridlines(2)
    sheet.freeze_panes(HEADING_ROW, freeze)
    sheet.repeat_rows(HEADING_ROW - 2, HEADING_ROW - 1)
    sheet.protect("", PROTECTION)


def print_blocks(sheet: Worksheet, contents: Contents, name: str, breaks: Sequence[int], scale: int) -> None:
    """Print a wide sheet on A3, a block of months a page, the names at its left: all on one page would be too small to read."""
    sheet.repeat_columns("A:B")
    _page(sheet, contents, name)
    sheet.set_paper(A3)
    sheet.set_landscape()
    sheet.set_v_pagebreaks(list(breaks))
    sheet.set_print_scale(scale)
    sheet.print_across()


def print_whole(sheet: Worksheet, contents: Contents, name: str, *, landscape: bool, pages: int = 0) -> None:
    """Print a sheet on A4, as wide as the page; `pages` says how many, 0 as many as it takes."""
    _page(sheet, contents, name)
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, pages)


def _page(sheet: Worksheet, contents: Contents, name: str) -> None:
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    # An ampersand begins a code in a footer: two of them are the character.
    whose = f"{contents.organisation} {contents.year_label}, {contents.version}".replace("&", "&&")[:120]
    sheet.set_footer(f"&L&8opplan: {whose}&C&8{name}&R&8Page &P of &N")
