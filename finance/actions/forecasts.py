"""What may be done to how a scheme's year is forecast and when it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from finance.actions.savings import Conflict, ReasonNeeded, SavingChange, record_savings
from finance.models import Scheme
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User


@transaction.atomic
def follow_rule(scheme: Scheme, *, rule: str, by: User, why: str, version: Version) -> Scheme:
    """Say what the scheme's months without a forecast of their own follow: the plan, the run rate to date, or the plan weighed.

    A reason is needed. Conflict (of versions) where somebody else chose another rule meanwhile; ValidationError where it is none.
    """
    require_open(scheme.plan, set())
    if rule not in Scheme.Forecast.values:
        raise ValidationError({"forecast_default": "A forecast follows the plan, the run rate, or the plan weighed."})
    merge = merged(scheme, {"forecast_default": rule}, version)
    if not merge.changed:
        return merge.row
    if not why.strip():
        raise ValidationError({"why": "Say why. Everybody who may read the plan sees it."})
    return record(merge.row, by=by, why=why.strip(), fields=["forecast_default"])


@transaction.atomic
def move_start(
    scheme: Scheme, *, start: date, was: date | None, changes: Sequence[SavingChange], by: User, why: str
) -> int:
    """Give a scheme another start month and move its planned months with it, all or none; say how many figures were moved.

    Raises ReasonNeeded without a reason, Conflict where the start or a month is no longer what the person saw, and what
    `record_savings` raises.
    """
    if not why.strip():
        raise ReasonNeeded("Say why. Everybody who may read the plan sees it.")
    plan = require_open(scheme.plan, {change.month for change in changes})
    row = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if row.start_month != was:
        raise Conflict([])
    moved = record_savings(scheme.plan, changes, by=by, why=why)
    row.start_month = start
    record(row, by=by, why=reason_for_plan(plan, why.strip()), fields=["start_month"])
    return moved
