"""XmR charts: valid for the library, broken where the process or the figures are, and never colour alone."""

import json
from datetime import date
from decimal import Decimal

import plotly.graph_objects as graph_objects
from hypothesis import given, settings
from hypothesis import strategies as st

from opplan.calc.months import months_from, run_of_months
from opplan.calc.spc import Improvement, PointType, analysed
from opplan.web.charts import xmr
from opplan.web.charts.xmr import MARKS

START = date(2013, 10, 1)
# Delayed transfers of care, average beds a day, October 2013 to September 2016.
BEDS = [155.4, 139.5, 143.4, 147.2, 153.7, 132.8, 120.8, 113.0, 122.8, 128.8, 155.1, 143.2, 145.8, 132.7, 149.5, 204.6,
        167.5, 162.4, 170.2, 170.1, 153.6, 180.4, 166.9, 171.7, 174.5, 177.9, 135.6, 152.6, 143.6, 151.0, 127.1, 121.6,
        113.1, 114.6, 128.5, 140.3]  # fmt: skip
TRAJECTORY = dict(
    zip(
        months_from(date(2016, 4, 1), date(2017, 3, 1)),
        [130.0, 124, 118, 112, 106, 100, 95, 90, 86, 82, 75, 68],
        strict=True,
    )
)
REBASED = {date(2015, 12, 1): "homes scheme begins"}


def read(values, improvement=Improvement.DECREASE, **options):
    return analysed(list(zip(run_of_months(START, len(values)), values, strict=True)), improvement, **options)


def delayed(values=BEDS, **options):
    found = read(values, target=Decimal(68), rebases=REBASED)
    return xmr(found, name="beds a day", trajectory=TRAJECTORY, rebased=REBASED, **options)


def lines(figure, colour):
    return [trace for trace in figure["data"] if trace["mode"] == "lines" and trace["line"]["color"] == colour]


def marks(figure):
    return figure["data"][-1]


def labels(figure, name):
    return [one["text"] for one in figure["layout"]["annotations"] if one["name"] == name]


def test_the_library_accepts_the_figure_and_it_travels_as_json():
    figure = delayed()
    graph_objects.Figure(figure, skip_invalid=False)
    assert json.loads(json.dumps(figure)) == figure


def test_mean_limits_target_and_trajectory_have_their_colours_and_dashes():
    figure = delayed()
    styles = {
        (trace["name"], trace["line"]["color"], trace["line"]["dash"]) for trace in figure["data"][:-1] if trace["name"]
    }
    assert styles == {
        ("Mean", "#212b32", "solid"),
        ("Upper limit", "#768692", "dash"),
        ("Lower limit", "#768692", "dash"),
        ("Target", "#d5281b", "dash"),
        ("Trajectory", "#490092", "dash"),
    }


def test_lines_and_limits_break_at_a_rebase_which_is_marked_with_its_reason():
    figure = delayed()
    for colour in ("#212b32", "#aeb7bd"):
        before, after = lines(figure, colour)
        assert (before["x"][-1], after["x"][0]) == ("Nov 2015", "Dec 2015")
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == ["Dec 2015"]
    assert "Rebased: homes scheme begins" in labels(figure, "wide")


def test_a_reason_too_long_for_the_chart_is_left_to_the_table():
    reason = "150 patients moved to care homes under Rebalancing the System"
    figure = xmr(read(BEDS, rebases=REBASED), name="beds", rebased={date(2015, 12, 1): reason})
    assert "Rebased" in labels(figure, "wide")


def test_a_gap_breaks_the_line_and_has_no_point():
    figure = delayed([*BEDS[:5], None, *BEDS[6:]])
    thread = lines(figure, "#aeb7bd")[0]
    assert thread["y"][5] is None
    assert thread["connectgaps"] is False
    assert "Mar 2014" not in marks(figure)["x"]
    assert len(marks(figure)["x"]) == 35


def test_each_type_has_a_shape_of_its_own_beside_its_colour():
    assert len({symbol for _, symbol, _ in MARKS.values()}) == len(MARKS) == len(PointType)
    shown = marks(delayed())["marker"]
    pairs = set(zip(shown["color"], shown["symbol"], strict=True))
    assert pairs == {("#5f6f7a", "circle"), ("#0077b6", "diamond"), ("#c8510a", "square")}


def test_a_direction_that_is_neither_good_nor_bad_is_marked_in_purple_by_side():
    for value, symbol in ((400, "triangle-up"), (-400, "triangle-down")):
        shown = marks(xmr(read([*BEDS[:20], value], Improvement.NEUTRAL), name="beds"))["marker"]
        assert (shown["color"][-1], shown["symbol"][-1]) == ("#490092", symbol)


def test_the_pointer_is_told_which_rule_fired():
    figure = delayed()
    told = dict(zip(marks(figure)["x"], marks(figure)["text"], strict=True))
    assert told["Jan 2015"] == "Above the upper limit"
    assert told["Sep 2015"] == "Eleven months in a row above the mean"
    assert told["Sep 2016"] == "Common cause"


def test_under_ten_points_there_are_no_limits_and_no_marks():
    short = read([*BEDS[:8], 900])
    figure = xmr(short, name="beds")
    assert short.points[-1].point_type == PointType.CONCERN
    assert [trace["name"] for trace in figure["data"]] == ["", "beds"]
    assert set(marks(figure)["marker"]["symbol"]) == {"circle"}
    assert lines(xmr(read(BEDS[:10]), name="beds"), "#212b32")


def test_the_latest_lines_are_labelled_at_their_end_on_a_desk_and_on_a_phone():
    figure = delayed()
    assert labels(figure, "wide") == [
        "Lower limit 103.7",
        "Mean 132.8",
        "Upper limit 161.9",
        "Target 68",
        "Trajectory 68",
        "Rebased: homes scheme begins",
    ]
    assert labels(figure, "narrow") == ["103.7", "132.8", "161.9", "68", "68"]


def test_no_text_asks_for_a_style_that_the_content_security_policy_forbids():
    assert not [one for one in delayed()["layout"]["annotations"] if "<b" in one["text"]]


def test_six_years_are_ticked_by_half_year():
    figure = xmr(read(BEDS * 2), name="beds")
    assert figure["layout"]["xaxis"]["ticktext"][:3] == ["Jan<br>2014", "Jul", "Jan<br>2015"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.none() | st.integers(0, 2000).map(lambda value: Decimal(value) / 10), max_size=48),
    st.sampled_from(list(Improvement)),
    st.sampled_from(["", "%"]),
    st.none() | st.integers(0, 200).map(Decimal),
    st.sets(st.integers(0, 47), max_size=3),
)
def test_the_library_accepts_whatever_is_held_and_everything_lies_in_the_plot(held, improvement, suffix, target, at):
    periods = run_of_months(START, 48)
    found = read(held, improvement, target=target, rebases={periods[one] for one in at})
    figure = xmr(found, name="beds", trajectory=TRAJECTORY, suffix=suffix, from_zero=not suffix)
    graph_objects.Figure(figure, skip_invalid=False)
    low, high = figure["layout"]["yaxis"]["range"]
    drawn = [value for trace in figure["data"] for value in trace["y"] if value is not None]
    assert all(low <= value <= high for value in drawn)
    assert all(low <= one["y"] <= high for one in figure["layout"]["annotations"] if "yref" not in one)
    assert {key for trace in figure["data"] for key in trace["x"]} <= set(figure["layout"]["xaxis"]["categoryarray"])
