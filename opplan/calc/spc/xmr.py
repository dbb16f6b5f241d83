"""One series on an XmR chart: its segments, every point's label and type, the variation and the assurance."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from opplan.calc.spc.limits import Figure, Limits, exact, facts_of, in_whole_units
from opplan.calc.spc.profiles import (
    LEAST_FIXED,
    PLOT_THE_DOTS,
    SETTLED,
    Assurance,
    Improvement,
    PointType,
    Profile,
)
from opplan.calc.spc.rules import Finding, chosen, findings_of, label_of, type_of

SAME = Fraction(1, 10**12)
"""A target within this share of a limit is at it: targets and limits are both passed about as decimals of 15 digits."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch between rebases: `number` from 0, its first period, the points held in it, and its limits (None where none is held).

    `constant` when every point held is the same.
    """

    number: int
    start: date
    held: int
    limits: Limits | None
    constant: bool = False

    @property
    def trial(self) -> bool:
        """Too few points for settled limits."""
        return self.held < SETTLED


@dataclass(frozen=True, slots=True)
class Point:
    """One period. A missing one has no value, no label and no type: it is left out of limits and rules, and marks a gap."""

    period: date
    value: Figure | None
    segment: Segment
    outside: bool | None = None
    side: int | None = None
    close: bool | None = None
    finding: Finding | None = None
    special_cause_type: str | None = None
    point_type: PointType | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """A series read: its points in order of time, its segments, and the two icons (None where there is none to show)."""

    points: Sequence[Point]
    segments: Sequence[Segment]
    improvement: Improvement
    profile: Profile
    target: Figure | None
    fix_after: int | None
    variation: PointType | None
    assurance: Assurance | None

    @property
    def latest(self) -> Segment | None:
        """The segment of the last point held: the process as it stands."""
        return next((segment for segment in reversed(self.segments) if segment.held), None)

    @property
    def held(self) -> list[Point]:
        """The points that have a value."""
        return [point for point in self.points if point.value is not None]

    def number_of(self, *kinds: PointType) -> int:
        return sum(point.point_type in kinds for point in self.points)


def analysed(
    readings: Iterable[tuple[date, Figure | None]],
    improvement: Improvement,
    *,
    target: Figure | None = None,
    rebases: Collection[date] = (),
    profile: Profile = PLOT_THE_DOTS,
    fix_after: int | None = None,
    break_at_gaps: bool = False,
) -> Analysis:
    """Read a series of (period, value); None is missing. Exact for whole numbers, Decimal and Fraction.

    A period in `rebases` opens a segment; one that the series does not hold is ignored. `fix_after` takes the limits from that many
    first points of each segment. `break_at_gaps` lets no run or window pass over more than one missing period in a row.
    ValueError for a period that comes twice, a value that is not finite, or `fix_after` under 12.
    """
    rows = sorted(readings, key=lambda row: row[0])
    for (before, _), (after, _) in pairwise(rows):
        if before == after:
            raise ValueError(f"{after} comes twice")
    if fix_after is not None and fix_after < LEAST_FIXED:
        raise ValueError(f"limits are fixed after {LEAST_FIXED} points at least, not {fix_after}")
    starts = [at for at, (period, _) in enumerate(rows) if at == 0 or period in rebases]
    points: list[Point] = []
    segments: list[Segment] = []
    for number, (start, end) in enumerate(pairwise([*starts, len(rows)])):
        segment, read = _segment(number, rows[start:end], improvement, profile, fix_after, break_at_gaps)
        segments.append(segment)
        points.extend(read)
    last = next((point for point in reversed(points) if point.value is not None), None)
    shown = last is not None and last.segment.held >= profile.icons_from
    return Analysis(
        points,
        segments,
        improvement,
        profile,
        target,
        fix_after,
        last.point_type if last is not None and shown else None,
        _assurance(last, target, improvement) if last is not None and shown else None,
    )


def _segment(
    number: int,
    rows: Sequence[tuple[date, Figure | None]],
    improvement: Improvement,
    profile: Profile,
    fix_after: int | None,
    break_at_gaps: bool,
) -> tuple[Segment, list[Point]]:
    held = [value for _, value in rows if value is not None]
    if not held:
        segment = Segment(number, rows[0][0], 0, None)
        return segment, [Point(period, None, segment) for period, _ in rows]
    values, unit = in_whole_units(held)
    facts = facts_of(values, unit, screened=profile.screened, fix_after=fix_after)
    segment = Segment(number, rows[0][0], len(held), facts.limits, len(held) > 1 and min(values) == max(values))
    findings: list[list[Finding]] = []
    for first, end in _stretches(rows) if break_at_gaps else [(0, len(held))]:
        findings += findings_of(values[first:end], facts.part(first, end), profile)
    points: list[Point] = []
    at = 0
    for period, value in rows:
        if value is None:
            points.append(Point(period, None, segment))
            continue
        finding = chosen(findings[at], improvement, profile)
        points.append(
            Point(
                period,
                value,
                segment,
                facts.outside[at],
                facts.sides[at],
                facts.close[at],
                finding,
                label_of(finding, profile.run),
                type_of(finding, improvement),
            )
        )
        at += 1
    return segment, points


def _stretches(rows: Sequence[tuple[date, Figure | None]]) -> list[tuple[int, int]]:
    """Stretches of points held, by their place among these, that more than one missing period in a row parts."""
    ends, held, missing = [], 0, 0
    for _, value in rows:
        if value is None:
            missing += 1
            continue
        if missing > 1 and held:
            ends.append(held)
        held, missing = held + 1, 0
    return list(pairwise([0, *ends, held]))


def _assurance(last: Point, target: Figure | None, improvement: Improvement) -> Assurance | None:
    """The target against the limits of the last point's segment; at a limit, or with none to go by, it is inconsistent.

    A constant series has no width to be inside of: it passes where its value meets the target, else it fails.
    """
    limits = last.segment.limits
    if target is None or limits is None or improvement == Improvement.NEUTRAL:
        return None
    wanted = Fraction(*exact(target))
    higher_is_better = improvement == Improvement.INCREASE
    if last.segment.constant:
        met = wanted == limits.mean or (wanted < limits.mean) == higher_is_better
        return Assurance.PASS if met else Assurance.FAIL
    if limits.upper is not None and _beyond(wanted - limits.upper, wanted):
        return Assurance.FAIL if higher_is_better else Assurance.PASS
    if limits.lower is not None and _beyond(limits.lower - wanted, wanted):
        return Assurance.PASS if higher_is_better else Assurance.FAIL
    return Assurance.INCONSISTENT


def _beyond(distance: Fraction, wanted: Fraction) -> bool:
    return distance > SAME * abs(wanted)
