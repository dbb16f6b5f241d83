"""Plan lines and their readings in sentences, rows and charts. Chooses words and places; every figure comes from queries."""

from activity.presenters.building import build_page, line_planning, path_page, phasing_preview, small_name
from activity.presenters.figures import FIGURE_HEADS, figure_cells, heading_words
from activity.presenters.line import line_page, saved, steps
from activity.presenters.lines import LIST_HEADS, headline, lead, line_rows, list_cells
from activity.presenters.measures import (
    CATALOGUE_HEADS,
    catalogue_cells,
    catalogue_headline,
    catalogue_lead,
    measure_facts,
    measure_rows,
)
from activity.presenters.parts import parts_findings, parts_table
from activity.presenters.recovery import (
    line_recovery,
    recovery_headline,
    recovery_lead,
    recovery_page,
    recovery_rows,
)
from activity.presenters.spc import spc_of

__all__ = [
    "CATALOGUE_HEADS",
    "FIGURE_HEADS",
    "LIST_HEADS",
    "build_page",
    "catalogue_cells",
    "catalogue_headline",
    "catalogue_lead",
    "figure_cells",
    "heading_words",
    "headline",
    "lead",
    "line_page",
    "line_planning",
    "line_recovery",
    "line_rows",
    "list_cells",
    "measure_facts",
    "measure_rows",
    "parts_findings",
    "parts_table",
    "path_page",
    "phasing_preview",
    "recovery_headline",
    "recovery_lead",
    "recovery_page",
    "recovery_rows",
    "saved",
    "small_name",
    "spc_of",
    "steps",
]
