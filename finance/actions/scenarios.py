"""What may be done to the scenarios of the medium-term model: copied, changed, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from finance.models import Scenario, ScenarioLine
from finance.queries.scenarios import AMOUNT, PERCENT, THOUSAND, UNITS, Draft, drafted, made_here
from opplan.imports.provenance import Basis
from opplan.plans.actions import require_open
from opplan.plans.attribution import latest_entry, record, record_changes, record_deletions, record_new
from opplan.plans.tables import settled
from opplan.plans.versions import Version

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

HEADS = {
    "name": "Name",
    "note": "Note",
    "opening_limit": "Opening limit, £000",
    "brought_forward": "Surplus brought forward, £000",
}


@transaction.atomic
def copy_scenario(scenario: Scenario, *, name: str, note: str, by: User, why: str) -> Scenario:
    """A scenario of one's own that begins as a copy of another. Its assumptions keep their sources until they are changed."""
    plan = require_open(scenario.plan, set())
    _require_free(plan, name, None)
    last = Scenario.objects.filter(plan=plan).aggregate(last=Max("position"))["last"] or 0
    row = Scenario(
        plan=plan,
        name=name,
        note=note,
        opening_year=scenario.opening_year,
        opening_limit=scenario.opening_limit,
        brought_forward=scenario.brought_forward,
        position=last + 1,
    )
    reason = why.strip() or f"Copied from {scenario.name}"
    record(row, by=by, why=reason)
    lines = list(ScenarioLine.objects.filter(scenario=scenario))
    for line in lines:
        line.pk, line.scenario = None, row
    record_new(lines, ScenarioLine, by=by, why=reason)
    return row


@transaction.atomic
def change_scenario(
    scenario: Scenario, typed: Draft, *, opened: Mapping[str, str] | None, by: User, why: str, version: Version
) -> Scenario:
    """Change what a scenario assumes. `opened` are the cells that the person saw.

    Conflict where somebody else changed the same cell to something else; ValidationError by field: a name that is taken, no reason.
    """
    plan = require_open(scenario.plan, set())
    row = Scenario.objects.select_for_update().get(pk=scenario.pk)
    lines = {(line.name, line.year): line for line in ScenarioLine.objects.filter(scenario=row)}
    stored = drafted(row).cells
    wanted = settled(opened, typed.cells, stored, version=version, latest=latest_entry(row), named=_named)
    wanted = {cell: text for cell, text in wanted.items() if text or cell in HEADS}
    for name in {_place(cell)[1] for cell in wanted if cell not in HEADS}:
        # A cell that was kept although somebody else removed its row brings back what the row is.
        wanted.setdefault(f"kind||{name}", typed.cells.get(f"kind||{name}") or stored[f"kind||{name}"])
    if wanted == stored:
        return row
    _require_free(plan, wanted["name"], row)
    if wanted["name"] != row.name and row.pk not in made_here(plan):
        raise ValidationError(
            {"name": f"{row.name} came with the plan and keeps its name. Copy it to give one another."}
        )
    if not why.strip():
        raise ValidationError({"why": "Say why. Everybody who may read the plan sees it."})
    row.name, row.note = wanted["name"], wanted["note"]
    row.opening_limit, row.brought_forward = (
        Decimal(wanted[head] or 0) * THOUSAND for head in ("opening_limit", "brought_forward")
    )
    # The scenario's own entry is what tells two editors apart, so it is written whatever has changed.
    record(row, by=by, why=why.strip())
    _store(row, wanted, lines, by=by, why=why.strip())
    return row


@transaction.atomic
def withdraw_scenario(scenario: Scenario, *, by: User, why: str) -> None:
    """Take away a scenario that somebody made here; its history stays. Those of the plan document are kept."""
    plan = require_open(scenario.plan, set())
    row = Scenario.objects.select_for_update().get(pk=scenario.pk)
    if row.pk not in made_here(plan):
        raise ValidationError(f"{row.name} came with the plan and stays. Copy it to make one of your own.")
    if not why.strip():
        raise ValidationError({"why": "Say why it is withdrawn."})
    record_deletions(list(ScenarioLine.objects.filter(scenario=row)), ScenarioLine, by=by, why=why.strip())
    record_deletions([row], Scenario, by=by, why=why.strip())


def _store(
    row: Scenario,
    wanted: Mapping[str, str],
    lines: dict[tuple[str, str], ScenarioLine],
    *,
    by: User,
    why: str,
) -> None:
    """Bring the lines to what is wanted: a line a name and a year, with its share, its amount or both."""
    values: dict[tuple[str, str], dict[str, Decimal]] = {}
    for cell, text in wanted.items():
        unit = cell.partition("|")[0]
        if unit in UNITS:
            year, name = _place(cell)
            scale = THOUSAND if unit == AMOUNT else Decimal(1)
            values.setdefault((name, year), {})[unit] = Decimal(text) * scale
    positions = {name: line.position for (name, _), line in lines.items()}
    new: list[ScenarioLine] = []
    changed: list[ScenarioLine] = []
    for (name, year), held in values.items():
        line = lines.pop((name, year), None)
        positions.setdefault(name, max(positions.values(), default=0) + 1)
        line = line or ScenarioLine(scenario=row, name=name, year=year, position=positions[name])
        said = (wanted[f"kind||{name}"], held.get(PERCENT), held.get(AMOUNT))
        if line.pk and said == (line.kind, line.percent, line.amount):
            continue
        line.kind, line.percent, line.amount = said
        line.source, line.basis = f"Entered by {by}"[:300], Basis.ENTERED
        line.clean_fields(exclude=["scenario"])
        line._history_date = timezone.now()  # type: ignore[attr-defined]
        (changed if line.pk else new).append(line)
    record_new(new, ScenarioLine, by=by, why=why)
    record_changes(changed, ScenarioLine, ["kind", "percent", "amount", "source", "basis"], by=by, why=why)
    record_deletions(list(lines.values()), ScenarioLine, by=by, why=why)


def _require_free(plan: Plan, name: str, row: Scenario | None) -> None:
    others = Scenario.objects.filter(plan=plan, name__iexact=name)
    if (others.exclude(pk=row.pk) if row else others).exists():
        raise ValidationError({"name": f"There is a scenario called {name} already."})


def _named(cell: str) -> str:
    """A cell in words: Growth, 2017/18."""
    if cell in HEADS:
        return HEADS[cell]
    unit, (year, name) = cell.partition("|")[0], _place(cell)
    return f"{name}, what it is" if unit == "kind" else f"{name}, {year.replace('-', '/')}, {UNITS[unit]}"


def _place(cell: str) -> tuple[str, str]:
    """The year and the name of an assumption's cell."""
    _, year, name = cell.split("|", 2)
    return year, name
