"""Small trends for table cells, as coordinates."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from opplan.web.charts.lines import Value


def spark(values: Sequence[Value], *, target: Value = None, width: int = 120, height: int = 30) -> dict[str, Any]:
    """A small trend for a table cell: segments between gaps, the last point and a target line, as coordinates for inline SVG.

    A month between two gaps is a segment of one point, drawn as a dot.
    """
    present = [value for value in values if value is not None]
    if not present:
        return {"segments": [], "last": None, "target": None}
    bounds = present if target is None else [*present, target]
    low, high = min(bounds), max(bounds)
    scale = (height - 8) / (high - low) if high > low else 0.0
    step = (width - 12) / max(len(values) - 1, 1)
    foot = height - 4 if scale else height / 2
    # Written with a format rather than rounded first: a board draws a hundred of these.
    points = [
        "" if value is None else f"{4 + at * step:.1f},{foot - (value - low) * scale:.1f}"
        for at, value in enumerate(values)
    ]
    runs = [list(run) for held, run in groupby(points, bool) if held]
    x, _, y = runs[-1][-1].partition(",")
    return {
        "segments": [" ".join(run if len(run) > 1 else run * 2) for run in runs],
        "last": (float(x), float(y)),
        "target": None if target is None else round(foot - (target - low) * scale, 1),
    }
