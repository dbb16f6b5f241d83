"""What may be done about a failing standard: a recovery plan is opened, acted upon, reviewed, given a trajectory, and closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from activity.models import Line, RecoveryAction, RecoveryMonth, RecoveryPlan, RecoveryReview
from opplan.calc.ratios import Kind
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged
from opplan.web.formats import day, listed
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

LONGEST_WORDS = 4000
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


class LinesChanged(ValidationError):
    """Somebody else changed which lines the recovery plan is for, after this person saw them. Nothing was stored."""

    def __init__(self, now: Collection[str]) -> None:
        words = listed(sorted(now)) or "no line"
        super().__init__({"lines": f"Someone else changed the lines meanwhile: it is now for {words}. Choose again."})


class TrajectoryChanged(ValidationError):
    """Somebody else changed the recovery trajectory after this person saw it. Nothing was stored."""


@transaction.atomic
def open_recovery(plan: Plan, *, lines: Collection[int], values: Mapping[str, Any], by: User, why: str) -> RecoveryPlan:
    """Open a recovery plan for one or more lines of the plan. `values` are its fields by name.

    ValidationError (by field) where it has no line, no title or diagnosis, a line of another plan, or a line that an open recovery
    plan holds already.
    """
    locked = require_open(plan, set())
    row = RecoveryPlan(plan=locked, reference=_next_reference(locked), basis=Basis.ENTERED, source=f"Entered by {by}")
    for name, value in values.items():
        setattr(row, name, value)
    row.opened = row.opened or timezone.localdate()
    if problems := _unfit(row) | _unfit_lines(row, lines):
        raise ValidationError(problems)
    record(row, by=by, why=why.strip() or "Recovery plan opened")
    row.lines.set(lines)
    return row


@transaction.atomic
def change_recovery(
    row: RecoveryPlan,
    *,
    values: Mapping[str, Any],
    lines: Collection[int],
    lines_seen: Collection[int],
    by: User,
    why: str,
    version: Version,
) -> RecoveryPlan:
    """Change what a recovery plan says and which lines it is for.

    Conflict where somebody else changed the same field, LinesChanged where they changed the lines; ValidationError by field.
    """
    require_open(row.plan, set())
    _require_not_closed(row)
    merge = merged(row, values, version)
    row = merge.row
    stored = set(row.lines.values_list("pk", flat=True))
    if stored not in (set(lines_seen), set(lines)):
        raise LinesChanged(row.lines.values_list("reference", flat=True))
    if problems := _unfit(row) | _unfit_lines(row, lines):
        raise ValidationError(problems)
    moved = stored != set(lines)
    if not merge.changed and not moved:
        return row
    reason = why.strip() or "Recovery plan changed"
    if merge.changed:
        row.source, row.basis = f"Entered by {by}", Basis.ENTERED
        record(row, by=by, why=reason)
    if moved:
        _attribute(row, by, reason)
        row.lines.set(lines)
    return row


@transaction.atomic
def close_recovery(row: RecoveryPlan, *, closed: date, by: User, why: str, version: Version) -> RecoveryPlan:
    """Close a recovery plan because its exit criteria are met. The reason says how that is known.

    ValidationError by field: no exit criteria, no reason, or a day that has not come or lies before the opening.
    """
    require_open(row.plan, set())
    merge = merged(row, {"closed": closed}, version)
    row = merge.row
    problems = {}
    if not row.exit_criteria.strip():
        problems["closed"] = "Say first what must hold for it to end: it has no exit criteria."
    elif closed > timezone.localdate():
        problems["closed"] = f"{day(closed)} has not come yet."
    elif row.opened and closed < row.opened:
        problems["closed"] = f"It was opened on {day(row.opened)}, after {day(closed)}."
    if not why.strip():
        problems["why"] = "Say how you know that the exit criteria are met."
    if problems:
        raise ValidationError(problems)
    return record(row, by=by, why=why.strip()) if merge.changed else row


@transaction.atomic
def reopen_recovery(row: RecoveryPlan, *, by: User, why: str, version: Version) -> RecoveryPlan:
    """Open a closed recovery plan again, with a reason."""
    require_open(row.plan, set())
    merge = merged(row, {"closed": None}, version)
    if not why.strip():
        raise ValidationError({"why": "Say why it is opened again."})
    if problems := _unfit_lines(merge.row, set(merge.row.lines.values_list("pk", flat=True))):
        raise ValidationError(problems["lines"])
    return record(merge.row, by=by, why=why.strip()) if merge.changed else merge.row


@transaction.atomic
def add_action(recovery: RecoveryPlan, *, values: Mapping[str, Any], by: User, why: str) -> RecoveryAction:
    """Add an action to a recovery plan, after those that it has."""
    held = _locked(recovery)
    last = RecoveryAction.objects.filter(recovery=held).aggregate(last=Max("position"))["last"] or 0
    row = RecoveryAction(recovery=held, position=last + 1, basis=Basis.ENTERED, source=f"Entered by {by}")
    for name, value in values.items():
        setattr(row, name, value)
    if problems := _unfit_action(row, {}, why):
        raise ValidationError(problems)
    return record(row, by=by, why=why.strip() or "Action added")


@transaction.atomic
def change_action(
    row: RecoveryAction, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> RecoveryAction:
    """Complete an action, move it, or change its words or owner. A day that was agreed moves only with a reason.

    Conflict where somebody else changed the same field; ValidationError by field.
    """
    _locked(row.recovery)
    merge = merged(row, values, version)
    if not merge.changed:
        return merge.row
    if problems := _unfit_action(merge.row, merge.was, why):
        raise ValidationError(problems)
    merge.row.source, merge.row.basis = f"Entered by {by}", Basis.ENTERED
    return record(merge.row, by=by, why=why.strip() or _what_happened(merge.row, merge.changed))


@transaction.atomic
def record_review(
    recovery: RecoveryPlan,
    *,
    held: date,
    finding: str,
    decision: str,
    escalation: str,
    by: User,
    why: str,
    version: Version,
) -> RecoveryReview:
    """Record what a review found and decided, and how far up the matter is taken; or write that day's review again.

    The latest review sets the level of the recovery plan. Conflict where somebody else wrote the same day's review.
    """
    plan = _locked(recovery)
    row = RecoveryReview.objects.filter(recovery=plan, held=held).first() or RecoveryReview(recovery=plan, held=held)
    typed = {"finding": finding.strip(), "decision": decision.strip(), "escalation": escalation}
    merge = merged(row, typed, version)
    row = merge.row
    if problems := _unfit_review(row):
        raise ValidationError(problems)
    if merge.changed or row.pk is None:
        row.source, row.basis = f"Entered by {by}", Basis.ENTERED
        record(row, by=by, why=why.strip() or f"Review of {day(held)}")
    latest = RecoveryReview.objects.filter(recovery=plan).order_by("-held").values_list("held", flat=True).first()
    if latest == held and plan.escalation != row.escalation:
        plan.escalation = row.escalation
        record(plan, by=by, why=f"Decided at the review of {day(held)}")
    return row


@dataclass(frozen=True)
class TrajectoryChange:
    """One month of a line's recovery trajectory: `was` is the value that the person saw, None for none."""

    line: int
    month: date
    was: Decimal | None
    value: Decimal | None


