"""Reads a national QIPP return into the rows of its schemes, and keeps them until they are loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from finance.models import Scheme
from finance.queries.qipp_return import Column, layout
from opplan.calc.money import rounded
from opplan.imports.files import Book, Sheet, address, opened
from opplan.imports.report import Place, Report
from opplan.imports.unreadable import Unreadable
from opplan.plans.belonging import REFERENCE
from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import listed, plain
from opplan.web.tables import own_text

if TYPE_CHECKING:
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)
LARGEST = Decimal(1_000_000_000)
"""In £000: what a figure of the plan can hold."""
ROWS_LOOKED_AT = 60
LEAST_HEADINGS = 8
PLACES = 12
LONGEST_REFERENCE = 40
MONTH = re.compile(r"(in month )?(?:(actual|forecast) )?month (\d{1,3})(?: (plan|actual|forecast))?")
FIGURES = {"plan": "planned_saving", "actual": "actual_saving", "forecast": "forecast_saving"}


@dataclass(frozen=True)
class ReadCell:
    """A cell as it was read: its column, its value (None: blank), and where it stands. `figure` is the one that a month's cell holds."""

    column: Column
    value: Any
    place: Place
    figure: str = ""


@dataclass(frozen=True)
class ReadRow:
    """A row of a return that is a scheme: its reference in the plan, where its id stands, and its cells."""

    reference: str
    place: Place
    unidentified: bool
    cells: Sequence[ReadCell]

    @property
    def title(self) -> str:
        return next((str(one.value or "") for one in self.cells if one.column.key == "title"), "")


def read_return(plan: Plan, name: str, content: bytes, report: Report) -> list[ReadRow]:
    """The schemes of a return. What is wrong is an error in the report with its cell, and that cell is not taken."""
    try:
        books = opened(name, content)
    except Unreadable as problem:
        report.error(Place(name), str(problem))
        return []
    if len(books) != 1:
        report.error(Place(name), f"{name} holds {len(books)} files. Load the one that is the return.")
        return []
    found = _headings(books[0])
    if found is None:
        sheets = listed([f"“{sheet.name}”" for sheet in books[0].sheets if sheet.name])
        report.error(
            Place(name),
            f"No sheet of {name} has the headings of the return, with “UniqueID” first"
            + (f" (it has {sheets})" if sheets else "")
            + ". Begin with a return that opplan exported.",
        )
        return []
    return _Reading(plan, books[0], *found, report).rows()


def _headings(book: Book) -> tuple[Sheet, int] | None:
    """The sheet and row that have the headings of the return: the one with most of them."""
    best, most = None, LEAST_HEADINGS - 1
    known = {_plain(name) for column in layout().columns for name in (column.heading, *column.also) if name}
    for sheet in book.sheets:
        for at, row in enumerate(sheet.rows[:ROWS_LOOKED_AT]):
            words = [_plain(cell) for cell in row]
            score = sum(1 for one in words if one in known or MONTH.fullmatch(one)) if "uniqueid" in words else 0
            if score > most:
                best, most = (sheet, at), score
    return best


def _plain(cell: Any) -> str:
    """A heading as it is compared: words and figures alone, one space apart, in lower case."""
    words = re.sub(r"[^a-z0-9%]+", " ", str(cell or "").lower()).strip()
    return "uniqueid" if words == "unique id" else words


