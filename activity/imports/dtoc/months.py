"""A month of delayed days from its workbook: an authority's rows in each cut, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from activity.imports.cells import code, number_in, text
from activity.imports.dtoc.names import CUT_NAMES, days_of, words_of
from activity.imports.dtoc.tables import Table, tables_of
from activity.imports.figures import DelayFigure, Figure
from opplan.imports.files import Book, Cell
from opplan.imports.report import Place, Report

STATUS: Final = {"given": "final", "missing": "missing", "not_applicable": "not_applicable"}

_PLAINLY: Final = 10**9
OTHERS: Final = "rows of other authorities and of England as a whole"


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


def read_workbook(book: Book, wanted: AbstractSet[str], report: Report) -> Iterator[Figure | DelayFigure]:
    tables = tables_of(book, report)
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


def _read_table(table: Table, wanted: AbstractSet[str], months: dict[str, _Month], report: Report) -> None:
    """Take the rows of the wanted authorities. The others are told apart by a look at their codes and counted."""
    assert table.period is not None
    below = table.reader.sheet.rows[table.heading + 1 :]
    found: dict[int, str] = {}
    others = 0
    for column in table.codes:
        cells = _column(below, column)
        given = len(cells) - cells.count("")
        others = max(others, given)
        if not given:
            continue
        try:
            names = [*map(str.upper, map(str.strip, cells))]
        except TypeError:
            names = [code(cell) for cell in cells]
        if not wanted.isdisjoint(names):
            for index, name in enumerate(names, table.heading + 1):
                if name in wanted:
                    found.setdefault(index, name)
    for index in sorted(found):
        organisation = found[index]
        month = months.get(organisation)
        if month is None:
            name = text(table.reader.cell(index, table.name)).removesuffix(" UA")
            month = months[organisation] = _Month(organisation, name, table.period, table.published)
        _take_row(table, index, month, report)
    report.skip(table.reader.place(table.heading), others - len(found), OTHERS)


def _column(rows: Sequence[Sequence[Cell]], column: int) -> list[Any]:
    """The cells of a column; "" beyond the end of a short row."""
    try:
        return [*map(itemgetter(column), rows)]
    except IndexError:
        return [row[column] if column < len(row) else "" for row in rows]


def _plain_count(cell: Cell) -> Decimal | None:
    """The number in a cell that is a whole one within reason, as nearly all are: there is nothing to say of it."""
    return Decimal(int(cell)) if type(cell) is float and 0 <= cell < _PLAINLY and cell.is_integer() else None


def _take_row(table: Table, index: int, month: _Month, report: Report) -> None:
    reader = table.reader
    parts: dict[str, tuple[Decimal, Place]] = {}
    complete = True
    row = reader.sheet.rows[index]
    for column, category in table.parts.items():
        if column < len(row) and (plain := _plain_count(row[column])) is not None:
            parts[category] = (plain, reader.place(index, column))
            continue
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
        given = reader.number(index, table.total, f"{month.name}, total")
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


def _check_england(table: Table, report: Report) -> None:
    """Tell where the authorities do not add up to England's total. They may not: one is sometimes revised without the other."""
    if table.total is None:
        return
    rows = table.reader.sheet.rows
    after = range(table.heading + 1, min(len(rows), table.heading + 6))
    england = next((index for index in after if words_of(table.reader.cell(index, table.name)) == "england"), None)
    if england is None:
        report.note(
            table.reader.place(table.heading), "there is no row for England: the authorities cannot be added up to it"
        )
        return
    given = number_in(table.reader.cell(england, table.total))[0].value
    together = sum(
        [cell for cell in _column(rows[england + 1 :], table.total) if type(cell) is float or type(cell) is int]
    )
    if given is not None and abs(together - float(given)) > 0.0001:
        report.note(
            table.reader.place(england, table.total),
            f"by {CUT_NAMES[table.cut]}, England says {given:,}, but the authorities make {together:,.0f}",
        )


def _figures(month: _Month) -> Iterator[Figure | DelayFigure]:
    cuts = list(month.cuts.values())
    cut = next((cut for cut in cuts if cut.total is not None), cuts[0])
    yield days_of(month.organisation, month.period, cut.total, cut.total_place, month.published, cut.status)
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
