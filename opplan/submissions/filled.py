"""A template filled from a plan: every cell with its place, its value, its formula and the key by which it is known again.

Everything that shows, writes, reads back, compares or freezes a workbook asks here; nobody else counts columns or rows. Columns
count from 0 as XlsxWriter does; rows from 1 as a reader of the sheet does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from opplan.submissions.definition import FIGURES, MONTHS, Block, Column, Definition, Row
from opplan.submissions.formulas import BadFormula, Formula, Named
from opplan.submissions.layout import letters
from opplan.submissions.sources.registry import SOURCES
from opplan.submissions.sources.table import SourceRow, Value
from opplan.web import formats

if TYPE_CHECKING:
    from opplan.plans.models import Plan

KEYS, FIRST_COLUMN = 0, 1
"""Column A is hidden and holds each row's key; what people see begins in B."""
NOTES_FROM = 2


class Key(NamedTuple):
    """What a cell is, wherever it stands: the block, the row's key, the column's key, and the month's index (0 where there is none)."""

    block: str
    row: str
    column: str
    index: int = 0  # type: ignore[assignment]


Answers = Mapping[Key, str]
"""What people have answered in blocks that no source fills, as text in one spelling: 12.5, 2016-04-01, Yes."""


@dataclass(slots=True)
class Cell:
    """One cell. `kind` is input, calculated, given, or none for an empty place in a heading row."""

    key: Key
    sheet: str
    row: int
    column: int
    spec: Column
    kind: str
    value: Value = None
    formula: Formula | None = None
    excel: str = ""
    is_total: bool = False
    required: bool = False

    @property
    def address(self) -> str:
        return f"{letters(self.column)}{self.row}"


@dataclass(frozen=True)
class Line:
    """A row of a block as it is filled."""

    key: str
    title: str
    values: Mapping[str, Value | Sequence[Value]]
    shut: frozenset[tuple[str, int]] = frozenset()
    own: Row | None = None

    @property
    def heading(self) -> bool:
        return self.own is not None and self.own.heading


@dataclass(frozen=True)
class Extent:
    """Where a block stands. `total` is the row of its total, 0 where it has none; `columns` the first column of each."""

    block: Block
    sheet: str
    top: int
    heading: int
    first: int
    lines: tuple[Line, ...]
    total: int
    columns: Mapping[str, int]

    @property
    def last(self) -> int:
        """Its last row before the total. A block without rows keeps an empty one, so that its totals have something to add."""
        return self.first + max(len(self.lines), 1) - 1

    @property
    def end(self) -> int:
        return self.total or self.last

    @property
    def width(self) -> int:
        return sum(column.count for column in self.block.columns)


@dataclass
class Filled:
    """A whole template with the plan's figures. `cells` are in the order of their places."""

    definition: Definition
    code: str
    organisation: str
    organisation_name: str
    year: str
    year_label: str
    month: date
    months: Sequence[date]
    extents: dict[str, Extent] = field(default_factory=dict)
    cells: dict[Key, Cell] = field(default_factory=dict)

    def of_sheet(self, name: str) -> list[Extent]:
        return [extent for extent in self.extents.values() if extent.sheet == name]

    @property
    def inputs(self) -> Iterator[Cell]:
        return (cell for cell in self.cells.values() if cell.kind == "input")

    @property
    def required(self) -> list[Cell]:
        """What the checklist asks for."""
        return [cell for cell in self.cells.values() if cell.required]

    @property
    def questions(self) -> list[list[Cell]]:
        """The required cells as the checklist counts them: the months of one row are one question."""
        found: dict[tuple[str, str, str], list[Cell]] = {}
        for cell in self.required:
            found.setdefault(cell.key[:3], []).append(cell)
        return list(found.values())

    @property
    def unanswered(self) -> list[Cell]:
        return [cell for cell in self.required if cell.value is None]

    @property
    def complete(self) -> bool:
        return not self.unanswered


def filled(
    definition: Definition,
    plan: Plan,
    month: date,
    answers: Answers,
    *,
    read: dict[str, Sequence[SourceRow]] | None = None,
) -> Filled:
    """The template with what the plan holds at the end of `month`. Each source is read once, however many blocks it fills.

    `read` keeps what was read, for the next template of the same plan and month.
    """
    result = held(definition, plan, month, answers, {block.key for block in definition.blocks()}, read=read)
    work = Work(result)
    for cell in result.cells.values():
        if cell.formula:
            cell.excel = cell.formula.excel(Around(work, cell))
            work.value(cell)
    return result


