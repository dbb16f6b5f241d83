"""Lines over financial years: what a plan or a scenario comes to, year by year."""

from collections.abc import Sequence

from opplan.web.charts.lines import Figure, Series, labels_of, layout_of, span_of, trace_of


def by_year(
    years: Sequence[str], series: Sequence[Series], *, from_zero: bool = True, suffix: str = "", places: int = 1
) -> Figure:
    """A line chart over financial years, written as the axis names them (2017/18); at most four series."""
    present = [value for one in series for value in one.values if value is not None]
    span = span_of(present, from_zero, ceiling=None)
    layout = layout_of([], years, span, suffix)
    layout["xaxis"] |= {"tickvals": list(years), "ticktext": list(years)}
    layout["annotations"] = labels_of(years, series, suffix, places, span)
    return {"data": [trace_of(years, one, suffix, places) for one in series], "layout": layout}
