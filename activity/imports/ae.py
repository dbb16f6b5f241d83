"""A&E attendances and waits by provider, as NHS England publishes them each month.

Four layouts, told apart by their headings:

- the workbook (2015 to today): two tiers of headings whose lower names repeat, a sheet of providers, and sheets of footprints
  and mappings that count the same patients again and are left alone. It has attendances within four hours, over four hours, or both
- the monthly CSV of 2018-19 and of 2019 on: attendances over four hours, a Period such as MSitAE-APRIL-2019 and a TOTAL row.
  Since booked appointments have columns of their own, the type 1, 2 and other columns leave them out, while the workbook has them
  in; they are added here, so that every layout counts all attendances
- the tidy CSV: one row a provider, month and type (1, 2, other) with attendances, breaches and admissions; a type that a
  provider does not have, has no row

Figures are counts a month by provider; there is none by commissioner. Emergency admissions are those through A&E: other
emergency admissions are not counted, since the tidy layout does not have them. Waits over 12 hours run from the decision to admit.
Source of the layouts: the published files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
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
    text,
)
from activity.imports.figures import Figure
from activity.imports.preamble import preamble, published
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME = "ae"
TITLE = "A&E attendances and waits (NHS England, monthly)"

TYPES: Final = ("1", "2", "other")

_LOOKED_AT = 40  # rows from the top in which a heading is looked for
_ROUNDING: Final = Decimal("0.001")  # sums that a workbook computed end in 0.99999999
_TIDY: Final = ("period", "org_code", "type", "attendances", "breaches", "admissions")
_CODES: Final = frozenset({"code", "org code", "organisation code", "provider code"})
_KNOWN: Final = re.compile(
    r"^(parent org|org name|name|region|system|stp|ics|icb|area team|trust|sha)\b|percentage|performance|other emergency admissions"
    r"|total emergency admissions$|decision to admit|from dta"
)
_COUNTS: Final = (
    ("waits_over_12_hours", re.compile(r"12\+? ?(hrs|hours)\b.*(dta|decision)")),
    ("", _KNOWN),
    ("admissions", re.compile(r"emergency admissions")),
    ("over", re.compile(r"(over|greater than|>) ?(4|four) ?(hrs|hours)")),
    ("within", re.compile(r"(within|less than|<|in) ?(4|four) ?(hrs|hours)")),
    ("attendances", re.compile(r"attendances")),
)
_TYPE: Final = (
    ("1", re.compile(r"\btype 1\b")),
    ("2", re.compile(r"\btype 2\b")),
    ("other", re.compile(r"\btypes? 3\b|\bother\b")),
    ("total", re.compile(r"\btotal\b")),
)


@dataclass
class _Layout:
    """Where a sheet keeps what: `columns` by count and type ("1", "2", "other", "total"), more than one where parts are added."""

    sheet: Sheet
    first: int
    organisation: int
    period: int | None
    columns: dict[tuple[str, str], list[int]]
    names: dict[int, str]
    booked: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)

    def has(self, count: str) -> bool:
        return any(kind == count for kind, _ in self.columns)


@dataclass(frozen=True)
class _Counts:
    """The counts of one provider and month, by count and type, as they are read."""

    numbers: dict[tuple[str, str], Number]
    place: Place
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    def at(self, *keys: tuple[str, str]) -> Place:
        """The first of these counts' cells that the file has; the row where it has none."""
        return next((self.places[key] for key in keys if key in self.places), self.place)

    def of(self, count: str, kind: str) -> Number:
        return self.numbers.get((count, kind), NOT_APPLICABLE)


def recognises(book: Book) -> bool:
    return any(_is_tidy(sheet) for sheet in book.sheets) or _provider_layout(book) is not None


def read(book: Book, wanted: Set[str], report: Report) -> Iterator[Figure]:
    for sheet in book.sheets:
        if _is_tidy(sheet):
            yield from _tidy(Reader(book, sheet, report), wanted)
            return
    layout = _provider_layout(book)
    if layout is None:
        report.error(Place(book.file, "", ""), "no table of A&E attendances by provider was found")
        return
    yield from _wide(book, layout, wanted, report)


# The wide layouts: a row a provider


def _provider_layout(book: Book) -> _Layout | None:
    """The layout of the sheet of providers; the footprint sheets have the same headings and come after it."""
    for sheet in book.sheets:
        layout = _layout(sheet)
        if layout is not None and _by_provider(sheet, layout):
            return layout
    return None


