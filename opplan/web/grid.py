"""The month grid: twelve months and the year, typed, pasted from Excel, checked cell by cell, and never overwritten silently.

A room describes its rows; the grid reads what was typed, names every bad cell, finds the cells that somebody else changed since
the page was opened, and hands back only the changes. Saving is all or nothing, and the room's own action does it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import NOT_DUE, number, plain
from opplan.web.formats import month as month_name

KEEP, MINE = "keep", "mine"


@dataclass
class Row:
    """One row: a key that is unique in the grid ("PC-03 actual"), its stored values, and the months that may be typed.

    `scale` turns what is typed into what is stored (1000 where the grid is in £000). `name` is what a screen reader hears before the month.
    """

    key: str
    label: str
    name: str
    values: Mapping[date, Decimal | None]
    editable: frozenset[date] = frozenset()
    unit: str = ""
    scale: Decimal = Decimal(1)
    places: int = 0
    year: Decimal | None = None
    year_text: str | None = None
    signed: bool = False
    total: bool = False
    due_to: date | None = None
    negative: bool = True

    def shown(self, value: Decimal | None) -> str:
        """A stored value in the row's unit and precision, for reading."""
        return "" if value is None else number(value / self.scale, self.places, signed=self.signed)

    @property
    def year_shown(self) -> str:
        return self.shown(self.year)

    def typed(self, value: Decimal | None) -> str:
        """A stored value as a person would type it, losing nothing."""
        return "" if value is None else plain(value / self.scale)


