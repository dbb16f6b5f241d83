"""What may be done to the bridge from last year's outturn: its steps added, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from finance.actions.budgets import entered, next_reference
from finance.models import BridgeStep
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record, record_deletions
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

STEP_VALUES = ("title", "amount", "recurrent", "position")


@transaction.atomic
def add_step(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> BridgeStep:
    """Add a step to the bridge, at the end unless its place is given. It needs a reason."""
    held = require_open(plan, set())
    row = BridgeStep(plan=held, reference=next_reference(BridgeStep, held, "BS"), **entered(by))
    for name in STEP_VALUES:
        setattr(row, name, values[name])
    if row.position is None:
        row.position = (BridgeStep.objects.filter(plan=held).aggregate(last=Max("position"))["last"] or 0) + 1
    _require_reason(why)
    return record(row, by=by, why=reason_for_plan(held, why.strip()))


@transaction.atomic
def change_step(row: BridgeStep, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> BridgeStep:
    """Change a step. A change of its amount needs a reason; Conflict where somebody else changed the same field."""
    plan = require_open(row.plan, set())
    merge = merged(row, {name: values[name] for name in STEP_VALUES if values[name] is not None}, version)
    if not merge.changed:
        return merge.row
    if "amount" in merge.changed:
        _require_reason(why)
    if {"amount", "recurrent"} & set(merge.changed):
        why = reason_for_plan(plan, why)
    merge.row.source, merge.row.basis = entered(by).values()
    return record(merge.row, by=by, why=why.strip() or "Step changed")


@transaction.atomic
def remove_step(row: BridgeStep, *, by: User, why: str) -> None:
    """Take a step out of the bridge, with a reason; its history stays."""
    plan = require_open(row.plan, set())
    _require_reason(why)
    step = BridgeStep.objects.select_for_update().get(pk=row.pk)
    record_deletions([step], BridgeStep, by=by, why=reason_for_plan(plan, why.strip()))


def _require_reason(why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": "A change of the bridge needs a reason."})
