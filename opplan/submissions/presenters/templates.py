"""The templates of a plan in words: how complete each is, what is missing and where it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.submissions.filled import Cell, Extent, Filled, answered, heading_of, understood
from opplan.web import formats
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.submissions.checking import Checked
    from opplan.submissions.definition import Column
    from opplan.submissions.queries.rounds import Frozen
    from opplan.submissions.queries.templates import AnswerChange, Completeness

Urls = Callable[..., str]
MISSING_SHOWN = 5
MONEY = ("thousands", "money", "whole")
CHANGES_SHOWN = 20
CHECKS_SHOWN = 30
PAGES_OF_SOURCES = {
    "lines": "activity:line",
    "savings": "finance:scheme",
    "recoveries": "activity:recovery",
    "questions": "submissions:question",
}
"""Where the rows of a source are filled in, by the name of the page; the row's key is the reference in its address."""
LISTS_OF_SOURCES = {
    "initiatives": "dashboards:initiatives",
    "milestones": "dashboards:initiatives",
}


@dataclass(frozen=True)
class TemplateRow:
    """A template in the list."""

    name: str
    title: str
    summary: str
    url: str
    download: str
    state: str
    late: bool
    submitted: str
    returned: str


def template_rows(
    found: Sequence[Completeness], versions: Sequence[Frozen], returned: Mapping[str, datetime], urls: Urls
) -> list[TemplateRow]:
    latest: dict[str, Frozen] = {}
    for frozen in versions:
        latest.setdefault(frozen.template, frozen)
    rows = []
    for one in found:
        name, version = one.definition.name, latest.get(one.definition.name)
        rows.append(
            TemplateRow(
                name,
                one.definition.title,
                one.definition.summary,
                urls("submissions:template", template=name),
                urls("submissions:template_download", template=name),
                state_of(one.given, one.asked),
                one.given < one.asked,
                f"{version.version}, {formats.day(version.at)}" if version else "",
                formats.day(returned[name]) if name in returned else "",
            )
        )
    return rows


def state_of(given: int, asked: int) -> str:
    if not asked:
        return "Nothing asked"
    return f"{given} of {asked} answers"


def list_headline(found: Sequence[Completeness]) -> str:
    """How many templates are complete."""
    if not found:
        return "This plan's round has no templates"
    complete = sum(one.given == one.asked for one in found)
    missing = sum(one.asked - one.given for one in found)
    if not missing:
        return f"All {counted(len(found), 'template')} are complete"
    verb = "is" if complete == 1 else "are"
    return f"{counted(complete, 'template').capitalize()} of {len(found)} {verb} complete; {counted(missing, 'answer')} missing"


# One template


@dataclass(frozen=True)
class MissingRow:
    """A question without its answer, and where it is answered."""

    what: str
    column: str
    cell: str
    url: str


@dataclass(frozen=True)
class SheetRow:
    """A block of a sheet: what it holds, how complete it is, and what it lacks."""

    sheet: str
    title: str
    holds: str
    state: str
    late: bool
    url: str
    link: str
    missing: Sequence[MissingRow]
    more: int


def headline(template: Filled) -> str:
    questions = template.questions
    given = sum(map(answered, questions))
    title = template.definition.title
    if given == len(questions):
        return f"{title}: complete"
    return f"{title}: {counted(len(questions) - given, 'answer')} missing of {len(questions)}"


def sheet_rows(template: Filled, urls: Urls) -> list[SheetRow]:
    """Every block in the order of the workbook."""
    by_block: dict[str, list[list[Cell]]] = {}
    for question in template.questions:
        by_block.setdefault(question[0].key.block, []).append(question)
    return [
        _sheet_row(template, extent, by_block.get(extent.block.key, []), urls) for extent in template.extents.values()
    ]


def _sheet_row(template: Filled, extent: Extent, questions: Sequence[Sequence[Cell]], urls: Urls) -> SheetRow:
    lacking = [question for question in questions if not answered(question)]
    block = extent.block
    url, link = _where(template, extent, urls)
    missing = [_missing(template, extent, question[0], urls) for question in lacking[:MISSING_SHOWN]]
    rows = counted(sum(not line.heading for line in extent.lines), "row").capitalize()
    return SheetRow(
        extent.sheet,
        block.title,
        rows if extent.lines else block.empty,
        state_of(len(questions) - len(lacking), len(questions)),
        bool(lacking),
        url,
        link,
        missing,
        max(len(lacking) - MISSING_SHOWN, 0),
    )


