"""What may be done to the financial plan: its months recorded, its lines and their years changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from finance.models import BudgetAmount, BudgetLine, BudgetMonth
from opplan.calc.months import year_start
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record, record_changes, record_new
from opplan.plans.versions import Version, merged
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

FIGURES = ("budget", "actual", "forecast")
ORIGIN = ("source", "basis", "planned_source", "planned_basis")
LINE_VALUES = ("title", "section", "owner", "note", "position")
AMOUNT_VALUES = ("amount", "non_recurrent")
UNLIKELY = 10
NONE = Decimal(0)

SECTIONS: Mapping[str, tuple[str, ...]] = {
    BudgetLine.Kind.RESOURCE: ("Allocation",),
    BudgetLine.Kind.BROUGHT: ("Surplus brought forward",),
    BudgetLine.Kind.PROGRAMME: (
        "Acute",
        "Mental health and learning disability",
        "Community",
        "Continuing care",
        "Primary care and prescribing",
        "Other programme",
    ),
    BudgetLine.Kind.RESERVE: ("Reserves",),
    BudgetLine.Kind.CONTINGENCY: ("Contingency",),
    BudgetLine.Kind.RUNNING: ("Running costs",),
}
"""Where a line may stand: the sections of each kind, as commissioners' finance reports name them. No two kinds share a section."""
KIND_OF = {section: kind for kind, sections in SECTIONS.items() for section in sections}

PREFIXES: Mapping[str, str] = {
    BudgetLine.Kind.RESOURCE: "RL",
    BudgetLine.Kind.BROUGHT: "RL",
    BudgetLine.Kind.PROGRAMME: "PG",
    BudgetLine.Kind.RESERVE: "RS",
    BudgetLine.Kind.CONTINGENCY: "CN",
    BudgetLine.Kind.RUNNING: "RC",
}


@dataclass(frozen=True)
class BudgetChange:
    """One figure of one month of a line, in pounds: `was` is what the person saw stored, `value` what it is to be."""

    month: date
    figure: str
    was: Decimal | None
    value: Decimal | None


class MonthsChanged(Exception):
    """Figures were saved by somebody else between being read and being written. Nothing has been changed."""


class ReasonNeeded(ValidationError):
    """What is to be saved needs a reason, and none was given."""


@transaction.atomic
def record_budget(line: BudgetLine, changes: Sequence[BudgetChange], *, by: User, why: str) -> int:
    """Store changed months of a line of the financial plan, all or none, and say how many figures were stored.

    Actuals up to the month that the plan reports, forecasts from that month on, budgets in any open month. Raises MonthClosed,
    ReasonNeeded or another ValidationError where the state does not allow it, MonthsChanged where a figure is not what was seen.
    """
    if not changes:
        return 0
    plan = require_open(line.plan, {change.month for change in changes})
    require_months(plan, changes)
    if any(change.figure == "budget" for change in changes):
        why = reason_for_plan(plan, why)
    held = {row.month: row for row in BudgetMonth.objects.select_for_update().filter(line=line).order_by("month")}
    if any(getattr(held.get(change.month), change.figure, None) != change.was for change in changes):
        raise MonthsChanged
    largest = max((abs(row.budget or NONE) for row in held.values()), default=NONE)
    wanting = [f"{month_name(change.month)}: {cause}" for change in changes if (cause := _cause(change, held, largest))]
    if wanting and not why.strip():
        more = f" So do {len(wanting) - 1} other figures." if len(wanting) > 1 else ""
        raise ReasonNeeded(f"{wanting[0]} needs a reason.{more}")
    _store(line, changes, held, by=by, why=why.strip() or "Position recorded")
    return len(changes)


def require_months(plan: Plan, changes: Iterable[BudgetChange]) -> None:
    """Each figure is one that months hold, in a month where it may be recorded, once."""
    reporting = plan.reporting_month or plan.start
    met = set()
    for change in changes:
        if change.figure not in FIGURES:
            raise ValidationError(f"There is no figure called {change.figure}.")
        if (change.month, change.figure) in met:
            raise ValidationError("A figure is given twice.")
        met.add((change.month, change.figure))
        if change.month not in plan.months:
            raise ValidationError(f"{month_name(change.month)} is not a month of {plan}.")
        if change.figure == "actual" and change.month > reporting:
            raise ValidationError(f"{month_name(change.month)} has not come: an actual cannot be recorded yet.")
        if change.figure == "forecast" and change.month < reporting:
            raise ValidationError(f"{month_name(change.month)} is past: record its actual rather than a forecast.")


def _cause(change: BudgetChange, held: Mapping[date, BudgetMonth], largest: Decimal) -> str:
    """Why a figure needs a reason beside it; nothing where it needs none."""
    if change.figure == "budget":
        return "a change of the budget"
    if change.value is None:
        return ""
    row = held.get(change.month)
    budget = row.budget if row is not None and row.budget is not None else NONE
    if change.value < 0 <= budget:
        return f"{'an' if change.figure == 'actual' else 'a'} {change.figure} below nought"
    # A figure typed in pounds where thousands are asked for is a thousand times too large.
    if largest and abs(change.value) > UNLIKELY * largest:
        return f"more than {UNLIKELY} times the largest month budgeted (is it in £000?)"
    return ""


