"""The list of initiatives, and one initiative's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finance.presenters import on_trust
from initiatives.presenters import due_words
from initiatives.queries import MilestoneEntry
from opplan.calc.months import month_number, next_month
from opplan.calc.rag import SEVERITY, Rating
from opplan.dashboards.queries import LATE, RatedInitiative, Standing
from opplan.web import formats
from opplan.web.reasons import sentence

if TYPE_CHECKING:
    from opplan.plans.models import Plan

from opplan.dashboards.presenters.words import Address, in_a_sentence, why


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
        month = f"month {month_number(whole.month)}"
        if saved.to_date is None:
            sentences.append(
                f"No saving is reported of the {formats.in_words(saved.planned_year)} planned for the year."
            )
        else:
            sentences.append(
                f"{formats.pounds(saved.to_date)} saved to {month} of {formats.pounds(saved.planned_reported)} planned for the months "
                f"reported; the forecast for the year is {formats.pounds(saved.forecast_year)} of {formats.pounds(saved.planned_year)}."
            )
            sentences.append(on_trust(saved))
    return " ".join(filter(None, sentences))


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with its place on the year's track, in per cent of the year."""

    milestone: MilestoneEntry
    planned_at: str
    expected_at: str
    due: str
    expected: str
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
                due_words(milestone.due, milestone.precision),
                formats.dated(expected) or "–",
                sentence(milestone.judgement),
                milestone.illustrative,
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


def savings_finding(one: RatedInitiative) -> str:
    """What the chart of an initiative's savings shows, in a sentence."""
    saved = one.savings
    if saved.forecast_year is None:
        return "No saving is forecast yet"
    short = saved.planned_year - saved.forecast_year
    return (
        f"Savings are forecast {formats.pounds(short)} short of plan"
        if short > 0
        else "Savings are forecast to meet plan"
    )
