"""Loads the financial plan by line, year and month, the bridge from last year's outturn, and the capital schemes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finance.models import BridgeStep, BudgetAmount, BudgetLine, BudgetMonth, CapitalScheme
from opplan.imports.loading import BadRecord, Record, Sources, Tally, choice, day, figure, found, load, needed, records
from opplan.imports.loading import whole as whole_number

if TYPE_CHECKING:
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)
YES_NO = {"yes": True, "no": False}
KINDS = {kind.value: kind for kind in BudgetLine.Kind}


def load_budgets(plan: Plan, folder: Path, sources: Sources, *, providers: Mapping[str, int]) -> dict[str, Tally]:
    """Load what the folder has of the plan's lines and months, its bridge and its capital schemes."""
    tallies: dict[str, Tally] = {}
    if (folder / "budget_lines.csv").exists():
        tallies |= _lines(plan, folder, sources, providers)
    for what, model, name, row_of in (
        ("steps of the bridge", BridgeStep, "bridge_steps.csv", _step),
        ("capital schemes", CapitalScheme, "capital_schemes.csv", _capital),
    ):
        if (folder / name).exists():
            wanted = [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": row["reference"],
                    "title": row["title"],
                    "position": at,
                    **row_of(row),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for at, row in enumerate(records(folder / name), start=1)
            ]
            tallies[what] = load(model, wanted, ["reference"], {"plan": plan})
    return tallies


def _lines(plan: Plan, folder: Path, sources: Sources, providers: Mapping[str, int]) -> dict[str, Tally]:
    within = {"plan": plan, "statement": BudgetLine.Statement.PLAN}
    loaded = load(
        BudgetLine,
        [
            {
                "at": row["at"],
                **within,
                "reference": row["reference"],
                "kind": choice(row, "kind", KINDS),
                "section": row["section"],
                "title": row["line"],
                "provider_id": found(providers, row, "provider"),
                "owner": row["owner"],
                "note": row["note"],
                "position": whole_number(row, "position"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(folder / "budget_lines.csv")
        ],
        ["reference"],
        within,
    )
    keys = dict(BudgetLine.objects.filter(**within).values_list("reference", "pk"))
    amounts = load(
        BudgetAmount,
        [
            {
                "at": row["at"],
                "line_id": needed(keys, row, "line"),
                "column": row["column"],
                "amount": pounds(row, "amount_thousand"),
                "non_recurrent": pounds(row, "non_recurrent_thousand"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(folder / "budget_amounts.csv")
        ],
        ["line_id", "column"],
        {"line__plan": plan, "line__statement": BudgetLine.Statement.PLAN},
    )
    months = load(
        BudgetMonth,
        _months(plan, folder, sources, keys),
        ["line_id", "month"],
        {"line__plan": plan, "line__statement": BudgetLine.Statement.PLAN},
    )
    return {"lines of the budget": loaded, "years of the budget": amounts, "months of the budget": months}


def _months(plan: Plan, folder: Path, sources: Sources, keys: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for row in records(folder / "budget_months.csv"):
        month = day(row, "month")
        if month not in plan.months:
            raise BadRecord(f"{row['at']}, month: “{row['month']}” is not a month of {plan}")
        source, basis = sources.named(row["source"]), row["basis"]
        yield {
            "at": row["at"],
            "line_id": needed(keys, row, "line"),
            "month": month,
            "budget": pounds(row, "budget_thousand"),
            "actual": pounds(row, "actual_thousand"),
            "forecast": pounds(row, "forecast_thousand"),
            "source": source,
            "basis": basis,
            "planned_source": source,
            "planned_basis": basis,
        }


def pounds(row: Record, column: str) -> Decimal | None:
    """GBP thousand in a column, as pounds; None where it is empty."""
    amount = figure(row, column)
    return None if amount is None else amount * THOUSAND


def _step(row: Record) -> dict[str, Any]:
    amount = pounds(row, "amount_thousand")
    if amount is None:
        raise BadRecord(f"{row['at']}, amount_thousand: it is empty")
    return {"amount": amount, "recurrent": choice(row, "recurrent", YES_NO)}


def _capital(row: Record) -> dict[str, Any]:
    return {"group": row["group"], "year": row["year"], "amount": figure(row, "amount"), "note": row["note"]}
