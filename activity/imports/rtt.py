"""Referral to treatment (18 weeks): pathways by commissioner and treatment function.

Two layouts, told apart by their headings:

- the workbook of incomplete pathways by commissioner (primary care trusts in 2010, clinical commissioning groups from 2013):
  a row a commissioner and treatment function, weekly bands from ">0-1" to "52 plus", the total, those within 18 weeks and the
  percentage. It is a snapshot at the month's end. The sheets for England and its regions are left alone
- the long "full extract" (a CSV, mostly in a zip): a row a provider, commissioner, part and treatment function, bands such as
  "Gt 17 To 18 Weeks SUM 1". Part 2 is incomplete pathways, part 1A and 1B completed ones with and without admission; part 2A is
  within part 2 and part 3 counts clock starts, so neither is added. C_999 is the total of the treatment functions and is
  never added to them. NONC is a commissioner that nobody knows, and is left out

Bands are read from the headings, since their number grew from 53 to 105. A month's figure counts pathways; months are never
added. Specialties carry the treatment function's name. Source of the layouts: the published files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from activity.imports.cells import (
    NOT_APPLICABLE,
    REFUSED,
    Gathering,
    Number,
    Reader,
    added,
    code,
    label,
    month_of,
    number_in,
    text,
)
from activity.imports.figures import Figure
from activity.imports.preamble import preamble, published
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME = "rtt"
TITLE = "Referral to treatment waiting times by commissioner (NHS England, monthly)"

_LOOKED_AT = 40  # rows from the top in which a heading is looked for
_WEEKS: Final = 18
_YEAR: Final = 52
_CLOSE: Final = Decimal("1e-9")  # the percentage is printed to 15 figures
_COMMISSIONERS: Final = frozenset(
    {"pct code", "ccg code", "commissioner code", "commissioner org code", "sub icb location code"}
)
_BAND = re.compile(r">\s*(\d+)\s*-\s*(\d+)$|(\d+)[ _]plus$")
_LONG_BAND = re.compile(r"gt (\d+) to (\d+) weeks|gt (\d+) weeks")
_LONG: Final[tuple[str, ...]] = (
    "period",
    "commissioner org code",
    "rtt part type",
    "treatment function code",
    "treatment function name",
    "total",
    "total all",
)
_LONG_KNOWN: Final = re.compile(
    r"^(period|provider .*|commissioner .*|rtt part .*|treatment function .*|total( all)?|patients with .*)$"
)
_FEEDS: Final = {"part_2": "incomplete", "part_1a": "admitted", "part_1b": "non_admitted"}
_LEFT: Final = {
    "part_2a": "rows of part 2A, which part 2 counts already",
    "part_3": "rows of part 3, which counts clock starts",
}
_UNKNOWN_COMMISSIONER: Final = "NONC"
_UNKNOWN_START: Final[str] = "patients with unknown clock start date"


def recognises(book: Book) -> bool:
    return any(_is_long(sheet) for sheet in book.sheets) or any(_table(sheet) for sheet in book.sheets)


def read(book: Book, wanted: Set[str], report: Report) -> Iterator[Figure]:
    for sheet in book.sheets:
        if _is_long(sheet):
            yield from _long(Reader(book, sheet, report), wanted)
            return
    for sheet in book.sheets:
        table = _table(sheet)
        if table is not None:
            yield from _workbook(Reader(book, sheet, report), table, wanted)
    _tell_caveats(book, report)


# The workbook by commissioner


@dataclass
class _Table:
    """Where the sheet of commissioners keeps what; bands by the week at which they begin."""

    first: int
    organisation: int
    function_code: int
    function_name: int
    bands: dict[int, int]
    total: int
    within: int
    share: int | None
    unknown: list[int] = field(default_factory=list)


def _table(sheet: Sheet) -> _Table | None:
    """The layout of a sheet of incomplete pathways by commissioner; None for any other."""
    for row, cells in enumerate(sheet.rows[:_LOOKED_AT]):
        names = {label(cell): column for column, cell in reversed(list(enumerate(cells)))}
        organisation = next((names[name] for name in names if name in _COMMISSIONERS), None)
        needed = (
            "treatment function code",
            "treatment function",
            "total number of incomplete pathways",
            "total within 18 weeks",
        )
        if organisation is None or not names.keys() >= set(needed):
            continue
        bands, unknown = {}, []
        for column, cell in enumerate(cells):
            band = _BAND.match(label(cell))
            if band:
                bands[int(band[1] or band[3] or 0)] = column
            elif label(cell) and not _is_known(label(cell)):
                unknown.append(column)
        function_code, function, total, within = (names[name] for name in needed)
        share = names.get("% within 18 weeks")
        return _Table(row + 1, organisation, function_code, function, bands, total, within, share, unknown)
    return None


def _is_known(name: str) -> bool:
    words = ("code", "name", "treatment function", "total ", "% within", "average", "median", "95th", "percentile")
    return name in _COMMISSIONERS or any(word in name for word in words)


def _workbook(reader: Reader, table: _Table, wanted: Set[str]) -> Iterator[Figure]:
    report, rows = reader.report, reader.sheet.rows
    period = _period_of(rows[: table.first - 1])
    if period is None:
        report.error(reader.place(0), "the sheet does not say which month it is for above its headings")
        return
    for column in table.unknown:
        report.warning(
            reader.place(table.first - 1, column),
            f"the column “{text(rows[table.first - 1][column])}” is not known; it is not read",
        )
    issued = published(preamble(rows))
    gathering, others = Gathering(report), 0
    for row in range(table.first, len(rows)):
        organisation = code(reader.cell(row, table.organisation))
        if organisation not in wanted:
            others += bool(organisation)
            continue
        function = text(reader.cell(row, table.function_name))
        if not function:
            report.error(
                reader.place(row, table.function_name),
                f"{organisation}: the row names no treatment function; it is refused",
            )
            continue
        specialty = "" if code(reader.cell(row, table.function_code)).endswith("999") else function
        for figure in _row(reader, table, row, organisation, specialty, period):
            gathering.add(replace(figure, published=issued))
    report.skip(None, others, "rows of other commissioners")
    figures = list(gathering.figures())
    _check_totals(figures, report)
    yield from figures


def _period_of(rows: list[list[Cell]]) -> date | None:
    """The month in the cell beside "Period:", or else in the first line that names one."""
    for cells in rows:
        for column, cell in enumerate(cells):
            if label(cell).startswith("period"):
                beside = next((later for later in cells[column + 1 :] if later not in (None, "")), cell)
                return month_of(beside)
    return next((month for cells in rows for cell in cells if (month := month_of(cell))), None)


def _row(reader: Reader, table: _Table, row: int, organisation: str, specialty: str, period: date) -> Iterator[Figure]:
    """The figures of a commissioner's treatment function, after checking the printed totals against the bands."""
    named = f"{organisation}, {specialty or 'all treatment functions'}"
    total = reader.number(row, table.total, "Total number of incomplete pathways")
    within = reader.number(row, table.within, "Total within 18 weeks")
    bands = {week: reader.number(row, column, f"Waiting from {week} weeks") for week, column in table.bands.items()}
    _check_bands(reader, row, table, bands, total, within, named)
    if table.share is not None:
        _check_share(reader, row, table.share, total, within, named)
    if within.value is not None and total.value is not None and within.value > total.value:
        reader.report.error(
            reader.place(row, table.within),
            f"{named}: {within.value} within 18 weeks of {total.value} waiting; the figure is refused",
        )
        return
    place = reader.place(row, table.within)
    yield from _ratio("rtt.incomplete", organisation, specialty, period, within, total, place)
    late = [number for week, number in bands.items() if week >= _YEAR]
    if late:
        column = min(column for week, column in table.bands.items() if week >= _YEAR)
        yield from _count("rtt.over_52_weeks", organisation, specialty, period, added(late), reader.place(row, column))


