"""What may be done to financial risks and business rules: a risk is added, changed, closed; what a rule's plan holds is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from finance.models import BusinessRule, FinancialRisk
from opplan.imports.provenance import Basis
from opplan.plans.actions import require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged
from opplan.web.formats import day

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

PREFIX = {FinancialRisk.Kind.RISK: "FR", FinancialRisk.Kind.MITIGATION: "FM"}
EARLIEST = date(2000, 1, 1)


@transaction.atomic
def add_risk(plan: Plan, *, kind: str, values: Mapping[str, Any], by: User, why: str) -> FinancialRisk:
    """Add a financial risk, or what would mitigate one. `values` are its fields by name; ValidationError by field."""
    plan = require_open(plan, set())
    number = _next_number(plan)
    row = FinancialRisk(
        plan=plan, kind=kind, reference=f"{PREFIX[FinancialRisk.Kind(kind)]}-{number:02}", position=number, **values
    )
    _attribute(row, by)
    _require_sense(row)
    return record(row, by=by, why=why.strip() or f"{row.get_kind_display()} added")


@transaction.atomic
def change_risk(
    row: FinancialRisk, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> FinancialRisk:
    """Change what the register says of a risk. A new value or probability needs a reason.

    Conflict where somebody else changed the same field; ValidationError by field.
    """
    require_open(row.plan, set())
    merge = merged(row, values, version)
    row = merge.row
    _require_not_closed(row)
    _require_sense(row)
    if not merge.changed:
        return row
    if {"value", "probability"} & set(merge.changed) and not why.strip():
        raise ValidationError({"why": "The value or its probability changes. Say why."})
    _attribute(row, by, probability="probability" in merge.changed)
    return record(row, by=by, why=why.strip() or f"{row.get_kind_display()} changed")


@transaction.atomic
def close_risk(row: FinancialRisk, *, closed: date, by: User, why: str, version: Version) -> FinancialRisk:
    """Close a risk: it stays in the register and counts for nothing from then. The reason says why it cannot fall any more."""
    require_open(row.plan, set())
    merge = merged(row, {"closed": closed}, version)
    problems = {}
    if closed > timezone.localdate():
        problems["closed"] = f"{day(closed)} has not come yet."
    elif closed < EARLIEST:
        problems["closed"] = f"{day(closed)} cannot be right. Check the year."
    if not why.strip():
        problems["why"] = "Say why it is closed: that it fell, or can fall no more."
    if problems:
        raise ValidationError(problems)
    return record(merge.row, by=by, why=why.strip()) if merge.changed else merge.row


@transaction.atomic
def reopen_risk(row: FinancialRisk, *, by: User, why: str, version: Version) -> FinancialRisk:
    """Open a closed risk again, with a reason."""
    require_open(row.plan, set())
    merge = merged(row, {"closed": None}, version)
    if not why.strip():
        raise ValidationError({"why": "Say why it is opened again."})
    return record(merge.row, by=by, why=why.strip()) if merge.changed else merge.row


@transaction.atomic
def hold_for_rule(
    row: BusinessRule, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> BusinessRule:
    """Say what the plan holds for a business rule and of which figure the rule is a share. Left empty, the plan's lines say it.

    ValidationError by field: no reason, a base that is not above nought, a figure without its source or a base without its name.
    """
    require_open(row.plan, set())
    merge = merged(row, values, version)
    row = merge.row
    if not merge.changed:
        return row
    problems = {}
    if row.base is not None and row.base <= 0:
        problems["base"] = "What the rule is a share of must be above nought."
    if row.base is not None and not row.base_name.strip():
        problems["base_name"] = "Name the figure, such as recurrent resource limit."
    if not row.source.strip():
        problems["source"] = "Say where the figures come from."
    if not why.strip():
        problems["why"] = "Say why. Everybody who may read the plan sees it."
    if problems:
        raise ValidationError(problems)
    row.basis = Basis.ENTERED
    return record(row, by=by, why=why.strip())


def _next_number(plan: Plan) -> int:
    used = FinancialRisk.objects.filter(plan=plan).values_list("reference", flat=True)
    return max((int(end) for name in used if (end := name.rpartition("-")[2]).isdecimal()), default=0) + 1


def _require_sense(row: FinancialRisk) -> None:
    problems = {}
    if not row.title.strip():
        problems["title"] = "Say what could happen, in a few words."
    if row.value is not None and row.value < 0:
        problems["value"] = "A value is what would be lost or won: it cannot be below nought."
    if row.probability is not None and not 0 <= row.probability <= 100:
        problems["probability"] = "A probability lies between 0 and 100 per cent."
    if problems:
        raise ValidationError(problems)


def _require_not_closed(row: FinancialRisk) -> None:
    if row.closed:
        raise ValidationError(f"{row.reference} was closed on {day(row.closed)}. Open it again to change it.")


def _attribute(row: FinancialRisk, by: User, *, probability: bool = True) -> None:
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    if probability:
        row.probability_basis = Basis.ENTERED
