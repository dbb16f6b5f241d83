"""Keep what NHS England asks: add a question, change it, close it, open it again, and let a round go without it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from opplan.imports.provenance import Basis
from opplan.plans.actions import require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged
from opplan.submissions.models import Question, Round
from opplan.submissions.queries.places import NoSuchCell, cell_at
from opplan.web.formats import day

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

PREFIX = {Question.Kind.QUERY: "NQ", Question.Kind.LINE: "KL"}
PLACE = ("template", "sheet", "cell")
EARLIEST = date(2000, 1, 1)


@transaction.atomic
def add_question(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> Question:
    """Add a query or a key line of enquiry. `values` are its fields by name; ValidationError by field."""
    require_open(plan, set())
    row = Question(plan=plan, **values)
    row.reference = f"{PREFIX[Question.Kind(row.kind)]}-{_next_number(plan):02}"
    _tie(row)
    _require_sense(row)
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(row, by=by, why=why.strip() or f"{row.get_kind_display()} added")


@transaction.atomic
def change_question(row: Question, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Question:
    """Change what is asked, of which cell, of whom and by when. Another cell or another question needs a reason.

    Conflict where somebody else changed the same field; ValidationError by field.
    """
    merge = merged(row, values, version)
    row = merge.row
    _require_open(row)
    if not merge.changed:
        return row
    if {"asked", *PLACE} & set(merge.changed) and not why.strip():
        raise ValidationError({"why": "What is asked, or of which cell, changes. Say why."})
    if set(PLACE) & set(merge.changed):
        _tie(row)
    _require_sense(row)
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(row, by=by, why=why.strip() or "Question changed")


@transaction.atomic
def close_question(row: Question, *, closed_on: date, reply: str, by: User, why: str, version: Version) -> Question:
    """Close a question once NHS England is content. One without an answer is closed with a reason alone."""
    merge = merged(row, {"closed_on": closed_on, "reply": reply}, version)
    row = merge.row
    problems = {}
    if closed_on > timezone.localdate():
        problems["closed_on"] = f"{day(closed_on)} has not come yet."
    elif closed_on < (row.asked_on or EARLIEST):
        problems["closed_on"] = f"{day(closed_on)} is before it was asked. Check the year."
    if not row.answer and not why.strip():
        problems["why"] = "It has no answer. Answer it, or say why it is closed without one."
    if problems:
        raise ValidationError(problems)
    return record(row, by=by, why=why.strip() or "Closed") if merge.changed else row


@transaction.atomic
def reopen_question(row: Question, *, by: User, why: str, version: Version) -> Question:
    """Open a closed question again, with a reason. It stands in the way of freezing again."""
    merge = merged(row, {"closed_on": None}, version)
    if not why.strip():
        raise ValidationError({"why": "Say why it is opened again."})
    return record(merge.row, by=by, why=why.strip()) if merge.changed else merge.row


@transaction.atomic
def waive_question(row: Question, *, waived_for_id: int, waived_why: str, by: User, version: Version) -> Question:
    """Let one round go without the answer, for a reason that goes out with what is submitted."""
    merge = merged(row, {"waived_for_id": waived_for_id, "waived_why": waived_why.strip()}, version)
    row = merge.row
    _require_open(row)
    if not Round.objects.filter(plan=row.plan_id, pk=waived_for_id).exists():
        raise ValidationError({"waived_for_id": "That round is not of this plan. Choose another."})
    if not row.waived_why:
        raise ValidationError({"waived_why": "Say why the round goes without it. It goes out with the submission."})
    return record(row, by=by, why=row.waived_why) if merge.changed else row


@transaction.atomic
def take_back_waiver(row: Question, *, by: User, why: str, version: Version) -> Question:
    """Take the waiver back, with a reason. Versions frozen upon it keep it."""
    merge = merged(row, {"waived_for_id": None, "waived_why": ""}, version)
    if not why.strip():
        raise ValidationError({"why": "Say why no round goes without it any more."})
    return record(merge.row, by=by, why=why.strip()) if merge.changed else merge.row


def _tie(row: Question) -> None:
    """Tie the question to its cell by the cell's key, so that it follows the row; to none where no cell is named."""
    row.key = []
    if not row.sheet.strip() and not row.cell.strip():
        row.sheet = row.cell = ""
        return
    for name, words in (
        ("template", "Choose the template that the cell is in."),
        ("sheet", "Name the sheet that the cell is on."),
        ("cell", "Name the cell, such as D14, or leave the sheet empty too."),
    ):
        if not getattr(row, name).strip():
            raise ValidationError({name: words})
    try:
        found = cell_at(row.plan, row.template, row.sheet, row.cell)
    except NoSuchCell as problem:
        raise ValidationError({problem.field: str(problem)}) from problem
    row.sheet, row.cell, row.key = found.sheet, found.address, list(found.key)


def _next_number(plan: Plan) -> int:
    used = Question.objects.filter(plan=plan).values_list("reference", flat=True)
    return max((int(end) for name in used if (end := name.rpartition("-")[2]).isdecimal()), default=0) + 1


def _require_open(row: Question) -> None:
    if row.closed_on:
        raise ValidationError(f"{row.reference} was closed on {day(row.closed_on)}. Open it again first.")


def _require_sense(row: Question) -> None:
    problems = {}
    if not row.asked.strip():
        problems["asked"] = "Say what is asked."
    if row.kind == Question.Kind.LINE and not row.area.strip():
        problems["area"] = "Name the area of the key line of enquiry, such as Finance."
    if row.due and row.asked_on and row.due < row.asked_on:
        problems["due"] = f"{day(row.due)} is before it was asked, on {day(row.asked_on)}. Check the year."
    if problems:
        raise ValidationError(problems)
