"""The medium-term model, against the printed strategy of 2010-11 and the laws that it must keep."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.medium_term import Adjustment, YearAssumed, medium_term

D = Decimal
YEARS = ("2010-11", "2011-12", "2012-13", "2013-14")

PRINTED = {
    "Inflation funding": (-6701, 7689, 8140, 8589),
    "CQUIN": (-6171, -3277, 0, 0),
    "Contingency": (-6553, -2184, -2184, -2184),
    "Central budgets": (-6817, -7000, -9000, -11000),
    "RAB funding": (-2077, 0, 0, 0),
    "SHA lodgement": (-7750, 0, 0, 0),
}
PATHWAYS = (-4475, -17071, -19344, -18353)


def strategy_of_2010() -> list[YearAssumed]:
    """Oxfordshire's four years as printed in section 5.4 of the plan, GBP thousand."""
    return [
        YearAssumed(
            year,
            growth=D("2.5"),
            adjustments=tuple(Adjustment(name, amount=D(amounts[place])) for name, amounts in PRINTED.items()),
            pathways=D(PATHWAYS[place]),
            surplus_amount=D(2_184),
        )
        for place, year in enumerate(YEARS)
        if place
    ]


def test_growth_of_two_and_a_half_per_cent_gives_the_printed_resource_limits() -> None:
    modelled = medium_term(D(873_675), strategy_of_2010())
    assert [year.limit for year in modelled] == [895_517, 917_905, 940_853]
    assert [year.growth for year in modelled] == [21_842, 22_388, 22_948]


def test_the_years_uplift_and_surplus_are_within_one_of_print() -> None:
    modelled = medium_term(D(873_675), strategy_of_2010(), brought_forward=D(2_184))
    for year, uplift in zip(modelled, (19_254, 21_528, 20_537), strict=True):
        assert abs(year.uplift - uplift) <= 1
        assert abs(year.surplus - 2_184) <= 1


def test_a_known_limit_is_taken_as_it_stands_and_growth_is_of_the_year_before() -> None:
    [year] = medium_term(D(831_000), [YearAssumed("2010-11", D("5.1"), limit=D(873_675))])
    assert (year.limit, year.growth) == (873_675, 42_381)


def test_what_is_short_of_the_aim_must_be_saved_and_is_then_carried_forward() -> None:
    first, second = medium_term(
        D(100_000),
        [
            YearAssumed("2016-17", D(2), (Adjustment("Contingency", D("-0.5")),), D(-3_000), D(1)),
            YearAssumed("2017-18", D(0)),
        ],
    )
    assert (first.uplift, first.surplus, first.aim) == (1_490, -1_510, 1_020)
    assert first.saving_needed == 2_530
    assert second.brought_forward == 1_020


def test_a_limit_that_is_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        medium_term(D(0), [])
    with pytest.raises(ValueError, match="2016-17"):
        medium_term(D(100), [YearAssumed("2016-17", D(-100))])


amounts = st.decimals(-50_000, 50_000, places=0)
percents = st.decimals(-5, 8, places=1)


@given(st.lists(st.tuples(percents, amounts, amounts), min_size=1, max_size=6), percents)
def test_every_year_closes_from_its_parts_and_follows_the_one_before(
    described: list[tuple[Decimal, Decimal, Decimal]], surplus: Decimal
) -> None:
    years = [
        YearAssumed(str(place), growth, (Adjustment("other", amount=other),), pathways, surplus)
        for place, (growth, other, pathways) in enumerate(described)
    ]
    before, carried = D(800_000), D(0)
    for year in medium_term(before, years):
        assert year.limit - before == year.growth
        assert year.brought_forward == carried
        assert year.growth + carried + sum(amount for _, amount in year.adjustments) + year.pathways == year.surplus
        assert year.surplus + year.saving_needed >= year.aim
        assert year.saving_needed >= 0
        before, carried = year.limit, max(year.surplus, year.aim)
