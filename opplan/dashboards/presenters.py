"""The board in sentences: a headline that could be minuted, what to discuss, rows ready to be shown. Chooses words, computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.queries import LinePosition
from finance.queries import MonthOfSavings
from initiatives.queries import MilestoneEntry
from opplan.calc.money import rounded, total
from opplan.calc.months import next_month
from opplan.calc.rag import SEVERITY, Rating
from opplan.calc.ratios import Kind
from opplan.calc.savings import Position
from opplan.dashboards.queries import LATE, Part, RatedInitiative, RatedProgramme, Standing, severity
from opplan.web import charts, formats, marks
from opplan.web.reasons import WORD, distance, sentence

if TYPE_CHECKING:
    from opplan.plans.models import Plan

MET = {Rating.GREEN, Rating.BLUE}
UNRATED = {Rating.NOT_REPORTED, Rating.NOT_RATED, Rating.NOT_DUE}


Address = Callable[..., str]
"""The address of a page of the plan: `Scope.url`."""


def in_a_sentence(title: str) -> str:
    """A title inside a sentence: its first letter small, unless it is an abbreviation."""
    return title if title[1:2].isupper() or title[1:2] in {"&", "C"} else title[:1].lower() + title[1:]


def value(line: LinePosition, figure: Decimal | None) -> str:
    return formats.measure_value(figure, line.kind)


# The headline ---------------------------------------------------------------


def headline(whole: Standing) -> str:
    """What savings lack, then the measure that stands furthest beyond its red bound, or else the milestones that are not complete."""
    worst, due = worst_lines(whole), whole.due_milestones
    open_ones = [milestone for milestone in due if milestone.judgement.rating != Rating.BLUE]
    if worst:
        second = f"with {in_a_sentence(worst[0].short_name)} {distance(worst[0].judgement)}"
    elif open_ones:
        second = (
            f"and none of the {formats.counted(len(due), 'milestone')} due is complete"
            if len(open_ones) == len(due)
            else f"and {len(open_ones)} of the {len(due)} milestones due are not complete"
        )
    else:
        second = f"and no measure is red in {formats.month(whole.month)}"
    return f"{_savings_clause(whole)}, {second}"


def _savings_clause(whole: Standing) -> str:
    if whole.requirement is None:
        return f"{whole.plan} has no savings requirement"
    required = whole.requirement.requirement
    amount = formats.in_words(required.amount)
    if required.unidentified > 0:
        return f"{formats.in_words(required.unidentified)} of the {amount} savings requirement still has no scheme"
    if whole.investment:
        return f"{amount} of savings are planned against {formats.in_words(whole.investment)} of investment"
    return f"All of the {amount} savings requirement has a scheme"


def worst_lines(whole: Standing) -> list[LinePosition]:
    """The red lines of the board, the furthest beyond its bound first."""
    red = [line for line in whole.board_lines if line.judgement.rating == Rating.RED]
    return sorted(red, key=lambda line: severity(line.judgement))


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
        done = sum(1 for milestone in whole.due_milestones if milestone.judgement.rating == Rating.BLUE)
        sentences.append(f"{done} of {len(whole.due_milestones)} milestones due are complete.")
    saved = whole.savings
    if saved.to_date is not None and saved.planned_reported:
        share = rounded(100 * saved.to_date / saved.planned_reported)
        sentences.append(
            f"Savings to month {whole.plan.months.index(whole.month) + 1} are {formats.in_words(saved.to_date)}, "
            f"{share}% of plan for the months reported."
        )
    elif whole.schemes:
        sentences.append(
            f"No saving is reported yet of the {formats.in_words(saved.planned_year)} planned for the year."
        )
    return " ".join(sentences)


def tally(ratings: Any) -> str:
    """3 red, 2 amber and 4 green."""
    counts = Counter(ratings)
    words = [f"{counts[rating]} {WORD[rating].lower()}" for rating in (*WORD,) if counts[rating]]
    return formats.listed(words) or "nothing rated"


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
        share = rounded(100 * required.with_a_scheme / required.amount) if required.amount else Decimal(0)
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
    featured = featured_line(whole)
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
    done = sum(1 for milestone in whole.due_milestones if milestone.judgement.rating == Rating.BLUE)
    shown.append(
        Glance(
            "Milestones complete",
            str(done),
            f"of {len(whole.due_milestones)} due",
            f"{len(whole.late_milestones)} late or expected late",
            any(milestone.progress_basis == "illustrative" for milestone in whole.due_milestones),
        )
    )
    return shown


def featured_line(whole: Standing) -> LinePosition | None:
    """The board's line that follows a trajectory (its plan moves the same way every month), else the worst, else the first reported."""
    for line in whole.board_lines:
        plan = [month.planned for month in line.year]
        steps = [
            later - sooner
            for sooner, later in zip(plan, plan[1:], strict=False)
            if later is not None and sooner is not None
        ]
        if len(steps) == len(plan) - 1 and (all(step < 0 for step in steps) or all(step > 0 for step in steps)):
            return line
    return next(iter(worst_lines(whole) or [line for line in whole.board_lines if line.actual is not None]), None)


