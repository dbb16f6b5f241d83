"""What the workbook of a plan holds at a month, gathered and frozen. Money in pounds, percentages in per cent, as the rooms give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from opplan.calc.months import month_number
from opplan.calc.savings import Position
from opplan.submissions import layout

if TYPE_CHECKING:
    from decimal import Decimal

    from activity.queries import LinePosition, Month
    from finance.queries import MonthOfSavings, RequirementPosition, SchemePosition
    from opplan.plans.attribution import Change
    from opplan.submissions.monthly.checks import Check

# The states of a scheme in the order of the workbook, as its totals name them.
STATES = (("identified", "Identified"), ("earmarked", "Earmarked"), ("unidentified", "No scheme yet"))


@dataclass(frozen=True)
class SchemeRow:
    """A scheme with its twelve months (None where the plan holds no such month) and the months that are due and not reported."""

    standing: SchemePosition
    months: Sequence[MonthOfSavings | None]
    initiative: str
    due: int
    missing: Sequence[date]


@dataclass(frozen=True)
class LineRow:
    """A line with its twelve months, what it divides, its year, and the months that are due and not reported."""

    standing: LinePosition
    months: Sequence[Month]
    numerator: str
    denominator: str
    planned_year: Decimal | None
    to_date: Decimal | None
    due: int
    missing: Sequence[date]


@dataclass(frozen=True)
class Contents:
    """The whole workbook before it is written. `content` is the hash of what the sheets print, whoever typed it and when."""

    code: str
    organisation: str
    organisation_name: str
    year: str
    year_label: str
    title: str
    month: date
    months: Sequence[date]
    closed: frozenset[date]
    schemes: Sequence[SchemeRow]
    states: Sequence[Position]
    total: Position
    requirement: RequirementPosition | None
    lines: Sequence[LineRow]
    changed: Change | None
    checks: Sequence[Check]
    content: str

    @property
    def month_number(self) -> int:
        return month_number(self.month)

    @property
    def version(self) -> str:
        return f"Draft, month {self.month_number}"

    @property
    def content_in_groups(self) -> str:
        """The first 16 characters of the hash, as people read them out: 7c1e 4f0a 92b8 d35c."""
        return " ".join(self.content[start : start + 4] for start in range(0, 16, 4))

    @property
    def file_name(self) -> str:
        return f"{self.code}-{self.year}-operational-plan-month-{self.month_number}.xlsx"

    @property
    def changed_by(self) -> str:
        """Who changed the data last, in words; nothing where nothing has a history."""
        return (self.changed.by or "opplan, when the plan was loaded") if self.changed else ""

    @cached_property
    def qipp(self) -> layout.Qipp:
        return layout.Qipp(len(self.schemes))

    @cached_property
    def activity(self) -> layout.Activity:
        return layout.Activity.of(line.standing.kind == "count" for line in self.lines)

    @property
    def savings_due(self) -> int:
        return sum(scheme.due for scheme in self.schemes)

    @property
    def savings_reported(self) -> int:
        return self.savings_due - sum(len(scheme.missing) for scheme in self.schemes)

    @property
    def activity_due(self) -> int:
        return sum(line.due for line in self.lines)

    @property
    def activity_reported(self) -> int:
        return self.activity_due - sum(len(line.missing) for line in self.lines)

    @property
    def due(self) -> int:
        """How many figures are due by the end of the month."""
        return self.savings_due + self.activity_due

    @property
    def reported(self) -> int:
        return self.savings_reported + self.activity_reported

    @cached_property
    def not_met(self) -> list[Check]:
        return [check for check in self.checks if not check.met]
