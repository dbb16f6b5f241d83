"""Charts as plain dicts: valid for the library, and in the house's style."""

import json
from datetime import date

import plotly.graph_objects as graph_objects
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opplan.calc.months import financial_year_months, months_from
from opplan.web.charts import Mark, Series, by_month, spark

YEAR = financial_year_months(date(2016, 4, 1))
TWO_YEARS = months_from(date(2015, 4, 1), date(2017, 3, 1))
DELAYED = [127.1, 121.6, 113.1, 114.6, 128.5, 140.3, *[None] * 6]
TRAJECTORY = [144.0, 137.1, 130.2, 123.3, 116.4, 109.5, 102.6, 95.6, 88.7, 81.8, 74.9, 68.0]
values = st.none() | st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 3))


def delayed_transfers(**options):
    return by_month(
        YEAR,
        [
            Series("plan", "Trajectory", TRAJECTORY),
            Series("actual", "Actual", DELAYED, "30.8 above plan"),
            Series("target", "Standard", [68.0] * 12),
        ],
        **options,
    )


def labels(figure, name):
    return [one for one in figure["layout"]["annotations"] if one["name"] == name]


def test_the_library_accepts_the_figure_as_it_is():
    graph_objects.Figure(delayed_transfers(mark=Mark(YEAR[5], "Month reported")), skip_invalid=False)


def test_a_figure_travels_as_json():
    figure = delayed_transfers()
    assert json.loads(json.dumps(figure)) == figure


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["actual", "plan", "forecast", "target"]), st.lists(values, min_size=12, max_size=12)
        ),
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from(["", "%"]),
)
def test_the_library_accepts_whatever_is_held(lines, from_zero, suffix):
    figure = by_month(
        YEAR, [Series(role, role.title(), held) for role, held in lines], from_zero=from_zero, suffix=suffix
    )
    graph_objects.Figure(figure, skip_invalid=False)
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < high
    for _, held in lines:
        assert all(low <= value <= high for value in held if value is not None)


def test_missing_months_break_the_line():
    actual = delayed_transfers()["data"][1]
    assert actual["y"][6:] == [None] * 6
    assert actual["connectgaps"] is False


def test_the_four_roles_have_the_looks_colours_and_dashes():
    figure = by_month(YEAR, [Series(role, role, [1.0] * 12) for role in ("actual", "plan", "forecast", "target")])
    assert [(trace["line"]["color"], trace["line"]["width"], trace["line"]["dash"]) for trace in figure["data"]] == [
        ("#005eb8", 2.5, "solid"),
        ("#490092", 2, "dash"),
        ("#005eb8", 2, "dot"),
        ("#d5281b", 1, "dash"),
    ]


def test_points_are_drawn_up_to_24_months_and_for_actual_figures_alone():
    def modes(months):
        series = [Series(role, role, [1.0] * len(months)) for role in ("actual", "plan")]
        return [trace["mode"] for trace in by_month(months, series)["data"]]

    assert modes(TWO_YEARS) == ["lines+markers", "lines"]
    assert modes(months_from(date(2014, 4, 1), date(2017, 3, 1))) == ["lines", "lines"]


def test_counts_begin_at_nought_and_percentages_need_not():
    held = [Series("actual", "Actual", [91.0, 92.0, *[None] * 10])]
    assert by_month(YEAR, held)["layout"]["yaxis"]["range"][0] == 0
    low, high = by_month(YEAR, held, from_zero=False, suffix="%")["layout"]["yaxis"]["range"]
    assert 90 < low < 91
    assert 92 < high < 93


def test_a_percentage_never_reaches_much_over_100():
    held = [Series("actual", "Actual", [60.0, 100.0, *[None] * 10])]
    low, high = by_month(YEAR, held, from_zero=False, suffix="%")["layout"]["yaxis"]["range"]
    assert 100 < high < 101


def test_months_read_april_to_march_with_the_year_under_the_first_tick_and_each_january():
    ticks = delayed_transfers()["layout"]["xaxis"]["ticktext"]
    assert ticks == [
        "Apr<br>2016", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan<br>2017", "Feb", "Mar",
    ]  # fmt: skip


def test_two_years_are_ticked_by_quarter_wherever_they_begin():
    months = months_from(date(2015, 5, 1), date(2017, 3, 1))
    axis = by_month(months, [Series("actual", "Actual", [1.0] * len(months))])["layout"]["xaxis"]
    assert axis["ticktext"] == ["Jul<br>2015", "Oct", "Jan<br>2016", "Apr", "Jul", "Oct", "Jan<br>2017"]
    assert axis["tickvals"][0] == "Jul 2015"


