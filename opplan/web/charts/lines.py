"""Lines over months: what happened, plan, forecast and standard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from opplan.web.formats import number

INK, QUIET, RULE, AXIS = "#212b32", "#4c6272", "#d8dde0", "#768692"
BLUE, PURPLE, RED = "#005eb8", "#490092", "#d5281b"

Figure = dict[str, Any]
Value = float | None

STYLES: dict[str, tuple[str, float, str]] = {
    "actual": (BLUE, 2.5, "solid"),
    "plan": (PURPLE, 2, "dash"),
    "forecast": (BLUE, 2, "dot"),
    "target": (RED, 1, "dash"),
    "other": (QUIET, 2, "dashdot"),
}
MOST_POINTS = 24
CLEAR_WEEKS = 3
ROOM_OF_A_LABEL, ROOM_OF_A_LINE = 0.14, 0.065  # shares of the height of the plot


@dataclass(frozen=True)
class Series:
    """One line of a chart: its role decides colour and dash; `label` stands at its end in bold, its last value and `note` beneath."""

    role: str
    label: str
    values: Sequence[Value]
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A month that the reader must know of, as a dotted upright line: the month reported, where later figures are held too."""

    month: date
    text: str


def by_month(
    months: Sequence[date],
    series: Sequence[Series],
    *,
    from_zero: bool = True,
    suffix: str = "",
    places: int = 1,
    mark: Mark | None = None,
) -> Figure:
    """A line chart over months. Values are in the unit of the axis, None where not reported; at most four series.

    `from_zero` false is for percentages, and then the caption says so. `suffix` is written after every figure (such as "%"),
    `places` are its decimals.
    """
    keys = [key_of(month) for month in months]
    present = [value for one in series for value in one.values if value is not None]
    span = span_of(present, from_zero, ceiling=100.0 if suffix == "%" else None)
    figure: Figure = {
        "data": [trace_of(keys, one, suffix, places) for one in series],
        "layout": layout_of(months, keys, span, suffix),
    }
    figure["layout"]["annotations"] = labels_of(keys, series, suffix, places, span)
    if mark is not None and mark.month in months:
        draw(mark, figure["layout"])
    return figure


def key_of(period: date) -> str:
    """The period as the axis names it, and as the box under the pointer is headed: Sep 2016; a day within a month 29 Sep 2016."""
    return f"{period:%b %Y}" if period.day == 1 else f"{period.day} {period:%b %Y}"


def trace_of(keys: Sequence[str], one: Series, suffix: str, places: int) -> dict[str, Any]:
    """The series as the library draws it over the axis of `keys`."""
    colour, width, dash = STYLES[one.role]
    points = one.role == "actual" and len(one.values) <= MOST_POINTS
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers" if points else "lines",
        "x": list(keys),
        "y": [None if value is None else round(value, 4) for value in one.values],
        "name": one.label,
        "connectgaps": False,
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": f"%{{y:,.{places}f}}{suffix}<extra>{one.label}</extra>",
    }
    if points:
        trace["marker"] = {"size": 7, "color": colour}
    return trace


def span_of(present: Sequence[float], from_zero: bool, ceiling: float | None) -> tuple[float, float]:
    """The lowest and highest value of the axis. Nothing reaches over `ceiling`, save by a hair so that a line along it is seen whole."""
    if not present:
        return 0.0, ceiling or 1.0
    low, high = min(present), max(present)
    if from_zero:
        low = min(low, 0.0)
    room = (high - low or abs(high) or 1.0) * 0.12
    top = high + room
    if ceiling is not None and high <= ceiling:
        top = min(top, ceiling + room / 6)
    if low >= 0:
        return (0.0 if from_zero else max(low - room, 0.0)), top
    return low - room, top


@dataclass
class _End:
    """Where a line ends, and how high its label is to stand: two lines of text on a desk, one on a phone."""

    one: Series
    index: int
    value: float
    wide: float
    narrow: float


def labels_of(
    keys: Sequence[str], series: Sequence[Series], suffix: str, places: int, span: tuple[float, float]
) -> list[dict[str, Any]]:
    """A label at the end of each line: in the margin when the line reaches the last month, else beside its last point."""
    ends = []
    for one in series:
        last = next((index for index in range(len(one.values) - 1, -1, -1) if one.values[index] is not None), None)
        if last is not None:
            value = float(one.values[last] or 0)
            ends.append(_End(one, last, value, value, value))
    _push_apart([end for end in ends if end.index == len(keys) - 1], span)
    for end in ends:
        if end.index < len(keys) - 1:
            end.wide = end.narrow = _clear_of(end, series, span)
    return [label for end in ends for label in _label(end, keys, suffix, places)]


def _push_apart(ends: Sequence[_End], span: tuple[float, float]) -> None:
    """Labels of one margin, each clear of the next and all within the plot: the library hides what lies outside it."""
    ordered = sorted(ends, key=lambda end: (end.value, end.one.role))
    for name, share in (("wide", ROOM_OF_A_LABEL), ("narrow", ROOM_OF_A_LINE)):
        heights = spread([end.value for end in ordered], span, (span[1] - span[0]) * share)
        for end, height in zip(ordered, heights, strict=True):
            setattr(end, name, height)


