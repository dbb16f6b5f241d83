"""The four rules of special cause variation, within one segment.

Source: NHSRplotthedots 0.2.2. Each rule yields, for each point, the way it speaks (1 above or rising, -1 below or falling, 0 not at
all) and the number of points that make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from opplan.calc.spc.limits import Facts
from opplan.calc.spc.profiles import Improvement, PointType, Profile, Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a point meets: which way, and how many points make it (a run may be longer than the rule asks)."""

    rule: Rule
    way: int
    points: int


def findings_of(values: Sequence[int], facts: Facts, profile: Profile) -> list[list[Finding]]:
    """For each point the rules that it meets, the most telling first: outside, trend, two in three, shift."""
    found: list[list[Finding]] = [
        [Finding(Rule.OUTSIDE, side, 1)] if beyond else []
        for side, beyond in zip(facts.sides, facts.outside, strict=True)
    ]
    _trends(values, profile.run, found)
    _two_in_three(facts, profile, found)
    for first, last, side in _runs(facts.sides):
        if side and last - first + 1 >= profile.run:
            for at in range(first, last + 1):
                found[at].append(Finding(Rule.SHIFT, side, last - first + 1))
    return found


def _runs(signs: Sequence[int]) -> list[tuple[int, int, int]]:
    """Stretches of the same sign: first, last, sign."""
    runs: list[tuple[int, int, int]] = []
    first = 0
    for at in range(1, len(signs) + 1):
        if at == len(signs) or signs[at] != signs[first]:
            runs.append((first, at - 1, signs[first]))
            first = at
    return runs


def _trends(values: Sequence[int], length: int, found: list[list[Finding]]) -> None:
    """Six steps one way are seven points of a trend; a tie ends it.

    At a peak, where a point belongs to two, the way is that of the step to the next point if that is of a trend, else of the last.
    """
    steps = [(after > before) - (after < before) for before, after in pairwise(values)]
    points: dict[int, dict[int, int]] = {}
    for first, last, way in _runs(steps):
        if way and last - first + 2 >= length:
            for at in range(first, last + 2):
                points.setdefault(at, {})[way] = last - first + 2
    for at, ways in points.items():
        way = (steps[at] if at + 1 in points else 0) or (steps[at - 1] if at else 0) or next(iter(ways))
        found[at].append(Finding(Rule.TREND, way, ways.get(way) or max(ways.values())))


def _two_in_three(facts: Facts, profile: Profile, found: list[list[Finding]]) -> None:
    """Of three points in a row on one side at least two beyond two sigma: those are flagged, the third is not."""
    far = facts.close
    if profile.beyond_counts:
        far = [near or beyond for near, beyond in zip(facts.close, facts.outside, strict=True)]
    if far.count(True) < 2:
        return
    flagged: dict[int, int] = {}
    for at in range(len(far) - 2):
        window = range(at, at + 3)
        many = sum(far[at : at + 3])
        if many >= 2 and abs(sum(facts.sides[at : at + 3])) == 3:
            for one in window:
                if far[one]:
                    flagged[one] = max(many, flagged.get(one, 0))
    for one, many in flagged.items():
        found[one].append(Finding(Rule.TWO_IN_THREE, facts.sides[one], many))


def type_of(finding: Finding | None, improvement: Improvement) -> PointType:
    """Welcome or not: a rise below the mean is an improvement where more is better."""
    if finding is None:
        return PointType.COMMON
    if improvement == Improvement.NEUTRAL:
        return PointType.NEUTRAL_HIGH if finding.way > 0 else PointType.NEUTRAL_LOW
    return PointType.IMPROVEMENT if (finding.way > 0) == (improvement == Improvement.INCREASE) else PointType.CONCERN


def chosen(findings: Sequence[Finding], improvement: Improvement, profile: Profile) -> Finding | None:
    """The one finding that labels a point: the first, or the first improvement where the profile would rather show that."""
    if profile.improvement_first:
        for finding in findings:
            if type_of(finding, improvement) == PointType.IMPROVEMENT:
                return finding
    return findings[0] if findings else None


def label_of(finding: Finding | None, run: int) -> str:
    """The label as NHSRplotthedots writes it (its `special_cause_type`)."""
    if finding is None:
        return "Common Cause"
    above = finding.way > 0
    match finding.rule:
        case Rule.OUTSIDE:
            return "Above UCL" if above else "Below LCL"
        case Rule.TREND:
            return f"{run} Point Trend ({'Increasing' if above else 'Decreasing'})"
        case Rule.TWO_IN_THREE:
            return f"2 in 3 {'Above' if above else 'Below'} CL"
    return f"{run} Points {'Above' if above else 'Below'} CL"
