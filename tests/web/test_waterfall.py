"""A waterfall closes: each bar hangs where the last one ended, and the last total is where the steps lead."""

from decimal import Decimal

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.web.charts import Step, waterfall

changes = st.lists(st.decimals(min_value=-500, max_value=500, places=0), max_size=8)


def steps_of(start, moves):
    return [
        Step("Last year", Decimal(start), total=True),
        *(Step(f"Step {at}", move) for at, move in enumerate(moves)),
        Step("Plan", Decimal(start) + sum(moves, Decimal(0)), total=True),
    ]


@given(st.integers(5000, 100_000), changes)
def test_each_bar_hangs_where_the_last_one_ended(start, moves):
    clear, bars = waterfall(steps_of(start, moves))["data"]
    level = start
    for at, move in enumerate(moves, start=1):
        assert {clear["y"][at], clear["y"][at] + bars["y"][at]} == {float(level), float(level + move)}
        level += move
    assert bars["y"][-1] == float(level)
    assert clear["y"][-1] == 0


def test_it_is_a_figure_that_plotly_takes_with_bars_alone():
    figure = waterfall([*steps_of(100, [Decimal(5), Decimal(-20)]), Step("Not explained", Decimal(3), unowned=True)])
    assert {trace.type for trace in go.Figure(figure).data} == {"bar"}


def test_falls_are_blue_rises_orange_totals_navy_and_what_nobody_owns_hatched():
    steps = [*steps_of(100, [Decimal(5), Decimal(-20)])[:-1], Step("Nobody", Decimal(-5), unowned=True)]
    bars = waterfall(steps)["data"][1]["marker"]
    assert bars["color"] == ["#003087", "#c8510a", "#4d94d6", "#ffffff"]
    assert bars["pattern"]["shape"] == ["", "", "", "/"]


def test_where_a_rise_is_welcome_it_is_blue_and_a_fall_orange():
    bars = waterfall(steps_of(100, [Decimal(5), Decimal(-20)]), welcome=True)["data"][1]["marker"]
    assert bars["color"] == ["#003087", "#4d94d6", "#c8510a", "#003087"]


@pytest.mark.parametrize("label", ["Emergency admissions avoided through the Better Care Fund", "A&E"])
def test_a_long_label_is_cut_to_three_lines(label):
    figure = waterfall([Step(label, Decimal(5), total=True)])
    assert figure["layout"]["xaxis"]["ticktext"][0].count("<br>") <= 2
