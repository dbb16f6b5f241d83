"""The words and marks of variation and assurance: what a chart found, said so that a board can read it."""

from dataclasses import dataclass

from opplan.calc.rag import Rating
from opplan.calc.spc import Analysis, Assurance, Finding, Improvement, Point, PointType, Rule
from opplan.web.reasons import WORD

LEAST_SHOWN = 10
"""Points from which limits and marks are shown on a page. A rule of display: the calculation always gives its limits."""

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class VariationMark:
    """A mark of the sprite and its words, which always go together."""

    symbol: str
    words: str


ASSURED = {
    Assurance.PASS: VariationMark("spc-pass", "Will meet"),
    Assurance.FAIL: VariationMark("spc-fail", "Will miss"),
    Assurance.INCONSISTENT: VariationMark("spc-maybe", "Hit and miss"),
}
VARIED = {
    PointType.COMMON: VariationMark("spc-common", "Common cause"),
    PointType.NEUTRAL_HIGH: VariationMark("spc-neutral-high", "Unusual, high"),
    PointType.NEUTRAL_LOW: VariationMark("spc-neutral-low", "Unusual, low"),
}


def variation_mark(variation: PointType | None, improvement: Improvement) -> VariationMark | None:
    """The variation icon: improving is high where more is better, and low where less is."""
    if variation is None:
        return None
    if variation in VARIED:
        return VARIED[variation]
    welcome = variation == PointType.IMPROVEMENT
    side = "high" if welcome == (improvement == Improvement.INCREASE) else "low"
    return VariationMark(
        f"spc-{'improve' if welcome else 'concern'}-{side}", f"{'Improving' if welcome else 'Concern'}, {side}"
    )


def assurance_mark(assurance: Assurance | None) -> VariationMark | None:
    """The assurance icon, or None where there is no target."""
    return None if assurance is None else ASSURED[assurance]


def is_marked(point: Point) -> bool:
    """Whether a page shows the point's type: its segment has points enough."""
    return point.segment.held >= LEAST_SHOWN


def marks_of(found: Analysis) -> tuple[VariationMark | None, VariationMark | None]:
    """The two icons that a page shows of a series, variation and assurance: neither while its latest segment is too short."""
    if found.latest is None or found.latest.held < LEAST_SHOWN:
        return None, None
    return variation_mark(found.variation, found.improvement), assurance_mark(found.assurance)


def in_letters(count: int) -> str:
    """Seven, but 13."""
    return NUMBERS[count - 2] if 2 <= count <= len(NUMBERS) + 1 else str(count)


def fired(finding: Finding, *, period: str = "month", limit: str = "") -> str:
    """The rule that made a point special, in plain words: "Seven months in a row below the mean"."""
    above, many = finding.way > 0, in_letters(finding.points).capitalize()
    edge = "upper limit" if above else "lower limit"
    match finding.rule:
        case Rule.OUTSIDE:
            return f"{'Above' if above else 'Below'} the {edge}" + (f" of {limit}" if limit else "")
        case Rule.TREND:
            return f"{many} {period}s in a row {'rising' if above else 'falling'}"
        case Rule.TWO_IN_THREE:
            return (
                f"{many} {period}s in a row near the {edge}"
                if finding.points == 3
                else f"Two of three {period}s near the {edge}"
            )
    return f"{many} {period}s in a row {'above' if above else 'below'} the mean"


WILL_NOT = "this process will not reach {target} without change"
NOW_AND_THEN = "as it stands this process reaches {target} in some months and misses it in others"
PLAN_IS_MISSED = "it is the plan, and not {target}, that this process misses"

OFF_PLAN = {
    (PointType.COMMON, Assurance.FAIL): f", but common cause: {WILL_NOT}",
    (PointType.COMMON, Assurance.INCONSISTENT): f", but common cause: {NOW_AND_THEN}",
    (PointType.COMMON, Assurance.PASS): f", but common cause: {PLAN_IS_MISSED}",
    (PointType.COMMON, None): ", but common cause: nothing sets this month apart from those before it",
    (
        PointType.IMPROVEMENT,
        Assurance.FAIL,
    ): ", but improving: the change is real, and not yet enough to reach {target}",
    (
        PointType.IMPROVEMENT,
        Assurance.INCONSISTENT,
    ): ", but improving: the change is real, and {target} is within the usual range",
    (PointType.IMPROVEMENT, Assurance.PASS): f", but improving: {PLAN_IS_MISSED}",
    (PointType.IMPROVEMENT, None): ", but improving: the change is real",
    (PointType.CONCERN, Assurance.PASS): " and getting worse, yet as it stands this process still meets {target}",
}
ON_PLAN = {
    (PointType.COMMON, Assurance.FAIL): f", but common cause: {WILL_NOT}",
    (PointType.COMMON, Assurance.INCONSISTENT): f", but common cause: {NOW_AND_THEN}",
    (PointType.IMPROVEMENT, Assurance.FAIL): " and improving, but not yet enough to reach {target}",
    (PointType.IMPROVEMENT, Assurance.INCONSISTENT): f" and improving, but {NOW_AND_THEN}",
    (PointType.CONCERN, Assurance.FAIL): f", but getting worse, and {WILL_NOT}",
    (PointType.CONCERN, Assurance.INCONSISTENT): ", but getting worse: {target} is not assured",
    (PointType.CONCERN, Assurance.PASS): ", but getting worse: find the cause while this process still meets {target}",
    (PointType.CONCERN, None): ", but getting worse: find the cause before the plan is missed",
}
DISAGREE = {Rating.RED: OFF_PLAN, Rating.AMBER: OFF_PLAN, Rating.GREEN: ON_PLAN}


def disagreement(
    rating: Rating, variation: PointType | None, assurance: Assurance | None, *, target: str = "its target"
) -> str:
    """One sentence where rating and variation tell different tales, else nothing: red and getting worse agree.

    A rating compares one month with plan; variation asks whether the month is unusual, assurance whether the process keeps to
    `target` (as people say it: 95%, 68). What is neither rated nor read has nothing to disagree about.
    """
    if variation is None:
        return ""
    words = DISAGREE.get(rating, {}).get((variation, assurance), "")
    return f"{WORD[rating]} against plan{words.format(target=target)}" if words else ""
