"""Where a published figure belongs in a plan, and what it would change there. Pure: it is handed what the plan holds.

- A figure of the commissioner belongs to the lines for the whole commissioner of the measures that its series feeds; a figure of a
  provider to that provider's lines; one of a specialty to the line of that specialty, where there is one.
- A table of one's own names the measure's code instead of a series.
- Where the plan follows the measure but has no such line for the commissioner or the provider, a new line is proposed. A line is
  never proposed for figures that are all nought or absent, nor for a specialty.
- Months and quarters never share a line: a figure of another frequency than its line's is refused.
- Where a forerunner's figure and today's organisation's own fall on the same month, the own one stands: the forerunner was another
  organisation then.
- A closed month keeps what it reported, its figures and also that a figure which was due is absent: whatever would change it is
  refused. What the plan was not due to report in that month may be added.
- An absent figure never takes the place of one that is held.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from activity.imports.figures import DelayFigure, Figure
from opplan.calc.ratios import Fault, Kind, fault_of
from opplan.imports.report import Place, Report
from opplan.plans.queries import Known
from opplan.web.formats import month as month_name

QUARTERLY: Final = frozenset({"cancer", "beds"})
"""The published series that count quarters, by the first word of their names."""
ABOVE_ITS_DENOMINATOR: Final = frozenset({"beds.occupied"})
"""Series whose numerator may pass the denominator: more beds are occupied than available now and then, and it is published so."""
FAULTS: Final = {
    Fault.BELOW_NOUGHT: "the figure is below nought",
    Fault.NOT_WHOLE: "the line counts whole ones and the figure is not whole",
    Fault.NUMERATOR_MISSING: "the numerator is missing",
    Fault.DENOMINATOR_MISSING: "the line needs a denominator and the file gives none",
    Fault.DENOMINATOR_NOT_POSITIVE: "the denominator is nought",
    Fault.NUMERATOR_ABOVE: "the numerator is above the denominator, so the percentage would pass 100",
    Fault.DENOMINATOR_UNUSED: "the line is a count, and a count has no denominator",
}
RANKS: Final = {"own": 0, "local_authority": 1, "former": 2}
MOST_CODES_NAMED = 20
_EXACT = Decimal("0.0001")


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


def aims(figures: Iterable[Figure | DelayFigure], ground: Ground, report: Report) -> Aims:
    """The row that each figure is for. What has none is counted in the report with the reason; two files that disagree are errors."""
    return _Aiming(ground, report).aimed(figures)


class _Aiming:
    """One pass over the figures."""

    def __init__(self, ground: Ground, report: Report) -> None:
        self.ground = ground
        self.report = report
        self.found = Aims()
        self.by_feed: dict[tuple[str, str, int | None, str], list[KnownLine]] = defaultdict(list)
        self.by_code: dict[tuple[str, str, int | None, str], list[KnownLine]] = defaultdict(list)
        for line in ground.lines:
            where = line.scope, line.provider if line.scope != "whole" else None, _plain(line.specialty)
            if line.measure.feed:
                self.by_feed[(line.measure.feed, *where)].append(line)
            self.by_code[(line.measure.code.upper(), *where)].append(line)
        self.feeds: dict[str, KnownMeasure] = {}
        self.codes: dict[str, KnownMeasure] = {}
        for measure in ground.measures:
            if measure.feed:
                self.feeds.setdefault(measure.feed, measure)
            self.codes[measure.code.upper()] = measure
        self.references = set(ground.references)
        self.targets: dict[tuple[str, str, str, str], list[KnownLine]] = {}
        self.aimed_at_new: dict[str, list[tuple[ReadingKey, Aimed]]] = {}
        self.told: set[str] = set()
        self.skips: dict[str, int] = defaultdict(int)
        self.unknown: dict[str, Place] = {}
        self.places: dict[int, str] = {}

    def aimed(self, figures: Iterable[Figure | DelayFigure]) -> Aims:
        for figure in figures:
            known = self.ground.codes.get(figure.organisation)
            if known is None:
                self.skips["figures of organisations that the plan does not follow"] += 1
                continue
            if known.kind != "own" and known.code not in self.told:
                self._tell(known, figure.place)
            if isinstance(figure, DelayFigure):
                self._delay(figure, known)
            else:
                self._reading(figure, known)
        self._require_a_number()
        self._propose()
        for why, number in self.skips.items():
            self.report.skip(None, number, why)
        return self.found

    def _tell(self, known: Known, place: Place) -> None:
        """Say once that a code is read as another organisation's."""
        self.told.add(known.code)
        what = "is read as" if known.kind == "former" else "is taken for"
        self.report.note(place, f"{known.code} {what} {known.own_code}, {known.short_name}. {known.note}".strip())

    def _require_a_number(self) -> None:
        """An error where no figure at all has a number: a workbook whose formulas were never worked out looks like that."""
        aimed = [*self.found.readings.values(), *(one for held in self.aimed_at_new.values() for _, one in held)]
        if aimed and not self.found.delays and all(one.status == "missing" for one in aimed):
            self.report.error(
                aimed[0].place,
                "not one figure for this plan has a number: the cells are blank, withheld, or formulas that were never worked out. "
                "Open the file in Excel and save it, so that the formulas have values, or leave it out",
            )

    # Delays

    def _delay(self, figure: DelayFigure, known: Known) -> None:
        key = self._place_of(known), figure.period, figure.cut, figure.care, figure.body, figure.reason[:80]
        aimed = Aimed(
            _to_store(figure.days), _to_store(figure.patients), "final", figure.place, known.code, RANKS[known.kind],
            figure.published,
        )  # fmt: skip
        self._settle(self.found.delays, key, aimed)

    def _place_of(self, known: Known) -> str:
        """Under which code delays are kept: a local authority's first, so that its two codes are one place; else today's code."""
        if known.kind != "local_authority":
            return known.own_code
        if known.organisation not in self.places:
            same = [
                one.code
                for one in self.ground.codes.values()
                if one.organisation == known.organisation and one.kind == known.kind
            ]
            self.places[known.organisation] = min(same)
        return self.places[known.organisation]

    # Readings

    def _reading(self, figure: Figure, known: Known) -> None:
        name = figure.feed or figure.measure.upper()
        sought = name, "" if figure.feed else "code", known.code, figure.specialty
        lines = self.targets.get(sought)
        if lines is None:
            lines = self.targets[sought] = self._lines(figure, known, name)
        for line in lines:
            aimed = self._fitted(figure, known, line)
            if line.key is None:
                self.aimed_at_new.setdefault(line.reference, []).append(((line.reference, figure.period), aimed))
                continue
            self.found.lines[line.reference] = line
            self._settle(self.found.readings, (line.reference, figure.period), aimed)
        if not lines:
            self.skips[self._why_none(figure, known, name)] += 1

    def _lines(self, figure: Figure, known: Known, name: str) -> list[KnownLine]:
        """The lines that the figure is for: those held, or one that is proposed, or none."""
        index = self.by_feed if figure.feed else self.by_code
        whole = known.organisation == self.ground.organisation
        provider = None if whole else known.organisation
        if figure.specialty:
            return list(index.get((name, "specialty", provider, _plain(figure.specialty)), ()))
        held = index.get((name, "whole", None, "") if whole else (name, "provider", provider, ""), [])
        if held:
            return self._plainest(held)
        measure = (self.feeds if figure.feed else self.codes).get(name)
        if measure is None:
            return []
        frequency = self._frequency(figure) or measure.frequency
        reference = self._free_reference(measure.code if whole else f"{measure.code}-{known.own_code}")
        # A second code of the same organisation fills the same proposed line.
        for lines in self.targets.values():
            for line in lines:
                if line.key is None and (line.measure, line.provider) == (measure, provider):
                    return [line]
        self.references.add(reference.upper())
        title = known.short_name if not whole else ""
        return [
            KnownLine(None, reference, title, measure, "whole" if whole else "provider", provider, "", frequency)
        ]  # fmt: skip

    def _plainest(self, lines: list[KnownLine]) -> list[KnownLine]:
        """One line a measure: where the plan has several of the same kind, the one that bears the measure's own code."""
        chosen: dict[int, KnownLine] = {}
        for line in sorted(lines, key=lambda line: (line.reference != line.measure.code, line.reference)):
            chosen.setdefault(line.measure.key, line)
        return list(chosen.values())

    def _free_reference(self, wanted: str) -> str:
        """A reference that no line of the plan has."""
        wanted = wanted[:36]
        number, free = 1, wanted
        while free.upper() in self.references:
            number += 1
            free = f"{wanted}-{number}"
        return free

    def _why_none(self, figure: Figure, known: Known, name: str) -> str:
        if figure.specialty:
            return "figures of a specialty or group for which the plan has no line"
        if figure.feed:
            return f"figures of the series {name}, which no measure of the plan's round follows"
        if name not in self.unknown and len(self.unknown) < MOST_CODES_NAMED:
            self.unknown[name] = figure.place
            self.report.warning(
                figure.place, f"“{figure.measure[:40]}” is no measure of the plan's round; its rows are not taken"
            )
        return "rows of measures that the plan's round does not have"

    def _frequency(self, figure: Figure) -> str:
        """How often the series counts; "" where a table of one's own does not say."""
        if not figure.feed:
            return ""
        return "quarter" if figure.feed.partition(".")[0] in QUARTERLY else "month"

    def _fitted(self, figure: Figure, known: Known, line: KnownLine) -> Aimed:
        """The figure as the line stores it, or refused with the reason."""
        numerator, denominator, status = _to_store(figure.numerator), _to_store(figure.denominator), figure.status
        if line.measure.kind is Kind.COUNT and figure.feed:
            denominator = None
        if numerator == 0 and denominator == 0:
            numerator, denominator, status = None, None, "not_applicable"
            self.report.note(
                figure.place, "0 of 0: nobody was counted, so that there is no percentage; kept as not applicable"
            )
        if numerator is None:
            denominator = None
        aimed = Aimed(
            numerator, denominator, status, figure.place, known.code, RANKS[known.kind], figure.published
        )  # fmt: skip
        frequency = self._frequency(figure)
        if frequency and frequency != line.frequency:
            aimed.refusal = (
                f"the figures are by {frequency} and the line {line.reference} is by {line.frequency}: they never mix"
            )
        elif _off_beat(figure.period, line.frequency):
            opens = f"{month_name(figure.period)} does not open a {line.frequency}"
            aimed.refusal = f"{opens}, and the line {line.reference} is by {line.frequency}"
        else:
            fault = fault_of(line.measure.kind, numerator, denominator)
            if fault is not None and not (fault is Fault.NUMERATOR_ABOVE and figure.feed in ABOVE_ITS_DENOMINATOR):
                aimed.refusal = FAULTS[fault]
                self.report.error(figure.place, f"{line.reference}, {month_name(figure.period)}: {FAULTS[fault]}")
        return aimed

    def _propose(self) -> None:
        """Keep the proposed lines that would hold a figure above nought."""
        proposed = {line.reference: line for lines in self.targets.values() for line in lines if line.key is None}
        for reference, aimed in self.aimed_at_new.items():
            if not any(one.numerator for _, one in aimed):
                self.skips["figures that are all nought or absent, for which no line is added"] += len(aimed)
                continue
            self.found.lines[reference] = proposed[reference]
            for key, one in aimed:
                self._settle(self.found.readings, key, one)

    def _settle(self, held: dict, key: tuple, aimed: Aimed) -> None:
        """Take the figure for its row; where there is one already, decide between the two or say that they disagree."""
        earlier = held.setdefault(key, aimed)
        if earlier is aimed:
            return
        if earlier.rank != aimed.rank:
            first, second = sorted((earlier, aimed), key=lambda one: one.rank)
            held[key] = first
            self.skips[f"figures under {second.code} of months for which {first.code} has its own"] += 1
            return
        named = ", ".join(month_name(part) if isinstance(part, date) else str(part) for part in key if part)
        if earlier.values == aimed.values:
            self.report.note(
                aimed.place,
                f"{named} is given again with the same figures (first at {earlier.place}); it is counted once",
            )
            return
        if earlier.published and aimed.published and earlier.published != aimed.published:
            late, early = sorted((earlier, aimed), key=lambda one: one.published or date.min, reverse=True)
            held[key] = late
            self.report.warning(
                late.place,
                f"{named}: the publication of {late.published:%-d %B %Y} revises that of {early.published:%-d %B %Y} "
                f"({early.place}); the later one is taken",
            )
            return
        earlier.refusal = f"two files disagree: {earlier.place} and {aimed.place}"
        self.report.error(
            aimed.place,
            f"{named}: {_said(aimed)} here, {_said(earlier)} at {earlier.place}. Neither says that it is the later publication; "
            "leave one of the files out",
        )


