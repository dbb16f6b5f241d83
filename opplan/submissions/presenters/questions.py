"""Questions of NHS England in rows and sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from opplan.calc.money import rounded
from opplan.submissions.filled import spelt
from opplan.submissions.presenters.templates import label_of, shown, where_filled
from opplan.submissions.queries.places import cell_of
from opplan.submissions.queries.standing import time_left
from opplan.web import formats
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.submissions.filled import Cell, Filled
    from opplan.submissions.models import Question
    from opplan.submissions.queries.questions import Asked
    from opplan.submissions.queries.standing import TemplateState

Urls = Callable[..., str]
ASKED_SHOWN = 240
CSV_HEADS = (
    "Reference", "Kind", "Area", "What is asked", "Template", "Sheet", "Cell", "Asked on", "Who answers", "Due", "State",
    "Our answer", "Evidence", "Self-assessment", "What NHS England said", "Closed on", "Waived for", "Waived because",
    "Source", "Basis",
)  # fmt: skip


def headline(asked: Asked) -> str:
    """How many are open, and what they lack."""
    if not asked.total:
        return "NHS England has asked nothing yet"
    if not asked.open:
        return f"All {counted(asked.total, 'question')} of NHS England are closed"
    parts = [f"{asked.unanswered} without an answer" if asked.unanswered else "all answered"]
    if asked.overdue:
        parts.append(f"{asked.overdue} overdue")
    verb = "is" if asked.open == 1 else "are"
    return (
        f"{counted(asked.open, 'question').capitalize()} of NHS England’s {asked.total} {verb} open: {', '.join(parts)}"
    )


@dataclass(frozen=True)
class QuestionRow:
    """A question as the list shows it. `mark` is late, due or nothing."""

    reference: str
    url: str
    asked: str
    about: str
    owner: str
    due: str
    left: str
    mark: str
    state: str
    waived: str
    basis: str


def question_rows(rows: Iterable[Question], titles: Mapping[str, str], today: date, urls: Urls) -> list[QuestionRow]:
    return [
        QuestionRow(
            row.reference,
            urls("submissions:question", reference=row.reference),
            row.asked if len(row.asked) <= ASKED_SHOWN else f"{row.asked[: ASKED_SHOWN - 1]}…",
            about_of(row, titles),
            row.owner or "Nobody named",
            formats.day(row.due) or "No day agreed",
            *_left(row, today),
            state_of(row),
            waived_of(row),
            row.basis,
        )
        for row in rows
    ]


def about_of(row: Question, titles: Mapping[str, str]) -> str:
    """The area of a line of enquiry, and what it is about."""
    where = titles.get(row.template, row.template) if row.template else "The plan as a whole"
    place = f", {row.sheet}!{row.cell}" if row.cell else ""
    return f"{row.area}: {where}{place}" if row.area else f"{where}{place}"


def _left(row: Question, today: date) -> tuple[str, str]:
    if row.closed_on or row.due is None:
        return "", ""
    days = (row.due - today).days
    if days < 0:
        return f"{time_left(days).removesuffix(' ago')} overdue", "late"
    return time_left(days), "due"


def state_of(row: Question) -> str:
    if row.closed_on:
        return f"Closed on {formats.day(row.closed_on)}"
    return "Answered, not closed" if row.answer else "To answer"


def waived_of(row: Question) -> str:
    if not row.waived_why:
        return ""
    return f"Waived for {row.waived_for.title if row.waived_for else 'a round'}: {row.waived_why}"


def asked_rows(
    templates: Sequence[TemplateState], counts: Mapping[str, int], urls: Urls
) -> list[tuple[TemplateState, str, str]]:
    """Each template of a round with how many questions stand in its way, and where they are listed."""
    rows = []
    for one in templates:
        number = counts.get(one.template, 0) + counts.get("", 0)
        page = urls(
            "submissions:questions", {"state": "open", **({} if counts.get("") else {"template": one.template})}
        )
        rows.append((one, counted(number, "open question") if number else "", page if number else ""))
    return rows


def csv_rows(rows: Iterable[Question]) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield (
            row.reference, row.get_kind_display(), row.area, row.asked, row.template, row.sheet, row.cell, row.asked_on or "",
            row.owner, row.due or "", state_of(row), row.answer, row.evidence.reference if row.evidence else "",
            row.get_assessed_display(), row.reply, row.closed_on or "", row.waived_for.title if row.waived_for else "",
            row.waived_why, row.source, row.get_basis_display(),
        )  # fmt: skip


PLACES = {"percentage": 3, "thousands": 0}
"""To how many decimals a figure is shown: a percentage is a share of 1."""


def _value(cell: Cell) -> str:
    """What a cell holds, as a person reads it: a figure that was worked out has decimals without end."""
    value = cell.value
    if isinstance(value, Decimal):
        value = rounded(value, PLACES.get(cell.spec.format, 2))
    said = shown(spelt(value), cell.spec) or "blank"
    return f"{said}, £000" if cell.spec.format == "thousands" and value is not None else said


@dataclass(frozen=True)
class Place:
    """Where the cell of a question stands now, what it is and holds. `moved` says from where, `gone` that there is none."""

    address: str
    label: str
    value: str
    url: str
    moved: str = ""
    gone: bool = False


def place_of(row: Question, template: Filled | None, urls: Urls, *, may_edit: bool) -> Place | None:
    """None where no cell is meant."""
    if not row.key:
        return None
    stood = f"{row.sheet}!{row.cell}"
    cell = cell_of(row, template) if template else None
    if template is None or cell is None:
        return Place(stood, "", "", "", gone=True)
    address = f"{cell.sheet}!{cell.address}"
    page = urls("submissions:template", template=template.definition.name)
    return Place(
        address,
        label_of(template, cell),
        _value(cell),
        (where_filled(template, cell, urls) or page) if may_edit else page,
        "" if address == stood else stood,
    )
