"""Where savings stand in the month, the year to date and at year end: saving, investment and net, with the run rate that is needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries.months import together
from opplan.calc.months import month_number
from opplan.calc.savings import Against, MonthFigures, RunRate, net, required_run_rate, standing
from opplan.web import formats

if TYPE_CHECKING:
    from finance.queries import MonthOfSavings
    from opplan.plans.models import Plan

FAVOURABLE, ADVERSE, ON_PLAN = "favourable", "adverse", "on plan"
FEW_MONTHS = 12


@dataclass(frozen=True)
class StandingRow:
    """One of saving, investment and net, in one stretch of the year. £000, as text; `reading` says which way a difference is."""

    when: str
    planned: str
    compared: str
    actual: str
    difference: str
    reading: str
    achieved: str


@dataclass(frozen=True)
class StandingGroup:
    title: str
    rows: Sequence[StandingRow]


@dataclass(frozen=True)
class StandingTable:
    """The table with what it finds. `partial`: some of what is due is not reported, so that plans differ from what is compared."""

    groups: Sequence[StandingGroup]
    partial: bool
    note: str


def standing_table(months: Collection[MonthOfSavings], now: date) -> StandingTable:
    """The months of one scheme or of many. Investment and net are left out where none is planned, made or forecast."""
    saving = [_figures(one, "saving", now) for one in months]
    investment = [_figures(one, "investment", now) for one in months]
    parts = [("Saving, gross", saving, 1)]
    invests = any(one.planned or one.actual or one.expected for one in investment)
    if invests:
        both = [net(one, other) for one, other in zip(saving, investment, strict=True)]
        parts += [("Investment", investment, -1), ("Net saving", both, 1)]
    stands = [(title, standing(figures, now), good) for title, figures, good in parts]
    groups = [
        StandingGroup(
            title,
            [
                standing_row(f"In {now:%B}", one.in_month, good),
                standing_row(f"To date, month {month_number(now)}", one.to_date, good),
                standing_row("Year end, forecast", one.year, good),
            ],
        )
        for title, one, good in stands
    ]
    partial = any(one.planned != one.compared for _, stood, _ in stands for one in (stood.in_month, stood.to_date))
    note = "" if invests else "No investment is planned."
    return StandingTable(groups, partial, note)


def _figures(one: MonthOfSavings, kind: str, now: date) -> MonthFigures:
    actual = getattr(one, f"actual_{kind}") if one.month <= now else None
    return MonthFigures(one.month, getattr(one, f"planned_{kind}"), actual, getattr(one, f"expected_{kind}"))


def standing_row(when: str, one: Against, good: int) -> StandingRow:
    actual = formats.in_thousands(one.actual)
    if one.actual is None:
        actual = "Not reported" if one.planned else formats.NOT_DUE
    return StandingRow(
        when,
        formats.in_thousands(one.planned),
        formats.in_thousands(one.compared) if one.actual is not None else formats.NOT_DUE,
        actual,
        formats.in_thousands(one.variance, signed=True),
        reading(one.variance, good),
        "" if one.achieved is None else formats.per_cent(one.achieved, 0),
    )


def reading(variance: Decimal | None, good: int = 1) -> str:
    """Which way a difference from plan is: saving more is favourable, and so is spending less (`good` −1)."""
    if variance is None:
        return ""
    return ON_PLAN if not variance else FAVOURABLE if variance * good > 0 else ADVERSE


def run_rate_of(plan: Plan, months: Collection[MonthOfSavings], now: date) -> tuple[RunRate, Decimal]:
    """What is saved a month so far and what is needed, for one scheme or for many as one; and the plan of the year."""
    whole = together(months)
    planned = sum((one.planned_saving or Decimal(0) for one in whole), Decimal(0))
    come = [(one.planned_saving, one.actual_saving) for one in whole if one.month <= now]
    return required_run_rate(planned, come, sum(1 for month in plan.months if month > now)), planned


def run_rate_words(found: RunRate, planned: Decimal) -> str:
    """What each month that is left must save to reach the plan of the year, beside what is saved a month so far."""
    if not planned:
        return ""
    year = formats.in_words(planned)
    if found.reached:
        spare = f", {formats.in_words(-found.short)} more than that is saved" if found.short else ""
        return f"The {year} planned for the year is reached already{spare}."
    if found.required is None:
        return f"No month of the year is left and {formats.in_words(found.short)} of the {year} planned is not saved: it cannot be reached."
    each = "The one month left" if found.months_left == 1 else f"Each of the {found.months_left} months left"
    needed = f"{each} must save {formats.pounds(found.required)} to reach the {year} planned for the year"
    if found.so_far is None:
        return f"{needed}; no month is reported yet."
    so_far = f"so far a month saves {formats.pounds(found.so_far)}"
    if found.so_far <= 0:
        return f"{needed}; {so_far}."
    more = 100 * (found.required - found.so_far) / found.so_far
    side = "more than that" if more > 0 else "less than that"
    return (
        f"{needed}; {so_far}, so {formats.per_cent(abs(more), 0)} {side} is needed."
        if abs(more) >= 1
        else f"{needed}; {so_far}, which is enough."
    )
