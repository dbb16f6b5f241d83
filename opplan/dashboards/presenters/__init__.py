"""What the board, the list of initiatives and an initiative's page say. Chooses words and shapes; every figure comes from a query."""

from opplan.dashboards.presenters.board import (
    glance,
    headline,
    lead,
    matters,
    months_beside,
    more_red,
    not_reported,
    silent,
    trajectory,
)
from opplan.dashboards.presenters.initiative import (
    initiative_lead,
    initiative_rows,
    milestone_rows,
    savings_finding,
    track,
)
from opplan.dashboards.presenters.rows import MOST_LATE, line_rows
from opplan.dashboards.presenters.words import bounds, tally, why
from opplan.dashboards.presenters.written import late_table, line_table, programme_table

__all__ = [
    "MOST_LATE",
    "bounds",
    "glance",
    "headline",
    "initiative_lead",
    "initiative_rows",
    "late_table",
    "lead",
    "line_rows",
    "line_table",
    "matters",
    "milestone_rows",
    "months_beside",
    "more_red",
    "not_reported",
    "programme_table",
    "savings_finding",
    "silent",
    "tally",
    "track",
    "trajectory",
    "why",
]