# What to discuss --------------------------------------------------------------


@dataclass(frozen=True)
class Matter:
    """One matter that the governing body is asked to discuss."""

    title: str
    text: str
    who: str
    url: str
    illustrative: bool = False


def matters(whole: Standing, urls: Address) -> list[Matter]:
    """The savings gap, the red measures and the milestones latest, at most six."""
    found = []
    if whole.requirement is not None and whole.requirement.requirement.unidentified > 0:
        required = whole.requirement.requirement
        share = formats.per_cent(100 * required.unidentified / required.amount, 0)
        text = f"{formats.in_words(required.unidentified)} has no scheme, {share} of the requirement."
        if whole.savings.forecast_year is not None:
            forecast = formats.in_words(whole.savings.forecast_year)
            text += f" What is identified and earmarked is forecast to save {forecast} this year."
        found.append(Matter("Savings gap.", text, "", urls("finance:schemes")))
    for line in worst_lines(whole)[:3]:
        text = f"{value(line, line.actual)} against a plan of {value(line, line.planned)}: {in_a_sentence(sentence(line.judgement))}."
        url = urls("activity:line", reference=line.reference)
        found.append(Matter(f"{line.short_name}.", text, line.title, url, line.now.basis == "illustrative"))
    red = [milestone for milestone in whole.late_milestones if milestone.judgement.rating == Rating.RED]
    for milestone in red[: min(3, 6 - len(found))]:
        url = urls("initiatives:milestone", reference=milestone.reference)
        text = f"{sentence(milestone.judgement)}."
        found.append(
            Matter(
                f"{milestone.initiative}: {in_a_sentence(milestone.title)}.",
                text,
                milestone.owner,
                url,
                "illustrative" in {milestone.basis, milestone.progress_basis},
            )
        )
    return found


# Why an initiative or a programme has its rating ---------------------------------


def why(initiative: RatedInitiative) -> str:
    """The two worst parts of an initiative in a few words, or why it is not rated."""
    if initiative.rating == Rating.NOT_DUE:
        return "Nothing due yet" if initiative.parts else "No milestone, saving or measure to rate it by"
    if initiative.rating == Rating.NOT_RATED and initiative.stale and not _unreported(initiative.parts):
        updated = initiative.entry.updated_for
        return f"Last update was for {formats.month(updated)}" if updated else "No update has been written"
    if initiative.rating in MET:
        return "All on plan" if initiative.rating == Rating.GREEN else "All complete"
    shown = [part for part in initiative.parts if part.judgement.rating == initiative.parts[0].judgement.rating]
    return "; ".join(part_in_words(part) for part in sorted(shown, key=lambda part: severity(part.judgement))[:2])


def _unreported(parts: Sequence[Part]) -> bool:
    return any(part.judgement.rating == Rating.NOT_REPORTED for part in parts)


def part_in_words(part: Part) -> str:
    """A part and its distance from plan: "A&E within 4 hours 12.2 points under plan"."""
    name = part.short_name if isinstance(part, LinePosition) else part.title
    return f"{name}: {in_a_sentence(distance(part.judgement))}"


Row = dict[str, Any]
"""A row written out for a template, as a mapping: a board looks up a thousand names, and a mapping answers fastest."""

MOST_PARTS, MOST_LATE = 8, 20


