"""Any table with an organisation, a measure's code, a month and a numerator in columns: the analyst says which column is which.

A mapping names the columns by their headings, so that it may be kept and used for next month's file. Periods are read in these
ways, or in the one that the mapping names: 2016-04-01, April 2016, Apr-16, 01/04/2016 (day first), 2016-17 M1 (April is month
1), and dates of Excel. A day within a month stands for its month. Rows of organisations that are not wanted are counted and
cost next to nothing: only their organisation is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from collections.abc import Mapping as MappingOf
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from activity.imports.cells import Gathering, Number, Reader, code, day_of, label, month_named, text
from activity.imports.figures import Figure
from opplan.calc.months import next_month, year_start
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME = "generic"
TITLE = "A table of your own: organisation, measure, period, numerator, denominator"

ROLES: Final = ("organisation", "measure", "period", "numerator", "denominator", "status", "specialty")
NEEDED: Final = ("organisation", "measure", "period", "numerator")

_LOOKED_AT = 30  # rows from the top in which the heading is looked for
_SHEETS_OFFERED = 60  # no workbook that a person chooses a sheet of has more
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "organisation": (
        *(
            "organisation code",
            "organisation",
            "org code",
            "org",
            "ods code",
            "provider code",
            "commissioner code",
            "ccg code",
        ),
        *("provider org code", "commissioner org code", "trust code", "pct code", "local authority code", "la code"),
        *("organization code", "organization", "provider", "commissioner", "code"),
    ),
    "measure": (
        "measure code",
        "measure",
        "indicator code",
        "indicator",
        "metric code",
        "metric",
        "kpi code",
        "kpi",
        "line code",
        "line",
    ),
    "period": ("period", "month", "reporting period", "period start", "date", "reporting month", "period name"),
    "numerator": ("numerator", "actual numerator", "num", "value", "count", "actual", "number"),
    "denominator": ("denominator", "actual denominator", "denom", "den", "out of"),
    "status": ("status", "data status", "reading status"),
    "specialty": ("specialty", "treatment function name", "treatment function", "specialty name", "speciality"),
}
_STATUSES: Final = {
    "": "final",
    "final": "final",
    "freeze": "final",
    "frozen": "final",
    "flex": "flex",
    "provisional": "flex",
    "estimate": "estimate",
    "estimated": "estimate",
    "missing": "missing",
    "not reported": "missing",
    "not applicable": "not_applicable",
    "not_applicable": "not_applicable",
    "n/a": "not_applicable",
}
_WITHOUT: Final = frozenset({"missing", "not_applicable"})
_FINANCIAL_MONTH = re.compile(
    r"(\d{4})\s*[-/]\s*(?:\d{2})?(\d{2})\s*,?\s*(?:m|month|p|period)\s*(\d{1,2})", re.IGNORECASE
)


def _dated(cell: Cell) -> date | None:
    return date(cell.year, cell.month, 1) if isinstance(cell, date) else None


def _iso(cell: Cell) -> date | None:
    day = day_of(cell) if isinstance(cell, str) and "-" in cell else None
    return day.replace(day=1) if day else None


def _british(cell: Cell) -> date | None:
    day = day_of(cell) if isinstance(cell, str) and "-" not in cell else None
    return day.replace(day=1) if day else None


def _worded(cell: Cell) -> date | None:
    return month_named(cell) if isinstance(cell, str) and re.search(r"\d{4}\s*$", cell) else None


def _short(cell: Cell) -> date | None:
    return month_named(cell) if isinstance(cell, str) and re.search(r"\D\d{2}\s*$", cell) else None


def _financial(cell: Cell) -> date | None:
    """The month of a financial year: 2016-17 M1 is April 2016, M12 March 2017."""
    found = _FINANCIAL_MONTH.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if not found or not 1 <= int(found[3]) <= 12:
        return None
    try:
        return next_month(year_start(f"{found[1]}-{found[2]}"), int(found[3]) - 1)
    except ValueError:
        return None


PERIODS: Final[MappingOf[str, tuple[str, Callable[[Cell], date | None]]]] = {
    "date": ("a date of Excel", _dated),
    "iso": ("2016-04-01", _iso),
    "british": ("01/04/2016", _british),
    "words": ("April 2016", _worded),
    "short": ("Apr-16", _short),
    "financial": ("2016-17 M1", _financial),
}
"""The ways to write a month: a name to keep, an example to show, and how it is read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The heading of a sheet: its row (1 is the first, as in Excel), and the columns' names, each of them different.

    `others` are the headings of the workbook's other sheets, so that another can be chosen without opening the file.
    """

    sheet: str
    header_row: int
    names: tuple[str, ...]
    others: tuple[Columns, ...] = ()

    @classmethod
    def of(cls, kept: MappingOf[str, Any]) -> Columns:
        """What `kept` gave."""
        others = tuple(cls.of(one) for one in kept.get("others", ()))
        return cls(kept["sheet"], kept["header_row"], tuple(kept["names"]), others)

    def kept(self) -> dict[str, Any]:
        """The headings as plain values, to be stored."""
        own = {"sheet": self.sheet, "header_row": self.header_row, "names": list(self.names)}
        return own | {"others": [one.kept() for one in self.others]}

    def at(self, sheet: str) -> Columns:
        """The heading of another sheet; this one where there is no such sheet."""
        return next((one for one in self.others if one.sheet == sheet), self)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column is which, by its heading; "" for a column that the table does not have. period_format: a key of PERIODS, or
    "" for any of them."""

    organisation: str
    measure: str
    period: str
    numerator: str
    denominator: str = ""
    status: str = ""
    specialty: str = ""
    sheet: str = ""
    header_row: int = 1
    period_format: str = ""

    def kept(self) -> dict[str, str | int]:
        """The mapping as plain values, to be stored."""
        return asdict(self)


