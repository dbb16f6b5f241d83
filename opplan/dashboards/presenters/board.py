"""The board in sentences: a headline that could be minuted, what to discuss, the trajectory, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

from activity.queries import LinePosition, Month
from finance.presenters import headline as savings_headline
from finance.presenters import on_trust
from initiatives.queries import MilestoneEntry
from opplan.calc.months import month_number
from opplan.calc.rag import Rating
from opplan.calc.ratios import Kind, share_of
from opplan.dashboards.queries import RatedInitiative, Standing
from opplan.web import charts, formats, marks
from opplan.web.reasons import distance, sentence

if TYPE_CHECKING:
    from opplan.plans.models import Plan

from opplan.dashboards.presenters.words import MET, UNRATED, Address, floated, in_a_sentence, tally, value


def headline(whole: Standing) -> str:
    """What savings lack, then the measure that stands furthest beyond its red bound, or else the milestones that are not complete."""
    worst, due = whole.red_lines, whole.due_milestones
    open_ones = len(due) - len(whole.complete_milestones)
    if worst:
        second = f"with {in_a_sentence(worst[0].short_name)} {distance(worst[0].judgement)}"
    elif open_ones:
        second = (
            f"and none of the {formats.counted(len(due), 'milestone')} due is complete"
            if open_ones == len(due)
            else f"and {open_ones} of the {len(due)} milestones due are not complete"
        )
    else:
        second = f"and no measure is red in {formats.month(whole.month)}"
    return f"{savings_headline(whole.schemes, whole.requirement)}, {second}"


def lead(whole: Standing) -> str:
    """How many measures, milestones and pounds are where the plan wants them."""
    sentences = []
    reported = [line for line in whole.board_lines if line.judgement.rating not in UNRATED]
    if reported:
        sentences.append(
            f"{formats.month(whole.month)}: {tally(line.judgement.rating for line in reported)} among "
            f"{formats.counted(len(reported), 'measure')} reported."
        )
    if whole.due_milestones:
        sentences.append(
            f"{len(whole.complete_milestones)} of {len(whole.due_milestones)} milestones due are complete."
        )
    saved = whole.savings
    if saved.to_date is not None and saved.planned_reported:
        share = share_of(saved.to_date, saved.planned_reported)
        sentences.append(
            f"Savings to month {month_number(whole.month)} are {formats.in_words(saved.to_date)}, "
            f"{share}% of plan for the months reported."
        )
    elif whole.schemes:
        sentences.append(
            f"No saving is reported yet of the {formats.in_words(saved.planned_year)} planned for the year."
        )
    return " ".join(sentences)


@dataclass(frozen=True)
class Glance:
    """One figure at a glance: what it is, the figure in type, what qualifies it, and the sentence beneath."""

    title: str
    figure: str
    unit: str
    note: str
    illustrative: bool = False


def glance(whole: Standing) -> list[Glance]:
    """At most four figures."""
    shown = []
    if whole.requirement is not None:
        required = whole.requirement.requirement
        share = share_of(required.with_a_scheme, required.amount)
        shown.append(
            Glance(
                "Savings with a scheme",
                formats.in_words(required.with_a_scheme),
                f"of {formats.in_words(required.amount)}",
                f"{share}% of the requirement",
            )
        )
    reported = [line for line in whole.board_lines if line.actual is not None]
    met = sum(1 for line in reported if line.judgement.rating in MET)
    shown.append(
        Glance(
            "Measures on plan",
            str(met),
            f"of {len(reported)} reported",
            tally(line.judgement.rating for line in whole.board_lines),
            any(line.now.basis == "illustrative" for line in reported),
        )
    )
    featured = whole.featured_line
    if featured is not None:
        shown.append(
            Glance(
                featured.short_name,
                value(featured, featured.actual) or "–",
                "" if featured.kind == Kind.PERCENTAGE else featured.unit,
                f"Plan {value(featured, featured.planned) or 'none'}; {in_a_sentence(distance(featured.judgement))}",
                featured.now.basis == "illustrative",
            )
        )
    shown.append(
        Glance(
            "Milestones complete",
            str(len(whole.complete_milestones)),
            f"of {len(whole.due_milestones)} due",
            f"{len(whole.late_milestones)} late or expected late",
            any(milestone.illustrative for milestone in whole.due_milestones),
        )
    )
    return shown


@dataclass(frozen=True)
class Matter:
    """One matter that the governing body is asked to discuss."""

    title: str
    text: str
    who: str
    url: str
    illustrative: bool = False
    milestone: bool = False


def red_milestones(whole: Standing) -> list[MilestoneEntry]:
    """The milestones that are red, the latest first."""
    return [milestone for milestone in whole.late_milestones if milestone.judgement.rating == Rating.RED]


def more_red(whole: Standing, shown: Sequence[Matter]) -> str:
    """What is red and not among the matters shown; nothing when all of it is."""
    measures = len(whole.red_lines[3:])
    milestones = len(red_milestones(whole)) - sum(1 for one in shown if one.milestone)
    left = [formats.counted(measures, "measure")] if measures else []
    left += [formats.counted(milestones, "milestone")] if milestones else []
    return f"{formats.listed(left)} more are red, below." if left else ""


def matters(whole: Standing, urls: Address) -> list[Matter]:
    """The savings gap, the red measures and the milestones latest, at most six."""
    found = []
    if whole.requirement is not None and whole.requirement.requirement.unidentified > 0:
        required = whole.requirement.requirement
        share = f"{share_of(required.unidentified, required.amount)}%"
        text = f"{formats.in_words(required.unidentified)} has no scheme, {share} of the requirement."
        if whole.savings.forecast_year is not None:
            forecast = formats.in_words(whole.savings.forecast_year)
            text += f" What is identified and earmarked is forecast to save {forecast} this year. {on_trust(whole.savings)}".rstrip()
        found.append(Matter("Savings gap.", text, "", urls("finance:schemes"), whole.savings_are_illustrative))
    for line in whole.red_lines[:3]:
        text = f"{value(line, line.actual)} against a plan of {value(line, line.planned)}: {in_a_sentence(sentence(line.judgement))}."
        url = urls("activity:line", reference=line.reference)
        found.append(Matter(f"{line.short_name}.", text, line.title, url, line.now.basis == "illustrative"))
    for milestone in red_milestones(whole)[: min(3, 6 - len(found))]:
        url = urls("initiatives:milestone", reference=milestone.reference)
        text = f"{sentence(milestone.judgement)}."
        found.append(
            Matter(
                f"{milestone.initiative}: {in_a_sentence(milestone.title)}.",
                text,
                milestone.owner,
                url,
                milestone.illustrative,
                milestone=True,
            )
        )
    return found


@dataclass(frozen=True)
class Trajectory:
    """The featured line's year: a chart and the table that stands beside it."""

    line: LinePosition
    finding: str
    unit: str
    figure: dict[str, Any]
    rows: SafeString
    illustrative: bool


