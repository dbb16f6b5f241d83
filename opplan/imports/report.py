"""What an import says of the files that it read: errors, warnings and notes, each with the file, sheet and cell that it is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

DISTINCT_MESSAGES = 1_000
"""How many different messages a report keeps. A file that is wrong in more ways is wrong as a whole; the rest are counted."""

FURTHER_CELLS = 9
"""How many more cells a message names after its first."""


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
        return ", ".join(part for part in (self.file, self.sheet, self.cell) if part)


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
    """Rows that the import passed over, and why: those of other organisations are no fault."""

    why: str
    number: int
    place: Place | None


class Report:
    """Collects the messages of one import. The same thing said twice of one sheet is told once, with a count."""

    def __init__(self) -> None:
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

    def skip(self, place: Place | None, number: int, why: str) -> None:
        """Count rows that were passed over."""
        if number <= 0:
            return
        held = self._skipped.get(why)
        if held is None:
            self._skipped[why] = Skipped(why, number, place)
        else:
            held.number += number

    @property
    def messages(self) -> list[Message]:
        """The messages in the order in which they were first given."""
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
        return [message for message in self._messages.values() if message.severity is Severity.ERROR]

    def _add(self, place: Place, severity: Severity, text: str) -> None:
        self._numbers[severity] += 1
        key = (place.file, place.sheet, severity, text)
        held = self._messages.get(key)
        if held is not None:
            held.count += 1
            if place.cell and len(held.further) < FURTHER_CELLS and place.cell != held.cell:
                held.further.append(place.cell)
        elif len(self._messages) < DISTINCT_MESSAGES:
            self._messages[key] = Message(place.file, place.sheet, place.cell, severity, text)
        else:
            self.untold += 1
