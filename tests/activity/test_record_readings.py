"""Recording readings: all or none, never over a closed month, never silently over a published figure or another person's."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions import ReadingChange, ReadingsChanged, ReasonNeeded, record_readings
from activity.models import Reading
from activity.queries import find_line, reading_history
from opplan.plans.actions import MonthClosed, reopen_month

pytestmark = pytest.mark.django_db
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (date(2016, month, 1) for month in (8, 9, 10, 11))
D = Decimal


@pytest.fixture
def analyst(person):
    return person("analyst")


@pytest.fixture
def waits(ccg):
    """18 weeks, still waiting: illustrative readings, a percentage."""
    return find_line(ccg, "E.B.3")


@pytest.fixture
def delays(ccg):
    """Delayed transfers of care: published readings."""
    return find_line(ccg, "DTOC.1")


def stored(line, month):
    return Reading.objects.get(line=line, period=month)


def changed(part, month, was, value):
    return ReadingChange(part, month, None if was is None else D(was), None if value is None else D(value))


def test_an_actual_is_stored_with_who_and_why(waits, analyst):
    change = changed("actual_numerator", SEPTEMBER, 27_213, 27_300)
    assert record_readings(waits, [change], status={}, by=analyst, why="Late returns") == 1
    row = stored(waits, SEPTEMBER)
    assert (row.actual_numerator, row.basis, row.source, row.status) == (
        27_300,
        "entered",
        "Entered by Planning analyst",
        "flex",
    )
    entry = row.history.latest()
    assert (entry.history_user, entry.history_change_reason) == (analyst, "Late returns")


def test_an_actual_of_a_month_without_a_reading_is_stored(ccg, analyst):
    line = find_line(ccg, "E.B.14")
    changes = [changed("actual_numerator", SEPTEMBER, None, 9), changed("actual_denominator", SEPTEMBER, None, 10)]
    record_readings(line, changes, status={SEPTEMBER: "estimate"}, by=analyst, why="")
    row = stored(line, SEPTEMBER)
    assert (row.actual_numerator, row.actual_denominator, row.status) == (9, 10, "estimate")


def test_a_plan_of_a_month_to_come_is_stored_and_leaves_the_actual_side_alone(waits, analyst):
    before = stored(waits, OCTOBER)
    change = changed("planned_numerator", OCTOBER, before.planned_numerator, 27_000)
    record_readings(waits, [change], status={}, by=analyst, why="")
    row = stored(waits, OCTOBER)
    assert (row.planned_numerator, row.planned_basis, row.planned_source) == (
        27_000,
        "entered",
        "Entered by Planning analyst",
    )
    assert (row.actual_numerator, row.basis, row.source) == (before.actual_numerator, before.basis, before.source)


def test_a_figure_is_firmed_up_without_being_changed(waits, analyst):
    record_readings(waits, [], status={SEPTEMBER: "final"}, by=analyst, why="")
    row = stored(waits, SEPTEMBER)
    assert (row.status, row.basis, row.actual_numerator) == ("final", "illustrative", 27_213)


def test_what_changes_nothing_leaves_no_history(waits, analyst):
    before = stored(waits, SEPTEMBER).history.count()
    assert record_readings(waits, [], status={SEPTEMBER: "flex"}, by=analyst, why="") == 0
    assert stored(waits, SEPTEMBER).history.count() == before


def test_clearing_an_actual_makes_it_not_reported(waits, analyst):
    changes = [
        changed("actual_numerator", SEPTEMBER, 27_213, None),
        changed("actual_denominator", SEPTEMBER, 29_839, None),
    ]
    record_readings(waits, changes, status={}, by=analyst, why="Sent in error")
    row = stored(waits, SEPTEMBER)
    assert (row.actual_numerator, row.actual_denominator, row.status) == (None, None, "")


class TestRefusals:
    def refused(self, line, changes, analyst, error=ValidationError, match=None, status=None, why="x"):
        before = list(Reading.objects.filter(line=line).order_by("period").values())
        with pytest.raises(error, match=match):
            record_readings(line, changes, status=status or {}, by=analyst, why=why)
        assert list(Reading.objects.filter(line=line).order_by("period").values()) == before

    def test_a_closed_month(self, waits, analyst):
        self.refused(waits, [changed("actual_numerator", AUGUST, 27_213, 1)], analyst, MonthClosed, "August 2016")
        self.refused(waits, [], analyst, MonthClosed, status={AUGUST: "flex"})

    def test_a_closed_month_opens_once_it_is_reopened(self, ccg, waits, analyst, person):
        reopen_month(ccg, AUGUST, by=person("programme_office"), why="A late return")
        change = changed("actual_numerator", AUGUST, 27_213, 27_214)
        assert record_readings(waits, [change], status={}, by=analyst, why="") == 1

    def test_an_actual_after_the_month_that_the_plan_reports(self, waits, analyst):
        changes = [changed("actual_numerator", OCTOBER, None, 9), changed("actual_denominator", OCTOBER, None, 10)]
        self.refused(waits, changes, analyst, match="October 2016 is not due yet", status={OCTOBER: "flex"})

    def test_a_month_of_another_year(self, waits, analyst):
        change = changed("actual_numerator", date(2015, 5, 1), 27_143, 1)
        self.refused(waits, [change], analyst, match="May 2015 is not a month of")

    def test_a_numerator_above_its_denominator(self, waits, analyst):
        change = changed("actual_numerator", SEPTEMBER, 27_213, 29_840)
        self.refused(waits, [change], analyst, match="above its denominator")

    def test_a_planned_numerator_above_its_denominator(self, waits, analyst):
        row = stored(waits, NOVEMBER)
        change = changed("planned_denominator", NOVEMBER, row.planned_denominator, 10)
        self.refused(waits, [change], analyst, match="planned: 27,324 is above its denominator")

    def test_half_a_pair(self, waits, analyst):
        change = changed("actual_numerator", SEPTEMBER, 27_213, None)
        self.refused(waits, [change], analyst, match="denominator stands alone")

    def test_a_denominator_of_nought(self, delays, analyst):
        change = changed("actual_denominator", SEPTEMBER, 30, 0)
        self.refused(delays, [change], analyst, match="must be above nought")

    @pytest.mark.parametrize("value", ["1.5", "-1"])
    def test_a_count_that_is_not_a_whole_number_from_nought_up(self, ccg, analyst, value):
        line = find_line(ccg, "OX.HNA")
        change = changed("actual_numerator", SEPTEMBER, stored(line, SEPTEMBER).actual_numerator, value)
        self.refused(line, [change], analyst)

    def test_a_count_with_a_denominator(self, ccg, analyst):
        change = changed("actual_denominator", SEPTEMBER, None, 10)
        self.refused(find_line(ccg, "OX.HNA"), [change], analyst, match="no denominator")

    def test_an_actual_that_nobody_says_is_firm_or_not(self, ccg, analyst):
        line = find_line(ccg, "E.B.14")
        changes = [changed("actual_numerator", SEPTEMBER, None, 9), changed("actual_denominator", SEPTEMBER, None, 10)]
        self.refused(line, changes, analyst, match="final, flex or an estimate")

    def test_one_bad_month_stores_none_of_the_others(self, waits, analyst):
        october = stored(waits, OCTOBER).planned_numerator
        changes = [
            changed("planned_numerator", OCTOBER, october, october - 1),
            changed("actual_numerator", SEPTEMBER, 27_213, 99_999),
        ]
        self.refused(waits, changes, analyst)

    def test_a_figure_that_somebody_else_changed_since(self, waits, analyst, person):
        mine = changed("actual_numerator", SEPTEMBER, 27_213, 27_400)
        theirs = changed("actual_numerator", SEPTEMBER, 27_213, 27_300)
        record_readings(waits, [theirs], status={}, by=person("programme_office"), why="")
        self.refused(waits, [mine], analyst, ReadingsChanged, "changed by someone else")


class TestPublishedFigures:
    def test_a_published_figure_is_not_changed_without_a_reason(self, delays, analyst):
        change = changed("actual_numerator", SEPTEMBER, 4_209, 4_300)
        with pytest.raises(ReasonNeeded, match="September 2016"):
            record_readings(delays, [change], status={}, by=analyst, why="  ")
        assert stored(delays, SEPTEMBER).actual_numerator == 4_209

    def test_nor_is_how_firm_it_is(self, delays, analyst):
        with pytest.raises(ReasonNeeded):
            record_readings(delays, [], status={SEPTEMBER: "flex"}, by=analyst, why="")

    def test_with_a_reason_it_is_and_history_keeps_what_it_was(self, delays, analyst):
        change = changed("actual_numerator", SEPTEMBER, 4_209, 4_300)
        record_readings(delays, [change], status={}, by=analyst, why="Revised by the publisher")
        (edit,) = reading_history(delays).edits
        assert (edit.part, edit.period, edit.was, edit.now) == ("actual_numerator", SEPTEMBER, 4_209, 4_300)
        assert (edit.who, edit.why) == ("Planning analyst", "Revised by the publisher")
        assert stored(delays, SEPTEMBER).basis == "entered"

    def test_a_plan_that_was_derived_needs_none(self, delays, analyst):
        change = changed("planned_numerator", OCTOBER, stored(delays, OCTOBER).planned_numerator, 3_000)
        assert record_readings(delays, [change], status={}, by=analyst, why="") == 1


def test_history_tells_loads_apart_from_what_people_change(delays):
    history = reading_history(delays)
    assert (history.edits, history.loaded) == ([], 24)
    assert history.loaded_on is not None


def test_history_is_latest_first_and_takes_one_query(waits, analyst, django_assert_num_queries):
    record_readings(waits, [changed("actual_numerator", SEPTEMBER, 27_213, 27_214)], status={}, by=analyst, why="one")
    record_readings(
        waits,
        [changed("actual_numerator", SEPTEMBER, 27_214, 27_215)],
        status={SEPTEMBER: "final"},
        by=analyst,
        why="two",
    )
    with django_assert_num_queries(1):
        edits = reading_history(waits).edits
    assert [(edit.part, edit.was, edit.now, edit.why) for edit in edits] == [
        ("status", "flex", "final", "two"),
        ("actual_numerator", 27_214, 27_215, "two"),
        ("actual_numerator", 27_213, 27_214, "one"),
    ]
