"""What differs between two versions, in words: whose figure it is, in which month, and by how much it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from opplan.submissions.definition import FIGURES, Block, Column, Definition
from opplan.submissions.filled import Key
from opplan.submissions.queries.rounds import CellDifference
from opplan.web.formats import counted, number, plain, short_month


@dataclass(frozen=True)
class DifferenceRow:
    """A cell that differs, as a page or a list shows it."""

    place: str
    about: str
    was: str
    now: str
    change: str
    words: str


def rows(
    found: Sequence[CellDifference],
    definition: Definition | None,
    values: Sequence[Sequence[Any]],
    months: Sequence[date],
) -> list[DifferenceRow]:
    """Each difference with what its cell is about. `values` are the frozen values from which rows take their titles."""
    titles = {(row[0], row[1]): row[7] for row in values if row[2] == "title" and row[7]}
    blocks = {block.key: block for block in definition.blocks()} if definition else {}
    return [_row(one, blocks.get(one.key.block), titles, months) for one in found]


def _row(
    one: CellDifference, block: Block | None, titles: dict[tuple[str, str], str], months: Sequence[date]
) -> DifferenceRow:
    column = _column(block, one.key)
    about = _about(one.key, block, column, titles, months)
    was, now = shown(one.was, column), shown(one.now, column)
    before, after = _figure(one.was), _figure(one.now)
    change = ""
    if one.was is None:
        said = f"new, {now}"
    elif one.now is None:
        said = f"gone, was {was}"
    elif before is not None and after is not None:
        change = shown(plain(after - before), column, signed=True)
        said = f"{'rose' if after > before else 'fell'} by {shown(plain(abs(after - before)), column)}, from {was} to {now}"
    else:
        said = f"was {was}, now {now}"
    return DifferenceRow(f"{one.sheet}!{one.cell}", about, was, now, change, f"{about}: {said}.")


def _column(block: Block | None, key: Key) -> Column | None:
    return next((one for one in block.columns if one.key == key.column), None) if block else None


def _about(
    key: Key, block: Block | None, column: Column | None, titles: dict[tuple[str, str], str], months: Sequence[date]
) -> str:
    own = next((row.title for row in block.rows if row.key == key.row and row.title), "") if block else ""
    total = (block.total if block else "") or "Total"
    row = total if key.row == "total" else own or titles.get((key.block, key.row)) or key.row
    heading = column.title if column else key.column
    start = months[0].year
    heading = heading.format(
        month=short_month(months[key.index]) if key.index < len(months) else "",
        year=f"{start}/{(start + 1) % 100:02d}",
        last_year=f"{start - 1}/{start % 100:02d}",
        next_year=f"{start + 1}/{(start + 2) % 100:02d}",
        reported="the month reported",
    )
    return f"{row}, {heading[:1].lower()}{heading[1:]}" if heading[1:2].islower() else f"{row}, {heading}"


def _figure(value: str | None) -> Decimal | None:
    try:
        figure = Decimal(value or "")
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def shown(value: str | None, column: Column | None, *, signed: bool = False) -> str:
    """A value as a reader sees it: a share as a percentage, a figure with its thousands marked, nothing as blank."""
    if value is None:
        return "no such cell"
    if value == "":
        return "blank"
    figure = _figure(value)
    if figure is None or (column and column.format not in FIGURES):
        return value
    if column and column.format == "percentage":
        return number(figure * 100, 1, signed=signed) + "%"
    places = 0 if figure == figure.to_integral_value() else min(-int(figure.normalize().as_tuple().exponent), 3)
    return number(figure, places, signed=signed)


def summary(found: Sequence[CellDifference], cells: int) -> str:
    """3 cells differ and 212 are the same: 2 figures rose, 1 fell."""
    if not found:
        return f"Nothing differs: all {number(cells)} cells are the same."
    moves = [one.change for one in found if one.change is not None]
    rose, fell = sum(1 for one in moves if one > 0), sum(1 for one in moves if one < 0)
    other = len(found) - rose - fell
    parts = [
        f"{count} {word}" for count, word in ((rose, "rose"), (fell, "fell"), (other, "changed otherwise")) if count
    ]
    verb = "differs" if len(found) == 1 else "differ"
    return f"{counted(len(found), 'cell')} {verb} and {number(cells - len(found))} are the same: {', '.join(parts)}."
