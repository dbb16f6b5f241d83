"""The Monthly Activity Return as NHS England published it: admissions, referrals and first attendances by organisation.

It counts first finished consultant episodes (FFCEs), not the spells of the planning lines. Where the return has a count for all
specialties and one for general and acute (G&A), the G&A one is taken, as the planning lines count it. The month is the one in
the Period cell: file names tell it wrongly or not at all. The table is by provider, or by commissioner in some files; either is
read by its “Org Code”.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final

from activity.imports.cells import Gathering, Number, Reader, code, label, month_of, number_in, text
from activity.imports.figures import Figure
from activity.imports.preamble import preamble, published
from opplan.imports.files import Book, Cell, Sheet
from opplan.imports.report import Place, Report

NAME: Final = "mar"
TITLE: Final = "Monthly Activity Return, NHS England"

ELECTIVE: Final = "elective g&a ordinary admissions"
DAY_CASE: Final = "elective g&a daycase admissions"
ELECTIVE_TOTAL: Final = "elective g&a total admissions"
PLANNED: Final = "elective g&a planned total admissions"
PLANNED_ORDINARY: Final = "elective g&a planned ordinary admissions"
PLANNED_DAY_CASE: Final = "elective g&a planned daycase admissions"

FEEDS: Final = {
    ELECTIVE: "mar.elective_ordinary",
    DAY_CASE: "mar.elective_day_case",
    PLANNED: "mar.elective_planned",
    "total non-elective g&a admissions": "mar.non_elective",
    "gp referrals made (g&a)": "mar.gp_referrals_made",
    "gp referrals seen (g&a)": "mar.gp_referrals_seen",
    "other referrals made (g&a)": "mar.other_referrals_made",
    "all 1st outpatient attendances (g&a)": "mar.first_outpatients",
}
NOT_TAKEN: Final = {
    ELECTIVE_TOTAL,
    PLANNED_ORDINARY,
    PLANNED_DAY_CASE,
    "elective g&a admissions -nhs treatment centres (tcs)",
    "gp referrals made (all specialties)",
    "gp referrals seen (all specialties)",
    "year",
    "period",
    "region code",
    "region name",
    "org code",
    "org name",
}
TOTALS: Final = ((ELECTIVE_TOTAL, (ELECTIVE, DAY_CASE)), (PLANNED, (PLANNED_ORDINARY, PLANNED_DAY_CASE)))
ALL_SPECIALTIES: Final = (
    ("gp referrals made (g&a)", "gp referrals made (all specialties)"),
    ("gp referrals seen (g&a)", "gp referrals seen (all specialties)"),
)
OTHERS: Final = "rows of other organisations and of England as a whole"
_HEADING_WITHIN = 40


def recognises(book: Book) -> bool:
    """Whether a sheet has the return's heading with a column of organisation codes."""
    return any(_heading(sheet.rows) is not None for sheet in book.sheets)


def read(book: Book, wanted: AbstractSet[str], report: Report) -> Iterator[Figure]:
    """The figures of the wanted organisations."""
    gathering = Gathering(report)
    for sheet in book.sheets:
        heading = _heading(sheet.rows)
        if heading is not None:
            _read_sheet(book, sheet, heading, wanted, gathering, report)
        elif label(sheet.name) == "notes":
            _read_notes(book, sheet, wanted, report)
    yield from gathering.figures()


def _named(cell: Cell) -> str:
    """A heading without the count's unit, which some years leave out."""
    return label(cell).replace(" (ffces)", "")


def _heading(rows: Sequence[Sequence[Cell]]) -> int | None:
    for index, row in enumerate(rows[:_HEADING_WITHIN]):
        names = {_named(cell) for cell in row}
        if "org code" in names and ELECTIVE in names:
            return index
    return None


