"""Medium-term scenarios: what each assumes, and the years that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import Scenario, ScenarioLine
from opplan.calc.medium_term import Adjustment, YearAssumed, YearModelled, medium_term

if TYPE_CHECKING:
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)


@dataclass(frozen=True)
class Assumed:
    """One assumption of a scenario by year: per cent where it is a share, pounds where it is an amount."""

    kind: str
    name: str
    percents: dict[str, Decimal]
    amounts: dict[str, Decimal]
    basis: str


@dataclass(frozen=True)
class ScenarioModelled:
    """A scenario with its assumptions and the years that the model makes of them, in GBP thousand."""

    key: int
    name: str
    note: str
    opening_year: str
    opening_limit: Decimal
    brought_forward: Decimal
    assumed: list[Assumed]
    years: list[YearModelled]

    @property
    def illustrative(self) -> bool:
        return any(one.basis == "illustrative" for one in self.assumed)

    @property
    def saving_needed(self) -> Decimal:
        """What must be found over all its years, in GBP thousand."""
        return sum((year.saving_needed for year in self.years), Decimal(0))


def scenarios(plan: Plan) -> list[ScenarioModelled]:
    """The plan's scenarios in their order, each modelled. Two queries."""
    lines: dict[int, list[ScenarioLine]] = {}
    for line in ScenarioLine.objects.filter(scenario__plan=plan):
        lines.setdefault(line.scenario_id, []).append(line)
    return [modelled(row, lines.get(row.pk, [])) for row in Scenario.objects.filter(plan=plan)]


def modelled(scenario: Scenario, lines: Iterable[ScenarioLine]) -> ScenarioModelled:
    """The scenario and its years. No query."""
    held = list(lines)
    years = sorted({line.year for line in held})
    opening = scenario.opening_limit / THOUSAND
    return ScenarioModelled(
        scenario.pk,
        scenario.name,
        scenario.note,
        scenario.opening_year,
        opening,
        scenario.brought_forward / THOUSAND,
        _assumed(held),
        medium_term(
            opening,
            [_year(year, [line for line in held if line.year == year]) for year in years],
            brought_forward=scenario.brought_forward / THOUSAND,
        ),
    )


def _assumed(lines: list[ScenarioLine]) -> list[Assumed]:
    found: dict[str, Assumed] = {}
    for line in lines:
        one = found.setdefault(line.name, Assumed(line.kind, line.name, {}, {}, line.basis))
        if line.percent is not None:
            one.percents[line.year] = line.percent
        if line.amount is not None:
            one.amounts[line.year] = line.amount
    return list(found.values())


def _year(year: str, lines: list[ScenarioLine]) -> YearAssumed:
    kinds = ScenarioLine.Kind

    def of(kind: str) -> list[ScenarioLine]:
        return [line for line in lines if line.kind == kind]

    def amount(kind: str) -> Decimal:
        return sum((line.amount or Decimal(0) for line in of(kind)), Decimal(0)) / THOUSAND

    def percent(kind: str) -> Decimal:
        return sum((line.percent or Decimal(0) for line in of(kind)), Decimal(0))

    return YearAssumed(
        year,
        growth=percent(kinds.GROWTH),
        adjustments=tuple(
            Adjustment(line.name, line.percent or Decimal(0), (line.amount or Decimal(0)) / THOUSAND)
            for line in of(kinds.ADJUSTMENT)
        ),
        pathways=amount(kinds.PATHWAYS),
        surplus=percent(kinds.SURPLUS),
        surplus_amount=amount(kinds.SURPLUS),
    )
