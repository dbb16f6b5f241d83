"""What may be done about how likely savings are: the chance and the range of schemes are set, or left to the rule again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from finance.models import Scheme
from finance.queries.likelihood import PARTS
from opplan.plans.actions import require_open
from opplan.plans.attribution import record_changes
from opplan.plans.tables import settled
from opplan.plans.versions import Version
from opplan.web.formats import plain

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

WORDS = {
    "chance": "chance of delivering, per cent",
    "least": "least, per cent of plan",
    "most": "most, per cent of plan",
}


@transaction.atomic
def set_chances(
    plan: Plan, typed: Mapping[str, str], *, opened: Mapping[str, str] | None, by: User, why: str, version: Version
) -> int:
    """Set chances and ranges of schemes, all or none; an empty cell follows the rule. Returns how many schemes changed.

    Cells are named "PC-03|chance". Conflict where somebody else changed the same cell to something else; ValidationError for a
    scheme that is not in the plan, or without a reason.
    """
    plan = require_open(plan, set())
    named = {cell.partition("|")[0] for cell in typed}
    held = Scheme.objects.select_for_update().filter(plan=plan, reference__in=named).order_by("pk")
    rows = {row.reference: row for row in held}
    if unknown := named - rows.keys():
        raise ValidationError(f"There is no scheme {min(unknown)} in {plan}.")
    stored = {f"{name}|{part}": plain(getattr(row, part)) for name, row in rows.items() for part in PARTS}
    wanted = settled(
        opened, typed, stored, version=version, latest=_latest(plan), named=lambda cell: _named(cell, rows)
    )
    touched: dict[str, Scheme] = {}
    for cell, text in wanted.items():
        reference, _, part = cell.partition("|")
        if reference in rows and part in PARTS and text != stored[cell]:
            setattr(rows[reference], part, Decimal(text) if text else None)
            touched[reference] = rows[reference]
    if touched and not why.strip():
        raise ValidationError({"why": "Say why. Everybody who may read the plan sees it."})
    for row in touched.values():
        row.clean_fields(exclude=["plan"])
    record_changes(list(touched.values()), Scheme, PARTS, by=by, why=why.strip())
    return len(touched)


def _latest(plan: Plan) -> Any:
    kept: Any = Scheme.history.model
    return kept.objects.filter(plan=plan).select_related("history_user").order_by("-history_id").first()


def _named(cell: str, rows: Mapping[str, Scheme]) -> str:
    reference, _, part = cell.partition("|")
    return f"{rows[reference].title}, {WORDS[part]}" if reference in rows else cell
