"""What may be done to a plan as a whole: its tolerances, its closed months, the month it reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import record
from opplan.plans.models import ClosedMonth, Organisation, Plan, Tolerance
from opplan.plans.queries import closed_months, default_rules
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User


class MonthClosed(ValidationError):
    """A figure of a closed month was to be changed."""

    def __init__(self, month: date) -> None:
        super().__init__(f"{month_name(month)} is closed. Ask the programme office or the finance lead to reopen it.")


def require_open(plan: Plan, months: set[date]) -> None:
    """MonthClosed when any of `months` is closed."""
    if shut := closed_months(plan) & months:
        raise MonthClosed(min(shut))


@transaction.atomic
def set_tolerance(plan: Plan, rule: str, *, green: Decimal, red: Decimal, by: User, why: str) -> None:
    """Change where green ends and red begins for one rule of the plan."""
    if rule not in default_rules():
        raise ValidationError(f"There is no rating rule called {rule}.")
    row = Tolerance.objects.filter(plan=plan, rule=rule).first() or Tolerance(plan=plan, rule=rule)
    row.green, row.red = green, red
    record(row, by=by, why=why)


@transaction.atomic
def close_month(plan: Plan, month: date, *, by: User, why: str = "") -> None:
    """Close a month: its figures refuse changes until it is reopened. Closing the month being reported moves on to the next."""
    if month not in plan.months:
        raise ValidationError(f"{month_name(month)} is not a month of {plan}.")
    if not ClosedMonth.objects.filter(plan=plan, month=month).exists():
        record(ClosedMonth(plan=plan, month=month), by=by, why=why)
    if plan.reporting_month == month and month != plan.months[-1]:
        plan.reporting_month = plan.months[plan.months.index(month) + 1]
        record(plan, by=by, why=why or f"{month_name(month)} closed")


@transaction.atomic
def reopen_month(plan: Plan, month: date, *, by: User, why: str) -> None:
    """Reopen a closed month. A reason is required: the figures of a closed month have been reported."""
    if not why.strip():
        raise ValidationError("Say why the month is reopened.")
    for row in ClosedMonth.objects.filter(plan=plan, month=month):
        row._history_user = by  # type: ignore[attr-defined]
        row._change_reason = why  # type: ignore[attr-defined]
        row.delete()


@transaction.atomic
def report_month(plan: Plan, month: date, *, by: User, why: str = "") -> None:
    """Move the month that the plan reports."""
    if month not in plan.months:
        raise ValidationError(f"{month_name(month)} is not a month of {plan}.")
    plan.reporting_month = month
    record(plan, by=by, why=why)


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
