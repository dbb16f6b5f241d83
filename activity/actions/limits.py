"""What may be done to how a line's chart is read: the rules it follows, the points that its limits rest on, and where they begin anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.models import Line, Rebase, SpcProfile
from opplan.calc.spc import LEAST_FIXED
from opplan.plans.actions import require_open
from opplan.plans.attribution import record, record_deletions
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User

LONGEST_REASON = 300


@transaction.atomic
def set_limits(line: Line, *, profile: str, fix_after: int | None, by: User, why: str, version: Version) -> Line:
    """Set whose rules a line's chart follows, and from how many first points its limits are taken (None: from all).

    ValidationError by field: an unknown profile, fewer than 12 points, no reason. Conflict where somebody else set the same otherwise.
    """
    require_open(line.plan, set())
    merge = merged(line, {"spc_profile": profile, "spc_fix_after": fix_after}, version)
    if not merge.changed:
        return merge.row
    problems = {}
    if profile not in SpcProfile.values:
        problems["spc_profile"] = "Choose one of the sets of rules."
    if fix_after is not None and fix_after < LEAST_FIXED:
        problems["spc_fix_after"] = f"Limits rest on {LEAST_FIXED} points at least, not {fix_after}."
    if not why.strip():
        problems["why"] = "Say why the chart is to be read otherwise."
    if problems:
        raise ValidationError(problems)
    return record(merge.row, by=by, why=why.strip(), fields=["spc_profile", "spc_fix_after"])


@transaction.atomic
def set_rebase(line: Line, *, period: date, reason: str, by: User, why: str = "", version: Version) -> Rebase:
    """Draw a line's limits anew from a period, because the process is known to have changed; or word the reason again.

    ValidationError by field where the reason is missing or too long. Conflict where somebody else worded it otherwise.
    """
    require_open(line.plan, set())
    Line.objects.select_for_update().get(pk=line.pk)
    row = Rebase.objects.filter(line=line, period=period).first() or Rebase(line=line, period=period)
    merge = merged(row, {"reason": reason.strip()}, version)
    if not merge.row.reason:
        raise ValidationError({"reason": "Say what changed in the process, and how it is known."})
    if len(merge.row.reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"At most {LONGEST_REASON} characters; this has {len(merge.row.reason)}."})
    if merge.row.pk and not merge.changed:
        return merge.row
    return record(merge.row, by=by, why=why.strip() or ("Reason worded again" if merge.row.pk else "Limits drawn anew"))


@transaction.atomic
def remove_rebase(row: Rebase, *, by: User, why: str) -> None:
    """Take a rebase away, with a reason: the limits run on over it again."""
    require_open(row.line.plan, set())
    if not why.strip():
        raise ValidationError({"why": "Say why the limits are to run on here."})
    record_deletions([row], Rebase, by=by, why=why.strip())