def _layout(sheet: Sheet) -> _Layout | None:
    for row, cells in enumerate(sheet.rows[:_LOOKED_AT]):
        organisation = next((column for column, cell in enumerate(cells) if label(cell) in _CODES), None)
        if organisation is None:
            continue
        above = sheet.rows[row - 1] if row else []
        names = _names(above, cells)
        layout = _Layout(sheet, row + 1, organisation, None, {}, names)
        for column, name in names.items():
            _place_column(layout, column, name)
        if layout.has("attendances") and (layout.has("over") or layout.has("within")):
            return layout
    return None


def _names(above: list[Cell], cells: list[Cell]) -> dict[int, str]:
    """Column names of one or two tiers: an upper heading stands over the columns to its right until the next one."""
    names, upper = {}, ""
    for column in range(max(len(above), len(cells))):
        higher = label(above[column]) if column < len(above) else ""
        upper = higher or upper
        lower = label(cells[column]) if column < len(cells) else ""
        if lower:
            names[column] = f"{upper} | {lower}" if upper else lower
    return names


def _place_column(layout: _Layout, column: int, name: str) -> None:
    lower = name.rpartition(" | ")[2]
    if lower in _CODES:
        return
    if lower == "period":
        layout.period = column
        return
    count = next((count for count, words in _COUNTS if words.search(name if count else lower)), None)
    if count == "":
        return
    if count == "waits_over_12_hours":
        layout.columns[(count, "total")] = [column]
        return
    kind = next((kind for kind, words in _TYPE if words.search(lower)), None)
    if count is None or kind is None:
        layout.unknown.append(column)
        return
    if "booked" in lower:
        layout.booked.append(column)
    layout.columns.setdefault((count, kind), []).append(column)


def _by_provider(sheet: Sheet, layout: _Layout) -> bool:
    """A table of providers, not of footprints, systems or mappings: the title over the headings says so where there is one."""
    for cells in sheet.rows[: layout.first]:
        for cell in cells:
            title = label(cell)
            if title.endswith("level data") or title.endswith("footprint data"):
                return title.startswith("provider")
    lowers = {name.rpartition(" | ")[2] for name in layout.names.values()}
    return layout.period is not None or not any("acute" in name or "vlookup" in name for name in lowers)


def _wide(book: Book, layout: _Layout, wanted: Set[str], report: Report) -> Iterator[Figure]:
    reader = Reader(book, layout.sheet, report)
    fixed = None if layout.period is not None else _period_of(layout.sheet.rows[: layout.first])
    if layout.period is None and fixed is None:
        report.error(
            reader.place(0), "the sheet does not say which month it is for: there is no Period cell above the headings"
        )
        return
    _tell_layout(reader, layout, book)
    gathering, issued = Gathering(report), published(preamble(layout.sheet.rows))
    others, totals = 0, []
    for row in range(layout.first, len(layout.sheet.rows)):
        organisation = code(reader.cell(row, layout.organisation))
        if organisation in wanted:
            period = fixed
            if layout.period is not None:
                period = month_of(reader.cell(row, layout.period))
            if period is None:
                report.error(reader.place(row, layout.period), "the Period is not a month; the row is refused")
                continue
            for figure in _figures(organisation, period, _row_counts(reader, layout, row), report):
                gathering.add(replace(figure, published=issued))
        elif organisation in {"TOTAL", "-", "ENG", "ENGLAND"}:
            totals.append(row)
        elif organisation and _is_row_of_counts(layout, row):
            others += 1
    for row in totals:
        _check_total(reader, layout, row, totals)
    report.skip(None, others, "rows of other providers")
    report.skip(None, len(totals), "rows of totals for England")
    yield from gathering.figures()


def _tell_layout(reader: Reader, layout: _Layout, book: Book) -> None:
    for column in layout.unknown:
        reader.report.warning(
            reader.place(layout.first - 1, column), f"the column “{layout.names[column]}” is not known; it is not read"
        )
    if layout.booked:
        reader.report.note(
            reader.place(layout.first - 1, layout.booked[0]),
            "booked appointments stand in columns of their own; they are added to their type, so that attendances count what "
            "the workbook of the same month counts",
        )
    elif layout.period is not None:
        reader.report.note(
            reader.place(layout.first - 1),
            "there are no columns of booked appointments; attendances are as the file gives them",
        )
    for sheet in book.sheets:
        if sheet is not layout.sheet and any(sheet.rows):
            reader.report.note(
                Place(book.file, sheet.name, ""),
                "the sheet is not read: it maps or counts again what the sheet of providers holds",
            )