def _said(aimed: Aimed) -> str:
    if aimed.numerator is None:
        return aimed.status.replace("_", " ")
    return f"{exact(aimed.numerator)}" + (f" of {exact(aimed.denominator)}" if aimed.denominator is not None else "")


def _to_store(value: Decimal | None) -> Decimal | None:
    """The figure to the four places that the database holds."""
    if value is None or value == value.to_integral_value():
        return value
    return value.quantize(_EXACT)


def _plain(specialty: str) -> str:
    """A specialty's name as it is compared: “Trauma & Orthopaedics” is “Trauma and Orthopaedics”."""
    return re.sub(r"[^a-z0-9]+", "", specialty.lower().replace("&", "and"))


def _off_beat(period: date, frequency: str) -> bool:
    """Whether the month does not open a quarter or year that the line counts."""
    return period.month % 3 != 1 if frequency == "quarter" else frequency == "year" and period.month != 4


def effects(
    found: Aims,
    readings: Mapping[ReadingKey, HeldReading],
    delays: Mapping[DelayKey, HeldDelay],
    ground: Ground,
    report: Report,
) -> list[Effect]:
    """What each figure would do to what the plan holds, in the order of the files."""
    listed: list[Effect] = []
    kept = 0
    for key, aimed in found.readings.items():
        effect = _on_reading(found.lines[key[0]], key[1], aimed, readings.get(key), ground.closed)
        if effect is None:
            kept += 1
            report.warning(
                aimed.place, f"{key[0]}, {month_name(key[1])}: the file has no figure; what the plan holds stays"
            )
        else:
            listed.append(effect)
    report.skip(None, kept, "absent figures that would take the place of what the plan holds")
    for delay, aimed in found.delays.items():
        listed.append(_on_delay(delay, aimed, delays.get(delay), ground.closed))
    _tell_what_is_gone(found, delays, report)
    return listed


