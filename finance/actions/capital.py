"""What may be done to capital schemes: added and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from finance.actions.budgets import entered, next_reference
from finance.models import CapitalScheme
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

CAPITAL_VALUES = ("title", "group", "year", "amount", "owner", "note")


@transaction.atomic
def add_capital_scheme(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> CapitalScheme:
    """Add a capital scheme at the end of the list. Its money needs a reason."""
    held = require_open(plan, set())
    row = CapitalScheme(plan=held, reference=next_reference(CapitalScheme, held, "CAP"), **entered(by))
    for name in CAPITAL_VALUES:
        setattr(row, name, values[name])
    row.position = (CapitalScheme.objects.filter(plan=held).aggregate(last=Max("position"))["last"] or 0) + 1
    _require_reason(why)
    return record(row, by=by, why=reason_for_plan(held, why.strip()))


@transaction.atomic
def change_capital_scheme(
    row: CapitalScheme, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> CapitalScheme:
    """Change a capital scheme. A change of its money or its year needs a reason; Conflict where somebody else changed the same field."""
    plan = require_open(row.plan, set())
    merge = merged(row, {name: values[name] for name in CAPITAL_VALUES}, version)
    if not merge.changed:
        return merge.row
    if {"amount", "year"} & set(merge.changed):
        _require_reason(why)
        why = reason_for_plan(plan, why.strip())
    merge.row.source, merge.row.basis = entered(by).values()
    return record(merge.row, by=by, why=why.strip() or "Capital scheme changed")


def _require_reason(why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": "A change of the plan needs a reason."})
