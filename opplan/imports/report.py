"""What an import says of the files that it read: errors, warnings and notes, each with the file, sheet and cell that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

DISTINCT_MESSAGES = 1_000
"""How many different messages a report keeps. A file that is wrong in more ways is wrong as a whole; the rest are counted."""

FURTHER_CELLS = 9
"""How many more cells a message names after its first."""
FILES_NAMED = 3


class Severity(StrEnum):
    """How much a message matters: an error's figure is refused, a warning's is taken and needs a look, a note only tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in what came in: the file, the sheet ("" for a text file) and the cell (H120, or "row 12" of a text file)."""

    file: str
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.file, self.sheet, self.cell)))


@dataclass(slots=True)
class Message:
    """One thing that the reader found, at its first place; `count` says how often, `further` names some of the other cells."""

    file: str
    sheet: str
    cell: str
    severity: Severity
    text: str
    count: int = 1
    further: list[str] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.file, self.sheet, self.cell)


@dataclass(slots=True)
class Skipped:
    """Rows that the import passed over, and why: those of other organisations are no fault. `sheets` are (file, sheet) of each."""

    why: str
    number: int
    sheets: dict[tuple[str, str], None] = field(default_factory=dict)


class Report:
    """Collects the messages of one import. The same thing said twice of one sheet is told once, with a count.

    `files` are the names of all that came in, so that what concerns every one of them can say so.
    """

    def __init__(self, files: Iterable[str] = ()) -> None:
        self._files = frozenset(files)
        self._concerned: dict[tuple[Severity, str], set[str]] = {}
        self._messages: dict[tuple[str, str, Severity, str], Message] = {}
        self._skipped: dict[str, Skipped] = {}
        self._numbers: Counter[Severity] = Counter()
        self.untold = 0

    def error(self, place: Place, text: str) -> None:
        self._add(place, Severity.ERROR, text)

    def warning(self, place: Place, text: str) -> None:
        self._add(place, Severity.WARNING, text)

    def note(self, place: Place, text: str) -> None:
        self._add(place, Severity.NOTE, text)

    def together(self, severity: Severity, place: Place, text: str) -> None:
        """Say once of the whole import what may concern several of its files; each is named, or all."""
        concerned = self._concerned.setdefault((severity, text), set())
        if not concerned:
            self._add(place, severity, text, apart=False)
        concerned.add(place.file)

    def skip(self, place: Place | None, number: int, why: str) -> None:
        """Count rows that were passed over."""
        if number <= 0:
            return
        held = self._skipped.setdefault(why, Skipped(why, 0))
        held.number += number
        if place is not None:
            held.sheets[place.file, place.sheet] = None

    def where_skipped(self, skip: Skipped) -> Place:
        """The sheet that the rows stand in, or the file or files."""
        if len(skip.sheets) == 1:
            [(file, sheet)] = skip.sheets
            return Place(file, sheet)
        return Place(self._named({file for file, _ in skip.sheets}))

    def _named(self, concerned: set[str]) -> str:
        """The files by name, or how many they are."""
        if len(concerned) > 1 and concerned == self._files:
            return "all files"
        names = sorted(concerned)
        more = len(names) - FILES_NAMED
        return ", ".join(names[:FILES_NAMED]) + (
            f" and {more} more {'file' if more == 1 else 'files'}" if more > 0 else ""
        )

    @property
    def messages(self) -> list[Message]:
        """The messages in the order in which they were first given."""
        for (severity, text), concerned in self._concerned.items():
            held = self._messages.get(("", "", severity, text))
            if held is not None and len(concerned) > 1:
                held.file, held.sheet, held.cell = self._named(concerned), "", ""
        return list(self._messages.values())

    @property
    def skips(self) -> list[Skipped]:
        return list(self._skipped.values())

    @property
    def skipped(self) -> int:
        """How many rows were passed over, whatever the reason."""
        return sum(skip.number for skip in self._skipped.values())

    def number(self, severity: Severity) -> int:
        """How many messages of a severity were given, repeated and untold ones among them."""
        return self._numbers[severity]

    @property
    def errors(self) -> list[Message]:
        return [message for message in self.messages if message.severity is Severity.ERROR]

    def _add(self, place: Place, severity: Severity, text: str, *, apart: bool = True) -> None:
        self._numbers[severity] += 1
        key = (place.file, place.sheet, severity, text) if apart else ("", "", severity, text)
        held = self._messages.get(key)
        if held is not None:
            held.count += 1
            if place.cell and len(held.further) < FURTHER_CELLS and place.cell != held.cell:
                held.further.append(place.cell)
        elif len(self._messages) < DISTINCT_MESSAGES:
            self._messages[key] = Message(place.file, place.sheet, place.cell, severity, text)
        else:
            self.untold += 1
