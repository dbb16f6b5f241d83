"""What files of figures are matched against, and what becomes of each figure, in plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from opplan.calc.ratios import Counted, Kind
from opplan.imports.report import Place, Report
from opplan.plans.queries import Known


class Outcome(StrEnum):
    """What would become of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class KnownMeasure:
    """A measure of the plan's round, as far as matching needs it."""

    key: int
    code: str
    short_name: str
    feed: str
    kind: Kind
    frequency: str
    counted: Counted = Counted.WHOLE


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line of the plan, or one that the import proposes (then `key` is None)."""

    key: int | None
    reference: str
    title: str
    measure: KnownMeasure
    scope: str
    provider: int | None
    specialty: str
    frequency: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What files are matched against: the plan's organisation, the codes by which files may know it and its providers, its
    measures, lines and closed months."""

    organisation: int
    codes: Mapping[str, Known]
    measures: Collection[KnownMeasure]
    lines: Collection[KnownLine]
    references: AbstractSet[str]
    closed: AbstractSet[date]
    last: date = date.max
    """The last month of the plan's year."""

    @property
    def wanted(self) -> frozenset[str]:
        """The codes whose rows are read."""
        return frozenset(self.codes)


@dataclass(slots=True)
class Aimed:
    """A figure with the row that it is for."""

    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    place: Place
    code: str
    rank: int
    published: date | None
    refusal: str = ""

    @property
    def values(self) -> tuple[Decimal | None, Decimal | None, str]:
        return self.numerator, self.denominator, self.status


ReadingKey = tuple[str, date]
"""A line's reference and the period."""
DelayKey = tuple[str, date, str, str, str, str]
"""Place, period, cut, care, body and reason."""


@dataclass(slots=True)
class Aims:
    """Every figure with the row that it is for; `lines` by reference, those proposed among them."""

    lines: dict[str, KnownLine] = field(default_factory=dict)
    readings: dict[ReadingKey, Aimed] = field(default_factory=dict)
    delays: dict[DelayKey, Aimed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldReading:
    """What the plan holds of a line's period. `planned` says whether a figure was due."""

    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    planned: bool
    basis: str
    source: str
    key: int | None = None


@dataclass(frozen=True, slots=True)
class HeldDelay:
    """What the plan holds of a category of delays."""

    days: Decimal
    patients: Decimal | None
    status: str


@dataclass(slots=True)
class Effect:
    """A row that an import would write, keep as it is, or is refused: what it was (None where nothing was held) and will be.

    For a delay numerator and denominator stand for days and patients. `entered` is what the held figure says of who typed it in.
    """

    outcome: Outcome
    line: KnownLine | None
    delay: DelayKey | None
    period: date
    was: tuple[Decimal | None, Decimal | None, str] | None
    will: tuple[Decimal | None, Decimal | None, str]
    place: Place
    reason: str = ""
    entered: str = ""
    row: int | None = None
    """The key of the reading's row, where there is one: it may hold a plan alone."""


@dataclass(slots=True)
class Preview:
    """What an import would do, row by row, with the report of the files. `proposed` are the lines that it would add."""

    effects: list[Effect]
    proposed: list[KnownLine]
    report: Report
    unread: int
    """Errors of the files themselves: figures, sheets or files that could not be taken."""

    def number(self, outcome: Outcome) -> int:
        found = sum(1 for effect in self.effects if effect.outcome is outcome)
        return found + self.unread if outcome is Outcome.REFUSED else found

    @property
    def writes(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.outcome in (Outcome.NEW, Outcome.CHANGED)]

    @property
    def refused(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.outcome is Outcome.REFUSED]

    @property
    def fingerprint(self) -> str:
        """Stands for every row that would be written or refused and what it was: another when the stored figures have changed."""
        rows = [
            (
                one.outcome.value,
                one.delay or (one.line and one.line.reference),
                one.period,
                _alike(one.was),
                _alike(one.will),
            )
            for one in self.effects
        ]
        return hashlib.sha256(repr(rows).encode()).hexdigest()


def _alike(
    values: tuple[Decimal | None, Decimal | None, str] | None,
) -> tuple[float | None, float | None, str] | None:
    """A row's values so that 30 and 30.0000 look the same. Figures have at most sixteen digits, which a float tells apart."""
    if values is None:
        return None
    top, bottom, status = values
    return None if top is None else float(top), None if bottom is None else float(bottom), status


def exact(value: Decimal | None) -> str | None:
    """A figure as text without a tail of noughts: 367.5, 5106. None for none."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
