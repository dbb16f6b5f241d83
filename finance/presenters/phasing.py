"""The planned months of a scheme now and as they would be, and in a sentence what moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance.queries.phasing import PlannedYear
from opplan.web import formats
from opplan.web.formats import counted, plain

NAMES = {"planned_saving": "saving", "planned_investment": "investment"}


@dataclass(frozen=True)
class PreviewRow:
    month: str
    now: str
    then: str
    difference: str
    closed: bool


@dataclass(frozen=True)
class Preview:
    """One figure's months now and as they would be, in full pounds."""

    title: str
    rows: Sequence[PreviewRow]
    total: PreviewRow
    carried: str


def preview_of(year: PlannedYear) -> Preview:
    """The table of a previewed year; what is carried stands under it."""
    rows = [
        PreviewRow(
            formats.month(one.month),
            formats.number(one.now),
            formats.number(one.then),
            "" if one.closed else formats.number(one.difference, signed=True),
            one.closed,
        )
        for one in year.months
    ]
    total = PreviewRow(
        "Year",
        formats.number(year.now),
        formats.number(year.then),
        formats.number(year.then - year.now, signed=True),
        closed=False,
    )
    return Preview(f"Planned {NAMES[year.figure]}", rows, total, formats.number(year.carried) if year.carried else "")


def phasing_finding(year: PlannedYear) -> str:
    """How many months would change, and what becomes of the year."""
    would = counted(len(year.changed), "month would change", "months would change")
    stays = year.now == year.then
    of = f"the year’s {NAMES[year.figure]} " + (
        f"stays {formats.pounds(year.then)}"
        if stays
        else f"goes from {formats.pounds(year.now)} to {formats.pounds(year.then)}"
    )
    return f"{would[:1].upper()}{would[1:]}; {of}. {kept_words(year)}".strip()


def kept_words(year: PlannedYear) -> str:
    """What closed months keep; nothing where none is closed."""
    closed = [one.month for one in year.months if one.closed]
    if not closed:
        return ""
    if len(closed) == 1:
        return f"{formats.month(closed[0])} is closed and keeps {formats.pounds(year.kept)}."
    return f"{formats.month(closed[0])} to {formats.month(closed[-1])} are closed and keep {formats.pounds(year.kept)}."


def start_finding(years: Sequence[PlannedYear], steps: int, following: str) -> str:
    """How far the start moves, what is lost this year, and what is carried to the next."""
    if not steps:
        return "That is when it starts already: nothing would move."
    way = f"{counted(abs(steps), 'month')} {'later' if steps > 0 else 'earlier'}"
    saving = years[0]
    words = f"{way[:1].upper()}{way[1:]}: "
    planned = formats.pounds(saving.now)
    if saving.carried:
        lost = formats.pounds(saving.carried)
        words += f"{lost} of the {planned} planned would be lost this year and carried to {following}."
    else:
        words += f"the {planned} planned stays within the year."
    return f"{words} {kept_words(saving)}".strip()


def seen(years: Sequence[PlannedYear], *more: date | None) -> str:
    """What a preview says is planned now and would be: carried by the page, so that nobody accepts what they have not seen."""
    months = [
        [year.figure, f"{one.month:%Y-%m}", _typed(one.now), _typed(one.then)] for year in years for one in year.months
    ]
    return json.dumps([*months, [str(one) for one in more]], separators=(",", ":"))


def _typed(value: Decimal | None) -> str:
    return "none" if value is None else plain(value)
