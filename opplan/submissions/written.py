"""Writes a filled template as a workbook: Cover, Checklist, its own sheets, its checks, and the hidden sheet by which it comes back.

The same contents give the same bytes. Every formula carries its value. Text is written as text: what begins with =, +, - or @ stays
what it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet

from opplan.submissions import dress as looks
from opplan.submissions.definition import FIGURES, MONTHS, Chart, Column
from opplan.submissions.dress import Dress
from opplan.submissions.filled import (
    FIRST_COLUMN,
    KEYS,
    NOTES_FROM,
    Cell,
    Extent,
    Filled,
    Key,
    Line,
    answered,
    heading_of,
    spelt,
)
from opplan.submissions.layout import letters
from opplan.submissions.sheets import A3, A4, LARGEST, PROTECTION, begun, fit_row

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

COVER, CHECKLIST, CHECKS, RECORD = "Cover", "Checklist", "Checks", "_opplan"
COMPLETE, INCOMPLETE = "COMPLETE", "INCOMPLETE"
YES, NO = "Yes", "No"
LONGEST_TEXT = 32_000
NUMBERS = {
    "whole": looks.WHOLE,
    "thousands": looks.THOUSANDS,
    "money": looks.TWO_PLACES,
    "percentage": looks.PERCENTAGE,
    "decimal": looks.AS_IT_IS,
    "day": "d mmm yyyy",
}
CHART_ROWS = 18
PROSE = 900
# How many points of the screen stand side by side on A3 at the scale that is still easy to read, and on A4 at a larger one.
ACROSS, ACROSS_A4, SCALE = 2450, 1450, 60
COVER_WIDTHS = (26, 38, 54)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class CheckLine:
    """A check as the workbook prints it. `place` is the cell that it is about, such as Lines!G7."""

    code: str
    severity: str
    sheet: str
    address: str
    sentence: str
    found: str
    expected: str
    result: str
    reason: str = ""


@dataclass(frozen=True)
class Stamp:
    """What identifies a workbook: which state of the plan it shows, in words and as a hash, and when that last changed."""

    version: str
    content: str
    changed: datetime
    definition: str
    """The hash of the template's own definition."""


def write(filled: Filled, stamp: Stamp, checks: Sequence[CheckLine] = ()) -> bytes:
    """The .xlsx file."""
    buffer = BytesIO()
    book = begun(
        buffer,
        title=f"{filled.organisation_name}: {filled.definition.title}",
        subject=stamp.version,
        comments=f"{stamp.version}, content {stamp.content}",
        created=stamp.changed,
    )
    _Book(book, filled, stamp, checks).write()
    book.close()
    return buffer.getvalue()


