"""What the urgent care control group reads of delayed transfers: every figure of its page at one month, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Q

from activity.models import LineBuild
from activity.queries.delays import (
    WEEKLY,
    DaysByCut,
    DelaysMonth,
    Mismatch,
    QuarterShare,
    Week,
    days_by_cut,
    delays_month,
    mismatches,
    occupied_beds,
    place_of,
    quarter_shares,
    weekly_counts,
)
from activity.queries.lines import LinePosition, line_positions, lines_of, readings, year_value
from initiatives.queries import InitiativeEntry, MilestoneEntry, initiative_register, milestones_of, rated_milestones
from opplan.calc.delays import months_of_quarter, quarter_of
from opplan.calc.money import total
from opplan.calc.months import end_of, months_from, next_month
from opplan.calc.rag import Rating, Tolerance
from opplan.calc.ratios import Kind, value_of
from opplan.plans.queries import short_names

if TYPE_CHECKING:
    from activity.models import Line
    from opplan.plans.models import Plan

OFFICIAL, OCCUPIED = "dtoc.days", "beds.occupied"
SHARE, FREED, OUT_OF_COUNTY, ADULTS, AVOIDED = "DTOC.3", "OX.DTOCI", "OX.OOC20", "OX.ADULTS", "OX.NEA"
BETTER_CARE = ("BCF.1", "BCF.2", "BCF.3", "BCF.4")
DAYS_AHEAD = 30


@dataclass(frozen=True)
class InitiativeBeds:
    """What one initiative is to free by the end of the year and has freed so far, in beds a day; its owner and its line, if it has one."""

    initiative: InitiativeEntry | None
    line: LinePosition | None
    owner: str

    @property
    def title(self) -> str:
        return self.initiative.title if self.initiative else self.line.title if self.line else ""

    @property
    def by_year_end(self) -> Decimal | None:
        return self.line.year[-1].planned if self.line else None

    @property
    def illustrative(self) -> bool:
        return self.line is not None and "illustrative" in {self.line.now.basis, self.line.now.planned_basis}


@dataclass(frozen=True)
class Metric:
    """A metric of the Better Care Fund at the last whole quarter (or the year): plan and actual; None is not given, or not reported."""

    line: LinePosition
    period: date | None
    planned: Decimal | None
    actual: Decimal | None
    illustrative: bool


@dataclass(frozen=True)
class NonElective:
    """The Better Care Fund's reduction of emergency admissions: what was expected, what is to be avoided, what is planned; and so far."""

    planned: Decimal
    avoided: Decimal
    reported: Decimal | None

    @property
    def expected(self) -> Decimal:
        return self.planned + self.avoided

    @property
    def share(self) -> Decimal:
        return 100 * self.avoided / self.expected if self.expected else Decimal(0)


@dataclass(frozen=True)
class ControlGroup:
    """Everything that the page shows, at `month`; weekly counts, delays and readings up to its end."""

    month: date
    place: str
    names: Mapping[str, str]
    official: LinePosition | None
    months: Sequence[DelaysMonth]
    target_share: Decimal | None
    target_level: Decimal | None
    baseline: Decimal | None
    fewer: Decimal | None
    adults: Decimal | None
    adults_basis: str
    weekly: LinePosition | None
    weeks: Sequence[Week]
    days: Mapping[str, Mapping[date, DaysByCut]]
    mismatches: Sequence[Mismatch]
    initiatives: Sequence[InitiativeBeds]
    due: Sequence[MilestoneEntry]
    out_of_county: LinePosition | None
    non_elective: NonElective | None
    metrics: Sequence[Metric]
    shares: Sequence[QuarterShare]

    @cached_property
    def now(self) -> DelaysMonth | None:
        """The month shown."""
        return next((one for one in self.months if one.period == self.month), None)

    @property
    def counted(self) -> list[Week]:
        """The weeks with a count up to the month's end, oldest first."""
        return [week for week in self.weeks if week.actual is not None and week.day <= end_of(self.month)]

    @property
    def ours(self) -> Mapping[date, DaysByCut]:
        """Delayed days of the plan's own residents, by month."""
        return self.days.get(self.place, {})

    @property
    def providers(self) -> dict[str, Mapping[date, DaysByCut]]:
        """Delayed days of the other places that are held: providers, by the patients in their beds."""
        return {place: months for place, months in self.days.items() if place != self.place}

    @cached_property
    def before(self) -> DelaysMonth | None:
        """The last month before the year: what the trajectory begins from."""
        if self.official is None:
            return None
        last = next_month(self.official.year_start, -1)
        return next((one for one in self.months if one.period == last), None)

    @property
    def to_free(self) -> Decimal | None:
        """How many beds a day the year is to free: the last month before it, less the trajectory of its last month."""
        if self.before is None or self.before.beds is None or self.months[-1].planned is None:
            return None
        return self.before.beds - self.months[-1].planned

    @property
    def freed(self) -> Decimal | None:
        """How many beds a day fewer than in the last month before the year."""
        if self.before is None or self.before.beds is None or self.now is None or self.now.beds is None:
            return None
        return self.before.beds - self.now.beds

    @property
    def covered(self) -> Decimal | None:
        """How many beds a day the initiatives are to free by the year's end, all together."""
        return total(one.by_year_end for one in self.initiatives)

    @property
    def claimed(self) -> Decimal | None:
        """How many beds a day the initiatives report to have freed."""
        return total(one.line.actual for one in self.initiatives if one.line is not None)


