"""Add a round to the calendar, and change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.imports.provenance import Basis
from opplan.plans.attribution import record
from opplan.plans.belonging import require_free_reference
from opplan.plans.versions import Version, merged
from opplan.submissions.definition import definitions_of
from opplan.submissions.models import Round

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def add_round(plan: Plan, *, reference: str, values: Mapping[str, Any], by: User, why: str) -> Round:
    """Add a date on which parts of the plan are due. ValidationError by field."""
    row = Round(plan=plan, reference=reference.strip(), **values)
    require_free_reference(row)
    _require_sense(row)
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(row, by=by, why=why.strip() or "Round added")


@transaction.atomic
def change_round(row: Round, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Round:
    """Change a round. What it asks, when it is due and whether it is final need a reason.

    Conflict where somebody else changed the same field; ValidationError by field.
    """
    merge = merged(row, values, version)
    if not merge.changed:
        return merge.row
    if {"due", "templates", "final"} & set(merge.changed) and not why.strip():
        raise ValidationError({"why": "When it is due, what it asks or whether it is final changes. Say why."})
    frozen = set(merge.row.submissions.filter(withdrawn_why="").values_list("template", flat=True))
    if merge.row.templates and (lost := frozen - set(merge.row.templates)):
        raise ValidationError({"templates": f"{min(lost)} is frozen for this round: withdraw its versions first."})
    _require_sense(merge.row)
    merge.row.source, merge.row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(merge.row, by=by, why=why.strip() or "Round changed")


def _require_sense(row: Round) -> None:
    known = {one.name for one in definitions_of(row.plan.round)}
    # A catalogue may ask for a template before its definition is there; a person chooses from what is there.
    if not row.pk and (strange := set(row.templates) - known):
        raise ValidationError({"templates": f"There is no template {min(strange)} in this planning round."})
