"""Loads a plan's savings requirement, its schemes and their months."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from opplan.imports.loading import Sources, Tally, day, figure, found, load, records

if TYPE_CHECKING:
    from opplan.plans.models import Plan

MONEY = (
    "planned_saving",
    "actual_saving",
    "forecast_saving",
    "planned_investment",
    "actual_investment",
    "forecast_investment",
)
YES_NO = {"yes": True, "no": False, "": None}


def load_savings(
    plan: Plan, folder: Path, sources: Sources, *, requirement: dict[str, Any], initiatives: dict[str, Any]
) -> dict[str, Tally]:
    """Load the requirement and the schemes with their months, which sum to each scheme's year."""
    tallies = {}
    tallies["requirement"] = load(
        SavingsRequirement,
        [
            {
                "plan": plan,
                "amount": Decimal(requirement["qipp"]),
                "source": sources.named(requirement["source"]),
                "basis": "stated",
            }
        ],
        ["plan"],
        {"plan": plan},
    )
    tallies["schemes"] = load(
        Scheme,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "title": row["title"],
                "initiative_id": found(initiatives, row, "initiative"),
                "section": row["section"],
                "category": row["category"],
                "state": row["state"],
                "kind": row["kind"],
                "recurrent": YES_NO[row["recurrent"]],
                "owner": row["owner"],
                "start_month": day(row, "start_month"),
                "full_year_effect": figure(row, "full_year_effect"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in records(folder / "schemes.csv")
        ],
        ["reference"],
        {"plan": plan},
    )
    schemes = {row.reference: row for row in Scheme.objects.filter(plan=plan)}
    tallies["scheme months"] = load(
        SchemeMonth,
        [
            {
                "scheme_id": found(schemes, row, "scheme").pk,
                "month": day(row, "month"),
                **{name: figure(row, name) for name in MONEY},
                **_sources(row, sources),
            }
            for row in records(folder / "scheme_months.csv")
        ],
        ["scheme_id", "month"],
        {"scheme__plan": plan},
    )
    return tallies


def _sources(row: dict[str, str], sources: Sources) -> dict[str, str]:
    """A month's one source serves plan and actuals alike; a month without actuals has no basis of its own yet."""
    named = sources.named(row["source"])
    held = any(row[name] for name in MONEY if not name.startswith("planned"))
    return {
        "planned_source": named,
        "planned_basis": row["basis"],
        "source": named if held else "",
        "basis": row["basis"] if held else "entered",
    }