def _check_bands(
    reader: Reader, row: int, table: _Table, bands: dict[int, Number], total: Number, within: Number, named: str
) -> None:
    for printed, column, weeks, what in (
        (total, table.total, None, "the total"),
        (within, table.within, _WEEKS, "within 18 weeks"),
    ):
        parts = added([number for week, number in bands.items() if weeks is None or week < weeks])
        if bands and printed.value is not None and parts.value is not None and printed.value != parts.value:
            reader.report.warning(
                reader.place(row, column),
                f"{named}: {what} is {printed.value}, its weekly bands add up to {parts.value}; the printed figure is kept",
            )


def _check_share(reader: Reader, row: int, column: int, total: Number, within: Number, named: str) -> None:
    """The percentage that the file prints must be those within 18 weeks of all; printed as a fraction, or as per cent."""
    printed = reader.cell(row, column)
    if isinstance(printed, str) and printed.strip() in {"", "-"} and not total.value:
        return
    share = reader.number(row, column, "% within 18 weeks").value
    if share is None or not total.value or within.value is None:
        return
    ours = within.value / total.value
    if abs(share - ours) > _CLOSE and abs(share / 100 - ours) > _CLOSE:
        reader.report.warning(
            reader.place(row, column),
            f"{named}: the file prints {share:.2%} within 18 weeks, {within.value} of {total.value} is {ours:.2%}; "
            "the numbers of pathways are kept",
        )


