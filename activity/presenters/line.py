"""The page of one line: where it stands in sentences, at a glance, what it counts, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from activity.presenters.chart import LineChart, chart_months, chart_of
from activity.presenters.figures import Heads, YearOfFigures, figures_by_year, headings
from activity.presenters.words import (
    DIRECTIONS,
    forerunner_words,
    gap,
    large,
    said,
    small,
    standard_of,
    value_of,
    written,
)
from activity.queries import Definition, LinePosition, LineRecord, Month, ReadingHistory, Variation
from opplan.calc.rag import Direction, Judgement, adverse
from opplan.calc.ratios import Kind, YearRule
from opplan.web import formats
from opplan.web.formats import counted
from opplan.web.reasons import sentence, status_words

YEARS = {
    YearRule.SUM: "The year is the sum of its months",
    YearRule.LAST: "The year is its last month",
    YearRule.RATIO: "The year is the sum of the numerators over the sum of the denominators",
}


VALUES = {
    Kind.COUNT: "A count: the numerator alone",
    Kind.PERCENTAGE: "Numerator over denominator, per cent",
    Kind.RATE: "Numerator over denominator, per 100,000",
    Kind.AVERAGE: "Numerator over denominator",
}


@dataclass(frozen=True)
class LinePage:
    """A line's page, ready to be shown."""

    line: LinePosition
    context: str
    illustrative: bool
    lead: str
    beyond: str
    glances: Sequence[Glance]
    chart: LineChart | None
    forerunner: str
    years: Sequence[YearOfFigures]
    sourced: bool
    heads: Heads
    facts: Sequence[tuple[str, str]]
    history: Sequence[HistoryItem]
    loaded: int
    loaded_on: datetime | None


def line_page(found: LineRecord, reported: date | None, variation: Variation) -> LinePage:
    page = _monthly_page(found, reported)
    held = [(day, value) for day, value in variation.series if value is not None]
    if found.position.frequency != "week" or not held:
        return page
    day, value = held[-1]
    said_then = f"{said(found.position, value)} on {formats.day(day)}"
    return replace(
        page,
        context=" · ".join(
            filter(None, [found.position.code, found.position.title, DIRECTIONS[found.position.direction]])
        ),
        illustrative=variation.basis == "illustrative",
        lead=f"{said_then}, the latest weekly count. It is never mixed with monthly figures: the chart below is of weeks.",
        glances=[
            Glance("Latest week", formats.day(day), value_of(found.position, value), found.position.unit),
            *([_standard_glance(found.position, value)] if found.position.standard is not None else []),
        ],
        chart=None,
    )


def _monthly_page(found: LineRecord, reported: date | None) -> LinePage:
    position, described = found.position, found.definition
    heads = headings(position, described)
    years = figures_by_year(found, reported)
    return LinePage(
        line=position,
        context=" · ".join(context(position, found.held)),
        illustrative=position.actual is not None and position.now.basis == "illustrative",
        lead=line_lead(position, described, found.held),
        beyond=held_beyond(position, reported),
        glances=glances(position),
        chart=chart_of(found, reported),
        forerunner=forerunner_words(found, chart_months(position, found.held)[0][0]),
        years=years,
        sourced=any(row.source for year in years for row in year.rows),
        heads=heads,
        facts=facts(position, described),
        history=history_items(found.history, part_labels(heads.numerator, heads.denominator or "denominator")),
        loaded=found.history.loaded,
        loaded_on=found.history.loaded_on,
    )


def steps(position: LinePosition, lines_url: str) -> list[dict[str, str]]:
    """The way here: the room, then the line's area in it."""
    return [
        {"title": "Activity", "url": lines_url},
        {"title": position.area, "url": f"{lines_url}?{urlencode({'area': position.area})}"},
    ]


def saved(months: int) -> str:
    return f"Saved: {counted(months, 'month')} changed." if months else "Nothing was changed, so nothing was saved."


def context(position: LinePosition, held: Sequence[Month]) -> list[str]:
    """Whose figures these are, which side is good, and to which month they are held."""
    reported = [month for month in held if month.actual is not None and month.period <= position.year[-1].period]
    words = [position.code, position.title, DIRECTIONS[position.direction]]
    if reported:
        last = reported[-1]
        words.append(
            f"data to {formats.month(last.period)}" + (f", {status_words(last.status)}" if last.status else "")
        )
    else:
        words.append("no figure held yet")
    return [word for word in words if word]


def line_lead(position: LinePosition, described: Definition, held: Sequence[Month]) -> str:
    """Where the line stands at the month, against plan and standard."""
    when = formats.month(position.now.period)
    sentences = []
    if position.actual is None:
        latest = next(
            (one for one in reversed(held) if one.actual is not None and one.period < position.now.period), None
        )
        words = f"No figure for {when}"
        if position.now.status:
            words += f", which is marked {status_words(position.now.status)}"
        if position.planned is not None:
            words += f", where the plan is {said(position, position.planned)}"
        sentences.append(words + ".")
        if latest is not None:
            sentences.append(
                f"The latest before it is {said(position, latest.actual)}, in {formats.month(latest.period)}."
            )
    else:
        words = f"{said(position, position.actual)} in {when}{_made_of(position, described)}"
        if position.planned is not None:
            words += f", against a plan of {value_of(position, position.planned)}"
        sentences.append(words + ".")
        if position.standard is not None and position.standard != position.planned:
            off = adverse(position.actual, position.standard, Direction(position.direction))
            name = f"The standard of {standard_of(position)}"
            sentences.append(f"{name} is missed by {gap(position, off)}." if off > 0 else f"{name} is met.")
    return " ".join(sentences)


