"""Ratings: the written rules with known answers, and what must hold for every figure.

Rules: NHS England South East operational plan scorecard (1% and 5% of plan, points for percentages); NHS England CCG improvement
and assessment framework (savings to date below 80% of plan, forecast below 90%).
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.rag import (
    SEVERITY,
    Direction,
    Rating,
    Tolerance,
    adverse,
    banded,
    count_against_plan,
    meets,
    milestone,
    percentage_against_plan,
    rolled_up,
    saving_against_plan,
)

D = Decimal
COUNT, COUNT_ON, POINTS = Tolerance(D(0), D(5)), Tolerance(D(1), D(5)), Tolerance(D(0), D(5))
MILESTONE, TO_DATE, FORECAST = Tolerance(D(0), D(28)), Tolerance(D(5), D(20)), Tolerance(D(5), D(10))
figures = st.integers(0, 10**6).map(Decimal)
planned_figures = st.integers(1, 10**6).map(Decimal)
directions = st.sampled_from(list(Direction))
ratings = st.sampled_from(list(Rating))


class TestCounts:
    @pytest.mark.parametrize(
        ("actual", "rating"), [(100, "green"), (130, "green"), (99, "amber"), (95, "amber"), ("94.9", "red")]
    )
    def test_over_is_green_at_plan_amber_to_5_per_cent_below_and_red_beyond(self, actual, rating):
        assert count_against_plan(D(actual), D(100), Direction.OVER, COUNT).rating == rating

    @pytest.mark.parametrize(
        ("actual", "rating"), [(100, "green"), (70, "green"), (101, "amber"), (105, "amber"), ("105.1", "red")]
    )
    def test_under_is_the_mirror_image(self, actual, rating):
        assert count_against_plan(D(actual), D(100), Direction.UNDER, COUNT).rating == rating

    @pytest.mark.parametrize(
        ("actual", "rating"),
        [(101, "green"), (99, "green"), (102, "amber"), (95, "amber"), (105, "amber"), (94, "red"), (106, "red")],
    )
    def test_on_is_green_within_1_per_cent_either_way_and_amber_within_5(self, actual, rating):
        assert count_against_plan(D(actual), D(100), Direction.ON, COUNT_ON).rating == rating

    def test_delayed_discharges_at_the_hospital_trust_in_may_2012_are_red(self):
        # 87 against a plan of 39, 210 against 87 to date: published as red, both.
        for actual, planned in ((87, 39), (210, 87)):
            judgement = count_against_plan(D(actual), D(planned), Direction.UNDER, COUNT)
            assert judgement.rating == Rating.RED
        assert round(judgement.distance, 1) == D("141.4")

    def test_delayed_transfers_in_community_hospitals_are_12_above_their_october_trajectory(self):
        judgement = count_against_plan(D(30), D(18), Direction.UNDER, COUNT)
        assert judgement.rating == Rating.RED
        assert judgement.actual - judgement.planned == 12

    def test_a_plan_of_none_has_no_per_cent(self):
        none = count_against_plan(D(0), D(0), Direction.UNDER, COUNT)
        some = count_against_plan(D(2), D(0), Direction.UNDER, COUNT)
        assert (none.rating, some.rating, some.rule) == (Rating.GREEN, Rating.RED, "count_against_nil")

    def test_not_reported_is_never_nought(self):
        assert count_against_plan(None, D(0), Direction.UNDER, COUNT).rating == Rating.NOT_REPORTED

    def test_without_a_plan_there_is_nothing_to_rate_against(self):
        assert count_against_plan(D(5), None, Direction.UNDER, COUNT).rating == Rating.NOT_RATED

    @given(figures, planned_figures, directions)
    def test_the_rating_depends_on_the_share_of_plan_alone(self, actual, planned, direction):
        one = count_against_plan(actual, planned, direction, COUNT).rating
        assert one == count_against_plan(actual * 10, planned * 10, direction, COUNT).rating

    @given(figures, planned_figures)
    def test_what_is_good_over_plan_is_bad_under_it(self, actual, planned):
        over = count_against_plan(actual, planned, Direction.OVER, COUNT).rating
        under = count_against_plan(actual, planned, Direction.UNDER, COUNT).rating
        assert (over == under == Rating.GREEN) == (actual == planned)
        assert Rating.GREEN in (over, under)

    @given(st.integers(-(10**6), -1).map(Decimal), figures, directions)
    def test_a_plan_below_nought_does_not_turn_good_into_bad(self, planned, above, direction):
        judgement = count_against_plan(planned + above, planned, Direction.OVER, COUNT)
        assert judgement.rating == Rating.GREEN
        assert judgement.distance >= 0


class TestPercentages:
    @pytest.mark.parametrize(
        ("actual", "rating"), [("95", "green"), ("94.9", "amber"), ("90", "amber"), ("89.9", "red"), ("100", "green")]
    )
    def test_five_points_are_the_bound_not_five_per_cent_of_the_plan(self, actual, rating):
        # Five per cent of a 95% plan would reach down to 90.25%.
        assert percentage_against_plan(D(actual), D(95), Direction.OVER, POINTS).rating == rating

    def test_diagnostics_at_most_1_per_cent_is_better_lower(self):
        assert percentage_against_plan(D("0.8"), D(1), Direction.UNDER, POINTS).rating == Rating.GREEN
        assert percentage_against_plan(D("1.2"), D(1), Direction.UNDER, POINTS).rating == Rating.AMBER

    def test_the_distance_is_signed_as_actual_less_plan(self):
        assert percentage_against_plan(D("82.8"), D(91), Direction.OVER, POINTS).distance == D("-8.2")

    @given(figures, figures, directions)
    def test_getting_worse_never_improves_the_rating(self, actual, planned, direction):
        order = [Rating.GREEN, Rating.AMBER, Rating.RED]
        step = {Direction.OVER: -1, Direction.UNDER: 1}.get(direction, 1 if actual >= planned else -1)
        now = percentage_against_plan(actual, planned, direction, POINTS).rating
        worse = percentage_against_plan(actual + step, planned, direction, POINTS).rating
        assert order.index(worse) >= order.index(now)


class TestStandards:
    @pytest.mark.parametrize(
        ("actual", "standard", "direction", "met"),
        [
            ("92", "92", "over", True),
            ("91.99", "92", "over", False),
            ("1", "1", "under", True),
            ("1.01", "1", "under", False),
            ("0", "0", "under", True),
        ],
    )
    def test_a_standard_is_met_or_missed_without_tolerance(self, actual, standard, direction, met):
        assert meets(D(actual), D(standard), Direction(direction)) is met

    @given(figures, figures, directions)
    def test_a_standard_is_met_exactly_where_nothing_is_adverse(self, actual, standard, direction):
        assert meets(actual, standard, direction) == (adverse(actual, standard, direction) <= 0)


class TestMilestones:
    DUE = date(2016, 9, 30)

    def rated(self, *, forecast=None, completed=None, as_at):
        return milestone(self.DUE, forecast, completed, as_at, MILESTONE)

    def test_complete_is_blue_however_late(self):
        judgement = self.rated(completed=date(2016, 12, 1), as_at=date(2017, 1, 1))
        assert (judgement.rating, judgement.distance) == (Rating.BLUE, 62)

    def test_a_completion_that_lies_ahead_is_the_best_forecast_there_is(self):
        judgement = self.rated(completed=self.DUE + timedelta(days=10), forecast=self.DUE, as_at=date(2016, 8, 1))
        assert (judgement.rating, judgement.rule, judgement.distance) == (Rating.AMBER, "milestone_expected", 10)

    @pytest.mark.parametrize(("days", "rating"), [(0, "green"), (1, "amber"), (28, "amber"), (29, "red")])
    def test_a_forecast_up_to_28_days_late_is_amber(self, days, rating):
        judgement = self.rated(forecast=self.DUE + timedelta(days=days), as_at=date(2016, 8, 1))
        assert (judgement.rating, judgement.distance) == (rating, days)

    def test_once_the_forecast_has_passed_too_it_is_counted_to_today(self):
        judgement = self.rated(forecast=date(2016, 10, 5), as_at=date(2016, 11, 30))
        assert (judgement.rating, judgement.rule, judgement.distance) == (Rating.RED, "milestone_overdue", 61)

    def test_on_the_day_it_is_due_it_is_not_late(self):
        assert self.rated(as_at=self.DUE).rating == Rating.GREEN


class TestSavings:
    def rated(self, to_date, forecast, *, planned=100, year=1000, reported=True, begun=True):
        return saving_against_plan(
            None if to_date is None else D(to_date),
            D(planned),
            None if forecast is None else D(forecast),
            D(year),
            to_date_tolerance=TO_DATE,
            forecast_tolerance=FORECAST,
            reported=reported,
            begun=begun,
        )

    @pytest.mark.parametrize(("saved", "rating"), [(95, "green"), (94, "amber"), (80, "amber"), (79, "red")])
    def test_savings_to_date_below_80_per_cent_of_plan_are_red(self, saved, rating):
        assert self.rated(saved, None).rating == rating

    @pytest.mark.parametrize(("forecast", "rating"), [(950, "green"), (900, "amber"), (899, "red")])
    def test_a_forecast_below_90_per_cent_of_plan_is_red(self, forecast, rating):
        assert self.rated(100, forecast).rating == rating

    def test_the_worse_of_the_two_speaks(self):
        assert self.rated(70, 1000).rule == "saving_to_date"
        assert self.rated(100, 700).rule == "saving_forecast"

    def test_a_month_that_is_due_and_absent_is_not_rated_on_the_others(self):
        assert self.rated(100, 1000, reported=False).rating == Rating.NOT_REPORTED

    def test_before_anything_is_due_there_is_nothing_to_rate(self):
        assert self.rated(None, 1000, begun=False).rating == Rating.NOT_DUE


class TestBandsAndRollUp:
    @given(figures, figures, figures)
    def test_bands_follow_one_another(self, distance, green, width):
        rating, bound = banded(distance, Tolerance(green, green + width))
        expected = Rating.GREEN if distance <= green else Rating.AMBER if distance <= green + width else Rating.RED
        assert rating == expected
        assert bound == (green if rating == Rating.GREEN else green + width)

    def test_every_rating_has_a_place_in_the_order_of_severity(self):
        assert sorted(SEVERITY) == sorted(Rating)

    @pytest.mark.parametrize(
        ("parts", "whole"),
        [
            ([Rating.GREEN, Rating.RED, Rating.NOT_REPORTED], Rating.RED),
            ([Rating.GREEN, Rating.AMBER], Rating.AMBER),
            ([Rating.GREEN, Rating.NOT_REPORTED], Rating.NOT_RATED),
            ([Rating.GREEN, Rating.NOT_RATED], Rating.NOT_RATED),
            ([Rating.GREEN, Rating.BLUE], Rating.GREEN),
            ([Rating.BLUE, Rating.BLUE, Rating.NOT_DUE], Rating.BLUE),
            ([Rating.NOT_DUE], Rating.NOT_DUE),
            ([], Rating.NOT_DUE),
        ],
    )
    def test_a_whole_is_as_bad_as_its_worst_part(self, parts, whole):
        assert rolled_up(parts) == whole

    @given(st.lists(ratings, max_size=8))
    def test_what_is_stale_or_absent_is_never_green(self, parts):
        assert rolled_up(parts, stale=True) != Rating.GREEN
        if {Rating.NOT_REPORTED, Rating.NOT_RATED} & set(parts):
            assert rolled_up(parts) not in (Rating.GREEN, Rating.BLUE)

    @given(st.lists(ratings, max_size=8), st.permutations(range(8)))
    def test_the_order_of_the_parts_does_not_matter(self, parts, order):
        shuffled = [parts[at] for at in order if at < len(parts)]
        assert rolled_up(parts) == rolled_up(shuffled)
