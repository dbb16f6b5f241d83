"""Values from numerators and denominators: known answers, what cannot be true, and how months become a year."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.ratios import Fault, Kind, YearRule, fault_of, value_of, year_of

D = Decimal
counts = st.integers(0, 10**7).map(Decimal)
kinds = st.sampled_from(list(Kind))
pairs = st.lists(st.tuples(st.none() | counts, st.none() | counts), max_size=24)


class TestValue:
    def test_september_2016_at_oxford_university_hospitals_within_four_hours(self):
        # 10,441 of 12,610 attendances: the published month.
        assert round(value_of(Kind.PERCENTAGE, D(10_441), D(12_610)), 1) == D("82.8")

    def test_delayed_days_over_the_days_of_the_month_are_beds_a_day(self):
        assert value_of(Kind.AVERAGE, D(4_209), D(30)) == D("140.3")

    def test_the_worked_example_of_a_month_of_31_days(self):
        # 2,044 delayed days in 31 days are 65.9 beds, 3.47% of 1,900 occupied beds.
        beds = value_of(Kind.AVERAGE, D(2_044), D(31))
        assert round(beds, 1) == D("65.9")
        assert round(value_of(Kind.PERCENTAGE, beds, D(1_900)), 2) == D("3.47")

    def test_a_rate_is_per_hundred_thousand(self):
        assert value_of(Kind.RATE, D(25), D(500_000)) == 5

    def test_a_count_is_its_numerator(self):
        assert value_of(Kind.COUNT, D(0), None) == 0

    @pytest.mark.parametrize("kind", [Kind.PERCENTAGE, Kind.RATE, Kind.AVERAGE])
    @pytest.mark.parametrize("pair", [(None, None), (None, D(5)), (D(5), None), (D(5), D(0))])
    def test_a_missing_part_or_a_denominator_of_nought_gives_no_value(self, kind, pair):
        assert value_of(kind, *pair) is None


class TestFault:
    @pytest.mark.parametrize(
        ("kind", "numerator", "denominator", "fault"),
        [
            (Kind.PERCENTAGE, D(101), D(100), Fault.NUMERATOR_ABOVE),
            (Kind.PERCENTAGE, D(100), D(100), None),
            (Kind.PERCENTAGE, D(0), D(1), None),
            (Kind.AVERAGE, D(4_209), D(30), None),
            (Kind.PERCENTAGE, D(1), D(0), Fault.DENOMINATOR_NOT_POSITIVE),
            (Kind.AVERAGE, D(1), D(-1), Fault.DENOMINATOR_NOT_POSITIVE),
            (Kind.PERCENTAGE, D(1), None, Fault.DENOMINATOR_MISSING),
            (Kind.RATE, None, D(1), Fault.NUMERATOR_MISSING),
            (Kind.PERCENTAGE, D(-1), D(10), Fault.BELOW_NOUGHT),
            (Kind.COUNT, D(-1), None, Fault.BELOW_NOUGHT),
            (Kind.COUNT, D("1.5"), None, Fault.NOT_WHOLE),
            (Kind.COUNT, D("2.0"), None, None),
            (Kind.COUNT, D(2), D(3), Fault.DENOMINATOR_UNUSED),
            (Kind.PERCENTAGE, None, None, None),
            (Kind.COUNT, None, None, None),
            (Kind.PERCENTAGE, D("50.5"), D(100), None),
        ],
    )
    def test_what_cannot_be_true_is_named(self, kind, numerator, denominator, fault):
        assert fault_of(kind, numerator, denominator) == fault

    @given(kinds, counts, counts)
    def test_a_pair_without_fault_has_a_value_and_a_percentage_stays_within_100(self, kind, numerator, denominator):
        bottom = None if kind == Kind.COUNT else denominator
        if fault_of(kind, numerator, bottom) is None:
            value = value_of(kind, numerator, bottom)
            assert value is not None
            assert value >= 0
            if kind == Kind.PERCENTAGE:
                assert value <= 100


class TestYear:
    def test_a_year_of_percentages_is_the_ratio_of_sums_not_the_mean(self):
        months = [(D(90), D(100)), (D(1), D(10))]
        assert year_of(Kind.PERCENTAGE, YearRule.RATIO, months) == value_of(Kind.PERCENTAGE, D(91), D(110))

    def test_a_year_of_a_snapshot_is_the_last_month_reported(self):
        months = [(D(6), None), (D(8), None), (None, None)]
        assert year_of(Kind.COUNT, YearRule.LAST, months) == 8

    def test_months_that_are_not_reported_are_left_out_and_are_not_nought(self):
        assert year_of(Kind.COUNT, YearRule.SUM, [(D(5), None), (None, None), (D(0), None)]) == 5

    @given(kinds, st.sampled_from(list(YearRule)))
    def test_nothing_reported_is_no_year(self, kind, rule):
        assert year_of(kind, rule, [(None, None)] * 12) is None
        assert year_of(kind, rule, []) is None

    @given(st.sampled_from([Kind.PERCENTAGE, Kind.AVERAGE]), pairs)
    def test_a_ratio_of_the_year_lies_between_its_lowest_and_highest_month(self, kind, months):
        values = [value for value in (value_of(kind, *pair) for pair in months) if value is not None]
        year = year_of(kind, YearRule.RATIO, months)
        if not values:
            assert year is None
            return
        slack = D("1e-15") * (1 + max(values))
        assert min(values) - slack <= year <= max(values) + slack

    @given(pairs)
    def test_a_ratio_agrees_with_exact_fractions(self, months):
        held = [(Fraction(top), Fraction(bottom)) for top, bottom in months if top is not None and bottom]
        year = year_of(Kind.PERCENTAGE, YearRule.RATIO, months)
        if not held:
            assert year is None
            return
        exact = 100 * sum(top for top, _ in held) / sum(bottom for _, bottom in held)
        assert abs(Fraction(year) - exact) <= Fraction(1, 10**18) * (1 + exact)

    @given(pairs)
    def test_a_sum_is_the_sum_of_what_is_reported(self, months):
        held = [top for top, _ in months if top is not None]
        assert year_of(Kind.COUNT, YearRule.SUM, months) == (sum(held) if held else None)
