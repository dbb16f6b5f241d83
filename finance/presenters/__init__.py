"""Savings in sentences, bars, rows and grids, ready to be shown. Chooses words and shapes; computes nothing that a query gives."""

from finance.presenters.changes import history
from finance.presenters.months import (
    Allowed,
    Figures,
    allowed,
    by_scheme,
    grid_note,
    programme_groups,
    savings_grid,
    scheme_groups,
)
from finance.presenters.programmes import months_headline, programme_rows, saved_message
from finance.presenters.requirement import headline, lead, on_trust, requirement_bar
from finance.presenters.schemes import (
    CSV_HEADS,
    Cumulative,
    SchemeRow,
    csv_rows,
    cumulative_chart,
    scheme_finding,
    scheme_lead,
    scheme_rows,
    total_row,
)
from finance.presenters.statements import allocation_rows, assumption_rows, finding_rows, plan_headline, statement_table

__all__ = [
    "Allowed",
    "CSV_HEADS",
    "Cumulative",
    "Figures",
    "SchemeRow",
    "allowed",
    "by_scheme",
    "csv_rows",
    "cumulative_chart",
    "grid_note",
    "headline",
    "history",
    "lead",
    "months_headline",
    "on_trust",
    "programme_groups",
    "programme_rows",
    "requirement_bar",
    "saved_message",
    "scheme_finding",
    "savings_grid",
    "scheme_groups",
    "scheme_lead",
    "scheme_rows",
    "total_row",
    "allocation_rows",
    "assumption_rows",
    "finding_rows",
    "plan_headline",
    "statement_table",
]
