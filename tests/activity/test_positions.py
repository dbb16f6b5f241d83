"""Positions of plan lines against a slow second reckoning in plain Python, and the published totals read from the database."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activity.models import Line, Measure, Reading
from activity.presenters.words import cell
from activity.queries import (
    Month,
    find_line,
    line_positions,
    line_record,
    lines_of,
    readings,
    year_value,
)
from opplan.calc.rag import Rating
from opplan.calc.ratios import Kind, YearRule
from opplan.plans.queries import tolerances
from opplan.web.reasons import sentence
from opplan.web.tables import safe_text

pytestmark = pytest.mark.django_db
SEPTEMBER, MARCH = date(2016, 9, 1), date(2017, 3, 1)
SCALE = {"percentage": 100, "rate": 100_000, "average": 1}


def plain_value(kind, top, bottom):
    """The value as an exact fraction, or None."""
    if top is None or (kind != "count" and not bottom):
        return None
    return Fraction(top) if kind == "count" else SCALE[kind] * Fraction(top) / Fraction(bottom)


def plain_rating(measure, actual, planned, bands):
    """The written rules again, in fractions: over, under and on; points for percentages; 5% of plan for the rest."""
    if actual is None and measure.frequency != "month":
        return Rating.NOT_DUE
    if actual is None:
        return Rating.NOT_RATED if planned is None else Rating.NOT_REPORTED
    if planned is None:
        return Rating.NOT_RATED
    worse = {"over": planned - actual, "under": actual - planned, "on": abs(actual - planned)}[measure.direction]
    if measure.kind == "percentage":
        band = bands["percentage"]
    else:
        band = bands["count_on" if measure.direction == "on" else "count"]
        if planned == 0:
            return Rating.GREEN if worse <= 0 else Rating.RED
        worse = 100 * worse / planned
    if worse <= Fraction(band.green):
        return Rating.GREEN
    return Rating.AMBER if worse <= Fraction(band.red) else Rating.RED


def plain_year(kind, rule, pairs):
    held = [(top, bottom) for top, bottom in pairs if plain_value(kind, top, bottom) is not None]
    if not held:
        return None
    if rule == "last":
        return plain_value(kind, *held[-1])
    tops, bottoms = (sum(Fraction(pair[at] or 0) for pair in held) for at in (0, 1))
    return plain_value(kind, tops, bottoms)


def close(found, expected):
    if found is None or expected is None:
        return found is expected
    return abs(Fraction(found) - expected) <= Fraction(1, 10**15) * (1 + abs(expected))


@pytest.mark.parametrize("plan_name", ["ccg", "pct"])
@pytest.mark.parametrize("at", [0, 5, 11])
def test_every_position_agrees_with_the_slow_reckoning(plan_name, at, request):
    plan = request.getfixturevalue(plan_name)
    month, bands = plan.months[at], tolerances(plan)
    held = defaultdict(dict)
    for row in Reading.objects.filter(line__plan=plan):
        held[row.line_id][row.period] = row
    positions = line_positions(plan, month, bands)
    lines = {row.pk: row for row in Line.objects.filter(plan=plan).select_related("measure")}
    assert {position.key for position in positions} == set(lines)
    for position in positions:
        measure, mine = lines[position.key].measure, held[position.key]
        now = mine.get(month)
        actual = plain_value(measure.kind, now.actual_numerator, now.actual_denominator) if now else None
        planned = plain_value(measure.kind, now.planned_numerator, now.planned_denominator) if now else None
        assert close(position.actual, actual), position.reference
        assert close(position.planned, planned), position.reference
        assert position.judgement.rating == plain_rating(measure, actual, planned, bands), position.reference
        so_far = [mine[one] for one in plan.months[: at + 1] if one in mine]
        reported = [
            row for row in so_far if plain_value(measure.kind, row.actual_numerator, row.actual_denominator) is not None
        ]
        assert close(
            position.actual_to_date,
            plain_year(
                measure.kind, measure.year_rule, [(row.actual_numerator, row.actual_denominator) for row in reported]
            ),
        ), position.reference
        like = [(row.planned_numerator, row.planned_denominator) for row in reported]
        if any(plain_value(measure.kind, *pair) is None for pair in like):
            assert position.planned_to_date is None
        else:
            assert close(position.planned_to_date, plain_year(measure.kind, measure.year_rule, like))
        trend = [mine.get(one) for one in months_before(month)]
        assert [value is None for value in position.trend] == [
            row is None or plain_value(measure.kind, row.actual_numerator, row.actual_denominator) is None
            for row in trend
        ]


def months_before(month):
    """The 24 months that end with `month`, counted back one by one."""
    found = [month]
    while len(found) < 24:
        first = found[0]
        found.insert(0, date(first.year - (first.month == 1), first.month - 1 or 12, 1))
    return found


def test_positions_take_two_queries_however_many_lines(ccg, pct, django_assert_num_queries):
    for plan in (ccg, pct):
        bands = tolerances(plan)
        with django_assert_num_queries(2):
            line_positions(plan, plan.months[5], bands)


def test_a_part_of_the_lines_has_the_positions_that_it_has_among_all(ccg):
    bands = tolerances(ccg)
    every = {position.reference: position for position in line_positions(ccg, SEPTEMBER, bands)}
    part = line_positions(ccg, SEPTEMBER, bands, lines_of(ccg).filter(measure__area="Flow and demand"))
    assert {position.reference for position in part} == {
        position.reference for position in every.values() if position.area == "Flow and demand"
    }
    assert all(position == every[position.reference] for position in part)


def test_what_rates_something_is_the_board_and_the_lines_of_initiatives(ccg):
    bands = tolerances(ccg)
    every = {position.reference: position for position in line_positions(ccg, SEPTEMBER, bands)}
    rated = line_positions(ccg, SEPTEMBER, bands, only_board_history=True, only_rated=True)
    assert {position.reference for position in rated} == {
        position.reference for position in every.values() if position.board or position.initiative_key
    }
    for position in rated:
        assert position.judgement == every[position.reference].judgement
        if position.board:
            assert position.trend == every[position.reference].trend
            assert list(position.planned_months) == [one.planned for one in every[position.reference].year]
        else:
            with pytest.raises(LookupError):
                position.held_in(SEPTEMBER)


def test_one_line_read_alone_is_as_it_is_in_the_list(ccg):
    bands = tolerances(ccg)
    every = {position.reference: position for position in line_positions(ccg, SEPTEMBER, bands)}
    for reference in ("DTOC.1", "E.B.5-RTH", "OX.LDBEDS", "MAR.EL-RTH"):
        assert line_record(find_line(ccg, reference), SEPTEMBER, bands).position == every[reference]


def test_the_lines_of_a_plan_are_its_own(ccg, pct):
    assert find_line(pct, "DTOC.1") is None
    assert find_line(ccg, "RTT-INC") is None


class TestDelayedTransfers:
    def test_delayed_days_of_both_years_are_the_published_totals(self, ccg):
        held = readings(find_line(ccg, "DTOC.1"))
        before = [month.actual_numerator for month in held if month.period < ccg.start]
        this_year = [month.actual_numerator for month in held if month.period >= ccg.start]
        assert (len(before), sum(before)) == (12, 59_435)
        assert (len(this_year), sum(this_year)) == (12, 52_236)

    def test_the_year_in_beds_a_day_is_its_delayed_days_over_its_days(self, ccg):
        position = line_record(find_line(ccg, "DTOC.1"), MARCH, tolerances(ccg)).position
        assert position.actual_to_date == Decimal(52_236) / 365

    def test_september_is_140_beds_a_day_and_red(self, ccg):
        position = line_record(find_line(ccg, "DTOC.1"), SEPTEMBER, tolerances(ccg)).position
        assert position.actual == Decimal("140.3")
        assert position.judgement.rating == Rating.RED
        assert position.meets_standard is False

    def test_the_days_of_each_month_are_its_calendar_days(self, ccg):
        months = line_record(find_line(ccg, "DTOC.1"), MARCH, tolerances(ccg)).position.year
        assert sum(month.actual_denominator for month in months) == 365


@pytest.mark.parametrize("planned", [True, False])
def test_a_measure_that_is_not_monthly_is_not_due_rather_than_missing_with_a_plan_or_without(ccg, planned):
    quarterly = Measure.objects.filter(round=ccg.round, frequency="quarter").first()
    line = Line(plan=ccg, reference="QUARTERLY", measure=quarterly, title="Test")
    line.save()
    if planned:
        Reading(line=line, period=SEPTEMBER, planned_numerator=Decimal(1), planned_denominator=Decimal(2)).save()
    judgement = line_record(find_line(ccg, "QUARTERLY"), SEPTEMBER, tolerances(ccg)).position.judgement
    assert (judgement.rating, sentence(judgement)) == (Rating.NOT_DUE, "Not collected monthly")


months = st.lists(st.tuples(*[st.none() | st.integers(0, 10**6).map(Decimal)] * 4), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(Kind)), st.sampled_from(list(YearRule)), months, st.booleans())
def test_a_year_agrees_with_the_slow_reckoning_whatever_is_held(kind, rule, held, planned):
    made = [Month(date(2016, 4, 1), kind, one[0], one[1], one[2], one[3], "", "", "", "", "") for one in held]
    pairs = [(one[0], one[1]) if planned else (one[2], one[3]) for one in held]
    assert close(year_value(made, rule, planned=planned), plain_year(kind.value, rule.value, pairs))


def test_a_figure_for_a_spreadsheet_stays_a_figure() -> None:
    below = cell(Decimal("-12.345678"))
    assert (below, safe_text(below)) == (Decimal("-12.3457"), Decimal("-12.3457"))
    assert str(cell(Decimal("1200.0000"))) == "1200"
    assert cell(None) == ""
