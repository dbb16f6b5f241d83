"""What may be done to the catalogue: an organisation adds measures of its own and changes them. The national ones are the round's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from activity.models import Measure
from activity.queries.measures import MEASURE_FIELDS, catalogue
from opplan.calc.ratios import Kind, YearRule
from opplan.imports.provenance import Basis
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def add_measure(plan: Plan, *, code: str, kind: str, typed: Mapping[str, Any], by: User, why: str = "") -> Measure:
    """Add a measure of the plan's organisation to the plan's round. `typed` are the fields of `MEASURE_FIELDS`.

    ValidationError names the field that cannot be so. A code that the round's national measures use is refused, so that a code always
    means one thing within a plan.
    """
    if catalogue(plan).filter(code__iexact=code).exists():
        raise ValidationError({"code": f"{code} is in the catalogue of this planning round already."})
    last = catalogue(plan).aggregate(last=Max("position"))["last"] or 0
    row = Measure(
        round=plan.round,
        organisation=plan.organisation,
        code=code,
        kind=kind,
        position=last + 1,
        source=f"Added by {by}",
        basis=Basis.ENTERED,
        **typed,
    )
    _require_sense(row, plan)
    return record(row, by=by, why=why.strip() or "Local measure added")


@transaction.atomic
def change_measure(
    measure: Measure, plan: Plan, *, typed: Mapping[str, Any], by: User, why: str, version: Version
) -> Measure:
    """Change a local measure of the plan's organisation. Conflict when somebody else changed the same field meanwhile.

    Its code and kind stay: the readings of its lines were entered as that kind. ValidationError for a national measure, which the
    round's catalogue defines, and without a reason.
    """
    if measure.organisation_id is None or measure.organisation_id != plan.organisation_id:
        raise ValidationError(f"{measure.code} is a measure of the national catalogue and cannot be changed here.")
    merge = merged(measure, {name: typed[name] for name in MEASURE_FIELDS if name in typed}, version)
    if not merge.changed:
        return merge.row
    _require_sense(merge.row, plan)
    if not why.strip():
        raise ValidationError({"why": "Say why the definition changes: figures are read by it."})
    return record(merge.row, by=by, why=why.strip())


def _require_sense(row: Measure, plan: Plan) -> None:
    """What cannot be true of a definition."""
    problems = {}
    count = row.kind == Kind.COUNT
    if count and row.denominator:
        problems["denominator"] = "A count has no denominator: leave it empty, or choose another kind."
    if not count and not row.denominator:
        problems["denominator"] = f"Say what the {row.kind} is divided by."
    if count and row.year_rule == YearRule.RATIO:
        problems["year_rule"] = "The months of a count are added up, or the last of them is the year's."
    if not count and row.year_rule == YearRule.SUM:
        problems["year_rule"] = f"A {row.kind} cannot be added up over months."
    if row.standard is not None and row.kind == Kind.PERCENTAGE and not 0 <= row.standard <= 100:
        problems["standard"] = "A percentage lies between 0 and 100."
    if row.standard is None and (row.standard_from or row.standard_until):
        problems["standard"] = "Give the standard that holds between these dates."
    if row.standard_from and row.standard_until and row.standard_until < row.standard_from:
        problems["standard_until"] = "A standard cannot lapse before it comes into force."
    if row.parent_id is not None:
        parent = catalogue(plan).filter(pk=row.parent_id).first()
        if parent is None or parent.pk == row.pk or parent.kind != row.kind:
            problems["parent_id"] = "Choose another measure of the same kind."
        elif row.pk and _is_part_of(parent, row):
            problems["parent_id"] = f"{parent.code} is itself part of {row.code}."
    if problems:
        raise ValidationError(problems)


def _is_part_of(measure: Measure, whole: Measure) -> bool:
    """Whether the measure is part of the whole, at whatever remove."""
    above, seen = measure.parent, {measure.pk}
    while above is not None and above.pk not in seen:
        if above.pk == whole.pk:
            return True
        seen.add(above.pk)
        above = above.parent
    return False
