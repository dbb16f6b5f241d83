"""The tables of a monthly workbook of delayed transfers: which sheet has which cut, of which month, and what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activity.imports.cells import Reader, month_named, month_of, text
from activity.imports.dtoc.names import BODIES, CARE, CUT_NAMES, reason_of, unmapped, words_of
from activity.imports.preamble import preamble, published
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

_HEADING_WITHIN = 25


@dataclass(slots=True)
class Table:
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


def tables_of(book: Book, report: Report) -> list[Table]:
    tables: dict[str, Table] = {}
    for sheet in book.sheets:
        if not is_of_delays(sheet):
            continue
        found = heading_of(sheet.rows)
        if found is None:
            continue
        place = Place(book.file, sheet.name)
        labels = preamble(sheet.rows)
        summary = words_of(labels.get("summary", ""))
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


def is_of_delays(sheet: Sheet) -> bool:
    return any(
        isinstance(cell, str) and "delayed transfer" in cell.lower() for row in sheet.rows[:8] for cell in row[:6]
    )


def heading_of(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The row of the heading: it has a Code, a Name, and the categories of one of the cuts."""
    for index, row in enumerate(rows[:_HEADING_WITHIN]):
        if len(row) - row.count("") < 3:
            continue
        words = {cell.strip().lower() for cell in row if type(cell) is str and cell}
        if "code" in words and "name" in words:
            names = {words_of(cell) for cell in row}
            if names & CARE.keys() or names & BODIES.keys() or any(map(reason_of, names)):
                return index
    return None


def _table(book: Book, sheet: Sheet, heading: int, report: Report) -> Table:
    """What the columns are, up to the total: what follows that is a block of beds."""
    reader = Reader(book, sheet, report)
    names = [words_of(cell) for cell in sheet.rows[heading]]
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
        category = (reason_of(words) or unmapped(sheet.rows[heading][index])) if cut == "reason" else known.get(words)
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
    return Table(cut, reader, heading, codes, name, parts, total, None, None)