def control_group(plan: Plan, month: date, tolerances: Mapping[str, Tolerance]) -> ControlGroup:
    """Everything that the control group reads at `month`. Thirteen queries, whatever is held."""
    known = _lines(plan, month, tolerances)
    official = known.one(OFFICIAL)
    first, last = next_month(plan.start, -12), plan.months[-1]
    days = days_by_cut(plan, first, month)
    place = place_of(plan, days)
    adults = known.one(ADULTS)
    population = _latest(adults, month) if adults else (None, "")
    weekly, share = known.one(WEEKLY), known.one(SHARE)
    target = share.standard if share else None
    quarters = occupied_beds(known.all(OCCUPIED))
    months = (
        [_to(official, period, month, quarters, target, population[0]) for period in months_from(first, last)]
        if official
        else []
    )
    register = {entry.key: entry for entry in initiative_register(plan, month)}
    programme = _programme(register, official)
    freeing = _initiatives(known, register, programme, official)
    build = LineBuild.objects.filter(line_id=weekly.key if weekly else 0).values_list("baseline", "policy").first()
    return ControlGroup(
        month=month,
        place=place,
        names=short_names(days),
        official=official,
        months=months,
        target_share=target,
        target_level=official.standard if official else None,
        baseline=build[0] if build else None,
        fewer=-build[1] if build else None,
        adults=population[0],
        adults_basis=population[1],
        weekly=weekly,
        weeks=weekly_counts(weekly.key if weekly else 0),
        days=days,
        mismatches=mismatches(days.get(place, {}).values(), {one.period: one.days for one in months}),
        initiatives=freeing,
        due=_due(plan, programme, month, tolerances["milestone"]),
        out_of_county=known.one(OUT_OF_COUNTY),
        non_elective=_non_elective(known),
        metrics=_metrics(known, months, population, month),
        shares=quarter_shares(official) if official else [],
    )


def official_line(plan: Plan) -> Line | None:
    """The line of official delayed days: of the whole commissioner, else the first. One query."""
    return min(lines_of(plan).filter(measure__feed=OFFICIAL), key=lambda line: line.scope != "whole", default=None)


def official_days(plan: Plan) -> dict[date, Decimal | None]:
    """The official delayed days of each month of the year that holds a figure. Two queries."""
    line = official_line(plan)
    held = readings(line) if line else []
    return {one.period: one.actual_numerator for one in held if one.period in plan.months}


class _Lines:
    """The plan's lines that the page needs, by what their measure feeds on and by its code."""

    def __init__(self, positions: Iterable[LinePosition], described: Mapping[int, tuple[str, str]]) -> None:
        self.owners = {key: owner for key, (_, owner) in described.items()}
        self.found: dict[str, list[LinePosition]] = {}
        for one in positions:
            feed = described[one.key][0]
            for name in {one.code, feed} - {""}:
                self.found.setdefault(name, []).append(one)

    def all(self, name: str) -> list[LinePosition]:
        return self.found.get(name, [])

    def one(self, name: str) -> LinePosition | None:
        """The line of the whole commissioner, else the first."""
        return min(self.all(name), key=lambda line: line.scope != "whole", default=None)


def _lines(plan: Plan, month: date, tolerances: Mapping[str, Tolerance]) -> _Lines:
    """Three queries."""
    codes = [WEEKLY, SHARE, FREED, OUT_OF_COUNTY, ADULTS, AVOIDED, *BETTER_CARE]
    wanted = Q(measure__code__in=codes) | Q(measure__feed__in=[OFFICIAL, OCCUPIED])
    rows = lines_of(plan).filter(wanted)
    described = {key: (feed, owner) for key, feed, owner in rows.values_list("pk", "measure__feed", "owner")}
    return _Lines(line_positions(plan, month, tolerances, rows), described)


