"""Delayed transfers of care as NHS England published them: the monthly workbooks (April 2011 on) and the monthly CSV.

A workbook has a sheet for each of three cuts of the same delayed days: by type of care, by responsible organisation, by reason.
Each lists England, then the authorities. The heading is read, never the position: the columns drift from year to year. From
April 2017 a second block holds beds (days / calendar days); it follows from the first and is not read.

The CSV has a row for each provider, authority, type of care and reason, and columns of patients (A) and days (B) for each body.

What is refused: an authority's whole month, when a figure of it cannot be read, when the parts of a cut do not make its total,
when the cuts do not agree with each other, or when it stands twice with different figures. A reason that is not on the national
list is kept as unmapped.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from activity.imports.cells import Number, Reader, code, label, month_named, month_of, number_in, text
from activity.imports.figures import DelayFigure, Figure
from activity.imports.preamble import preamble, published
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME: Final = "dtoc"
TITLE: Final = "Delayed transfers of care, NHS England"
FEED: Final = "dtoc.days"

REASONS: Final = ("A", "B", "C", "DI", "DII", "E", "F", "G", "H", "I", "O")
CARE: Final = {"acute": "acute", "non-acute": "non_acute", "non acute": "non_acute"}
BODIES: Final = {"nhs": "nhs", "social care": "social_care", "both": "both"}
CUT_NAMES: Final = {"care": "type of care", "body": "responsible organisation", "reason": "reason"}

STATUS: Final = {"given": "final", "missing": "missing", "not_applicable": "not_applicable"}

OTHERS: Final = "rows of other authorities and of England as a whole"
OTHER_ROWS: Final = "rows of other authorities and providers"

_words = lru_cache(maxsize=2048)(label)
"""The words of a heading; every month repeats them."""
_REASON = re.compile(r"(di{1,2}|[a-z])(?:\)|_)", re.IGNORECASE)
_HEADING_WITHIN = 25


@dataclass(slots=True)
class _Table:
    """One cut of a month: its sheet, the row of its heading, and what each column is."""

    cut: str
    reader: Reader
    heading: int
    codes: list[int]
    name: int
    parts: dict[int, str]
    total: int | None
    period: date | None
    published: date | None


@dataclass(slots=True)
class _Cut:
    """An authority's days in one cut."""

    parts: dict[str, tuple[Decimal, Place]]
    total: Decimal | None
    total_place: Place
    status: str


@dataclass(slots=True)
class _Month:
    """What a workbook gives for one authority. `refused` says that some of it cannot be right."""

    organisation: str
    name: str
    period: date
    published: date | None
    cuts: dict[str, _Cut] = field(default_factory=dict)
    refused: bool = False


def recognises(book: Book) -> bool:
    """Whether it is one of these: a table of delays by its title and heading, or the CSV by its heading."""
    for sheet in book.sheets:
        if sheet.name == "":
            return _csv_heading(sheet) is not None
        if _heading(sheet.rows) is not None and _is_of_delays(sheet):
            return True
    return False


