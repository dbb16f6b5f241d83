"""A surplus is what is left, an underlying one what is left every year, and money keeps to its budget or does not."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.budgets import (
    Balance,
    Underlying,
    against_budget,
    months_behind,
    risk_against_spend,
    surplus_against_plan,
)
from opplan.calc.rag import Direction, Rating, Tolerance

D = Decimal
BAND = Tolerance(D("0.1"), D(2))
pounds = st.integers(-(10**9), 10**9).map(D)


@given(pounds, pounds, pounds)
def test_the_cumulative_surplus_is_the_in_year_one_with_what_was_brought_forward(
    resource: Decimal, brought: Decimal, uses: Decimal
) -> None:
    balance = Balance(resource, brought, uses)
    assert balance.cumulative - balance.in_year == brought
    assert balance.in_year + uses == resource


def test_nothing_is_a_share_of_no_resource() -> None:
    assert Balance(D(0), D(0), D(5)).in_year_share is None
    assert Balance(D(0), D(0), D(5)).cumulative_share is None


def test_the_underlying_surplus_rests_on_savings_that_nobody_has_found() -> None:
    found = Underlying(Balance(D(100), D(0), D(95)), D(100), D(90), unfound=D(4))
    assert (found.surplus, found.share, found.if_none_is_found) == (D(10), D(10), D(6))


@pytest.mark.parametrize(
    ("actual", "direction", "rating"),
    [
        (D("1000"), Direction.UNDER, Rating.GREEN),
        (D("1001"), Direction.UNDER, Rating.GREEN),
        (D("1001.1"), Direction.UNDER, Rating.AMBER),
        (D("1020"), Direction.UNDER, Rating.AMBER),
        (D("1020.1"), Direction.UNDER, Rating.RED),
        (D("900"), Direction.UNDER, Rating.GREEN),
        (D("979"), Direction.OVER, Rating.RED),
        (D("1100"), Direction.OVER, Rating.GREEN),
    ],
)
def test_amber_is_from_a_tenth_of_one_to_two_per_cent_on_the_adverse_side(
    actual: Decimal, direction: Direction, rating: Rating
) -> None:
    assert against_budget("budget_to_date", actual, D(1000), direction, BAND).rating == rating


def test_a_negative_budget_that_is_not_saved_is_adverse() -> None:
    found = against_budget("budget_forecast", D(-2914), D(-13300), Direction.UNDER, BAND)
    assert found.rating == Rating.RED
    assert round(found.distance or 0, 1) == D("78.1")


def test_spending_without_a_budget_is_red_and_none_is_green() -> None:
    assert against_budget("budget_to_date", D(5), D(0), Direction.UNDER, BAND).rating == Rating.RED
    assert against_budget("budget_to_date", D(0), D(0), Direction.UNDER, BAND).rating == Rating.GREEN


def test_a_surplus_forecast_below_plan_is_red_whatever_its_size() -> None:
    none = Tolerance(D(0), D(0))
    plan, short = Balance(D(100_000), D(0), D(99_000)), Balance(D(100_000), D(0), D(99_001))
    assert surplus_against_plan(short, plan, none).rating == Rating.RED
    assert surplus_against_plan(plan, plan, none).rating == Rating.GREEN


@pytest.mark.parametrize(("net", "rating"), [(-5, "green"), (10, "green"), (15, "amber"), (21, "red")])
def test_net_risk_is_amber_from_one_and_red_from_two_per_cent_of_spend(net: int, rating: str) -> None:
    assert risk_against_spend(D(net), D(1000), Tolerance(D(1), D(2))).rating == rating


def test_a_month_behind_is_counted_over_the_turn_of_the_year() -> None:
    assert months_behind(date(2016, 12, 1), date(2017, 2, 1)) == 2
