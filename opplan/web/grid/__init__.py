"""The month grid: twelve months and the year, typed, pasted from Excel, checked cell by cell, and never overwritten silently.

A room describes its rows; the grid reads what was typed, names every bad cell, finds the cells that somebody else changed since
the page was opened, and hands back only the changes. Saving is all or nothing, and the room's own action does it.
"""

from opplan.web.grid.cells import Cell, Change, Clash, Group, Problem, Row, cell_id
from opplan.web.grid.entry import GridEntry
from opplan.web.grid.months import KEEP, MINE, PASTE, UNKNOWN, Author, MonthGrid

__all__ = [
    "KEEP",
    "MINE",
    "PASTE",
    "UNKNOWN",
    "Author",
    "Cell",
    "Change",
    "Clash",
    "GridEntry",
    "Group",
    "MonthGrid",
    "Problem",
    "Row",
    "cell_id",
]
