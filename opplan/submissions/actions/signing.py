"""Delegate the authority to sign, and sign: by the named officer, within the delegation, under the hash of what is signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from opplan.accounts.roles import Capability
from opplan.plans.actions import lock_baseline
from opplan.plans.attribution import record
from opplan.submissions.models import Delegation, Signature, Submission
from opplan.submissions.queries.signatures import delegation_for, may_take_back, moved_on
from opplan.web.formats import day

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def delegate(
    plan: Plan,
    *,
    reference: str,
    officer: User,
    minute: str,
    scope: str,
    templates: Sequence[str],
    begins: date,
    ends: date,
    by: User,
    why: str,
) -> Delegation:
    """Record that the governing body lets an officer sign for it, by which minute, for which templates (none is all), from when to when."""
    if ends < begins:
        raise ValidationError({"ends": f"It ends on {day(ends)}, before it begins on {day(begins)}."})
    row = Delegation(
        plan=plan,
        reference=reference,
        officer=officer,
        minute=minute.strip(),
        scope=scope.strip(),
        templates=list(templates),
        begins=begins,
        ends=ends,
        source=f"Entered by {by}"[:300],
    )
    return record(row, by=by, why=why.strip() or "Authority to sign delegated")


@transaction.atomic
def withdraw_delegation(delegation: Delegation, *, by: User, why: str) -> Delegation:
    """End a delegation today. What was signed under it stays signed."""
    if not why.strip():
        raise ValidationError("Say why the delegation is withdrawn.")
    row = Delegation.objects.select_for_update().get(pk=delegation.pk)
    if row.withdrawn_on is None:
        row.withdrawn_on = timezone.localdate()
        record(row, by=by, why=why.strip(), fields=["withdrawn_on"])
    return row


@transaction.atomic
def sign(submission: Submission, *, statement: str, by: User) -> Signature:
    """Sign the content of a version.

    ValidationError where the officer has no delegation for it today, where it is not the latest version, is withdrawn or signed
    already, or where the plan's figures have changed since it was frozen. The signature of a final submission locks the plan's baseline.
    """
    row = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("plan__organisation", "round")
        .get(pk=submission.pk)
    )
    if not statement.strip():
        raise ValidationError({"statement": "Write what you state by signing."})
    delegation = delegation_for(row.plan, by, row.template, timezone.localdate())
    if delegation is None:
        raise ValidationError(
            "The governing body has not delegated this signature to you, or not for today. Record the delegation with its minute first."
        )
    if row.withdrawn_why:
        raise ValidationError(f"{row.version} was withdrawn. Freeze the plan again, and sign that.")
    if Submission.objects.filter(plan=row.plan, template=row.template, pk__gt=row.pk).exists():
        raise ValidationError(f"{row.version} is not the latest version. Sign the latest.")
    if row.signatures.filter(officer=by, withdrawn_at=None).exists():
        raise ValidationError(f"You have signed {row.version} already.")
    if moved_on(row):
        raise ValidationError(
            f"The plan has changed since {row.version} was frozen: what you would sign is no longer what it says. Freeze it again."
        )
    signature = Signature(
        submission=row, delegation=delegation, officer=by, statement=statement.strip()[:500], content=row.content
    )
    record(signature, by=by, why="Signed")
    if row.round and row.round.final:
        lock_baseline(row.plan, timezone.localdate(), by=by, why=f"{row} signed: {row.round.title}"[:100])
    return signature


@transaction.atomic
def withdraw_signature(signature: Signature, *, may: Callable[[Capability], bool], by: User, why: str) -> Signature:
    """Take a signature back: the version is no longer signed by it, and a baseline that it locked stays locked.

    ValidationError without a reason, or where it is neither the person's own nor theirs to take back as an administrator.
    """
    if not why.strip():
        raise ValidationError({"why": "Say why the signature is withdrawn."})
    row = Signature.objects.select_for_update().get(pk=signature.pk)
    if not may_take_back(row.officer_id, by, may):
        raise ValidationError("Only the officer who gave it, or an administrator, takes a signature back.")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_why = timezone.now(), why.strip()[:300]
        record(row, by=by, why=why.strip(), fields=["withdrawn_at", "withdrawn_why"])
    return row