class _Sheet(Worksheet):
    """A sheet whose formulas are written as they are: XlsxWriter looks through each for thirty functions that none of ours holds."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class _Book:
    """The workbook while it is written."""

    def __init__(self, book: Workbook, filled: Filled, stamp: Stamp, checks: Sequence[CheckLine]) -> None:
        self.book, self.filled, self.stamp, self.checks = book, filled, stamp, checks
        self.dress = Dress(book)
        self.worn: dict[tuple[str, str, bool], Format] = {}
        self.good = book.add_format({"font_color": "#00401E", "bg_color": "#CCE5D8"})
        self.bad = book.add_format({"font_color": "#7A0B00", "bg_color": "#F7D4D1"})

    def write(self) -> None:
        names = [COVER, CHECKLIST, *(sheet.name for sheet in self.filled.definition.sheets)]
        names += [CHECKS] if self.checks else []
        sheets = {name: self.book.add_worksheet(name, worksheet_class=_Sheet) for name in names}
        self.required = self.filled.questions
        self.cover(sheets[COVER], names)
        self.checklist(sheets[CHECKLIST])
        by_sheet: dict[str, list[Cell]] = {}
        for cell in self.filled.cells.values():
            by_sheet.setdefault(cell.sheet, []).append(cell)
        for sheet in self.filled.definition.sheets:
            self.sheet(sheets[sheet.name], sheet.name, by_sheet.get(sheet.name, []))
        if self.checks:
            self.checks_sheet(sheets[CHECKS])
        self.record(self.book.add_worksheet(RECORD))
        sheets[COVER].activate()

    # --- Cover and checklist --------------------------------------------------------------------------------------------

    def cover(self, sheet: Worksheet, names: Sequence[str]) -> None:
        filled, dress = self.filled, self.dress
        for column, width in enumerate(COVER_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, f"{filled.organisation} {filled.year_label}: {filled.definition.title}", dress.title)
        sheet.write_string(
            1,
            0,
            "Laid out in the manner of NHS planning returns. It is not a template issued by NHS England.",
            dress.lead,
        )
        facts = (
            ("Organisation", f"{filled.organisation_name} ({filled.code})"),
            ("Financial year", filled.year_label),
            ("Template", f"{filled.definition.title}, version {filled.definition.version}"),
            ("Version", f"{self.stamp.version}, content {self.stamp.content[:16]}"),
            ("Units", "Money in GBP thousands (£000), gross unless said"),
        )
        row = 3
        for label, words in facts:
            sheet.write_string(row, 0, label, dress.label)
            sheet.write_string(row, 1, words, dress.lead)
            row += 1
        sheet.write_string(row, 0, "Status", dress.label)
        state = COMPLETE if filled.complete else INCOMPLETE
        last = 5 + max(len(self.required), 1)
        marks = f"{CHECKLIST}!$E$6:$E${last}"
        sheet.write_formula(row, 1, f'=IF(COUNTIF({marks},"{NO}")=0,"{COMPLETE}","{INCOMPLETE}")', dress.result, state)
        self.coloured(sheet, row, 1, row, 1, COMPLETE, INCOMPLETE)
        row += 1
        sheet.write_string(row, 0, "Answers required", dress.label)
        sheet.write_number(row, 1, len(self.required), dress.given())
        row += 1
        sheet.write_string(row, 0, "Answers given", dress.label)
        given = sum(1 for cells in self.required if answered(cells))
        sheet.write_formula(row, 1, f'=COUNTIF({marks},"{YES}")', dress.worked(), given)
        row += 2
        sheet.write_string(row, 0, "Colours", dress.section)
        key = (
            ("Pale yellow", dress.open(), "Input: the only cells that are not locked"),
            ("Blue", dress.worked(), "Calculated in this workbook from its other cells"),
            ("Pale green", dress.given(), "Put in by opplan from its record"),
        )
        for words, worn, meaning in key:
            row += 1
            sheet.write_string(row, 0, words, dress.label)
            sheet.write_blank(row, 1, None, worn)
            sheet.write_string(row, 2, meaning, dress.note)
        row += 2
        sheet.write_string(row, 0, "Sheets", dress.section)
        titles = {one.name: one.title for one in filled.definition.sheets}
        titles |= {
            CHECKLIST: "Each answer that is required, and whether it is given",
            CHECKS: "What must hold, and whether it does",
        }
        for name in names[1:]:
            row += 1
            sheet.write_url(row, 0, f"internal:'{name}'!A1", dress.link, string=name)
            sheet.write_string(row, 1, titles[name], dress.note)
        row += 2
        sheet.write_string(row, 0, "How to read it", dress.section)
        for words in (
            *filled.definition.notes,
            "Blank is not known, not reported or not due. It is never 0, which is none.",
            "Type in the pale yellow cells alone. Sheets are protected without a password, against slips; keep the sheets, their "
            "names and their rows as they are, and the file can be loaded back into opplan, which shows every change before it is made.",
        ):
            row += 1
            sheet.merge_range(row, 0, row, 2, "", dress.wrapped)
            sheet.write_string(row, 0, words, dress.wrapped)
            fit_row(sheet, row, [(words, sum(COVER_WIDTHS))])
        sheet.hide_gridlines(2)
        sheet.protect("", PROTECTION)
        sheet.print_area(0, 0, row, 2)
        self.page(sheet, COVER)

    def checklist(self, sheet: Worksheet) -> None:
        filled, dress = self.filled, self.dress
        sheet.set_row(0, 24)
        for column, width in enumerate((26, 50, 34, 14, 12)):
            sheet.set_column(column, column, width)
        last = 5 + max(len(self.required), 1)
        title = f"Checklist: {filled.organisation} {filled.year_label}, "
        state = "complete" if filled.complete else "incomplete"
        sheet.write_formula(
            0, 0, f'="{title}"&IF(COUNTIF($E$6:$E${last},"{NO}")=0,"complete","incomplete")', dress.title, title + state
        )
        sheet.write_string(1, 0, "One row a required answer. It turns to Yes when its cell is filled.", dress.note)
        sheet.write_string(2, 0, "Follow a link to the cell.", dress.note)
        for column, word in enumerate(("Sheet", "What", "Column", "Cell", "Answered")):
            sheet.write_string(4, column, word, dress.head)
        for number, cells in enumerate(self.required):
            first, at = cells[0], 5 + number
            area = _area(cells)
            what = self.what(first)
            fit_row(sheet, at, [(what, 50)])
            sheet.write_string(at, 0, first.sheet, dress.text)
            sheet.write_string(at, 1, what, dress.text)
            sheet.write_string(at, 2, self.column_in_words(first.spec), dress.text)
            sheet.write_url(at, 3, f"internal:'{first.sheet}'!{area}", dress.where, string=area)
            formula = f'=IF(COUNTBLANK(\'{first.sheet}\'!{area})=0,"{YES}","{NO}")'
            sheet.write_formula(at, 4, formula, dress.result, YES if answered(cells) else NO)
        if not self.required:
            sheet.write_string(5, 1, "This template requires no answer that opplan does not hold already.", dress.text)
            sheet.write_string(5, 4, YES, dress.result)
        self.coloured(sheet, 5, 4, last - 1, 4, YES, NO)
        self.book.define_name("Checklist_answers", f"={CHECKLIST}!$E$6:$E${last}")
        sheet.hide_gridlines(2)
        sheet.freeze_panes(5, 0)
        sheet.repeat_rows(4)
        sheet.protect("", PROTECTION)
        self.page(sheet, CHECKLIST)

    def what(self, cell: Cell) -> str:
        """The row of a cell in words."""
        extent = self.filled.extents[cell.key.block]
        line = extent.lines[cell.row - extent.first]
        return f"{extent.block.title}: {line.title or line.key}"

    def column_in_words(self, spec: Column) -> str:
        return "April to March" if spec.repeat else heading_of(spec, 0, self.filled)

    def coloured(self, sheet: Worksheet, top: int, left: int, bottom: int, right: int, good: str, bad: str) -> None:
        """Green for one word, red for the other: beside the word, never in its place."""
        for word, worn in ((good, self.good), (bad, self.bad)):
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": worn}
            sheet.conditional_format(top, left, bottom, right, rule)

    # --- the template's own sheets --------------------------------------------------------------------------------------

    def sheet(self, sheet: Worksheet, name: str, cells: Sequence[Cell]) -> None:
        filled, dress = self.filled, self.dress
        about = next(one for one in filled.definition.sheets if one.name == name)
        extents = filled.of_sheet(name)
        sheet.set_row(0, 24)
        sheet.write_string(0, FIRST_COLUMN, f"{about.title}: {filled.organisation} {filled.year_label}", dress.title)
        key = "Pale yellow: input. Blue: calculated. Pale green: put in by opplan."
        for row, note in enumerate((*about.notes, key), start=1):
            sheet.write_string(row, FIRST_COLUMN, note, dress.note)
        widths = self.widths(sheet, extents)
        for extent in extents:
            self.headings(sheet, extent)
        self.values(sheet, cells)
        self.limits(sheet, extents)
        freeze = _freeze(extents[0])
        total = sum(map(_points, widths.values()))
        cut = total > ACROSS
        # Names are repeated on every page of a sheet that is cut: a chart over them would be too.
        beside = freeze if cut else FIRST_COLUMN
        below = max((extent.end for extent in extents), default=NOTES_FROM) + 2
        for extent in extents:
            for chart in extent.block.charts:
                if self.chart(sheet, extent, chart, (below, beside)):
                    below += CHART_ROWS
        for extent in extents:
            right = FIRST_COLUMN + extent.width - 1
            area = f"='{name}'!$B${extent.first}:${letters(right)}${extent.last}"
            self.book.define_name(f"Block_{extent.block.key}", area)
        sheet.set_column(KEYS, KEYS, 6, None, {"hidden": True})
        sheet.hide_gridlines(2)
        # Headings stay in sight where they are the sheet's only ones.
        sheet.freeze_panes(extents[0].heading if len(extents) == 1 else 1, freeze)
        if len(extents) == 1:
            sheet.repeat_rows(extents[0].heading - 1)
        sheet.print_area(0, 0, max(below, 3), FIRST_COLUMN + max(extent.width for extent in extents) - 1)
        sheet.protect("", PROTECTION)
        if not cut:
            self.page(sheet, name, A4 if total <= ACROSS_A4 else A3)
            return
        self.page(sheet, name, A3)
        sheet.set_print_scale(SCALE)
        sheet.repeat_columns(0, freeze - 1)
        sheet.set_v_pagebreaks(_breaks(widths, freeze, extents))
        sheet.print_across()

    def widths(self, sheet: Worksheet, extents: Sequence[Extent]) -> dict[int, float]:
        """As wide as the widest block wants each column."""
        wanted: dict[int, float] = {}
        for extent in extents:
            for spec in extent.block.columns:
                first = extent.columns[spec.key]
                for column in range(first, first + spec.count):
                    wanted[column] = max(wanted.get(column, 0), spec.width)
        for column, width in wanted.items():
            sheet.set_column(column, column, width)
        return wanted

    def headings(self, sheet: Worksheet, extent: Extent) -> None:
        dress, block = self.dress, extent.block
        last = FIRST_COLUMN + extent.width - 1
        sheet.write_string(extent.top - 1, FIRST_COLUMN, block.title, dress.section)
        for column in range(FIRST_COLUMN + 1, last + 1):
            sheet.write_blank(extent.top - 1, column, None, dress.section)
        for row, note in enumerate(block.notes, start=extent.top):
            sheet.write_string(row, FIRST_COLUMN, note, dress.note)
        tallest = 1
        for spec in block.columns:
            for index in range(spec.count):
                words = heading_of(spec, index, self.filled)
                worn = dress.head_figure if spec.format in FIGURES else dress.head
                column = extent.columns[spec.key] + index
                sheet.write_string(extent.heading - 1, column, words, worn)
                tallest = max(tallest, -(-len(words) // max(int(spec.width) - 1, 1)))
                if spec.note and index == 0:
                    sheet.write_comment(extent.heading - 1, column, spec.note, {"author": "opplan"})
        if tallest > 1:
            sheet.set_row(extent.heading - 1, 13.5 * min(tallest, 5))
        if not extent.lines:
            sheet.write_string(extent.first - 1, FIRST_COLUMN, block.empty, dress.note)
        if extent.total:
            sheet.write_string(extent.total - 1, KEYS, "total")
        for number, line in enumerate(extent.lines):
            sheet.write_string(extent.first + number - 1, KEYS, line.key)
            if line.heading:
                continue
            texts = [
                (cell.value, int(spec.width))
                for spec in block.columns
                if spec.format == "text"
                and not spec.repeat
                and (cell := self.filled.cells[Key(block.key, line.key, spec.key)])
                and isinstance(cell.value, str)
            ]
            if any(self.takes_prose(extent, line, spec) for spec in block.columns):
                # Room to write in, and to see that prose is wanted.
                texts.append(("x" * PROSE, PROSE // 3))
            if texts:
                fit_row(sheet, extent.first + number - 1, texts)

    def takes_prose(self, extent: Extent, line: Line, spec: Column) -> bool:
        """Whether an answer of several sentences is to be typed here."""
        if spec.format != "text" or spec.choices or spec.longest < PROSE or spec.repeat:
            return False
        return self.filled.cells[Key(extent.block.key, line.key, spec.key)].kind == "input"

    def values(self, sheet: Worksheet, cells: Sequence[Cell]) -> None:
        number, text, blank = sheet.write_number, sheet.write_string, sheet.write_blank
        for cell in cells:
            row, column, value = cell.row - 1, cell.column, cell.value
            worn = self.wear(cell)
            if cell.excel:
                shown: Any = float(value) if isinstance(value, Decimal) else (value or "")
                sheet.write_formula(row, column, cell.excel, worn, shown)
            elif value is None:
                blank(row, column, None, worn)
            elif isinstance(value, Decimal):
                number(row, column, float(value), worn)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), worn)
            else:
                text(row, column, value, worn)

    def wear(self, cell: Cell) -> Format:
        which = (cell.kind, cell.spec.format, cell.is_total)
        found = self.worn.get(which)
        if found is None:
            found = self.worn[which] = self.made(*which)
        return found

    def made(self, kind: str, form: str, is_total: bool) -> Format:
        dress, number = self.dress, NUMBERS.get(form)
        if kind == "none":
            return dress.total_text if is_total else dress.block
        if number is None:
            return {
                "input": dress.open_text,
                "calculated": dress.total_text if is_total else dress.result,
                "given": dress.text,
            }[kind]
        if kind == "calculated":
            return dress.worked(number, total=is_total)
        return dress.open(number) if kind == "input" else dress.given(number)

    def limits(self, sheet: Worksheet, extents: Sequence[Extent]) -> None:
        for extent in extents:
            if not extent.lines:
                continue
            for spec in extent.block.columns:
                if spec.kind == "input":
                    left = extent.columns[spec.key]
                    limits = self.list_of(spec) if spec.choices_from else limits_of(spec)
                    sheet.data_validation(extent.first - 1, left, extent.last - 1, left + spec.count - 1, limits)

    def list_of(self, spec: Column) -> Mapping[str, Any]:
        """A list that stands in the workbook, for the cells that are chosen from it."""
        block, _, column = spec.choices_from.partition(".")
        extent = self.filled.extents[block]
        letter = letters(extent.columns[column])
        return {
            "validate": "list",
            "source": f"='{extent.sheet}'!${letter}${extent.first}:${letter}${extent.last}",
            "error_title": "Not in the list",
            "error_message": f"Choose from the sheet {extent.sheet}, or leave it blank.",
        }

    def chart(self, sheet: Worksheet, extent: Extent, about: Chart, at: tuple[int, int]) -> bool:
        """Draw it beneath the tables; nothing where the plan has nothing to draw."""
        if not extent.lines:
            return False
        kinds = {
            "line": {"type": "line"},
            "column": {"type": "column"},
            "stacked": {"type": "column", "subtype": "stacked"},
        }
        chart = self.book.add_chart(kinds[about.kind])
        for series in self.series(extent, about):
            chart.add_series(series)
        if not chart.series:
            return False
        chart.set_title({"name": about.title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 860, "height": 330})
        sheet.insert_chart(*at, chart, {"description": about.title})
        return True

    def series(self, extent: Extent, about: Chart) -> list[dict[str, Any]]:
        name, found = extent.sheet, []
        at = {line.key: extent.first + number for number, line in enumerate(extent.lines)} | {"total": extent.total}
        for place, key in enumerate(about.columns):
            spec = extent.block.column(key)
            left = extent.columns[key]
            colour = {"line": {"color": looks.SERIES[place % len(looks.SERIES)]}}
            if not about.rows:
                labels = extent.columns.get("title", FIRST_COLUMN)
                found.append(
                    {
                        "name": heading_of(spec, 0, self.filled),
                        "categories": [name, extent.first - 1, labels, extent.last - 1, labels],
                        "values": [name, extent.first - 1, left, extent.last - 1, left],
                        **colour,
                    }
                )
                continue
            for number, row in enumerate(about.rows):
                if not at.get(row):
                    continue
                line = next((line for line in extent.lines if line.key == row), None)
                drawn = line.title if line else extent.block.total
                word = spec.title.format(month="", year="", last_year="", next_year="", reported="").strip(" ,")
                title = ": ".join(filter(None, (drawn if len(about.rows) > 1 else "", word))) or drawn
                shade = looks.SERIES[(place + number * len(about.columns)) % len(looks.SERIES)]
                found.append(
                    {
                        "name": title,
                        "categories": [RECORD, 0, 1, 0, MONTHS]
                        if spec.repeat
                        else [name, extent.heading - 1, left, extent.heading - 1, left],
                        "values": [name, at[row] - 1, left, at[row] - 1, left + spec.count - 1],
                        "line": {"color": shade},
                    }
                )
        return found

    # --- checks and the record by which it comes back -------------------------------------------------------------------

    def checks_sheet(self, sheet: Worksheet) -> None:
        dress = self.dress
        sheet.set_row(0, 24)
        sheet.write_string(0, 0, f"Checks: {self.filled.organisation} {self.filled.year_label}", dress.title)
        sheet.write_string(
            1,
            0,
            "As they stood when the workbook was made. Stop: a contradiction. Warn: whoever signs should know.",
            dress.note,
        )
        heads = ("Rule", "Severity", "Where", "What is checked", "Found", "Expected", "Result", "Accepted, because")
        for column, (word, width) in enumerate(zip(heads, (14, 10, 22, 84, 14, 14, 12, 50), strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(3, column, word, dress.head)
        for row, check in enumerate(self.checks, start=4):
            fit_row(sheet, row, [(check.sentence, 84), (check.reason, 50)])
            texts = (
                check.code,
                check.severity,
                "",
                check.sentence,
                check.found,
                check.expected,
                check.result,
                check.reason,
            )
            for column, words in enumerate(texts):
                sheet.write_string(row, column, words, dress.text)
            if check.sheet:
                place = f"{check.sheet}!{check.address}"
                sheet.write_url(row, 2, f"internal:'{check.sheet}'!{check.address}", dress.where, string=place)
        sheet.hide_gridlines(2)
        sheet.freeze_panes(4, 0)
        sheet.protect("", PROTECTION)
        self.page(sheet, CHECKS, A3)

    def record(self, sheet: Worksheet) -> None:
        """What the file was made from, row by row: the base of the merge when it comes back."""
        filled = self.filled
        sheet.write_string(
            0,
            0,
            json.dumps(
                {
                    "opplan": 1,
                    "template": filled.definition.name,
                    "template_version": filled.definition.version,
                    "definition": self.stamp.definition,
                    "organisation": filled.code,
                    "year": filled.year,
                    "month": filled.month.isoformat(),
                    "version": self.stamp.version,
                    "content": self.stamp.content,
                }
            ),
        )
        for column, month in enumerate(filled.months, start=1):
            # What charts write along their axis.
            sheet.write_string(0, column, f"{month:%b %y}")
        row = 1
        for extent in filled.extents.values():
            keys = [*(line.key for line in extent.lines), *(["total"] if extent.total else [])]
            for key in keys:
                held = [
                    _recorded(filled.cells[Key(extent.block.key, key, spec.key, index)])
                    for spec in extent.block.columns
                    for index in range(spec.count)
                ]
                at = extent.total if key == "total" else extent.first + extent_row(extent, key)
                sheet.write_string(row, 0, json.dumps([extent.block.key, key, extent.sheet, at], ensure_ascii=False))
                text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
                for part, start in enumerate(range(0, len(text), LONGEST_TEXT)):
                    sheet.write_string(row, 1 + part, text[start : start + LONGEST_TEXT])
                row += 1
        sheet.very_hidden()
        sheet.protect("", {})

    def page(self, sheet: Worksheet, name: str, paper: int = A4) -> None:
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        whose = f"{self.filled.organisation} {self.filled.year_label}, {self.stamp.version}".replace("&", "&&")[:120]
        sheet.set_footer(f"&L&8opplan: {whose}&C&8{name}&R&8Page &P of &N")
        sheet.set_paper(paper)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)


def extent_row(extent: Extent, key: str) -> int:
    """How many rows below a block's first a row stands."""
    return next(number for number, line in enumerate(extent.lines) if line.key == key)


