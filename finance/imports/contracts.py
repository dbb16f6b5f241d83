"""Loads a plan's contracts and what they pay for activity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.queries import lines_of
from finance.models import BudgetLine, Contract, ContractPrice
from opplan.imports.loading import Sources, Tally, choice, day, figure, found, load, needed, records, whole

if TYPE_CHECKING:
    from opplan.plans.models import Plan

PAYMENT = {"block", "cost_and_volume", "tariff", "none"}


def load_contracts(plan: Plan, folder: Path, sources: Sources, *, providers: dict[str, int]) -> dict[str, Tally]:
    """Load the contracts and their prices; a plan without the files has none. They come after the financial plan and the lines."""
    if not (folder / "contracts.csv").exists():
        return {}
    budgets = dict(BudgetLine.objects.filter(plan=plan).values_list("reference", "pk"))
    named = load(
        Contract,
        [
            {
                "at": row["at"],
                "plan": plan,
                "reference": row["reference"],
                "provider_id": needed(providers, row, "provider"),
                "title": row["title"],
                "basis_of_payment": choice(row, "basis_of_payment", {name: name for name in PAYMENT}),
                "value": figure(row, "value"),
                "fixed": figure(row, "fixed"),
                "budget_line_id": found(budgets, row, "budget_line"),
                "signed": day(row, "signed"),
                "owner": row["owner"],
                "note": row["note"],
                "position": whole(row, "position"),
                **_sourced(row, sources),
            }
            for row in records(folder / "contracts.csv")
        ],
        ["reference"],
        {"plan": plan},
    )
    contracts = {row.reference: row for row in Contract.objects.filter(plan=plan)}
    lines = dict(lines_of(plan).values_list("reference", "pk"))
    prices = load(
        ContractPrice,
        [
            {
                "at": row["at"],
                "contract_id": needed(contracts, row, "contract").pk,
                "line_id": needed(lines, row, "line"),
                "price": figure(row, "price"),
                "share": figure(row, "share"),
                **_sourced(row, sources),
            }
            for row in records(folder / "contract_prices.csv")
        ],
        ["contract_id", "line_id"],
        {"contract__plan": plan},
    )
    return {"contracts": named, "prices of contracts": prices}


def _sourced(row: dict[str, str], sources: Sources) -> dict[str, Any]:
    return {"source": sources.named(row["source"]), "basis": row["basis"]}