def spread(wanted: Sequence[float], span: tuple[float, float], room: float) -> list[float]:
    """Heights `room` apart, each as near above the one wanted as may be, moved down where they would pass the top."""
    placed: list[float] = []
    for value in wanted:
        placed.append(max(value, placed[-1] + room) if placed else value)
    top = span[1]
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], top)
        top = placed[at] - room
    return placed


def _clear_of(end: _End, series: Sequence[Series], span: tuple[float, float]) -> float:
    """A height for a label inside the plot that leaves the other lines readable as they pass to its right."""
    room = (span[1] - span[0]) * ROOM_OF_A_LABEL
    passing = [
        value
        for other in series
        if other is not end.one
        for value in other.values[end.index : end.index + 5]
        if value is not None and abs(value - end.value) < 0.6 * room
    ]
    if not passing:
        return end.value
    above = end.value >= sum(passing) / len(passing)
    height = max(*passing, end.value) + 0.6 * room if above else min(*passing, end.value) - 0.6 * room
    return min(max(height, span[0]), span[1])


def _label(end: _End, keys: Sequence[str], suffix: str, places: int) -> list[dict[str, Any]]:
    """Two annotations, one above the other: a strict content security policy keeps the library from making one word of a text bold."""
    value = written(end.value, places) + suffix
    colour, inside = STYLES[end.one.role][0], end.index < len(keys) - 1
    where = {"x": keys[end.index], "xshift": 10} if inside else {"x": 1, "xref": "paper", "xshift": 8}
    shared = {"y": end.wide, "showarrow": False, "xanchor": "left", "align": "left"}
    if inside:
        shared["bgcolor"] = "rgba(255,255,255,0.85)"
    name = {"text": end.one.label, "yshift": 9, "font": {"color": colour, "size": 14, "weight": 600}}
    figure = {
        "text": ", ".join(filter(None, [value, end.one.note])),
        "yshift": -9,
        "font": {"color": colour, "size": 14},
    }
    narrow = {"x": keys[end.index], "y": end.narrow, "xshift": 8, "text": value, "font": {"color": colour, "size": 13}}
    return [
        {"name": "wide", **where, **shared, **name},
        {"name": "wide", **where, **shared, **figure},
        {"name": "narrow", **shared, **narrow},
    ]


def written(value: float, places: int) -> str:
    """A figure at the end of a line, in its precision, halves up as everywhere in the house."""
    written = number(Decimal(repr(value)), places)
    return written.removesuffix("." + "0" * places) if places else written


def layout_of(months: Sequence[date], keys: Sequence[str], span: tuple[float, float], suffix: str) -> dict[str, Any]:
    every = 1 if len(months) <= 13 else 3 if len(months) <= 40 else 6
    ticks = [index for index, month in enumerate(months) if month.month % every == 1 % every]
    return {
        "font": {"family": "arial, sans-serif", "size": 14, "color": INK},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "margin": {"l": 56, "r": 150, "t": 26, "b": 46},
        "meta": {"narrow_r": 44},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#fff", "bordercolor": QUIET, "font": {"size": 14}},
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(keys),
            "range": [-0.4, len(keys) - 0.6],
            "showgrid": False,
            "linecolor": AXIS,
            "ticks": "outside",
            "tickcolor": AXIS,
            "ticklen": 4,
            "tickfont": {"color": QUIET, "size": 13},
            "tickangle": 0,
            "fixedrange": True,
            "tickvals": [keys[index] for index in ticks],
            "ticktext": [_tick(months[index], index == ticks[0]) for index in ticks],
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
            "range": list(span),
        },
    }


def name_months(layout: dict[str, Any], days: Sequence[date], keys: Sequence[str]) -> None:
    """Lets the axis of a layout over weeks name the first week of each month."""
    firsts = [index for index, day in enumerate(days) if index == 0 or day.month != days[index - 1].month]
    if len(firsts) > 1 and firsts[1] - firsts[0] < CLEAR_WEEKS:
        firsts = firsts[1:]  # a month that begins at its end would be named on top of the next
    every = 1 if len(firsts) <= 13 else 3
    ticks = [index for index in firsts if every == 1 or days[index].month % every == 1]
    named = {index for index in ticks if days[index].month == 1} | set(ticks[:1])
    layout["xaxis"]["tickvals"] = [keys[index] for index in ticks]
    layout["xaxis"]["ticktext"] = [_tick(days[index], index in named) for index in ticks]


def _tick(month: date, first: bool) -> str:
    return f"{month:%b}<br>{month:%Y}" if first or month.month == 1 else f"{month:%b}"


def draw(mark: Mark, layout: dict[str, Any]) -> None:
    """Adds the mark to a layout whose axis holds its month."""
    key = key_of(mark.month)
    line = {"color": QUIET, "width": 1, "dash": "dot"}
    layout.setdefault("shapes", []).append(
        {"type": "line", "x0": key, "x1": key, "yref": "paper", "y0": 0, "y1": 1, "line": line, "layer": "below"}
    )
    layout["annotations"].append(
        {
            "name": "wide",
            "x": key,
            "yref": "paper",
            "y": 1,
            "yanchor": "bottom",
            "text": mark.text,
            "showarrow": False,
            "font": {"color": QUIET, "size": 13},
        }
    )
