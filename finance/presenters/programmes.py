"""The programmes whose savings may be typed together, who has reported, and what a save moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.presenters.standing import run_rate_of
from finance.queries import MonthOfSavings, SchemePosition, total_position
from opplan.web import formats
from opplan.web.reasons import WORD, sentence

if TYPE_CHECKING:
    from initiatives.queries import InitiativeEntry
    from opplan.plans.models import Plan

Address = Callable[..., str]


@dataclass(frozen=True)
class ProgrammeRow:
    """A programme whose savings may be typed together, with where they stand. Money in pounds."""

    title: str
    url: str
    month_url: str
    schemes: int
    due: int
    reported: int
    planned_year: Decimal
    to_date: Decimal | None
    variance: Decimal | None
    achieved: Decimal | None
    forecast: Decimal | None
    so_far: Decimal | None
    required: str

    @property
    def variance_shown(self) -> str:
        return formats.in_thousands(self.variance, signed=True)

    @property
    def achieved_shown(self) -> str:
        return formats.per_cent(self.achieved, 0)


def programme_rows(
    schemes: Sequence[SchemePosition],
    months: Sequence[MonthOfSavings],
    initiatives: Mapping[int, InitiativeEntry],
    plan: Plan,
    now: date,
    url: Address,
) -> list[ProgrammeRow]:
    """The programmes that have schemes: how many have reported what is due, where they stand, and what they must save a month."""
    rows = []
    for reference, title in {entry.programme_reference: entry.programme for entry in initiatives.values()}.items():
        keys = {key for key, entry in initiatives.items() if entry.programme_reference == reference}
        mine = [one for one in schemes if one.initiative_key in keys]
        if not mine:
            continue
        due = [one for one in mine if one.due]
        whole = total_position(mine)
        named = {one.reference for one in mine}
        rate, _ = run_rate_of(plan, [one for one in months if one.scheme in named], now)
        variance = None if whole.to_date is None else whole.to_date - whole.planned_reported
        share = None if whole.to_date is None or whole.planned_reported <= 0 else whole.to_date / whole.planned_reported
        required = (
            formats.in_thousands(rate.required)
            if rate.required is not None
            else "reached"
            if rate.reached
            else "no month left"
        )
        rows.append(
            ProgrammeRow(
                title,
                url("finance:months", {"programme": reference}),
                url("finance:month", {"programme": reference}),
                len(mine),
                len(due),
                sum(1 for one in due if not one.owing),
                whole.planned_year,
                whole.to_date,
                variance,
                None if share is None else 100 * share,
                whole.forecast_year,
                rate.so_far,
                required,
            )
        )
    return rows


def months_headline(title: str, schemes: Sequence[SchemePosition], month: date) -> str:
    """Who has reported the month, of those who should have."""
    due = [one for one in schemes if one.due]
    reported = sum(1 for one in due if not one.owing)
    if not due:
        return f"{title}: no saving is due by {formats.month(month)}"
    if len(due) == 1:
        return f"{title}: the one scheme due has {'' if reported else 'not '}reported {formats.month(month)}"
    who = "none of the" if not reported else "all" if reported == len(due) else f"{reported} of"
    return f"{title}: {who} {len(due)} schemes due {'have' if reported else 'has'} reported {formats.month(month)}"


def saved_message(count: int, before: Sequence[SchemePosition], after: Sequence[SchemePosition]) -> str:
    """What was saved, and how the rating of each scheme now stands where it moved."""
    if not count:
        return "Nothing to save: every figure is as it is stored."
    earlier = {scheme.key: scheme.judgement for scheme in before}
    moved = [
        scheme for scheme in after if scheme.key in earlier and earlier[scheme.key].rating != scheme.judgement.rating
    ]
    told = [
        f"{scheme.title} is now {WORD[scheme.judgement.rating].lower()}: {sentence(scheme.judgement)}."
        for scheme in moved[:3]
    ]
    return " ".join([f"Saved: {formats.counted(count, 'figure')}.", *told])