def programme_rows(whole: Standing, urls: Address) -> list[Row]:
    """A row a programme: its rating, why, and those of its initiatives that need attention."""
    rows = []
    for programme in whole.programmes:
        attention = [one for one in programme.initiatives if one.rating in LATE or one.rating == Rating.NOT_RATED]
        attention.sort(key=lambda one: SEVERITY.index(one.rating))
        due = [milestone for milestone in programme.milestones if milestone.due <= whole.as_at]
        done = sum(1 for milestone in due if milestone.judgement.rating == Rating.BLUE)
        saved = programme.savings
        invented = any(scheme.illustrative_actuals for scheme in programme.schemes) or any(
            _invented(one) for one in due
        )
        rows.append(
            {
                "title": programme.title,
                "url": f"{urls('dashboards:initiatives')}?programme={programme.reference}",
                "rag": marks.rag(programme.rating),
                "why": _programme_why(programme),
                "milestones": f"{done} of {len(due)}" if due else "–",
                "saved": _saved(saved) if programme.schemes else "–",
                "planned": f"of {formats.in_thousands(saved.planned_to_date)}" if programme.schemes else "",
                "tag": marks.basis("illustrative" if invented else "", "part illustrative"),
                "owner": programme.owner,
                "parts": [_part_row(one, urls) for one in attention[:MOST_PARTS]],
                "more": len(attention[MOST_PARTS:]),
            }
        )
    return rows


def _part_row(one: RatedInitiative, urls: Address) -> Row:
    return {
        "title": one.entry.title,
        "url": urls("dashboards:initiative", reference=one.entry.reference),
        "rag": marks.rag(one.rating),
        "why": why(one),
        "owner": one.entry.owner,
    }


def _saved(saved: Position) -> str:
    return "Not reported" if saved.to_date is None and saved.planned_to_date else formats.in_thousands(saved.to_date)


def _invented(milestone: MilestoneEntry) -> bool:
    return "illustrative" in {milestone.basis, milestone.progress_basis}


def late_rows(whole: Standing, urls: Address) -> list[Row]:
    """Milestones that are overdue or expected late, the longest first, as many as a board can discuss."""
    return [
        {
            "title": one.title,
            "url": urls("initiatives:milestone", reference=one.reference),
            "initiative": one.initiative,
            "due": formats.dated(one.due),
            "expected": formats.dated(one.forecast) or "–",
            "rag": marks.rag(one.judgement),
            "why": sentence(one.judgement),
            "owner": one.owner,
            "tag": marks.basis("illustrative" if _invented(one) else ""),
        }
        for one in whole.late_milestones[:MOST_LATE]
    ]


def _programme_why(programme: RatedProgramme) -> str:
    rated = [one for one in programme.initiatives if one.rating not in {Rating.NOT_DUE}]
    if not rated:
        return "Nothing due yet"
    counts = tally(one.rating for one in rated)
    return f"{counts[:1].upper()}{counts[1:]} of {formats.counted(len(programme.initiatives), 'initiative')}"


# Tables and charts -----------------------------------------------------------------


def line_groups(whole: Standing, urls: Address) -> list[tuple[str, list[Row]]]:
    """The board's measures by area, in the order of the catalogue, each with its trend."""
    groups: dict[str, list[Row]] = {}
    for line in whole.board_lines:
        groups.setdefault(line.area, []).append(_line_row(line, urls) | {"spark": _spark(line)})
    return list(groups.items())


def line_rows(lines: Sequence[LinePosition], urls: Address) -> list[Row]:
    """Measures as rows: standard, plan, actual, rating and reason."""
    return [_line_row(line, urls) for line in lines]


def _line_row(line: LinePosition, urls: Address) -> Row:
    unit = "" if line.kind == Kind.PERCENTAGE else line.unit
    return {
        "title": line.short_name,
        "url": urls("activity:line", reference=line.reference),
        "whose": ", ".join(filter(None, (line.title, unit))),
        "unit": unit,
        "standard": value(line, line.standard) or "none",
        "plan": value(line, line.planned) or "none",
        "actual": value(line, line.actual),
        "rag": marks.rag(line.judgement),
        "why": sentence(line.judgement),
        "status": line.now.status,
        "tag": marks.basis(line.now.basis),
    }


def _spark(line: LinePosition) -> str:
    held = sum(1 for point in line.trend if point is not None)
    months = f"{formats.counted(held, 'month')} to {formats.month(line.now.period)}"
    points = charts.spark(
        [_float(point) for point in line.trend], target=None if line.standard is None else float(line.standard)
    )
    return marks.spark(points, f"{line.short_name}: {months}, latest {value(line, line.actual) or 'not reported'}")


@dataclass(frozen=True)
class TrajectoryRow:
    month: str
    planned: str
    actual: str
    difference: str
    now: bool


