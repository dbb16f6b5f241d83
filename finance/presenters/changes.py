"""Who changed which months of savings, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from finance.presenters.months import ROWS
from finance.queries.months import FIGURES, STATUS, FigureChanged
from opplan.web import formats

ORDER = (*FIGURES, STATUS)


@dataclass(frozen=True)
class HistoryCell:
    """A figure as it was and as it became, in full pounds; or how firm it was and became."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class HistoryEntry:
    """What one person saved at one moment, and why."""

    who: str
    when: datetime
    why: str
    cells: Sequence[HistoryCell]


def history(changes: Sequence[FigureChanged], *, named: bool = False) -> list[HistoryEntry]:
    """Changes as they were saved together, latest first. `named` gives each the reference of its scheme."""
    labels = {figure: heard for figure, _, heard in ROWS.values()}
    entries = []
    for (when, who, why), group in groupby(changes, key=lambda change: (change.when, change.who, change.why)):
        cells = sorted(group, key=lambda change: (change.scheme, ORDER.index(change.figure), change.month))
        entries.append(
            HistoryEntry(
                who or "opplan",
                when,
                why,
                [
                    HistoryCell(
                        (f"{cell.scheme} " if named else "") + f"{labels[cell.figure]}, {cell.month:%B}",
                        _written(cell.was),
                        _written(cell.now),
                    )
                    for cell in cells
                ],
            )
        )
    return entries


def _written(value: Decimal | str | None) -> str:
    return (value if isinstance(value, str) else formats.pounds(value)) or "empty"
