"""The charts of the control group's page: weeks, months and responsible organisations, each with its finding as the caption."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from activity.presenters.chart import LineChart
from activity.presenters.delay_rows import BODIES, beds
from activity.queries.control_group import ControlGroup
from activity.queries.delays import Week
from opplan.calc.money import rounded
from opplan.calc.months import end_of
from opplan.web import charts, formats
from opplan.web.formats import NBSP, listed, number


def spoken(day: date) -> str:
    """29 September: the year is in the context line."""
    return f"{day.day}{NBSP}{day:%B}"


def off_trajectory(difference: Decimal | None, places: int) -> str:
    """44 above trajectory; nothing where there is none."""
    if difference is None:
        return ""
    if not rounded(difference, places):
        return "on trajectory"
    return f"{number(abs(difference), places)} {'above' if difference > 0 else 'below'} trajectory"


def _floats(values: Sequence[Decimal | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def week_chart(found: ControlGroup, week: Week | None) -> LineChart | None:
    """The year's weekly counts and their trajectory. None where the plan has neither."""
    start = found.official.year_start if found.official else found.month
    weeks = [one for one in found.weeks if one.day >= start]
    if not weeks or not any(one.actual is not None or one.planned is not None for one in weeks):
        return None
    end = end_of(found.month)
    actual = [one.actual if one.day <= end else None for one in weeks]
    series = []
    if any(one.planned is not None for one in weeks):
        series.append(charts.Series("plan", "Trajectory", _floats([one.planned for one in weeks])))
    if any(value is not None for value in actual):
        series.append(charts.Series("actual", "Patients delayed", _floats(actual), spoken(week.day) if week else ""))
    figure = charts.by_week([one.day for one in weeks], series)
    off = off_trajectory(week.difference, 0) if week else ""
    words = off[:1].upper() + off[1:] if off else "The trajectory of the year"
    span = f"{formats.month(weeks[0].day)} to {formats.month(weeks[-1].day)}"
    return LineChart(words, f"Patients delayed on one day of each week, whole system, {span}", figure)


def month_chart(found: ControlGroup) -> LineChart | None:
    """Two years of official average beds, the trajectory, and what the target share allows. None where nothing is held."""
    if found.official is None or not any(one.beds is not None or one.planned is not None for one in found.months):
        return None
    months = [one.period for one in found.months]
    series = [charts.Series("plan", "Trajectory", _floats([one.planned for one in found.months]))]
    if any(one.beds is not None for one in found.months):
        series.append(charts.Series("actual", "Actual", _floats([one.beds for one in found.months])))
    if any(one.allowed is not None for one in found.months):
        label = f"{formats.plain(found.target_share)}% of beds"
        series.append(charts.Series("target", label, _floats([one.allowed for one in found.months])))
    figure = charts.by_month(months, series)
    span = f"{formats.month(months[0])} to {formats.month(months[-1])}"
    return LineChart(_month_finding(found), f"Average beds a day, {found.official.title}, {span}", figure)


def _month_finding(found: ControlGroup) -> str:
    now = found.now
    if now is None or now.beds is None:
        return f"Nothing is reported for {formats.month(found.month)}"
    parts = []
    if now.difference is not None:
        parts.append(f"{number(abs(now.difference), 1)} beds {'above' if now.difference > 0 else 'below'} trajectory")
    if now.allowed is not None:
        over = now.beds - now.allowed
        target = formats.plain(found.target_share)
        parts.append(
            f"{number(abs(over), 1)} {'above' if over > 0 else 'below'} what {target}% of occupied beds allows"
        )
    return listed(parts) if parts else f"{beds(now.beds)} beds a day"


def body_chart(found: ControlGroup) -> LineChart | None:
    """Average beds by responsible organisation up to the month. None where the month does not hold that cut."""
    months = [month for month in sorted(found.ours) if found.ours[month].of("body")]
    if not months or months[-1] != found.month:
        return None
    every = [one.period for one in found.months if months[0] <= one.period <= months[-1]] or months
    parts = [
        charts.Part(
            name,
            _floats([found.ours[month].beds("body", body) if month in found.ours else None for month in every]),
        )
        for body, name in BODIES.items()
    ]
    now = found.ours[found.month]
    first = max(BODIES, key=lambda body: now.of("body").get(body, Decimal(0)))
    words = f"{BODIES[first]}: {beds(now.beds('body', first))} of {beds(now.all_beds())} beds in {found.month:%B}"
    span = f"{formats.month(every[0])} to {formats.month(every[-1])}"
    return LineChart(
        words, f"Average beds a day by responsible organisation, {span}", charts.stacked_by_month(every, parts)
    )
