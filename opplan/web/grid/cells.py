"""What a month grid is made of: rows and groups that a room describes, and what came of each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opplan.web.figures import BLANKS, BadFigure, parse_figure
from opplan.web.formats import NOT_DUE, listed, number, plain


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
    words: Sequence[str] = ()

    def shown(self, value: Decimal | None) -> str:
        """A stored value in the row's unit and precision, for reading."""
        if self.words:
            return self.typed(value)
        return "" if value is None else number(value / self.scale, self.places, signed=self.signed)

    @property
    def year_shown(self) -> str:
        return self.shown(self.year)

    def typed(self, value: Decimal | None) -> str:
        """A stored value as a person would type it, losing nothing."""
        if self.words:
            return self.words[int(value) - 1] if value else ""
        return plain(None if value is None else value / self.scale)

    def parse(self, text: str) -> Decimal | None:
        """The value to be stored of what a person typed: a figure, or the word or the beginning of it. BadFigure when it is neither."""
        if not self.words:
            value = parse_figure(text, places=self.decimals, negative=self.negative)
            return None if value is None else value * self.scale
        if text.strip() in BLANKS:
            return None
        meant = [at for at, word in enumerate(self.words, start=1) if word.startswith(text.strip().lower())]
        if len(meant) != 1:
            shown = "".join(letter if letter.isprintable() else "�" for letter in text.strip())[:30]
            raise BadFigure(f"“{shown}” is none of {listed(list(self.words))}. Type one of them, or leave it empty.")
        return Decimal(meant[0])

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
    worded: bool = False


def cell_id(key: str, month: date) -> str:
    """The name and identifier of a cell's box: "PC-03_actual_2016-09"."""
    return f"{key.replace(' ', '_')}_{month:%Y-%m}"
