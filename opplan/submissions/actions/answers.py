"""Store what people answer in templates where no room holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.imports.provenance import Basis
from opplan.plans.attribution import record, record_deletions
from opplan.submissions.filled import Key
from opplan.submissions.models import Answer

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def record_answers(plan: Plan, template: str, answers: Sequence[tuple[Key, str, str]], *, by: User, why: str) -> None:
    """Store answers, each given as its cell's key, what the person saw (`was`) and what it is to be; "" takes an answer away.

    ValidationError where one has been changed by somebody else meanwhile; nothing is stored then.
    """
    held = {
        Key(row.block, row.row, row.column, row.index): row
        for row in Answer.objects.select_for_update().filter(plan=plan, template=template)
    }
    gone = []
    for key, was, value in answers:
        row = held.get(key)
        if (row.value if row else "") != was:
            raise ValidationError(f"The answer to {key.row} was changed by someone else meanwhile. Look at it again.")
        if not value:
            gone += [row] if row else []
            continue
        row = row or Answer(plan=plan, template=template, **key._asdict())
        row.value, row.source, row.basis = value, f"Entered by {by}"[:300], Basis.ENTERED
        record(row, by=by, why=why)
    record_deletions(gone, Answer, by=by, why=why)
