"""The grid itself: reads what was typed, finds what somebody else changed, and hands back only the changes."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from opplan.web.figures import BadFigure
from opplan.web.formats import counted
from opplan.web.formats import month as month_name
from opplan.web.grid.cells import Cell, Change, Clash, Group, Problem, Row, cell_id
from opplan.web.grid.pasting import Block

KEEP, MINE = "keep", "mine"
PASTE = "paste"
UNKNOWN = "not known"  # what a page was opened with, where the form does not say: never taken for what is stored
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
                value = row.parse(typed)
            except BadFigure as bad:
                self.problems.append(Problem(cell, f"{row.name}, {month:%B}: {bad}", row=row.name))
                return
            typed = row.typed(value)
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
        block = Block([*self.rows()], self.months, self.open_month, text)
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
        text, unit = self._typed.get(cell, stored), "" if row.words else row.unit or self.unit
        return Cell(
            text,
            cell=cell,
            label=f"{row.name}, {month:%B}" + (f", {unit}" if unit else ""),
            error=errors.get(cell, "") or ("Changed by someone else" if cell in clashing else ""),
            now=month == self.open_month,
            changed=cell in changed,
            problem_id=f"problem-{cell}" if cell in errors else f"h-clash-{cell}" if cell in clashing else "",
            stored=stored if text != stored else None,
            worded=bool(row.words),
        )

    def problems_of(self, row: Row) -> list[Problem]:
        mine = {cell_id(row.key, month) for month in self.months}
        return [problem for problem in self.problems if problem.cell in mine]


def _object(text: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}