class _Reading:
    """One pass over a sheet."""

    def __init__(self, plan: Plan, book: Book, sheet: Sheet, top: int, report: Report) -> None:
        self.plan, self.book, self.sheet, self.top, self.report = plan, book, sheet, top, report
        self.columns: dict[int, tuple[Column, str]] = {}
        self._name_columns()

    def place(self, row: int, at: int | None = None) -> Place:
        """Where a cell stands. A text file has rows and headings, no letters."""
        if self.sheet.name:
            return Place(self.book.file, self.sheet.name, address(row, at or 0) if at is not None else f"row {row + 1}")
        heading = "" if at is None else f", column {self._cell(self.top, at)}"
        return Place(self.book.file, "", f"row {row + 1}{heading}")

    def _cell(self, row: int, at: int) -> Any:
        cells = self.sheet.rows[row]
        return cells[at] if at < len(cells) else None

    def _name_columns(self) -> None:
        """Which column of the return stands where, and which figure a month's column holds."""
        by_name = {
            _plain(name): column for column in layout().columns if not column.month
            for name in (column.heading, *column.also) if name
        }  # fmt: skip
        months = {(column.holds, column.month): column for column in layout().columns if column.month}
        seen: set[tuple[str, str]] = set()
        for at, heading in enumerate(self.sheet.rows[self.top]):
            words = _plain(heading)
            if not words:
                continue
            if named := MONTH.fullmatch(words):
                found = self._month_column(named, months, at, heading)
            else:
                found = (by_name[words], "") if words in by_name else None
                if found is None:
                    self.report.warning(
                        self.place(self.top, at), f"the column “{str(heading)[:60]}” is none of the return’s; it is not read"
                    )  # fmt: skip
            if found is None:
                continue
            key = (found[0].key, found[1])
            if key in seen:
                self.report.error(
                    self.place(self.top, at), f"the column “{heading}” is there twice. Delete one of them."
                )
            seen.add(key)
            self.columns[at] = found

    def _month_column(
        self, named: re.Match[str], months: Mapping[tuple[str, int], Column], at: int, heading: Any
    ) -> tuple[Column, str] | None:
        """A month's plan, or its saving: the heading says whether that is an actual or a forecast."""
        number = int(named[3])
        planned = named[4] == "plan"
        column = months.get(("plan" if planned else "saved", number))
        if column is None:
            self.report.error(
                self.place(self.top, at), f"“{heading}”: there is no month {number}. The year has months 1 to 12, April to March."
            )  # fmt: skip
            return None
        forecast = "forecast" in (named[2], named[4]) and not planned
        return column, FIGURES["plan" if planned else "forecast" if forecast else "actual"]

    def rows(self) -> list[ReadRow]:
        """The rows that have an id. One without is a heading; an id that is there twice, or another commissioner's, is an error."""
        where = next(at for at, (column, _) in self.columns.items() if column.holds == "id")
        found, headings = [], 0
        for at in range(self.top + 1, len(self.sheet.rows)):
            written = _text(self._cell(at, where), self.sheet)
            if not written:
                headings += any(_text(cell, self.sheet) for cell in self.sheet.rows[at])
                continue
            reference = self._reference(written, self.place(at, where))
            if reference:
                found.append(self._row(at, where, reference))
        self.report.skip(
            Place(self.book.file, self.sheet.name), headings, "rows without a unique id, which are headings"
        )
        return self._once(found)

    def _reference(self, written: str, place: Place) -> str:
        """The scheme's reference in the plan; nothing where the id cannot be one of this plan's."""
        code = self.plan.organisation.code
        if written[: len(code)].upper() != code.upper():
            self.report.error(
                place, f"“{written[:40]}” begins with {written[:3]}, but this plan is of {code}. Load it where it belongs."
            )  # fmt: skip
            return ""
        reference = written[len(code) :].lstrip("-_/. ").upper()
        if len(reference) <= LONGEST_REFERENCE and re.fullmatch(REFERENCE.regex, reference):
            return reference
        self.report.error(
            place, f"“{written[:40]}” names no scheme: after {code} comes its reference, such as {code}-PC-03."
        )
        return ""

    def _row(self, at: int, where: int, reference: str) -> ReadRow:
        cells = []
        unidentified = False
        for column_at, (column, figure) in self.columns.items():
            if column.holds not in ("text", "choice", "plan", "saved"):
                continue
            place = self.place(at, column_at)
            cell = self._cell(at, column_at)
            if column.key == "title":
                unidentified = _plain(cell) == _plain(layout().unidentified)
            try:
                value = self._value(column, cell, place)
            except _Wrong as wrong:
                self.report.error(place, f"{column.heading}: {wrong}")
                continue
            cells.append(ReadCell(column, value, place, figure))
        return ReadRow(reference, self.place(at, where), unidentified, cells)

    def _value(self, column: Column, cell: Any, place: Place) -> Any:
        if column.month:
            return self._money(cell, place)
        words = _text(cell, self.sheet)
        if column.holds == "choice":
            if not words:
                return empty(column)
            for word, value in column.words.items():
                if word.lower() == words.lower():
                    return value
            raise _Wrong(f"“{words[:40]}” is none of {listed(list(column.words))}.")
        if len(words) > column.most:
            raise _Wrong(f"at most {column.most} characters; this has {len(words):,}. Shorten it.")
        if "\0" in words:
            raise _Wrong("it holds a character that is no text. Type it anew.")
        return words

    def _money(self, cell: Any, place: Place) -> Decimal | None:
        """£000 as typed, in pounds and pence; None for a blank cell."""
        if isinstance(cell, bool | date):
            raise _Wrong(f"“{cell}” is not a number. Type £000, such as 41 or 12.5.")
        if isinstance(cell, int | float):
            if not isfinite(cell) or abs(cell) >= LARGEST:
                raise _Wrong(f"{cell:g} is too large: figures here are £000, below a thousand million.")
            value: Decimal | None = Decimal(repr(cell))
        else:
            try:
                value = parse_figure(_text(cell, self.sheet), places=PLACES)
            except BadFigure as bad:
                raise _Wrong(str(bad)) from bad
        if value is None:
            return None
        pounds = rounded(value * THOUSAND, 2)
        if abs(pounds - value * THOUSAND) > Decimal("0.000001"):
            self.report.note(place, f"{plain(value)} is rounded to the penny")
        return pounds

    def _once(self, rows: Sequence[ReadRow]) -> list[ReadRow]:
        counts = Counter(row.reference for row in rows)
        first: dict[str, Place] = {}
        kept = []
        for row in rows:
            if counts[row.reference] == 1:
                kept.append(row)
            elif row.reference in first:
                self.report.error(
                    row.place,
                    f"{self.plan.organisation.code}-{row.reference} is in {first[row.reference].cell} too. "
                    "A scheme has one row: delete the other.",
                )
            else:
                first[row.reference] = row.place
        return kept


