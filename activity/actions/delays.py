"""What may be done to delayed transfers: a weekly count and the days of a month are recorded, never silently overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activity.actions.readings import ReasonNeeded
from activity.models import Delay, Line, RiskShare, WeeklyCount
from opplan.calc.delays import months_of_quarter
from opplan.imports.provenance import Basis
from opplan.plans.actions import MonthClosed, reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.queries import closed_months
from opplan.plans.versions import Merged, Version, merged
from opplan.web.formats import day as day_name
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

COUNTS = ("planned", "actual")
SHARE = ("amount", "baseline")


@transaction.atomic
def record_week(
    line: Line, day: date, counts: Mapping[str, Decimal | None], *, by: User, why: str, version: Version
) -> WeeklyCount:
    """Record the count of one day, its trajectory, or both: `counts` holds "actual" or "planned" by what may be changed.

    Conflict when somebody else changed the same figure; MonthClosed when the day's month is closed; ValidationError names the field
    that cannot be so: a day outside the plan's year, a count of a day to come, below 0 or in parts, or a published figure changed
    without a reason. A row with neither figure is kept, so that its history is.
    """
    plan = require_open(line.plan, {day.replace(day=1)})
    if day.replace(day=1) not in plan.months:
        raise ValidationError(f"{day_name(day)} is not a day of {plan}.")
    held = WeeklyCount.objects.filter(line=line, day=day).first()
    merge = merged(held or WeeklyCount(line=line, day=day, basis=Basis.ENTERED), counts, version)
    if not merge.changed:
        return merge.row
    if problems := _problems(merge, why.strip()):
        raise ValidationError(problems)
    row = merge.row
    if "planned" in merge.changed:
        why = reason_for_plan(plan, why)
    if "actual" in merge.changed:
        row.basis, row.source = Basis.ENTERED, f"Entered by {by}"
    if "planned" in merge.changed:
        row.planned_basis, row.planned_source = Basis.ENTERED, f"Entered by {by}"
    return record(row, by=by, why=why.strip() or "Weekly count recorded")


def _problems(merge: Merged[WeeklyCount], why: str) -> dict[str, str]:
    row, problems = merge.row, {}
    for name in merge.changed:
        value = getattr(row, name)
        if value is not None and value < 0:
            problems[name] = "A count cannot be below nought."
        elif name == "actual" and value is not None and value % 1:
            problems[name] = f"“{value}” is not whole. Patients are counted whole."
    if "actual" in merge.changed and row.actual is not None and row.day > timezone.localdate():
        problems["actual"] = f"{day_name(row.day)} has not come yet."
    published = "actual" in merge.changed and row.basis == Basis.PUBLISHED and merge.was["actual"] is not None
    if published and not why:
        problems["why"] = f"Say why the published count of {day_name(row.day)} is changed."
    return problems


@transaction.atomic
def set_risk_share(
    line: Line, quarter: date, *, amount: Decimal, baseline: Decimal, by: User, why: str, version: Version
) -> RiskShare:
    """Set what the Better Care Fund has at stake in a quarter, in pounds, and from how many average beds a day a reduction counts.

    Conflict when somebody else changed the same figure; MonthClosed when all three months of the quarter are closed, for what was
    released has been reported then; ValidationError without a reason, below nought, or for no quarter of the plan's year.
    """
    plan = require_open(line.plan, set())
    months = months_of_quarter(quarter)
    if quarter not in plan.months[::3]:
        raise ValidationError(f"{month_name(quarter)} does not begin a quarter of {plan}.")
    if set(months) <= closed_months(plan):
        raise MonthClosed(months[-1])
    Line.objects.select_for_update().get(pk=line.pk)
    held = RiskShare.objects.filter(line=line, quarter=quarter).first()
    merge = merged(held or RiskShare(line=line, quarter=quarter), {"amount": amount, "baseline": baseline}, version)
    if held is not None and not merge.changed:
        return merge.row
    problems = {name: "This cannot be below nought." for name in SHARE if getattr(merge.row, name) < 0}
    if not why.strip():
        problems["why"] = "Say why: what is released or withheld follows from it."
    if problems:
        raise ValidationError(problems)
    merge.row.basis, merge.row.source = Basis.ENTERED, f"Entered by {by}: {why.strip()}"[:300]
    return record(merge.row, by=by, why=reason_for_plan(plan, why.strip()))


@dataclass(frozen=True)
class DelayChange:
    """The delayed days of one category in one month; `was` is the stored figure that the person saw, None for none."""

    cut: str
    category: str
    month: date
    was: Decimal | None
    value: Decimal | None


class DelaysChanged(ValidationError):
    """Somebody else changed a figure after this person saw it. Nothing was stored."""

    def __init__(self, months: Sequence[date]) -> None:
        super().__init__(f"{month_name(min(months))} was changed by someone else while you were typing.")


@transaction.atomic
def record_delays(plan: Plan, place: str, changes: Sequence[DelayChange], *, by: User, why: str) -> int:
    """Record delayed days by type of care, responsible organisation and reason, all or none. Returns how many figures changed.

    The official figure of a month is the reading of its line and stays. A figure that is taken away is removed, and its history kept.
    ValidationError (nothing is stored) when a month is closed, outside the plan's year or not due, when a month's rows are crossed
    by all three cuts, when days are below 0 or in parts, when a figure is no longer what the person saw, or when a published one is
    changed without a reason.
    """
    months = {change.month for change in changes}
    stored = require_open(plan, months)
    _require_due(stored, months)
    held = {
        (row.period, row.cut, row.care or row.body or row.reason): row
        for row in Delay.objects.select_for_update().filter(plan=stored, place=place, period__in=months)
    }
    if crossed := {period for period, cut, _ in held if cut == Delay.Cut.ALL}:
        raise ValidationError(
            f"{month_name(min(crossed))} is held crossed by care, body and reason: load it again instead."
        )
    moved = [change.month for change in changes if _days(held.get(_key(change))) != change.was]
    if moved:
        raise DelaysChanged(moved)
    real = [change for change in changes if change.value != change.was]
    published = {change.month for change in real if _is_published(held.get(_key(change)))}
    if published and not why.strip():
        raise ReasonNeeded(sorted(published))
    for change in real:
        _record(stored, place, change, held.get(_key(change)), by, why.strip() or "Delayed days recorded")
    return len(real)


def _key(change: DelayChange) -> tuple[date, str, str]:
    return change.month, change.cut, change.category


def _days(row: Delay | None) -> Decimal | None:
    return None if row is None else row.days


def _is_published(row: Delay | None) -> bool:
    return row is not None and row.basis == Basis.PUBLISHED


def _require_due(plan: Plan, months: set[date]) -> None:
    for month in sorted(months):
        if month not in plan.months:
            raise ValidationError(f"{month_name(month)} is not a month of {plan}.")
        if plan.reporting_month is None or month > plan.reporting_month:
            raise ValidationError(f"{month_name(month)} is not due yet: the plan does not report it.")


def _record(plan: Plan, place: str, change: DelayChange, row: Delay | None, by: User, why: str) -> None:
    value = change.value
    if value is None:
        if row is not None:
            row._history_user, row._change_reason = by, why  # type: ignore[attr-defined]
            row.delete()
        return
    if value < 0 or value % 1:
        raise ValidationError(f"{month_name(change.month)}: delayed days are whole and not below nought.")
    if row is None:
        row = Delay(plan=plan, place=place, period=change.month, cut=change.cut, **{change.cut: change.category})
    row.days, row.basis, row.source = value, Basis.ENTERED, f"Entered by {by}"
    record(row, by=by, why=why)
