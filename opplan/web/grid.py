"""The month grid: twelve months and the year, typed, pasted from Excel, checked cell by cell, and never overwritten silently.

A room describes its rows; the grid reads what was typed, names every bad cell, finds the cells that somebody else changed since
the page was opened, and hands back only the changes. Saving is all or nothing, and the room's own action does it.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import NOT_DUE, counted, listed, number, plain
from opplan.web.formats import month as month_name

KEEP, MINE = "keep", "mine"
PASTE = "paste"
UNKNOWN = "not known"  # what a page was opened with, where the form does not say: never taken for what is stored


@dataclass
class Row:
    """One row: a key that is unique in the grid ("PC-03 actual"), its stored values, and the months that may be typed.

    `scale` turns what is typed into what is stored (1000 where the grid is in £000), `decimals` is how many may be typed and
    `places` how many are shown. `name` is what a screen reader hears before the month. A month without a value reads "Not
    reported" where it is in `due` (or, short for that, no later than `due_to`), and an en dash where it is not.
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
    due: frozenset[date] | None = None
    decimals: int = 3

    def shown(self, value: Decimal | None) -> str:
        """A stored value in the row's unit and precision, for reading."""
        return "" if value is None else number(value / self.scale, self.places, signed=self.signed)

    @property
    def year_shown(self) -> str:
        return self.shown(self.year)

    def typed(self, value: Decimal | None) -> str:
        """A stored value as a person would type it, losing nothing."""
        return plain(None if value is None else value / self.scale)

    def is_due(self, month: date) -> bool:
        if self.due is not None:
            return month in self.due
        return self.due_to is not None and month <= self.due_to

    def absent(self, month: date) -> str:
        """What stands where there is no value."""
        return "" if self.total else "Not reported" if self.is_due(month) else NOT_DUE


@dataclass
class Group:
    """Rows under one heading, such as the rows of a scheme."""

    title: str
    rows: Sequence[Row]
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Change:
    """One cell to be stored: `was` is the stored value that the person saw. `name`, `before` and `after` are for showing."""

    key: str
    month: date
    was: Decimal | None
    value: Decimal | None
    name: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be stored as typed. `target` is where its link leads: the cell's box unless said otherwise."""

    cell: str
    text: str
    at: str = ""
    row: str = ""

    @property
    def brief(self) -> str:
        """The text where the row's name stands above it already."""
        return self.text.removeprefix(f"{self.row}, ")

    @property
    def target(self) -> str:
        return self.at or self.cell


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

    @property
    def target(self) -> str:
        return f"clash-{self.cell}"

    @property
    def text(self) -> str:
        return f"{self.name}, {self.month:%B} was changed by {self.who or 'someone else'} while you were typing"


@dataclass(frozen=True)
class Cell:
    """A cell ready for the template. `stored` is None unless the box holds something else than what is stored."""

    text: str
    cell: str = ""
    label: str = ""
    error: str = ""
    closed: bool = False
    now: bool = False
    missing: bool = False
    changed: bool = False
    problem_id: str = ""
    stored: str | None = None


Author = Callable[[str, date], tuple[str, str, str]]


