"""Writes a template over a footprint as one workbook: Cover, Status, and a flat sheet for each table with a row per organisation and row.

Values are those that were frozen; totals are live formulas with their values. The same versions give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from opplan.submissions.definition import FIGURES, Block, Column, Definition
from opplan.submissions.dress import Dress
from opplan.submissions.filled import Filled, heading_of, understood
from opplan.submissions.layout import down, held_fast, letters
from opplan.submissions.queries.combined import FlatRow, flat_rows
from opplan.submissions.sheets import A3, PROTECTION, begun, figure, fit_row
from opplan.submissions.written.book import NUMBERS
from opplan.web import formats

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from opplan.submissions.queries.combined import Combined

COVER, STATUS = "Cover", "Status"
CODE, NAME, KEY, LABEL, FIGURES_FROM = range(5)
HEADS = (("Code", 9), ("Organisation", 26), ("Row", 22), ("What it is", 44))
HEADING, LONGEST_NAME = 3, 31
"""The row of the headings, from 0; rows of figures begin beneath it."""
MAY = {**PROTECTION, "autofilter": True, "sort": True}


@dataclass(frozen=True)
class Place:
    """A column of a flat sheet: of which column of the template, of which month, and where it stands."""

    spec: Column
    index: int
    at: int


def write_combined(found: Combined) -> bytes:
    """The .xlsx file."""
    buffer = BytesIO()
    latest = max((part.at for part in found.parts), default=None)
    month = found.months[0]
    book = begun(
        buffer,
        title=f"{found.footprint.name}: {found.definition.title}, combined",
        subject=f"{len(found.parts)} of {len(found.footprint.members)} commissioners",
        comments=" ".join(f"{part.code} {part.version} {part.content[:16]}" for part in found.parts),
        created=latest.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        if latest
        else datetime(month.year, month.month, 1),
    )
    dress, names = Dress(book), sheet_names(found.definition)
    sheets = {name: book.add_worksheet(name) for name in (COVER, STATUS, *names.values())}
    _cover(sheets[COVER], found, names, dress)
    _status(sheets[STATUS], found, dress)
    for block in found.definition.blocks():
        _Flat(book, sheets[names[block.key]], found, block, dress).write()
    for sheet in sheets.values():
        sheet.hide_gridlines(2)
        sheet.protect("", MAY)
        sheet.set_landscape()
        sheet.set_paper(A3)
        sheet.fit_to_pages(1, 0)
    sheets[COVER].activate()
    book.close()
    return buffer.getvalue()


def sheet_names(definition: Definition) -> dict[str, str]:
    """The sheet of each block, by its key: that of the template's sheet, numbered where it holds several."""
    taken = {COVER.lower(), STATUS.lower()}
    names = {}
    for sheet in definition.sheets:
        for number, block in enumerate(sheet.blocks, start=1):
            wanted = sheet.name if len(sheet.blocks) == 1 else f"{sheet.name[: LONGEST_NAME - 4]} ({number})"
            while wanted.lower() in taken:
                wanted = f"{wanted[: LONGEST_NAME - 2]} ."
            taken.add(wanted.lower())
            names[block.key] = wanted
    return names


def _cover(sheet: Worksheet, found: Combined, names: dict[str, str], dress: Dress) -> None:
    for column, width in enumerate((26, 34, 14, 52)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, f"{found.footprint.short_name} {found.year_label}: {found.definition.title}", dress.title)
    combined, members = len(found.parts), len(found.footprint.members)
    said = f"{combined} of {formats.counted(members, 'commissioner')} combined. A frozen version counts, not a plan as it stands."
    sheet.write_string(1, 0, said, dress.lead)
    row = 3
    for column, word in enumerate(("Organisation", "Version", "Code", "Signed, or why it is missing")):
        sheet.write_string(row, column, word, dress.head)
    for part in found.parts:
        row += 1
        for column, words in enumerate((part.name, part.version, part.code, part.signature)):
            sheet.write_string(row, column, words, dress.text)
    for code, name, why in found.missing:
        row += 1
        for column, words in enumerate((name, "None", code, why)):
            sheet.write_string(row, column, words, dress.text)
    row += 2
    sheet.write_string(row, 0, "Sheets", dress.section)
    sheet.write_url(row + 1, 0, f"internal:'{STATUS}'!A1", dress.link, string=STATUS)
    sheet.write_string(row + 1, 1, "Each version, when it was frozen and by whom it is signed", dress.note)
    row += 2
    for block in found.definition.blocks():
        name = names[block.key]
        sheet.write_url(row, 0, f"internal:'{name}'!A1", dress.link, string=name)
        sheet.write_string(row, 1, block.title, dress.note)
        row += 1
    row += 1
    for words in (
        "Blank is not known, not reported or not due. It is never 0, which is none.",
        "Money in GBP thousands (£000), gross unless said. Totals beneath each table are worked out in this workbook.",
        "To be read: what is typed here goes back into no plan.",
    ):
        sheet.write_string(row, 0, words, dress.note)
        row += 1