def recognises(book: Book) -> bool:
    return suggested(columns_of(book)) is not None


def columns_of(book: Book, sheet: str | None = None) -> Columns:
    """The heading of a sheet; without a sheet named, of the one whose headings say most of what is looked for."""
    found = [_heading(each) for each in book.sheets[:_SHEETS_OFFERED]]
    chosen = [one for one in found if sheet is None or one.sheet == sheet]
    best = max(chosen, key=lambda columns: len(_guessed(columns.names)), default=Columns(sheet or "", 1, ()))
    others = tuple(one for one in found if one.sheet != best.sheet and any(one.names))
    return replace(best, others=others)


def _heading(sheet: Sheet) -> Columns:
    """The row that names most roles; where none does, the first with three names or more."""
    best, most, wide = 0, 0, None
    for row, cells in enumerate(sheet.rows[:_LOOKED_AT]):
        names = [label(cell) for cell in cells if isinstance(cell, str)]
        roles = len(_guessed(names))
        if roles > most:
            best, most = row, roles
        if wide is None and sum(bool(name) for name in names) >= 3:
            wide = row
    row = best if most >= 2 else wide or 0
    cells = sheet.rows[row] if sheet.rows else []
    return Columns(sheet.name, row + 1, _distinct([text(cell) for cell in cells]))


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Names that differ from each other: one without a name, or a repeated one, gets its number."""
    distinct: list[str] = []
    for number, name in enumerate(names, start=1):
        named = name or f"column {number}"
        distinct.append(named if named not in distinct else f"{named} (column {number})")
    return tuple(distinct)


def _guessed(names: Sequence[str]) -> dict[str, str]:
    """The likeliest name for each role; a role without a likely name is left out."""
    by_label: dict[str, str] = {}
    for name in names:
        by_label.setdefault(label(name).replace("_", " "), name)
    guesses: dict[str, str] = {}
    for role, likely in _NAMES.items():
        found = next(
            (by_label[one] for one in likely if one in by_label and by_label[one] not in guesses.values()), None
        )
        if found is not None:
            guesses[role] = found
    return guesses


def suggested(columns: Columns) -> Mapping | None:
    """A mapping by the names of the columns; None where a needed column cannot be told."""
    guesses = _guessed(columns.names)
    if not guesses.keys() >= set(NEEDED):
        return None
    return Mapping(**guesses, sheet=columns.sheet, header_row=columns.header_row)


def read(book: Book, wanted: Set[str], report: Report, mapping: Mapping | None = None) -> Iterator[Figure]:
    mapping = mapping or suggested(columns_of(book))
    if mapping is None:
        report.error(
            Place(book.file),
            "it cannot be told which columns hold the organisation, measure, period and numerator; say which",
        )
        return
    sheet = next((sheet for sheet in book.sheets if sheet.name == mapping.sheet), None)
    if sheet is None:
        sheets = ", ".join(f"“{sheet.name}”" for sheet in book.sheets if sheet.name)
        report.error(
            Place(book.file), f"there is no sheet “{mapping.sheet}”" + (f"; the file has {sheets}" if sheets else "")
        )
        return
    reader = Reader(book, sheet, report)
    at = _columns(reader, mapping)
    if at is not None:
        yield from _rows(reader, mapping, at, wanted)


def _columns(reader: Reader, mapping: Mapping) -> dict[str, int] | None:
    """The index of each role's column; None, with errors told, when the heading lacks one."""
    head = mapping.header_row - 1
    names = _distinct([text(cell) for cell in reader.sheet.rows[head]]) if 0 <= head < len(reader.sheet.rows) else ()
    at, lacking = {}, []
    for role in ROLES:
        name = getattr(mapping, role)
        if name in names:
            at[role] = names.index(name)
        elif name or role in NEEDED:
            lacking.append(f"“{name}” for the {role}" if name else f"any for the {role}")
    if mapping.period_format and mapping.period_format not in PERIODS:
        lacking.append(f"a known way to read periods (“{mapping.period_format}”)")
    if lacking:
        reader.report.error(
            reader.place(max(head, 0)), f"row {mapping.header_row} is to be the heading, but lacks {'; '.join(lacking)}"
        )
        return None
    unread = [name for number, name in enumerate(names) if number not in at.values()]
    if unread:
        reader.report.note(
            reader.place(head), f"columns that the mapping does not use are not read: {', '.join(unread)[:300]}"
        )
    return at