def _read_sheet(
    book: Book, sheet: Sheet, heading: int, wanted: AbstractSet[str], gathering: Gathering, report: Report
) -> None:
    reader = Reader(book, sheet, report)
    labels = preamble(sheet.rows)
    period = month_of(labels.get("period", ""))
    if period is None:
        said = text(labels.get("period"))[:40]
        report.error(reader.place(heading), f"the sheet does not say its month (Period: “{said}”); it is not taken")
        return
    revised = published(labels)
    columns: dict[str, int] = {}
    for index, cell in enumerate(sheet.rows[heading]):
        name = _named(cell)
        if name in columns:
            report.warning(reader.place(heading, index), f"there is a second column “{name}”; it is not taken")
        elif name:
            columns[name] = index
            if name not in FEEDS and name not in NOT_TAKEN:
                report.warning(reader.place(heading, index), f"the column “{name}” is not known; it is not taken")
    for name in FEEDS.keys() - columns.keys():
        report.warning(reader.place(heading), f"there is no column “{name}”")
    at = columns["org code"]
    others = 0
    england: int | None = None
    for index in range(heading + 1, len(sheet.rows)):
        row = sheet.rows[index]
        cell = row[at] if at < len(row) else ""
        if cell == "":
            if label(reader.cell(index, columns.get("org name", at))) == "england":
                england = index
                others += 1
            continue
        organisation = cell if cell in wanted else code(cell)
        if organisation not in wanted:
            others += 1
            continue
        _take_row(reader, index, str(organisation), period, columns, gathering, report, revised)
    report.skip(reader.place(heading), others, OTHERS)
    if england is not None:
        _check_england(reader, england, columns, report)


def _take_row(
    reader: Reader,
    index: int,
    organisation: str,
    period: date,
    columns: dict[str, int],
    gathering: Gathering,
    report: Report,
    revised: date | None,
) -> None:
    said = text(reader.cell(index, columns["period"])) if "period" in columns else ""
    if said and said.lower()[:3] != f"{period:%b}".lower():
        report.error(
            reader.place(index, columns["period"]),
            f"the row is of {said}, the sheet of {period:%B %Y}; {organisation} is refused",
        )
        return
    numbers: dict[str, Number] = {}
    for name in (*FEEDS, ELECTIVE_TOTAL, PLANNED_ORDINARY, PLANNED_DAY_CASE):
        if name in columns:
            numbers[name] = reader.number(index, columns[name], f"{organisation}, {name}")
    refused = _wrong_totals(reader, index, organisation, period, columns, numbers, report)
    for name, everything in ALL_SPECIALTIES:
        part, whole = numbers.get(name), columns.get(everything)
        if part is not None and part.value is not None and whole is not None:
            all_of_them = number_in(reader.cell(index, whole))[0].value
            if all_of_them is not None and part.value > all_of_them:
                report.warning(
                    reader.place(index, columns[name]),
                    f"{organisation}, {period:%B %Y}: {name} {part.value:,} is more than {everything} {all_of_them:,}",
                )
    for name, feed in FEEDS.items():
        number = numbers.get(name)
        if number is None or number.standing == "refused" or name in refused:
            continue
        status = {"given": "final", "missing": "missing", "not_applicable": "not_applicable"}[number.standing]
        place = reader.place(index, columns[name])
        gathering.add(Figure(organisation, feed, period, number.value, None, status, place, published=revised))


def _wrong_totals(
    reader: Reader,
    index: int,
    organisation: str,
    period: date,
    columns: dict[str, int],
    numbers: dict[str, Number],
    report: Report,
) -> set[str]:
    """The columns of totals that do not equal their parts, with those parts: which of them is wrong cannot be told."""
    wrong: set[str] = set()
    for total, parts in TOTALS:
        values = [numbers[name].value for name in (total, *parts) if name in numbers]
        if len(values) < 1 + len(parts) or None in values:
            continue
        given, *added = [value for value in values if value is not None]
        if given != sum(added):
            wrong |= {total, *parts}
            report.error(
                reader.place(index, columns[total]),
                f"{organisation}, {period:%B %Y}: {total} says {given:,}, but its parts make {sum(added):,} "
                f"({' + '.join(f'{value:,}' for value in added)}). They are refused.",
            )
    return wrong


def _check_england(reader: Reader, england: int, columns: dict[str, int], report: Report) -> None:
    """Tell where the organisations do not add up to England's row."""
    below = list(zip(*reader.sheet.rows[england + 1 :], strict=False))
    for name in FEEDS:
        column = columns.get(name)
        if column is None or column >= len(below):
            continue
        given = number_in(reader.cell(england, column))[0].value
        numbers = [cell for cell in below[column] if isinstance(cell, int | float)]
        if given is None or not numbers:
            continue
        if abs(sum(numbers) - float(given)) > 0.0001:
            report.note(
                reader.place(england, column),
                f"{name}: England says {given:,}, but the organisations make {sum(numbers):,.0f}",
            )


def _read_notes(book: Book, sheet: Sheet, wanted: AbstractSet[str], report: Report) -> None:
    """Say which of the wanted organisations the publisher lists as not having sent a return."""
    for index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and code(cell) in wanted:
                place = Place(book.file, sheet.name, Reader(book, sheet, report).place(index, column).cell)
                report.warning(place, f"the publisher's notes name {code(cell)}: {text(' '.join(map(str, row)))[:200]}")