def _period_of(rows: Iterable[list[Cell]]) -> date | None:
    """The month in the cell beside "Period:" above the headings."""
    for cells in rows:
        for column, cell in enumerate(cells):
            if label(cell).startswith("period"):
                beside = next((later for later in cells[column + 1 :] if later not in (None, "")), cell)
                return month_of(beside)
    return None


def _is_row_of_counts(layout: _Layout, row: int) -> bool:
    cells = layout.sheet.rows[row]
    column = (
        layout.columns[("attendances", "1")][0] if ("attendances", "1") in layout.columns else layout.organisation + 1
    )
    return column < len(cells) and cells[column] not in (None, "")


def _row_counts(reader: Reader, layout: _Layout, row: int) -> _Counts:
    numbers = {
        key: added([reader.number(row, column, layout.names[column]) for column in columns])
        for key, columns in layout.columns.items()
    }
    places = {key: reader.place(row, columns[0]) for key, columns in layout.columns.items()}
    return _Counts(numbers, reader.place(row, layout.organisation), places)


def _check_total(reader: Reader, layout: _Layout, total: int, totals: list[int]) -> None:
    """The row for England must be the sum of the providers' rows in each column of counts."""
    rows = [
        row
        for row in range(layout.first, len(layout.sheet.rows))
        if row not in totals and code(reader.cell(row, layout.organisation))
    ]
    for column in (column for columns in layout.columns.values() for column in columns):
        printed = _plain(reader.cell(total, column))
        parts = [_plain(reader.cell(row, column)) for row in rows]
        whole = sum((part for part in parts if part is not None), Decimal(0))
        if printed is not None and abs(whole - printed) > _ROUNDING:
            reader.report.warning(
                reader.place(total, column),
                f"{layout.names[column]}: the total for England is {printed}, its providers add up to {whole}; "
                "the providers are taken as they stand",
            )