def trajectory(whole: Standing) -> Trajectory | None:
    line = whole.featured_line
    if line is None or all(month.planned is None for month in line.year):
        return None
    shown = [(month, month.actual if month.period <= whole.month else None) for month in line.year]
    difference = None if line.actual is None or line.planned is None else line.actual - line.planned
    series = [
        charts.Series("plan", "Plan", [floated(month.planned) for month, _ in shown], "by March"),
        charts.Series("actual", "Actual", [floated(actual) for _, actual in shown], formats.short_month(whole.month)),
    ]
    percentage = line.kind == Kind.PERCENTAGE
    return Trajectory(
        line,
        f"{line.short_name}: {in_a_sentence(distance(line.judgement))}",
        f"{line.unit}, {line.title or 'whole commissioner'}, {whole.plan.year_label}"
        if not percentage
        else f"Per cent, {line.title}, {whole.plan.year_label}; the axis does not start at zero",
        charts.by_month(
            [month.period for month in line.year], series, from_zero=not percentage, suffix="%" if percentage else ""
        ),
        mark_safe("".join(_trajectory_row(line, month, actual, whole.month) for month, actual in shown)),
        difference is not None and line.now.basis == "illustrative",
    )


MONTH = (
    '<tr{here}><th scope="row">{month}</th><td class="op-n">{planned}</td><td class="op-n">{actual}</td>'
    '<td class="op-n">{difference}</td></tr>'
)
HERE = mark_safe(' class="op-here"')


def _trajectory_row(line: LinePosition, month: Month, actual: Decimal | None, now: date) -> SafeString:
    absent = "Not reported" if month.period <= now else "not due"
    difference = None if actual is None or month.planned is None else actual - month.planned
    return marks.written(
        MONTH,
        {
            "here": HERE if month.period == now else "",
            "month": f"{month.period:%b}",
            "planned": value(line, month.planned) or "–",
            "actual": absent if actual is None else value(line, actual),
            "difference": formats.number(difference, formats.places_for(line.kind), signed=True),
        },
    )


@dataclass(frozen=True)
class Missing:
    """Something due that nobody has reported."""

    title: str
    text: str
    url: str


def not_reported(whole: Standing, urls: Address) -> list[Missing]:
    """Measures of the board, schemes and updates that owe the month."""
    missing = [
        Missing(
            line.short_name,
            f"no figure for {formats.month(whole.month)}",
            urls("activity:line", reference=line.reference),
        )
        for line in whole.board_lines
        if line.judgement.rating == Rating.NOT_REPORTED
    ]
    missing += [
        Missing(
            f"{scheme.reference} {scheme.title}",
            f"{formats.counted(scheme.position.missing, 'month')} of savings not reported",
            urls("finance:scheme", reference=scheme.reference),
        )
        for scheme in whole.schemes
        if scheme.ruled.rating == Rating.NOT_REPORTED
    ]
    return missing


def silent(whole: Standing) -> list[RatedInitiative]:
    """Initiatives with something due whose update is stale."""
    return [
        one for one in whole.initiatives if one.stale and one.rating != Rating.NOT_DUE and one.rating != Rating.BLUE
    ]


def months_beside(plan: Plan, month: date) -> dict[str, date | None]:
    """The month before and after, within the plan's year, for the links that move the board."""
    at = plan.months.index(month)
    return {"before": plan.months[at - 1] if at else None, "after": plan.months[at + 1] if at < 11 else None}