def _where(template: Filled, extent: Extent, urls: Urls) -> tuple[str, str]:
    """Where a block is filled in, and the words of the link; nothing where it is filled from what others hold."""
    if extent.block.asked:
        address = urls("submissions:answers", template=template.definition.name, block=extent.block.key)
        verb = "Comment on" if extent.block.source else "Answer"
        return address, f"{verb} {extent.block.title[:1].lower()}{extent.block.title[1:]}"
    return "", ""


def _missing(template: Filled, extent: Extent, cell: Cell, urls: Urls) -> MissingRow:
    line = extent.lines[cell.row - extent.first]
    heading = "April to March" if cell.spec.repeat else heading_of(cell.spec, 0, template)
    return MissingRow(
        line.title or line.key,
        heading,
        f"{cell.sheet}!{cell.address}",
        _row_url(template, extent, line.key, cell, urls),
    )


def where_filled(template: Filled, cell: Cell, urls: Urls) -> str:
    """Where a cell is filled in, nothing where opplan has no page of its own for it."""
    return "" if cell.is_total else _row_url(template, template.extents[cell.key.block], cell.key.row, cell, urls)


def _row_url(template: Filled, extent: Extent, key: str, cell: Cell, urls: Urls) -> str:
    source = extent.block.source
    if extent.block.asks(cell.spec):
        page = urls("submissions:answers", template=template.definition.name, block=extent.block.key)
        return f"{page}#id_{cell.address}"
    if source in PAGES_OF_SOURCES:
        return urls(PAGES_OF_SOURCES[source], reference=key)
    return urls(LISTS_OF_SOURCES[source]) if source in LISTS_OF_SOURCES else ""


@dataclass(frozen=True)
class Checks:
    """The checks of a template: how many are met, and those that are not, the worst first."""

    lead: str
    rows: Sequence[Checked]
    more: int


def check_rows(found: Sequence[Checked]) -> Checks:
    failing = [one for one in found if not one.met]
    lead = f"{len(found) - len(failing)} of {counted(len(found), 'check')} met." if found else "No check applies yet."
    return Checks(lead, failing[:CHECKS_SHOWN], max(len(failing) - CHECKS_SHOWN, 0))


# The answers to one block


def label_of(template: Filled, cell: Cell) -> str:
    """What a cell asks, in words: its row, and its column where the row has several."""
    extent = template.extents[cell.key.block]
    line = None if cell.is_total else extent.lines[cell.row - extent.first]
    title = (line.title or line.key) if line else extent.block.total
    several = sum(column.kind == "input" for column in extent.block.columns) > 1 or cell.spec.repeat
    heading = heading_of(cell.spec, cell.key.index, template)
    return f"{title}: {heading}" if several or cell.kind != "input" else title


def shown(text: str, spec: Column) -> str:
    """A value in its one spelling as a person reads it: a share of 1 as a percentage, a day as a day."""
    value = understood(text, spec)
    if spec.format == "percentage" and isinstance(value, Decimal):
        return f"{formats.plain(value * 100)}%"
    if isinstance(value, Decimal):
        return f"{value:,f}" if spec.format in MONEY else formats.plain(value)
    return formats.day(value) if isinstance(value, date) else text


@dataclass(frozen=True)
class ChangeRow:
    """A change of an answer, as the page lists it."""

    when: str
    who: str
    what: str
    value: str
    why: str


def change_rows(template: Filled, changes: Sequence[AnswerChange]) -> list[ChangeRow]:
    rows = []
    for one in changes[:CHANGES_SHOWN]:
        cell = template.cells.get(one.key)
        what = label_of(template, cell) if cell else one.key.row
        value = (shown(one.value, cell.spec) if cell else one.value) or "blank"
        rows.append(ChangeRow(formats.moment(one.at), one.by or "A command", what, value, one.why))
    return rows
