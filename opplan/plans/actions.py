"""What may be done to a plan as a whole: its tolerances, its closed months, the month it reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import latest_entry, record
from opplan.plans.models import ClosedMonth, Organisation, OrganisationCode, Plan, Tolerance
from opplan.plans.queries import closed_months, default_rules
from opplan.web.formats import day, plain
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User


REBASELINING = "Re-baselining: "


class MonthClosed(ValidationError):
    """A figure of a closed month was to be changed."""

    def __init__(self, month: date) -> None:
        super().__init__(f"{month_name(month)} is closed. Ask the programme office or the finance lead to reopen it.")


class Overtaken(ValidationError):
    """What was to be changed is no longer what the person saw. Nothing was stored."""

    def __init__(self, now: str, by: str) -> None:
        super().__init__(f"Changed since you opened the page: it is now {now}{f', by {by}' if by else ''}.")


def require_open(plan: Plan, months: set[date]) -> Plan:
    """MonthClosed when any of `months` is closed. Returns the plan as it is stored now, which stays locked to the transaction's end.

    Closing takes the same lock, so that no month closes between this check and the figures that are saved upon it.
    """
    row = _locked(plan)
    if shut := closed_months(row) & months:
        raise MonthClosed(min(shut))
    return row


class RebaseliningNeedsReason(ValidationError):
    """A planned figure was to be changed after the baseline was locked, without saying why."""

    def __init__(self, since: date) -> None:
        super().__init__(
            f"The baseline was locked on {day(since)}: a change of a planned figure is a re-baselining. Say why it is made."
        )


def reason_for_plan(plan: Plan, why: str) -> str:
    """The reason that a change of planned figures is kept with. Every write of planned figures asks here.

    Once the baseline is locked it begins "Re-baselining: ", and RebaseliningNeedsReason is raised without one. `plan` is the plan as it
    is stored now, as `require_open` returns it.
    """
    if plan.baseline_locked_on is None:
        return why
    if not why.strip():
        raise RebaseliningNeedsReason(plan.baseline_locked_on)
    return why if why.startswith(REBASELINING) else REBASELINING + why.strip()


@transaction.atomic
def lock_baseline(plan: Plan, on: date, *, by: User, why: str) -> None:
    """Make the plan as it stands its baseline. The first lock holds: locking again leaves no trace."""
    row = _locked(plan)
    if row.baseline_locked_on is None:
        row.baseline_locked_on = on
        record(row, by=by, why=why, fields=["baseline_locked_on"])
    plan.baseline_locked_on = row.baseline_locked_on


def _locked(plan: Plan) -> Plan:
    """The plan, read again and locked until the transaction ends. Take it before any other lock, so that savers never wait in a ring."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Lock and save in one transaction.")
    return Plan.objects.select_for_update().get(pk=plan.pk)


@transaction.atomic
def set_tolerance(
    plan: Plan,
    rule: str,
    *,
    green: Decimal,
    red: Decimal,
    by: User,
    why: str,
    seen_green: Decimal | None = None,
    seen_red: Decimal | None = None,
) -> None:
    """Change where green ends and red begins for one rule of the plan. Setting what already holds leaves no trace.

    `seen_green` and `seen_red` are what the page showed; Overtaken where somebody has changed them since. None is not compared.
    """
    if rule not in default_rules():
        raise ValidationError(f"There is no rating rule called {rule}.")
    held = _locked(plan)
    row = Tolerance.objects.filter(plan=held, rule=rule).first()
    now = row or default_rules()[rule]
    if (green, red) == (now.green, now.red):
        return
    if seen_green not in (None, now.green) or seen_red not in (None, now.red):
        author = latest_entry(row).history_user if row else None
        raise Overtaken(f"green up to {plain(now.green)}, red beyond {plain(now.red)}", str(author or ""))
    row = row or Tolerance(plan=held, rule=rule)
    row.green, row.red = green, red
    record(row, by=by, why=why.strip() or "Rating rule changed")


