"""Reads of the finance room. Each figure is computed here and nowhere else."""

from finance.queries.likelihood import SchemeChance, savings_likelihood, scheme_chances
from finance.queries.risks import Risk, RiskRegister, RuleStanding, business_rules, risk_register
from finance.queries.scenarios import ScenarioModelled, scenarios
from finance.queries.schemes import (
    FIGURES,
    FigureChanged,
    MonthOfSavings,
    RequirementPosition,
    SchemePosition,
    find_scheme,
    savings_by_month,
    savings_history,
    savings_requirement,
    scheme_positions,
    schemes_of,
    together,
    total_position,
)
from finance.queries.statements import (
    Amount,
    Disagreement,
    Statement,
    StatementLine,
    allocations,
    assumptions,
    disagreements,
    statements,
)

__all__ = [
    "Amount",
    "Disagreement",
    "FIGURES",
    "FigureChanged",
    "MonthOfSavings",
    "RequirementPosition",
    "Risk",
    "RiskRegister",
    "RuleStanding",
    "ScenarioModelled",
    "SchemeChance",
    "SchemePosition",
    "Statement",
    "StatementLine",
    "allocations",
    "assumptions",
    "business_rules",
    "disagreements",
    "find_scheme",
    "risk_register",
    "savings_by_month",
    "savings_history",
    "savings_likelihood",
    "savings_requirement",
    "scenarios",
    "scheme_chances",
    "scheme_positions",
    "schemes_of",
    "statements",
    "together",
    "total_position",
]
