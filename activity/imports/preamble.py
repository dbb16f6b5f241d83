"""The block of labels above a published table: Title, Summary, Period, Source, Basis, Published, Revised, Status, Contact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from activity.imports.cells import month_named
from opplan.imports.files import Cell

ROWS = 15
"""How far down the block reaches; the table's heading follows it."""
LABELS_WITHIN = 3
"""The columns that a label may stand in."""

_DAY = re.compile(r"^\s*(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]+\s+\d{4})\s*$")


def preamble(rows: Sequence[Sequence[Cell]]) -> dict[str, Cell]:
    """What stands beside each label, by the label in lower case without its colon."""
    found: dict[str, Cell] = {}
    for row in rows[:ROWS]:
        for index, cell in enumerate(row[:LABELS_WITHIN]):
            if type(cell) is str and cell[-1:] == ":":
                beside = [value for value in row[index + 1 : index + 4] if value not in ("", None)]
                found.setdefault(cell[:-1].strip().lower(), beside[0] if beside else "")
                break
    return found


def published(labels: Mapping[str, Cell]) -> date | None:
    """The day on which the table was last revised, else published ("9th February 2017"); None where it says neither."""
    return _day(labels.get("revised", "")) or _day(labels.get("published", ""))


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str) or not (words := _DAY.match(cell)) or not (month := month_named(words[2])):
        return None
    try:
        return month.replace(day=int(words[1]))
    except ValueError:
        return None
