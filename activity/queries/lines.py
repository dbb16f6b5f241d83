"""Plan lines and their readings: planned and actual values, ratings and trends. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.functional import cached_property

from activity.models import Line, Reading
from activity.queries.history import ReadingHistory, reading_history
from activity.queries.measures import standard_at
from opplan.calc.months import next_month, run_of_months
from opplan.calc.rag import Direction, Judgement, Rating, Tolerance, count_against_plan, meets, percentage_against_plan
from opplan.calc.ratios import Kind, YearRule, value_of, year_of
from opplan.plans.queries import forerunner

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

    @cached_property
    def planned(self) -> Decimal | None:
        return value_of(self.kind, self.planned_numerator, self.planned_denominator)

    @cached_property
    def actual(self) -> Decimal | None:
        return value_of(self.kind, self.actual_numerator, self.actual_denominator)


class Held(NamedTuple):
    """A reading as it is stored: what a `Month` is made of, once somebody asks for it."""

    period: date
    planned_numerator: Decimal | None
    planned_denominator: Decimal | None
    actual_numerator: Decimal | None
    actual_denominator: Decimal | None
    status: str
    planned_basis: str
    basis: str
    planned_source: str
    source: str


FIELDS = Held._fields


def _month(kind: Kind, held: Held) -> Month:
    return Month(held[0], kind, *held[1:])


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
    year_rule: YearRule
    year_start: date
    held: Mapping[date, Held] | None

    def held_in(self, period: date) -> Month:
        """What the line holds of a month. LookupError when its other months were not asked for."""
        held = self._every_month.get(period)
        return _nothing_held(period, self.kind) if held is None else _month(self.kind, held)

    @property
    def _every_month(self) -> Mapping[date, Held]:
        if self.held is None:
            raise LookupError(f"{self.reference} was read for one month only")
        return self.held

    @cached_property
    def trend(self) -> list[Decimal | None]:
        """The actual values of the months to this one, oldest first."""
        first = next_month(self.now.period, 1 - TREND_MONTHS)
        held = map(self._every_month.get, run_of_months(first, TREND_MONTHS))
        return [one and value_of(self.kind, one.actual_numerator, one.actual_denominator) for one in held]

    @property
    def planned_months(self) -> Iterator[Decimal | None]:
        """The plan of the year's months, one after another, worked out as they are asked for."""
        for month in run_of_months(self.year_start, 12):
            held = self._every_month.get(month)
            yield held and value_of(self.kind, held.planned_numerator, held.planned_denominator)

    @cached_property
    def year(self) -> list[Month]:
        """The plan year's twelve months, those after this one too."""
        return [self.held_in(month) for month in run_of_months(self.year_start, 12)]

    @property
    def planned(self) -> Decimal | None:
        return self.now.planned

    @property
    def actual(self) -> Decimal | None:
        return self.now.actual

    @property
    def meets_standard(self) -> bool | None:
        """Whether the month's value meets the national or local standard; None where either is absent."""
        if self.actual is None or self.standard is None:
            return None
        return meets(self.actual, self.standard, Direction(self.direction))

    @property
    def to_date(self) -> list[Month]:
        """The months of the year to this one that are reported."""
        return [one for one in self.year if one.period <= self.now.period and one.actual is not None]

    @property
    def actual_to_date(self) -> Decimal | None:
        return year_value(self.to_date, self.year_rule, planned=False)

    @property
    def planned_to_date(self) -> Decimal | None:
        """The plan of the same months as `actual_to_date`; None when any of them has no plan, so that like is compared with like."""
        if any(one.planned is None for one in self.to_date):
            return None
        return year_value(self.to_date, self.year_rule, planned=True)


def lines_of(plan: Plan) -> QuerySet[Line]:
    """The plan's lines with their measures."""
    return Line.objects.filter(plan=plan).select_related("measure", "provider")


def line_positions(
    plan: Plan,
    month: date,
    tolerances: Mapping[str, Tolerance],
    lines: QuerySet[Line] | None = None,
    *,
    only_board_history: bool = False,
    only_rated: bool = False,
) -> list[LinePosition]:
    """The position of each line of the plan (or of `lines`, a filtered part of them) at `month`. Two queries.

    With `only_board_history` the other months are read for the measures of the board alone: what a board needs of the rest is the month.
    With `only_rated` the lines of the plan are those of the board and those that an initiative is rated by.
    """
    rows = list(_described_lines(plan.pk, only_rated).all() if lines is None else lines.values_list(*DESCRIBED))
    held: dict[int, dict[date, Held]] = {key: {} for key, *_ in rows}
    year_start = plan.start
    found = _stored_readings(None if lines is not None else plan.pk, year_start, month, only_board_history).all()
    if lines is not None:
        found = found.filter(line__in=list(held))
    for row in found:
        if row[0] in held:
            held[row[0]][row[1]] = Held._make(row[1:])
    return [
        _position(row, month, year_start, held[row[0]], tolerances, only_board_history=only_board_history)
        for row in rows
    ]


