"""A measure's series as an XmR chart on the page: whether the last month is unusual, and whether the process can keep to its target.

What is found comes from `activity.queries.variation`, for the chart as for the grid of all lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from activity.presenters.words import forerunner_words
from activity.queries import LineRecord, Series, SpcSettings, Variation
from opplan.calc.rag import Rating
from opplan.calc.ratios import Kind
from opplan.calc.spc import (
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
)
from opplan.web import charts, formats
from opplan.web.formats import counted, number
from opplan.web.reasons import firmness
from opplan.web.variation import (
    LEAST_SHOWN,
    VariationMark,
    disagreement,
    fired,
    is_marked,
    marks_of,
    variation_mark,
)

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
class SpcRow:
    """One period of the table: the value and limits as they are written, its mark where it is unusual, and why."""

    period: date
    when: str
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


def _left_out(variation: Variation) -> list[tuple[str, str]]:
    if not variation.apart:
        return []
    figures = counted(variation.apart, "earlier figure")
    return [("Left out", f"{figures}, apart from the rest by more than a year")]


def spc_section(
    variation: Variation,
    *,
    kind: Kind,
    unit: str,
    scope: str = "",
    trajectory: Series = (),
    rating: Rating | None = None,
) -> SpcSection | None:
    """What the page shows of a line's variation; None where nothing is held.

    `unit` is that of the value ("beds a day"), `scope` whose figures they are, `rating` the line's against plan.
    """
    found, settings = variation.found, variation.settings
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
        facts=[*words.facts(settings), *_left_out(variation)],
        latest=rows[:OPEN_ROWS],
        earlier=rows[OPEN_ROWS:],
    )


def spc_of(record: LineRecord, variation: Variation) -> SpcSection | None:
    """The section of a line's page; None where the line holds nothing to the month shown. The trajectory is the plan of the year."""
    position = record.position
    section = spc_section(
        variation,
        kind=position.kind,
        unit=position.unit,
        scope=position.title,
        trajectory=[(month.period, month.planned) for month in position.year if month.planned is not None]
        if position.frequency != "week"
        else (),
        rating=position.judgement.rating,
    )
    months = () if position.frequency == "week" else record.held
    before = forerunner_words(record)
    section = replace(section, facts=[*section.facts, ("Before", before)]) if section and before else section
    unsettled = firmness((month.period, month.status) for month in months if month.period <= position.now.period)
    return replace(section, facts=[*section.facts, ("Not final", unsettled)]) if section and unsettled else section


@dataclass(frozen=True)
class SpcBrief:
    """What a row of the grid says of a series: its last value and when, what is unusual about it, and whether limits may still move."""

    value: str
    when: str
    finding: str
    against: str
    trial: str


def spc_brief(variation: Variation, kind: Kind, unit: str) -> SpcBrief:
    """The words of one row. ValueError for a series that holds nothing."""
    words = _Words(variation.found, kind, unit, variation.settings.frequency)
    glances = {glance.title: glance.note for glance in words.glances(())}
    return SpcBrief(
        f"{words.figure(words.last.value)}{f' {unit}' if unit else ''}",
        formats.short_month(words.last.period) if words.monthly else formats.dated(words.last.period),
        glances.pop("Variation", ""),
        next(iter(glances.values()), ""),
        words.trial(variation.settings.rebases),
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
        self.period = frequency if frequency in ("week", "month", "quarter") else "period"
        self.monthly = frequency != "week"
        self.places = formats.places_for(kind, exact_decimal(self.limits.mean))

    def when(self, period: date) -> str:
        """September 2016; a week by its day."""
        return formats.month(period) if self.monthly else formats.day(period)

    def figure(self, value: Figure | None) -> str:
        """92.1%, 140.3."""
        if value is None:
            return ""
        return number(exact_decimal(value), self.places) + ("%" if self.kind == Kind.PERCENTAGE else "")

    @property
    def target(self) -> str:
        """The target as people say it: 95%, 68."""
        target = self.found.target
        if target is None:
            return ""
        return formats.plain(exact_decimal(target)) + ("%" if self.kind == Kind.PERCENTAGE else "")

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
            return f"{held} since {self.when(self.latest.start)}: too few to say what is unusual"
        when = self.when(self.last.period)
        why = self.fired(self.last)
        if why:
            outside = self.last.finding is not None and self.last.finding.rule == Rule.OUTSIDE
            joined = (" in " if self.monthly else " on ") if outside else ", to "
            return f"{why}{joined}{when}"
        quiet = self._quiet()
        if len(quiet) == 1:
            return f"Nothing unusual {'in' if self.monthly else 'on'} {when}"
        return f"Nothing unusual in the {self.counted(len(quiet))} since {self.when(quiet[0].period)}"

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

    def glances(self, trajectory: Series) -> list[SpcGlance]:
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
        above = exact_decimal(target) > exact_decimal(limits.mean)
        return f"{self.target} is " + (
            f"above the upper limit, {self.figure(limits.upper)}"
            if above
            else f"below the lower limit, {self.figure(limits.lower)}"
        )

    def _beyond(self, trajectory: Series) -> str:
        """From which month to come the trajectory asks for more than the process gives."""
        higher = self.found.improvement == Improvement.INCREASE
        limit = self.limits.upper if higher else self.limits.lower
        if limit is None:
            return ""
        edge = exact_decimal(limit)
        for month, value in sorted(trajectory):
            if month > self.last.period and value is not None and (value > edge if higher else value < edge):
                return f". From {self.when(month)} the trajectory lies {'above' if higher else 'below'} the range"
        return ""

    def unit_line(self, scope: str) -> str:
        unit = "Per cent" if self.kind == Kind.PERCENTAGE else self.unit[:1].upper() + self.unit[1:]
        months = f"{self.when(self.found.points[0].period)} to {self.when(self.last.period)}"
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
            when=formats.short_month(point.period) if self.monthly else formats.dated(point.period),
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
            ("Rebased", self._rebased(segment.start, settings))
            for segment in reversed(self.found.segments)
            if segment.start in settings.rebases
        ]
        missing = len(self.found.points) - len(self.found.held)
        if missing:
            rows.append(("Missing", f"{self.counted(missing)}, left out of limits and rules"))
        rows.append(("Profile", self.found.profile.title))
        return rows

    def _rebased(self, period: date, settings: SpcSettings) -> str:
        """Since when, who drew the limits anew, and why."""
        who = settings.authors.get(period)
        return f"{self.when(period)}{f', by {who}' if who else ''}: {settings.rebases[period]}"

    def _met(self, rule: Rule) -> str:
        met = [
            point.period
            for point in self.found.held
            if point.segment is self.latest and point.finding is not None and point.finding.rule == rule
        ]
        return f"{self.counted(len(met))}, the last {self.when(met[-1])}" if met else "none"


def exact_decimal(figure: Figure) -> Decimal:
    if isinstance(figure, Fraction):
        return Decimal(figure.numerator) / Decimal(figure.denominator)
    return figure if isinstance(figure, Decimal) else Decimal(repr(figure))
