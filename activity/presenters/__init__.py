"""Plan lines and their readings in sentences, rows and charts. Chooses words and places; every figure comes from queries."""

from activity.presenters.figures import FIGURE_HEADS, figure_cells, heading_words
from activity.presenters.line import line_page, saved, steps
from activity.presenters.lines import LIST_HEADS, headline, lead, line_rows, list_cells

__all__ = [
    "FIGURE_HEADS",
    "LIST_HEADS",
    "figure_cells",
    "heading_words",
    "headline",
    "lead",
    "line_page",
    "line_rows",
    "list_cells",
    "saved",
    "steps",
]