def _recorded(cell: Cell) -> str:
    """A cell in the record: a letter for its kind, then its value in its one spelling."""
    return cell.kind[0] + ("" if cell.kind == "calculated" else spelt(cell.value))


def _area(cells: Sequence[Cell]) -> str:
    first, last = cells[0], cells[-1]
    return first.address if first is last else f"{first.address}:{last.address}"


def _freeze(extent: Extent) -> int:
    """The column after the row's name, up to which a wide sheet stays in sight."""
    title = extent.columns.get("title")
    return title + 1 if title is not None and title < FIRST_COLUMN + 4 else FIRST_COLUMN + 1


def _breaks(widths: Mapping[int, float], freeze: int, extents: Sequence[Extent]) -> list[int]:
    """Where a wide sheet is cut for print: before a column, or before the April of a column by month where that fits."""
    starts = {extent.columns[spec.key] for extent in extents for spec in extent.block.columns}
    names = sum(_points(width) for column, width in widths.items() if column < freeze)
    breaks: list[int] = []
    used, last = names, max(widths)
    wide = {column: _points(width) for column, width in widths.items()}
    for column in range(freeze, last + 1):
        group = 0.0
        if column in starts:
            end = next((one for one in range(column + 1, last + 1) if one in starts), last + 1)
            group = sum(wide.get(one, 0) for one in range(column, end))
        wanted = max(wide.get(column, 0), group if names + group <= ACROSS else 0)
        if used + wanted > ACROSS and used > names:
            breaks.append(column)
            used = names
        used += wide.get(column, 0)
    return breaks


