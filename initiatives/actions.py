"""What commissioners say about progress: a milestone's completion and expected date, and an initiative's update for a month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from initiatives.models import Initiative, Milestone, ProgressUpdate
from opplan.imports.provenance import Basis
from opplan.plans.actions import require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Merged, Version, merged
from opplan.web.formats import day
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User

EARLIEST = date(2000, 1, 1)
LATEST = date(2099, 12, 31)
LONGEST_TEXT = 4000
LONGEST_DECISION = 1000
LONGEST_NOTE = 2000


@transaction.atomic
def record_milestone(
    milestone: Milestone,
    *,
    completed: date | None,
    forecast: date | None,
    note: str,
    by: User,
    why: str = "",
    version: Version,
) -> Milestone:
    """Record when a milestone was completed, or when it is now expected, and why. Its planned date is the plan's and stays.

    A completed milestone keeps no expected date: with both given the completion stands and the expected date is cleared (the
    history keeps it). Conflict when somebody else changed the same field; ValidationError names the field that cannot be so. Closed
    months do not bar it: a completion is often learned after the month that it fell in.
    """
    merge = merged(milestone, {"completed": completed, "forecast": forecast, "note": note.strip()}, version)
    row = merge.row
    if row.completed is not None:
        row.forecast = None
    if not merge.changed:
        return row
    if problems := _problems(merge, timezone.localdate(), why.strip()):
        raise ValidationError(problems)
    row.progress_source, row.progress_basis = str(by), Basis.ENTERED
    return record(row, by=by, why=why.strip() or "Progress recorded")


def _problems(merge: Merged[Milestone], today: date, why: str) -> dict[str, str]:
    row, problems = merge.row, {}
    if row.completed is not None and row.completed > today:
        problems["completed"] = f"{day(row.completed)} has not come yet. Give it as “now expected” instead."
    elif row.completed is not None and row.completed < EARLIEST:
        problems["completed"] = f"{day(row.completed)} is too long ago. Check the year."
    if row.forecast is not None and not EARLIEST <= row.forecast <= LATEST:
        problems["forecast"] = f"{day(row.forecast)} cannot be right. Check the year."
    if len(row.note) > LONGEST_NOTE:
        problems["note"] = f"At most {LONGEST_NOTE:,} characters; this has {len(row.note):,}."
    elif asked := _note_wanted(merge, why):
        problems["note"] = asked
    return problems


def _note_wanted(merge: Merged[Milestone], why: str) -> str:
    """What the note must say and does not, or nothing. A note as it was does not explain a date that has moved since; a reason does."""
    row, was = merge.row, merge.was
    if row.completed is not None:
        return ""
    explained = bool(row.note) and (row.note != was["note"] or bool(why))
    if was["completed"] is not None:
        return "" if explained else "Say why it is no longer complete, and what happens next."
    if was["forecast"] is not None and row.forecast != was["forecast"]:
        moved = f"moves from {day(was['forecast'])} to {day(row.forecast)}" if row.forecast else "is withdrawn"
        return "" if explained else f"The expected date {moved}. Say why, and what happens next."
    if row.forecast is not None and row.forecast > row.due and not row.note:
        return f"It is expected after it is due, {day(row.due)}. Say why, and what happens next."
    return ""


@transaction.atomic
def write_update(
    initiative: Initiative,
    *,
    month: date,
    text: str,
    decision_wanted: str,
    by: User,
    why: str = "",
    version: Version,
) -> ProgressUpdate:
    """Write, or write again, what is said about an initiative for a month. MonthClosed once the month is closed.

    Conflict when somebody else has written it since. The earlier text stays in the history.
    """
    plan = require_open(initiative.plan, {month})
    if month not in plan.months:
        raise ValidationError(f"{month_name(month)} is not a month of {plan}.")
    # The initiative is locked because a month's first update has no row of its own to lock.
    Initiative.objects.select_for_update().get(pk=initiative.pk)
    row = ProgressUpdate.objects.filter(initiative=initiative, month=month).first()
    merge = merged(
        row or ProgressUpdate(initiative=initiative, month=month),
        {"text": text.strip(), "decision_wanted": decision_wanted.strip()},
        version,
    )
    if not merge.changed and merge.row.pk:
        return merge.row
    if problems := _unfit(merge.row):
        raise ValidationError(problems)
    merge.row.source, merge.row.basis = str(by), Basis.ENTERED
    return record(merge.row, by=by, why=why.strip() or f"Update for {month_name(month)}")


def _unfit(row: ProgressUpdate) -> dict[str, str]:
    problems = {}
    if not row.text:
        problems["text"] = "Say what happened, and what is next."
    for name, longest in (("text", LONGEST_TEXT), ("decision_wanted", LONGEST_DECISION)):
        if len(typed := getattr(row, name)) > longest:
            problems[name] = f"At most {longest:,} characters; this has {len(typed):,}."
    return problems
