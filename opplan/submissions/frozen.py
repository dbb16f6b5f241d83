"""Frozen values, and the cells of a file, in one spelling: what makes two of them comparable."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from opplan.submissions.filled import Cell, spelt
from opplan.submissions.merged import DIGITS

if TYPE_CHECKING:
    from opplan.imports.files import Cell as Found


def frozen(cell: Cell) -> list[object]:
    """A cell as a submission keeps it: its key, sheet, address, kind and value."""
    return [*cell.key, cell.sheet, cell.address, cell.kind, spelt(cell.value)]


def as_kept(found: Found) -> str:
    """What a cell of a file holds, in the spelling of frozen values."""
    if found is None or found == "":
        return ""
    if isinstance(found, bool):
        return "Yes" if found else "No"
    if isinstance(found, int | float):
        return _figure(repr(found))
    if isinstance(found, datetime):
        return found.date().isoformat()
    return found.isoformat() if isinstance(found, date) else _figure(str(found).replace("_x000D_", ""))


def as_kept_text(value: str) -> str:
    """A frozen value as a program would save it: a figure by its first twelve digits, a text without blanks around it."""
    return _figure(value)


def _figure(text: str) -> str:
    try:
        figure = DIGITS.create_decimal(text)
    except ArithmeticError:
        return text.replace("\r\n", "\n").strip()
    return spelt(figure) if figure.is_finite() else text
