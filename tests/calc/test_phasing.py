"""Phasing a year over its months: worked values, and what must hold for every total and every profile."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.bank_holidays import BANK_HOLIDAYS_OF_ENGLAND
from opplan.calc.phasing import (
    by_percentages,
    by_shape,
    by_working_days,
    evenly,
    largest_remainder,
    working_days,
)

MONTHS_2016_17 = [date(2016, month, 1) for month in range(4, 13)] + [date(2017, month, 1) for month in range(1, 4)]
# Counted by hand on a 2016-17 calendar: weekdays less the six bank holidays.
WORKING_DAYS_2016_17 = [21, 20, 22, 21, 22, 22, 21, 22, 20, 21, 20, 23]

PENNY = Decimal("0.01")
units = st.sampled_from([Decimal(1), PENNY, Decimal("0.5"), Decimal(1000)])
counts = st.integers(-(10**9), 10**9)
weights = st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=14).filter(any)


def exact_shares(total: Decimal, by: list[Decimal]) -> list[Fraction]:
    """The shares before any rounding, worked out in fractions."""
    all_of_it = sum(map(Fraction, by))
    return [Fraction(total) * Fraction(weight) / all_of_it for weight in by]


@given(counts, weights, units)
def test_the_parts_always_sum_to_the_total_in_whole_units(count, by, unit):
    total = count * unit
    parts = largest_remainder(total, by, unit)
    assert sum(map(Fraction, parts)) == Fraction(total)
    assert len(parts) == len(by)
    assert all((Fraction(part) / Fraction(unit)).denominator == 1 for part in parts)


@given(counts, weights, units)
def test_each_part_is_within_one_unit_of_its_exact_share(count, by, unit):
    total = count * unit
    parts = largest_remainder(total, by, unit)
    shares = exact_shares(total, by)
    assert all(abs(Fraction(part) - share) < Fraction(unit) for part, share in zip(parts, shares, strict=True))


@given(counts, weights)
def test_a_part_rounded_up_never_lost_less_than_an_equal_or_later_part_rounded_down(count, by):
    parts = largest_remainder(abs(count), by)
    shares = exact_shares(Decimal(abs(count)), by)
    lost = [share - int(share) for share in shares]
    up = [place for place, part in enumerate(parts) if part > shares[place]]
    down = [place for place, part in enumerate(parts) if part <= shares[place]]
    assert all((-lost[a], a) < (-lost[b], b) for a in up for b in down)


@given(counts, weights)
def test_a_weight_of_nought_gets_nought(count, by):
    parts = largest_remainder(count, [*by, 0])
    assert parts[-1] == 0
    assert parts[:-1] == largest_remainder(count, by)


@given(counts, weights, units)
def test_a_negative_total_is_the_mirror_image(count, by, unit):
    total = count * unit
    assert largest_remainder(-total, by, unit) == [-part for part in largest_remainder(total, by, unit)]


@given(counts, weights, st.integers(1, 1000))
def test_only_the_proportions_of_the_weights_matter(count, by, factor):
    assert largest_remainder(count, [factor * weight for weight in by]) == largest_remainder(count, by)


@given(counts, st.integers(1, 36))
def test_flat_months_differ_by_one_at_most_and_the_earliest_have_the_odd_units(count, parts):
    spread = evenly(abs(count), parts)
    assert sum(spread) == abs(count)
    assert spread == sorted(spread, reverse=True)
    assert spread[0] - spread[-1] <= 1


@given(counts, units)
def test_phasing_by_working_days_sums_to_the_year(count, unit):
    spread = by_working_days(count * unit, MONTHS_2016_17, BANK_HOLIDAYS_OF_ENGLAND, unit)
    assert sum(map(Fraction, spread)) == Fraction(count * unit)


def test_ties_go_to_the_earliest_month():
    assert largest_remainder(2, [1, 1, 1]) == [1, 1, 0]
    assert largest_remainder(5, [1, 2, 1, 2]) == [1, 2, 1, 1]


def test_the_largest_remainder_wins_whatever_its_place():
    # 10 x 21/100 = 2.1, 10 x 32/100 = 3.2, 10 x 47/100 = 4.7: the one unit left over goes to the last.
    assert largest_remainder(10, [21, 32, 47]) == [2, 3, 5]


def test_shares_that_decimal_division_would_round_keep_their_order():
    third = [Decimal("0.1"), Decimal("0.1"), Decimal("0.1")]
    assert largest_remainder(100, third) == [34, 33, 33]


def test_thousand_pounds_in_twelfths_to_the_pound_and_to_the_penny():
    assert evenly(1000) == [84] * 4 + [83] * 8
    assert evenly(Decimal("1000.00"), unit=PENNY) == [Decimal("83.34")] * 4 + [Decimal("83.33")] * 8


def test_a_scheme_that_starts_in_september_is_spread_over_seven_months():
    assert evenly(100, 7) == [15, 15, 14, 14, 14, 14, 14]


def test_a_planned_reduction_of_1000_admissions_is_negative_in_each_month():
    # 1,000 non-elective admissions avoided in 2016-17: paper 16/20, section 6, Better Care Fund. By hand: 1,000/255 a
    # working day is 78.43 in months of 20 days, 82.35 of 21, 86.27 of 22 and 90.20 of 23; the four left over after
    # rounding down go to the three months of 20 days and then to April, the first of 21.
    spread = by_working_days(-1000, MONTHS_2016_17, BANK_HOLIDAYS_OF_ENGLAND)
    assert spread == [-83, -79, -86, -82, -86, -86, -82, -86, -79, -82, -79, -90]


def test_working_days_of_2016_17_month_by_month():
    assert [working_days(month, BANK_HOLIDAYS_OF_ENGLAND) for month in MONTHS_2016_17] == WORKING_DAYS_2016_17
    assert sum(WORKING_DAYS_2016_17) == 255


def test_working_days_without_holidays_are_the_weekdays_of_the_month():
    assert working_days(date(2016, 12, 1), []) == 22
    assert working_days(date(2016, 2, 1), frozenset()) == 21


def test_one_spell_a_working_day_is_the_working_days_themselves():
    assert by_working_days(255, MONTHS_2016_17, BANK_HOLIDAYS_OF_ENGLAND) == WORKING_DAYS_2016_17


def test_last_years_shape_is_kept():
    assert by_shape(300, [10, 20, 30, 40]) == [30, 60, 90, 120]


def test_percentages_share_the_total():
    assert by_percentages(1001, [50, Decimal("25.5"), Decimal("24.5")]) == [501, 255, 245]


def test_nothing_to_spread_is_nought_in_every_month():
    assert evenly(0) == [0] * 12


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((10, [0, 0]), "every weight is 0"),
        ((10, []), "every weight is 0"),
        ((0, [0, 0]), "every weight is 0"),
        ((10, [2, -1]), "may not be negative"),
        ((10, [1, 1], Decimal(0)), "unit must be above 0"),
        ((10, [1, 1], Decimal(-1)), "unit must be above 0"),
        ((Decimal("10.5"), [1, 1]), "10.5 is not a whole number of units of 1"),
        ((Decimal("NaN"), [1, 1]), "finite"),
        ((10, [1, Decimal("Infinity")]), "finite"),
    ],
)
def test_what_cannot_be_shared_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        largest_remainder(*arguments)


def test_no_months_to_spread_over_is_refused():
    with pytest.raises(ValueError, match="nothing to share by"):
        evenly(10, 0)


def test_a_shape_with_a_month_not_reported_is_refused():
    with pytest.raises(ValueError, match="not reported"):
        by_shape(10, [5, None, 5])


def test_percentages_that_do_not_add_up_to_a_hundred_are_refused():
    with pytest.raises(ValueError, match="add up to 99.5, not 100"):
        by_percentages(10, [50, Decimal("49.5")])


def test_a_day_within_a_month_is_not_taken_for_the_month():
    with pytest.raises(ValueError, match="first day, not 2016-09-15"):
        working_days(date(2016, 9, 15), [])
