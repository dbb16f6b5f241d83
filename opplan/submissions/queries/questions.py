"""What NHS England asks: the register of questions, one of them, how many are open, and what has changed in one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Case, F, IntegerField, Value, When

from opplan.plans.versions import ChangeEntry, changes
from opplan.submissions.models import Document, Question, Round

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opplan.plans.models import Plan


def question_register(plan: Plan) -> QuerySet[Question]:
    """Every question of the plan: open ones first, by the day on which they are due, then closed ones."""
    closed = Case(When(closed_on=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Question.objects.filter(plan=plan).select_related("evidence", "waived_for")
    return rows.order_by(closed, F("due").asc(nulls_last=True), "reference")


def find_question(plan: Plan, reference: str) -> Question | None:
    return (
        Question.objects.filter(plan=plan, reference=reference)
        .select_related("plan__organisation", "evidence", "waived_for")
        .first()
    )


@dataclass(frozen=True)
class Asked:
    """How the questions of a plan stand at a day."""

    total: int
    open: int
    unanswered: int
    overdue: int


def asked_of(plan: Plan, today: date) -> Asked:
    """How many there are, are open, are without an answer, and are past their day. One query."""
    rows = list(Question.objects.filter(plan=plan).values_list("closed_on", "answer", "due"))
    waiting = [(answer, due) for closed, answer, due in rows if closed is None]
    return Asked(
        len(rows),
        len(waiting),
        sum(not answer for answer, _ in waiting),
        sum(bool(due and due < today) for _, due in waiting),
    )


def open_counts(plan: Plan, of_round: Round | None = None) -> Counter[str]:
    """How many questions are open by the template that they are about, "" for the plan as a whole. One query.

    Those that the round goes without do not count for it.
    """
    rows = Question.objects.filter(plan=plan, closed_on=None)
    if of_round:
        rows = rows.exclude(waived_for=of_round)
    return Counter(rows.values_list("template", flat=True))


def open_about(plan: Plan, template: str, block: str = "") -> int:
    """How many open questions are about a template, or about one of its tables. One query."""
    keys = Question.objects.filter(plan=plan, closed_on=None, template=template).values_list("key", flat=True)
    return sum(not block or key[:1] == [block] for key in keys)


def document_choices(plan: Plan) -> list[tuple[int, str]]:
    """The documents of the register that may be named as evidence. One query."""
    rows = Document.objects.filter(plan=plan).values_list("pk", "reference", "title")
    return [(key, f"{reference}: {title}") for key, reference, title in rows]


QUESTION_FIELDS = {
    "kind": "Kind",
    "area": "Key line of enquiry",
    "asked": "What is asked",
    "template": "Template",
    "sheet": "Sheet",
    "cell": "Cell",
    "asked_on": "Asked on",
    "owner": "Owner",
    "due": "Due",
    "answer": "Our answer",
    "evidence_id": "Evidence",
    "assessed": "Self-assessment",
    "reply": "What NHS England said",
    "closed_on": "Closed",
    "waived_for_id": "Round that goes without it",
    "waived_why": "Why that round goes without it",
}


def question_history(plan: Plan, reference: str) -> list[ChangeEntry]:
    """What has changed in a question, the latest first. Three queries."""
    rows = Question.history.filter(plan=plan, reference=reference).select_related("history_user")
    names = {
        "evidence_id": dict(Document.objects.filter(plan=plan).values_list("pk", "reference")),
        "waived_for_id": dict(Round.objects.filter(plan=plan).values_list("pk", "title")),
    }
    return changes(
        rows.order_by("id", "history_id"),
        kind="Question",
        fields=QUESTION_FIELDS,
        names=names,
        title=lambda entry: str(entry.asked),
    )
