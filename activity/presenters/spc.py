"""A measure's series as an XmR chart on the page: whether the last month is unusual, and whether the process can keep to its target.

One reading (`spc_reading`) serves the chart and the icon grid, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from opplan.calc.months import next_month
from opplan.calc.rag import Direction, Rating
from opplan.calc.ratios import Kind
from opplan.calc.spc import (
    IMPROVES,
    PROFILES,
    SETTLED,
    Analysis,
    Assurance,
    Figure,
    Improvement,
    Limits,
    Point,
    PointType,
    Rule,
    Segment,
    analysed,
)
from opplan.web import charts, formats
from opplan.web.formats import counted, number
from opplan.web.variation import (
    LEAST_SHOWN,
    VariationMark,
    disagreement,
    fired,
    is_marked,
    marks_of,
    variation_mark,
)

Reading = tuple[date, Decimal | None]

STEPS = {"month": 1, "quarter": 3}
"""Months from one period to the next: one that is absent between two that are held is a gap."""
OPEN_ROWS = 13
RULES = {
    Rule.OUTSIDE: "Outside a limit",
    Rule.TREND: "Trend of {run}",
    Rule.TWO_IN_THREE: "2 of 3 near a limit",
    Rule.SHIFT: "Shift of {run}",
}
KEY = "Solid line: mean. Dashed grey: limits. Grey circle: common cause. "
KEYS = {
    False: "Blue diamond: improving. Orange square: concern.",
    True: "Purple triangle: unusual, pointing up where high and down where low.",
}


@dataclass(frozen=True)
class SpcSettings:
    """How a line's chart is read. They live on the line: `rebases` is the reason by period, `target` its standard."""

    direction: Direction
    target: Decimal | None = None
    rebases: Mapping[date, str] = field(default_factory=dict)
    profile: str = "plot-the-dots"
    fix_after: int | None = None
    frequency: str = "month"


@dataclass(frozen=True)
class SpcRow:
    """One period of the table: the value and limits as they are written, its mark where it is unusual, and why."""

    period: date
    value: str
    mean: str
    limits: str
    words: str
    mark: VariationMark | None
    why: str


@dataclass(frozen=True)
class SpcGlance:
    """An icon with what it answers, and the figures that it rests on."""

    title: str
    mark: VariationMark
    note: str


@dataclass(frozen=True)
class SpcSection:
    """The part of a line's page that asks whether a change is real, ready to be shown.

    `firmness` tags limits that may still move, `trial` says why. `latest` rows stand open, `earlier` are folded.
    """

    sentence: str
    range: str
    firmness: str
    trial: str
    glances: Sequence[SpcGlance]
    finding: str
    unit: str
    key: str
    figure: charts.Figure
    facts: Sequence[tuple[str, str]]
    latest: Sequence[SpcRow]
    earlier: Sequence[SpcRow]


def spc_reading(readings: Sequence[Reading], settings: SpcSettings) -> Analysis:
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
    step = STEPS.get(frequency)
    if step is None:
        yield from held
        return
    for at, period in enumerate(held):
        yield period
        following = next_month(period, step)
        while at + 1 < len(held) and following < held[at + 1]:
            yield following
            following = next_month(following, step)


def spc_section(
    readings: Sequence[Reading],
    settings: SpcSettings,
    *,
    kind: Kind,
    unit: str,
    scope: str = "",
    trajectory: Sequence[Reading] = (),
    rating: Rating | None = None,
) -> SpcSection | None:
    """What the page shows of a line's (period, value) readings, earlier years' too; None where nothing is held.

    `unit` is that of the value ("beds a day"), `scope` whose figures they are, `rating` the line's against plan.
    """
    found = spc_reading(readings, settings)
    if found.latest is None:
        return None
    words = _Words(found, kind, unit, settings.frequency)
    finding = words.finding()
    aims = {period: None if value is None else float(value) for period, value in trajectory}
    figure = charts.xmr(
        found,
        name=unit,
        trajectory=aims,
        rebased=settings.rebases,
        from_zero=kind != Kind.PERCENTAGE,
        suffix="%" if kind == Kind.PERCENTAGE else "",
        places=words.places,
    )
    rows = [words.row(point, settings.rebases) for point in reversed(found.points)]
    return SpcSection(
        sentence=words.sentence(rating, finding),
        range=words.range(),
        firmness="" if not words.latest.trial else "trial limits" if words.shown else "too short",
        trial=words.trial(settings.rebases),
        glances=words.glances(trajectory),
        finding=finding,
        unit=words.unit_line(scope),
        key=KEY + KEYS[found.improvement == Improvement.NEUTRAL] if any(map(is_marked, found.points)) else "",
        figure=figure,
        facts=words.facts(settings),
        latest=rows[:OPEN_ROWS],
        earlier=rows[OPEN_ROWS:],
    )