def _status(sheet: Worksheet, found: Combined, dress: Dress) -> None:
    heads = (
        ("Code", 9), ("Organisation", 26), ("Version", 10), ("Round", 10), ("Frozen on", 14), ("Figures to the end of", 20),
        ("Signature", 44), ("Checks not met", 16), ("Content", 34), ("File, SHA-256", 68),
    )  # fmt: skip
    sheet.set_row(0, 24)
    sheet.write_string(
        0, 0, f"Status: {found.footprint.short_name} {found.year_label}, {found.definition.title}", dress.title
    )
    for column, (word, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(HEADING, column, word, dress.head)
    row = HEADING
    for part in found.parts:
        row += 1
        texts = (part.code, part.name, part.version, part.round)
        for column, words in enumerate(texts):
            sheet.write_string(row, column, words, dress.text)
        frozen_on = part.at.astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(
            row, 4, datetime(frozen_on.year, frozen_on.month, frozen_on.day), dress.given(NUMBERS["day"])
        )
        sheet.write_string(row, 5, formats.month(part.month), dress.text)
        sheet.write_string(row, 6, part.signature, dress.text)
        figure(sheet, row, 7, part.failing, dress.given())
        sheet.write_string(row, 8, part.content[:32], dress.text)
        sheet.write_string(row, 9, part.digest, dress.text)
        fit_row(sheet, row, [(part.signature, 44)])
    for code, name, why in found.missing:
        row += 1
        for column in range(len(heads)):
            sheet.write_blank(row, column, None, dress.text)
        for column, words in ((0, code), (1, name), (6, why)):
            sheet.write_string(row, column, words, dress.text)
    sheet.freeze_panes(HEADING + 1, 2)


class _Flat:
    """One block while it is written: a row per organisation and row, then the totals where the block has one."""

    def __init__(self, book: Workbook, sheet: Worksheet, found: Combined, block: Block, dress: Dress) -> None:
        self.book, self.sheet, self.found, self.block, self.dress = book, sheet, found, block, dress
        self.rows = [row for part in found.parts for row in flat_rows(part, block)]
        self.places: list[Place] = []
        at = FIGURES_FROM
        for spec in block.columns:
            if spec.key == "title":
                continue
            for index in range(spec.count):
                self.places.append(Place(spec, index, at))
                at += 1
        self.first, self.last = HEADING + 2, HEADING + 1 + max(len(self.rows), 1)
        """The first and last row of figures, from 1 as formulas count."""

    def write(self) -> None:
        sheet, dress, block = self.sheet, self.dress, self.block
        sheet.set_row(0, 24)
        sheet.write_string(
            0, 0, f"{block.title}: {self.found.footprint.short_name} {self.found.year_label}", dress.title
        )
        sheet.write_string(1, 0, "Pale green: as it was frozen. Blue: worked out in this workbook.", dress.note)
        self.headings()
        for number, row in enumerate(self.rows):
            self.row(HEADING + 1 + number, row)
        if not self.rows:
            sheet.write_string(HEADING + 1, 0, "No organisation has frozen a row of it.", dress.note)
        right = FIGURES_FROM + len(self.places) - 1
        if self.rows:
            sheet.autofilter(HEADING, 0, self.last - 1, right)
            area = f"='{sheet.get_name()}'!$A${self.first}:${letters(right)}${self.last}"
            self.book.define_name(f"Block_{block.key}", area)
        summed = [place for place in self.places if place.spec.total]
        if block.total and self.rows and summed:
            self.totals(summed)
        sheet.freeze_panes(HEADING + 1, FIGURES_FROM)
        sheet.repeat_rows(HEADING)

    def headings(self) -> None:
        found, tallest = self.found, 1
        frame = Filled(
            found.definition, found.footprint.code, found.footprint.short_name, found.footprint.name, found.year,
            found.year_label, found.parts[0].month if found.parts else found.months[0], found.months,
        )  # fmt: skip
        for column, (word, width) in enumerate(HEADS):
            self.sheet.set_column(column, column, width)
            self.sheet.write_string(HEADING, column, word, self.dress.head)
        for place in self.places:
            words = heading_of(place.spec, place.index, frame)
            worn = self.dress.head_figure if place.spec.format in FIGURES else self.dress.head
            self.sheet.set_column(place.at, place.at, place.spec.width)
            self.sheet.write_string(HEADING, place.at, words, worn)
            tallest = max(tallest, -(-len(words) // max(int(place.spec.width) - 1, 1)))
        self.sheet.set_row(HEADING, 13.5 * min(tallest, 5))

    def row(self, at: int, row: FlatRow) -> None:
        for column, words in ((CODE, row.part.code), (NAME, row.part.name), (KEY, row.key), (LABEL, row.label)):
            self.sheet.write_string(at, column, words, self.dress.text)
        for place in self.places:
            value = understood(row.values.get((place.spec.key, place.index), ""), place.spec)
            number = NUMBERS.get(place.spec.format)
            worn = self.dress.given(number) if number else self.dress.text
            if value is None:
                self.sheet.write_blank(at, place.at, None, worn)
            elif isinstance(value, Decimal):
                self.sheet.write_number(at, place.at, float(value), worn)
            elif isinstance(value, date):
                self.sheet.write_datetime(at, place.at, datetime(value.year, value.month, value.day), worn)
            else:
                self.sheet.write_string(at, place.at, value, worn)

    def totals(self, summed: Sequence[Place]) -> None:
        """By organisation and over all; and by row where the template itself prints the rows, so that each organisation has them."""
        at = self.last + 1
        self.sheet.write_string(at, 0, f"{self.block.total}, by organisation", self.dress.section)
        top = at + 1
        for part in self.found.parts:
            at += 1
            self.total(at, (part.code, part.name, "", self.block.total), summed, CODE, part.code)
        at += 1
        self.label(at, ("", self.found.footprint.short_name, "", self.block.total), summed)
        for place in summed:
            area = down(place.at, top + 1, at)
            value = self.sum_of(place, None, "")
            self.sheet.write_formula(at, place.at, f"=SUM({area})", self.worn(place), value)
        fixed = [row for row in self.block.rows if not row.heading and any(one.key == row.key for one in self.rows)]
        if not fixed:
            return
        at += 2
        self.sheet.write_string(at, 0, f"{self.found.footprint.short_name}, by row", self.dress.section)
        labels = {one.key: one.label for one in reversed(self.rows)}
        for row in fixed:
            at += 1
            self.total(at, ("", self.found.footprint.short_name, row.key, labels[row.key]), summed, KEY, row.key)

    def total(self, at: int, words: tuple[str, str, str, str], summed: Sequence[Place], by: int, wanted: str) -> None:
        """One row of sums over the rows whose column `by` says what is wanted."""
        self.label(at, words, summed)
        where = f"${letters(by)}{at + 1}"
        for place in summed:
            formula = f"=SUMIFS({down(place.at, self.first, self.last)},{held_fast(by, self.first, self.last)},{where})"
            self.sheet.write_formula(at, place.at, formula, self.worn(place), self.sum_of(place, by, wanted))

    def label(self, at: int, words: tuple[str, str, str, str], summed: Sequence[Place]) -> None:
        for column, word in enumerate(words):
            self.sheet.write_string(at, column, word, self.dress.total_text)
        for place in self.places:
            if place not in summed:
                self.sheet.write_blank(at, place.at, None, self.dress.total_text)

    def worn(self, place: Place) -> Format:
        return self.dress.worked(NUMBERS[place.spec.format], total=True)

    def sum_of(self, place: Place, by: int | None, wanted: str) -> float:
        """What a sum says: `by` the code, the key, or nothing for all rows."""
        rows = [row for row in self.rows if by is None or (row.part.code if by == CODE else row.key) == wanted]
        values = (understood(row.values.get((place.spec.key, place.index), ""), place.spec) for row in rows)
        return float(sum((value for value in values if isinstance(value, Decimal)), Decimal(0)))
