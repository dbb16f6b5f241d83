"""A plan's templates: filled, identified by their content, and compared with a workbook that came back."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.db.models import Max

from activity import queries as activity
from finance import queries as finance
from initiatives import queries as initiatives
from opplan.calc.months import month_number
from opplan.imports.collecting import uncollected
from opplan.plans import queries as plans
from opplan.plans.attribution import Change as LastChange
from opplan.plans.attribution import last_of
from opplan.submissions.definition import Definition, definitions_of, find_definition
from opplan.submissions.filled import Answers, Filled, Key, answered, filled, held, spelt
from opplan.submissions.merged import AGAIN, Merge, Wrong, foreign, merged
from opplan.submissions.models import Answer, Document, Question, Return
from opplan.submissions.returned import Returned, read_back
from opplan.submissions.sources.table import SourceRow
from opplan.submissions.written.book import Stamp

if TYPE_CHECKING:
    from opplan.plans.models import Plan


def answers_of(plan: Plan, template: str) -> Answers:
    """What is answered in a template where no room holds it. One query."""
    rows = Answer.objects.filter(plan=plan, template=template).values_list("block", "row", "column", "index", "value")
    return {Key(block, row, column, index): value for block, row, column, index, value in rows}


def answers_by_template(plan: Plan) -> dict[str, dict[Key, str]]:
    """What is answered in each of the plan's templates where no room holds it. One query."""
    answers: dict[str, dict[Key, str]] = defaultdict(dict)
    fields = ("template", "block", "row", "column", "index", "value")
    for template, block, row, column, index, value in Answer.objects.filter(plan=plan).values_list(*fields):
        answers[template][Key(block, row, column, index)] = value
    return answers


def filled_template(plan: Plan, definition: Definition, month: date) -> Filled:
    """The template with what the plan holds at the end of `month`."""
    return filled(definition, plan, month, answers_of(plan, definition.name))


@dataclass(frozen=True)
class Completeness:
    """A template of the plan, and how many of its required answers are given."""

    definition: Definition
    asked: int
    given: int


def completeness_of(plan: Plan, month: date) -> list[Completeness]:
    """Every template of the plan's round. Each source is read once for all of them; the answers are one query."""
    found, rows = definitions_of(plan.round), dict[str, Sequence[SourceRow]]()
    answers, result = answers_by_template(plan), []
    for definition in found:
        asking = {block.key for block in definition.blocks() if any(column.required for column in block.columns)}
        template = held(definition, plan, month, answers[definition.name], asking, read=rows)
        questions = template.questions
        result.append(Completeness(definition, len(questions), sum(map(answered, questions))))
    return result


def last_returns(plan: Plan) -> dict[str, datetime]:
    """When a workbook of each template was last applied. One query."""
    rows = Return.objects.filter(plan=plan, undone_at=None).values_list("template").annotate(Max("at"))
    return dict(rows.order_by("template"))


@dataclass(frozen=True)
class AnswerChange:
    """A change of an answer, for its history."""

    key: Key
    value: str
    at: datetime
    by: str
    why: str


def answer_changes(plan: Plan, template: str, block: str) -> list[AnswerChange]:
    """What was answered in a block, the latest first. One query."""
    entries = Answer.history.filter(plan=plan, template=template, block=block).select_related("history_user")
    return [
        AnswerChange(
            Key(one.block, one.row, one.column, one.index),
            "" if one.history_type == "-" else one.value,
            one.history_date,
            str(one.history_user or ""),
            one.history_change_reason or "",
        )
        for one in entries.order_by("-history_id")
    ]


def content_of(template: Filled) -> str:
    """The hash of every name and figure that the template prints, whoever typed it and when. It is what an officer signs."""
    printed = [
        [*cell.key, spelt(cell.value)]
        for cell in template.cells.values()
        if cell.kind in ("input", "given", "calculated")
    ]
    about = [template.definition.name, template.definition.digest, template.code, template.year]
    spelling = json.dumps([about, printed], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelling.encode()).hexdigest()


def last_change(plan: Plan) -> LastChange | None:
    """When anything that a workbook may print last changed."""
    rooms = [room.last_change(plan) for room in (plans, initiatives, activity, finance)]
    mine = last_of(*(model.history.filter(plan=plan) for model in (Answer, Question, Document)))
    return max((one for one in (*rooms, mine) if one), key=lambda change: change.at, default=None)


def stamp_of(plan: Plan, template: Filled, version: str = "") -> Stamp:
    """What identifies the workbook: the date in it says when the data last changed, so that the same data give the same bytes."""
    changed = last_change(plan)
    at = changed.at.astimezone(UTC).replace(tzinfo=None, microsecond=0) if changed else None
    return Stamp(
        version or f"Draft, month {month_number(template.month)}",
        content_of(template),
        at or datetime(plan.start.year, plan.start.month, 1),
        template.definition.digest,
    )


def file_name_of(template: Filled) -> str:
    return f"{template.code}-{template.year}-{template.definition.name}.xlsx"


@dataclass(frozen=True)
class Preview:
    """What a workbook that came back would do to the plan."""

    returned: Returned
    definition: Definition | None
    merge: Merge


def preview_of(plan: Plan, name: str, content: bytes) -> Preview:
    """What a workbook would change. Unreadable where it is none of opplan's."""
    with uncollected():
        return _preview(plan, name, content)


def _preview(plan: Plan, name: str, content: bytes) -> Preview:
    returned = read_back(name, content)
    definition = find_definition(plan.round, str(returned.about.get("template", "")))
    digest = definition.digest if definition else ""
    wrong = foreign(returned, definition, plan.organisation.code, plan.year, digest)
    if wrong or definition is None:
        return Preview(returned, definition, Merge(errors=wrong))
    month = date.fromisoformat(returned.about["month"])
    if month not in plan.months:
        wrong = [Wrong("_opplan", "A1", f"The hidden record has been changed and cannot be used. {AGAIN}")]
        return Preview(returned, definition, Merge(errors=wrong))

    def now(rows: Collection[tuple[str, str]]) -> Filled:
        blocks = {block for block, _ in rows}
        return held(definition, plan, month, answers_of(plan, definition.name), blocks, rows=rows)

    return Preview(returned, definition, merged(returned, definition, now))
