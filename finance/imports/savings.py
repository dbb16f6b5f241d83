"""Loads a plan's savings requirement, its schemes and their months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.queries.building import impacts_in
from finance.models import SavingsRequirement, Scheme, SchemeMonth
from finance.queries.months import FIGURES
from initiatives.queries import projects_in
from opplan.imports.loading import BadRecord, Sources, Tally, choice, day, figure, found, load, needed, records
from opplan.web.formats import plain

if TYPE_CHECKING:
    from opplan.plans.models import Plan

WORDS = (
    "section",
    "category",
    "area_of_spend",
    "part_of_spend",
    "state",
    "stage",
    "kind",
    "contract",
    "owner",
    "clinical_lead",
    "slippage",
    "mitigation",
    "narrative",
)
SAID = ("recurrent", "national", "rightcare", "in_contract")
FIGURED = ("full_year_effect", "chance", "least", "most", "price")
YES_NO = {"yes": True, "no": False, "": None}


def load_savings(
    plan: Plan,
    folder: Path,
    sources: Sources,
    *,
    requirement: dict[str, Any],
    initiatives: dict[str, Any],
    providers: dict[str, Any],
) -> dict[str, Tally]:
    """Load the requirement and the schemes with their months. BadRecord where months do not sum to their scheme's year.

    Initiatives and providers are keys by reference and by code.
    """
    projects = {reference: key for key, _, reference, _ in projects_in(plan)}
    impacts = {reference: key for key, _, reference, _ in impacts_in(plan)}
    listed, months = list(records(folder / "schemes.csv")), list(records(folder / "scheme_months.csv"))
    _require_sums(listed, months)
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
                "at": row["at"],
                "plan": plan,
                "reference": row["reference"],
                "title": row["title"],
                "initiative_id": found(initiatives, row, "initiative"),
                "project_id": found(projects, row, "project"),
                "provider_id": found(providers, row, "provider"),
                "impact_id": found(impacts, row, "impact"),
                **{name: row[name] for name in WORDS},
                **{name: choice(row, name, YES_NO) for name in SAID},
                **{name: figure(row, name) for name in FIGURED},
                "start_month": day(row, "start_month"),
                "source": sources.named(row["source"]),
                "basis": row["basis"],
            }
            for row in listed
        ],
        ["reference"],
        {"plan": plan},
    )
    schemes = {row.reference: row for row in Scheme.objects.filter(plan=plan)}
    tallies["scheme months"] = load(
        SchemeMonth,
        [
            {
                "at": row["at"],
                "scheme_id": needed(schemes, row, "scheme").pk,
                "month": day(row, "month"),
                **{name: figure(row, name) for name in FIGURES},
                **_sources(row, sources),
            }
            for row in months
        ],
        ["scheme_id", "month"],
        {"scheme__plan": plan},
    )
    return tallies


def _require_sums(schemes: Sequence[Mapping[str, str]], months: Sequence[Mapping[str, str]]) -> None:
    """A scheme's planned months sum to the year that schemes.csv gives; a year left empty is nothing planned."""
    for column in ("saving", "investment"):
        sums: dict[str, Decimal] = {}
        for row in months:
            sums[row["scheme"]] = sums.get(row["scheme"], Decimal(0)) + (figure(row, f"planned_{column}") or 0)
        for row in schemes:
            year, planned = figure(row, column) or Decimal(0), sums.get(row["reference"], Decimal(0))
            if planned != year:
                raise BadRecord(
                    f"{row['at']}, {column}: {row['reference']} has {plain(year)} for the year, its months sum to {plain(planned)}"
                )


def _sources(row: Mapping[str, str], sources: Sources) -> dict[str, str]:
    """A month's one source serves plan and actuals alike; a month without actuals has no basis of its own yet."""
    named = sources.named(row["source"])
    held = any(row[name] for name in FIGURES if not name.startswith("planned"))
    return {
        "planned_source": named,
        "planned_basis": row["basis"],
        "source": named if held else "",
        "basis": row["basis"] if held else "entered",
    }
