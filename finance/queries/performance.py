"""The year's financial performance as NHS England rates it: surplus forecast, spending to date, and net risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.queries.budgets import BudgetSummary
from opplan.calc.budgets import against_budget, risk_against_spend, surplus_against_plan
from opplan.calc.rag import SEVERITY, Direction, Judgement, Rating, Tolerance

if TYPE_CHECKING:
    from finance.queries.risks import RiskRegister


@dataclass(frozen=True)
class Performance:
    """The tests of the improvement and assessment framework that the financial plan can answer, and the worst of them.

    Savings to date and forecast are rated with the schemes; the mental health standard and reserves retained are not held here.
    """

    surplus: Judgement
    spending: Judgement
    risk: Judgement

    @property
    def overall(self) -> Judgement:
        return min((self.surplus, self.spending, self.risk), key=lambda one: SEVERITY.index(one.rating))


def in_year_performance(summary: BudgetSummary, register: RiskRegister, bands: Mapping[str, Tolerance]) -> Performance:
    """The year's performance from the plan's summary and its risks. No query."""
    uses = summary.uses
    if uses.to_date is None or uses.budget_reported is None:
        spending = Judgement(Rating.NOT_REPORTED, "budget_not_reported", planned=uses.year)
    else:
        spending = against_budget(
            "budget_to_date", uses.to_date, uses.budget_reported, Direction.UNDER, bands["budget_to_date"]
        )
    return Performance(
        surplus_against_plan(summary.forecast, summary.planned, bands["surplus_forecast"]),
        spending,
        risk_against_spend(register.net.uncovered, summary.planned.uses, bands["net_risk"]),
    )