DESCRIBED = (
    "pk",
    "reference",
    "title",
    "provider__short_name",
    "scope",
    "initiative_id",
    "frequency",
    *(
        f"measure__{name}"
        for name in (
            "code",
            "name",
            "short_name",
            "area",
            "unit",
            "kind",
            "direction",
            "frequency",
            "standard",
            "standard_from",
            "standard_until",
            "standard_note",
            "board",
            "year_rule",
        )
    ),
)
"""What a position says of its line and measure, as a query names it: a plan has too many lines to make three objects of each."""


# What is kept is how the database is asked, never what it answers: to write so wide a query takes longer than to run it.
@lru_cache(maxsize=64)
def _described_lines(plan: int, only_rated: bool) -> QuerySet[Line, tuple[Any, ...]]:
    rated = Q(measure__board=True) | Q(initiative__isnull=False) if only_rated else Q()
    return Line.objects.filter(rated, plan_id=plan).values_list(*DESCRIBED)


@lru_cache(maxsize=256)
def _stored_readings(
    plan: int | None, year_start: date, month: date, only_board_history: bool
) -> QuerySet[Reading, tuple[Any, ...]]:
    """The readings of a trend that ends with `month` and of the year; of one plan's lines, or of any."""
    first = min(next_month(month, 1 - TREND_MONTHS), year_start)
    found = Reading.objects.filter(period__gte=first, period__lte=next_month(year_start, 11))
    if plan is not None:
        found = found.filter(line__plan_id=plan)
    if only_board_history:
        found = found.filter(Q(period=month) | Q(line__measure__board=True))
    return found.order_by().values_list("line_id", *FIELDS)


def _described(line: Line) -> tuple[Any, ...]:
    """A line that is at hand, as `DESCRIBED` names it."""
    return tuple(reduce(_part_of, name.split("__"), line) for name in DESCRIBED)


def _part_of(row: Any, name: str) -> Any:
    return getattr(row, name, None)


def _nothing_held(period: date, kind: Kind) -> Month:
    return Month(period, kind, None, None, None, None, "", "", "", "", "")


def _position(
    row: tuple[Any, ...],
    month: date,
    year_start: date,
    held: Mapping[date, Held],
    tolerances: Mapping[str, Tolerance],
    *,
    only_board_history: bool = False,
) -> LinePosition:
    """A line's position. By place and not by name: a board makes hundreds, and names cost as much again as the figures."""
    key, reference, title, provider, scope, initiative, frequency, code, name, short_name, area, unit, *judging = row
    kind_name, direction_name, usual, standard, since, until, standard_note, board, rule = judging
    kind, direction = KINDS[kind_name], DIRECTIONS[direction_name]
    often = frequency or usual
    now = _month(kind, held[month]) if month in held else _nothing_held(month, kind)
    return LinePosition(
        key,
        reference,
        title or provider or "",
        code,
        name,
        short_name,
        area,
        unit,
        kind,
        direction_name,
        often,
        standard_at(standard, since, until, month),
        standard_note,
        board,
        scope,
        initiative,
        now,
        judged(now, direction, tolerances, monthly=often == "month"),
        YEAR_RULES[rule],
        year_start,
        held if board or not only_board_history else None,
    )


KINDS = {one.value: one for one in Kind}
DIRECTIONS = {one.value: one for one in Direction}
YEAR_RULES = {one.value: one for one in YearRule}


MARKED = {"missing": Rating.NOT_REPORTED, "not_due": Rating.NOT_DUE, "not_applicable": Rating.NOT_RATED}
"""What a month is that somebody marked as being without a figure."""


def judged(now: Month, direction: Direction, tolerances: Mapping[str, Tolerance], *, monthly: bool = True) -> Judgement:
    """A month of a line against its plan: points for percentages, per cent of plan for the rest. A mark tells why there is no figure."""
    if now.actual is None and now.status in MARKED:
        return Judgement(MARKED[now.status], f"marked_{now.status}", planned=now.planned)
    if now.actual is None and not monthly:
        return Judgement(Rating.NOT_DUE, "not_monthly", planned=now.planned)
    if now.actual is None and now.planned is None:
        return Judgement(Rating.NOT_RATED, "no_plan_or_actual")
    return against(now.kind, now.actual, now.planned, direction, tolerances)


def against(
    kind: Kind,
    actual: Decimal | None,
    planned: Decimal | None,
    direction: Direction,
    tolerances: Mapping[str, Tolerance],
) -> Judgement:
    """A value against what was planned for it: points for percentages, per cent of plan for the rest."""
    if kind == Kind.PERCENTAGE:
        return percentage_against_plan(actual, planned, direction, tolerances["percentage"])
    tolerance = tolerances["count_on" if direction == Direction.ON else "count"]
    return count_against_plan(actual, planned, direction, tolerance)