def _check_totals(figures: list[Figure], report: Report) -> None:
    """A commissioner's total must be the sum of its treatment functions; the file's total is kept where it is not."""
    parts: dict[tuple[str, str, date], list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.specialty:
            parts[(figure.organisation, figure.feed, figure.period)].append(figure)
    for figure in figures:
        of = parts.get((figure.organisation, figure.feed, figure.period))
        if figure.specialty or not of or figure.numerator is None or any(part.numerator is None for part in of):
            continue
        ours = (
            sum((part.numerator or Decimal(0) for part in of), Decimal(0)),
            sum((part.denominator or Decimal(0) for part in of), Decimal(0)),
        )
        if ours != (figure.numerator, figure.denominator or Decimal(0)):
            report.warning(
                figure.place,
                f"{figure.organisation}, {figure.feed}: the total is {_said(figure.numerator, figure.denominator)}, its treatment "
                f"functions add up to {_said(ours[0], ours[1] if figure.denominator is not None else None)}; the total is kept",
            )


def _said(numerator: Decimal, denominator: Decimal | None) -> str:
    return f"{numerator}" if denominator is None else f"{numerator} of {denominator}"


def _tell_caveats(book: Book, report: Report) -> None:
    """Pass on the publication's own caveat that providers sent nothing: a commissioner's figure may then count fewer pathways."""
    for sheet in book.sheets:
        for row, cells in enumerate(sheet.rows[:_LOOKED_AT] if label(sheet.name) == "notes" else []):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and "did not submit" in cell:
                    report.note(
                        Reader(book, sheet, report).place(row, column),
                        "the publication says that some providers submitted nothing for the month; their patients are not counted",
                    )


# The full extract


def _is_long(sheet: Sheet) -> bool:
    return bool(sheet.rows) and {label(cell) for cell in sheet.rows[0]} >= set(_LONG)


@dataclass
class _Sum:
    """What the rows of a commissioner, part and treatment function add up to, over its providers."""

    name: str = ""
    first: int = 0
    rows: int = 0
    within: list[Number] = field(default_factory=list)
    late: list[Number] = field(default_factory=list)
    total: list[Number] = field(default_factory=list)


def _long(reader: Reader, wanted: Set[str]) -> Iterator[Figure]:
    report, rows = reader.report, reader.sheet.rows
    names = [label(cell) for cell in rows[0]]
    at = {name: names.index(name) for name in (*_LONG, _UNKNOWN_START) if name in names}
    provider = names.index("provider org code") if "provider org code" in names else None
    bands = _long_bands(reader, names)
    where, others = at["commissioner org code"], 0
    left: dict[str, int] = defaultdict(int)
    sums: dict[tuple[str, str, str, date], _Sum] = defaultdict(_Sum)
    seen: dict[tuple[str, ...], int] = {}
    spoilt: set[str] = set()
    for row in range(1, len(rows)):
        cells = rows[row]
        organisation = code(cells[where]) if where < len(cells) else ""
        if organisation not in wanted or organisation == _UNKNOWN_COMMISSIONER:
            if organisation == _UNKNOWN_COMMISSIONER:
                left["rows whose commissioner is not known (NONC)"] += 1
            else:
                others += bool(organisation)
            continue
        part, function = (
            label(reader.cell(row, at["rtt part type"])),
            code(reader.cell(row, at["treatment function code"])),
        )
        if part not in _FEEDS:
            left[_LEFT.get(part, "rows of a part that is not known")] += 1
            if part not in _LEFT:
                report.warning(reader.place(row), f"the part “{part}” is not known; its rows are not read")
            continue
        period = month_of(reader.cell(row, at["period"]))
        if period is None or not function:
            spoilt.add(organisation)
            report.error(
                reader.place(row),
                f"the row has no month or no treatment function; no figure of {organisation} is taken, since its sums would lack it",
            )
            continue
        key = (organisation, part, function, str(period), code(cells[provider]) if provider is not None else str(row))
        total = sums[(organisation, part, function, period)]
        earlier = seen.setdefault(key, row)
        if earlier != row:
            _tell_repeated(reader, total, key, earlier, row)
            continue
        name = text(reader.cell(row, at["treatment function name"])) or function
        _add(reader, total, row, at, bands, name)
    report.skip(None, others, "rows of other commissioners")
    for why, number in left.items():
        report.skip(None, number, why)
    figures = [figure for key, total in sums.items() if key[0] not in spoilt for figure in _summed(reader, key, total)]
    _check_totals(figures, report)
    yield from figures


def _long_bands(reader: Reader, names: list[str]) -> dict[int, int]:
    """Columns of the weekly bands by the week at which they begin, from the headings."""
    bands: dict[int, int] = {}
    for column, name in enumerate(names):
        band = _LONG_BAND.match(name)
        if band:
            bands[int(band[1] or band[3])] = column
        elif name and not _LONG_KNOWN.match(name):
            reader.report.warning(reader.place(0, column), f"the column “{name}” is not known; it is not read")
    return bands


def _tell_repeated(reader: Reader, total: _Sum, key: tuple[str, ...], earlier: int, row: int) -> None:
    """The same row again is left out; a different one under the same key refuses what they add to: neither is known to be right."""
    named = f"{key[0]}, {key[1].replace('_', ' ')}, {key[2]} at provider {key[4]}"
    if reader.sheet.rows[earlier] == reader.sheet.rows[row]:
        reader.report.note(reader.place(row), f"{named} is given twice alike; it is counted once")
        return
    total.total.append(REFUSED)
    total.late.append(REFUSED)
    reader.report.error(
        reader.place(row),
        f"{named} is given in row {earlier + 1} with different numbers; the commissioner's figure is not taken",
    )


def _add(reader: Reader, total: _Sum, row: int, at: dict[str, int], bands: dict[int, int], name: str) -> None:
    """Add a row. A blank band adds nothing where the row's own total proves it; a withheld or misread one makes the sum unknown."""
    given = {week: _band(reader, row, column, week) for week, column in bands.items()}
    parts = added(list(given.values()))
    printed, whole = _known_starts(reader, row, at)
    if whole.value is not None and parts.value is not None and whole.value != parts.value:
        reader.report.warning(
            reader.place(row, printed),
            f"the total is {whole.value}, its weekly bands add up to {parts.value}; the total is kept",
        )
    if not total.rows:
        total.name, total.first = name, row
    total.rows += 1
    total.total.append(whole)
    total.within.append(added([number for week, number in given.items() if week < _WEEKS]))
    total.late.append(added([number for week, number in given.items() if week >= _YEAR]))


def _known_starts(reader: Reader, row: int, at: dict[str, int]) -> tuple[int, Number]:
    """The pathways whose clock start is known, and their column: Total, or Total All less those whose start is not known."""
    if text(reader.cell(row, at["total"])):
        return at["total"], reader.number(row, at["total"], "Total")
    whole = reader.number(row, at["total all"], "Total All")
    unknown = number_in(reader.cell(row, at[_UNKNOWN_START]))[0] if _UNKNOWN_START in at else NOT_APPLICABLE
    if whole.value is None or unknown.value is None:
        return at["total all"], whole
    return at["total all"], Number(whole.value - unknown.value, "given")


def _band(reader: Reader, row: int, column: int, week: int) -> Number:
    """A band's number; the extract leaves a band without pathways blank, or prints 0."""
    cell = reader.cell(row, column)
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Number(Decimal(0), "given")
    return reader.number(row, column, f"Waiting from {week} weeks")


def _summed(reader: Reader, key: tuple[str, str, str, date], total: _Sum) -> Iterator[Figure]:
    organisation, part, function, period = key
    specialty = "" if function.endswith("999") else total.name
    cell = f"row {total.first + 1}" + (f" and {total.rows - 1} more of its providers" if total.rows > 1 else "")
    place = Place(reader.book.file, reader.sheet.name, cell)
    within, whole = added(total.within), added(total.total)
    if within.value is not None and whole.value is not None and within.value > whole.value:
        reader.report.error(
            place,
            f"{organisation}, {total.name}: {within.value} within 18 weeks of {whole.value}; the figure is refused",
        )
        return
    yield from _ratio(f"rtt.{_FEEDS[part]}", organisation, specialty, period, within, whole, place)
    if part == "part_2":
        yield from _count("rtt.over_52_weeks", organisation, specialty, period, added(total.late), place)


# From numbers to figures


def _ratio(
    feed: str, organisation: str, specialty: str, period: date, within: Number, total: Number, place: Place
) -> Iterator[Figure]:
    standings = {within.standing, total.standing}
    if "refused" in standings:
        return
    known = standings == {"given"}
    status = "final" if known else "missing" if "missing" in standings else "not_applicable"
    above, below = (within.value, total.value) if known else (None, None)
    yield Figure(organisation, feed, period, above, below, status, place, specialty)


def _count(
    feed: str, organisation: str, specialty: str, period: date, number: Number, place: Place
) -> Iterator[Figure]:
    if number.standing != "refused":
        status = "final" if number.standing == "given" else number.standing
        yield Figure(organisation, feed, period, number.value, None, status, place, specialty)