@dataclass
class Group:
    """Rows under one heading, such as the rows of a scheme."""

    title: str
    rows: Sequence[Row]
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Change:
    """One cell to be stored: `was` is the stored value that the person saw."""

    key: str
    month: date
    was: Decimal | None
    value: Decimal | None


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be stored as typed."""

    cell: str
    text: str


@dataclass(frozen=True)
class Clash:
    """A cell that somebody else changed while this person was typing. `who` and `why` come from the room's history."""

    cell: str
    name: str
    month: date
    opened: str
    now: str
    mine: str
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell ready for the template."""

    text: str
    cell: str = ""
    label: str = ""
    error: str = ""
    closed: bool = False
    now: bool = False
    missing: bool = False
    changed: bool = False
    problem_id: str = ""


Author = Callable[[str, date], tuple[str, str, str]]


@dataclass
class MonthGrid:
    """A grid as it is shown, or as it came back. After `read`, look at `problems`, `clashes` and `changes`."""

    groups: Sequence[Group]
    months: Sequence[date]
    caption: str
    unit: str = ""
    open_month: date | None = None
    closed: frozenset[date] = frozenset()
    author: Author | None = None
    problems: list[Problem] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    _typed: dict[str, str] = field(default_factory=dict)
    _opened: dict[str, str] = field(default_factory=dict)

    def rows(self) -> Iterable[Row]:
        for group in self.groups:
            yield from group.rows

    @property
    def ok(self) -> bool:
        return not self.problems and not self.clashes

    def opened(self) -> str:
        """What the page was opened with, for the form to carry: the base against which changes by others are found."""
        if self._opened:
            return json.dumps(self._opened)
        return json.dumps(
            {
                cell_id(row.key, month): row.typed(row.values.get(month))
                for row in self.rows()
                for month in row.editable
            },
            separators=(",", ":"),
        )

    def read(self, data: Mapping[str, str]) -> "MonthGrid":
        """Read a submitted form: settle what was chosen, check every cell, and gather changes, problems and clashes."""
        opened = _object(data.get("opened", ""))
        for row in self.rows():
            for month in sorted(row.editable):
                cell = cell_id(row.key, month)
                if cell not in data:
                    continue
                stored = row.typed(row.values.get(month))
                typed, base = data[cell].strip(), opened.get(cell, stored)
                choice = data.get(f"choose {cell}")
                if choice == KEEP:
                    typed = base = stored
                elif choice == MINE:
                    base = stored
                self._typed[cell], self._opened[cell] = typed, base
                self._check(row, month, cell, typed, base, stored)
        return self

    def _check(self, row: Row, month: date, cell: str, typed: str, base: str, stored: str) -> None:
        try:
            value = parse_figure(typed, negative=row.negative)
        except BadFigure as bad:
            self.problems.append(Problem(cell, f"{row.name}, {month:%B}: {bad}"))
            return
        mine = plain(value)
        if mine in (base, stored):
            if stored != mine:
                self._typed[cell] = self._opened[cell] = stored
            return
        if base != stored:
            who, when, why = self.author(row.key, month) if self.author else ("", "", "")
            self.clashes.append(Clash(cell, row.name, month, base, stored, mine, who, when, why))
            return
        self.changes.append(Change(row.key, month, row.values.get(month), None if value is None else value * row.scale))

    def paste(self, text: str, data: Mapping[str, str]) -> "MonthGrid":
        """Lay pasted rows over what is typed, without saving: each line is a row's key or label, then its months.

        A first line of month names says which months the columns are; without it twelve columns are April to March, and one column
        is the open month.
        """
        laid = dict(data)
        lines = [line.split("\t") for line in text.replace("\r", "").split("\n") if line.strip()]
        columns = self._columns(lines[0][1:]) if lines else None
        if columns is not None:
            lines = lines[1:]
        problems: list[Problem] = []
        for at, line in enumerate(lines, start=1 if columns is None else 2):
            row = self._row_called(line[0])
            if row is None:
                names = ", ".join(f"“{known.key}”" for known in self.rows() if known.editable)
                problems.append(
                    Problem("paste", f"Pasted line {at}: there is no row “{line[0].strip()}”. Rows here: {names}.")
                )
                continue
            months, trouble = self._months_of(line[1:], columns)
            if trouble:
                problems.append(Problem("paste", f"Pasted line {at}: {trouble}"))
            for month, value in zip(months, line[1:], strict=False):
                if month is not None and month in row.editable:
                    laid[cell_id(row.key, month)] = value.strip()
                elif (
                    month
                    and value.strip()
                    and value.strip() != row.typed(row.values.get(month))
                    and value.strip() != NOT_DUE
                ):
                    problems.append(
                        Problem(
                            "paste",
                            f"Pasted line {at}: {month_name(month)} cannot be changed here, so “{value.strip()}” was left out.",
                        )
                    )
        self.read(laid)
        self.problems = problems + self.problems
        return self

    def _row_called(self, name: str) -> Row | None:
        wanted = " ".join(name.lower().split())
        found = [
            row
            for row in self.rows()
            if row.editable and wanted in {row.key.lower(), row.label.lower(), row.name.lower()}
        ]
        return found[0] if len(found) == 1 else None

    def _columns(self, heads: Sequence[str]) -> list[date | None] | None:
        named = {f"{month:%b}".lower(): month for month in self.months}
        columns = [named.get(head.strip().lower()[:3]) for head in heads]
        return columns if columns and columns[0] is not None else None

    def _months_of(self, values: Sequence[str], columns: list[date | None] | None) -> tuple[list[date | None], str]:
        if columns is not None:
            spare = [value for value in values[len(columns) :] if value.strip()]
            return columns, f"it has {len(values)} columns, but the heading names {len(columns)}." if spare else ""
        if len(values) == 1 and self.open_month:
            return [self.open_month], ""
        if len(values) in (len(self.months), len(self.months) + 1):
            return list(self.months), ""
        return (
            [],
            f"it has {len(values)} columns; paste twelve months, April to March, or a first line with the names of the months.",
        )

    def differing(self) -> int:
        """How many cells differ from what is stored."""
        return len(self.changes) + len(self.problems) + len(self.clashes)

    def cells(self, row: Row) -> list[Cell]:
        errors = {problem.cell: problem.text for problem in self.problems}
        changed = {(change.key, change.month) for change in self.changes}
        clashing = {clash.cell for clash in self.clashes}
        cells = []
        for month in self.months:
            value, now = row.values.get(month), month == self.open_month
            if month not in row.editable:
                due = row.due_to is None or month <= row.due_to
                missing = value is None
                text = (
                    row.shown(value)
                    if not missing
                    else ("" if row.total else ("Not reported" if due and row.due_to else NOT_DUE))
                )
                cells.append(Cell(text, closed=True, now=now, missing=missing))
                continue
            cell = cell_id(row.key, month)
            unit = f", {row.unit or self.unit}" if row.unit or self.unit else ""
            cells.append(
                Cell(
                    self._typed.get(cell, row.typed(value)),
                    cell=cell,
                    label=f"{row.name}, {month:%B}{unit}",
                    error=errors.get(cell, "") or ("Changed by someone else" if cell in clashing else ""),
                    now=now,
                    changed=(row.key, month) in changed,
                    problem_id=f"problem-{cell}" if cell in errors else "",
                )
            )
        return cells

    def problems_of(self, row: Row) -> list[Problem]:
        mine = {cell_id(row.key, month) for month in row.editable}
        return [problem for problem in self.problems if problem.cell in mine]


def cell_id(key: str, month: date) -> str:
    """The name and identifier of a cell's box: "PC-03_actual_2016-09"."""
    return f"{key.replace(' ', '_')}_{month:%Y-%m}"


def _object(text: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}
