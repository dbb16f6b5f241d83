"""Cancer waiting times by provider: the quarterly workbook of 2015-16, one sheet a standard.

A sheet names its standard on its first row and its quarter on its second. It stacks tables for admitted care, non-admitted care
and all care, each with headings of its own; two week waits have one table. The figure is that of all care: patients treated (or
seen) within the standard, of all. Patients shared by two providers count half to each, so a number may end in .5; it is kept so.
Sheets by type of cancer, and the one of rarer cancers, count the same patients again and are left alone. Footnotes below the
tables are not read. The period is the first month of the quarter, for which the standards are judged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from activity.imports.cells import Gathering, Number, Reader, added, code, exactly, label, text
from activity.imports.figures import Figure
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME = "cancer"
TITLE = "Cancer waiting times by provider (NHS England, quarterly)"

_STANDARDS: Final = (
    ("two_week_wait", re.compile(r"^all cancers two week wait")),
    ("two_week_breast", re.compile(r"two week wait.*breast")),
    ("31_day_first", re.compile(r"^31.day.*first treatment: ?all cancers")),
    ("31_day_surgery", re.compile(r"^31.day.*subsequent.*surgery")),
    ("31_day_drug", re.compile(r"^31.day.*subsequent.*drug")),
    ("31_day_radiotherapy", re.compile(r"^31.day.*subsequent.*radiotherapy")),
    ("62_day_upgrade", re.compile(r"^62.day.*upgrade")),
    ("62_day_screening", re.compile(r"^62.day.*screening")),
    ("62_day", re.compile(r"^62.day.*gp referral.*all cancers")),
)
_QUARTER = re.compile(r"\bq([1-4])\s+(\d{4})\s*-\s*(\d{2,4})\b")
_ODS = re.compile(r"\s*ods code\b", re.IGNORECASE)
_WAITS = re.compile(r"^(all cancers )?two week wait|^(31|62).day")
_ALL_CARE: Final = "all care"
_CLOSE: Final = Decimal("1e-9")  # the percentage is printed to 15 figures


@dataclass(frozen=True)
class _Table:
    """One of the stacked tables: its first row, the row after its last, and where it keeps what."""

    first: int
    last: int
    organisation: int
    setting: int | None
    total: int
    within: int
    after: int
    share: int | None
    bands: range
    unknown: tuple[int, ...]


@dataclass(frozen=True)
class _Row:
    """A provider's row of a table, as it is read."""

    row: int
    total: Number
    within: Number


def recognises(book: Book) -> bool:
    return any(_standard(sheet) and _quarter(sheet) and _tables(sheet) for sheet in book.sheets)


def read(book: Book, wanted: Set[str], report: Report) -> Iterator[Figure]:
    gathering, others = Gathering(report), 0
    for sheet in book.sheets:
        standard, period = _standard(sheet), _quarter(sheet)
        if standard is None or not _tables(sheet):
            if any(sheet.rows) and _WAITS.match(_title(sheet)):
                report.note(
                    Place(book.file, sheet.name, ""),
                    "the sheet is not read: it counts by type of cancer what other sheets count in all",
                )
            continue
        reader = Reader(book, sheet, report)
        if period is None:
            report.error(reader.place(1, 0), "the sheet does not say which quarter it is for, such as Q1 2015-2016")
            continue
        others += _sheet(reader, f"cancer.{standard}", period, wanted, gathering)
    report.skip(None, others, "rows of other providers")
    yield from gathering.figures()


def _title(sheet: Sheet) -> str:
    return next((label(cell) for cells in sheet.rows[:3] for cell in cells if label(cell)), "")


def _standard(sheet: Sheet) -> str | None:
    title = _title(sheet)
    return next((name for name, words in _STANDARDS if words.search(title)), None)


def _quarter(sheet: Sheet) -> date | None:
    """The first month of the quarter above the tables: quarter 1 of 2015-2016 begins in April 2015, quarter 4 in January 2016."""
    for cells in sheet.rows[:6]:
        for cell in cells:
            found = _QUARTER.search(label(cell))
            if found:
                quarter, year = int(found[1]), int(found[2])
                return date(year + 1, 1, 1) if quarter == 4 else date(year, 1 + 3 * quarter, 1)
    return None


def _tables(sheet: Sheet) -> list[_Table]:
    heads = [
        row
        for row, cells in enumerate(sheet.rows)
        if any(isinstance(cell, str) and _ODS.match(cell) for cell in cells[:4])
    ]
    ends = [*heads[1:], len(sheet.rows)]
    return [table for head, end in zip(heads, ends, strict=True) if (table := _table(sheet, head, end))]


def _table(sheet: Sheet, head: int, end: int) -> _Table | None:
    names = [label(cell) for cell in sheet.rows[head]]
    above = [label(cell) for cell in sheet.rows[head - 1]] if head else []
    within = next((column for column, name in enumerate(names) if re.match(r"within \d+ days", name)), None)
    if "total" not in names or within is None or within + 1 >= len(names):
        return None
    after = within + 1
    share = next((column for column, name in enumerate(above) if name.startswith("percentage")), None)
    begin = next((column for column in range((share or after) + 1, len(names)) if names[column]), len(names))
    setting = names.index("care setting") if "care setting" in names else None
    known = ("ons area id", "ods code", "provider", "accountable provider", "care setting", "total", "referral reason")
    unknown = tuple(
        column
        for column, name in enumerate(names)
        if name and name not in known and " days" not in name and not re.search(r"type|cancer", name)
    )
    return _Table(
        head + 1,
        end,
        names.index("ods code"),
        setting,
        names.index("total"),
        within,
        after,
        share,
        range(begin, len(names)),
        unknown,
    )


