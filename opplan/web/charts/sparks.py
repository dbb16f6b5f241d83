"""Small trends for table cells, as coordinates."""

from collections.abc import Sequence
from typing import Any

from opplan.web.charts.lines import Value


def spark(values: Sequence[Value], *, target: Value = None, width: int = 120, height: int = 30) -> dict[str, Any]:
    """A small trend for a table cell: segments between gaps, the last point and a target line, as coordinates for inline SVG.

    A month between two gaps is a segment of one point, drawn as a dot.
    """
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
        "segments": [" ".join(points if len(points) > 1 else points * 2) for points in segments if points],
        "last": last,
        "target": None if target is None else y(target),
    }
