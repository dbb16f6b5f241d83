"""A build-up always re-adds, and a phased year always sums to the year, whatever is closed and whatever initiatives change."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.building import build_up, periods, phased
from opplan.calc.money import rounded
from opplan.calc.months import financial_year_months
from opplan.calc.parts import added, difference
from opplan.calc.phasing import largest_remainder

figures = st.decimals(min_value=0, max_value=1_000_000, places=0)
changes = st.decimals(min_value=-50_000, max_value=50_000, places=0)
percents = st.decimals(min_value=-20, max_value=20, places=2)


@given(figures, percents, percents, changes, st.lists(changes, max_size=6), st.sampled_from([0, 1]))
def test_the_parts_always_add_to_the_plan(baseline, demographic, other, policy, impacts, places):
    built = build_up(baseline, demographic=demographic, other=other, policy=policy, impacts=impacts, places=places)
    parts = (built.baseline, built.demographic, built.other, built.policy, *built.impacts)
    assert sum(parts) == built.plan
    assert all(part == rounded(part, places) for part in parts)


@given(figures, percents, percents)
def test_growth_is_rounded_once_and_the_odd_unit_stands_in_other_growth(baseline, demographic, other):
    built = build_up(baseline, demographic=demographic, other=other)
    exact = baseline * (demographic + other) / 100
    assert abs(built.demographic + built.other - exact) <= Decimal("0.5")
    assert built.demographic == rounded(baseline * demographic / 100)
    assert abs(built.other - baseline * other / 100) <= 1


@given(figures, percents)
def test_one_kind_of_growth_leaves_no_odd_unit_anywhere(baseline, growth):
    assert build_up(baseline, demographic=growth).other == 0
    assert build_up(baseline, other=growth).demographic == 0
    # The growth is rounded, and the plan is what it makes: a half is rounded away from nought in either.
    assert build_up(baseline, other=growth).plan == baseline + rounded(baseline * growth / 100)


@pytest.mark.parametrize(
    ("outturn", "plan"),
    [(23172, 23612), (82342, 83906), (71092, 72443), (160237, 163282), (113948, 116113), (238387, 242916)],
)
def test_last_years_outturn_and_the_papers_growth_give_the_plan_that_is_loaded(outturn, plan):
    assert build_up(Decimal(outturn), other=Decimal("1.9")).plan == plan


def test_the_better_care_fund_builds_up_to_its_published_reduction():
    built = build_up(Decimal(55759), other=Decimal("1.9"), impacts=[Decimal(-1000)])
    assert (built.before, built.plan) == (56818, 55818)


weights = st.lists(st.integers(min_value=1, max_value=1000), min_size=12, max_size=12)
closings = st.dictionaries(st.integers(0, 10), st.decimals(0, 5000, places=0), max_size=11)


@given(figures, weights, closings, st.lists(changes, min_size=12, max_size=12))
def test_a_phased_year_always_sums_to_the_year_and_closed_months_keep_theirs(year, weight, kept, initiatives):
    months = phased(year, weight, kept=kept, added=initiatives)
    assert sum(months) == year
    assert all(months[at] == figure for at, figure in kept.items())


@given(figures, weights)
def test_with_nothing_closed_and_no_initiative_it_is_the_largest_remainder(year, weight):
    assert phased(year, weight, kept={}, added=[Decimal(0)] * 12) == largest_remainder(year, weight)


def test_what_an_initiative_changes_stands_in_its_own_month():
    impact = [Decimal(0)] * 11 + [Decimal(-120)]
    months = phased(Decimal(1080), [1] * 12, kept={}, added=impact)
    assert months == [100] * 11 + [-20]


def test_a_year_with_every_month_closed_cannot_be_phased():
    with pytest.raises(ValueError, match="none left"):
        phased(Decimal(10), [1, 1], kept={0: Decimal(1), 1: Decimal(1)}, added=[Decimal(0)] * 2)


def test_months_and_quarters_are_periods_and_a_week_or_a_year_is_none():
    year = financial_year_months(date(2016, 4, 1))
    assert [len(period) for period in periods(year, "month")] == [1] * 12
    assert [period[0].month for period in periods(year, "quarter")] == [4, 7, 10, 1]
    assert periods(year, "week") == periods(year, "year") == []


@given(st.lists(figures, min_size=1, max_size=6))
def test_a_whole_that_is_the_sum_of_its_parts_differs_by_nothing(parts):
    assert difference(sum(parts, Decimal(0)), parts) == 0


def test_a_part_that_is_not_held_leaves_the_sum_untold():
    assert added([Decimal(1), None]) is None
    assert added([]) is None
    assert difference(Decimal(5), [Decimal(1), None]) is None
    assert difference(Decimal(5), [Decimal(1), Decimal(1)]) == 3
