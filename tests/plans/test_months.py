"""The months of a plan: closed, reopened for a reason, and the one that is being reported."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from opplan.accounts.models import User
from opplan.plans.actions import MonthClosed, close_month, open_plan, reopen_month, report_month, require_open
from opplan.plans.models import ClosedMonth, Plan
from opplan.plans.queries import closed_months

pytestmark = pytest.mark.django_db

Person = Callable[[str], User]
AUGUST, SEPTEMBER, OCTOBER = date(2016, 8, 1), date(2016, 9, 1), date(2016, 10, 1)


@pytest.fixture
def lead(person: Person) -> User:
    return person("finance_lead")


def test_the_loaded_plan_reports_september_with_the_months_before_it_closed(ccg: Plan) -> None:
    assert ccg.reporting_month == SEPTEMBER
    assert ccg.month_number == 6
    assert closed_months(ccg) == frozenset(month for month in ccg.months if month < SEPTEMBER)


def test_a_closed_month_refuses_and_names_itself(ccg: Plan) -> None:
    require_open(ccg, {SEPTEMBER, OCTOBER})
    with pytest.raises(MonthClosed) as refused:
        require_open(ccg, {AUGUST, SEPTEMBER})
    assert refused.value.messages == [
        "August 2016 is closed. Ask the programme office or the finance lead to reopen it."
    ]


def test_closing_the_month_reported_moves_on_to_the_next(ccg: Plan, lead: User) -> None:
    close_month(ccg, SEPTEMBER, by=lead, why="Reported to the governing body")
    ccg.refresh_from_db()
    assert ccg.reporting_month == OCTOBER
    assert SEPTEMBER in closed_months(ccg)
    entry = ClosedMonth.objects.get(plan=ccg, month=SEPTEMBER).history.get()
    assert (entry.history_user, entry.history_change_reason) == (lead, "Reported to the governing body")
    assert ccg.history.latest().history_user == lead


def test_closing_the_last_month_leaves_it_as_the_one_reported(ccg: Plan, lead: User) -> None:
    march = ccg.months[-1]
    report_month(ccg, march, by=lead)
    close_month(ccg, march, by=lead)
    ccg.refresh_from_db()
    assert ccg.reporting_month == march


def test_closing_twice_is_closing_once(ccg: Plan, lead: User) -> None:
    for _ in range(2):
        close_month(ccg, OCTOBER, by=lead)
    assert ClosedMonth.objects.filter(plan=ccg, month=OCTOBER).count() == 1
    assert ClosedMonth.history.filter(plan=ccg, month=OCTOBER).count() == 1


def test_the_database_itself_refuses_a_month_closed_twice(ccg: Plan) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClosedMonth.objects.bulk_create([ClosedMonth(plan=ccg, month=AUGUST)])


def test_a_month_is_reopened_only_for_a_reason(ccg: Plan, lead: User) -> None:
    for nothing in ("", "  "):
        with pytest.raises(ValidationError, match="Say why"):
            reopen_month(ccg, AUGUST, by=lead, why=nothing)
    assert AUGUST in closed_months(ccg)
    reopen_month(ccg, AUGUST, by=lead, why="A provider corrected its figures")
    assert AUGUST not in closed_months(ccg)
    entry = ClosedMonth.history.filter(plan=ccg, month=AUGUST).latest()
    assert (entry.history_type, entry.history_user, entry.history_change_reason) == (
        "-",
        lead,
        "A provider corrected its figures",
    )


def test_reopening_does_not_move_the_month_reported(ccg: Plan, lead: User) -> None:
    reopen_month(ccg, AUGUST, by=lead, why="A provider corrected its figures")
    ccg.refresh_from_db()
    assert ccg.reporting_month == SEPTEMBER


@pytest.mark.parametrize("month", [date(2016, 3, 1), date(2017, 4, 1), date(2016, 9, 15)])
def test_what_is_not_a_month_of_the_plan_is_neither_closed_nor_reported(ccg: Plan, lead: User, month: date) -> None:
    for act in (close_month, report_month):
        with pytest.raises(ValidationError, match="is not a month of"):
            act(ccg, month, by=lead)


def test_the_month_reported_is_moved_with_who_and_why(ccg: Plan, lead: User) -> None:
    report_month(ccg, OCTOBER, by=lead, why="October figures are in")
    entry = ccg.history.latest()
    assert (entry.reporting_month, entry.history_user, entry.history_change_reason) == (
        OCTOBER,
        lead,
        "October figures are in",
    )


def test_a_plan_is_opened_once(ccg: Plan) -> None:
    again, new = open_plan(
        ccg.organisation, ccg.year, title="Another", summary="", round="another", reporting_month=OCTOBER
    )
    assert (again, new) == (ccg, False)
    assert again.title == ccg.title
    assert Plan.objects.filter(organisation=ccg.organisation).count() == 1


def test_a_new_plan_closes_the_months_before_the_one_it_reports(ccg: Plan) -> None:
    june = date(2017, 6, 1)
    plan, new = open_plan(ccg.organisation, "2017-18", title="Next", summary="", round="2017-18", reporting_month=june)
    assert new
    assert closed_months(plan) == frozenset({date(2017, 4, 1), date(2017, 5, 1)})
    assert plan.history.get().history_change_reason == "Plan opened"


def test_a_title_changed_meanwhile_survives_closing_and_reporting(ccg: Plan, lead: User) -> None:
    for number, act in enumerate((close_month, report_month)):
        Plan.objects.filter(pk=ccg.pk).update(title=f"Renamed {number}")
        act(ccg, SEPTEMBER, by=lead, why="")
        assert Plan.objects.get(pk=ccg.pk).title == f"Renamed {number}"


def test_what_is_closed_is_told_by_the_stored_plan_and_not_by_the_one_in_hand(ccg: Plan, lead: User) -> None:
    stale = Plan.objects.get(pk=ccg.pk)
    close_month(ccg, SEPTEMBER, by=lead)
    assert ccg.reporting_month == OCTOBER
    close_month(stale, SEPTEMBER, by=lead)
    assert stale.reporting_month == OCTOBER
    assert require_open(stale, {OCTOBER}).reporting_month == OCTOBER


def test_months_are_checked_and_changed_upon_a_locked_plan(ccg: Plan, lead: User, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    locks: list[object] = []
    lock = models.QuerySet.select_for_update
    monkeypatch.setattr(
        models.QuerySet, "select_for_update", lambda rows, **kw: locks.append(rows.model) or lock(rows, **kw)
    )
    require_open(ccg, {SEPTEMBER})
    close_month(ccg, OCTOBER, by=lead)
    reopen_month(ccg, OCTOBER, by=lead, why="Late return")
    report_month(ccg, OCTOBER, by=lead)
    assert locks == [Plan] * 4


def test_a_change_without_a_reason_says_what_was_done(ccg: Plan, lead: User) -> None:
    close_month(ccg, SEPTEMBER, by=lead)
    assert ClosedMonth.history.latest().history_change_reason == "Month closed"
    assert ccg.history.latest().history_change_reason == "Month reported moved to October 2016"


def test_reporting_the_month_reported_leaves_no_trace(ccg: Plan, lead: User) -> None:
    before = ccg.history.count()
    report_month(ccg, SEPTEMBER, by=lead, why="Again")
    assert ccg.history.count() == before
