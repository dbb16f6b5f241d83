"""How the finance room's fixtures come in: savings, and the financial plan."""

from finance.imports.plan import load_financial_plan
from finance.imports.savings import load_savings

__all__ = ["load_financial_plan", "load_savings"]
