"""The words of a rating: distance, then rule."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.rag import (
    Direction,
    Judgement,
    Rating,
    Tolerance,
    count_against_plan,
    percentage_against_plan,
    saving_against_plan,
)
from opplan.web.reasons import RULES, WORD, distance, mark, sentence

D = Decimal
FIVE = Tolerance(D(0), D(5))
values = st.decimals(0, 200, places=3)
directions = st.sampled_from(list(Direction))


def of_percentage(actual, planned, direction=Direction.OVER, tolerance=FIVE):
    return sentence(percentage_against_plan(D(actual), D(planned), direction, tolerance))


def of_count(actual, planned, direction=Direction.UNDER, tolerance=FIVE):
    return sentence(count_against_plan(D(actual), D(planned), direction, tolerance))


@pytest.mark.parametrize(
    ("actual", "planned", "direction", "words"),
    [
        ("82.8", "91", "over", "8.2 points under plan; red below −5"),
        ("91.2", "92.2", "over", "1.0 point under plan; red below −5"),
        ("95.1", "93", "over", "2.1 points above plan"),
        ("1.5", "1", "under", "0.5 points above plan; red above 5"),
        ("95", "95", "over", "On plan"),
        ("94.96", "95", "over", "0.04 points under plan; red below −5"),
        ("89.96", "95", "over", "5.04 points under plan; red below −5"),
    ],
)
def test_percentages_are_told_in_points(actual, planned, direction, words):
    assert of_percentage(actual, planned, Direction(direction)) == words


@pytest.mark.parametrize(
    ("actual", "planned", "direction", "words"),
    [
        ("140.3", "100", "under", "40.3% above plan; red above 5%"),
        ("14129", "14087", "under", "0.3% above plan; red above 5%"),
        ("1902", "2037", "on", "6.6% under plan; red beyond 5% either way"),
        ("145", "145", "over", "On plan"),
        ("0", "0", "under", "None, as planned"),
        ("2", "0", "under", "2, where the plan is none"),
    ],
)
def test_counts_are_told_in_per_cent_of_plan(actual, planned, direction, words):
    assert of_count(actual, planned, Direction(direction)) == words


def test_a_bound_with_decimals_is_written_in_full():
    assert of_percentage("91", "95", tolerance=Tolerance(D("0"), D("2.50"))) == "4.0 points under plan; red below −2.5"


@given(values, values, directions)
def test_the_words_never_contradict_the_rating(actual, planned, direction):
    judgement = percentage_against_plan(actual, planned, direction, FIVE)
    words = sentence(judgement)
    told = re.match(r"([0-9.]+) points? (above|under) plan", words)
    if told is None:
        assert words == "On plan"
        assert judgement.rating == Rating.GREEN
        return
    adverse = {"over": told[2] == "under", "under": told[2] == "above", "on": True}[direction]
    assert Decimal(told[1]) > 0
    assert (judgement.rating == Rating.RED) == (adverse and Decimal(told[1]) > 5)
    assert ("red" in words) == (judgement.rating in (Rating.AMBER, Rating.RED))


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        ("97", "97% of plan to date"),
        ("85", "85% of plan to date; red below 80%"),
        ("79.6", "79.6% of plan to date; red below 80%"),
    ],
)
def test_savings_are_told_as_a_share_of_plan(saved, words):
    judgement = saving_against_plan(
        D(saved),
        D(100),
        None,
        D(1000),
        to_date_tolerance=Tolerance(D(5), D(20)),
        forecast_tolerance=Tolerance(D(5), D(10)),
        reported=True,
    )
    assert sentence(judgement) == words


@pytest.mark.parametrize(
    ("rule", "days", "words"),
    [
        ("milestone_complete", 0, "On the day"),
        ("milestone_complete", -3, "3 days early"),
        ("milestone_complete", 1, "1 day late"),
        ("milestone_expected", 0, "On time"),
        ("milestone_expected", 21, "Expected 3 weeks late; red after 28 days"),
        ("milestone_expected", 29, "Expected 29 days late; red after 28 days"),
        ("milestone_expected", 40, "Expected 5 weeks late; red after 28 days"),
    ],
)
def test_milestones_are_told_in_days_then_weeks(rule, days, words):
    assert sentence(Judgement(Rating.AMBER, rule, D(days), D(28))) == words


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_words_that_begin_with_a_capital_or_a_figure(rule):
    figures = {"distance": D(3), "bound": D(5), "actual": D(2), "planned": D(4), "direction": Direction.OVER}
    words = sentence(Judgement(Rating.RED, rule, **figures))
    assert re.match(r"[A-Z0-9£]", words)
    assert not words.endswith(".")


def test_a_headline_leaves_the_rule_out():
    assert distance(percentage_against_plan(D("82.8"), D(91), Direction.OVER, FIVE)) == "8.2 points under plan"


def test_every_rating_has_its_word_and_its_mark():
    assert set(WORD) == set(Rating)
    assert {rating: mark(rating) for rating in Rating} == {
        Rating.RED: "red",
        Rating.AMBER: "amber",
        Rating.GREEN: "green",
        Rating.BLUE: "blue",
        Rating.NOT_REPORTED: "none",
        Rating.NOT_RATED: "none",
        Rating.NOT_DUE: "none",
    }
