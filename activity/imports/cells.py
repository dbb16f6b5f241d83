"""How a cell of a published file is read: what is a number, what is not reported, and which month words mean.

The same treatment holds in every source, and each odd cell has its line in the report:

- blank: not reported; kept as missing, never as 0
- a dash: not applicable to that organisation
- an asterisk: withheld by the publisher because it is small; kept as missing
- a number with thousands marks or spaces: read as the number, with a note
- other text in place of a number, or a number below 0: refused with an error
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Final, Literal

from activity.imports.figures import Figure
from opplan.imports.files import Book, Cell, Sheet, address
from opplan.imports.report import Place, Report

Standing = Literal["given", "missing", "not_applicable", "refused"]

_DASHES: Final = frozenset({"-", "–", "—", "−"})
_MOST: Final = 10**12
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_MARKED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+(\.\d+)?")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH_AND_YEAR = re.compile(
    r"\b(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b[\s\u00a0,.'/_-]*(\d{4}|\d{2})\b(?![/-]\d)",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"\s*\(\d+\)\s*$")


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell holds: a number when `standing` is given, otherwise None and why there is none."""

    value: Decimal | None
    standing: Standing


MISSING: Final = Number(None, "missing")
NOT_APPLICABLE: Final = Number(None, "not_applicable")
REFUSED: Final = Number(None, "refused")


class Reader:
    """Reads the cells of one sheet and tells the report of every odd one, with its place."""

    def __init__(self, book: Book, sheet: Sheet, report: Report) -> None:
        self.book = book
        self.sheet = sheet
        self.report = report

    def place(self, row: int, column: int | None = None) -> Place:
        """Where a cell stands; rows and columns count from 0. A CSV has rows only."""
        if column is None or not self.sheet.name:
            return Place(self.book.file, self.sheet.name, f"row {row + 1}")
        return Place(self.book.file, self.sheet.name, address(row, column))

    def cell(self, row: int, column: int) -> Cell:
        """The cell; None beyond the end of a short row."""
        cells = self.sheet.rows[row]
        return cells[column] if column < len(cells) else None

    def number(self, row: int, column: int, name: str) -> Number:
        """The number in a cell, by the treatment that the module states; `name` says in the report what the cell counts."""
        cell = self.cell(row, column)
        number, remark = number_in(cell)
        if remark:
            place = self.place(row, column)
            if number.standing == "refused":
                self.report.error(place, f"{name}: {remark}")
            elif number.standing == "missing":
                self.report.warning(place, f"{name}: {remark}")
            else:
                self.report.note(place, f"{name}: {remark}")
        return number


def number_in(cell: Cell) -> tuple[Number, str]:
    """The number in a cell, and what to say of it in the report; nothing for a plain number."""
    if isinstance(cell, bool | date):
        return REFUSED, f"“{cell}” is not a number; the figure is refused"
    if isinstance(cell, int | float):
        return _checked(cell)
    if cell is None:
        return MISSING, "the cell is blank; kept as not reported, not as 0"
    text = _SPACES.sub(" ", cell).strip()
    if not text:
        return MISSING, "the cell is blank; kept as not reported, not as 0"
    if text in _DASHES:
        return NOT_APPLICABLE, f"“{text}” is kept as not applicable, not as 0"
    if text == "*":
        return MISSING, "“*” is a number withheld by the publisher; kept as not reported, not as 0"
    if len(text) > 40:
        return REFUSED, "the cell holds text, not a number; the figure is refused"
    if _PLAIN.fullmatch(text):
        return _checked(Decimal(text))
    if _MARKED.fullmatch(text.replace(" ", "")):
        number, remark = _checked(Decimal(text.replace(" ", "").replace(",", "")))
        return number, remark or f"the text “{text}” is read as {number.value}"
    return REFUSED, f"“{text}” is not a number; the figure is refused"


def _checked(value: float | Decimal) -> tuple[Number, str]:
    if not isfinite(value) or value > _MOST:
        return REFUSED, f"“{value}” is beyond any count; the figure is refused"
    if value < 0:
        return REFUSED, f"{value} is below 0; the figure is refused"
    return Number(exactly(value), "given"), ""


