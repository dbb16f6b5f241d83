"""A histogram: how often a draw fell where, with the figure that must be reached as an upright dashed line."""

from collections.abc import Sequence

from opplan.web.charts.lines import AXIS, BLUE, INK, QUIET, RED, RULE, Figure

PALE = "#4d94d6"


def histogram(
    buckets: Sequence[tuple[float, int]], *, wanted: float, wanted_label: str, prefix: str = "", suffix: str = ""
) -> Figure:
    """Bars over (lower edge, count) of equal width, in the unit of the axis: pale below what is wanted, full colour from it on."""
    edges = [edge for edge, _ in buckets]
    step = edges[1] - edges[0] if len(edges) > 1 else 1.0
    middles = [round(edge + step / 2, 4) for edge in edges]
    span = [min([0.0, *edges]), max([wanted, *(edge + step for edge in edges)]) * 1.03]
    return {
        "data": [
            {
                "type": "bar",
                "x": middles,
                "y": [count for _, count in buckets],
                "width": [step * 0.9] * len(middles),
                "marker": {"color": [BLUE if middle >= wanted else PALE for middle in middles]},
                "hovertemplate": f"{prefix}%{{x:.1f}}{suffix}: %{{y:,}} draws<extra></extra>",
            }
        ],
        "layout": {
            "font": {"family": "arial, sans-serif", "size": 14, "color": INK},
            "paper_bgcolor": "#fff",
            "plot_bgcolor": "#fff",
            "margin": {"l": 52, "r": 16, "t": 30, "b": 40},
            "meta": {"narrow_r": 16},
            "showlegend": False,
            "bargap": 0,
            "xaxis": {
                "showgrid": False,
                "linecolor": AXIS,
                "tickfont": {"size": 13, "color": QUIET},
                "tickprefix": prefix,
                "ticksuffix": suffix,
                "fixedrange": True,
                "range": span,
            },
            "yaxis": {
                "gridcolor": RULE,
                "zeroline": False,
                "tickfont": {"size": 13, "color": QUIET},
                "tickformat": ",d",
                "fixedrange": True,
                "nticks": 5,
            },
            "shapes": [
                {
                    "type": "line",
                    "x0": wanted,
                    "x1": wanted,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": RED, "dash": "dash", "width": 2},
                }
            ],
            "annotations": [
                {
                    "x": wanted,
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "bottom",
                    "xanchor": "right" if wanted > sum(span) / 2 else "left",
                    "text": wanted_label,
                    "showarrow": False,
                    "font": {"color": RED, "size": 14},
                }
            ],
        },
    }