def read(book: Book, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    """The delayed days of the wanted authorities (and, of the CSV, providers)."""
    if book.sheets and book.sheets[0].name == "":
        yield from _read_rows(book, book.sheets[0], wanted, report)
    else:
        yield from _read_workbook(book, wanted, report)


# --- the workbooks ----------------------------------------------------------------------------------------------------------


def _read_workbook(book: Book, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    tables = _tables(book, report)
    periods = {table.period for table in tables}
    if len(periods) > 1:
        named = "; ".join(f"{table.reader.sheet.name}: {table.period:%B %Y}" for table in tables)
        report.error(Place(book.file), f"the sheets are of different months ({named}); nothing is taken")
        return
    months: dict[str, _Month] = {}
    for table in tables:
        _check_england(table, report)
        _read_table(table, wanted, months, report)
    for cut in CUT_NAMES.keys() - {table.cut for table in tables} if tables else ():
        report.warning(Place(book.file), f"there is no table by {CUT_NAMES[cut]}; its breakdown stays as it was")
    if tables and not months:
        report.warning(
            Place(book.file), f"none of the authorities asked for is in it ({', '.join(sorted(wanted)[:8])})"
        )
    for month in months.values():
        _check_agreement(month, report)
        if not month.refused:
            yield from _figures(month)


def _tables(book: Book, report: Report) -> list[_Table]:
    tables: dict[str, _Table] = {}
    for sheet in book.sheets:
        if not _is_of_delays(sheet):
            continue
        found = _heading(sheet.rows)
        if found is None:
            continue
        place = Place(book.file, sheet.name)
        labels = preamble(sheet.rows)
        summary = label(labels.get("summary", ""))
        if "number of patients" in summary and "delayed days" not in summary:
            report.error(place, "the sheet counts patients on a day, not delayed days; it is not taken")
            continue
        table = _table(book, sheet, found, report)
        table.period = month_of(labels.get("period", "")) or month_named(str(labels.get("title", "")))
        table.published = published(labels)
        if table.period is None:
            report.error(
                place,
                f"the sheet does not say its month (Period: “{text(labels.get('period'))[:40]}”); it is not taken",
            )
        elif table.cut in tables:
            report.error(place, f"there is a second table by {CUT_NAMES[table.cut]}; the first one is taken")
        else:
            tables[table.cut] = table
    return list(tables.values())


def _is_of_delays(sheet: Sheet) -> bool:
    return any(
        isinstance(cell, str) and "delayed transfer" in cell.lower() for row in sheet.rows[:8] for cell in row[:6]
    )


def _heading(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The row of the heading: it has a Code, a Name, and the categories of one of the cuts."""
    for index, row in enumerate(rows[:_HEADING_WITHIN]):
        if len(row) - row.count("") < 3:
            continue
        words = {cell.strip().lower() for cell in row if type(cell) is str and cell}
        if "code" in words and "name" in words:
            names = {_words(cell) for cell in row}
            if names & CARE.keys() or names & BODIES.keys() or any(map(_reason, names)):
                return index
    return None


def _table(book: Book, sheet: Sheet, heading: int, report: Report) -> _Table:
    """What the columns are, up to the total: what follows that is a block of beds."""
    reader = Reader(book, sheet, report)
    names = [_words(cell) for cell in sheet.rows[heading]]
    name = names.index("name")
    cut = "care" if CARE.keys() & set(names) else "body" if BODIES.keys() & set(names) else "reason"
    known = {"care": CARE, "body": BODIES, "reason": {}}[cut]
    total = next((index for index, words in enumerate(names) if index > name and words == "total"), None)
    parts: dict[int, str] = {}
    for index in range(name + 1, total if total is not None else len(names)):
        words = names[index]
        if not words:
            if total is None:
                break
            if any(row[index] not in ("", None) for row in sheet.rows[heading + 1 :] if index < len(row)):
                report.warning(reader.place(heading, index), "the column has figures and no heading; it is not taken")
            continue
        category = (_reason(words) or _unmapped(sheet.rows[heading][index])) if cut == "reason" else known.get(words)
        if category is None:
            report.warning(reader.place(heading, index), f"the column “{words}” is not known; it is not taken")
        elif category in parts.values():
            report.warning(reader.place(heading, index), f"there is a second column “{words}”; it is not taken")
        else:
            parts[index] = category
            if category.startswith("unmapped"):
                report.warning(
                    reader.place(heading, index),
                    f"the reason “{words}” is not on the national list; its days are kept as unmapped",
                )
    if total is None:
        report.warning(reader.place(heading), "there is no column “Total”: the parts cannot be checked against it")
    # The local code first, which every year has; the Office for National Statistics' code stands under its name or none.
    codes = [names.index("code")]
    first = next(index for index, words in enumerate(names) if words)
    codes += [
        index
        for index in range(first, name)
        if index not in codes and (not names[index] or names[index].startswith("ons "))
    ]
    return _Table(cut, reader, heading, codes, name, parts, total, None, None)


def _reason(words: str) -> str | None:
    """The code of a reason from its heading ("DII) AWAITING NURSING HOME…") or its CSV value ("DII_NURSING_HOME")."""
    found = _REASON.match(words)
    return found[1].upper() if found and found[1].upper() in REASONS else None


def _unmapped(cell: Cell) -> str:
    return f"unmapped: {text(cell)}"[:100]


def _read_table(table: _Table, wanted: AbstractSet[str], months: dict[str, _Month], report: Report) -> None:
    """Take the rows of the wanted authorities. The others are told apart by a look at their codes and counted."""
    assert table.period is not None
    below = table.reader.sheet.rows[table.heading + 1 :]
    found: dict[int, str] = {}
    others = 0
    for column in table.codes:
        cells = [row[column] if column < len(row) else "" for row in below]
        try:
            names = [*map(str.upper, map(str.strip, cells))]  # type: ignore[arg-type]
        except TypeError:
            names = [code(cell) for cell in cells]
        if not wanted.isdisjoint(names):
            for index, name in enumerate(names, table.heading + 1):
                if name in wanted:
                    found.setdefault(index, name)
        others = max(others, len(cells) - cells.count(""))
    for index in sorted(found):
        organisation = found[index]
        month = months.get(organisation)
        if month is None:
            name = text(table.reader.cell(index, table.name)).removesuffix(" UA")
            month = months[organisation] = _Month(organisation, name, table.period, table.published)
        _take_row(table, index, month, report)
    report.skip(table.reader.place(table.heading), others - len(found), OTHERS)


def _take_row(table: _Table, index: int, month: _Month, report: Report) -> None:
    reader = table.reader
    parts: dict[str, tuple[Decimal, Place]] = {}
    complete = True
    for column, category in table.parts.items():
        number = reader.number(index, column, f"{month.name}, {_named(table.cut, category)}")
        if number.value is not None:
            parts[category] = (number.value, reader.place(index, column))
        elif number.standing == "refused":
            month.refused = True
        elif number.standing == "missing":
            complete = False
    place = reader.place(index, table.total if table.total is not None else table.name)
    total: Decimal | None = None
    status = "missing"
    if table.total is not None:
        given: Number = reader.number(index, table.total, f"{month.name}, total")
        total = given.value
        status = STATUS.get(given.standing, "missing")
        month.refused |= given.standing == "refused"
    together = sum((days for days, _ in parts.values()), Decimal(0))
    if complete and table.total is None and parts:
        total, status = together, "final"
    elif complete and total is not None and together != total and not month.refused:
        month.refused = True
        added = " + ".join(f"{days:,}" for days, _ in parts.values())
        report.error(
            place,
            f"{month.name}, {month.period:%B %Y}, by {CUT_NAMES[table.cut]}: the total says {total:,}, but its parts make "
            f"{together:,} ({added}). The month is refused.",
        )
    cut = _Cut(parts, total, place, status)
    earlier = month.cuts.setdefault(table.cut, cut)
    if earlier is cut:
        return
    if {key: days for key, (days, _) in earlier.parts.items()} == {key: days for key, (days, _) in parts.items()}:
        report.note(
            place, f"{month.name} stands twice by {CUT_NAMES[table.cut]} with the same days; it is counted once"
        )
        return
    month.refused = True
    report.error(
        place,
        f"{month.name} stands twice by {CUT_NAMES[table.cut]} with different days (also at {earlier.total_place.cell}). "
        "The month is refused.",
    )


def _named(cut: str, category: str) -> str:
    return f"reason {category}" if cut == "reason" else category.replace("_", " ").replace("nhs", "NHS")


def _check_agreement(month: _Month, report: Report) -> None:
    """The three cuts divide the same days: where they do not agree, none is more right than another."""
    totals = {cut: held for cut, held in month.cuts.items() if held.total is not None}
    if month.refused or len({held.total for held in totals.values()}) < 2:
        return
    month.refused = True
    said = ", ".join(f"{held.total:,} by {CUT_NAMES[cut]} ({held.total_place.cell})" for cut, held in totals.items())
    report.error(
        next(iter(totals.values())).total_place,
        f"{month.name}, {month.period:%B %Y}: the cuts do not agree: {said}. The month is refused.",
    )


def _check_england(table: _Table, report: Report) -> None:
    """Tell where the authorities do not add up to England's total. They may not: one is sometimes revised without the other."""
    if table.total is None:
        return
    rows = table.reader.sheet.rows
    after = range(table.heading + 1, min(len(rows), table.heading + 6))
    england = next((index for index in after if label(table.reader.cell(index, table.name)) == "england"), None)
    if england is None:
        report.note(
            table.reader.place(table.heading), "there is no row for England: the authorities cannot be added up to it"
        )
        return
    given = number_in(table.reader.cell(england, table.total))[0].value
    below = [row[table.total] for row in rows[england + 1 :] if table.total < len(row)]
    together = sum([cell for cell in below if type(cell) is float or type(cell) is int])
    if given is not None and abs(together - float(given)) > 0.0001:
        report.note(
            table.reader.place(england, table.total),
            f"by {CUT_NAMES[table.cut]}, England says {given:,}, but the authorities make {together:,.0f}",
        )


def _figures(month: _Month) -> Iterator[Figure | DelayFigure]:
    cuts = list(month.cuts.values())
    cut = next((cut for cut in cuts if cut.total is not None), cuts[0])
    yield _days(month.organisation, month.period, cut.total, cut.total_place, month.published, cut.status)
    for name, held in month.cuts.items():
        for category, (days, place) in held.parts.items():
            yield DelayFigure(
                month.organisation,
                month.period,
                name,
                category if name == "care" else "",
                category if name == "reason" else "",
                category if name == "body" else "",
                days,
                None,
                place,
                month.published,
            )


def _days(
    organisation: str, period: date, days: Decimal | None, place: Place, revised: date | None, status: str = "final"
) -> Figure:
    """The month's delayed days over its calendar days. Without days there is no denominator either: both or neither."""
    calendar_days = None if days is None else Decimal(monthrange(period.year, period.month)[1])
    return Figure(organisation, FEED, period, days, calendar_days, status, place, published=revised)


# --- the CSV ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Columns:
    """Where the CSV has what. `figures` are (column, body, "patients" or "days")."""

    year: int | None
    period: int
    provider: int | None
    authority: int | None
    care: int
    reason: int
    figures: list[tuple[int, str, str]]


@dataclass(slots=True)
class _Sum:
    days: Decimal | None
    patients: Decimal | None
    place: Place


_FIGURE_COLUMN = re.compile(
    r"(nhs|social care|both)(?: (a|b))?(?: (?:sum|total))?|(nhs|social care|both) (?:delayed )?(days|patients)"
)


def _csv_heading(sheet: Sheet) -> int | None:
    """The row of the heading, after up to a dozen rows of preamble."""
    for index, row in enumerate(sheet.rows[:12]):
        names = [_plain(cell) for cell in row]
        if "reason for delay" in names and any(name.startswith(("nhs", "social care")) for name in names):
            return index
    return None


def _plain(cell: Cell) -> str:
    return label(cell).replace("_", " ").replace("-", " ")


def _columns(names: Sequence[str], reader: Reader, heading: int) -> _Columns | None:
    def first(*options: str) -> int | None:
        return next((names.index(option) for option in options if option in names), None)

    known = {
        "year": first("year"),
        "period": first("period name", "period", "month"),
        "provider": first("provider org code", "provider code", "org code"),
        "authority": first("local authority code", "la code"),
        "care": first("acute or non acute description", "acute or non acute", "type of care"),
        "reason": first("reason for delay"),
    }
    figures = []
    for index, name in enumerate(names):
        if found := _FIGURE_COLUMN.fullmatch(name):
            body = BODIES[found[1] or found[3]]
            figures.append((index, body, "patients" if (found[2] or found[4]) in ("a", "patients") else "days"))
        elif "bed" in name:
            reader.report.note(reader.place(heading), f"the column “{name}” follows from the days; it is not read")
        elif name and index not in known.values() and not re.search(r"\b(name|parent|sha|region|provider)\b", name):
            reader.report.warning(reader.place(heading), f"the column “{name}” is not known; it is not taken")
    missing = [name for name in ("period", "care", "reason") if known[name] is None]
    if known["provider"] is None and known["authority"] is None:
        missing.append("provider or local authority code")
    if not any(kind == "days" for _, _, kind in figures):
        missing.append("delayed days (B) of the NHS, social care and both")
    if missing:
        reader.report.error(
            reader.place(heading), f"there is no column for the {', the '.join(missing)}; nothing is taken"
        )
        return None
    assert known["period"] is not None
    assert known["care"] is not None
    assert known["reason"] is not None
    return _Columns(
        known["year"], known["period"], known["provider"], known["authority"], known["care"], known["reason"], figures
    )


def _read_rows(book: Book, sheet: Sheet, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    reader = Reader(book, sheet, report)
    heading = _csv_heading(sheet)
    if heading is None:
        report.error(Place(book.file), "there is no heading with “Reason For Delay”; nothing is taken")
        return
    columns = _columns([_plain(cell) for cell in sheet.rows[heading]], reader, heading)
    if columns is None:
        return
    at = [column for column in (columns.authority, columns.provider) if column is not None]
    sums: dict[tuple[str, date, str, str, str], _Sum] = {}
    refused: set[tuple[str, date | None]] = set()
    given: dict[tuple[str, ...], int] = {}
    others, blanks = 0, 0
    width = max(columns.period, columns.care, columns.reason, *at, *(column for column, _, _ in columns.figures)) + 1
    for index in range(heading + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if len(row) < width:
            if any(row):
                report.error(
                    reader.place(index),
                    f"the row has {len(row)} values, the heading {len(sheet.rows[heading])}; not taken",
                )
            continue
        organisations = [found for column in at if (found := code(row[column])) in wanted]
        if not organisations:
            others += 1
            continue
        period = _period(row, columns)
        if period is None:
            report.error(
                reader.place(index), f"“{text(row[columns.period])}” is not a month with a year; the row is refused"
            )
            refused |= {(organisation, None) for organisation in organisations}
            continue
        care = CARE.get(label(row[columns.care]))
        if care is None:
            report.error(
                reader.place(index), f"“{text(row[columns.care])}” is neither Acute nor Non-Acute; the month is refused"
            )
            refused |= {(organisation, period) for organisation in organisations}
            continue
        reason = _reason(text(row[columns.reason])) or _unmapped(row[columns.reason])
        if reason.startswith("unmapped"):
            report.warning(
                reader.place(index),
                f"the reason “{reason[10:]}” is not on the national list; its days are kept as unmapped",
            )
        key = tuple(code(row[column]) for column in at) + (f"{period}", care, reason)
        if key in given:
            report.error(
                reader.place(index),
                f"the same provider, authority, type of care and reason stand in row {given[key] + 1} too; the month is refused",
            )
            refused |= {(organisation, period) for organisation in organisations}
            continue
        given[key] = index
        for column, body, kind in columns.figures:
            if row[column] == "":
                blanks += 1
                value = Decimal(0)
            else:
                number = reader.number(index, column, f"{body.replace('_', ' ')}, {kind}")
                if number.standing == "refused":
                    refused |= {(organisation, period) for organisation in organisations}
                if number.value is None:
                    continue
                value = number.value
            for organisation in organisations:
                held = sums.setdefault(
                    (organisation, period, care, reason, body), _Sum(None, None, reader.place(index))
                )
                if kind == "days":
                    held.days = (held.days or Decimal(0)) + value
                else:
                    held.patients = (held.patients or Decimal(0)) + value
    report.skip(reader.place(heading), others, OTHER_ROWS)
    if blanks:
        report.note(
            reader.place(heading), f"{blanks:,} blank cells: in this return a blank is no delay and counts as 0"
        )
    if not sums and not refused:
        report.warning(
            Place(book.file), f"none of the authorities asked for is in it ({', '.join(sorted(wanted)[:8])})"
        )
    yield from _summed(sums, refused)


def _period(row: Sequence[Cell], columns: _Columns) -> date | None:
    """The month: dated or named in full, or a month's name beside the financial year ("OCTOBER" of "2016-17")."""
    full = month_of(row[columns.period])
    if full is not None or columns.year is None:
        return full
    year = re.match(r"\s*(\d{4})", str(row[columns.year]))
    month = month_named(f"{text(row[columns.period])} {year[1]}") if year else None
    return month.replace(year=month.year + (month.month < 4)) if month else None


def _summed(
    sums: dict[tuple[str, date, str, str, str], _Sum], refused: AbstractSet[tuple[str, date | None]]
) -> Iterator[Figure | DelayFigure]:
    totals: dict[tuple[str, date], _Sum] = {}
    for (organisation, period, care, reason, body), held in sums.items():
        if (organisation, period) in refused or (organisation, None) in refused or held.days is None:
            continue
        total = totals.setdefault((organisation, period), _Sum(Decimal(0), None, held.place))
        total.days = (total.days or Decimal(0)) + held.days
        yield DelayFigure(organisation, period, "all", care, reason, body, held.days, held.patients, held.place)
    for (organisation, period), total in totals.items():
        yield _days(organisation, period, total.days, total.place, None)
