"""What may be done to a line's build-up: its parts are given, initiatives' impacts are added and quantified, and the year is phased."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.actions.readings import ReadingChange, ReadingsChanged, record_readings
from activity.models import Impact, ImpactMonth, Line, LineBuild
from activity.queries.building import Outturn, places_of
from opplan.calc.money import rounded
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.versions import Version, merged
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User

BUILD = ("baseline", "baseline_year", "demographic", "other", "policy", "policy_note")


@transaction.atomic
def save_build(
    line: Line, *, typed: Mapping[str, Any], outturn: Outturn, by: User, why: str, version: Version
) -> LineBuild:
    """Give or change the parts of a line's year: baseline, growth, policy. Conflict when somebody else changed the same part.

    A baseline that is last year's outturn carries its source; any other needs a reason, and is entered. ValidationError names the
    part that cannot be so. After the baseline is locked, another figure is a re-baselining and needs a reason.
    """
    plan = require_open(line.plan, set())
    Line.objects.select_for_update().get(pk=line.pk)
    row = LineBuild.objects.filter(line=line).first() or LineBuild(line=line, baseline=Decimal(0))
    new = row.pk is None
    merge = merged(row, {name: typed[name] for name in BUILD}, version)
    row = merge.row
    if not new and not merge.changed:
        return row
    places = places_of(line.measure.kind)
    problems = {
        name: "Whole numbers only: the line is a count." if places == 0 else "At most one decimal."
        for name in ("baseline", "policy")
        if getattr(row, name) != rounded(getattr(row, name), places)
    }
    if row.baseline < 0:
        problems["baseline"] = "A baseline cannot be below nought."
    if row.baseline_year and not re.fullmatch("[0-9]{4}-[0-9]{2}", row.baseline_year):
        problems["baseline_year"] = f"“{row.baseline_year}” is not a year such as 2015-16."
    if row.demographic + row.other < -100:
        problems["other"] = "Growth cannot take away more than the baseline."
    if row.policy and not row.policy_note.strip():
        problems["policy_note"] = "Say which policy or service change this is."
    if problems:
        raise ValidationError(problems)
    if new or {"baseline", "baseline_year"} & set(merge.changed):
        proposed = outturn.value is not None and row.baseline == rounded(outturn.value, places)
        if proposed and row.baseline_year == outturn.year:
            row.source = f"Outturn of {outturn.year} from the actual figures held: {outturn.source}"[:300]
            row.basis = Basis.ILLUSTRATIVE if outturn.basis == Basis.ILLUSTRATIVE else Basis.DERIVED
        elif not why.strip():
            raise ValidationError({"why": "Say where the baseline comes from: it is not the outturn that is held."})
        else:
            row.source, row.basis = f"Entered by {by}: {why.strip()}"[:300], Basis.ENTERED
    reason = reason_for_plan(plan, why.strip()) if new or set(merge.changed) - {"policy_note"} else why.strip()
    return record(row, by=by, why=reason or ("Build-up begun" if new else "Build-up changed"))


@transaction.atomic
def add_impact(
    line: Line, *, initiative_id: int, title: str, effect: str, how_modelled: str, by: User, why: str = ""
) -> Impact:
    """Add what an initiative is to change in the line. Its months are empty until somebody quantifies them."""
    require_open(line.plan, set())  # the plan stays locked, so that two impacts never take the same reference
    row = Impact(
        plan=line.plan,
        line=line,
        reference=_next_reference(line),
        initiative_id=initiative_id,
        title=title.strip(),
        effect=effect,
        how_modelled=how_modelled.strip(),
        source=f"Added by {by}",
        basis=Basis.ENTERED,
    )
    return record(row, by=by, why=why.strip() or "Impact added")


def _next_reference(line: Line) -> str:
    taken = Impact.objects.filter(plan=line.plan_id).values_list("reference", flat=True)
    numbers = [int(found[1]) for reference in taken if (found := re.fullmatch(r"IM-(\d+)", reference))]
    return f"IM-{max(numbers, default=0) + 1:02}"


@transaction.atomic
def change_impact(impact: Impact, *, typed: Mapping[str, Any], by: User, why: str, version: Version) -> Impact:
    """Change what an impact is called, how it was modelled, its effect or its initiative. Conflict as with every form."""
    merge = merged(impact, typed, version)
    if not merge.changed:
        return merge.row
    return record(merge.row, by=by, why=why.strip() or "Impact changed")


@dataclass(frozen=True)
class ImpactChange:
    """One month of an impact to be recorded; `was` is the stored figure that the person saw."""

    month: date
    was: Decimal | None
    value: Decimal | None


@transaction.atomic
def quantify_impact(impact: Impact, changes: Sequence[ImpactChange], *, by: User, why: str = "") -> int:
    """Record by how much an impact is to change its line in each month, all or none. Returns how many months changed.

    ValidationError when a month is closed, outside the plan's year, not a whole number where the line is a count, or no longer what the
    person saw. Reductions are below nought; an emptied month is not quantified.
    """
    months = {change.month for change in changes}
    plan = require_open(impact.plan, months)
    if outside := months - set(plan.months):
        raise ValidationError(f"{month_name(min(outside))} is not a month of {plan}.")
    why = reason_for_plan(plan, why)
    Impact.objects.select_for_update().get(pk=impact.pk)
    held = {row.month: row for row in ImpactMonth.objects.filter(impact=impact, month__in=months)}
    moved = [
        change.month
        for change in changes
        if (held[change.month].planned if change.month in held else None) != change.was
    ]
    if moved:
        raise ReadingsChanged(moved)
    places, said = places_of(impact.line.measure.kind), why.strip() or "Impact quantified"
    stored = 0
    for change in changes:
        row = held.get(change.month)
        if change.value is not None and change.value != rounded(change.value, places):
            raise ValidationError(
                f"{month_name(change.month)}: {'a count is a whole number' if not places else 'one decimal at most'}."
            )
        if change.value == change.was:
            continue
        stored += 1
        if change.value is None:
            _remove(row, by=by, why=said)
            continue
        row = row or ImpactMonth(impact=impact, month=change.month)
        row.planned, row.source, row.basis = change.value, f"Entered by {by}", Basis.ENTERED
        record(row, by=by, why=said)
    return stored


def _remove(row: ImpactMonth | None, *, by: User, why: str) -> None:
    if row is not None:
        row._history_user = by  # type: ignore[attr-defined]
        row._change_reason = why  # type: ignore[attr-defined]
        row.delete()


@transaction.atomic
def apply_phasing(
    line: Line,
    months: Mapping[date, Decimal],
    *,
    seen: Mapping[date, Decimal | None],
    phasing: str,
    percentages: Sequence[Decimal] = (),
    by: User,
    why: str,
) -> int:
    """Write the phased plan of open months, as it was previewed, and keep how it was phased. Returns how many months changed.

    `seen` is what the preview said was planned. ReadingsChanged (nothing is stored) when a month is planned otherwise by now;
    MonthClosed when one has closed since.
    """
    changes = [
        ReadingChange("planned_numerator", month, seen.get(month), value)
        for month, value in months.items()
        if value != seen.get(month)
    ]
    unchanged = {month for month, value in months.items() if value == seen.get(month)}
    plan = require_open(line.plan, set(months))
    held = dict(line.readings.filter(period__in=unchanged).values_list("period", "planned_numerator"))
    if moved := [month for month in unchanged if held.get(month) != seen.get(month)]:
        raise ReadingsChanged(moved)
    stored = record_readings(line, changes, status={}, by=by, why=why) if changes else 0
    row = LineBuild.objects.filter(line=line).first()
    kept = [str(share) for share in percentages]
    if row is not None and (row.phasing != phasing or (kept and row.percentages != kept)):
        row.phasing, row.percentages = phasing, kept or row.percentages
        record(row, by=by, why=reason_for_plan(plan, why.strip()))
    return stored
