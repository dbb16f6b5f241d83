"""Where a published figure belongs in a plan. Pure: it is handed what the plan holds.

- A figure of the commissioner belongs to the lines for the whole commissioner of the measures that its series feeds; a figure of a
  provider to that provider's lines; one of a specialty to the line of that specialty, where there is one.
- A table of one's own names the measure's code instead of a series.
- Where the plan follows the measure but has no such line for the commissioner or the provider, a new line is proposed. A line is
  never proposed for figures that are all nought or absent, nor for a specialty.
- Months and quarters never share a line: a figure of another frequency than its line's is refused.
- Where a forerunner's figure and today's organisation's own fall on the same month, the own one stands: the forerunner was another
  organisation then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from activity.imports.figures import DelayFigure, Figure
from activity.imports.ground import Aimed, Aims, Ground, KnownLine, KnownMeasure, ReadingKey, exact
from opplan.calc.ratios import Fault, Kind, fault_of
from opplan.imports.report import Place, Report, Severity
from opplan.plans.queries import Known
from opplan.web.formats import month as month_name

QUARTERLY: Final = frozenset({"cancer", "beds"})
"""The published series that count quarters, by the first word of their names."""
ABOVE_ITS_DENOMINATOR: Final = frozenset({"beds.occupied"})
"""Series whose numerator may pass the denominator: more beds are occupied than available now and then, and it is published so."""
FAULTS: Final = {
    Fault.BELOW_NOUGHT: "the figure is below nought",
    Fault.NOT_WHOLE: "the line counts whole ones and the figure is not whole",
    Fault.NUMERATOR_IN_PARTS: "the numerator is not a number that the measure counts in: whole, or halves for cancer waits",
    Fault.DENOMINATOR_IN_PARTS: "the denominator is not a number that the measure counts in: whole, or halves for cancer waits",
    Fault.NUMERATOR_MISSING: "the numerator is missing",
    Fault.DENOMINATOR_MISSING: "the line needs a denominator and the file gives none",
    Fault.DENOMINATOR_NOT_POSITIVE: "the denominator is nought",
    Fault.NUMERATOR_ABOVE: "the numerator is above the denominator, so the percentage would pass 100",
    Fault.DENOMINATOR_UNUSED: "the line is a count, and a count has no denominator",
}
RANKS: Final = {"own": 0, "local_authority": 1, "former": 2}
MOST_CODES_NAMED = 20
_EXACT = Decimal("0.0001")


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
        self.told: set[tuple[str, str]] = set()
        self.skips: dict[str, int] = defaultdict(int)
        self.unknown: dict[str, str] = {}
        self.places: dict[int, str] = {}

    def aimed(self, figures: Iterable[Figure | DelayFigure]) -> Aims:
        for figure in figures:
            known = self.ground.codes.get(figure.organisation)
            if known is None:
                self.skips["figures of organisations that the plan does not follow"] += 1
                continue
            if known.kind != "own" and (known.code, figure.place.file) not in self.told:
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
        """Say once that a code is read as another organisation's, and in which files."""
        self.told.add((known.code, place.file))
        what = "is read as" if known.kind == "former" else "is taken for"
        text = f"{known.code} {what} {known.own_code}, {known.short_name}. {known.note}".strip()
        self.report.together(Severity.NOTE, place, text)

    def _require_a_number(self) -> None:
        """An error where no figure at all has a number: a workbook whose formulas were never worked out looks like that."""
        aimed = [*self.found.readings.values(), *(one for held in self.aimed_at_new.values() for _, one in held)]
        if aimed and not self.found.delays and all(one.status == "missing" for one in aimed):
            for one in aimed:
                self.report.together(
                    Severity.ERROR,
                    one.place,
                    "not one figure for this plan has a number: the cells are blank, withheld, or formulas that were never worked "
                    "out. Open the file in Excel and save it, so that the formulas have values, or leave it out",
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
        if name in self.unknown or len(self.unknown) < MOST_CODES_NAMED:
            written = self.unknown.setdefault(name, figure.measure[:40])
            self.report.together(
                Severity.WARNING, figure.place, f"“{written}” is no measure of the plan's round; its rows are not taken"
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
            fault = fault_of(line.measure.kind, numerator, denominator, line.measure.counted)
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
