"""Whose plan, and for which year: organisations, their plans, the tolerances by which a plan is rated, and its closed months."""
