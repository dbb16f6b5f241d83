"""Lines over weeks and stacked bars over months: valid for the library, and in the house's style."""

from datetime import date, timedelta

import plotly.graph_objects as graph_objects
import pytest

from opplan.calc.months import financial_year_months
from opplan.web.charts import Part, Series, by_week, stacked_by_month

WEEKS = [date(2016, 4, 7) + timedelta(7 * at) for at in range(52)]
YEAR = financial_year_months(date(2016, 4, 1))
PARTS = [Part("NHS", [80.0] * 12), Part("Social care", [30.0] * 11 + [None]), Part("Both", [20.0] * 12)]


def weekly(counted=26):
    trajectory = Series("plan", "Trajectory", [136 - 68 * at / 52 for at in range(1, 53)])
    counts = Series("actual", "Patients delayed", [130.0] * counted + [None] * (52 - counted), "29 September")
    return by_week(WEEKS, [trajectory, counts])


def test_the_library_accepts_both_figures_as_they_are():
    graph_objects.Figure(weekly(), skip_invalid=False)
    graph_objects.Figure(stacked_by_month(YEAR, PARTS), skip_invalid=False)


def test_the_axis_of_weeks_names_the_first_week_of_each_month():
    axis = weekly()["layout"]["xaxis"]
    assert len(axis["tickvals"]) == 12
    assert axis["ticktext"][0] == "Apr<br>2016"
    assert axis["ticktext"][9] == "Jan<br>2017"
    assert "2 Jun 2016" in axis["tickvals"]


def test_a_week_that_nobody_counted_breaks_the_line():
    [_, counts] = weekly()["data"]
    assert counts["connectgaps"] is False
    assert counts["y"][26:] == [None] * 26


def test_counts_begin_at_nought():
    assert weekly()["layout"]["yaxis"]["range"][0] == 0


def test_bars_are_stacked_and_each_part_is_named_beside_the_last():
    figure = stacked_by_month(YEAR, PARTS[::2])
    assert figure["layout"]["barmode"] == "stack"
    assert [label["text"] for label in figure["layout"]["annotations"]] == ["NHS 80", "Both 20"]


def test_a_part_that_is_not_reported_is_no_bar_and_no_label():
    figure = stacked_by_month(YEAR, PARTS)
    assert figure["data"][1]["y"][-1] is None
    assert [label["text"] for label in figure["layout"]["annotations"]] == ["NHS 80", "Both 20"]


def test_a_fourth_part_is_refused():
    with pytest.raises(ValueError, match="three parts"):
        stacked_by_month(YEAR, [Part(str(at), [1.0] * 12) for at in range(4)])
