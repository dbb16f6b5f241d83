"""Reads of the activity room. Each figure is computed here and nowhere else."""

from activity.queries.history import ReadingEdit, ReadingHistory, last_change, reading_history
from activity.queries.lines import (
    Definition,
    LinePosition,
    LineRecord,
    Month,
    definition,
    find_line,
    judged,
    line_positions,
    line_record,
    lines_of,
    readings,
    readings_of_year,
    year_value,
)

__all__ = [
    "Definition",
    "LinePosition",
    "LineRecord",
    "Month",
    "ReadingEdit",
    "ReadingHistory",
    "definition",
    "find_line",
    "judged",
    "last_change",
    "line_positions",
    "line_record",
    "lines_of",
    "reading_history",
    "readings",
    "readings_of_year",
    "year_value",
]
