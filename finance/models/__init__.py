"""What the finance room holds, by noun."""

from finance.models.budgets import (
    Allocation,
    BridgeStep,
    BudgetAmount,
    BudgetLine,
    BudgetMonth,
    BusinessRule,
    CapitalScheme,
    Finding,
    PlanningAssumption,
    Scenario,
    ScenarioLine,
)
from finance.models.contracts import Contract, ContractPrice
from finance.models.risks import FinancialRisk, RatingOverride
from finance.models.schemes import SavingsRequirement, Scheme, SchemeMonth

__all__ = [
    "Allocation",
    "BridgeStep",
    "BudgetAmount",
    "BudgetLine",
    "BudgetMonth",
    "BusinessRule",
    "CapitalScheme",
    "Contract",
    "ContractPrice",
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