def _rows(reader: Reader, mapping: Mapping, at: dict[str, int], wanted: Set[str]) -> Iterator[Figure]:
    rows, where = reader.sheet.rows, at["organisation"]
    kept: dict[Cell, str] = {}
    others = blank = 0
    taken: list[tuple[int, str]] = []
    for row in range(mapping.header_row, len(rows)):
        cells = rows[row]
        cell = cells[where] if where < len(cells) else None
        if cell not in kept:
            named = code(cell)
            kept[cell] = named if named in wanted else "." if named else ""
        organisation = kept[cell]
        if organisation == ".":
            others += 1
        elif organisation:
            taken.append((row, organisation))
        elif any(value not in (None, "") for value in cells):
            blank += 1
            reader.report.warning(reader.place(row, where), "the row names no organisation; it is not read")
    reader.report.skip(None, others, "rows of other organisations")
    reader.report.skip(None, blank, "rows without an organisation")
    gathering, months = Gathering(reader.report), _Months(reader, mapping, at["period"])
    for row, organisation in taken:
        figure = _figure(reader, at, row, organisation, months)
        if figure is not None:
            gathering.add(figure)
    yield from gathering.figures()


class _Months:
    """Reads the period column; the same cell is worked out once."""

    def __init__(self, reader: Reader, mapping: Mapping, column: int) -> None:
        ways = [mapping.period_format] if mapping.period_format else list(PERIODS)
        self._reader = reader
        self._column = column
        self._ways = [PERIODS[way][1] for way in ways]
        self._meant = " or ".join(PERIODS[way][0] for way in ways)
        self._held: dict[Cell, date | None] = {}

    def of(self, row: int) -> date | None:
        """The month of a row; None, with an error told, when its cell is none."""
        cell = self._reader.cell(row, self._column)
        if cell not in self._held:
            self._held[cell] = next((month for way in self._ways if (month := way(cell))), None)
        month = self._held[cell]
        place = self._reader.place(row, self._column)
        if month is None:
            self._reader.report.error(
                place, f"“{text(cell)[:40]}” is not a month such as {self._meant}; the row is refused"
            )
        elif isinstance(cell, date) and cell.day != 1:
            self._reader.report.note(place, "the day within a month stands for its month")
        return month


def _figure(reader: Reader, at: dict[str, int], row: int, organisation: str, months: _Months) -> Figure | None:
    measure = text(reader.cell(row, at["measure"]))
    if not measure:
        reader.report.error(reader.place(row, at["measure"]), "the row names no measure; it is refused")
        return None
    period = months.of(row)
    if period is None:
        return None
    status = _STATUSES.get(label(reader.cell(row, at["status"]))) if "status" in at else "final"
    if status is None:
        given = text(reader.cell(row, at["status"]))[:40]
        reader.report.error(
            reader.place(row, at["status"]),
            f"“{given}” is not a status (final, flex, estimate, missing or not applicable); the row is refused",
        )
        return None
    numbers = _numbers(reader, at, row, status)
    if numbers is None:
        return None
    specialty = text(reader.cell(row, at["specialty"])) if "specialty" in at else ""
    numerator, denominator, status = numbers
    return Figure(
        organisation, "", period, numerator, denominator, status, reader.place(row, at["numerator"]), specialty, measure
    )


def _numbers(
    reader: Reader, at: dict[str, int], row: int, status: str
) -> tuple[Decimal | None, Decimal | None, str] | None:
    """Numerator, denominator and status of a row; None, with an error told, when they cannot stand together."""
    if status in _WITHOUT and _is_blank(reader, row, at["numerator"]):
        return None, None, status
    numerator = reader.number(row, at["numerator"], "numerator")
    denominator = _denominator(reader, at, row)
    if "refused" in (numerator.standing, denominator.standing):
        return None
    place = reader.place(row, at["numerator"])
    if status in _WITHOUT and numerator.value is not None:
        reader.report.error(
            place, f"the status says {status.replace('_', ' ')}, but there is a number; the row is refused"
        )
        return None
    if numerator.value is None:
        return None, None, numerator.standing
    if denominator.standing == "missing":
        return None, None, "missing"
    if denominator.value is not None and numerator.value > denominator.value:
        reader.report.warning(
            place,
            f"the numerator {numerator.value} is more than the denominator {denominator.value}; both are kept as given",
        )
    return numerator.value, denominator.value, status


def _denominator(reader: Reader, at: dict[str, int], row: int) -> Number:
    """The denominator; a count has none, so that a blank one or a dash says nothing of the figure."""
    if "denominator" not in at or _is_blank(reader, row, at["denominator"]):
        return Number(None, "not_applicable")
    return reader.number(row, at["denominator"], "denominator")


def _is_blank(reader: Reader, row: int, column: int) -> bool:
    return not text(reader.cell(row, column))
