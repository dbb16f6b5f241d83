"""The year that each line plans, how it is built up, and what each initiative is to change in it: what money is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from activity.models import Impact, ImpactMonth, Line, LineBuild, Reading
from activity.queries.building import places_of
from opplan.calc.building import build_up
from opplan.calc.money import total
from opplan.calc.ratios import Kind, Pair, YearRule, year_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan


@dataclass(frozen=True)
class PlannedImpact:
    """What an initiative is to change in a line over the year, in the measure's unit, below nought for fewer.

    `year` is None where nobody has quantified it.
    """

    key: int
    reference: str
    title: str
    line: int
    initiative: str
    year: Decimal | None


@dataclass(frozen=True)
class PlannedLine:
    """A line with the year that its months plan, and what its build-up gives before initiatives, in the measure's unit.

    None is not given: a line without months, or without a build-up.
    """

    key: int
    reference: str
    code: str
    name: str
    title: str
    unit: str
    kind: Kind
    planned: Decimal | None
    before: Decimal | None
    impacts: list[PlannedImpact] = field(default_factory=list)

    @property
    def change_planned(self) -> Decimal | None:
        """By how much the months lie above what the build-up gives before initiatives; below nought where they lie under it."""
        return None if self.planned is None or self.before is None else self.planned - self.before

    @property
    def change_asked(self) -> Decimal | None:
        """What initiatives are to change in the line over the year, all of them together; None where nobody has quantified one."""
        return total(one.year for one in self.impacts)

    @property
    def countable(self) -> bool:
        """Whether the line counts something that adds up over the year, so that a unit of it can have a price."""
        return self.kind == Kind.COUNT


def planned_lines(plan: Plan) -> dict[int, PlannedLine]:
    """Every line of the plan by its key. Five queries."""
    described = Line.objects.filter(plan=plan).values_list(
        "pk",
        "reference",
        "measure__code",
        "measure__short_name",
        "title",
        "measure__unit",
        "measure__kind",
        "measure__year_rule",
    )
    months: dict[int, list[Pair]] = defaultdict(list)
    readings = Reading.objects.filter(line__plan=plan, period__gte=plan.start, period__lte=plan.months[-1])
    for line, top, bottom in readings.order_by("period").values_list(
        "line_id", "planned_numerator", "planned_denominator"
    ):
        months[line].append((top, bottom))
    changes = _impacts(plan)
    builds = {row.line_id: row for row in LineBuild.objects.filter(line__plan=plan)}
    found = {}
    for key, reference, code, name, title, unit, kind, rule in described:
        mine = [_of_the_year(row, held, YearRule(rule)) for row, held in changes.get(key, [])]
        before = _before(builds.get(key), kind)
        planned = year_of(Kind(kind), YearRule(rule), months[key])
        found[key] = PlannedLine(key, reference, code, name, title, unit, Kind(kind), planned, before, mine)
    return found


def _impacts(plan: Plan) -> Mapping[int, list[tuple[Impact, list[Decimal]]]]:
    """What is to change in each line, with the months that are quantified in their order."""
    months: dict[int, list[Decimal]] = defaultdict(list)
    rows = ImpactMonth.objects.filter(impact__plan=plan).order_by("month").values_list("impact_id", "planned")
    for key, planned in rows:
        months[key].append(planned)
    found: dict[int, list[tuple[Impact, list[Decimal]]]] = defaultdict(list)
    for row in Impact.objects.filter(plan=plan).select_related("initiative").order_by("reference"):
        found[row.line_id].append((row, months[row.pk]))
    return found


def _of_the_year(row: Impact, months: list[Decimal], rule: YearRule) -> PlannedImpact:
    """What adds up over months adds up over the year; a level is moved by what the last month says."""
    year = None if not months else sum(months, Decimal(0)) if rule == YearRule.SUM else months[-1]
    return PlannedImpact(row.pk, row.reference, row.title, row.line_id, row.initiative.reference, year)


def _before(row: LineBuild | None, kind: str) -> Decimal | None:
    if row is None:
        return None
    built = build_up(
        row.baseline, demographic=row.demographic, other=row.other, policy=row.policy, places=places_of(kind)
    )
    return built.before
