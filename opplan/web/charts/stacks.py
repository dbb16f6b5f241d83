"""Stacked bars over months: the parts of a whole, three at most, dark to pale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opplan.web.charts.lines import QUIET, Figure, Value, key_of, layout_of, span_of, spread, written

FILLS = (("#003087", "#003087"), ("#4d94d6", "#1d6fb8"), ("#e3eaee", QUIET))
"""The fill of the first, second and third part, and the colour of its label; the palest part is outlined."""
ROOM = 0.08  # of the height of the plot, for a label


@dataclass(frozen=True)
class Part:
    """One part of every bar. `label` stands beside the last bar."""

    label: str
    values: Sequence[Value]


def stacked_by_month(months: Sequence[date], parts: Sequence[Part], *, places: int = 0) -> Figure:
    """Bars of at most three parts, the first at the foot. A month that is not reported is None in every part and has no bar."""
    if len(parts) > len(FILLS):
        raise ValueError("A bar is told apart in three parts at most.")
    keys = [key_of(month) for month in months]
    wholes = [sum(part.values[at] or 0 for part in parts) for at in range(len(months))]
    span = span_of(wholes, True, None)
    layout = layout_of(months, keys, span, "")
    layout |= {"barmode": "stack", "bargap": 0.25, "meta": {"narrow_r": 112}}
    layout["margin"]["r"] = 124
    layout["annotations"] = _labels(parts, span, places)
    return {
        "data": [_bars(keys, part, fill, places) for part, (fill, _) in zip(parts, FILLS, strict=False)],
        "layout": layout,
    }


def _bars(keys: Sequence[str], part: Part, fill: str, places: int) -> dict[str, Any]:
    marker: dict[str, Any] = {"color": fill}
    if fill == FILLS[-1][0]:
        marker["line"] = {"color": QUIET, "width": 1}
    return {
        "type": "bar",
        "x": list(keys),
        "y": [None if value is None else round(value, 4) for value in part.values],
        "name": part.label,
        "marker": marker,
        "hovertemplate": f"%{{y:,.{places}f}}<extra>{part.label}</extra>",
    }


def _labels(parts: Sequence[Part], span: tuple[float, float], places: int) -> list[dict[str, Any]]:
    """The name of each part with its last value, at the height of its share of the last bar."""
    held = [(part, part.values[-1]) for part in parts if part.values and part.values[-1] is not None]
    foot, middles = 0.0, list[float]()
    for _, value in held:
        middles.append(foot + float(value or 0) / 2)
        foot += float(value or 0)
    heights = spread(middles, span, (span[1] - span[0]) * ROOM)
    colours = {part.label: colour for part, (_, colour) in zip(parts, FILLS, strict=False)}
    return [
        {
            "x": 1,
            "xref": "paper",
            "xshift": 8,
            "xanchor": "left",
            "y": height,
            "showarrow": False,
            "align": "left",
            "text": f"{part.label} {written(float(value or 0), places)}",
            "font": {"color": colours[part.label], "size": 14, "weight": 600},
        }
        for (part, value), height in zip(held, heights, strict=True)
    ]