@dataclass
class MonthGrid:
    """A grid as it is shown, or as it came back. After `read` or `paste`, look at `problems`, `clashes` and `changes`."""

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

    @property
    def editable(self) -> bool:
        """Whether any cell is a box."""
        return any(row.editable for row in self.rows())

    @property
    def first_box(self) -> str:
        """The box to begin with: the first of the open month, else the first of all. Empty where nothing may be typed."""
        boxes = [
            (month != self.open_month, cell_id(row.key, month)) for row in self.rows() for month in sorted(row.editable)
        ]
        return min(boxes, key=lambda box: box[0], default=(True, ""))[1]

    @property
    def errors(self) -> list[Problem | Clash]:
        """For the error summary: each with its `text` and the `target` of its link."""
        return [*self.problems, *self.clashes]

    @property
    def refusal(self) -> str:
        """The title of the error summary."""
        return f"Nothing has been saved: {counted(len(self.errors), 'figure needs', 'figures need')} attention"

    def opened(self) -> str:
        """What the page was opened with, for the form to carry: the base against which changes by others are found."""
        stored = {
            cell_id(row.key, month): row.typed(row.values.get(month)) for row in self.rows() for month in row.editable
        }
        return json.dumps(stored | self._opened, separators=(",", ":"), sort_keys=True)

    def read(self, data: Mapping[str, str]) -> "MonthGrid":
        """Read a submitted form: settle what was chosen, check every cell, and gather changes, problems and clashes."""
        opened = _object(data.get("opened", ""))
        self.__dict__.pop("_marks", None)
        for row in self.rows():
            for month in self.months:
                cell = cell_id(row.key, month)
                if cell not in data:
                    continue
                stored = row.typed(row.values.get(month))
                typed, base = data[cell].strip(), opened.get(cell, UNKNOWN)
                if month not in row.editable:
                    self._refuse(row, month, cell, typed, {base, stored})
                    continue
                choice = data.get(f"choose {cell}") or data.get("choose all")
                seen = data.get(f"seen {cell}")
                if choice == KEEP and seen is not None:
                    typed = base = stored
                elif choice == MINE and seen is not None:
                    base = seen
                self._typed[cell], self._opened[cell] = typed, base
                self._check(row, month, cell, typed, base, stored)
        return self

    def _refuse(self, row: Row, month: date, cell: str, typed: str, known: set[str]) -> None:
        """The box was there when the page was opened, and is no longer: say so rather than lose what was typed."""
        if typed in known or UNKNOWN in known:
            return
        why = f"{month_name(month)} is closed" if month in self.closed else "this cannot be changed any more"
        text = f"{row.name}, {month:%B}: {why}, so “{typed[:40]}” has not been saved."
        self.problems.append(Problem(cell, text, f"problem-{cell}", row.name))

    def _check(self, row: Row, month: date, cell: str, typed: str, base: str, stored: str) -> None:
        value = row.values.get(month)
        if typed not in (base, stored):
            try:
                value = parse_figure(typed, places=row.decimals, negative=row.negative)
            except BadFigure as bad:
                self.problems.append(Problem(cell, f"{row.name}, {month:%B}: {bad}", row=row.name))
                return
            typed, value = plain(value), None if value is None else value * row.scale
        if typed in (base, stored):
            self._typed[cell] = self._opened[cell] = stored
        elif base != stored:
            who, when, why = self.author(row.key, month) if self.author else ("", "", "")
            self.clashes.append(Clash(cell, row.name, month, base, stored, typed, who, when, why))
        else:
            self.changes.append(Change(row.key, month, row.values.get(month), value, row.name, stored, typed))

    def paste(self, text: str, data: Mapping[str, str]) -> "MonthGrid":
        """Lay pasted rows over what is typed, without saving: each line is a row's key or label, then its months.

        A first line of month names says which months the columns are; without it twelve columns are April to March, and one column
        is the open month.
        """
        block = _Block(self, text)
        self.read({name: data[name] for name in data} | block.cells)
        self.problems = [Problem(PASTE, problem, PASTE) for problem in block.problems] + self.problems
        return self

    def differing(self) -> int:
        """How many cells differ from what is stored."""
        return len({problem.cell for problem in self.problems} - {PASTE}) + len(self.clashes) + len(self.changes)

    @cached_property
    def _marks(self) -> tuple[dict[str, str], set[str], set[str]]:
        """The cells with a problem, those that were changed, and those that clash."""
        return (
            {problem.cell: problem.text for problem in self.problems},
            {cell_id(change.key, change.month) for change in self.changes},
            {clash.cell for clash in self.clashes},
        )

    def cells(self, row: Row) -> list[Cell]:
        return [self._box(row, month) if month in row.editable else self._written(row, month) for month in self.months]

    def _written(self, row: Row, month: date) -> Cell:
        value = row.values.get(month)
        return Cell(
            row.absent(month) if value is None else row.shown(value),
            closed=month in self.closed,
            now=month == self.open_month,
            missing=value is None,
        )

    def _box(self, row: Row, month: date) -> Cell:
        errors, changed, clashing = self._marks
        cell, stored = cell_id(row.key, month), row.typed(row.values.get(month))
        text, unit = self._typed.get(cell, stored), row.unit or self.unit
        return Cell(
            text,
            cell=cell,
            label=f"{row.name}, {month:%B}" + (f", {unit}" if unit else ""),
            error=errors.get(cell, "") or ("Changed by someone else" if cell in clashing else ""),
            now=month == self.open_month,
            changed=cell in changed,
            problem_id=f"problem-{cell}" if cell in errors else f"h-clash-{cell}" if cell in clashing else "",
            stored=stored if text != stored else None,
        )

    def problems_of(self, row: Row) -> list[Problem]:
        mine = {cell_id(row.key, month) for month in self.months}
        return [problem for problem in self.problems if problem.cell in mine]


def cell_id(key: str, month: date) -> str:
    """The name and identifier of a cell's box: "PC-03_actual_2016-09"."""
    return f"{key.replace(' ', '_')}_{month:%Y-%m}"


def _object(text: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}


NAMED = re.compile(r"([a-z]{3,9})\.?[ \-/]*((?:20)?\d\d)?")
NUMBERED = re.compile(r"(20\d\d)-(\d\d)(?:-01)?|01/(\d\d)/(20\d\d)")
SUMS = frozenset({"", "year", "total", "full year", "fy"})