@dataclass(frozen=True)
class Trajectory:
    """The featured line's year: a chart and the table that stands beside it."""

    line: LinePosition
    finding: str
    unit: str
    figure: dict[str, Any]
    rows: list[TrajectoryRow]
    illustrative: bool


def trajectory(whole: Standing) -> Trajectory | None:
    line = featured_line(whole)
    if line is None or all(month.planned is None for month in line.year):
        return None
    shown = [(month, month.actual if month.period <= whole.month else None) for month in line.year]
    difference = None if line.actual is None or line.planned is None else line.actual - line.planned
    series = [
        charts.Series("plan", "Plan", [_float(month.planned) for month, _ in shown], "by March"),
        charts.Series("actual", "Actual", [_float(actual) for _, actual in shown], formats.short_month(whole.month)),
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
        [
            TrajectoryRow(
                f"{month.period:%b}",
                value(line, month.planned) or "–",
                ("Not reported" if month.period <= whole.month else "not due")
                if actual is None
                else value(line, actual),
                ""
                if actual is None or month.planned is None
                else formats.number(actual - month.planned, formats.places_for(line.kind), signed=True),
                month.period == whole.month,
            )
            for month, actual in shown
        ],
        difference is not None and line.now.basis == "illustrative",
    )


def _float(figure: Decimal | None) -> float | None:
    return None if figure is None else round(float(figure), 2)


# What is missing ---------------------------------------------------------------------


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
        if scheme.judgement.rating == Rating.NOT_REPORTED
    ]
    return missing


def silent(whole: Standing) -> list[RatedInitiative]:
    """Initiatives with something due whose update is stale."""
    return [
        one for one in whole.initiatives if one.stale and one.rating != Rating.NOT_DUE and one.rating != Rating.BLUE
    ]


# The list of initiatives, and one initiative's page -----------------------------------


def initiative_rows(initiatives: Sequence[RatedInitiative], urls: Address) -> list[dict[str, Any]]:
    """Initiatives as rows of a sortable table."""
    rows = []
    for one in initiatives:
        entry, done = one.entry, sum(1 for milestone in one.milestones if milestone.judgement.rating == Rating.BLUE)
        rows.append(
            {
                "title": entry.title,
                "url": urls("dashboards:initiative", reference=entry.reference),
                "programme": entry.programme,
                "rating": one.rating,
                "severity": SEVERITY.index(one.rating),
                "why": why(one),
                "milestones": f"{done} of {len(one.milestones)}" if one.milestones else "–",
                "milestones_due": len(one.milestones),
                "saved": formats.in_thousands(one.savings.to_date)
                or ("Not reported" if one.savings.planned_to_date else "–"),
                "saved_pounds": one.savings.to_date or Decimal(-1),
                "updated": formats.short_month(entry.updated_for) or "none",
                "updated_for": entry.updated_for or date.min,
                "owner": entry.owner,
            }
        )
    return rows


def initiative_lead(one: RatedInitiative, whole: Standing) -> str:
    """Why it is rated so, and what it has saved, in one sentence each."""
    sentences = [f"because {in_a_sentence(why(one))}." if one.rating in LATE else f"{why(one)}."]
    saved = one.savings
    if one.schemes:
        month = f"month {whole.plan.months.index(whole.month) + 1}"
        if saved.to_date is None:
            sentences.append(
                f"No saving is reported of the {formats.in_words(saved.planned_year)} planned for the year."
            )
        else:
            sentences.append(
                f"{formats.pounds(saved.to_date)} saved to {month} of {formats.pounds(saved.planned_reported)} planned for the months "
                f"reported; the forecast for the year is {formats.pounds(saved.forecast_year)} of {formats.pounds(saved.planned_year)}."
            )
    return " ".join(sentences)


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with its place on the year's track, in per cent of the year."""

    milestone: MilestoneEntry
    planned_at: str
    expected_at: str
    expected: date | None
    reason: str
    illustrative: bool


def milestone_rows(one: RatedInitiative, whole: Standing) -> list[MilestoneRow]:
    rows = []
    for milestone in one.milestones:
        expected = milestone.completed or milestone.forecast
        rows.append(
            MilestoneRow(
                milestone,
                _along(whole.plan, milestone.due),
                _along(whole.plan, expected or milestone.due),
                expected,
                sentence(milestone.judgement),
                "illustrative" in {milestone.basis, milestone.progress_basis},
            )
        )
    return rows


