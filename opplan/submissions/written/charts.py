"""Charts of Excel's own beneath the tables, drawn from their cells."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet

from opplan.submissions import dress as looks
from opplan.submissions.definition import MONTHS, Chart
from opplan.submissions.filled import FIRST_COLUMN, Extent, heading_of
from opplan.submissions.written.book import RECORD, Book

ROWS = 18
"""How many rows of a sheet a chart takes."""


def draw(book: Book, sheet: Worksheet, extent: Extent, about: Chart, at: tuple[int, int]) -> bool:
    """Draw it beneath the tables; nothing where the plan has nothing to draw."""
    if not extent.lines:
        return False
    kinds = {
        "line": {"type": "line"},
        "column": {"type": "column"},
        "stacked": {"type": "column", "subtype": "stacked"},
    }
    chart = book.file.add_chart(kinds[about.kind])
    for series in _series(book, extent, about):
        chart.add_series(series)
    if not chart.series:
        return False
    chart.set_title({"name": about.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 860, "height": 330})
    sheet.insert_chart(*at, chart, {"description": about.title})
    return True


def _series(book: Book, extent: Extent, about: Chart) -> list[dict[str, Any]]:
    name, found = extent.sheet, []
    at = {line.key: extent.first + number for number, line in enumerate(extent.lines)} | {"total": extent.total}
    for place, key in enumerate(about.columns):
        spec = extent.block.column(key)
        left = extent.columns[key]
        colour = {"line": {"color": looks.SERIES[place % len(looks.SERIES)]}}
        if not about.rows:
            labels = extent.columns.get("title", FIRST_COLUMN)
            found.append(
                {
                    "name": heading_of(spec, 0, book.filled),
                    "categories": [name, extent.first - 1, labels, extent.last - 1, labels],
                    "values": [name, extent.first - 1, left, extent.last - 1, left],
                    **colour,
                }
            )
            continue
        for number, row in enumerate(about.rows):
            if not at.get(row):
                continue
            line = next((line for line in extent.lines if line.key == row), None)
            drawn = line.title if line else extent.block.total
            word = spec.title.format(month="", year="", last_year="", next_year="", reported="").strip(" ,")
            title = ": ".join(filter(None, (drawn if len(about.rows) > 1 else "", word))) or drawn
            shade = looks.SERIES[(place + number * len(about.columns)) % len(looks.SERIES)]
            found.append(
                {
                    "name": title,
                    "categories": [RECORD, 0, 1, 0, MONTHS]
                    if spec.repeat
                    else [name, extent.heading - 1, left, extent.heading - 1, left],
                    "values": [name, at[row] - 1, left, at[row] - 1, left + spec.count - 1],
                    "line": {"color": shade},
                }
            )
    return found
