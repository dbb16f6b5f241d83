"""Where everything stands in the workbook. The sheets, the checks and the names ask here; nobody else counts columns or rows.

Columns count from 0 as XlsxWriter does; rows from 1 as a reader of the sheet does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

COVER, QIPP, ACTIVITY, CHECKS = "Cover", "QIPP", "Activity", "Checks"
MONTHS = 12
HEADING_ROW = 6
FIRST_ROW = HEADING_ROW + 1


@cache
def letters(column: int) -> str:
    """The letters of a column: 0 is A."""
    return str(xl_col_to_name(column))


def cell(column: int, row: int) -> str:
    return f"{letters(column)}{row}"


def at(address: str) -> tuple[int, int]:
    """The row, from 1, and the column, from 0, of a cell's address: G7 is (7, 6)."""
    row, column = xl_cell_to_rowcol(address)
    return row + 1, column


def along(first: int, row: int, count: int = MONTHS) -> str:
    """`count` cells of one row, from column `first`: G7:R7."""
    return f"{letters(first)}{row}:{letters(first + count - 1)}{row}"


def down(column: int, first: int, last: int) -> str:
    """Part of a column, its rows fixed, so that the same words serve in every total: G$7:G$21."""
    return f"{letters(column)}${first}:{letters(column)}${last}"


def held_fast(column: int, first: int, last: int) -> str:
    """Part of a column that stays the same wherever the formula stands: $C$7:$C$21."""
    return f"${letters(column)}${first}:${letters(column)}${last}"


def fixed(sheet: str, first_column: int, first: int, last_column: int, last: int) -> str:
    """A block as a defined name holds it: =QIPP!$G$7:$R$21."""
    return f"={sheet}!${letters(first_column)}${first}:${letters(last_column)}${last}"


@dataclass(frozen=True)
class Qipp:
    """The QIPP sheet of `schemes` schemes: a row a scheme, then the totals of each state and of all, then the requirement."""

    schemes: int

    REFERENCE, TITLE, STATE, INITIATIVE, OWNER, BASIS = range(6)
    PLAN = 6
    PLAN_YEAR, INVESTMENT, NET = 18, 19, 20
    ACTUAL = 21
    TO_DATE, PLANNED_REPORTED, DIFFERENCE = 33, 34, 35
    FORECAST = 36
    FORECAST_YEAR, FORECAST_DIFFERENCE, RATING, WHY = 48, 49, 50, 51
    FOLLOWS, CHANCE = 52, 53
    # A figure of the requirement stands beside its label, under April.
    REQUIREMENT = PLAN

    @property
    def last(self) -> int:
        """The last scheme's row. A plan without schemes keeps one empty row, so that its totals have something to add."""
        return FIRST_ROW + max(self.schemes, 1) - 1

    def state(self, number: int) -> int:
        """The row of the total of a state: 0 identified, 1 earmarked, 2 no scheme yet."""
        return self.last + 1 + number

    @property
    def total(self) -> int:
        return self.last + 4

    def requirement(self, number: int) -> int:
        """The rows of the requirement: 0 the amount, 1 delivered, 2 identified, 3 earmarked, 4 with no scheme."""
        return self.total + 3 + number


@dataclass(frozen=True)
class Activity:
    """The Activity sheet: a row for a count; for a percentage, rate or average its value with its numerator and denominator below."""

    counts: tuple[bool, ...]

    CODE, MEASURE, WHOSE, LINE, FIGURE, UNIT, KIND, DIRECTION, STANDARD, BASIS = range(10)
    PLAN = 10
    PLAN_YEAR = 22
    ACTUAL = 23
    TO_DATE, RATING, WHY = 35, 36, 37

    @classmethod
    def of(cls, counts: Iterable[bool]) -> "Activity":
        return cls(tuple(counts))

    @cached_property
    def tops(self) -> list[int]:
        """The first row of each line."""
        tops, row = [], FIRST_ROW
        for is_count in self.counts:
            tops.append(row)
            row += 1 if is_count else 3
        return tops

    @property
    def last(self) -> int:
        return FIRST_ROW + max(sum(1 if is_count else 3 for is_count in self.counts), 1) - 1


class Checks:
    """The Checks sheet: a row a check."""

    NUMBER, RULE, SEVERITY, WHERE, WHAT, FOUND, EXPECTED, TOLERANCE, RESULT = range(9)
