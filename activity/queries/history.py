"""Who changed what in a plan's lines, their figures and the delays beside them, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from activity.models import Delay, Line, Reading, RiskShare, WeeklyCount
from opplan.plans.attribution import Change, last_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan

PARTS = ("actual_numerator", "actual_denominator", "status", "planned_numerator", "planned_denominator")


@dataclass(frozen=True)
class ReadingEdit:
    """One thing that a person changed in a reading: who, when and why, what it was and what it became. `part` is one of PARTS."""

    period: date
    part: str
    was: Any
    now: Any
    who: str
    when: datetime
    why: str


@dataclass(frozen=True)
class ReadingHistory:
    """What people have changed in a line's readings, latest first, and how many months were loaded from documents, last when."""

    edits: list[ReadingEdit]
    loaded: int
    loaded_on: datetime | None


def reading_history(line: Line) -> ReadingHistory:
    """The history of the line's readings. One query."""
    kept: Any = Reading.history.model
    rows = kept.objects.filter(line_id=line.pk).order_by("history_date", "history_id")
    before: dict[int, tuple[Any, ...]] = {}
    edits: list[ReadingEdit] = []
    loads: dict[int, datetime] = {}
    for key, period, who, when, why, *values in rows.values_list(
        "id", "period", "history_user__name", "history_date", "history_change_reason", *PARTS
    ):
        old = before.get(key, (None, None, "", None, None))
        before[key] = tuple(values)
        if who is None:
            loads[key] = when
            continue
        edits.extend(
            ReadingEdit(period, part, was, now, who, when, why or "")
            for part, was, now in zip(PARTS, old, values, strict=True)
            if was != now
        )
    return ReadingHistory(edits[::-1], len(loads), max(loads.values(), default=None))


def last_change(plan: Plan) -> Change | None:
    """When the plan's lines, their figures, its delayed days or its risk share last changed, by whom and why. One query."""
    return last_of(
        Line.history.filter(plan=plan),
        Reading.history.filter(line__plan=plan),
        WeeklyCount.history.filter(line__plan=plan),
        Delay.history.filter(plan=plan),
        RiskShare.history.filter(line__plan=plan),
    )
