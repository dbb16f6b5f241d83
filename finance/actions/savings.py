"""What may be done to the months of savings: actuals, how firm they are, forecasts and the plan, in months that are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from finance.models import Scheme, SchemeMonth
from finance.queries.months import FIGURES
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record_changes, record_new
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

UNLIKELY = 10


@dataclass(frozen=True)
class SavingChange:
    """One figure of one month of a scheme, in pounds: `was` is what the person saw stored, `value` what it is to be."""

    scheme: str
    month: date
    figure: str
    was: Decimal | None
    value: Decimal | None


@dataclass(frozen=True)
class StatusChange:
    """How firm the actual of one month of a scheme is: final, flex or estimate; empty where nobody says."""

    scheme: str
    month: date
    was: str
    value: str


class Conflict(Exception):
    """Figures were saved by somebody else between being read and being written. Nothing has been changed."""

    def __init__(self, cells: Sequence[SavingChange | StatusChange]) -> None:
        super().__init__(f"{len(cells)} figures were changed by someone else")
        self.cells = list(cells)


class ReasonNeeded(ValidationError):
    """What is to be saved needs a reason, and none was given."""


@transaction.atomic
def record_savings(
    plan: Plan, changes: Sequence[SavingChange], *, statuses: Sequence[StatusChange] = (), by: User, why: str
) -> int:
    """Store changed figures of schemes, and how firm actuals are, all or none; say how many were stored.

    Actuals may be recorded up to the month that the plan reports, forecasts from that month on, the plan in any open month.
    Raises MonthClosed, ReasonNeeded or another ValidationError where the state does not allow it, and Conflict where a figure is
    no longer what the person saw.
    """
    asked: list[SavingChange | StatusChange] = [*changes, *statuses]
    if not asked:
        return 0
    plan = require_open(plan, {change.month for change in asked})
    _require_sense(plan, changes, statuses)
    if any(change.figure.startswith("planned") for change in changes):
        why = reason_for_plan(plan, why)
    # Locked in one order, so that two savers wait for one another rather than for ever; months not yet stored are covered too.
    named = {change.scheme for change in asked}
    held = Scheme.objects.select_for_update().filter(plan=plan, reference__in=named).order_by("pk")
    schemes = {scheme.reference: scheme for scheme in held}
    if unknown := named - schemes.keys():
        raise ValidationError(f"There is no scheme {min(unknown)} in {plan}.")
    rows = {
        (row.scheme_id, row.month): row
        for row in SchemeMonth.objects.select_for_update().filter(scheme__in=schemes.values()).order_by("pk")
    }
    largest: dict[int, Decimal] = {}
    for (key, _), row in rows.items():
        largest[key] = max(largest.get(key, Decimal(0)), abs(row.planned_saving or Decimal(0)))
    overtaken, wanting = list[SavingChange | StatusChange](), []
    for change in changes:
        scheme = schemes[change.scheme]
        current = rows.get((scheme.pk, change.month))
        if (getattr(current, change.figure) if current else None) != change.was:
            overtaken.append(change)
        if change.figure == "actual_saving" and scheme.state in (Scheme.State.UNIDENTIFIED, Scheme.State.IDEA):
            raise ValidationError(f"{scheme.title} cannot have an actual: record the saving against a scheme.")
        if cause := _cause(change, largest.get(scheme.pk, Decimal(0))):
            wanting.append(f"{scheme.title}, {month_name(change.month)}: {cause}")
    for status in statuses:
        current = rows.get((schemes[status.scheme].pk, status.month))
        if (current.status if current else "") != status.was:
            overtaken.append(status)
    if overtaken:
        raise Conflict(overtaken)
    if wanting and not why.strip():
        more = f" So do {len(wanting) - 1} other figures." if len(wanting) > 1 else ""
        raise ReasonNeeded(f"{wanting[0]} needs a reason.{more}")
    _store(changes, statuses, schemes, rows, by=by, why=why.strip() or "Savings recorded")
    return len(asked)


def _require_sense(plan: Plan, changes: Sequence[SavingChange], statuses: Sequence[StatusChange]) -> None:
    """Each figure and status is one that months hold, once, in a month where it may be recorded."""
    reporting = plan.reporting_month or plan.start
    if len({(change.scheme, change.month, change.figure) for change in changes}) != len(changes):
        raise ValidationError("A figure is given twice.")
    for change in changes:
        if change.figure not in FIGURES:
            raise ValidationError(f"There is no figure called {change.figure}.")
        if change.month not in plan.months:
            raise ValidationError(f"{month_name(change.month)} is not a month of {plan}.")
        if change.figure.startswith("actual") and change.month > reporting:
            raise ValidationError(f"{month_name(change.month)} has not come: an actual cannot be recorded yet.")
        if change.figure.startswith("forecast") and change.month < reporting:
            raise ValidationError(f"{month_name(change.month)} is past: record its actual rather than a forecast.")
    if len({(status.scheme, status.month) for status in statuses}) != len(statuses):
        raise ValidationError("A status is given twice.")
    for status in statuses:
        if status.month not in plan.months:
            raise ValidationError(f"{month_name(status.month)} is not a month of {plan}.")
        if status.value not in ("", *SchemeMonth.Status.values):
            raise ValidationError(f"An actual is final, flex or an estimate, not “{status.value[:20]}”.")


def _cause(change: SavingChange, largest: Decimal) -> str:
    """Why a figure needs a reason beside it; nothing where it needs none. `largest` is the scheme's largest planned month."""
    if change.figure.startswith("planned"):
        return "a change of the plan"
    if change.value is None or not change.figure.endswith("saving"):
        return ""
    if change.value < 0:
        return "a saving below nought"
    # A figure typed in pounds where thousands are asked for is a thousand times too large.
    if largest and change.value > UNLIKELY * largest:
        return f"a saving more than {UNLIKELY} times the largest month planned (is it in £000?)"
    # A month's own forecast overrides what its scheme's forecast follows: others must be able to read why.
    return "a forecast of its own" if change.figure.startswith("forecast") else ""


