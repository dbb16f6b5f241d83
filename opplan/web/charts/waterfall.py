"""A waterfall: how one total becomes another, step by step. Plotly's basic bundle has none, so it is stacked bars on a clear base."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from textwrap import wrap
from typing import Any

from opplan.web.charts.lines import AXIS, INK, QUIET, RULE, Figure
from opplan.web.formats import number

NAVY, FALL, RISE, WHITE, CLEAR = "#003087", "#4d94d6", "#c8510a", "#ffffff", "rgba(0,0,0,0)"
WIDEST_WORDS, MOST_LINES = 12, 3
MOST_ON_A_PHONE = 8


@dataclass(frozen=True)
class Step:
    """One bar: a total stands on the axis, a change hangs where the last one ended. What nobody owns is hatched."""

    label: str
    value: Decimal
    total: bool = False
    unowned: bool = False


def waterfall(steps: Sequence[Step], *, places: int = 0, welcome: bool = False) -> Figure:
    """The steps in their order: navy totals, blue falls, orange rises, hatched what nobody owns. Values in the unit of the axis.

    `welcome` is whether a rise is what is wanted, as of a surplus: then rises are blue and falls orange.

    Many steps are named on a phone in the table alone: their labels would lie on one another.

    The axis starts at nought, as every axis of bars does: a small change is a thin bar, and its label tells it.
    """
    bars = _bars(steps)
    labels = ["<br>".join(wrap(step.label, WIDEST_WORDS, max_lines=MOST_LINES, placeholder="…")) for step in steps]
    keys = [str(at) for at in range(len(steps))]
    colours = [_colour(step, welcome) for step in steps]
    outlines = [QUIET if step.unowned else colour for step, colour in zip(steps, colours, strict=True)]
    tops = [max(begin, end) for begin, end in bars]
    lowest = min([Decimal(0), *(min(begin, end) for begin, end in bars)])
    highest = max(tops, default=Decimal(1))
    room = (highest - lowest) * Decimal("0.12") or Decimal(1)
    layout = _layout(keys, labels, [float(lowest), float(highest + room)])
    crowded = len(steps) > MOST_ON_A_PHONE
    if crowded:
        layout["meta"]["narrow_ticktext"] = [
            label if step.total else "" for label, step in zip(labels, steps, strict=True)
        ]
    return {
        "data": [
            {
                "type": "bar",
                "x": keys,
                "y": [float(min(begin, end)) for begin, end in bars],
                "marker": {"color": CLEAR},
                "hoverinfo": "skip",
            },
            {
                "type": "bar",
                "x": keys,
                "y": [float(abs(end - begin)) for begin, end in bars],
                "marker": {
                    "color": colours,
                    "line": {"color": outlines, "width": 1},
                    "pattern": {
                        "shape": ["/" if step.unowned else "" for step in steps],
                        "fgcolor": QUIET,
                        "size": 6,
                    },
                },
                "hoverinfo": "skip",
            },
        ],
        "layout": layout
        | {
            "annotations": [
                _annotation(key, step, top, places) | ({"name": "wide"} if crowded and not step.total else {})
                for key, step, top in zip(keys, steps, tops, strict=True)
            ]
        },
    }


def _bars(steps: Sequence[Step]) -> list[tuple[Decimal, Decimal]]:
    """Where each bar begins and ends."""
    bars, level = [], Decimal(0)
    for step in steps:
        begin, level = (Decimal(0), step.value) if step.total else (level, level + step.value)
        bars.append((begin, level))
    return bars


def _colour(step: Step, welcome: bool) -> str:
    if step.total:
        return NAVY
    return WHITE if step.unowned else FALL if (step.value < 0) is not welcome else RISE


def _annotation(key: str, step: Step, top: Decimal, places: int) -> dict[str, Any]:
    return {
        "x": key,
        "y": float(top),
        "yanchor": "bottom",
        "showarrow": False,
        "text": number(step.value, places, signed=not step.total),
        "font": {"color": INK, "size": 13, "weight": 600 if step.total else 400},
    }


def _layout(keys: Sequence[str], labels: Sequence[str], span: Sequence[float]) -> dict[str, Any]:
    return {
        "font": {"family": "arial, sans-serif", "size": 14, "color": INK},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "barmode": "stack",
        "bargap": 0.35,
        "margin": {"l": 64, "r": 10, "t": 22, "b": 72},
        "meta": {"narrow_r": 6},
        "showlegend": False,
        "hovermode": False,
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(keys),
            "showgrid": False,
            "linecolor": AXIS,
            "ticks": "",
            "tickfont": {"size": 13, "color": INK},
            "tickangle": 0,
            "fixedrange": True,
            "tickvals": list(keys),
            "ticktext": list(labels),
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
            "range": list(span),
        },
    }
