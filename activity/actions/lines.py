"""What may be done to the lines of a plan: one is added for a measure, and its title, owner or initiative changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.models import Line, Measure
from opplan.imports.provenance import Basis
from opplan.plans.actions import require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

NEEDS = {
    Line.Scope.PROVIDER: ("provider_id", "Say which provider."),
    Line.Scope.SPECIALTY: ("specialty", "Say which specialty."),
    Line.Scope.INITIATIVE: ("initiative_id", "Say which initiative."),
}


@transaction.atomic
def add_line(
    plan: Plan,
    measure: Measure,
    *,
    scope: str,
    provider_id: int | None,
    specialty: str,
    initiative_id: int | None,
    title: str,
    owner: str,
    reference: str = "",
    by: User,
    why: str = "",
) -> Line:
    """Add a line of the measure to the plan: for the whole commissioner, a provider, a specialty, or an initiative with its owner.

    ValidationError names the field that cannot be so, and refuses a second line for the same whom.
    """
    require_open(plan, set())  # the plan stays locked, so that two people cannot add the same line at once
    given = {"provider_id": provider_id, "specialty": specialty.strip(), "initiative_id": initiative_id}
    if scope in NEEDS and not given[NEEDS[Line.Scope(scope)][0]]:
        field, said = NEEDS[Line.Scope(scope)]
        raise ValidationError({field: said})
    if scope == Line.Scope.INITIATIVE and not owner.strip():
        raise ValidationError({"owner": "A line of an initiative has a senior owner: name the role."})
    if scope not in (Line.Scope.PROVIDER, Line.Scope.SPECIALTY):
        given["provider_id"] = None
    if scope != Line.Scope.SPECIALTY:
        given["specialty"] = ""
    _require_first(plan, measure, scope, given)
    row = Line(
        plan=plan,
        measure=measure,
        scope=scope,
        title=title.strip(),
        owner=owner.strip(),
        reference=reference.strip(),
        source=f"Added by {by}",
        basis=Basis.ENTERED,
        **given,
    )
    row.reference = row.reference or _reference(row)
    if Line.objects.filter(plan=plan, reference__iexact=row.reference).exists():
        raise ValidationError({"reference": f"The plan has a line {row.reference} already. Give another reference."})
    return record(row, by=by, why=why.strip() or "Line added")


def _require_first(plan: Plan, measure: Measure, scope: str, given: Mapping[str, Any]) -> None:
    """One line a measure for the same whom: two would be added to each other."""
    same = Line.objects.filter(plan=plan, measure=measure, scope=scope)
    if scope == Line.Scope.INITIATIVE:
        same = same.filter(initiative_id=given["initiative_id"])
    else:
        same = same.filter(provider_id=given["provider_id"], specialty__iexact=given["specialty"])
    if (row := same.first()) is not None:
        raise ValidationError(f"The plan follows this already: {row.reference} {row}.")


def _reference(row: Line) -> str:
    """A reference that people can read: the measure's code, then for whom. E.M.10-RTH."""
    ends = [row.provider.code if row.provider else ""]
    ends.append(re.sub("[^A-Za-z0-9]+", "-", row.specialty).strip("-").upper()[:16])
    if row.scope == Line.Scope.INITIATIVE and row.initiative:
        ends.append(row.initiative.reference)
    return "-".join([row.measure.code, *filter(None, ends)])[:40]


@transaction.atomic
def change_line(line: Line, *, typed: Mapping[str, Any], by: User, why: str, version: Version) -> Line:
    """Change whose a line is called, its senior owner or its initiative. Conflict when somebody else changed the same field."""
    merge = merged(line, {name: typed[name] for name in ("title", "owner", "initiative_id") if name in typed}, version)
    row = merge.row
    if not merge.changed:
        return row
    if row.scope == Line.Scope.INITIATIVE and row.initiative_id is None:
        raise ValidationError({"initiative_id": "This line is an initiative's: choose which."})
    if row.scope == Line.Scope.INITIATIVE and not row.owner and "owner" in merge.changed:
        raise ValidationError({"owner": "A line of an initiative has a senior owner: name the role."})
    return record(row, by=by, why=why.strip() or "Line changed")