def tried(definition: Definition) -> tuple[Filled, Work]:
    """The template of nobody, each block of a source with one row that holds nothing: to see whether its formulas can be worked out."""
    months = [date(2000 + (3 + number) // 12, (3 + number) % 12 + 1, 1) for number in range(MONTHS)]
    result = Filled(definition, "", "", "", "2000-01", "2000/01", months[0], months)
    for sheet in definition.sheets:
        row = NOTES_FROM
        for block in sheet.blocks:
            lines = [Line(one.key, one.title, {}, own=one) for one in block.rows] or [Line("row", "Row", {})]
            extent = result.extents[block.key] = _extent(block, sheet.name, row, lines)
            row = extent.end + 3
    for extent in result.extents.values():
        for cell in _cells(extent, {}):
            result.cells[cell.key] = cell
    return result, Work(result)


def held(
    definition: Definition,
    plan: Plan,
    month: date,
    answers: Answers,
    blocks: Collection[str],
    *,
    rows: Collection[tuple[str, str]] | None = None,
    read: dict[str, Sequence[SourceRow]] | None = None,
) -> Filled:
    """These blocks alone, and of their cells those that opplan holds: nothing is worked out. What a comparison needs, at its cost.

    `rows` names the rows whose cells are wanted, by block and key; by default all. `read` keeps what was read of each source, for the
    next template of the same plan and month.
    """
    found = {} if read is None else read
    result = Filled(
        definition,
        plan.organisation.code,
        plan.organisation.short_name,
        plan.organisation.name,
        plan.year,
        plan.year_label,
        month,
        plan.months,
    )
    wanted = {block.source for block in definition.blocks() if block.source and block.key in blocks}
    for name in sorted(wanted - set(found)):
        found[name] = SOURCES[name].read(plan, month)
    for sheet in definition.sheets:
        row = NOTES_FROM + len(sheet.notes) + 2
        for block in sheet.blocks:
            if block.key not in blocks:
                continue
            lines = _lines(block, found.get(block.source, ()))
            extent = _extent(block, sheet.name, row, lines)
            result.extents[block.key] = extent
            row = extent.end + 3
    for extent in result.extents.values():
        for cell in _cells(extent, answers, rows):
            result.cells[cell.key] = cell
    return result


def _lines(block: Block, held: Sequence[SourceRow]) -> list[Line]:
    if not block.source:
        return [Line(row.key, row.title, {"title": row.title, **row.given}, own=row) for row in block.rows]
    chosen = [
        row for row in held if all(str(row.values.get(name) or "") in wanted for name, wanted in block.where.items())
    ]
    if not block.rows:
        return [Line(row.key, str(row.values.get("title") or ""), row.values, row.shut) for row in chosen]
    by_key = {row.key: row for row in chosen}
    lines = []
    for row in block.rows:
        found = by_key.get(row.key)
        if found is None and row.optional:
            continue
        values: dict[str, Value | Sequence[Value]] = dict(found.values) if found else {}
        if row.title or not found:
            values["title"] = row.title
        everything = (
            frozenset()
            if found
            else frozenset((column.source_field, index) for column in block.columns for index in range(column.count))
        )
        lines.append(Line(row.key, row.title, {**values, **row.given}, found.shut if found else everything, row))
    return lines


def _extent(block: Block, sheet: str, top: int, lines: list[Line]) -> Extent:
    columns, column = {}, FIRST_COLUMN
    for spec in block.columns:
        columns[spec.key] = column
        column += spec.count
    heading = top + len(block.notes) + 1
    first = heading + 1
    total = first + max(len(lines), 1) if block.total else 0
    return Extent(block, sheet, top, heading, first, tuple(lines), total, columns)


def _cells(extent: Extent, answers: Answers, rows: Collection[tuple[str, str]] | None = None) -> Iterator[Cell]:
    block = extent.block
    for number, line in enumerate(extent.lines):
        if rows is not None and (block.key, line.key) not in rows:
            continue
        for spec in block.columns:
            for index in range(spec.count):
                yield _cell(extent, line, extent.first + number, spec, index, answers)
    if not extent.total or rows is not None:
        return
    for place, spec in enumerate(block.columns):
        for index in range(spec.count):
            key = Key(block.key, "total", spec.key, index)
            cell = Cell(key, extent.sheet, extent.total, extent.columns[spec.key] + index, spec, "none", is_total=True)
            if spec.total or spec.formula:
                cell.kind = "calculated"
                cell.formula = Formula.read(f"sum({block.key}.{spec.key})" if spec.total else spec.formula)
            elif place == 0 or spec.key == "title":
                cell.value = (
                    block.total if spec.key == "title" or not any(c.key == "title" for c in block.columns) else None
                )
            yield cell


def _cell(extent: Extent, line: Line, row: int, spec: Column, index: int, answers: Answers) -> Cell:
    block = extent.block
    key = Key(block.key, line.key, spec.key, index)
    cell = Cell(key, extent.sheet, row, extent.columns[spec.key] + index, spec, "given")
    own = line.own
    formula = (own.formulas.get(spec.key) if own else None) or (spec.formula if not line.heading else "")
    held: Value | Sequence[Value]
    if formula and not (own and spec.key in own.given):
        cell.kind, cell.formula = "calculated", Formula.read(formula)
        return cell
    if line.heading:
        cell.kind = "none"
        cell.value = line.title if spec.key == "title" else None
        return cell
    may = spec.kind == "input" and (own is None or own.inputs is None or spec.key in own.inputs)
    may = may and not (own and spec.key in own.given)
    if block.asks(spec) and not (own and spec.key in own.given):
        held = understood(answers.get(key, ""), spec)
    elif block.source:
        name = spec.key if own and spec.key in own.given else spec.source_field
        held = line.values.get(name)
        may = may and (name, index) not in line.shut
    else:
        held = line.values.get(spec.key)
    cell.value = held[index] if isinstance(held, Sequence) and not isinstance(held, str) else held
    if isinstance(cell.value, str):
        cell.value = cell.value or None
    cell.kind = "input" if may else "given"
    cell.required = may and spec.required
    return cell


def answered(question: Sequence[Cell]) -> bool:
    """Whether every cell of a question is filled."""
    return all(cell.value is not None for cell in question)


def understood(text: str, spec: Column) -> Value:
    """An answer from its one spelling; a text that its format cannot hold stays text, so that nothing is lost."""
    if not text:
        return None
    if spec.format in FIGURES:
        try:
            return Decimal(text)
        except InvalidOperation:
            return text
    if spec.format == "day":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def spelt(value: Value) -> str:
    """A value in its one spelling."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def heading_of(spec: Column, index: int, filled: Filled) -> str:
    """The heading of a column, its month or years put in."""
    start = filled.months[0].year
    return spec.title.format(
        month=f"{filled.months[index]:%b %y}" if spec.repeat == "months" else "",
        year=filled.year_label,
        last_year=f"{start - 1}/{start % 100:02d}",
        next_year=f"{start + 1}/{(start + 2) % 100:02d}",
        reported=formats.month(filled.month),
    )


class Work:
    """Works out the values of formulas, each once, whatever their order."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled
        self.done: set[Key] = set()
        self.doing: set[Key] = set()

    def value(self, cell: Cell) -> Value:
        if cell.formula is None or cell.key in self.done:
            return cell.value
        if cell.key in self.doing:
            raise BadFormula(f"{cell.sheet}!{cell.address} refers to itself: {cell.formula.text}")
        self.doing.add(cell.key)
        cell.value = cell.formula.value(Around(self, cell))
        self.doing.discard(cell.key)
        self.done.add(cell.key)
        return cell.value


class Around:
    """The workbook as the formula of one cell sees it."""

    def __init__(self, work: Work, cell: Cell) -> None:
        self.work, self.cell = work, cell

    def range(self, named: Named, *, whole: bool) -> str:
        extent, first, last, left, right = self._area(named, whole)
        place = "" if extent.sheet == self.cell.sheet else "'" + extent.sheet + "'!"
        if first == 0:
            return f"{place}$A$1"
        start = f"{letters(left)}{first}"
        return f"{place}{start}" if (first, left) == (last, right) else f"{place}{start}:{letters(right)}{last}"

    def values(self, named: Named, *, whole: bool) -> Sequence[Value]:
        block, row, column = named
        extent = self.work.filled.extents[block or self.cell.key.block]
        rows = [self._row(named)] if not block or row else [line.key for line in extent.lines]
        spec = extent.block.column(column)
        indexes = range(MONTHS) if self._all_months(spec, whole) else [self.cell.key.index if spec.repeat else 0]
        found = (
            self.work.filled.cells.get(Key(extent.block.key, one, column, index)) for one in rows for index in indexes
        )
        return [self.work.value(cell) for cell in found if cell]

    def _row(self, named: Named) -> str:
        return named[1] or self.cell.key.row

    def _all_months(self, spec: Column, whole: bool) -> bool:
        """A repeated column is its twelve months, but for the same month in a column that is repeated too."""
        return spec.repeat == "months" and not self.cell.spec.repeat

    def _area(self, named: Named, whole: bool) -> tuple[Extent, int, int, int, int]:
        block, row, column = named
        extent = self.work.filled.extents[block or self.cell.key.block]
        spec = extent.block.column(column)
        left = extent.columns[column] + (self.cell.key.index if spec.repeat and self.cell.spec.repeat else 0)
        right = left + (MONTHS - 1 if self._all_months(spec, whole) else 0)
        if block and not row:
            return extent, extent.first, extent.last, left, right
        wanted = self._row(named)
        if wanted == "total":
            at = extent.total
        else:
            at = next((extent.first + number for number, line in enumerate(extent.lines) if line.key == wanted), 0)
        return extent, at, at, left, right
