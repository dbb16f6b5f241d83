"""Beds by provider (KH03, quarterly): average daily beds available and occupied, by group of specialties.

The occupied beds are the denominator of the share of delayed transfers. The quarter is taken from its dates, since published
labels slip. Each group is a figure of its own under the group's name, and the provider's is the sum of its groups: the file
prints no total. A figure is a daily average, so quarters are never added. More beds occupied than available is published now
and then, and is kept with a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from datetime import date
from typing import Final

from activity.imports.cells import Gathering, Number, Reader, added, code, day_of, label, text
from activity.imports.figures import Figure
from opplan.calc.months import days_in, next_month
from opplan.imports.files import Book, Sheet
from opplan.imports.report import Report

NAME = "beds"
TITLE = "Beds available and occupied (KH03, quarterly)"

FEED = "beds.occupied"

_NEEDED: Final = ("period_start", "period_end", "org_code", "specialty_group", "beds_available_daily_average")
_OCCUPIED: Final = "beds_occupied_daily_average"
_KNOWN: Final = frozenset({*_NEEDED, _OCCUPIED, "org_name"})


def recognises(book: Book) -> bool:
    return any(_is_beds(sheet) for sheet in book.sheets)


def _is_beds(sheet: Sheet) -> bool:
    return bool(sheet.rows) and {label(cell) for cell in sheet.rows[0]} >= {*_NEEDED, _OCCUPIED}


def read(book: Book, wanted: Set[str], report: Report) -> Iterator[Figure]:
    for sheet in book.sheets:
        if _is_beds(sheet):
            yield from _sheet(Reader(book, sheet, report), wanted)


def _sheet(reader: Reader, wanted: Set[str]) -> Iterator[Figure]:
    report = reader.report
    names = [label(cell) for cell in reader.sheet.rows[0]]
    at = {name: names.index(name) for name in (*_NEEDED, _OCCUPIED)}
    for column, name in enumerate(names):
        if name and name not in _KNOWN:
            report.warning(reader.place(0, column), f"the column “{name}” is not known; it is not read")
    gathering, others = Gathering(report), 0
    seen: dict[tuple[str, date], set[str]] = defaultdict(set)
    spoilt: set[str] = set()
    for row in range(1, len(reader.sheet.rows)):
        organisation = code(reader.cell(row, at["org_code"]))
        if organisation not in wanted:
            others += bool(organisation)
            continue
        group = _group(reader, row, at)
        quarter = _quarter(reader, row, at)
        if quarter is None or not group:
            spoilt.add(organisation)
            continue
        seen[(organisation, quarter)].add(group)
        available = reader.number(row, at["beds_available_daily_average"], "beds available")
        occupied = reader.number(row, at[_OCCUPIED], "beds occupied")
        for figure in _figure(reader, row, at, organisation, quarter, (group, occupied, available)):
            gathering.add(figure)
    report.skip(None, others, "rows of other providers")
    groups = list(gathering.figures())
    yield from groups
    yield from _wholes(reader, groups, {key: named for key, named in seen.items() if key[0] not in spoilt})


def _group(reader: Reader, row: int, at: dict[str, int]) -> str:
    """The row's group of specialties in words, such as "General and acute"; an error when there is none."""
    group = text(reader.cell(row, at["specialty_group"])).replace("_", " ")
    if not group:
        reader.report.error(reader.place(row), "the row names no group of specialties; it is refused")
    return group[:1].upper() + group[1:]


def _quarter(reader: Reader, row: int, at: dict[str, int]) -> date | None:
    """The first month of the row's quarter, by its dates; an error when they are not those of a quarter."""
    start, end = (day_of(reader.cell(row, at[name])) for name in ("period_start", "period_end"))
    if start and end and start.day == 1 and start.month % 3 == 1:
        last = next_month(start, 2)
        if end == last.replace(day=days_in(last)):
            return start
    given = " to ".join(text(reader.cell(row, at[name])) for name in ("period_start", "period_end"))
    reader.report.error(
        reader.place(row), f"“{given}” is not a quarter such as 2016-04-01 to 2016-06-30; the row is refused"
    )
    return None


def _figure(
    reader: Reader, row: int, at: dict[str, int], organisation: str, quarter: date, beds: tuple[str, Number, Number]
) -> Iterator[Figure]:
    group, occupied, available = beds
    place = reader.place(row, at[_OCCUPIED])
    standings = {occupied.standing, available.standing}
    if "refused" in standings:
        return
    if occupied.value is not None and available.value is not None and occupied.value > available.value:
        reader.report.warning(
            place,
            f"{organisation}, {group}: {occupied.value} beds occupied of {available.value} available; kept as published",
        )
    known = standings == {"given"}
    status = "final" if known else "missing" if "missing" in standings else "not_applicable"
    above, below = (occupied.value, available.value) if known else (None, None)
    yield Figure(organisation, FEED, quarter, above, below, status, place, group)


def _wholes(reader: Reader, groups: list[Figure], seen: dict[tuple[str, date], set[str]]) -> Iterator[Figure]:
    """The provider's beds in a quarter: its groups together. Missing when one of them is; none when one of them was refused."""
    parts: dict[tuple[str, date], list[Figure]] = defaultdict(list)
    for figure in groups:
        parts[(figure.organisation, figure.period)].append(figure)
    if parts:
        reader.report.note(
            reader.place(0), "the file prints no total; a provider's beds are its groups of specialties added up"
        )
    for (organisation, quarter), of in parts.items():
        if {figure.specialty for figure in of} != seen.get((organisation, quarter)):
            reader.report.warning(
                of[0].place,
                f"{organisation}: the beds of all groups are not added up, since a group of theirs is refused",
            )
            continue
        occupied, available = (added([_number(figure, part) for figure in of]) for part in ("numerator", "denominator"))
        status = "final" if occupied.standing == "given" else occupied.standing
        yield Figure(organisation, FEED, quarter, occupied.value, available.value, status, of[0].place)


def _number(figure: Figure, part: str) -> Number:
    if figure.status == "final":
        return Number(getattr(figure, part), "given")
    return Number(None, "missing" if figure.status == "missing" else "not_applicable")