@transaction.atomic
def set_trajectory(recovery: RecoveryPlan, changes: Sequence[TrajectoryChange], *, by: User, why: str) -> int:
    """Set the recovery trajectory month by month, all or none; a month set to None is taken away. Returns how many months changed.

    ValidationError (nothing is stored): a month outside the plan or closed, a line that the recovery plan is not for, a value
    below nought, or above 100 where it is a percentage; TrajectoryChanged where a value is no longer what the person saw.
    """
    touched = {change.month for change in changes}
    plan = require_open(recovery.plan, touched)
    row = _locked(recovery)
    if outside := [month for month in sorted(touched) if month not in plan.months]:
        raise ValidationError(f"{month_name(outside[0])} is not a month of {plan}.")
    kinds = dict(row.lines.values_list("pk", "measure__kind"))
    stored = {(one.line_id, one.month): one for one in RecoveryMonth.objects.filter(recovery=row)}
    for change in changes:
        _require_fit(change, kinds)
        held = stored.get((change.line, change.month))
        if (held.value if held else None) != change.was:
            raise TrajectoryChanged(f"{month_name(change.month)} was changed by someone else while you were typing.")
    changed = any(change.value != change.was for change in changes)
    reason, count = (reason_for_plan(plan, why.strip()) if changed else "") or "Recovery trajectory set", 0
    for change in changes:
        if change.value == change.was:
            continue
        count += 1
        held = stored.get((change.line, change.month))
        if change.value is None and held is not None:
            _attribute(held, by, reason)
            held.delete()
            continue
        month = held or RecoveryMonth(recovery=row, line_id=change.line, month=change.month)
        assert change.value is not None
        month.value, month.source, month.basis = change.value, f"Entered by {by}", Basis.ENTERED
        record(month, by=by, why=reason)
    return count


