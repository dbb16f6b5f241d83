"""The monthly CSV of delayed transfers: a row for each provider, authority, type of care and reason, added up over providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from activity.imports.cells import Reader, code, label, month_named, month_of, text
from activity.imports.dtoc.names import BODIES, CARE, days_of, reason_of, unmapped
from activity.imports.figures import DelayFigure, Figure
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

OTHER_ROWS: Final = "rows of other authorities and providers"


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


def heading_of(sheet: Sheet) -> int | None:
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


def read_rows(book: Book, sheet: Sheet, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    reader = Reader(book, sheet, report)
    heading = heading_of(sheet)
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
        reason = reason_of(text(row[columns.reason])) or unmapped(row[columns.reason])
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
        yield days_of(organisation, period, total.days, total.place, None)
