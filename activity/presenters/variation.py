"""The grid of all lines by what their charts find, and the page on which a chart's settings are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from activity.presenters.spc import SpcBrief, exact_decimal, spc_brief
from activity.presenters.words import cell, standard_of, whose_of
from activity.queries import Series, VariationEntry
from opplan.calc.rag import Judgement
from opplan.calc.ratios import Kind
from opplan.calc.spc import Figure, PointType
from opplan.web import formats
from opplan.web.formats import counted
from opplan.web.reasons import WORD, sentence
from opplan.web.variation import ASSURED, VariationMark, disagreement, marks_of

Url = Callable[..., str]

VARIATIONS = {
    "improving": "Improving",
    "common": "Common cause",
    "concern": "Concern",
    "unusual": "Unusual",
    "few": "Too few points",
}
ASSURANCES = {"meet": "Will meet", "maybe": "Hit and miss", "miss": "Will miss", "none": "No target, or too few points"}
KINDS = {
    PointType.IMPROVEMENT: "improving",
    PointType.CONCERN: "concern",
    PointType.COMMON: "common",
    PointType.NEUTRAL_HIGH: "unusual",
    PointType.NEUTRAL_LOW: "unusual",
}
WORDS = {mark.words: name for name, mark in zip(("meet", "miss", "maybe"), ASSURED.values(), strict=True)}


@dataclass(frozen=True)
class GridRow:
    """A line of the grid, ready to be shown."""

    reference: str
    name: str
    whose: str
    url: str
    area: str
    variation: VariationMark | None
    assurance: VariationMark | None
    brief: SpcBrief
    basis: str
    target: str
    judgement: Judgement
    reason: str
    differs: str
    kind: str
    assured: str


@dataclass(frozen=True)
class Count:
    """A cell of the small table that counts lines by both icons: how many, and the address that shows them alone."""

    number: int
    url: str
    label: str
    current: bool


@dataclass(frozen=True)
class Tally:
    """A row of the small table."""

    words: str
    symbol: str
    cells: Sequence[Count]


def grid_rows(entries: Sequence[VariationEntry], url: Url) -> list[GridRow]:
    """The lines that hold any figure, by area; within an area as the catalogue has them."""
    held = [one for one in entries if one.variation.found.latest is not None]
    areas = list(dict.fromkeys(one.position.area for one in held))
    return [_row(one, url) for one in sorted(held, key=lambda one: areas.index(one.position.area))]


def _row(entry: VariationEntry, url: Url) -> GridRow:
    position, found = entry.position, entry.variation.found
    variation, assurance = marks_of(found)
    target = standard_of(position)
    return GridRow(
        reference=position.reference,
        name=position.short_name,
        whose=whose_of(position),
        url=f"{url('activity:line', reference=position.reference)}#h-spc",
        area=position.area,
        variation=variation,
        assurance=assurance,
        brief=spc_brief(entry.variation, position.kind, "" if position.kind == Kind.PERCENTAGE else position.unit),
        basis=entry.variation.basis,
        target=target,
        judgement=position.judgement,
        reason=sentence(position.judgement),
        differs=disagreement(position.judgement.rating, found.variation, found.assurance, target=target or "its target")
        if variation
        else "",
        kind=KINDS[found.variation] if variation and found.variation else "few",
        assured=WORDS[assurance.words] if assurance else "none",
    )


def narrowed(rows: Sequence[GridRow], asked: Mapping[str, str]) -> list[GridRow]:
    """The rows that have the icons asked for. An unknown one matches nothing."""
    return [
        row
        for row in rows
        if asked.get("variation", "") in ("", row.kind)
        and asked.get("assurance", "") in ("", row.assured)
        and asked.get("area", "") in ("", row.area)
    ]


DOWNLOAD_HEADS = (
    "Reference", "Code", "Measure", "Whose", "Area", "Unit", "Period", "Latest", "Basis", "Mean", "Lower limit", "Upper limit",
    "Limits", "Variation", "Finding", "Target", "Assurance", "Against target", "Rating", "Why",
)  # fmt: skip


def variation_cells(entries: Sequence[VariationEntry], rows: Sequence[GridRow]) -> list[list[Any]]:
    """The rows as cells, figures as figures. Limits stand where there are points enough for them."""
    held = {entry.position.reference: entry for entry in entries}
    return [_cells(held[row.reference], row) for row in rows]


def _cells(entry: VariationEntry, row: GridRow) -> list[Any]:
    position, found = entry.position, entry.variation.found
    last = found.held[-1]
    limits = found.latest.limits if row.variation and found.latest else None
    drawn = [limits.mean, limits.lower, limits.upper] if limits else [None] * 3
    return [
        position.reference, position.code, position.name, position.title, position.area, position.unit,
        f"{last.period:%Y-%m-%d}" if position.frequency == "week" else f"{last.period:%Y-%m}", _figure(last.value), row.basis,
        *map(_figure, drawn), row.brief.trial and f"trial: {row.brief.trial}", VARIATIONS[row.kind], row.brief.finding,
        cell(position.standard), ASSURANCES[row.assured], row.brief.against, WORD[row.judgement.rating], row.reason,
    ]  # fmt: skip


def _figure(value: Figure | None) -> Decimal | str:
    return cell(None if value is None else exact_decimal(value))


def by_area(rows: Sequence[GridRow]) -> list[tuple[str, list[GridRow]]]:
    return [(area, list(within)) for area, within in groupby(rows, key=lambda row: row.area)]


def tallies(rows: Sequence[GridRow], asked: Mapping[str, str], url: Url) -> list[Tally]:
    """How many lines have each pair of icons, each number an address that shows those lines."""
    numbers = Counter((row.kind, row.assured) for row in rows)
    kinds = [kind for kind in VARIATIONS if any(row.kind == kind for row in rows)]
    symbols = {row.kind: row.variation.symbol for row in rows if row.variation}
    return [
        Tally(
            VARIATIONS[kind],
            symbols.get(kind, ""),
            [
                Count(
                    numbers[kind, assured],
                    url("activity:variation", {"variation": kind, "assurance": assured}),
                    f"{VARIATIONS[kind]}, {words[:1].lower()}{words[1:]}",
                    (asked.get("variation"), asked.get("assurance")) == (kind, assured),
                )
                for assured, words in ASSURANCES.items()
            ],
        )
        for kind in kinds
    ]


def variation_headline(rows: Sequence[GridRow]) -> str:
    """How many lines get worse, and how many will miss their target as they stand."""
    read = [row for row in rows if row.variation]
    if not read:
        return "No line holds enough months to say whether a change is real"
    worse = sum(1 for row in read if row.kind == "concern")
    miss = sum(1 for row in read if row.assured == "miss")
    targets = sum(1 for row in read if row.assurance)
    words = f"{worse or 'None'} of {counted(len(read), 'line')} with limits {'is' if worse in (0, 1) else 'are'} getting worse"
    if not targets:
        return words
    return f"{words}; {miss or 'none'} of {targets} with a target will miss it as {'it stands' if miss == 1 else 'they stand'}"


def variation_lead(entries: Sequence[VariationEntry], rows: Sequence[GridRow], month: date) -> str:
    """What is too short to be read, and what holds nothing."""
    few = sum(1 for row in rows if not row.variation)
    trial = sum(1 for row in rows if row.variation and row.brief.trial)
    empty = len(entries) - len(rows)
    sentences = [f"Read to {formats.month(month)}, with the readings of earlier years."]
    if trial:
        sentences.append(f"{counted(trial, 'line')} {'has' if trial == 1 else 'have'} trial limits.")
    if few:
        sentences.append(f"{counted(few, 'line')} {'holds' if few == 1 else 'hold'} too few months for limits.")
    if empty:
        sentences.append(
            f"{counted(empty, 'line')} {'holds' if empty == 1 else 'hold'} no figure and {'is' if empty == 1 else 'are'} left out."
        )
    return " ".join(sentences)


def asked_in_words(asked: Mapping[str, str]) -> str:
    """The filter in words."""
    names = [VARIATIONS.get(asked.get("variation", ""), ""), ASSURANCES.get(asked.get("assurance", ""), "")]
    return ", ".join(filter(None, [asked.get("area", ""), *(name[:1].lower() + name[1:] for name in names)]))


def period_words(period: date, *, weekly: bool) -> str:
    """September 2016; a week by its day."""
    return formats.day(period) if weekly else formats.month(period)


def period_choices(series: Series, *, weekly: bool) -> list[tuple[str, str]]:
    """The periods from which limits can be drawn anew: every one but the first, latest first."""
    return [(f"{period:%Y-%m-%d}", period_words(period, weekly=weekly)) for period, _ in reversed(series[1:])]