def _plain(cell: Cell) -> Decimal | None:
    """A number without a word in the report, for checks over rows that are not taken."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        number = Decimal(str(cell).strip().replace(",", "") or "nan")
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


# The tidy layout: a row a provider, month and type


def _is_tidy(sheet: Sheet) -> bool:
    return bool(sheet.rows) and {label(cell) for cell in sheet.rows[0]} >= set(_TIDY)


def _tidy(reader: Reader, wanted: Set[str]) -> Iterator[Figure]:
    report = reader.report
    names = [label(cell) for cell in reader.sheet.rows[0]]
    at = {name: names.index(name) for name in _TIDY}
    for column, name in enumerate(names):
        if name and name not in _TIDY:
            report.warning(reader.place(0, column), f"the column “{name}” is not known; it is not read")
    rows: dict[tuple[str, date], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    others, where = 0, at["org_code"]
    spoilt: set[str] = set()
    for row, cells in enumerate(reader.sheet.rows[1:], start=1):
        organisation = code(cells[where]) if where < len(cells) else ""
        if organisation not in wanted:
            others += bool(organisation)
            continue
        period, kind = month_of(reader.cell(row, at["period"])), label(reader.cell(row, at["type"])).removesuffix(".0")
        if period is None or kind not in TYPES:
            spoilt.add(organisation)
            what = f"“{kind}” is not a type of department (1, 2 or other)"
            if period is None:
                what = f"“{text(reader.cell(row, at['period']))}” is not a month"
            report.error(
                reader.place(row), f"{what}; no figure of {organisation} is taken, since its sums would lack the row"
            )
            continue
        rows[(organisation, period)][kind].append(row)
    report.skip(None, others, "rows of other providers")
    report.note(
        reader.place(0), "a type of department without a row is one that the provider does not have; it adds nothing"
    )
    for (organisation, period), kinds in rows.items():
        if organisation in spoilt:
            continue
        yield from _figures(organisation, period, _tidy_counts(reader, at, kinds), report)


def _tidy_counts(reader: Reader, at: dict[str, int], kinds: dict[str, list[int]]) -> _Counts:
    numbers: dict[tuple[str, str], Number] = {}
    for kind, rows in kinds.items():
        given = [[reader.number(row, at[name], name) for name in _TIDY[3:]] for row in rows]
        if any(again != given[0] for again in given[1:]):
            reader.report.error(
                reader.place(rows[-1]),
                f"type {kind} is given twice with different counts; the month's figures are not taken",
            )
            given = [[REFUSED] * 3]
        elif len(rows) > 1:
            reader.report.note(
                reader.place(rows[-1]), f"type {kind} is given twice with the same counts; it is counted once"
            )
        for name, number in zip(("attendances", "over", "admissions"), given[0], strict=True):
            numbers[(name, kind)] = number
    return _Counts(numbers, reader.place(min(row for rows in kinds.values() for row in rows)))


# From counts to figures


def _figures(organisation: str, period: date, counts: _Counts, report: Report) -> Iterator[Figure]:
    """The feeds of one provider and month. A total that the file prints is kept as printed, and said where its parts differ."""

    def figure(feed: str, place: Place, numerator: Number, denominator: Number | None = None) -> Iterator[Figure]:
        standings = {numerator.standing, denominator.standing if denominator else numerator.standing}
        if "refused" in standings:
            return
        known = numerator.value is not None and (denominator is None or denominator.value is not None)
        status = "final" if known else "missing" if "missing" in standings else "not_applicable"
        below = denominator.value if denominator and known else None
        yield Figure(organisation, f"ae.{feed}", period, numerator.value if known else None, below, status, place)

    attendances = _whole(counts, "attendances", organisation, report)
    within = {kind: _within(counts, kind, organisation, report) for kind in TYPES}
    whole_within = _whole_within(counts, attendances, organisation, report)
    first = counts.at(("attendances", "total"), ("attendances", "1"))
    yield from figure("attendances", first, attendances)
    yield from figure("within_four_hours", counts.at(("within", "total"), ("over", "1")), whole_within, attendances)
    for kind in TYPES:
        if ("attendances", kind) in counts.numbers:
            feed = "attendances_other" if kind == "other" else f"attendances_type_{kind}"
            yield from figure(feed, counts.at(("attendances", kind)), counts.of("attendances", kind))
    if ("attendances", "1") in counts.numbers:
        where = counts.at(("within", "1"), ("over", "1"))
        yield from figure("within_four_hours_type_1", where, within["1"], counts.of("attendances", "1"))
    if any(count == "admissions" for count, _ in counts.numbers):
        where = counts.at(("admissions", "total"), ("admissions", "1"))
        yield from figure("emergency_admissions", where, _whole(counts, "admissions", organisation, report))
    if ("waits_over_12_hours", "total") in counts.numbers:
        where = counts.at(("waits_over_12_hours", "total"))
        yield from figure("waits_over_12_hours", where, counts.of("waits_over_12_hours", "total"))


def _whole(counts: _Counts, count: str, organisation: str, report: Report) -> Number:
    """All types together: the total as printed, also when it is missing; the sum of the types where the file prints none."""
    parts = added([counts.of(count, kind) for kind in TYPES])
    printed = counts.of(count, "total")
    if printed.standing == "not_applicable":
        return parts
    if parts.value is not None and parts.value != printed.value:
        report.warning(
            counts.place,
            f"{organisation}: the total of {count} is {printed.value}, its types add up to {parts.value}; the total is kept",
        )
    return printed


def _within(counts: _Counts, kind: str, organisation: str, report: Report) -> Number:
    """Attendances within four hours of one type: as given, or attendances less those over four hours."""
    given, over, attendances = counts.of("within", kind), counts.of("over", kind), counts.of("attendances", kind)
    return _less(attendances, over, given, f"{organisation}, type {kind}", counts.place, report)


def _whole_within(counts: _Counts, attendances: Number, organisation: str, report: Report) -> Number:
    over = _whole(counts, "over", organisation, report)
    given = _whole(counts, "within", organisation, report)
    return _less(attendances, over, given, f"{organisation}, all types", counts.place, report)


def _less(attendances: Number, over: Number, given: Number, who: str, place: Place, report: Report) -> Number:
    """What was within four hours, as given or as the rest of those over; never more than all attendances."""
    if given.standing != "not_applicable":
        known = given.value is not None and over.value is not None and attendances.value is not None
        if known and added([given, over]) != attendances:
            report.warning(
                place,
                f"{who}: {given.value} within four hours and {over.value} over do not add up to {attendances.value} "
                "attendances; each is kept as the file gives it",
            )
        return _no_more(given, attendances, who, place, report)
    if attendances.value is None or over.value is None:
        standing = added([attendances, over]).standing
        return Number(None, standing if standing != "given" else "not_applicable")
    if over.value > attendances.value:
        report.error(
            place,
            f"{who}: {over.value} waited over four hours of {attendances.value} attendances; the figure is refused",
        )
        return REFUSED
    return Number(attendances.value - over.value, "given")


def _no_more(given: Number, attendances: Number, who: str, place: Place, report: Report) -> Number:
    if given.value is not None and attendances.value is not None and given.value > attendances.value:
        report.error(
            place, f"{who}: {given.value} within four hours of {attendances.value} attendances; the figure is refused"
        )
        return REFUSED
    return given
