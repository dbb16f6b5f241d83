"""Charts as plain dicts in the house style: thin gridlines, no legend, every line labelled at its end in its own colour.

A figure travels to the page as JSON and Plotly's basic bundle draws it; its data table stands beside it. Missing months are None
and break the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

INK, QUIET, RULE, AXIS = "#212b32", "#4c6272", "#d8dde0", "#768692"
BLUE, PURPLE, RED = "#005eb8", "#490092", "#d5281b"

Figure = dict[str, Any]
Value = float | None

STYLES: dict[str, tuple[str, float, str]] = {
    "actual": (BLUE, 2.5, "solid"),
    "plan": (PURPLE, 2, "dash"),
    "forecast": (BLUE, 2, "dot"),
    "target": (RED, 1, "dash"),
}


@dataclass(frozen=True)
class Series:
    """One line of a chart: its role decides colour and dash; `label` stands at its last value in bold, `note` beneath."""

    role: str
    label: str
    values: Sequence[Value]
    note: str = ""


def by_month(months: Sequence[date], series: Sequence[Series], *, from_zero: bool = True, suffix: str = "") -> Figure:
    """A line chart over months, April to March. `from_zero` false is for percentages, and then the caption says so."""
    keys = [f"{month:%Y-%m}" for month in months]
    traces = [_trace(keys, one, suffix) for one in series]
    present = [value for one in series for value in one.values if value is not None]
    return {
        "data": traces,
        "layout": _layout(
            months, keys, _labels(keys, series, suffix, _span(present, from_zero)), present, from_zero, suffix
        ),
    }


def _trace(keys: Sequence[str], one: Series, suffix: str) -> dict[str, Any]:
    colour, width, dash = STYLES[one.role]
    points = one.role == "actual" and len(one.values) <= 24
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers" if points else "lines",
        "x": list(keys),
        "y": list(one.values),
        "name": one.label,
        "connectgaps": False,
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": "%{y:,.1f}" + suffix + "<extra>" + one.label + "</extra>",
    }
    if points:
        trace["marker"] = {"size": 7}
    return trace


def _span(present: Sequence[float], from_zero: bool) -> tuple[float, float]:
    if not present:
        return 0.0, 1.0
    low, high = min(present), max(present)
    if from_zero:
        low = min(low, 0.0)
    room = (high - low or abs(high) or 1.0) * 0.12
    return (low if from_zero and low == 0 else low - room), high + room


def _labels(
    keys: Sequence[str], series: Sequence[Series], suffix: str, span: tuple[float, float]
) -> list[dict[str, Any]]:
    """A label at the end of each line, pushed apart so that none covers another: two lines of text are an eighth of the height."""
    ends = []
    for one in series:
        last = next((index for index in range(len(one.values) - 1, -1, -1) if one.values[index] is not None), None)
        if last is not None:
            ends.append((one, last, float(one.values[last] or 0)))
    least = (span[1] - span[0]) * 0.15
    placed: list[tuple[Series, int, float, float]] = []
    for one, last, value in sorted(ends, key=lambda end: end[2]):
        at = value if not placed else max(value, placed[-1][3] + least)
        placed.append((one, last, value, at))
    labels = []
    for one, last, value, at in placed:
        text = f"<b>{one.label}</b> {_text(value)}{suffix}" + (f"<br>{one.note}" if one.note else "")
        shared = {
            "y": at,
            "showarrow": False,
            "xanchor": "left",
            "align": "left",
            "font": {"color": STYLES[one.role][0], "size": 14},
        }
        labels.append({"x": 1.02, "xref": "paper", "text": text, "name": "wide", **shared})
        labels.append({"x": keys[last], "xshift": 8, "text": f"{_text(value)}{suffix}", "name": "narrow", **shared})
    return labels


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")


def _layout(
    months: Sequence[date],
    keys: Sequence[str],
    labels: list[dict[str, Any]],
    present: Sequence[float],
    from_zero: bool,
    suffix: str,
) -> dict[str, Any]:
    step = 1 if len(months) <= 13 else 3
    ticks = [index for index in range(len(months)) if index % step == 0]
    return {
        "font": {"family": "arial, sans-serif", "size": 14, "color": INK},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "margin": {"l": 56, "r": 150, "t": 14, "b": 46},
        "meta": {"narrow_r": 44},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#fff", "bordercolor": QUIET, "font": {"size": 14}},
        "xaxis": {
            "type": "category",
            "showgrid": False,
            "linecolor": AXIS,
            "ticks": "outside",
            "tickcolor": AXIS,
            "ticklen": 4,
            "tickfont": {"color": QUIET, "size": 13},
            "fixedrange": True,
            "tickvals": [keys[index] for index in ticks],
            "ticktext": [_tick(months[index], index == 0) for index in ticks],
        },
        "yaxis": {
            "gridcolor": RULE,
            "gridwidth": 1,
            "zeroline": False,
            "tickfont": {"color": QUIET, "size": 13},
            "fixedrange": True,
            "nticks": 5,
            "ticks": "",
            "tickformat": ",",
            "ticksuffix": suffix,
            "range": list(_span(present, from_zero)),
        },
        "annotations": labels,
    }


def _tick(month: date, first: bool) -> str:
    return f"{month:%b}<br>{month:%Y}" if first or month.month == 1 else f"{month:%b}"


def spark(values: Sequence[Value], *, target: Value = None, width: int = 120, height: int = 30) -> dict[str, Any]:
    """A small trend for a table cell: polyline segments, the last point and a target line, as coordinates for inline SVG."""
    present = [value for value in values if value is not None]
    if not present:
        return {"segments": [], "last": None, "target": None}
    low = min([*present, target] if target is not None else present)
    high = max([*present, target] if target is not None else present)
    scale = (height - 8) / (high - low) if high > low else 0.0
    step = (width - 12) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return round(height - 4 - (value - low) * scale, 1) if scale else height / 2

    segments: list[list[str]] = [[]]
    last = None
    for index, value in enumerate(values):
        if value is None:
            segments.append([])
            continue
        last = (round(4 + index * step, 1), y(value))
        segments[-1].append(f"{last[0]},{last[1]}")
    return {
        "segments": [" ".join(points) for points in segments if len(points) > 1],
        "last": last,
        "target": None if target is None else y(target),
    }
