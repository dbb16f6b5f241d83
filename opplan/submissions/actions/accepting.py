"""Accept a failed check with a reason that goes out with the submission, or take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import record
from opplan.submissions.checking import Checked
from opplan.submissions.models import Acceptance

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def accept_check(plan: Plan, template: str, check: Checked, *, by: User, why: str, seen: str = "") -> Acceptance:
    """Let a warning stand, because, or change the reason for which it stands. It ends by itself when the figure changes.

    `seen` is what was found on the page, in words. ValidationError for a contradiction, no reason, or another figure than was seen.
    """
    if check.rule.severity == "stop":
        raise ValidationError(f"{check.sentence} A contradiction cannot be accepted: mend it.")
    if not check.may_be_accepted:
        raise ValidationError(f"{check.sentence} There is nothing to accept.")
    if seen and seen != (now := check.in_words(check.found)[:60]):
        raise ValidationError(
            f"The figure was {seen} when this page was opened, and is {now} now. Look again, then accept it.",
            code="moved",
        )
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
