"""The chart of one line: its months, its lines and the finding that is its caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from activity.presenters.words import gap, large, said, value_of
from activity.queries import LinePosition, LineRecord, Month
from opplan.calc.months import months_from, next_month
from opplan.calc.rag import Direction, Rating
from opplan.calc.ratios import Kind
from opplan.web import charts, formats
from opplan.web.formats import counted
from opplan.web.reasons import firmness, status_words

CHART_MONTHS = 36
SIDES = {
    "one side": ("On the right side of plan", "On the wrong side of plan"),
    "on": ("Close to plan", "Further from plan than is tolerated"),
}


@dataclass(frozen=True)
class LineChart:
    """A chart ready for the page: its finding, its unit line and its figure."""

    finding: str
    unit: str
    figure: charts.Figure


def chart_of(found: LineRecord, reported: date | None) -> LineChart | None:
    """Actual and plan by month: the plan's year and the months held before it, at most 36. None where nothing is held at all."""
    position = found.position
    months, by_period = chart_months(position, found.held)
    shown = [by_period.get(month) for month in months]
    actual = [None if one is None else one.actual for one in shown]
    planned = [None if one is None else one.planned for one in shown]
    if not any(value is not None for value in (*actual, *planned)):
        return None
    plans = [value for value in planned if value is not None]
    level = len(set(plans)) == 1 and len(plans) > 1
    name = "Plan" if level or len(plans) < 2 or position.kind == Kind.COUNT else "Trajectory"
    series = [charts.Series("plan", name, _floats(planned))] if plans else []
    if any(value is not None for value in actual):
        last = next(one for one in reversed(shown) if one is not None and one.actual is not None)
        firm = "" if last.status in ("", "final") else status_words(last.status)
        series.append(charts.Series("actual", "Actual", _floats(actual), firm))
    standard = position.standard
    along_plan = level and plans[0] == standard
    if along_plan:
        series[0] = charts.Series("plan", "Plan", _floats(planned), "the standard")
    elif standard is not None:
        series.append(charts.Series("target", "Standard", [float(standard)] * len(months)))
    percentage = position.kind == Kind.PERCENTAGE
    later = reported is not None and any(one and one.actual is not None and one.period > reported for one in shown)
    figure = charts.by_month(
        months,
        series,
        from_zero=not percentage,
        suffix="%" if percentage else "",
        places=formats.places_for(position.kind, standard),
        mark=charts.Mark(reported, "Month reported") if later and reported else None,
    )
    return LineChart(finding(found), _unit_line(position, months), figure)


def chart_months(position: LinePosition, held: Sequence[Month]) -> tuple[list[date], dict[date, Month]]:
    end, start = position.year[-1].period, position.year[0].period
    earliest = next_month(end, 1 - CHART_MONTHS)
    before = [month.period for month in held if earliest <= month.period < start and month.actual is not None]
    first = min([*before, start])
    return months_from(first, end), {month.period: month for month in held}


def _floats(values: Sequence[Decimal | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _unit_line(position: LinePosition, months: Sequence[date]) -> str:
    unit = "Per cent" if position.kind == Kind.PERCENTAGE else large(position.unit)
    words = f"{unit}, {position.title}, {formats.month(months[0])} to {formats.month(months[-1])}"
    words += "; the scale does not begin at nought" if position.kind == Kind.PERCENTAGE else ""
    return "; ".join(filter(None, [words, firmness((one.period, one.status) for one in position.year)]))


def finding(found: LineRecord) -> str:
    """What the chart shows of the year: how often the plan was met, and how the last month held stands to it."""
    position = found.position
    held = [month for month in position.year if month.actual is not None]
    if not held:
        return "Nothing is reported for this year yet"
    compared = [month for month in held if month.planned is not None]
    if not compared:
        return _extremes(position, held)
    bad = [month for month in compared if found.judgements[month.period].rating in (Rating.RED, Rating.AMBER)]
    last, months = compared[-1], counted(len(compared), "month")
    good_side, bad_side = SIDES["on" if position.direction == Direction.ON else "one side"]
    if not bad:
        return f"{good_side} in every month held, {months}"
    when = formats.month(last.period)
    off = gap(position, (last.actual or Decimal(0)) - (last.planned or Decimal(0)))
    tail = f"by {off} in {when}" if last in bad else f"but not in {when}"
    often = "every month held" if len(bad) == len(compared) else f"{len(bad)} of {months}"
    return f"{bad_side} in {often}, {tail}"


def _extremes(position: LinePosition, held: Sequence[Month]) -> str:
    high = max(held, key=lambda month: month.actual or Decimal(0))
    low = min(held, key=lambda month: month.actual or Decimal(0))
    if len(held) == 1:
        return f"{said(position, high.actual)} in {formats.month(high.period)}, the only month held this year"
    return (
        f"Between {value_of(position, low.actual)} in {formats.month(low.period)} "
        f"and {said(position, high.actual)} in {formats.month(high.period)}"
    )
