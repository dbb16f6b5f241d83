"""What NHS England asks, and the register of documents that an answer names as its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from opplan.accounts.roles import Capability
from opplan.plans.versions import Version
from opplan.submissions.actions.answering import answer_question
from opplan.submissions.models import Document, Question
from opplan.submissions.queries.questions import find_question, question_register
from opplan.submissions.sources.table import Edit, Field, Source, SourceRow

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

ANSWERED = ("answer", "evidence", "assessed")
SHUT = frozenset((name, 0) for name in ANSWERED)
ASSESSED = {label: value for value, label in Question.Assessed.choices}


def _read(plan: Plan, month: date) -> Sequence[SourceRow]:
    """Every question by its reference. The answer of one that is closed cannot be changed."""
    return [
        SourceRow(
            one.reference,
            {
                "reference": one.reference,
                "title": one.asked,
                "kind": one.kind,
                "area": one.area,
                "template": one.template,
                "sheet": one.sheet,
                "cell": one.cell,
                "row": one.key[1] if one.key else "",
                "asked_on": one.asked_on,
                "owner": one.owner,
                "due": one.due,
                "answer": one.answer,
                "evidence": one.evidence.reference if one.evidence else "",
                "assessed": one.get_assessed_display(),
                "reply": one.reply,
                "closed_on": one.closed_on,
                "basis": one.basis,
                "waived": f"{one.waived_for.title}: {one.waived_why}" if one.waived_for else "",
            },
            SHUT if one.closed_on else frozenset(),
        )
        for one in sorted(question_register(plan), key=lambda row: row.reference)
    ]


def _write(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    by_row: dict[str, dict[str, Edit]] = {}
    for edit in edits:
        by_row.setdefault(edit.row, {})[edit.field] = edit
    for reference, changed in by_row.items():
        row = find_question(plan, reference)
        if row is None:
            raise ValidationError(f"There is no question {reference} in {plan}.")
        held = {
            "answer": row.answer,
            "evidence": row.evidence.reference if row.evidence else "",
            "assessed": row.get_assessed_display(),
        }
        if any(held[name].strip() != str(edit.was or "") for name, edit in changed.items()):
            raise ValidationError(f"Question {reference} was changed by someone else meanwhile. Load the file again.")
        values = {_stored(name): _value(plan, name, str(edit.value or "")) for name, edit in changed.items()}
        answer_question(row, values=values, by=by, why=why, version=Version.of(row))


def _stored(name: str) -> str:
    return "evidence_id" if name == "evidence" else name


def _value(plan: Plan, name: str, text: str) -> str | int | None:
    if name == "assessed":
        return ASSESSED.get(text, "")
    if name != "evidence":
        return text
    if not text:
        return None
    key = Document.objects.filter(plan=plan, reference=text).values_list("pk", flat=True).first()
    if key is None:
        raise ValidationError(f"There is no document {text} in the register. Choose from its list.")
    return key


def _typed(meaning: str) -> Field:
    return Field(meaning, writable=Capability.UPDATE_PROGRESS, also=Capability.EDIT_PLAN)


QUESTIONS = Source(
    "questions",
    "The queries of NHS England and the key lines of enquiry",
    {
        "reference": Field("The question's reference"),
        "title": Field("What is asked"),
        "kind": Field("query, or line for a key line of enquiry"),
        "area": Field("The key line of enquiry's area"),
        "template": Field("The template that it is about"),
        "sheet": Field("The sheet of the cell that it is about, when it was tied to it"),
        "cell": Field("The cell that it is about, when it was tied to it"),
        "row": Field("The key of that cell's row"),
        "asked_on": Field("When it was asked"),
        "owner": Field("Who answers"),
        "due": Field("By when"),
        "answer": _typed("Our answer"),
        "evidence": _typed("The reference of the document that proves it"),
        "assessed": _typed("How we assess ourselves: Green, Amber or Red"),
        "reply": Field("What NHS England said to the answer"),
        "closed_on": Field("When it was closed"),
        "waived": Field("The round that goes without it, and why"),
        "basis": Field("How firm the entry is"),
    },
    _read,
    _write,
)


def _documents(plan: Plan, month: date) -> Sequence[SourceRow]:
    rows = Document.objects.filter(plan=plan).order_by("reference")
    return [
        SourceRow(one.reference, {"reference": one.reference, "title": one.title, "status": one.get_status_display()})
        for one in rows
    ]


DOCUMENTS = Source(
    "documents",
    "The register of documents",
    {
        "reference": Field("The document's reference"),
        "title": Field("Its title"),
        "status": Field("What has become of it"),
    },
    _documents,
)
