"""XmR charts: published anchors, the traps that tools fall into, what profiles change, and properties against a slow reading."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opplan.calc.months import run_of_months
from opplan.calc.spc import (
    MDC_6,
    MDC_7,
    NO_SCREENING,
    PLOT_THE_DOTS,
    PROFILES,
    Assurance,
    Improvement,
    PointType,
    Rule,
    analysed,
)

D = Decimal
START = date(2015, 4, 1)
INCREASE, DECREASE, NEUTRAL = Improvement

# Breaches of the README of NHSRplotthedots: RQM, type 1, April 2016 to March 2018.
RQM = [1199, 929, 970, 1178, 1110, 1388, 2061, 1985, 2675, 3141, 1942, 2030,
       1309, 1960, 1169, 1117, 1085, 1492, 1280, 1197, 1569, 1406, 1328, 1564]  # fmt: skip


def read(values, improvement=INCREASE, **options):
    """A monthly series from April 2015."""
    return analysed(list(zip(run_of_months(START, len(values)), values, strict=True)), improvement, **options)


def labels(found):
    return [point.special_cause_type for point in found.points]


def month(at):
    return run_of_months(START, at + 1)[at]


class TestAnchors:
    def test_breaches_at_one_hospital_have_the_limits_that_are_published(self):
        found = read(RQM, DECREASE, target=1200)
        limits = found.latest.limits
        assert [float(one) for one in (limits.mean, limits.lower, limits.upper)] == pytest.approx(
            [1545.16666666667, 740.395757575758, 2349.93757575758], rel=1e-12
        )
        assert (found.variation, found.assurance) == (PointType.COMMON, Assurance.INCONSISTENT)

    def test_the_limits_are_the_mean_and_2_66_average_moving_ranges(self):
        limits = read([10, 12, 11, 14]).latest.limits
        assert (limits.mean, limits.upper - limits.mean) == (Fraction(47, 4), Fraction(266, 100) * 2)


class TestTraps:
    def test_a_mean_of_proportions_is_exact_so_that_a_point_on_it_is_on_it(self):
        # Summed as floats the mean is 0.8999999999999999, 0.9 lies above it, and seven of them make a run that is none.
        values = [D("0.9")] * 7 + [D("0.7"), D("0.8"), D("1.0"), D("1.1")] + [D("0.9")] * 3
        for given_as in (Decimal, float, Fraction):
            found = read([given_as(value) for value in values])
            assert found.latest.limits.mean == Fraction(9, 10)
            assert [point.side for point in found.points[:7]] == [0] * 7
            assert labels(found)[0] == "Common Cause"

    def test_a_constant_series_has_its_mean_as_limits_and_is_common_cause(self):
        for profile in (PLOT_THE_DOTS, NO_SCREENING):
            found = read([5] * 15, profile=profile)
            assert set(labels(found)) == {"Common Cause"}
            assert (found.latest.limits.mean, found.latest.limits.lower, found.latest.limits.upper) == (5, 5, 5)

    @pytest.mark.parametrize(
        ("improvement", "target", "assurance"),
        [
            (INCREASE, 5, Assurance.PASS),
            (INCREASE, 4, Assurance.PASS),
            (INCREASE, 6, Assurance.FAIL),
            (DECREASE, 5, Assurance.PASS),
            (DECREASE, 6, Assurance.PASS),
            (DECREASE, 4, Assurance.FAIL),
            (NEUTRAL, 5, None),
        ],
    )
    def test_a_constant_series_passes_where_its_value_meets_the_target(self, improvement, target, assurance):
        assert read([5] * 15, improvement, target=target).assurance == assurance

    def test_one_point_has_a_mean_no_limits_and_no_rule(self):
        found = read([3], target=4)
        limits = found.latest.limits
        assert (limits.mean, limits.lower, limits.upper, labels(found)) == (3, None, None, ["Common Cause"])
        assert (found.variation, found.assurance) == (PointType.COMMON, Assurance.INCONSISTENT)

    def test_nothing_held_is_nothing_said(self):
        for found in (read([]), read([None, None], target=3)):
            assert (found.latest, found.variation, found.assurance, found.held) == (None, None, None, [])

    def test_a_missing_month_is_left_out_of_limits_and_does_not_break_a_run(self):
        values = [5, 4, 6, 4, 5, 9, 8, 9, 8, 9, 8, 9]
        gapped = [*values[:8], None, *values[8:]]
        whole, found = read(values), read(gapped)
        assert found.latest.limits == whole.latest.limits
        assert [label for label in labels(found) if label] == labels(whole)
        gap = found.points[8]
        assert (gap.value, gap.special_cause_type, gap.point_type, gap.outside) == (None, None, None, None)

    def test_runs_break_over_two_missing_months_only_where_that_is_asked_for(self):
        values = [1, 4] * 4 + [6, 9] * 2 + [None, None] + [6, 9] * 2
        assert labels(read(values)).count("7 Points Above CL") == 8
        assert labels(read(values, break_at_gaps=True)).count("7 Points Above CL") == 0
        one = [1, 4] * 4 + [6, 9] * 2 + [None] + [6, 9] * 2
        assert read(one, break_at_gaps=True).points == read(one).points

    def test_overlapping_opposite_trends_turn_at_the_peak(self):
        types = [point.point_type for point in read([0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1]).points]
        assert types == [PointType.CONCERN] + [PointType.IMPROVEMENT] * 7 + [PointType.CONCERN] * 6

    def test_points_are_put_in_order_of_time_first(self):
        rows = list(zip(run_of_months(START, 24), RQM, strict=True))
        assert analysed(reversed(rows), DECREASE).points == analysed(rows, DECREASE).points

    def test_a_period_that_comes_twice_is_refused(self):
        with pytest.raises(ValueError, match="2015-04-01 comes twice"):
            analysed([(START, 1), (START, 2)], INCREASE)

    @pytest.mark.parametrize("figure", [float("nan"), float("inf"), D("NaN")])
    def test_what_is_no_figure_is_refused(self, figure):
        with pytest.raises(ValueError, match="is not a figure"):
            read([1, figure])

    def test_a_target_that_is_a_limit_written_to_15_digits_is_at_the_limit(self):
        values = [
            D(text) for text in ("3.4", "3.1", "3.6", "3.4", "3.5", "3.2", "3.6", "3.3", "3.7", "3.3", "3.4", "3.3")
        ]
        upper = read(values).latest.limits.upper
        at = D(f"{float(upper):.14f}")
        assert read(values, target=at).assurance == Assurance.INCONSISTENT
        assert read(values, target=at + D("1e-9")).assurance == Assurance.FAIL
        assert read(values, DECREASE, target=at + D("1e-9")).assurance == Assurance.PASS


class TestRules:
    def test_six_above_the_mean_are_no_shift_and_seven_are(self):
        base = [5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4]
        assert "7 Points Above CL" not in labels(read(base + [6, 7] * 3, profile=NO_SCREENING))
        assert labels(read(base + [6, 7] * 3 + [6], profile=NO_SCREENING))[-7:] == ["7 Points Above CL"] * 7

    def test_a_run_says_how_long_it_is(self):
        found = read([1, 4] * 5 + [6, 9] * 5)
        last = found.points[-1].finding
        assert (last.rule, last.way, last.points) == (Rule.SHIFT, 1, 10)

    def test_a_tie_breaks_a_trend(self):
        assert not any("Trend" in label for label in labels(read([1, 2, 3, 4, 4, 5, 6, 7])))
        assert (
            sum("Trend" in label for label in labels(read([1, 2, 3, 4, 5, 6, 7])))
            + sum(point.outside for point in read([1, 2, 3, 4, 5, 6, 7]).points)
            == 7
        )

    def test_a_rise_below_the_mean_is_an_improvement_where_higher_is_better(self):
        values = [30, *range(14, 21), 19, *[30, 20] * 8]
        rising = [point for point in read(values).points if point.finding and point.finding.rule == Rule.TREND]
        assert rising
        assert all(point.side == -1 and point.point_type == PointType.IMPROVEMENT for point in rising)

    def test_a_direction_that_is_neither_good_nor_bad_says_high_or_low(self):
        values = [5, 6] * 8
        assert read([*values, 20], NEUTRAL).variation == PointType.NEUTRAL_HIGH
        assert read([*values, -20], NEUTRAL).variation == PointType.NEUTRAL_LOW
        assert read([*values, 5], NEUTRAL, target=3).assurance is None

    def test_limits_are_not_cut_off_at_nought(self):
        assert read([0, 5, 1, 4, 0, 6]).latest.limits.lower < 0


class TestSegments:
    def test_limits_and_rules_stop_at_a_rebase(self):
        values = [1, 2] * 7 + [8, 9] * 7
        found = read(values, rebases=[month(14)])
        assert [point.segment.number for point in found.points] == [0] * 14 + [1] * 14
        assert {(segment.limits.mean, segment.trial) for segment in found.segments} == {
            (Fraction(3, 2), False),
            (Fraction(17, 2), False),
        }
        assert set(labels(found)) == {"Common Cause"}

    def test_a_rebase_at_a_period_that_is_not_held_is_ignored(self):
        found = read(RQM, rebases=[START - timedelta(days=30), date(2099, 1, 1)])
        assert len(found.segments) == 1

    def test_a_rebase_at_a_missing_month_begins_with_the_next_point(self):
        values = [1, 2] * 7 + [None] + [8, 9] * 7
        found = read(values, rebases=[month(14)])
        assert (found.points[15].segment.number, found.latest.held, found.latest.limits.mean) == (
            1,
            14,
            Fraction(17, 2),
        )

    def test_a_segment_without_a_point_leaves_the_icons_to_the_one_before_it(self):
        found = read([*[1, 2] * 7, None], rebases=[month(14)], target=99)
        assert (found.latest.number, found.assurance) == (0, Assurance.FAIL)

    def test_fewer_than_13_points_are_trial(self):
        assert [read([1, 2] * 6).latest.trial, read([1, 2] * 6 + [1]).latest.trial] == [True, False]

    def test_a_fixed_baseline_judges_later_points_and_does_not_learn_from_them(self):
        values = [10, 12] * 6 + [30] * 8
        found = read(values, fix_after=12)
        assert found.latest.limits == read(values[:12]).latest.limits
        assert labels(found)[12:] == ["Above UCL"] * 8

    def test_a_baseline_is_fixed_on_12_points_at_least(self):
        with pytest.raises(ValueError, match="12 points at least, not 11"):
            read(RQM, fix_after=11)


class TestProfiles:
    def test_they_are_known_by_the_names_that_a_line_keeps(self):
        assert sorted(PROFILES) == ["mdc-6", "mdc-7", "no-screening", "plot-the-dots"]

    def test_screening_leaves_an_outlying_range_out_of_the_limits_and_its_point_in_the_mean(self):
        values = [10, 11] * 7 + [60, 10]
        screened, whole = read(values).latest.limits, read(values, profile=NO_SCREENING).latest.limits
        assert screened.mean == whole.mean
        assert screened.upper - screened.mean == Fraction(266, 100)
        assert whole.upper > screened.upper

    def test_the_workbook_takes_runs_of_six_or_seven(self):
        values = [4, 6, 4, 6, 4, 6, 4, 6] + [4, 3, 4, 3, 4, 3, 6, 4, 7, 8, 6, 5]
        assert labels(read(values, profile=MDC_6)).count("6 Points Below CL") == 6
        assert not any("Points" in label for label in labels(read(values, profile=MDC_7)))

    def test_the_workbook_counts_a_point_beyond_the_limits_towards_two_in_three(self):
        # In turn: usual, beyond the upper limit, near it.
        values = [0, 1, 0, -1] * 5 + [0, 8, 4, 0, -1, 0, 1]
        theirs, workbook = read(values, profile=NO_SCREENING), read(values, profile=MDC_7)
        beyond, near = theirs.points[21], theirs.points[22]
        assert (beyond.outside, near.close) == (True, True)
        assert labels(theirs)[21:23] == ["Above UCL", "Common Cause"]
        assert labels(workbook)[21:24] == ["Above UCL", "Common Cause", "Common Cause"]
        values[23] = 1
        assert labels(read(values, profile=NO_SCREENING))[22] == "Common Cause"
        assert labels(read(values, profile=MDC_7))[22] == "2 in 3 Above CL"

    def test_the_workbook_shows_the_improvement_where_a_point_is_both(self):
        # Below the lower limit, and on the way up.
        values = [-60, -59, -58, -57, -56, -55, -54] + [10, 12] * 10
        first = [read(values, profile=profile).points[0].point_type for profile in (NO_SCREENING, MDC_7)]
        assert first == [PointType.CONCERN, PointType.IMPROVEMENT]

    def test_the_workbook_has_no_icon_under_13_points(self):
        for held, shown in ((12, False), (13, True)):
            found = read([1, 2] * 6 + [1] * (held - 12), profile=MDC_7, target=99)
            assert (found.variation is not None, found.assurance is not None) == (shown, shown)
        assert read([1, 2, 1], target=99).assurance == Assurance.FAIL


figures = st.integers(-50, 50).map(lambda whole: D(whole) / 10)
seriess = st.lists(st.none() | figures, max_size=40)
ways = st.sampled_from(list(Improvement))
profiles = st.sampled_from(list(PROFILES.values()))


def slowly(values, profile):
    """The rules as they are told, one window at a time over Fractions: what a careful person does by hand."""
    y = [Fraction(value) for value in values]
    mean = sum(y) / len(y)
    ranges = [abs(b - a) for a, b in zip(y, y[1:], strict=False)]
    if not ranges:
        return [set() for _ in y]
    average = sum(ranges) / len(ranges)
    kept = [one for one in ranges if one < Fraction(3267, 1000) * average] if profile.screened else ranges
    width = Fraction(266, 100) * (sum(kept) / len(kept) if kept else 0)
    side = [(v > mean) - (v < mean) for v in y]
    outside = [abs(v - mean) > width for v in y]
    far = [
        abs(v - mean) > width * 2 / 3 and (profile.beyond_counts or not beyond)
        for v, beyond in zip(y, outside, strict=True)
    ]
    met = [{Rule.OUTSIDE} if beyond else set() for beyond in outside]
    run = profile.run
    for start in range(len(y) - run + 1):
        window = range(start, start + run)
        if len({side[i] for i in window}) == 1 and side[start]:
            for i in window:
                met[i].add(Rule.SHIFT)
        steps = {(y[i + 1] > y[i]) - (y[i + 1] < y[i]) for i in window if i + 1 < start + run}
        if len(steps) == 1 and steps != {0}:
            for i in window:
                met[i].add(Rule.TREND)
    for start in range(len(y) - 2):
        window = range(start, start + 3)
        if len({side[i] for i in window}) == 1 and side[start] and sum(far[i] for i in window) >= 2:
            for i in window:
                if far[i]:
                    met[i].add(Rule.TWO_IN_THREE)
    return met


@given(st.lists(figures, min_size=1, max_size=40), profiles)
def test_every_point_meets_the_rules_that_a_slow_reading_finds(values, profile):
    order = [Rule.OUTSIDE, Rule.TREND, Rule.TWO_IN_THREE, Rule.SHIFT]
    for improvement in (INCREASE, DECREASE):
        for point, met in zip(read(values, improvement, profile=profile).points, slowly(values, profile), strict=True):
            found = point.finding.rule if point.finding else None
            if profile.improvement_first and point.point_type == PointType.IMPROVEMENT:
                assert found in met
            else:
                assert found == next((rule for rule in order if rule in met), None)


@given(seriess, ways, profiles, figures)
def test_to_mirror_a_series_is_to_swap_high_and_low(values, improvement, profile, target):
    mirrored = {INCREASE: DECREASE, DECREASE: INCREASE, NEUTRAL: NEUTRAL}[improvement]
    one = read(values, improvement, profile=profile, target=target)
    other = read([None if value is None else -value for value in values], mirrored, profile=profile, target=-target)
    swap = {PointType.NEUTRAL_HIGH: PointType.NEUTRAL_LOW, PointType.NEUTRAL_LOW: PointType.NEUTRAL_HIGH}
    assert [point.point_type for point in other.points] == [
        swap.get(point.point_type, point.point_type) for point in one.points
    ]
    assert one.assurance == other.assurance


@given(seriess, ways, profiles, st.integers(1, 1000).map(lambda whole: D(whole) / 100), figures)
def test_a_change_of_unit_changes_no_finding(values, improvement, profile, times, shift):
    moved = [None if value is None else value * times + shift for value in values]
    assert labels(read(values, improvement, profile=profile)) == labels(read(moved, improvement, profile=profile))


@given(seriess, st.sets(st.integers(0, 39)), ways, profiles)
def test_a_rebase_reads_each_stretch_as_if_it_stood_alone(values, at, improvement, profile):
    found = read(values, improvement, profile=profile, rebases=[month(one) for one in at])
    cuts = sorted({0, len(values), *(one for one in at if one < len(values))})
    alone = [
        label
        for first, end in zip(cuts, cuts[1:], strict=False)
        for label in labels(read(values[first:end], improvement, profile=profile))
    ]
    assert labels(found) == alone


@given(seriess, ways, profiles)
def test_points_within_one_sigma_of_the_mean_are_never_outside_and_types_follow_labels(values, improvement, profile):
    for point in read(values, improvement, profile=profile).points:
        if point.value is None:
            continue
        limits = point.segment.limits
        if limits.upper is not None:
            assert limits.lower <= limits.mean <= limits.upper
            assert point.outside == (not limits.lower <= Fraction(point.value) <= limits.upper)
        assert (point.point_type == PointType.COMMON) == (point.special_cause_type == "Common Cause")