def _along(plan: Plan, day: date) -> str:
    """A day's place in the financial year in per cent, held inside the track."""
    length = (next_month(plan.months[-1]) - plan.start).days
    return f"{min(max(100 * (day - plan.start).days / length, 1.5), 98.5):.1f}%"


@dataclass(frozen=True)
class Track:
    """The letters and lines of a year's track, and where today lies on it."""

    letters: list[tuple[str, str]]
    lines: list[str]
    today: str
    label: str


def track(plan: Plan, as_at: date) -> Track:
    return Track(
        [(f"{100 * (index + 0.5) / 12:.2f}%", f"{month:%b}"[0]) for index, month in enumerate(plan.months)],
        [f"{100 * index / 12:.2f}%" for index in range(1, 12)],
        _along(plan, as_at),
        f"{formats.month(plan.months[0])} to {formats.month(plan.months[-1])}",
    )


@dataclass(frozen=True)
class Savings:
    """An initiative's savings by month: the cumulative chart and its table, in GBP thousand."""

    finding: str
    figure: dict[str, Any]
    heads: list[str]
    rows: list[tuple[str, list[str], str]]
    reason: str


def savings_of(one: RatedInitiative, whole: Standing, months: Sequence[MonthOfSavings]) -> Savings | None:
    """The months of the initiative's schemes together. None where it has no scheme."""
    if not one.schemes:
        return None
    mine = {scheme.reference for scheme in one.schemes}
    plan_months = whole.plan.months
    planned = _by_month(plan_months, [(row.month, row.planned_saving) for row in months if row.scheme in mine])
    actual = _by_month(
        plan_months,
        [(row.month, row.actual_saving) for row in months if row.scheme in mine and row.month <= whole.month],
    )
    forecast = _by_month(
        plan_months,
        [(row.month, row.forecast_saving) for row in months if row.scheme in mine and row.month > whole.month],
    )
    saved = one.savings
    short = None if saved.forecast_year is None else saved.forecast_year - saved.planned_year
    if short is None:
        finding = "No saving is forecast yet"
    elif short < 0:
        finding = f"Savings are forecast {formats.pounds(-short)} short of plan"
    else:
        finding = "Savings are forecast to meet plan"
    last = next((index for index in range(11, -1, -1) if actual[index] is not None), None)
    ahead: list[Decimal | None] = [None] * 12
    if last is not None:
        running = sum((figure or Decimal(0) for figure in actual[: last + 1]), Decimal(0))
        ahead[last] = running
        for index in range(last + 1, 12):
            running += forecast[index] or Decimal(0)
            ahead[index] = running
    series = [
        charts.Series("plan", "Plan", _thousands(_cumulative(planned))),
        charts.Series("actual", "Saved", _thousands(_cumulative(actual))),
        charts.Series("forecast", "Forecast", _thousands(ahead)),
    ]
    return Savings(
        finding,
        charts.by_month(plan_months, [one for one in series if any(point is not None for point in one.values)]),
        [f"{month:%b}" for month in plan_months],
        [
            ("Plan", [formats.in_thousands(figure) for figure in planned], formats.in_thousands(saved.planned_year)),
            ("Saved", [formats.in_thousands(figure) for figure in actual], formats.in_thousands(saved.to_date)),
            (
                "Forecast",
                [formats.in_thousands(figure) for figure in forecast],
                formats.in_thousands(saved.forecast_year),
            ),
        ],
        "; ".join(f"{scheme.reference} {in_a_sentence(sentence(scheme.judgement))}" for scheme in one.schemes),
    )


def _by_month(months: Sequence[date], held: Sequence[tuple[date, Decimal | None]]) -> list[Decimal | None]:
    return [total(figure for when, figure in held if when == month) for month in months]


def _cumulative(figures: Sequence[Decimal | None]) -> list[Decimal | None]:
    running, along = Decimal(0), []
    for figure in figures:
        running += figure or Decimal(0)
        along.append(None if figure is None else running)
    return along


def _thousands(figures: Sequence[Decimal | None]) -> list[float | None]:
    return [None if figure is None else float(figure / 1000) for figure in figures]


def months_beside(plan: Plan, month: date) -> dict[str, date | None]:
    """The month before and after, within the plan's year, for the links that move the board."""
    at = plan.months.index(month)
    return {"before": plan.months[at - 1] if at else None, "after": plan.months[at + 1] if at < 11 else None}