def _sheet(reader: Reader, feed: str, period: date, wanted: Set[str], gathering: Gathering) -> int:
    """Gather a sheet's figures, check them against each other, and say how many rows of other providers it has."""
    others = 0
    parts: dict[str, dict[str, _Row]] = defaultdict(dict)
    for table in _tables(reader.sheet):
        for column in table.unknown:
            name = text(reader.cell(table.first - 1, column))
            reader.report.warning(
                reader.place(table.first - 1, column), f"the column “{name}” is not known; it is not read"
            )
        for row in range(table.first, table.last):
            organisation = code(reader.cell(row, table.organisation))
            if organisation not in wanted:
                others += bool(organisation)
                continue
            setting = _ALL_CARE if table.setting is None else label(reader.cell(row, table.setting))
            read = _row(reader, table, row, organisation)
            parts[organisation].setdefault(setting, read)
            if setting == _ALL_CARE:
                _gather(reader, table, read, organisation, feed, period, gathering)
        _check_england(reader, table)
    for organisation, settings in parts.items():
        _check_settings(reader, organisation, settings)
    return others


def _row(reader: Reader, table: _Table, row: int, organisation: str) -> _Row:
    """A provider's numbers, after checking that those after the standard, the bands and the percentage agree with them."""
    total, within = reader.number(row, table.total, "Total"), reader.number(row, table.within, "Within the standard")
    after = reader.number(row, table.after, "After the standard")
    bands = added([reader.number(row, column, text(reader.cell(table.first - 1, column))) for column in table.bands])
    for parts, what in ((added([within, after]), "within and after the standard"), (bands, "the waits in days")):
        if total.value is not None and parts.value is not None and parts.value != total.value:
            reader.report.warning(
                reader.place(row, table.total),
                f"{organisation}: the total is {total.value}, {what} add up to {parts.value}; it is kept",
            )
    if table.share is not None and total.value and within.value is not None:
        share = reader.cell(row, table.share)
        if isinstance(share, int | float) and abs(exactly(share) - within.value / total.value) > _CLOSE:
            reader.report.warning(
                reader.place(row, table.share),
                f"{organisation}: the file prints {share:.2%}, {within.value} of {total.value} is {within.value / total.value:.2%}; "
                "the numbers of patients are kept",
            )
    return _Row(row, total, within)


def _gather(
    reader: Reader, table: _Table, read: _Row, organisation: str, feed: str, period: date, gathering: Gathering
) -> None:
    place = reader.place(read.row, table.within)
    standings = {read.total.standing, read.within.standing}
    if "refused" in standings:
        return
    known = standings == {"given"}
    if known and (read.within.value or 0) > (read.total.value or 0):
        reader.report.error(
            place,
            f"{organisation}: {read.within.value} within the standard of {read.total.value}; the figure is refused",
        )
        return
    status = "final" if known else "missing" if "missing" in standings else "not_applicable"
    above, below = (read.within.value, read.total.value) if known else (None, None)
    gathering.add(Figure(organisation, feed, period, above, below, status, place))


def _check_settings(reader: Reader, organisation: str, settings: dict[str, _Row]) -> None:
    """All care must be the sum of admitted and non-admitted care, where the sheet gives them."""
    whole = settings.get(_ALL_CARE)
    rest = [row for setting, row in settings.items() if setting != _ALL_CARE]
    if whole is None and rest:
        reader.report.warning(
            reader.place(rest[0].row),
            f"{organisation}: there is a row by care setting but none for all care; no figure is taken",
        )
    if whole is None or not rest:
        return
    for what, printed, parts in (
        ("the total", whole.total, added([row.total for row in rest])),
        ("within the standard", whole.within, added([row.within for row in rest])),
    ):
        if printed.value is not None and parts.value is not None and printed.value != parts.value:
            reader.report.warning(
                reader.place(whole.row),
                f"{organisation}: {what} for all care is {printed.value}, its care settings add up to {parts.value}; all care is kept",
            )


def _check_england(reader: Reader, table: _Table) -> None:
    """The row for all English providers must be the sum of the rows above it."""
    sums = {table.total: Decimal(0), table.within: Decimal(0)}
    for row in range(table.first, table.last):
        numbers = {column: _plain(reader.cell(row, column)) for column in sums}
        if code(reader.cell(row, table.organisation)):
            for column, number in numbers.items():
                sums[column] += number or 0
        elif any(label(cell).startswith("all english providers") for cell in reader.sheet.rows[row][:4]):
            for column, printed in numbers.items():
                if printed is not None and printed != sums[column]:
                    reader.report.warning(
                        reader.place(row, column),
                        f"the row for all English providers is {printed}, the providers add up to {sums[column]}; "
                        "the providers are taken as they stand",
                    )
            return


def _plain(cell: Cell) -> Decimal | None:
    return exactly(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None