def _require_fit(change: TrajectoryChange, kinds: Mapping[int, str]) -> None:
    if change.line not in kinds:
        raise ValidationError("The recovery plan is not for this line.")
    if change.value is not None and change.value < 0:
        raise ValidationError(f"{month_name(change.month)}: a value here cannot be below nought.")
    if change.value is not None and kinds[change.line] == Kind.PERCENTAGE and change.value > 100:
        raise ValidationError(f"{month_name(change.month)}: a percentage cannot pass 100.")


def _locked(recovery: RecoveryPlan) -> RecoveryPlan:
    """The recovery plan, read again and locked, while it is open."""
    row = RecoveryPlan.objects.select_for_update().get(pk=recovery.pk)
    _require_not_closed(row)
    return row


def _require_not_closed(row: RecoveryPlan) -> None:
    if row.closed:
        raise ValidationError(f"The recovery plan was closed on {day(row.closed)}. Open it again to change it.")


def _next_reference(plan: Plan) -> str:
    used = set(RecoveryPlan.objects.filter(plan=plan).values_list("reference", flat=True))
    return next(name for number in range(1, len(used) + 2) if (name := f"RP-{number:02}") not in used)


def _unfit(row: RecoveryPlan) -> dict[str, str]:
    problems = {}
    if not row.title.strip():
        problems["title"] = "Give it a name, such as the standard that it is to restore."
    if not row.diagnosis.strip():
        problems["diagnosis"] = "Say what is wrong, as far as it is known."
    if row.formal_intervention and not row.intervention.strip():
        problems["intervention"] = "Say who intervened, and under what."
    for name in ("diagnosis", "causes", "next_step", "intervention", "exit_criteria"):
        if len(typed := getattr(row, name)) > LONGEST_WORDS:
            problems[name] = f"At most {LONGEST_WORDS:,} characters; this has {len(typed):,}."
    if row.opened and row.opened > timezone.localdate():
        problems["opened"] = f"{day(row.opened)} has not come yet."
    return problems


def _unfit_lines(row: RecoveryPlan, lines: Collection[int]) -> dict[str, str]:
    if not lines:
        return {"lines": "Choose at least one line that it is to restore."}
    if Line.objects.filter(plan_id=row.plan_id, pk__in=lines).count() != len(set(lines)):
        return {"lines": "One of the lines is not in this plan."}
    others = RecoveryPlan.objects.filter(plan_id=row.plan_id, closed=None, lines__in=lines).exclude(pk=row.pk)
    if taken := others.values_list("lines__reference", "reference", "lines__pk"):
        line, other, _ = next((one for one in taken if one[2] in lines), taken[0])
        return {"lines": f"{line} has an open recovery plan already: {other}."}
    return {}


def _unfit_action(row: RecoveryAction, was: Mapping[str, Any], why: str) -> dict[str, str]:
    problems = {}
    if not row.title.strip():
        problems["title"] = "Say what is to be done."
    if not row.owner.strip():
        problems["owner"] = "Name the role that does it."
    if row.due is None and not (was and was.get("due", row.due) is None):
        problems["due"] = "Give the day by which it is to be done."
    elif row.due is not None and not EARLIEST <= row.due <= LATEST:
        problems["due"] = f"{day(row.due)} cannot be right. Check the year."
    elif was.get("due") is not None and row.due != was["due"] and not why.strip():
        problems["why"] = f"It moves from {day(was['due'])} to {day(row.due)}. Say why."
    if row.completed is not None and row.completed > timezone.localdate():
        problems["completed"] = f"{day(row.completed)} has not come yet. Move the day by which it is due instead."
    elif row.completed is None and was.get("completed") is not None and not why.strip():
        problems["why"] = "Say why it is no longer complete."
    return problems


def _what_happened(row: RecoveryAction, changed: Sequence[str]) -> str:
    return "Action completed" if "completed" in changed and row.completed else "Action changed"


def _unfit_review(row: RecoveryReview) -> dict[str, str]:
    problems = {}
    if row.held > timezone.localdate():
        problems["held"] = f"{day(row.held)} has not come yet."
    elif row.held < EARLIEST:
        problems["held"] = f"{day(row.held)} is too long ago. Check the year."
    if not row.finding:
        problems["finding"] = "Say what the review found."
    return problems


def _attribute(row: Any, by: User, why: str) -> None:
    """Who and why, for a write that goes round `record`: lines set, a month taken away."""
    row._history_user, row._change_reason = by, why