def _store(
    changes: Sequence[SavingChange],
    statuses: Sequence[StatusChange],
    schemes: dict[str, Scheme],
    rows: dict[tuple[int, date], SchemeMonth],
    *,
    by: User,
    why: str,
) -> None:
    now = timezone.now()
    touched: dict[tuple[int, date], list[SavingChange]] = {}
    for change in changes:
        touched.setdefault((schemes[change.scheme].pk, change.month), []).append(change)
    firmness = {(schemes[status.scheme].pk, status.month): status.value for status in statuses}
    titles = {scheme.pk: scheme.title for scheme in schemes.values()}
    new: list[SchemeMonth] = []
    old: list[SchemeMonth] = []
    for key in [*touched, *(key for key in firmness if key not in touched)]:
        row = rows.get(key) or SchemeMonth(scheme_id=key[0], month=key[1])
        (old if row.pk else new).append(row)
        mine = touched.get(key, [])
        _attribute(row, {change.figure for change in mine}, f"Entered by {by}"[:300])
        for change in mine:
            setattr(row, change.figure, change.value)
        row.status = _status(row, firmness.get(key), titles[key[0]])
        row.clean_fields(exclude=["scheme"])
        row._history_date = now  # type: ignore[attr-defined]
    record_new(new, SchemeMonth, by=by, why=why)
    fields = [*FIGURES, "status", "source", "basis", "planned_source", "planned_basis"]
    record_changes(old, SchemeMonth, fields, by=by, why=why)


def _status(row: SchemeMonth, wanted: str | None, title: str) -> str:
    """How firm the actual is to be. It goes with the actual; without one there is nothing that could be firm."""
    if row.actual_saving is None and row.actual_investment is None:
        if wanted:
            raise ValidationError(
                f"{title}, {month_name(row.month)} has no actual, so it cannot be {wanted}. Give the actual, or leave its status empty."
            )
        return ""
    return row.status if wanted is None else wanted


def _attribute(row: SchemeMonth, figures: set[str], source: str) -> None:
    """What was changed was entered here. An actual that stays as it was keeps its source, whatever is forecast beside it."""
    if any(name.startswith("planned") for name in figures):
        row.planned_source, row.planned_basis = source, Basis.ENTERED
    recorded = {name for name in figures if not name.startswith("planned")}
    if not recorded:
        return
    stays = row.actual_saving is not None and not any(name.startswith("actual") for name in recorded)
    if stays and row.basis != Basis.ENTERED:
        row.source = f"{row.source.partition('; forecast')[0]}; forecast {source[0].lower()}{source[1:]}"[:300]
    else:
        row.source, row.basis = source, Basis.ENTERED