def find_line(plan: Plan, reference: str) -> Line | None:
    """One line by its reference, with its plan, measure and provider, how many parts its measure has, and whom its organisation
    followed. One query."""
    rows = lines_of(plan).annotate(parts_of_measure=Count("measure__parts"), **forerunner("plan__organisation"))
    row = rows.filter(reference=reference).first()
    if row is not None:
        row.plan = plan
    return row


@dataclass(frozen=True)
class Definition:
    """What a measure counts, as the catalogue of its planning round gives it, and where this line of it comes from."""

    numerator: str
    denominator: str
    year_rule: YearRule
    frequency: str
    standard_note: str
    source: str
    basis: str
    line_source: str
    line_basis: str


def definition(line: Line) -> Definition:
    """The definition of the line's measure. No query."""
    measure = line.measure
    return Definition(
        measure.numerator,
        measure.denominator,
        YearRule(measure.year_rule),
        measure.get_frequency_display(),
        measure.standard_note,
        measure.source,
        measure.basis,
        line.source,
        line.basis,
    )


@dataclass(frozen=True)
class PartOfLine:
    """A line that may be part of another: a measure that is part of its measure, or a specialty of the same one."""

    reference: str
    code: str
    name: str
    by_specialty: bool


@dataclass(frozen=True)
class LineRecord:
    """All that is held of one line: its position at a month, every period with its rating, its definition, what people changed."""

    line: Line
    position: LinePosition
    held: list[Month]
    judgements: Mapping[date, Judgement]
    definition: Definition
    history: ReadingHistory
    parts: Mapping[PartOfLine, Mapping[date, Month]]


def line_record(line: Line, month: date, tolerances: Mapping[str, Tolerance]) -> LineRecord:
    """All that is held of one line, at `month`. Two queries."""
    stored, parts = _stored_with_parts(line)
    held = [_month(Kind(line.measure.kind), one) for one in stored]
    position = _position(_described(line), month, line.plan.start, {one.period: one for one in stored}, tolerances)
    direction, monthly = Direction(position.direction), position.frequency == "month"
    judgements = {one.period: judged(one, direction, tolerances, monthly=monthly) for one in (*position.year, *held)}
    return LineRecord(line, position, held, judgements, definition(line), reading_history(line), parts)


def readings(line: Line) -> list[Month]:
    """Every period that a line holds, earlier years too, oldest first. One query."""
    kind = Kind(line.measure.kind)
    return [_month(kind, one) for one in _stored(line)]


def _stored(line: Line) -> list[Held]:
    return [Held(*row) for row in Reading.objects.filter(line=line).order_by("period").values_list(*FIELDS)]


def _stored_with_parts(line: Line) -> tuple[list[Held], dict[PartOfLine, dict[date, Month]]]:
    """What the line holds, and what the lines that may be parts of this one hold of the plan's year. One query.

    They stand for the same whom: a part of its measure for the same provider, specialty or initiative; or a specialty of a line of the
    whole or of a provider.
    """
    same = Q(line__measure__parent=line.measure_id, line__scope=line.scope, line__specialty=line.specialty)
    same &= Q(line__provider=line.provider_id)
    if line.scope == Line.Scope.INITIATIVE:
        same &= Q(line__initiative=line.initiative_id)
    if line.scope in (Line.Scope.WHOLE, Line.Scope.PROVIDER):
        same |= Q(line__measure=line.measure_id, line__scope=Line.Scope.SPECIALTY, line__provider=line.provider_id)
    year = Q(period__gte=line.plan.start, period__lte=line.plan.months[-1], line__plan=line.plan)
    rows = Reading.objects.filter(Q(line=line) | (year & same)).order_by(
        "line__measure__position", "line__reference", "period"
    )
    kind, held, parts = Kind(line.measure.kind), list[Held](), dict[PartOfLine, dict[date, Month]]()
    named = (
        "line_id",
        "line__reference",
        "line__measure__code",
        "line__measure__short_name",
        "line__title",
        "line__scope",
    )
    for key, reference, code, name, title, scope, *values in rows.values_list(*named, *FIELDS):
        one = Held(*values)
        if key == line.pk:
            held.append(one)
            continue
        specialty = scope == Line.Scope.SPECIALTY and line.scope != Line.Scope.SPECIALTY
        part = PartOfLine(reference, code, title if specialty and title else name, specialty)
        parts.setdefault(part, {})[one.period] = _month(kind, one)
    return held, parts


def year_value(months: list[Month], rule: YearRule, *, planned: bool) -> Decimal | None:
    """The year's value of a line: planned, or actual so far."""
    if not months:
        return None
    pairs = [
        (one.planned_numerator, one.planned_denominator) if planned else (one.actual_numerator, one.actual_denominator)
        for one in months
    ]
    return year_of(months[0].kind, rule, pairs)
