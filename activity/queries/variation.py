"""Is a change real? Each line's series read as an XmR chart, by the settings that the line holds.

`spc_reading` is the one reading of a series: a line's own page and the grid of all lines both come from it, so that they cannot
disagree. Readings of earlier years are used too: a plan's year alone is too short for limits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import CharField, DecimalField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from activity.models import Line, Reading, Rebase, SpcProfile, WeeklyCount
from activity.queries.lines import LinePosition, Month, line_positions
from opplan.calc.months import end_of, next_month
from opplan.calc.rag import Direction, Tolerance
from opplan.calc.ratios import value_of
from opplan.calc.spc import IMPROVES, PROFILES, Analysis, analysed
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan

Series = Sequence[tuple[date, Decimal | None]]
"""(period, value), oldest first; None is missing."""

STEPS = {"month": 1, "quarter": 3}
"""Months from one period to the next: one that is absent between two that are held is a gap."""
WEEK = timedelta(days=7)
APART = timedelta(days=366)
"""A gap wider than this parts a series: what lies before it belongs to another time, and moves neither limits nor runs."""


@dataclass(frozen=True)
class SpcSettings:
    """How a line's chart is read. They live on the line: `rebases` is the reason by period, `target` its standard.

    `authors` names who drew the limits anew, where a person did.
    """

    direction: Direction
    target: Decimal | None = None
    rebases: Mapping[date, str] = field(default_factory=dict)
    profile: str = SpcProfile.PLOT_THE_DOTS.value
    fix_after: int | None = None
    frequency: str = "month"
    authors: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Variation:
    """A line's series to a month, its settings, what the chart finds in it, and the basis of its last value."""

    settings: SpcSettings
    series: Series
    found: Analysis
    basis: str = ""
    apart: int = 0
    """How many earlier figures stand apart by more than a year, and are left out."""


@dataclass(frozen=True)
class VariationEntry:
    """A line of the grid: where it stands at the month, and what its chart finds."""

    position: LinePosition
    variation: Variation


def spc_reading(readings: Series, settings: SpcSettings) -> Analysis:
    """The series read by the line's settings. Periods absent between the first and the last held are missing, and break the line."""
    held = {period: value for period, value in readings if value is not None}
    return analysed(
        [(period, held.get(period)) for period in _periods(sorted(held), settings.frequency)],
        IMPROVES[settings.direction],
        target=settings.target,
        rebases=settings.rebases.keys(),
        profile=PROFILES[settings.profile],
        fix_after=settings.fix_after,
    )


def _periods(held: Sequence[date], frequency: str) -> Iterator[date]:
    for at, period in enumerate(held):
        yield period
        following = _after(period, frequency)
        while following is not None and at + 1 < len(held) and following < held[at + 1]:
            yield following
            following = _after(following, frequency)


def _after(period: date, frequency: str) -> date | None:
    if frequency == "week":
        return period + WEEK
    return next_month(period, STEPS[frequency]) if frequency in STEPS else None


class _Point(NamedTuple):
    """One period that is held, and how firm its value is."""

    period: date
    value: Decimal
    basis: str


def variation_entries(plan: Plan, month: date, tolerances: Mapping[str, Tolerance]) -> list[VariationEntry]:
    """Every line of the plan at a month, with what its chart finds. Six queries, whatever the number of lines."""
    positions = line_positions(plan, month, tolerances, only_board_history=True)
    kinds = {position.key: position.kind for position in positions}
    series: dict[int, list[_Point]] = defaultdict(list)
    weeks: dict[int, list[_Point]] = defaultdict(list)
    rebases: dict[int, dict[date, tuple[str, str]]] = defaultdict(dict)
    rows = Reading.objects.filter(line__plan=plan, period__lte=month, actual_numerator__isnull=False)
    for key, period, top, bottom, basis in rows.order_by("period").values_list(
        "line_id", "period", "actual_numerator", "actual_denominator", "basis"
    ):
        if (value := value_of(kinds[key], top, bottom)) is not None:
            series[key].append(_Point(period, value, basis))
    counted = WeeklyCount.objects.filter(line__plan=plan, day__lte=end_of(month), actual__isnull=False)
    for key, day, value, basis in counted.order_by("day").values_list("line_id", "day", "actual", "basis"):
        if value is not None:
            weeks[key].append(_Point(day, value, basis))
    for key, period, reason in Rebase.objects.filter(line__plan=plan).values_list("line_id", "period", "reason"):
        rebases[key][period] = (reason, "")
    kept = {
        key: (profile, fix_after)
        for key, profile, fix_after in Line.objects.filter(plan=plan).values_list("pk", "spc_profile", "spc_fix_after")
    }
    return [
        VariationEntry(
            one,
            _variation(one, *kept[one.key], rebases[one.key], (weeks if _is_weekly(one) else series)[one.key]),
        )
        for one in positions
        if one.key in kept
    ]


