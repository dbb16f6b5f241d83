"""Charts as plain dicts in the house style: thin gridlines, no legend, every line labelled at its end in its own colour.

A figure travels to the page as JSON and Plotly's basic bundle draws it; its data table stands beside it. Missing months are None
and break the line.
"""

from opplan.web.charts.histograms import histogram
from opplan.web.charts.lines import Figure, Mark, Series, Value, by_month
from opplan.web.charts.sparks import spark
from opplan.web.charts.stacks import Part, stacked_by_month
from opplan.web.charts.waterfall import Step, waterfall
from opplan.web.charts.weeks import by_week
from opplan.web.charts.xmr import xmr

__all__ = [
    "Figure",
    "Mark",
    "Part",
    "Series",
    "Step",
    "Value",
    "by_month",
    "by_week",
    "histogram",
    "spark",
    "stacked_by_month",
    "waterfall",
    "xmr",
]
