"""Delayed transfers in figures: known answers of the field, and what must hold for every figure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.delays import (
    achieved_share,
    average_beds,
    baseline_of,
    beds_a_day,
    beds_allowed,
    level_after,
    months_of_quarter,
    occupancy_of,
    pareto,
    per_hundred_thousand,
    quarter_of,
    released,
    share_of_beds,
    share_of_occupied,
)
from opplan.calc.money import rounded
from opplan.calc.months import days_in

MARCH, OCTOBER = date(2017, 3, 1), date(2016, 10, 1)
months = st.dates(date(2010, 1, 1), date(2030, 12, 31)).map(lambda day: day.replace(day=1))
days = st.integers(0, 20_000).map(Decimal)
beds = st.decimals(1, 5000, places=2)
amounts = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 5000).map(Decimal), max_size=12)


class TestKnownAnswers:
    def test_2044_delayed_days_of_a_31_day_month_are_65_9_beds(self):
        assert rounded(beds_a_day(Decimal(2044), OCTOBER), 1) == Decimal("65.9")

    def test_with_1900_beds_occupied_they_are_3_47_per_cent(self):
        assert rounded(share_of_occupied(Decimal(2044), OCTOBER, Decimal(1900)), 2) == Decimal("3.47")

    def test_oxfordshire_had_181_1_beds_of_delays_in_march_2017(self):
        assert rounded(beds_a_day(Decimal(5615), MARCH), 1) == Decimal("181.1")

    def test_68_fewer_and_a_level_of_68_are_one_target_because_half_of_136_is_68(self):
        baseline = baseline_of(Decimal(68), Decimal(50))
        assert baseline == 136
        assert level_after(baseline, Decimal(68)) == 68

    def test_another_baseline_parts_them(self):
        assert level_after(Decimal(151), Decimal(68)) == 83

    def test_3_5_per_cent_of_1900_occupied_beds_allows_66_5(self):
        assert beds_allowed(Decimal("3.5"), Decimal(1900)) == Decimal("66.5")

    def test_a_hundred_beds_of_delays_among_half_a_million_adults_are_20_in_100_000(self):
        assert per_hundred_thousand(Decimal(3100), 31, Decimal(500_000)) == 20

    def test_a_quarter_averages_its_days_over_its_calendar_days_and_not_its_months(self):
        quarter = months_of_quarter(date(2016, 7, 1))
        assert quarter == [date(2016, 7, 1), date(2016, 8, 1), date(2016, 9, 1)]
        held = [Decimal(3552), Decimal(3982), Decimal(4209)]
        assert average_beds(held, quarter) == Decimal(3552 + 3982 + 4209) / 92


class TestMissing:
    def test_what_is_not_reported_is_nothing_and_never_nought(self):
        assert beds_a_day(None, MARCH) is None
        assert share_of_occupied(None, MARCH, Decimal(1900)) is None
        assert share_of_occupied(Decimal(1), MARCH, None) is None
        assert per_hundred_thousand(None, 31, Decimal(1)) is None
        assert released(Decimal(100), Decimal(150), Decimal(100), None) is None

    def test_no_delayed_day_is_nought_beds(self):
        assert beds_a_day(Decimal(0), MARCH) == 0

    def test_a_quarter_with_a_missing_month_has_no_average(self):
        assert average_beds([Decimal(1), None, Decimal(1)], months_of_quarter(date(2016, 7, 1))) is None

    def test_a_share_of_no_beds_is_refused(self):
        with pytest.raises(ValueError, match="occupied"):
            share_of_beds(Decimal(1), Decimal(0))

    def test_a_reduction_of_no_share_has_no_baseline(self):
        with pytest.raises(ValueError, match="above 0"):
            baseline_of(Decimal(68), Decimal(0))


class TestTheQuarterlyDenominator:
    held = {date(2016, 1, 1): Decimal(1642), date(2016, 4, 1): Decimal(1645)}

    def test_a_month_takes_the_beds_of_its_own_quarter(self):
        found = occupancy_of(date(2016, 5, 1), self.held)
        assert (found.beds, found.quarter, found.provisional) == (Decimal(1645), date(2016, 4, 1), False)

    def test_a_month_whose_quarter_is_not_published_takes_the_last_one_and_is_provisional(self):
        found = occupancy_of(date(2016, 9, 1), self.held)
        assert (found.beds, found.quarter, found.provisional) == (Decimal(1645), date(2016, 4, 1), True)

    def test_a_later_quarter_is_never_carried_back(self):
        assert occupancy_of(date(2015, 12, 1), self.held) is None

    def test_a_quarter_without_a_figure_is_passed_over(self):
        found = occupancy_of(date(2016, 5, 1), self.held | {date(2016, 4, 1): None})
        assert (found.quarter, found.provisional) == (date(2016, 1, 1), True)

    @given(months)
    def test_a_month_lies_in_its_quarter(self, month):
        assert month in months_of_quarter(quarter_of(month))


class TestTheRiskShare:
    def test_two_thirds_of_the_reduction_release_two_thirds_of_the_money(self):
        assert released(Decimal(300), Decimal(150), Decimal(120), Decimal(130)) == 200

    def test_more_than_planned_releases_all_and_no_more(self):
        assert released(Decimal(300), Decimal(150), Decimal(120), Decimal(60)) == 300

    def test_a_rise_releases_nothing(self):
        assert released(Decimal(300), Decimal(150), Decimal(120), Decimal(181)) == 0

    def test_where_no_reduction_was_planned_only_a_rise_withholds(self):
        assert achieved_share(Decimal(100), Decimal(100), Decimal(100)) == 1
        assert achieved_share(Decimal(100), Decimal(100), Decimal(101)) == 0

    @given(beds, beds, beds)
    def test_what_is_achieved_lies_within_none_and_all(self, baseline, planned, actual):
        assert 0 <= achieved_share(baseline, planned, actual) <= 1

    @given(beds, beds, beds, beds)
    def test_fewer_delays_never_release_less(self, baseline, planned, one, other):
        fewer, more = sorted([one, other])
        assert achieved_share(baseline, planned, fewer) >= achieved_share(baseline, planned, more)


@given(days, months, beds)
def test_the_share_of_bed_days_is_the_share_of_beds(delayed, month, occupied):
    by_days = share_of_occupied(delayed, month, occupied)
    by_beds = share_of_beds(beds_a_day(delayed, month), occupied)
    assert abs(by_days - by_beds) < Decimal("1e-15") * max(by_days, 1)


@given(st.decimals(0, 100, places=3), beds)
def test_a_share_turned_into_beds_and_back_is_the_same_share(share, occupied):
    assert abs(share_of_beds(beds_allowed(share, occupied), occupied) - share) < Decimal("1e-20")


@given(days, months)
def test_beds_times_calendar_days_are_the_days(delayed, month):
    assert rounded(beds_a_day(delayed, month) * days_in(month), 6) == delayed


@given(amounts)
def test_reasons_stand_by_size_and_add_up_to_the_whole(causes):
    found = pareto(causes)
    assert sorted(one.name for one in found) == sorted(causes)
    assert [one.amount for one in found] == sorted(causes.values(), reverse=True)
    if sum(causes.values()):
        assert abs(sum(one.share for one in found) - 100) < Decimal("1e-20")
        assert abs(found[-1].cumulative - 100) < Decimal("1e-20")
        assert [one.cumulative for one in found] == sorted(one.cumulative for one in found)


def test_where_nothing_is_delayed_every_share_is_nought():
    assert [one.share for one in pareto({"A": Decimal(0), "B": Decimal(0)})] == [0, 0]


def test_a_reason_below_nought_is_refused():
    with pytest.raises(ValueError, match="below 0"):
        pareto({"A": Decimal(-1)})
