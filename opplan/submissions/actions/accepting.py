"""Accept a failed check with a reason that goes out with the submission, or take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import record
from opplan.submissions.checking import NOT_MET, Checked
from opplan.submissions.models import Acceptance

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def accept_check(plan: Plan, template: str, check: Checked, *, by: User, why: str) -> Acceptance:
    """Let a warning stand, because. It ends by itself when the figure changes. ValidationError for a contradiction or no reason."""
    if check.rule.severity == "stop":
        raise ValidationError(f"{check.sentence} A contradiction cannot be accepted: mend it.")
    if check.result != NOT_MET:
        raise ValidationError(f"{check.sentence} There is nothing to accept.")
    if not why.strip():
        raise ValidationError("Say why it is accepted: the reason goes out with the submission.")
    if len(why) > 300:
        raise ValidationError(f"The reason has {len(why)} characters; 300 are allowed. Shorten it.")
    row = Acceptance.objects.select_for_update().filter(
        plan=plan, template=template, rule=check.rule.code, subject=check.subject
    ).first() or Acceptance(plan=plan, template=template, rule=check.rule.code, subject=check.subject)
    row.reason, row.found, row.withdrawn = why.strip(), check.in_words(check.found)[:60], False
    return record(row, by=by, why=why.strip())


@transaction.atomic
def withdraw_acceptance(plan: Plan, template: str, code: str, subject: str, *, by: User, why: str) -> None:
    """Take an acceptance back: the check fails again."""
    row = (
        Acceptance.objects.select_for_update().filter(plan=plan, template=template, rule=code, subject=subject).first()
    )
    if row is None or row.withdrawn:
        raise ValidationError("There is nothing to take back.")
    row.withdrawn = True
    record(row, by=by, why=why.strip() or "Acceptance taken back", fields=["withdrawn"])