def exactly(value: float | Decimal) -> Decimal:
    """A number as a decimal without a tail of zeros: 367.5 stays 367.5 and 81.0 is 81."""
    if value == int(value):
        return Decimal(int(value))
    return Decimal(repr(value)) if isinstance(value, float) else value.normalize()


def added(numbers: Sequence[Number]) -> Number:
    """The sum of the parts that apply. Missing or refused when any part is; not applicable when no part applies."""
    standings = {number.standing for number in numbers}
    if "refused" in standings:
        return REFUSED
    if "missing" in standings:
        return MISSING
    values = [number.value for number in numbers if number.value is not None]
    return Number(sum(values, Decimal(0)), "given") if values else NOT_APPLICABLE


def label(cell: Cell) -> str:
    """A heading as it is compared: one line, lower case, no footnote mark such as "(2)"."""
    if not isinstance(cell, str):
        return "" if cell is None else str(cell).strip().lower()
    return _FOOTNOTE.sub("", _SPACES.sub(" ", cell).strip()).lower()


def text(cell: Cell) -> str:
    """A name as it is kept: on one line, without blanks around it."""
    return "" if cell is None else _SPACES.sub(" ", str(cell)).strip()


def code(cell: Cell) -> str:
    """An organisation code as `wanted` holds it: upper case, no blanks. A code that Excel took for a number is its digits."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip().upper()


@lru_cache(maxsize=1024)
def month_named(words: str) -> date | None:
    """The first of the month that words name, such as "April 2019", "MSitAE-AUGUST-2024" or "Apr-16"; None when they name none."""
    found = _MONTH_AND_YEAR.search(words.replace("_", " "))
    if not found:
        return None
    year = int(found[2])
    return date(year if year > 99 else 2000 + year, _MONTHS[found[1].lower()], 1)


def day_of(cell: Cell) -> date | None:
    """The day that a cell dates: a date of a workbook, 2016-04-01 or 01/04/2016 (day first); None when it is none."""
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day)
    return _day_written(cell.strip()) if isinstance(cell, str) else None


@lru_cache(maxsize=1024)
def _day_written(words: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]0?0:00(?::00)?(?:\.0+)?)?", words)
    parts = (found[1], found[2], found[3]) if found else ()
    if not found and (found := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", words)):
        parts = (found[3], found[2], found[1])
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def month_of(cell: Cell) -> date | None:
    """The first of the month that a cell dates or names: a date, 2016-04-01, 01/04/2016 or words; None when it is none."""
    day = day_of(cell)
    if day:
        return day.replace(day=1)
    return month_named(cell) if isinstance(cell, str) else None


class Gathering:
    """The figures of one file by their key, so that a figure that is given twice is noticed before anything is handed on.

    The same value again is counted once, with a note. A different value for the same key is an error, and neither is taken:
    the file does not say which is right.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._held: dict[tuple[str, str, date, str], Figure] = {}
        self._disputed: set[tuple[str, str, date, str]] = set()

    def add(self, figure: Figure) -> None:
        key = (figure.organisation, figure.feed or figure.measure, figure.period, figure.specialty)
        earlier = self._held.setdefault(key, figure)
        if earlier is figure:
            return
        named = f"{key[1]} of {figure.organisation} for {figure.period:%B %Y}" + (
            f", {figure.specialty}," if figure.specialty else ""
        )
        same = (earlier.numerator, earlier.denominator, earlier.status) == (
            figure.numerator,
            figure.denominator,
            figure.status,
        )
        if same:
            self._report.note(figure.place, f"{named} is given twice with the same value; it is counted once")
            return
        self._disputed.add(key)
        self._report.error(
            figure.place,
            f"{named} is given twice with different values ({_said(earlier)} at {earlier.place.cell}, here {_said(figure)}); "
            "neither is taken",
        )

    def figures(self) -> Iterator[Figure]:
        """What was gathered, in the order of the file."""
        for key, figure in self._held.items():
            if key not in self._disputed:
                yield figure


def _said(figure: Figure) -> str:
    if figure.numerator is None:
        return "none"
    return f"{figure.numerator}" if figure.denominator is None else f"{figure.numerator} of {figure.denominator}"