@transaction.atomic
def close_month(plan: Plan, month: date, *, by: User, why: str = "") -> None:
    """Close a month: its figures refuse changes until it is reopened. Closing the month being reported moves on to the next."""
    row = _locked(plan)
    _require_month(row, month)
    why = why.strip()
    if not ClosedMonth.objects.filter(plan=row, month=month).exists():
        record(ClosedMonth(plan=row, month=month), by=by, why=why or "Month closed")
    if row.reporting_month == month and month != row.months[-1]:
        _report(row, row.months[row.months.index(month) + 1], by=by, why=why)
    plan.reporting_month = row.reporting_month


@transaction.atomic
def reopen_month(plan: Plan, month: date, *, by: User, why: str) -> None:
    """Reopen a closed month. A reason is required: the figures of a closed month have been reported."""
    if not why.strip():
        raise ValidationError("Say why the month is reopened.")
    for row in ClosedMonth.objects.filter(plan=_locked(plan), month=month):
        row._history_user = by  # type: ignore[attr-defined]
        row._change_reason = why.strip()  # type: ignore[attr-defined]
        row.delete()


@transaction.atomic
def report_month(plan: Plan, month: date, *, by: User, why: str = "") -> None:
    """Move the month that the plan reports. Moving it to where it is leaves no trace."""
    row = _locked(plan)
    _require_month(row, month)
    if row.reporting_month != month:
        _report(row, month, by=by, why=why.strip())
    plan.reporting_month = row.reporting_month


def _report(row: Plan, month: date, *, by: User, why: str) -> None:
    row.reporting_month = month
    record(row, by=by, why=why or f"Month reported moved to {month_name(month)}", fields=["reporting_month"])


def _require_month(plan: Plan, month: date) -> None:
    if month not in plan.months:
        raise ValidationError(f"{month_name(month)} is not a month of {plan}.")


@transaction.atomic
def register_organisation(
    *, code: str, name: str, short_name: str, kind: str, parent: Organisation | None
) -> Organisation:
    """Add an organisation by its ODS code, or bring its names up to date."""
    row = Organisation.objects.filter(code=code).first() or Organisation(code=code)
    before = (row.name, row.short_name, row.kind, row.parent_id)
    row.name, row.short_name, row.kind, row.parent = name, short_name, kind, parent
    if row.pk is None or before != (name, short_name, kind, row.parent_id):
        record(row, by=None, why="Registered from the catalogue of organisations")
    return row


@transaction.atomic
def register_code(
    organisation: Organisation, *, code: str, kind: str, until: date | None, note: str, source: str
) -> OrganisationCode:
    """Add another code by which publications know the organisation, or bring what is said of it up to date.

    `until` is the last day of a former organisation.
    """
    row = OrganisationCode.objects.filter(organisation=organisation, code=code).first()
    row = row or OrganisationCode(organisation=organisation, code=code)
    before = (row.kind, row.until, row.note, row.source)
    row.kind, row.until, row.note, row.source = kind, until, note, source
    if row.pk is None or before != (kind, until, note, source):
        record(row, by=None, why="Registered from the table of organisation codes")
    return row


@transaction.atomic
def open_plan(
    organisation: Organisation, year: str, *, title: str, summary: str, round: str, reporting_month: date
) -> tuple[Plan, bool]:
    """The organisation's plan of a year, made where there is none. A new plan's months before the one it reports are closed."""
    plan = Plan.objects.filter(organisation=organisation, year=year).first()
    if plan is not None:
        return plan, False
    plan = Plan(
        organisation=organisation, year=year, title=title, summary=summary, round=round, reporting_month=reporting_month
    )
    record(plan, by=None, why="Plan opened")
    for month in plan.months:
        if month < reporting_month:
            record(ClosedMonth(plan=plan, month=month), by=None, why="Reported before opplan was used")
    return plan, True