def _points(width: float) -> float:
    """A column's width on the screen, given in digits of the workbook's letter."""
    return width * 7 + 5


def limits_of(spec: Column) -> Mapping[str, Any]:
    """What a cell of a column may hold, as Excel checks it while one types."""
    if spec.choices or spec.format == "yes_no":
        choices = list(spec.choices or (YES, NO))
        return {
            "validate": "list",
            "source": choices,
            "error_title": "Not one of the answers",
            "error_message": f"Choose one of: {', '.join(choices)}."[:255],
        }
    if spec.format == "day":
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": FIRST_DAY,
            "maximum": LAST_DAY,
            "error_title": "Not a date",
            "error_message": "Type a date such as 30/09/2016.",
        }
    if spec.format in FIGURES:
        least = float(-LARGEST if spec.least is None else spec.least)
        most = float(LARGEST if spec.most is None else spec.most)
        said = f"a figure between {least:,.10g} and {most:,.10g}"
        return {
            "validate": "integer" if spec.format == "whole" else "decimal",
            "criteria": "between",
            "minimum": least,
            "maximum": most,
            "error_title": "Not a figure for this cell",
            "error_message": f"Type {said}. Leave blank what is not known."[:255],
        }
    return {
        "validate": "length",
        "criteria": "<=",
        "value": spec.longest,
        "error_title": "Too long",
        "error_message": f"Type no more than {spec.longest} characters.",
    }
