"""What may be done about contracts: added, changed, and their lines of activity priced, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activity.queries import find_line
from finance.models import BudgetLine, Contract, ContractPrice
from opplan.calc.ratios import Kind
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record, record_deletions
from opplan.plans.versions import Version, merged
from opplan.web.formats import day, pounds

if TYPE_CHECKING:
    from activity.models import Line
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

CONTRACT_VALUES = (
    "title",
    "provider_id",
    "basis_of_payment",
    "value",
    "fixed",
    "budget_line_id",
    "signed",
    "owner",
    "note",
)
PRICE_VALUES = ("price", "share")
MONEY = {"value", "fixed"}


@transaction.atomic
def add_contract(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> Contract:
    """Add a contract with one provider. `values` are its fields by attribute; ValidationError names the one that cannot be so."""
    held = require_open(plan, set())
    row = Contract(plan=held, reference=_next_reference(held), **_entered(by))
    for name in CONTRACT_VALUES:
        setattr(row, name, values[name])
    row.position = Contract.objects.filter(plan=held).count() + 1
    _require_sense(row, why, {"value"})
    return record(row, by=by, why=reason_for_plan(held, why.strip()))


@transaction.atomic
def change_contract(row: Contract, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Contract:
    """Change what a contract says. A change of its money needs a reason; Conflict where somebody else changed the same field."""
    plan = require_open(row.plan, set())
    merge = merged(row, {name: values[name] for name in CONTRACT_VALUES}, version)
    if not merge.changed:
        return merge.row
    _require_sense(merge.row, why, set(merge.changed))
    merge.row.source, merge.row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    reason = reason_for_plan(plan, why.strip()) if MONEY & set(merge.changed) else why.strip()
    return record(merge.row, by=by, why=reason or "Contract changed")


@transaction.atomic
def price_line(contract: Contract, line: str, *, values: Mapping[str, Any], by: User, why: str) -> ContractPrice:
    """Give a line of the plan's activity a price in a contract. The line counts something, and has no price there yet."""
    plan = require_open(contract.plan, set())
    found = find_line(plan, line)
    if found is None:
        raise ValidationError({"line": f"There is no line {line} in {plan}."})
    if found.measure.kind != Kind.COUNT:
        raise ValidationError({"line": f"{line} is no count, so that a unit of it has no price."})
    if ContractPrice.objects.filter(contract=contract, line_id=found.pk).exists():
        raise ValidationError({"line": f"{line} has a price in this contract already. Change that one."})
    if twice := _counted_in(contract, found):
        raise ValidationError({"line": f"{line} and {twice} count the same activity, and {twice} has a price already."})
    row = ContractPrice(contract=contract, line=found, **_entered(by))
    for name in PRICE_VALUES:
        setattr(row, name, values[name])
    _require_price(row, why)
    return record(row, by=by, why=reason_for_plan(plan, why.strip()))


def _counted_in(contract: Contract, line: Line) -> str:
    """The priced line that the line is part of, or that is part of it: all elective admissions hold the day cases."""
    same = ContractPrice.objects.filter(contract=contract, line__scope=line.scope, line__provider=line.provider_id)
    kin = Q(line__measure__parent=line.measure_id)
    if line.measure.parent_id:
        kin |= Q(line__measure=line.measure.parent_id)
    return same.filter(kin).values_list("line__reference", flat=True).first() or ""


@transaction.atomic
def change_price(
    row: ContractPrice, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> ContractPrice:
    """Change what a unit of a line costs in a contract, or the provider's share of the line, with a reason."""
    plan = require_open(row.contract.plan, set())
    merge = merged(row, {name: values[name] for name in PRICE_VALUES}, version)
    if not merge.changed:
        return merge.row
    _require_price(merge.row, why)
    merge.row.source, merge.row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(merge.row, by=by, why=reason_for_plan(plan, why.strip()))


@transaction.atomic
def remove_price(row: ContractPrice, *, by: User, why: str) -> None:
    """Take a line's price out of a contract, with a reason."""
    plan = require_open(row.contract.plan, set())
    if not why.strip():
        raise ValidationError({"why": "Say why the line is no longer priced."})
    record_deletions([row], ContractPrice, by=by, why=reason_for_plan(plan, why.strip()))


def _entered(by: User) -> dict[str, Any]:
    return {"source": f"Entered by {by}"[:300], "basis": Basis.ENTERED}


def _next_reference(plan: Plan) -> str:
    taken = Contract.objects.filter(plan=plan).values_list("reference", flat=True)
    numbers = [int(found[1]) for reference in taken if (found := re.fullmatch(r"CT-(\d{1,6})", reference))]
    return f"CT-{max(numbers, default=0) + 1:02}"


def _require_sense(row: Contract, why: str, changed: set[str]) -> None:
    problems = {}
    if not row.title.strip():
        problems["title"] = "Say what it is for, such as Acute services."
    if row.value is not None and row.fixed is not None and row.fixed > row.value:
        problems["fixed"] = f"{pounds(row.fixed)} is more than the whole contract, {pounds(row.value)}."
    if row.signed is not None and row.signed > timezone.localdate():
        problems["signed"] = f"{day(row.signed)} has not come yet. Leave it empty while the contract is not signed."
    if row.budget_line_id and not BudgetLine.objects.filter(pk=row.budget_line_id, plan=row.plan_id).exists():
        problems["budget_line_id"] = "The budget line is not in this plan."
    if changed & MONEY and not why.strip():
        problems["why"] = "Say why its money changes, or where it comes from."
    if problems:
        raise ValidationError(problems)


def _require_price(row: ContractPrice, why: str) -> None:
    problems = {}
    if not 0 < row.share <= 100:
        problems["share"] = "A share of the line lies above 0 and up to 100 per cent."
    if not why.strip():
        problems["why"] = "Say where the price or the share comes from."
    if problems:
        raise ValidationError(problems)
