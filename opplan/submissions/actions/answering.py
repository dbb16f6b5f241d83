"""Answer what NHS England asks: in the browser, or by a workbook that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged
from opplan.submissions.models import Document, Question
from opplan.web.formats import day

if TYPE_CHECKING:
    from opplan.accounts.models import User


@transaction.atomic
def answer_question(row: Question, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Question:
    """Answer a question: `answer`, `evidence_id` and `assessed`, or some of them. An answer that was given changes with a reason.

    Conflict where somebody else changed the same field; ValidationError by field, and for a question that is closed.
    """
    merge = merged(row, values, version)
    row = merge.row
    if row.closed_on:
        raise ValidationError(
            f"{row.reference} was closed on {day(row.closed_on)}. Open it again to change its answer."
        )
    if not merge.changed:
        return row
    if row.evidence_id and not Document.objects.filter(plan=row.plan_id, pk=row.evidence_id).exists():
        raise ValidationError({"evidence_id": "That document is not in this plan's register. Choose another."})
    if "answer" in merge.changed and merge.was["answer"] and not why.strip():
        raise ValidationError({"why": "The answer that was given changes. Say why."})
    return record(row, by=by, why=why.strip() or "Answered")