def line_variation(line: Line, position: LinePosition, held: Sequence[Month]) -> Variation:
    """What the chart of one line finds, to the month of its position. `held` are its readings, all years. One query."""
    month = position.now.period
    weeks: list[_Point] = []
    rebases: dict[date, tuple[str, str]] = {}
    for day, value, basis, reason, who in _beside(line):
        if reason:
            rebases[day] = (reason, who)
        elif value is not None and day <= end_of(month):
            weeks.append(_Point(day, value, basis))
    months = [
        _Point(one.period, one.actual, one.basis) for one in held if one.period <= month and one.actual is not None
    ]
    return _variation(
        position, line.spc_profile, line.spc_fix_after, rebases, weeks if _is_weekly(position) else months
    )


def _beside(line: Line) -> list[tuple[date, Decimal | None, str, str, str]]:
    """What the chart needs beside the months: weekly counts, and rebases with their reason and who drew them. One query."""
    kept: Any = Rebase.history.model
    who = kept.objects.filter(id=OuterRef("pk")).order_by("-history_id").values("history_user__name")[:1]
    nothing = Value("", output_field=CharField())
    counts = WeeklyCount.objects.filter(line=line).order_by().values_list("day", "actual", "basis", nothing, nothing)
    drawn = Rebase.objects.filter(line=line).order_by()
    anew = drawn.values_list(
        "period", Value(None, output_field=DecimalField()), nothing, "reason", Coalesce(Subquery(who), nothing)
    )
    return sorted(counts.union(anew, all=True), key=lambda row: row[0])


def _is_weekly(position: LinePosition) -> bool:
    return position.frequency == "week"


def _variation(
    position: LinePosition,
    profile: str,
    fix_after: int | None,
    rebases: Mapping[date, tuple[str, str]],
    points: Sequence[_Point],
) -> Variation:
    settings = SpcSettings(
        Direction(position.direction),
        position.standard,
        {period: reason for period, (reason, _) in rebases.items()},
        profile,
        fix_after,
        position.frequency,
        {period: who for period, (_, who) in rebases.items() if who},
    )
    series = [(point.period, point.value) for point in points]
    apart = _apart(series)
    found = spc_reading(series[apart:], settings)
    return Variation(settings, series[apart:], found, points[-1].basis if points else "", apart)


def _apart(series: Series) -> int:
    """How many of the earliest figures lie before the last gap of more than a year."""
    gaps = [at for at in range(1, len(series)) if series[at][0] - series[at - 1][0] > APART]
    return gaps[-1] if gaps else 0


SETTING_FIELDS = {"spc_profile": "Rules of the chart", "spc_fix_after": "Limits from the first so many points"}
REBASE_FIELDS = {"reason": "Reason"}


def changes_of_limits(line: Line) -> list[ChangeEntry]:
    """What people changed in how a line's chart is read, its rebases too, latest first. Two queries."""
    settings = Line.history.filter(id=line.pk).select_related("history_user").order_by("id", "history_id")
    drawn = Rebase.history.filter(line_id=line.pk).select_related("history_user").order_by("id", "history_id")
    found = [
        *(one for one in changes(settings, kind="Limits", fields=SETTING_FIELDS, title=lambda _: "") if one.field),
        *changes(
            drawn, kind="Rebase", fields=REBASE_FIELDS, title=lambda entry: f"Rebase from {month_name(entry.period)}"
        ),
    ]
    return sorted((one for one in found if one.who), key=lambda change: change.when, reverse=True)


def rebases_of(line: Line) -> list[Rebase]:
    """The rebases of a line, latest first. One query."""
    return list(Rebase.objects.filter(line=line).order_by("-period"))


def find_rebase(line: Line, period: date) -> Rebase | None:
    """The rebase of a line from one period."""
    return Rebase.objects.filter(line=line, period=period).first()