class _Words:
    """The words of one series, in the precision of its kind."""

    def __init__(self, found: Analysis, kind: Kind, unit: str, frequency: str) -> None:
        latest = found.latest
        if latest is None or latest.limits is None:
            raise ValueError("a series that holds nothing has no words")
        self.found, self.kind, self.unit = found, kind, unit
        self.latest: Segment = latest
        self.limits: Limits = latest.limits
        self.last: Point = found.held[-1]
        self.shown = latest.held >= LEAST_SHOWN
        self.period = frequency if frequency in STEPS else "period"
        self.places = formats.places_for(kind, _decimal(self.limits.mean))

    def figure(self, value: Figure | None) -> str:
        """92.1%, 140.3."""
        if value is None:
            return ""
        return number(_decimal(value), self.places) + ("%" if self.kind == Kind.PERCENTAGE else "")

    @property
    def target(self) -> str:
        """The target as people say it: 95%, 68."""
        target = self.found.target
        if target is None:
            return ""
        return formats.plain(_decimal(target)) + ("%" if self.kind == Kind.PERCENTAGE else "")

    def counted(self, many: int) -> str:
        return counted(many, self.period)

    def fired(self, point: Point) -> str:
        """The rule that made the point special, nothing where none did or its segment is too short to say."""
        if point.finding is None or not is_marked(point) or point.segment.limits is None:
            return ""
        limit = point.segment.limits.upper if point.finding.way > 0 else point.segment.limits.lower
        return fired(point.finding, period=self.period, limit=self.figure(limit))

    def finding(self) -> str:
        """What the chart shows, as its caption: what the last point is, and since when."""
        if not self.shown:
            held = self.counted(self.latest.held)
            return f"{held} since {formats.month(self.latest.start)}: too few to say what is unusual"
        when = formats.month(self.last.period)
        why = self.fired(self.last)
        if why:
            joined = " in " if self.last.finding and self.last.finding.rule == Rule.OUTSIDE else ", to "
            return f"{why}{joined}{when}"
        quiet = self._quiet()
        if len(quiet) == 1:
            return f"Nothing unusual in {when}"
        return f"Nothing unusual in the {self.counted(len(quiet))} since {formats.month(quiet[0].period)}"

    def _quiet(self) -> list[Point]:
        """The last points in a row, of the latest segment, that are common cause."""
        quiet: list[Point] = []
        for point in reversed([point for point in self.found.held if point.segment is self.latest]):
            if point.point_type != PointType.COMMON:
                break
            quiet.insert(0, point)
        return quiet

    def sentence(self, rating: Rating | None, finding: str) -> str:
        """Where rating and variation disagree, that; else the finding."""
        if rating is None or not self.shown:
            return f"{finding}."
        differs = disagreement(rating, self.found.variation, self.found.assurance, target=self.target)
        return f"{differs or finding}."

    def range(self) -> str:
        """What the process gives as it stands. No measure is below nought and no share over 100%, whatever its limits."""
        if not self.shown or self.limits.lower is None or self.limits.upper is None:
            return ""
        low, high = max(self.limits.lower, Fraction(0)), self.limits.upper
        if self.kind == Kind.PERCENTAGE:
            high = min(high, Fraction(100))
        unit = "" if self.kind == Kind.PERCENTAGE else f" {self.unit}"
        if low >= high:
            return f"As it stands this process gives {self.figure(low)}{unit} every {self.period}."
        return f"As it stands this process gives {self.figure(low)} to {self.figure(high)}{unit}."

    def trial(self, rebases: Mapping[date, str]) -> str:
        """Says that limits may still move, or that there are none yet; nothing once they are settled."""
        if not self.latest.trial:
            return ""
        since = " since the rebase" if self.latest.start in rebases else ""
        held = f"{self.counted(self.latest.held)}{since}"
        return f"{held}; settled at {SETTLED}" if self.shown else f"{held}; limits are shown from {LEAST_SHOWN}"

    def glances(self, trajectory: Sequence[Reading]) -> list[SpcGlance]:
        variation, assurance = marks_of(self.found)
        shown = []
        if variation is not None:
            none = f"No rule met in {self.counted(len(self._quiet()))}"
            shown.append(SpcGlance("Variation", variation, self.fired(self.last) or none))
        if assurance is not None:
            shown.append(
                SpcGlance(f"Will it meet {self.target}?", assurance, self._against_target() + self._beyond(trajectory))
            )
        return shown

    def _against_target(self) -> str:
        limits, target = self.limits, self.found.target
        if self.latest.constant:
            return f"Every {self.period} is {self.figure(limits.mean)}"
        if self.found.assurance == Assurance.INCONSISTENT or limits.upper is None or target is None:
            return f"{self.target} lies between the limits, {self.figure(limits.lower)} and {self.figure(limits.upper)}"
        above = _decimal(target) > _decimal(limits.mean)
        return f"{self.target} is " + (
            f"above the upper limit, {self.figure(limits.upper)}"
            if above
            else f"below the lower limit, {self.figure(limits.lower)}"
        )

    def _beyond(self, trajectory: Sequence[Reading]) -> str:
        """From which month to come the trajectory asks for more than the process gives."""
        higher = self.found.improvement == Improvement.INCREASE
        limit = self.limits.upper if higher else self.limits.lower
        if limit is None:
            return ""
        edge = _decimal(limit)
        for month, value in sorted(trajectory):
            if month > self.last.period and value is not None and (value > edge if higher else value < edge):
                return f". From {formats.month(month)} the trajectory lies {'above' if higher else 'below'} the range"
        return ""

    def unit_line(self, scope: str) -> str:
        unit = "Per cent" if self.kind == Kind.PERCENTAGE else self.unit[:1].upper() + self.unit[1:]
        months = f"{formats.month(self.found.points[0].period)} to {formats.month(self.last.period)}"
        scale = "the scale does not begin at nought" if self.kind == Kind.PERCENTAGE else ""
        return "; ".join(filter(None, [", ".join(filter(None, [unit, scope, months])), scale]))

    def row(self, point: Point, rebases: Mapping[date, str]) -> SpcRow:
        limits = point.segment.limits if is_marked(point) else None
        why = self.fired(point)
        if point.segment.number and point.period == point.segment.start:
            why = ". ".join(filter(None, [why, f"Rebased: {rebases[point.period]}".removesuffix(": ")]))
        words = "" if point.value is not None else "not held"
        if point.value is not None and not is_marked(point):
            words = "too few to say"
        elif point.point_type == PointType.COMMON:
            words = "Common cause"
        return SpcRow(
            period=point.period,
            value=self.figure(point.value),
            mean=self.figure(limits.mean if limits else None),
            limits=f"{self.figure(limits.lower)} to {self.figure(limits.upper)}"
            if limits and limits.upper is not None
            else "",
            words=words,
            mark=None if words else variation_mark(point.point_type, self.found.improvement),
            why=why,
        )

    def facts(self, settings: SpcSettings) -> list[tuple[str, str]]:
        """How the limits came about, which rules the latest stretch met, and who drew it anew and why."""
        rows: list[tuple[str, str]] = []
        if self.shown and self.limits.upper is not None:
            between = f"{self.figure(self.limits.lower)} to {self.figure(self.limits.upper)}"
            rows.append(("Limits", f"Mean {self.figure(self.limits.mean)} ± 2.66 × average moving range: {between}"))
        if settings.fix_after is not None:
            rows.append(("Baseline", f"Limits rest on the first {self.counted(settings.fix_after)}"))
        if self.shown:
            run = self.found.profile.run
            rows += [(name.format(run=run), self._met(rule)) for rule, name in RULES.items()]
        rows += [
            ("Rebased", f"{formats.month(segment.start)}: {settings.rebases[segment.start]}")
            for segment in reversed(self.found.segments)
            if segment.start in settings.rebases
        ]
        missing = len(self.found.points) - len(self.found.held)
        if missing:
            rows.append(("Missing", f"{self.counted(missing)}, left out of limits and rules"))
        rows.append(("Profile", self.found.profile.title))
        return rows

    def _met(self, rule: Rule) -> str:
        met = [
            point.period
            for point in self.found.held
            if point.segment is self.latest and point.finding is not None and point.finding.rule == rule
        ]
        return f"{self.counted(len(met))}, the last {formats.month(met[-1])}" if met else "none"


def _decimal(figure: Figure) -> Decimal:
    if isinstance(figure, Fraction):
        return Decimal(figure.numerator) / Decimal(figure.denominator)
    return figure if isinstance(figure, Decimal) else Decimal(repr(figure))