def _store(
    line: BudgetLine, changes: Sequence[BudgetChange], held: Mapping[date, BudgetMonth], *, by: User, why: str
) -> None:
    source, now = f"Entered by {by}"[:300], timezone.now()
    new: dict[date, BudgetMonth] = {}
    old: dict[date, BudgetMonth] = {}
    for change in changes:
        row = held.get(change.month)
        if row is None:
            row = new.setdefault(change.month, BudgetMonth(line=line, month=change.month))
        else:
            old[change.month] = row
        setattr(row, change.figure, change.value)
        if change.figure == "budget":
            row.planned_source, row.planned_basis = source, Basis.ENTERED
        else:
            row.source, row.basis = source, Basis.ENTERED
    for row in (*new.values(), *old.values()):
        row.clean_fields(exclude=["line"])
        row._history_date = now  # type: ignore[attr-defined]
    record_new(list(new.values()), BudgetMonth, by=by, why=why)
    record_changes(list(old.values()), BudgetMonth, [*FIGURES, *ORIGIN], by=by, why=why)


@transaction.atomic
def add_line(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> BudgetLine:
    """Add a line to the financial plan. `values` are its fields by name; ValidationError names the one that cannot be so."""
    held = require_open(plan, set())
    row = BudgetLine(plan=held, statement=BudgetLine.Statement.PLAN, **entered(by))
    for name in LINE_VALUES:
        setattr(row, name, values[name])
    row.kind = _kind_of(row.section)
    row.reference = next_reference(BudgetLine, held, PREFIXES[row.kind])
    if row.position is None:
        lines = BudgetLine.objects.filter(plan=held, statement=row.statement, section=row.section)
        row.position = lines.aggregate(last=Max("position"))["last"] or _last(held)
    return record(row, by=by, why=why.strip() or "Line added")


@transaction.atomic
def change_line(row: BudgetLine, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> BudgetLine:
    """Change what a line says. Moving it between resource and uses turns its variance round, so that needs a reason."""
    plan = require_open(row.plan, set())
    merge = merged(row, {name: values[name] for name in LINE_VALUES if values[name] is not None}, version)
    row = merge.row
    if not merge.changed:
        return row
    kind, row.kind = row.kind, _kind_of(row.section)
    if row.kind != kind and not why.strip():
        raise ValidationError({"why": "Say why it moves from one part of the plan to another."})
    why = reason_for_plan(plan, why) if row.kind != kind else why
    row.source, row.basis = entered(by)["source"], Basis.ENTERED
    return record(row, by=by, why=why.strip() or "Line changed")


@transaction.atomic
def set_year(
    line: BudgetLine, year: str, *, values: Mapping[str, Any], by: User, why: str, version: Version
) -> BudgetAmount:
    """Set what a line holds for one year, and the part of it that does not recur, in pounds. It needs a reason.

    Conflict where somebody else changed the same; ValidationError by field where the non-recurrent part is not part of the amount.
    """
    plan = require_open(line.plan, set())
    try:
        year_start(year)
    except ValueError as problem:
        raise ValidationError(str(problem)) from problem
    row = BudgetAmount.objects.filter(line=line, column=year).first() or BudgetAmount(line=line, column=year)
    merge = merged(row, {name: values[name] for name in AMOUNT_VALUES}, version)
    row = merge.row
    if not merge.changed:
        return row
    amount, once = row.amount, row.non_recurrent
    if once is not None and (amount is None or abs(once) > abs(amount) or once * amount < 0):
        raise ValidationError(
            {"non_recurrent": "This is more than the amount that it is part of, or of the other sign."}
        )
    if not why.strip():
        raise ValidationError({"why": "A change of the plan needs a reason."})
    row.source, row.basis = entered(by)["source"], Basis.ENTERED
    return record(row, by=by, why=reason_for_plan(plan, why.strip()))


def entered(by: User) -> dict[str, Any]:
    """The origin of what a person types."""
    return {"source": f"Entered by {by}"[:300], "basis": Basis.ENTERED}


def next_reference(model: Any, plan: Plan, prefix: str) -> str:
    """The prefix with the number after the highest that the plan has: PG-12."""
    taken = model.objects.filter(plan=plan, reference__startswith=f"{prefix}-").values_list("reference", flat=True)
    numbers = [int(found[1]) for one in taken if (found := re.fullmatch(rf"{prefix}-([0-9]{{1,6}})", one))]
    return f"{prefix}-{max(numbers, default=0) + 1:02}"


def _last(plan: Plan) -> int:
    lines = BudgetLine.objects.filter(plan=plan, statement=BudgetLine.Statement.PLAN)
    return (lines.aggregate(last=Max("position"))["last"] or 0) + 1


def _kind_of(section: str) -> str:
    if section not in KIND_OF:
        raise ValidationError({"section": f"The plan has no section “{section[:40]}”. Choose from the list."})
    return KIND_OF[section]
