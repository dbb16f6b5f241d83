"""Loads a plan's financial statements, what it assumes, its rules and risks, where it disagrees with itself, and its base scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finance.models import (
    Allocation,
    BudgetAmount,
    BudgetLine,
    BusinessRule,
    FinancialRisk,
    Finding,
    PlanningAssumption,
    Scenario,
    ScenarioLine,
)
from opplan.imports.loading import Record, Sources, Tally, choice, figure, found, load, needed, records, whole

if TYPE_CHECKING:
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)
YES_NO = {"yes": True, "no": False}

STATEMENTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "financial_strategy.csv": ("strategy", {"": "amount_thousand"}),
    "capital_programme.csv": ("capital", {"": "amount_thousand"}),
    "impact.csv": ("impact", {"gross": "gross_thousand", "efficiency": "efficiency_thousand", "net": "net_thousand"}),
    "shaping_the_future.csv": (
        "targets",
        {
            "local": "pct_gross_saving_thousand",
            "regional": "regional_gross_saving_thousand",
            "difference": "difference_thousand",
        },
    ),
}
"""The statement that each file holds, and the file's column of each of its columns; without a name, the row's year is the column."""


def load_financial_plan(plan: Plan, folder: Path, sources: Sources, *, initiatives: dict[str, Any]) -> dict[str, Tally]:
    """Load what the folder has of the financial plan; a plan document that gives no such table loads none."""
    tallies = {"lines of the financial plan": Tally(), "amounts of the financial plan": Tally()}
    for name, (statement, columns) in STATEMENTS.items():
        if not (folder / name).exists():
            continue
        rows = list(records(folder / name))
        tallies["lines of the financial plan"] += load(
            BudgetLine,
            _lines(plan, statement, rows, sources, initiatives),
            ["reference"],
            {"plan": plan, "statement": statement},
        )
        lines = {row.reference: row for row in BudgetLine.objects.filter(plan=plan, statement=statement)}
        tallies["amounts of the financial plan"] += load(
            BudgetAmount,
            _amounts(statement, rows, columns, lines, sources),
            ["line_id", "column"],
            {"line__plan": plan, "line__statement": statement},
        )
    loaders = {
        "planning assumptions": (PlanningAssumption, "planning_assumptions.csv", _assumption, ["name", "year"]),
        "allocations": (Allocation, "allocations.csv", _allocation, ["reference"]),
        "business rules": (BusinessRule, "business_rules.csv", _rule, ["reference"]),
        "financial risks": (FinancialRisk, "financial_risks.csv", _risk, ["reference"]),
        "findings": (Finding, "document_checks.csv", _finding, ["reference"]),
    }
    for what, (model, name, row_of, key) in loaders.items():
        if (folder / name).exists():
            wanted = [
                {
                    "at": row["at"],
                    "plan": plan,
                    **row_of(row),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(folder / name)
            ]
            tallies[what] = load(model, wanted, key, {"plan": plan})
    if (folder / "scenarios.csv").exists():
        tallies |= load_scenarios(plan, folder, sources)
    return tallies


def _lines(
    plan: Plan, statement: str, rows: list[Record], sources: Sources, initiatives: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """A line a position; a file with a row a year says the same line several times."""
    seen = set()
    for row in rows:
        if row["position"] in seen:
            continue
        seen.add(row["position"])
        yield {
            "at": row["at"],
            "plan": plan,
            "reference": _reference(statement, row),
            "statement": statement,
            "section": row.get("section") or row.get("group") or "",
            "title": row["line"],
            "initiative_id": found(initiatives, row, "initiative") if row.get("initiative") else None,
            "is_total": choice(row, "is_total", YES_NO),
            "note": row.get("purpose") or "",
            "position": whole(row, "position"),
            "source": sources.named(row["source"]),
            "basis": row["basis"],
        }


def _reference(statement: str, row: Record) -> str:
    return f"{statement.upper()}-{whole(row, 'position'):02d}"


def _amounts(
    statement: str, rows: list[Record], columns: Mapping[str, str], lines: Mapping[str, BudgetLine], sources: Sources
) -> Iterator[dict[str, Any]]:
    for row in rows:
        for column, place in columns.items():
            amount = figure(row, place)
            yield {
                "at": row["at"],
                "line_id": lines[_reference(statement, row)].pk,
                "column": column or row["year"],
                "amount": None if amount is None else amount * THOUSAND,
                "percent": figure(row, "percent_of_limit"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }


def _assumption(row: Record) -> dict[str, Any]:
    return {
        "name": row["assumption"],
        "year": row["year"],
        "percent": figure(row, "percent"),
        "position": whole(row, "position"),
    }


def _allocation(row: Record) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "year": row["year"],
        "firm": row["status"] == "firm",
        "growth": figure(row, "growth_amount"),
        "growth_percent": figure(row, "growth_per_cent"),
        "from_target": figure(row, "distance_from_target_per_cent"),
        "note": row["note"],
    }


def _rule(row: Record) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "title": row["title"],
        "comparison": row["comparison"],
        "percent": figure(row, "per_cent"),
        "amount": figure(row, "amount"),
        "held": figure(row, "held"),
        "base": figure(row, "base"),
        "base_name": row["base_name"],
        "note": row["note"],
        "position": whole(row, "position"),
    }


def _risk(row: Record) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "kind": row.get("kind") or "risk",
        "title": row["title"],
        "description": row.get("description") or "",
        "category": row.get("category") or "",
        "value": figure(row, "value"),
        "probability": figure(row, "probability"),
        "probability_basis": row.get("probability_basis") or "",
        "mitigation": row["mitigation"],
        "owner": row.get("owner") or "",
        "position": int(row["reference"].rpartition("-")[2]),
    }


def _finding(row: Record) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "section": row["section"],
        "statement": row["statement"],
        "stated": figure(row, "stated"),
        "computed": figure(row, "computed"),
        "unit": row["unit"],
        "finding": row["finding"],
    }


def load_scenarios(plan: Plan, folder: Path, sources: Sources) -> dict[str, Tally]:
    """Scenarios and their lines. Amounts are GBP thousand in the file, as the strategy is printed."""
    rows = list(records(folder / "scenarios.csv"))
    named = load(
        Scenario,
        [
            {
                "at": row["at"],
                "plan": plan,
                "name": row["name"],
                "opening_year": row["opening_year"],
                "opening_limit": (figure(row, "opening_limit_thousand") or Decimal(0)) * THOUSAND,
                "brought_forward": (figure(row, "brought_forward_thousand") or Decimal(0)) * THOUSAND,
                "note": row["note"],
                "position": whole(row, "position"),
            }
            for row in rows
        ],
        ["name"],
        {"plan": plan},
    )
    held = {row.name: row for row in Scenario.objects.filter(plan=plan)}
    # A scenario that somebody has changed keeps every line as they left it: one that they removed must not come back.
    entries: Any = Scenario.history.model
    touched = set(entries.objects.filter(plan=plan, history_user__isnull=False).values_list("id", flat=True))
    changed = {name for name, row in held.items() if row.pk in touched}
    lines = load(
        ScenarioLine,
        [
            {
                "at": row["at"],
                "scenario_id": needed(held, row, "scenario").pk,
                "kind": row["kind"],
                "name": row["line"],
                "year": row["year"],
                "percent": figure(row, "percent"),
                "amount": None
                if figure(row, "amount_thousand") is None
                else Decimal(row["amount_thousand"]) * THOUSAND,
                "position": whole(row, "position"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(folder / "scenario_lines.csv")
            if row["scenario"] not in changed
        ],
        ["scenario_id", "name", "year"],
        {"scenario__plan": plan},
    )
    return {"scenarios": named, "lines of scenarios": lines}
