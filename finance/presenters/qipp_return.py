"""The national QIPP return as a workbook and as CSV, and imports of it in sentences and rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from finance.imports.qipp_preview import Cell, Preview
from finance.queries.qipp_return import Column, Layout, QippReturn, ReturnRow, layout
from opplan.imports.queries import DISCARDED, UNDONE, BatchSummary, ChangeRecord
from opplan.web import formats
from opplan.web.formats import counted
from opplan.web.tables import safe_text

if TYPE_CHECKING:
    from opplan.imports.models import Batch

Address = Callable[..., str]
THOUSAND = Decimal(1000)
MONEY = "#,##0.0##;-#,##0.0##;0"
VARIANCES = {"ytd_variance": ("ytd_plan", "ytd_actual"), "forecast_variance": ("forecast_plan", "forecast_actual")}
SHARES = {"ytd_achieved": ("ytd_plan", "ytd_actual"), "forecast_achieved": ("forecast_plan", "forecast_actual")}
WIDTHS = {
    "id": 14,
    "title": 40,
    "area_of_spend": 20,
    "part_of_spend": 20,
    "mitigation": 36,
    "narrative": 48,
    "validations": 30,
}


def file_name(found: QippReturn) -> str:
    return f"{found.organisation}-{found.year}-qipp-return-month-{found.reported}"


def headings(found: QippReturn, held: Layout) -> list[str]:
    return [held.heading(column, found.reported) for column in held.columns]


def written(column: Column, value: Any) -> Any:
    """A value as the return writes it: money in £000, a choice by its word, nothing for what is not given."""
    if value is None or value == "":
        return None
    if column.holds == "choice":
        return column.word_of[value]
    if isinstance(value, Decimal) and column.key not in SHARES:
        return value / THOUSAND
    return value


def as_workbook(found: QippReturn) -> bytes:
    """The return as an .xlsx file: money in £000 to the penny, variances and achievement as formulas with their values."""
    held, stream = layout(), io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet(held.sheet)
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        money, share = book.add_format({"num_format": MONEY}), book.add_format({"num_format": "0.0%"})
        sheet.write_string(0, 0, f"QIPP return: {found.organisation} {found.year}, month {found.reported}", bold)
        sheet.write_string(1, 0, "£000, gross saving. Blank is not reported; 0 is nothing saved.")
        sheet.write_string(2, 0, "Variances, achievement and totals are worked out by opplan, and are not read back.")
        top = held.heading_row - 1
        for at, heading in enumerate(headings(found, held)):
            sheet.write_string(top, at, heading, head)
            key = held.columns[at].key
            sheet.set_column(at, at, WIDTHS.get(key, 2 if held.columns[at].holds == "blank" else 11))
        places = {column.key: at for at, column in enumerate(held.columns)}
        for row, one in enumerate(found.rows, start=top + 1):
            if one.is_heading:
                sheet.write_string(row, places["title"], one.title, bold)
                continue
            for at, column in enumerate(held.columns):
                value = written(column, one.values.get(column.key))
                if column.key in VARIANCES | SHARES and value is not None:
                    sheet.write_formula(
                        row,
                        at,
                        _formula(column.key, row, places),
                        share if column.key in SHARES else money,
                        float(value),
                    )
                elif isinstance(value, Decimal):
                    sheet.write_number(row, at, float(value), money)
                elif value is not None:
                    sheet.write_string(row, at, value)
        sheet.freeze_panes(top + 1, places["title"] + 1)
        sheet.set_landscape()
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)
    return stream.getvalue()


def _formula(key: str, row: int, places: Mapping[str, int]) -> str:
    planned, found = (xl_rowcol_to_cell(row, places[name]) for name in (VARIANCES | SHARES)[key])
    return f"={found}-{planned}" if key in VARIANCES else f"={found}/{planned}"


def as_csv(found: QippReturn) -> str:
    """The return as CSV. Text that a spreadsheet would run as a formula wears an apostrophe, and loses it when it is read back."""
    held, stream = layout(), io.StringIO()
    stream.write("\ufeff")
    writer = csv.writer(stream)
    writer.writerow(headings(found, held))
    writer.writerows(_csv_row(one, held) for one in found.rows)
    return stream.getvalue()


def _csv_row(one: ReturnRow, held: Layout) -> Iterator[Any]:
    for column in held.columns:
        if one.is_heading:
            yield one.title if column.key == "title" else ""
            continue
        value = written(column, one.values.get(column.key))
        if isinstance(value, Decimal):
            yield f"{value:.4f}" if column.key in SHARES else formats.plain(value)
        else:
            yield "" if value is None else safe_text(value)


# Imports of it


@dataclass(frozen=True)
class BatchRow:
    """An import as the list shows it."""

    key: int
    url: str
    name: str
    changed: str
    state: str
    who: str
    when: str


def batch_rows(batches: Iterable[BatchSummary], url: Address) -> list[BatchRow]:
    rows = []
    for one in batches:
        who, when = one.last_act
        rows.append(
            BatchRow(
                one.key,
                url("finance:qipp_import", batch=str(one.key)),
                one.name or "",
                f"{formats.number(one.new)} new, {formats.number(one.changed)} changed",
                one.state_label,
                who or "a command",
                formats.moment(when),
            )
        )
    return rows


def page_headline(found: QippReturn) -> str:
    schemes = sum(1 for row in found.rows if not row.is_heading)
    return f"The national QIPP return of month {found.reported}: {counted(schemes, 'row')} of 53 columns"


@dataclass(frozen=True)
class CellRow:
    """A cell that would change, or changed, in words."""

    reference: str
    title: str
    url: str
    column: str
    was: str
    will: str
    kind: str
    place: str


def cell_rows(cells: Iterable[Cell], url: Address) -> list[CellRow]:
    return [
        CellRow(
            one.reference,
            one.title,
            "" if one.scheme is None else url("finance:scheme", reference=one.reference),
            one.column.heading if not one.column.month else _month_column(one),
            _said(one.column, one.was) or "empty",
            _said(one.column, one.will) or "empty",
            "new scheme" if one.scheme is None else "changed",
            one.place.cell.partition(", column")[0],
        )
        for one in cells
    ]


CELL_HEADS = ("Scheme", "Title", "Cell", "Column", "Was", "Will be", "Kind")


def cell_values(rows: Iterable[CellRow]) -> Iterable[Sequence[str]]:
    """The rows of the download."""
    return ((one.reference, one.title, one.place, one.column, one.was, one.will, one.kind) for one in rows)


def _month_column(one: Cell) -> str:
    what = {"planned_saving": "plan", "actual_saving": "actual", "forecast_saving": "forecast"}[one.figure]
    return f"{formats.short_month(one.month)}, {what}, £000"


def _said(column: Column, value: Any) -> str:
    """A value in words: money in £000 to the last penny that it has."""
    if value is None or value == "":
        return ""
    if column.holds == "choice":
        return column.word_of.get(value, str(value))
    return formats.plain(value / THOUSAND) if isinstance(value, Decimal) else str(value)


def preview_headline(preview: Preview, errors: int) -> str:
    """What loading would do, in a sentence."""
    if errors:
        return f"Nothing can be loaded: {counted(errors, 'error')} in the return"
    if not preview.cells:
        return "Nothing would change: the plan holds all of it already"
    schemes = len({one.reference for one in preview.cells})
    new = f", {len(preview.new)} of them new" if preview.new else ""
    return f"{counted(len(preview.cells), 'cell')} of {counted(schemes, 'scheme')} would change{new}"


def done_headline(batch: Batch) -> str:
    counts = counted(batch.changed, "cell") + (f", {counted(batch.new, 'new scheme')} among them" if batch.new else "")
    if batch.state == UNDONE:
        return f"Undone: {counts}, and taken back"
    if batch.state == DISCARDED:
        return "Discarded: nothing of this return was loaded"
    return f"Loaded: {counts}"


def change_rows(changes: Iterable[ChangeRecord], url: Address) -> list[CellRow]:
    """What a loaded return wrote, a row for each field that it changed."""
    columns = {column.key: column for column in layout().columns}
    rows = []
    for one in changes:
        was = one.was or {}
        for name, words in one.now["changed"].items():
            before, after = was.get(name), one.now.get(name)
            if name in columns:
                held = columns[name]
                shown, before, after = held.heading, _word(held, before), _word(held, after)
            else:
                shown = f"{one.now['month_name']}, {words}, £000"
                before, after = _thousands(before), _thousands(after)
            rows.append(
                CellRow(
                    one.now["scheme"],
                    one.now["scheme_title"],
                    url("finance:scheme", reference=one.now["scheme"]),
                    shown,
                    before or "empty",
                    after or "empty",
                    "new scheme" if one.kind == "scheme" and one.was is None else "changed",
                    one.place,
                )
            )
    return rows


def _word(column: Column, value: Any) -> str:
    return "" if value is None else column.word_of.get(value, str(value))


def _thousands(value: str | None) -> str:
    return "" if value is None else formats.plain(Decimal(value) / THOUSAND)


TITLES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
MESSAGES_SHOWN = 100


@dataclass(frozen=True)
class Words:
    """Messages of one severity."""

    severity: str
    title: str
    messages: Sequence[Mapping[str, str]]
    more: int


def message_groups(messages: Sequence[Mapping[str, Any]]) -> list[Words]:
    """What the file said, errors first, each with its file, sheet and cell."""
    groups = []
    for severity, title in TITLES.items():
        mine = [one for one in messages if one["severity"] == severity]
        if mine:
            shown = [
                {
                    "text": one["text"],
                    "place": ", ".join(part for part in (one["file"], one["sheet"], one["cell"]) if part),
                }
                for one in mine[:MESSAGES_SHOWN]
            ]
            groups.append(Words(severity, title, shown, len(mine) - len(shown)))
    return groups
