"""Plan lines and their readings: planned and actual values, ratings and trends. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from activity.models import Line, Reading
from opplan.calc.months import next_month
from opplan.calc.rag import Direction, Judgement, Rating, Tolerance, count_against_plan, percentage_against_plan
from opplan.calc.ratios import Kind, YearRule, value_of, year_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan

TREND_MONTHS = 24


@dataclass(frozen=True)
class Month:
    """One period of a line. Values are in the measure's unit (per cent for percentages), unrounded. None is not reported."""

    period: date
    kind: Kind
    planned_numerator: Decimal | None
    planned_denominator: Decimal | None
    actual_numerator: Decimal | None
    actual_denominator: Decimal | None
    status: str
    planned_basis: str
    basis: str
    planned_source: str
    source: str

    @property
    def planned(self) -> Decimal | None:
        return value_of(self.kind, self.planned_numerator, self.planned_denominator)

    @property
    def actual(self) -> Decimal | None:
        return value_of(self.kind, self.actual_numerator, self.actual_denominator)


@dataclass(frozen=True)
class LinePosition:
    """A line at a month: its measure, planned and actual value, rating with reason, and its trend (None breaks the line)."""

    key: int
    reference: str
    title: str
    code: str
    name: str
    short_name: str
    area: str
    unit: str
    kind: Kind
    direction: str
    frequency: str
    standard: Decimal | None
    standard_note: str
    board: bool
    scope: str
    initiative_key: int | None
    now: Month
    judgement: Judgement
    trend: list[Decimal | None]
    year_rule: YearRule

    @property
    def planned(self) -> Decimal | None:
        return self.now.planned

    @property
    def actual(self) -> Decimal | None:
        return self.now.actual


def lines_of(plan: Plan) -> QuerySet[Line]:
    """The plan's lines with their measures."""
    return Line.objects.filter(plan=plan).select_related("measure", "provider")


def line_positions(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], lines: QuerySet[Line] | None = None
) -> list[LinePosition]:
    """The position of each line of the plan (or of `lines`, a filtered part of them) at `month`. Two queries."""
    rows = list(lines_of(plan) if lines is None else lines)
    held: dict[int, dict[date, Month]] = defaultdict(dict)
    kinds = {row.pk: Kind(row.measure.kind) for row in rows}
    first = next_month(month, 1 - TREND_MONTHS)
    found = Reading.objects.filter(line__plan=plan, period__gte=first, period__lte=month)
    for key, *values in found.values_list("line_id", *FIELDS):
        if key in kinds:
            held[key][values[0]] = Month(values[0], kinds[key], *values[1:])
    return [_position(row, month, held[row.pk], tolerances) for row in rows]


FIELDS = (
    "period",
    "planned_numerator",
    "planned_denominator",
    "actual_numerator",
    "actual_denominator",
    "status",
    "planned_basis",
    "basis",
    "planned_source",
    "source",
)


def _position(row: Line, month: date, held: dict[date, Month], tolerances: Mapping[str, Tolerance]) -> LinePosition:
    measure, kind = row.measure, Kind(row.measure.kind)
    now = held.get(month) or Month(month, kind, None, None, None, None, "", "", "", "", "")
    months = [next_month(month, step - TREND_MONTHS + 1) for step in range(TREND_MONTHS)]
    return LinePosition(
        key=row.pk,
        reference=row.reference,
        title=row.title or (row.provider.short_name if row.provider else ""),
        code=measure.code,
        name=measure.name,
        short_name=measure.short_name,
        area=measure.area,
        unit=measure.unit,
        kind=kind,
        direction=measure.direction,
        frequency=measure.frequency,
        standard=measure.standard,
        standard_note=measure.standard_note,
        board=measure.board,
        scope=row.scope,
        initiative_key=row.initiative_id,
        now=now,
        judgement=judged(now, Direction(measure.direction), tolerances, monthly=measure.frequency == "month"),
        trend=[held[period].actual if period in held else None for period in months],
        year_rule=YearRule(measure.year_rule),
    )


def judged(now: Month, direction: Direction, tolerances: Mapping[str, Tolerance], *, monthly: bool = True) -> Judgement:
    """A month of a line against its plan: points for percentages, per cent of plan for the rest."""
    if now.actual is None and now.planned is None:
        return Judgement(Rating.NOT_RATED, "no_plan_or_actual")
    if now.actual is None and not monthly:
        return Judgement(Rating.NOT_DUE, "not_monthly", planned=now.planned)
    if now.kind == Kind.PERCENTAGE:
        return percentage_against_plan(now.actual, now.planned, direction, tolerances["percentage"])
    tolerance = tolerances["count_on" if direction == Direction.ON else "count"]
    return count_against_plan(now.actual, now.planned, direction, tolerance)


def find_line(plan: Plan, reference: str) -> Line | None:
    """One line by its reference, with its measure and provider."""
    return lines_of(plan).filter(reference=reference).first()


def readings(line: Line) -> list[Month]:
    """Every period that a line holds, earlier years too, oldest first. One query."""
    kind = Kind(line.measure.kind)
    rows = Reading.objects.filter(line=line).order_by("period").values_list(*FIELDS)
    return [Month(values[0], kind, *values[1:]) for values in rows]


def readings_of_year(plan: Plan) -> dict[str, list[Month]]:
    """The twelve months of every line of the plan, by the line's reference. One query."""
    rows = Reading.objects.filter(line__plan=plan, period__gte=plan.start, period__lte=plan.months[-1])
    found: dict[str, list[Month]] = defaultdict(list)
    for reference, kind, *values in rows.order_by("line__measure__position", "line__reference", "period").values_list(
        "line__reference", "line__measure__kind", *FIELDS
    ):
        found[reference].append(Month(values[0], Kind(kind), *values[1:]))
    return found


def year_value(months: list[Month], rule: YearRule, *, planned: bool) -> Decimal | None:
    """The year's value of a line: planned, or actual so far."""
    if not months:
        return None
    pairs = [
        (one.planned_numerator, one.planned_denominator) if planned else (one.actual_numerator, one.actual_denominator)
        for one in months
    ]
    return year_of(months[0].kind, rule, pairs)