class _Block:
    """A block of cells as Excel puts it on the clipboard: lines of cells with tabs between them."""

    def __init__(self, grid: MonthGrid, text: str) -> None:
        self.grid = grid
        self.cells: dict[str, str] = {}
        self.problems: list[str] = []
        self.known = self._names()
        lines = [
            (at, [cell.strip() for cell in line.split("\t")])
            for at, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)
            if line.strip()
        ]
        if not lines:
            self.problems.append(
                "Nothing was pasted. Copy the cells in Excel, with the row's name in the first column."
            )
            return
        heading = self._heading(lines[0][1])
        if not self.problems:
            self._lay(lines[1:] if heading else lines, heading)

    def _names(self) -> dict[str, Row | None]:
        """Rows by every name that a person may give them; None where two share a name."""
        known: dict[str, Row | None] = {}
        for row in self.grid.rows():
            for name in {_folded(row.key), _folded(row.label), _folded(row.name)}:
                known[name] = row if name not in known else None
        return known

    def _heading(self, cells: Sequence[str]) -> tuple[int, list[date | None]] | None:
        """How many columns stand before the first month, and the month of each column from there on (None for a total)."""
        named = [self._month_called(cell) for cell in cells]
        first = next((at for at, is_month in enumerate(named) if is_month), None)
        if first is None or any(_folded(" ".join(cells[:upto])) in self.known for upto in range(1, first + 1)):
            return None
        columns: list[date | None] = []
        for cell, month in zip(cells[first:], named[first:], strict=True):
            if month is None and cell.lower() not in SUMS:
                self.problems.append(f"The heading “{cell[:30]}” is not a month of this plan.")
            elif month is not None and month not in self.grid.months:
                self.problems.append(f"The heading “{cell[:30]}” is {month_name(month)}, which is not in this plan.")
            elif month is not None and month in columns:
                self.problems.append(f"The heading names {month_name(month)} twice.")
            columns.append(month)
        return first, columns

    def _month_called(self, text: str) -> date | None:
        """The month that a heading names (Sep, September, Sep-16, 2016-09-01, 01/09/2016), in this plan or, if it says so, another year."""
        if numbered := NUMBERED.fullmatch(text):
            year, number_of_month = int(numbered[1] or numbered[4]), int(numbered[2] or numbered[3])
            return date(year, number_of_month, 1) if 1 <= number_of_month <= 12 else None
        named = NAMED.fullmatch(text.lower())
        found = [month for month in self.grid.months if named and f"{month:%B}".lower().startswith(named[1])]
        if not found or named is None:
            return None
        return found[0].replace(year=2000 + int(named[2][-2:])) if named[2] else found[0]

    def _lay(self, lines: Sequence[tuple[int, list[str]]], heading: tuple[int, list[date | None]] | None) -> None:
        met: set[str] = set()
        for at, cells in lines:
            row, values = self._row(cells, heading[0] if heading else None)
            if row is None:
                self.problems.append(f"Pasted line {at}: there is no row “{cells[0][:40]}”. {self._rows_here()}")
                continue
            if row.key in met:
                self.problems.append(f"Pasted line {at}: “{row.key}” was pasted before. Paste each row once.")
                continue
            met.add(row.key)
            months, trouble = self._months_of(values, heading[1] if heading else None)
            if trouble:
                self.problems.append(f"Pasted line {at}: {trouble}")
                continue
            self._lay_row(at, row, list(zip(months, values, strict=False)))

    def _row(self, cells: Sequence[str], columns: int | None) -> tuple[Row | None, Sequence[str]]:
        """The row that a line names in its first cell or first cells, and the rest of the line."""
        if columns is not None:
            return self.known.get(_folded(" ".join(cells[:columns]))), cells[columns:]
        for upto in range(min(3, len(cells)), 0, -1):
            # An empty cell is a month's, never part of a name.
            if all(cells[:upto]) and (row := self.known.get(_folded(" ".join(cells[:upto])))):
                return row, cells[upto:]
        return None, []

    def _rows_here(self) -> str:
        names = [f"“{row.key}”" for row in self.grid.rows() if row.editable]
        more = [f"{len(names) - 6} more"] if len(names) > 7 else []
        return f"Rows here: {listed(names[:6] + more if more else names)}." if names else "No row here can be changed."

    def _months_of(self, values: Sequence[str], columns: list[date | None] | None) -> tuple[Sequence[date | None], str]:
        if columns is not None:
            spare = any(values[len(columns) :])
            return columns, f"it has {len(values)} columns, but the heading names {len(columns)}." if spare else ""
        twelve = self.grid.months
        while len(values) > len(twelve) + 1 and not values[-1]:
            values = values[:-1]
        if len(values) == 1 and self.grid.open_month:
            return [self.grid.open_month], ""
        if len(values) in (len(twelve), len(twelve) + 1):
            return twelve, ""
        found = counted(len(values), "column of figures", "columns of figures")
        return [], f"it has {found}; paste twelve months, April to March, or a first line with the names of the months."

    def _lay_row(self, at: int, row: Row, figures: Iterable[tuple[date | None, str]]) -> None:
        left_out = []
        for month, text in figures:
            if month is None:
                continue
            if month in row.editable:
                self.cells[cell_id(row.key, month)] = text
            elif not self._as_stored(row, month, text):
                left_out.append(f"{month:%B} “{text[:20]}”")
        if left_out:
            self.problems.append(
                f"Pasted line {at}: “{row.key}” cannot be changed here in {listed(left_out)}; left out."
            )

    def _as_stored(self, row: Row, month: date, text: str) -> bool:
        value = row.values.get(month)
        if text in {row.absent(month), row.shown(value), row.typed(value), ""}:
            return True
        try:
            return plain(parse_figure(text)) in {row.typed(value), plain(parse_figure(row.shown(value)))}
        except BadFigure:
            return False


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
