"""Lines over weeks: a count on one day of each week, and its trajectory. Never a monthly figure beside them."""

from collections.abc import Sequence
from datetime import date

from opplan.web.charts.lines import Figure, Series, labels_of, layout_of, name_months, span_of, trace_of


def by_week(days: Sequence[date], series: Sequence[Series], *, places: int = 0) -> Figure:
    """A line chart over the days on which something is counted, oldest first. Values are None where nothing was counted.

    The axis names the first week of each month.
    """
    keys = [f"{day.day} {day:%b %Y}" for day in days]
    span = span_of([value for one in series for value in one.values if value is not None], True, None)
    layout = layout_of(days, keys, span, "")
    name_months(layout, days, keys)
    layout["annotations"] = labels_of(keys, series, "", places, span)
    return {"data": [trace_of(keys, one, "", places) for one in series], "layout": layout}