def test_each_line_is_labelled_at_its_end_in_its_own_colour_on_a_desk_and_on_a_phone():
    figure = delayed_transfers()
    assert [label["text"] for label in labels(figure, "wide")] == [
        "Trajectory",
        "68",
        "Actual",
        "140.3, 30.8 above plan",
        "Standard",
        "68",
    ]
    assert [label["text"] for label in labels(figure, "narrow")] == ["68", "140.3", "68"]
    assert [label["font"]["color"] for label in labels(figure, "wide")[::2]] == ["#490092", "#005eb8", "#d5281b"]
    assert all(label["font"]["weight"] == 600 for label in labels(figure, "wide")[::2])


def test_no_text_asks_for_a_style_that_the_content_security_policy_forbids():
    assert not [label for label in delayed_transfers()["layout"]["annotations"] if "<b" in label["text"]]


def test_a_line_that_ends_early_is_labelled_where_it_ends():
    trajectory, actual, _ = labels(delayed_transfers(), "wide")[::2]
    assert (trajectory.get("xref"), actual.get("xref")) == ("paper", None)
    assert actual["x"] == "Sep 2016"


def test_labels_that_end_together_do_not_cover_each_other():
    trajectory, _, standard = labels(delayed_transfers(), "wide")[::2]
    low, high = delayed_transfers()["layout"]["yaxis"]["range"]
    assert abs(trajectory["y"] - standard["y"]) >= 0.1399 * (high - low)


@given(st.lists(st.floats(0, 100).map(lambda value: round(value, 2)), min_size=2, max_size=4))
def test_labels_in_the_margin_are_always_a_line_apart(ends):
    figure = by_month(YEAR, [Series("actual", "Line", [*[None] * 11, value]) for value in ends])
    low, high = figure["layout"]["yaxis"]["range"]
    heights = sorted(label["y"] for label in labels(figure, "wide")[::2])
    assert all(b - a >= 0.1399 * (high - low) for a, b in zip(heights, heights[1:], strict=False))


@given(st.lists(st.floats(0, 100).map(lambda value: round(value, 2)), min_size=1, max_size=4), st.integers(0, 11))
def test_no_label_lies_outside_the_plot_where_the_library_would_hide_it(ends, at):
    series = [Series("actual", "Line", [*[None] * 11, value]) for value in ends]
    series.append(Series("plan", "Other", [*[None] * at, 50.0, *[None] * (11 - at)]))
    figure = by_month(YEAR, series[-4:])
    low, high = figure["layout"]["yaxis"]["range"]
    assert all(low <= label["y"] <= high for label in figure["layout"]["annotations"])


def test_nothing_held_leaves_an_empty_plot_without_labels():
    figure = by_month(YEAR, [Series("actual", "Actual", [None] * 12)])
    assert figure["layout"]["annotations"] == []
    graph_objects.Figure(figure, skip_invalid=False)


def test_the_month_reported_is_marked_where_it_is_drawn():
    figure = delayed_transfers(mark=Mark(YEAR[5], "Month reported"))
    assert figure["layout"]["shapes"][0]["x0"] == "Sep 2016"
    assert "shapes" not in delayed_transfers(mark=Mark(date(2015, 9, 1), "Month reported"))["layout"]


@pytest.mark.parametrize(("places", "written"), [(0, "1,903"), (1, "1,902.5"), (2, "1,902.50")])
def test_the_end_of_a_line_is_written_in_the_measures_precision(places, written):
    figure = by_month(YEAR, [Series("actual", "Actual", [1902.5, *[None] * 11])], places=places)
    assert labels(figure, "narrow")[0]["text"] == written


class TestSpark:
    def test_a_gap_parts_the_line_and_a_lone_month_is_a_dot(self):
        drawn = spark([1, 2, None, 3, None, 4, 5])
        assert [len(segment.split()) for segment in drawn["segments"]] == [2, 2, 2]
        first, again = drawn["segments"][1].split()
        assert first == again

    def test_the_last_month_held_is_the_last_point(self):
        drawn = spark([1, 2, 3, None])
        assert drawn["last"] == tuple(map(float, drawn["segments"][-1].split()[-1].split(",")))

    def test_time_runs_to_the_right_edge_whatever_is_missing(self):
        assert spark([None] * 23 + [5])["last"][0] == 112

    def test_nothing_held_draws_nothing(self):
        assert spark([None, None], target=95.0) == {"segments": [], "last": None, "target": None}

    @given(st.lists(values, min_size=1, max_size=24), values)
    def test_everything_is_drawn_inside_the_box(self, held, target):
        drawn = spark(held, target=target)
        points = [tuple(map(float, point.split(","))) for line in drawn["segments"] for point in line.split()]
        assert all(0 <= x <= 120 and 0 <= y <= 30 for x, y in points)
        if drawn["target"] is not None:
            assert 0 <= drawn["target"] <= 30

    def test_the_target_lies_on_the_same_scale_as_the_line(self):
        drawn = spark([95, 90], target=95)
        assert drawn["target"] == float(drawn["segments"][0].split()[0].split(",")[1])