class _Wrong(ValueError):
    """What is wrong with a cell, and what to do about it."""


def empty(column: Column) -> Any:
    """What a field of the scheme holds when nobody has said anything."""
    return None if Scheme._meta.get_field(column.fact).null else ""


def _text(cell: Any, sheet: Sheet) -> str:
    """The words of a cell; of a text file without the apostrophe that kept a spreadsheet from running them."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    words = str(cell)
    return (own_text(words) if not sheet.name else words).strip()


def exact(value: Any) -> Any:
    """Money as text that is the same however many noughts the database gave it; anything else as it is."""
    return plain(value) if isinstance(value, Decimal) else value


# Rows as plain values, kept between a preview and its loading


def kept(rows: Iterable[ReadRow]) -> list[dict[str, Any]]:
    """Rows as values that a database keeps."""
    return [
        {
            "reference": row.reference,
            "place": _places(row.place),
            "unidentified": row.unidentified,
            "cells": [
                [one.column.key, one.figure, exact(one.value), _places(one.place), isinstance(one.value, Decimal)]
                for one in row.cells
            ],
        }
        for row in rows
    ]


def _places(place: Place) -> list[str]:
    return [place.file, place.sheet, place.cell]


def unpacked(rows: Iterable[Mapping[str, Any]]) -> list[ReadRow]:
    """The rows that `kept` made plain."""
    columns = {column.key: column for column in layout().columns}
    return [
        ReadRow(
            row["reference"],
            Place(*row["place"]),
            row["unidentified"],
            [
                ReadCell(columns[key], Decimal(value) if money else value, Place(*place), figure)
                for key, figure, value, place, money in row["cells"]
            ],
        )
        for row in rows
    ]