def _made_of(position: LinePosition, described: Definition) -> str:
    """What a ratio is made of: 4,209 delayed days over 30 calendar days, or 10,441 of 12,610."""
    now = position.now
    if position.kind == Kind.COUNT or now.actual_denominator is None:
        return ""
    if position.kind == Kind.PERCENTAGE:
        return f" ({written(now.actual_numerator)} of {written(now.actual_denominator)})"
    top, bottom = described.numerator, described.denominator
    return f" ({written(now.actual_numerator)} {top} over {written(now.actual_denominator)} {bottom})"


def held_beyond(position: LinePosition, reported: date | None) -> str:
    """Says when figures are held for months after the one that the plan reports."""
    later = [
        month.period for month in position.year if month.actual is not None and reported and month.period > reported
    ]
    if not later:
        return ""
    return f"The plan reports to {formats.month(reported)}; figures are held to {formats.month(later[-1])}."


@dataclass(frozen=True)
class Glance:
    """One figure at a glance: a rating, or a figure with what qualifies it; and the words beneath."""

    title: str
    note: str
    figure: str = ""
    unit: str = ""
    judgement: Judgement | None = None


def glances(position: LinePosition) -> list[Glance]:
    """Against plan, against the standard, the year to date, and how many months are reported."""
    shown = [Glance("Against plan", sentence(position.judgement), judgement=position.judgement)]
    if position.standard is not None:
        shown.append(_standard_glance(position, position.actual))
    shown.append(_year_glance(position))
    due = [
        month
        for month in position.year
        if month.period <= position.now.period and month.status not in ("not_due", "not_applicable")
    ]
    missing = [formats.short_month(month.period) for month in due if month.actual is None]
    note = "Every month due is held" if not missing else f"Missing: {formats.listed(missing)}"
    shown.append(Glance("Months reported", note, str(len(due) - len(missing)), f"of {len(due)}"))
    return shown


def _standard_glance(position: LinePosition, figure: Decimal | None) -> Glance:
    value = standard_of(position)
    if figure is None or position.standard is None:
        return Glance("Standard", "Not reported this month", value)
    off = adverse(figure, position.standard, Direction(position.direction))
    if off > 0:
        return Glance("Standard", f"Missed by {gap(position, off)}", value)
    return Glance("Standard", f"Met, with {gap(position, off)} in hand" if off else "Met exactly", value)


def _year_glance(position: LinePosition) -> Glance:
    actual, planned = position.actual_to_date, position.planned_to_date
    if actual is None:
        return Glance("Year to date", "Nothing reported this year", "–")
    months = counted(len(position.to_date), "month")
    note = (
        f"{months}; no plan to compare with"
        if planned is None
        else f"Plan for the same {months}: {value_of(position, planned)}"
    )
    if position.year_rule == YearRule.LAST:
        note = f"The latest of {months}" + ("" if planned is None else f"; plan {value_of(position, planned)}")
    unit = "" if position.kind == Kind.PERCENTAGE else position.unit
    return Glance("Year to date", note, value_of(position, actual), unit)


def facts(position: LinePosition, described: Definition) -> list[tuple[str, str]]:
    """What the measure counts and where that is laid down, with what is not verified said plainly."""
    known, unverified = split_note(described.standard_note)
    standard = standard_of(position) or "none"
    rows = [
        ("Code", position.code),
        ("Numerator", described.numerator),
        ("Denominator", described.denominator),
        ("Value", VALUES[position.kind]),
        ("Year", YEARS[described.year_rule]),
        ("Collected", described.frequency),
        ("Standard", f"{standard}. {known}" if known else standard),
        ("Not verified", unverified),
        ("Definition", _sourced(described.source, described.basis)),
        ("This line", _sourced(described.line_source, described.line_basis)),
    ]
    return [(name, large(text)) for name, text in rows if text]


def _sourced(source: str, basis: str) -> str:
    return f"{source} ({basis})" if source and basis else source


def split_note(note: str) -> tuple[str, str]:
    """A measure's note, parted into what is known of its standard and what rests on general knowledge alone."""
    sentences = [part.strip().rstrip(".") for part in note.split(". ") if part.strip()]
    unverified = [part for part in sentences if "general knowledge" in part]
    known = [part for part in sentences if part not in unverified]
    return ". ".join(known) + "." * bool(known), ". ".join(unverified) + "." * bool(unverified)


@dataclass(frozen=True)
class HistoryItem:
    """One change as the page tells it."""

    what: str
    was: str
    now: str
    who: str
    when: datetime
    why: str


def history_items(history: ReadingHistory, labels: Mapping[str, str], limit: int = 30) -> list[HistoryItem]:
    """The latest changes, each with what it was and is now."""
    return [
        HistoryItem(
            f"{labels[edit.part]}, {formats.month(edit.period)}",
            _worded(edit.was),
            _worded(edit.now),
            edit.who,
            edit.when,
            edit.why,
        )
        for edit in history.edits[:limit]
    ]


def _worded(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    return written(value) if isinstance(value, Decimal) else status_words(str(value))


def part_labels(numerator: str, denominator: str) -> dict[str, str]:
    """The words for each part of a reading that history follows."""
    return {
        "actual_numerator": f"Actual {small(numerator)}",
        "actual_denominator": f"Actual {small(denominator)}",
        "status": "Status",
        "planned_numerator": f"Planned {small(numerator)}",
        "planned_denominator": f"Planned {small(denominator)}",
    }
