"""What the register of schemes offers to choose from, and who changed what a scheme says of itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from finance.models import RatingOverride, Scheme
from opplan.calc.months import end_of
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

FILED_UNDER = ("section", "category", "area_of_spend", "part_of_spend")

FIELDS = {
    "title": "Title",
    "initiative_id": "Initiative",
    "project_id": "Project",
    "section": "Section",
    "category": "Category",
    "area_of_spend": "Area of spend",
    "part_of_spend": "Area of spend, second level",
    "national": "National scheme",
    "rightcare": "RightCare scheme",
    "stage": "Stage",
    "kind": "Kind",
    "recurrent": "Recurrent",
    "provider_id": "Provider",
    "contract": "Contract basis",
    "in_contract": "In contract",
    "owner": "Owner",
    "clinical_lead": "Clinical lead",
    "chance": "Chance of delivering, per cent",
    "least": "Least saved, per cent of plan",
    "most": "Most saved, per cent of plan",
    "slippage": "Risk of slippage",
    "mitigation": "What is done about slippage",
    "narrative": "Narrative",
    "forecast_default": "Months without a forecast follow",
    "impact_id": "What it changes in activity",
    "price": "Saved for each unit of activity, £",
    "start_month": "Start month",
    "full_year_effect": "Full-year effect, £",
}
"""What a scheme says of itself, as people read it."""


@cache
def offered() -> Mapping[str, list[str]]:
    """What the catalogue offers to file a scheme under, by field."""
    with (Path(__file__).parent.parent / "choices.toml").open("rb") as catalogue:
        return {name: list(row["offered"]) for name, row in tomllib.load(catalogue).items()}


def filed_under(plan: Plan) -> dict[str, list[str]]:
    """What may be chosen for each field that a scheme is filed under: the catalogue's, then what the plan's schemes say. One query."""
    found = {name: dict.fromkeys(offered()[name]) for name in FILED_UNDER}
    for row in Scheme.objects.filter(plan=plan).order_by().values_list(*FILED_UNDER).distinct():
        for name, value in zip(FILED_UNDER, row, strict=True):
            if value:
                found[name][value] = None
    return {name: list(values) for name, values in found.items()}


def used(values: Iterable[str]) -> list[tuple[str, str]]:
    """The values that schemes hold, each once, by name: what a filter offers."""
    return [(value, value) for value in sorted(set(values) - {""}, key=str.lower)]


def scheme_changes(scheme: Scheme, names: Mapping[str, Mapping[int | None, str]]) -> list[ChangeEntry]:
    """Who changed what the scheme says of itself, and who put a rating in place of the rule's, latest first. Two queries.

    `names` are the titles of the rows that it points to, by the attribute of the key.
    """
    entries = scheme.history.select_related("history_user").order_by("history_id")
    ratings = RatingOverride.history.filter(scheme_id=scheme.pk).select_related("history_user")
    found = changes(entries, kind="scheme", fields=FIELDS, names=names) + changes(
        ratings.order_by("id", "history_id"),
        kind="rating",
        fields={"rating": "Rating put in place", "until": "Rating put in place until", "reason": "Why it is in place"},
        title=lambda entry: f"{entry.get_rating_display()} put in place until {entry.until:%d %B %Y}",
    )
    return sorted(found, key=lambda one: one.when, reverse=True)


def standing_override(scheme: Scheme, plan: Plan) -> RatingOverride | None:
    """The rating in place for the month that the plan reports, or for a later one. One query."""
    month = plan.reporting_month or plan.start
    return RatingOverride.objects.filter(scheme=scheme, until__gte=end_of(month)).order_by("since").first()
