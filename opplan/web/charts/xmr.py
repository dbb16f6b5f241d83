"""XmR charts: what happened, its mean and limits, and every point marked for what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from opplan.calc.spc import Analysis, Point, PointType, Segment
from opplan.calc.spc import Figure as Exact
from opplan.web.charts.lines import (
    AXIS,
    INK,
    PURPLE,
    QUIET,
    RED,
    Figure,
    Mark,
    Value,
    draw,
    key_of,
    layout_of,
    name_months,
    span_of,
    spread,
    written,
)
from opplan.web.variation import LEAST_SHOWN, fired, is_marked

THREAD = "#aeb7bd"
MARKS: dict[PointType, tuple[str, str, int]] = {
    PointType.COMMON: ("#5f6f7a", "circle", 8),
    PointType.IMPROVEMENT: ("#0077b6", "diamond", 10),
    PointType.CONCERN: ("#c8510a", "square", 9),
    PointType.NEUTRAL_HIGH: (PURPLE, "triangle-up", 11),
    PointType.NEUTRAL_LOW: (PURPLE, "triangle-down", 11),
}
ROOM_OF_A_LABEL = 0.075
LONGEST_REASON = 34


@dataclass(frozen=True)
class _Line:
    """A straight or broken line of the chart and the name at its end; no name, no label."""

    periods: Sequence[date]
    values: Sequence[Value]
    colour: str
    width: float
    dash: str
    name: str = ""


def xmr(
    found: Analysis,
    *,
    name: str,
    trajectory: Mapping[date, Value] | None = None,
    rebased: Mapping[date, str] | None = None,
    from_zero: bool = True,
    suffix: str = "",
    places: int = 1,
) -> Figure:
    """An XmR chart of a series: `name` is what the pointer calls a point, `trajectory` the plan by period, `rebased` why limits
    begin anew.

    Limits are drawn over their own segment, none under 10 points; lines break at a rebase and at a missing period. A point's type
    has a shape as well as a colour.
    """
    trajectory, rebased = trajectory or {}, rebased or {}
    periods = sorted({point.period for point in found.points} | trajectory.keys())
    keys = [key_of(period) for period in periods]
    lines = _limits(found) + _aims(found, periods, trajectory)
    values = [float(point.value) for point in found.held if point.value is not None]
    present = [*values, *(value for line in lines for value in line.values if value is not None)]
    span = span_of(present, from_zero, ceiling=100.0 if suffix == "%" else None)
    layout = layout_of(periods, keys, span, suffix)
    if any(period.day != 1 for period in periods):
        name_months(layout, periods, keys)
    layout["hovermode"] = "closest"
    layout["annotations"] = _labels(lines, periods, span, suffix, places)
    threads = [_thread(found, segment) for segment in found.segments]
    figure = {
        "data": [
            *(_trace(line) for line in [*lines, *threads] if line.periods),
            _marks(found.held, name, suffix, places),
        ],
        "layout": layout,
    }
    for segment in found.segments[1:]:
        reason = rebased.get(segment.start, "")
        draw(Mark(segment.start, f"Rebased: {reason}" if 0 < len(reason) <= LONGEST_REASON else "Rebased"), layout)
    return figure


def _float(figure: Exact) -> float:
    """Four decimals: finer than any chart is read."""
    return round(float(figure), 4)


def _periods(found: Analysis, segment: Segment) -> list[date]:
    return [point.period for point in found.points if point.segment is segment]


def _limits(found: Analysis) -> list[_Line]:
    """Mean and limits of each segment with points enough, over its points; named in the latest."""
    lines = []
    for segment in found.segments:
        limits = segment.limits
        if limits is None or segment.held < LEAST_SHOWN:
            continue
        periods, latest = _periods(found, segment), segment is found.latest
        levels: list[tuple[str, Fraction | None, str, float, str]] = [
            ("Upper limit", limits.upper, AXIS, 1, "dash"),
            ("Mean", limits.mean, INK, 1.2, "solid"),
            ("Lower limit", limits.lower, AXIS, 1, "dash"),
        ]
        for words, level, colour, width, dash in levels:
            if level is not None:
                held = [_float(level)] * len(periods)
                lines.append(_Line(periods, held, colour, width, dash, words if latest else ""))
    return lines


def _aims(found: Analysis, periods: Sequence[date], trajectory: Mapping[date, Value]) -> list[_Line]:
    """The target over the whole chart, and the trajectory over its own months."""
    lines = []
    if found.target is not None and periods:
        lines.append(_Line(periods, [_float(found.target)] * len(periods), RED, 1, "dash", "Target"))
    if any(value is not None for value in trajectory.values()):
        months = sorted(trajectory)
        lines.append(_Line(months, [trajectory[month] for month in months], PURPLE, 2, "dash", "Trajectory"))
    return lines


def _thread(found: Analysis, segment: Segment) -> _Line:
    """The thin line from point to point of a segment, broken where a period is missing."""
    points = [point for point in found.points if point.segment is segment]
    values = [None if point.value is None else _float(point.value) for point in points]
    return _Line([point.period for point in points], values, THREAD, 1.5, "solid")


def _trace(line: _Line) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [key_of(period) for period in line.periods],
        "y": list(line.values),
        "name": line.name,
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"color": line.colour, "width": line.width, "dash": line.dash},
    }


def _marks(held: Sequence[Point], name: str, suffix: str, places: int) -> dict[str, Any]:
    shown = [MARKS[shown_type(point)] for point in held]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [key_of(point.period) for point in held],
        "y": [_float(point.value) for point in held if point.value is not None],
        "name": name,
        "text": [fired(point.finding) if is_marked(point) and point.finding else "Common cause" for point in held],
        "hovertemplate": f"%{{x}}: %{{y:,.{places}f}}{suffix}<br>%{{text}}<extra></extra>",
        "marker": {
            "color": [colour for colour, _, _ in shown],
            "symbol": [symbol for _, symbol, _ in shown],
            "size": [size for _, _, size in shown],
            "opacity": 1,
        },
    }


def shown_type(point: Point) -> PointType:
    return point.point_type if point.point_type is not None and is_marked(point) else PointType.COMMON


def _labels(
    lines: Sequence[_Line], periods: Sequence[date], span: tuple[float, float], suffix: str, places: int
) -> list[dict[str, Any]]:
    """A name and a figure at the end of each line, those that end together pushed apart: in the margin, or beside the last point."""
    ends: dict[date, list[tuple[float, _Line]]] = {}
    for line in lines:
        last = next((at for at in range(len(line.values) - 1, -1, -1) if line.values[at] is not None), None)
        if line.name and last is not None:
            ends.setdefault(line.periods[last], []).append((line.values[last] or 0.0, line))
    labels = []
    for period, together in ends.items():
        together.sort(key=lambda end: end[0])
        heights = spread([value for value, _ in together], span, (span[1] - span[0]) * ROOM_OF_A_LABEL)
        for (value, line), height in zip(together, heights, strict=True):
            labels += _label(line, period, value, height, period == periods[-1], suffix, places)
    return labels


def _label(
    line: _Line, period: date, value: float, height: float, in_margin: bool, suffix: str, places: int
) -> list[dict[str, Any]]:
    figure = written(value, places) + suffix
    colour = QUIET if line.colour == AXIS else line.colour
    where = {"x": 1, "xref": "paper", "xshift": 8} if in_margin else {"x": key_of(period), "xshift": 10}
    shared = {"y": height, "showarrow": False, "xanchor": "left", "align": "left"}
    wide = {"text": f"{line.name} {figure}", "font": {"color": colour, "size": 13, "weight": 600}}
    if not in_margin:
        wide["bgcolor"] = "rgba(255,255,255,0.85)"
    return [
        {"name": "wide", **where, **shared, **wide},
        {
            "name": "narrow",
            **shared,
            "x": key_of(period),
            "xshift": 8,
            "text": figure,
            "font": {"color": colour, "size": 12},
        },
    ]
