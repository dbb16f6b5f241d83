"""Reads of the finance room. Each figure is computed here and nowhere else."""

from finance.queries.months import (
    FIGURES,
    FigureChanged,
    MonthOfSavings,
    savings_by_month,
    savings_history,
    together,
)
from finance.queries.requirement import RequirementPosition, savings_requirement
from finance.queries.schemes import (
    SchemePosition,
    find_scheme,
    last_change,
    scheme_positions,
    schemes_of,
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
    "SchemePosition",
    "Statement",
    "StatementLine",
    "allocations",
    "assumptions",
    "disagreements",
    "find_scheme",
    "last_change",
    "savings_by_month",
    "savings_history",
    "savings_requirement",
    "scheme_positions",
    "schemes_of",
    "statements",
    "together",
    "total_position",
]
