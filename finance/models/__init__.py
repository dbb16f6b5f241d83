"""What the finance room holds, by noun."""

from finance.models.budgets import (
    Allocation,
    BudgetAmount,
    BudgetLine,
    BusinessRule,
    Finding,
    PlanningAssumption,
    Scenario,
    ScenarioLine,
)
from finance.models.risks import FinancialRisk, RatingOverride
from finance.models.schemes import SavingsRequirement, Scheme, SchemeMonth

__all__ = [
    "Allocation",
    "BudgetAmount",
    "BudgetLine",
    "BusinessRule",
    "FinancialRisk",
    "Finding",
    "PlanningAssumption",
    "RatingOverride",
    "SavingsRequirement",
    "Scenario",
    "ScenarioLine",
    "Scheme",
    "SchemeMonth",
]