def _on_reading(
    line: KnownLine, period: date, aimed: Aimed, held: HeldReading | None, closed: AbstractSet[date]
) -> Effect | None:
    """None where an absent figure would take the place of what is held or, in a closed month, was reported."""
    was = (
        (held.numerator, held.denominator, held.status)
        if held and (held.numerator is not None or held.status)
        else None
    )
    effect = Effect(Outcome.SAME, line, None, period, was, aimed.values, aimed.place)
    if aimed.refusal:
        effect.outcome, effect.reason = Outcome.REFUSED, aimed.refusal
        return effect
    if was == aimed.values:
        return effect
    if aimed.numerator is None and held is not None and (held.numerator is not None or period in closed):
        return None
    if period in closed and held is not None and (was is not None or held.planned):
        effect.outcome, effect.reason = Outcome.REFUSED, _closed(period)
        return effect
    effect.outcome = Outcome.NEW if was is None or was[0] is None else Outcome.CHANGED
    if effect.outcome is Outcome.CHANGED and held is not None and held.basis == "entered":
        effect.entered = held.source or "Entered in opplan"
    return effect


def _on_delay(key: DelayKey, aimed: Aimed, held: HeldDelay | None, closed: AbstractSet[date]) -> Effect:
    was = (held.days, held.patients, held.status) if held else None
    will = aimed.values
    if held is not None and aimed.denominator is None:
        will = (aimed.numerator, held.patients, aimed.status)
    effect = Effect(Outcome.SAME, None, key, key[1], was, will, aimed.place)
    if aimed.refusal:
        effect.outcome, effect.reason = Outcome.REFUSED, aimed.refusal
    elif was is None:
        effect.outcome = Outcome.NEW
    elif was != will:
        effect.outcome = Outcome.CHANGED
        if key[1] in closed:
            effect.outcome, effect.reason = Outcome.REFUSED, _closed(key[1])
    return effect


def _closed(month: date) -> str:
    return f"{month_name(month)} is closed. Ask the programme office or the finance lead to reopen it."


def _tell_what_is_gone(found: Aims, delays: Mapping[DelayKey, HeldDelay], report: Report) -> None:
    """Say which categories of a cut the plan holds and the file no longer has."""
    given = {key[:3]: aimed.place for key, aimed in found.delays.items()}
    for key in delays.keys() - found.delays.keys():
        if key[:3] in given and delays[key].days:
            what = " ".join(part for part in key[3:] if part)
            report.warning(
                given[key[:3]],
                f"{key[0]}, {month_name(key[1])}: “{what}” is held and is not in the file; what is held stays",
            )