def _to(
    line: LinePosition,
    period: date,
    month: date,
    quarters: Mapping[date, Decimal | None],
    target: Decimal | None,
    adults: Decimal | None,
) -> DelaysMonth:
    """A month of the official line as known at `month`: later ones have a trajectory and no figure yet."""
    held = line.held_in(period)
    known = {quarter: beds for quarter, beds in quarters.items() if quarter <= month}
    found = delays_month(held, known, target, adults)
    if period <= month:
        return found
    return DelaysMonth(period, None, None, found.planned, found.occupancy, None, found.allowed, None, "")


def _latest(line: LinePosition, month: date) -> tuple[Decimal | None, str]:
    """The last actual count of a line up to the month, and how firm it is."""
    rows = sorted((line.held or {}).items())
    held = [one for period, one in rows if period <= month and one.actual_numerator is not None]
    return (held[-1].actual_numerator, held[-1].basis) if held else (None, "")


def _programme(register: Mapping[int, InitiativeEntry], official: LinePosition | None) -> str:
    """The programme of the initiative that the official line belongs to: the delayed transfers programme."""
    entry = register.get(official.initiative_key or 0) if official else None
    return entry.programme_reference if entry else ""


def _initiatives(
    known: _Lines, register: Mapping[int, InitiativeEntry], programme: str, official: LinePosition | None
) -> list[InitiativeBeds]:
    """Each line of beds freed, then the programme's initiatives without one, but for the plan that they all make together."""
    lines = sorted(known.all(FREED), key=lambda line: -(line.year[-1].planned or Decimal(0)))
    owned = {line.initiative_key for line in lines} | ({official.initiative_key} if official else set())
    found = [
        InitiativeBeds(entry, line, known.owners[line.key] or (entry.owner if entry else ""))
        for line in lines
        for entry in [register.get(line.initiative_key or 0)]
    ]
    return found + [
        InitiativeBeds(entry, None, entry.owner)
        for key, entry in register.items()
        if programme and entry.programme_reference == programme and key not in owned
    ]


def _due(plan: Plan, programme: str, month: date, tolerance: Tolerance) -> list[MilestoneEntry]:
    """The programme's milestones that are overdue, or planned or now expected within thirty days of the month's end. One query."""
    as_at = end_of(month)
    ahead = as_at + timedelta(days=DAYS_AHEAD)
    rows = milestones_of(plan).filter(initiative__programme__reference=programme)
    rows = rows.filter(Q(due__lte=ahead) | Q(forecast__lte=ahead)).exclude(completed__lte=as_at)
    return [one for one in rated_milestones(rows, as_at, tolerance) if one.judgement.rating != Rating.BLUE]


def _non_elective(known: _Lines) -> NonElective | None:
    plan, avoided = known.one("BCF.1"), known.one(AVOIDED)
    if plan is None or avoided is None:
        return None
    planned = year_value([one for one in plan.year if one.planned is not None], plan.year_rule, planned=True)
    aim = year_value([one for one in avoided.year if one.planned is not None], avoided.year_rule, planned=True)
    return None if planned is None or aim is None else NonElective(planned, aim, avoided.actual_to_date)


def _metrics(
    known: _Lines, months: Sequence[DelaysMonth], population: tuple[Decimal | None, str], month: date
) -> list[Metric]:
    """The four metrics. Delayed days per 100,000 adults come from the official days where nobody has reported the metric itself."""
    found = []
    for code in BETTER_CARE:
        line = known.one(code)
        if line is None:
            continue
        period = _last_quarter(month) if line.frequency == "quarter" else line.year_start
        held = line.held_in(period)
        planned, actual, illustrative = held.planned, held.actual, held.basis == "illustrative"
        if code == "BCF.4" and actual is None:
            planned, actual = _days_per_adults(months, period, population[0], planned)
            illustrative = population[1] == "illustrative" and actual is not None
        found.append(Metric(line, period, planned, actual, illustrative))
    return found


def _last_quarter(month: date) -> date:
    """The last quarter that ended with or before the month."""
    quarter = quarter_of(month)
    return quarter if next_month(quarter, 2) == month else next_month(quarter, -3)


def _days_per_adults(
    months: Sequence[DelaysMonth], quarter: date, adults: Decimal | None, planned: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Planned and actual delayed days of a quarter per 100,000 adults, from the official line."""
    wanted = set(months_of_quarter(quarter))
    days = [one.days for one in months if one.period in wanted]
    actual = None if None in days or len(days) < 3 else total(days)
    return planned, value_of(Kind.RATE, actual, adults)
