"""What may be done to the readings of a plan line: actual and planned figures are recorded, never silently overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.models import Line, Measure, Reading
from opplan.calc.ratios import Counted, Fault, Kind, fault_of
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.web.formats import month as month_name
from opplan.web.formats import number, plain
from opplan.web.reasons import status_words

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

FAULTS = {
    Fault.BELOW_NOUGHT: "A figure here cannot be below nought.",
    Fault.NUMERATOR_MISSING: "The denominator stands alone. Give the numerator too, or leave both empty.",
    Fault.DENOMINATOR_MISSING: "The numerator stands alone. Give the denominator too, or leave both empty.",
    Fault.DENOMINATOR_NOT_POSITIVE: "The denominator must be above nought.",
    Fault.DENOMINATOR_UNUSED: "A count has no denominator.",
}
SIDES = ("actual", "planned")
WITHOUT_FIGURE = frozenset({Reading.Status.MISSING, Reading.Status.NOT_DUE, Reading.Status.NOT_APPLICABLE})
"""Statuses that say why a month has no figure. Nought is a figure, and never one of these."""


@dataclass(frozen=True)
class ReadingChange:
    """One figure to be recorded. `part` is such as "actual_numerator"; `was` is the stored value that the person saw."""

    part: str
    month: date
    was: Decimal | None
    value: Decimal | None


class ReadingsChanged(ValidationError):
    """Somebody else changed a figure after this person saw it. Nothing was stored."""

    def __init__(self, months: Sequence[date]) -> None:
        super().__init__(f"{month_name(min(months))} was changed by someone else while you were typing.")


class ReasonNeeded(ValidationError):
    """A published figure was to be changed without saying why."""

    def __init__(self, months: Sequence[date]) -> None:
        names = ", ".join(month_name(month) for month in sorted(months))
        super().__init__(f"Say why the published figure of {names} is changed.")


@transaction.atomic
def record_readings(
    line: Line, changes: Sequence[ReadingChange], *, status: Mapping[date, str], by: User, why: str
) -> int:
    """Record actual and planned figures of a line, all or none, and how firm the actual ones are or why there is none.

    Returns how many months changed. An empty status takes such a mark away.

    ValidationError (nothing is stored) when a month is closed or outside the plan's year, an actual lies after the month that the
    plan reports, a pair cannot be true, a figure is no longer what the person saw, or a published figure is changed without a reason.
    """
    touched = {change.month for change in changes} | set(status)
    plan = require_open(line.plan, touched)
    _require_months(plan, changes, status)
    if any(change.part.startswith("planned") for change in changes):
        why = reason_for_plan(plan, why)
    Line.objects.select_for_update().get(pk=line.pk)
    held = {row.period: row for row in Reading.objects.filter(line=line, period__in=touched)}
    rows = {month: held.get(month) or Reading(line=line, period=month, basis=Basis.ENTERED) for month in touched}
    moved = [change.month for change in changes if getattr(rows[change.month], change.part) != change.was]
    if moved:
        raise ReadingsChanged(moved)
    published = _published(rows, changes, status)
    if published and not why.strip():
        raise ReasonNeeded(sorted(published))
    stored = 0
    for month in sorted(touched):
        mine = [change for change in changes if change.month == month]
        if _apply(rows[month], mine, status.get(month), by):
            _require_truth(rows[month], line.measure)
            record(rows[month], by=by, why=why.strip() or "Readings recorded")
            stored += 1
    return stored


def _require_months(plan: Plan, changes: Sequence[ReadingChange], status: Mapping[date, str]) -> None:
    for month in {change.month for change in changes} | set(status):
        if month not in plan.months:
            raise ValidationError(f"{month_name(month)} is not a month of {plan}.")
    reported = plan.reporting_month
    for month in {change.month for change in changes if change.part.startswith("actual")} | set(status):
        if reported is None or month > reported:
            raise ValidationError(f"{month_name(month)} is not due yet: the plan does not report it.")


def _published(rows: Mapping[date, Reading], changes: Sequence[ReadingChange], status: Mapping[date, str]) -> set[date]:
    """The months whose published figure, or its firmness, would change."""
    found = set()
    for change in changes:
        row = rows[change.month]
        basis = row.basis if change.part.startswith("actual") else row.planned_basis
        if basis == Basis.PUBLISHED and change.was is not None and change.value != change.was:
            found.add(change.month)
    for month, firmness in status.items():
        row = rows[month]
        if row.basis == Basis.PUBLISHED and row.actual_numerator is not None and firmness != row.status:
            found.add(month)
    return found


def _apply(row: Reading, changes: Sequence[ReadingChange], firmness: str | None, by: User) -> bool:
    """Lay the changes on the row; whether any of them changed it."""
    before = (row.status, *(getattr(row, f"{side}_{part}") for side in SIDES for part in ("numerator", "denominator")))
    for change in changes:
        setattr(row, change.part, change.value)
    entered = f"Entered by {by}"
    if any(change.part.startswith("actual") for change in changes):
        row.basis, row.source = Basis.ENTERED, entered
    if any(change.part.startswith("planned") for change in changes):
        row.planned_basis, row.planned_source = Basis.ENTERED, entered
    row.status = _status(row, firmness)
    return before != (
        row.status,
        *(getattr(row, f"{side}_{part}") for side in SIDES for part in ("numerator", "denominator")),
    )


def _status(row: Reading, firmness: str | None) -> str:
    """The status that a month is to have: of its figure, or why there is none."""
    status = row.status if firmness is None else firmness
    if row.actual_numerator is None:
        return status if status in WITHOUT_FIGURE else ""
    if firmness in WITHOUT_FIGURE:
        words = status_words(firmness)
        raise ValidationError(
            f"{month_name(row.period)} has a figure, so it cannot be {words}. Empty the figure first."
        )
    if not status or status in WITHOUT_FIGURE:
        raise ValidationError(f"Say whether {month_name(row.period)} is final, flex or an estimate.")
    return status


def _require_truth(row: Reading, measure: Measure) -> None:
    kind, counted = Kind(measure.kind), Counted(measure.counted)
    for side in SIDES:
        pair = getattr(row, f"{side}_numerator"), getattr(row, f"{side}_denominator")
        fault = fault_of(kind, *pair, counted, planned=side == "planned")
        if fault is not None:
            raise ValidationError(f"{month_name(row.period)}, {side}: {fault_words(fault, *pair, counted)}")


def fault_words(fault: Fault, numerator: Decimal | None, denominator: Decimal | None, counted: Counted) -> str:
    """What cannot be true of a numerator and its denominator, and what can."""
    if fault == Fault.NUMERATOR_ABOVE:
        return f"{number(numerator)} is above its denominator, {number(denominator)}. A percentage cannot pass 100."
    if fault == Fault.NOT_WHOLE:
        return f"“{plain(numerator)}” is not whole. A count is a whole number."
    if fault in (Fault.NUMERATOR_IN_PARTS, Fault.DENOMINATOR_IN_PARTS):
        part = plain(numerator if fault == Fault.NUMERATOR_IN_PARTS else denominator)
        if counted == Counted.HALVES:
            return f"“{part}” is neither whole nor a half. Two trusts share a patient by halves."
        return f"“{part}” is not whole. This measure counts whole numbers; halves are for cancer waits alone."
    return FAULTS[fault]
