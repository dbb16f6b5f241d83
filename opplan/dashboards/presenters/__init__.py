"""What the board, the list of initiatives and an initiative's page say. Chooses words and shapes; every figure comes from a query."""

from opplan.dashboards.presenters.board import (
    featured_line,
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
from opplan.dashboards.presenters.rows import late_rows, line_groups, line_rows, programme_rows
from opplan.dashboards.presenters.words import tally, why

__all__ = [
    "featured_line",
    "glance",
    "headline",
    "initiative_lead",
    "initiative_rows",
    "late_rows",
    "lead",
    "line_groups",
    "line_rows",
    "matters",
    "milestone_rows",
    "months_beside",
    "more_red",
    "not_reported",
    "programme_rows",
    "savings_finding",
    "silent",
    "tally",
    "track",
    "trajectory",
    "why",
]
