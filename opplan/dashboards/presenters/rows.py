"""Programmes, milestones and measures as rows ready for a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from activity.presenters.words import standard_of
from activity.queries import LinePosition
from initiatives.presenters import due_words
from opplan.calc.rag import SEVERITY, Rating
from opplan.calc.ratios import Kind
from opplan.calc.savings import Position
from opplan.dashboards.queries import LATE, RatedInitiative, RatedProgramme, Standing
from opplan.web import charts, formats, marks
from opplan.web.reasons import sentence, status_words

if TYPE_CHECKING:
    pass

from opplan.dashboards.presenters.words import Address, tally, value, why

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
            one.illustrative for one in due
        )
        rows.append(
            {
                "title": programme.title,
                "url": urls("dashboards:initiatives", {"programme": programme.reference}),
                "rag": marks.rag(programme.rating),
                "why": _programme_why(programme),
                "milestones": f"{done} of {len(due)}" if due else "–",
                "saved": _saved(saved) if programme.schemes else "–",
                "planned": f"of {formats.in_thousands(saved.planned_reported)}" if programme.schemes else "",
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
        "tag": marks.basis("illustrative" if one.illustrative else "", "part illustrative"),
        "owner": one.entry.owner,
    }


def _saved(saved: Position) -> str:
    return "Not reported" if saved.to_date is None and saved.planned_to_date else formats.in_thousands(saved.to_date)


def late_rows(whole: Standing, urls: Address) -> list[Row]:
    """Milestones that are overdue or expected late, the longest first, as many as a board can discuss."""
    return [
        {
            "title": one.title,
            "url": urls("initiatives:milestone", reference=one.reference),
            "initiative": one.initiative,
            "due": due_words(one.due, one.precision),
            "expected": formats.dated(one.forecast) or "–",
            "rag": marks.rag(one.judgement),
            "why": sentence(one.judgement),
            "owner": one.owner,
            "tag": marks.basis("illustrative" if one.illustrative else ""),
        }
        for one in whole.late_milestones[:MOST_LATE]
    ]


def _programme_why(programme: RatedProgramme) -> str:
    rated = [one for one in programme.initiatives if one.rating not in {Rating.NOT_DUE}]
    if not rated:
        return "Nothing due yet"
    counts = tally(one.rating for one in rated)
    return f"{counts[:1].upper()}{counts[1:]} of {formats.counted(len(programme.initiatives), 'initiative')}"


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
        "standard": standard_of(line) or "none",
        "plan": value(line, line.planned) or "none",
        "actual": value(line, line.actual),
        "rag": marks.rag(line.judgement),
        "why": sentence(line.judgement),
        "status": status_words(line.now.status),
        "tag": marks.basis(line.now.basis),
    }


def _spark(line: LinePosition) -> str:
    held = len(line.trend) - line.trend.count(None)
    months = f"{formats.counted(held, 'month')} to {formats.month(line.now.period)}"
    points = charts.spark(
        [None if point is None else float(point) for point in line.trend],
        target=None if line.standard is None else float(line.standard),
    )
    return marks.spark(points, f"{line.short_name}: {months}, latest {value(line, line.actual) or 'not reported'}")
