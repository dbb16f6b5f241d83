"""Plans, their tolerances and their closed months, as other rooms may read them."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from opplan.calc.rag import Tolerance as Band
from opplan.plans.attribution import Change, last_of
from opplan.plans.models import ClosedMonth, Plan, Tolerance


@dataclass(frozen=True)
class PlanSummary:
    """A plan as a link in the plan switch."""

    organisation_code: str
    organisation: str
    organisation_name: str
    year: str
    year_label: str
    title: str
    summary: str
    month_number: int


def plan_summaries(organisation_codes: Iterable[str]) -> list[PlanSummary]:
    """The plans of these organisations, by organisation and then the latest year first."""
    found = Plan.objects.filter(organisation__code__in=organisation_codes).select_related("organisation")
    return [
        PlanSummary(
            plan.organisation.code,
            plan.organisation.short_name,
            plan.organisation.name,
            plan.year,
            plan.year_label,
            plan.title,
            plan.summary,
            plan.month_number,
        )
        for plan in found
    ]


def any_plan() -> bool:
    """Whether the database holds a plan at all."""
    return Plan.objects.exists()


def find_plan(organisation_code: str, year: str) -> Plan | None:
    """The plan at an address, with its organisation, or None."""
    return Plan.objects.select_related("organisation").filter(organisation__code=organisation_code, year=year).first()


@dataclass(frozen=True)
class Rule:
    """One kind of figure's rating rule as the catalogue describes it."""

    rule: str
    title: str
    unit: str
    green: Decimal
    red: Decimal
    source: str


@cache
def default_rules() -> dict[str, Rule]:
    """The catalogue of rating rules with the defaults that a plan begins with."""
    with (Path(__file__).parent / "tolerances.toml").open("rb") as catalogue:
        read = tomllib.load(catalogue, parse_float=Decimal)
    return {
        name: Rule(name, row["title"], row["unit"], Decimal(row["green"]), Decimal(row["red"]), row["source"])
        for name, row in read.items()
    }


def tolerances(plan: Plan) -> dict[str, Band]:
    """The plan's tolerance for each rule: its own where it has one, else the default."""
    bands = {name: Band(rule.green, rule.red) for name, rule in default_rules().items()}
    for rule, green, red in Tolerance.objects.filter(plan=plan).values_list("rule", "green", "red"):
        bands[rule] = Band(green, red)
    return bands


def closed_months(plan: Plan) -> frozenset[date]:
    """The months whose figures are closed."""
    return frozenset(ClosedMonth.objects.filter(plan=plan).values_list("month", flat=True))


def last_change(plan: Plan) -> Change | None:
    """When the plan itself, its closed months or its rating rules last changed, by whom and why. One query."""
    return last_of(
        Plan.history.filter(id=plan.pk),
        ClosedMonth.history.filter(plan=plan),
        Tolerance.history.filter(plan=plan),
    )
