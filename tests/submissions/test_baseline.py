"""The baseline: locked when a final submission is signed; every later change of a planned figure is a re-baselining with its reason."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from activity.actions.readings import ReadingChange, record_readings
from activity.models import Line
from finance.actions.savings import SavingChange, record_savings
from finance.models import SchemeMonth
from opplan.accounts.models import User
from opplan.plans.actions import lock_baseline, reason_for_plan
from opplan.plans.models import Plan
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.signing import delegate, sign
from opplan.submissions.definition import find_definition
from opplan.submissions.models import Round

pytestmark = pytest.mark.django_db
LOCKED = date(2016, 4, 11)


@pytest.fixture
def office(person: Callable[[str], User]) -> User:
    return person("programme_office")


@pytest.fixture
def locked(ccg: Plan, office: User) -> Plan:
    lock_baseline(ccg, LOCKED, by=office, why="Final submission signed")
    return ccg


@pytest.mark.parametrize("final", [True, False])
def test_the_signature_of_a_final_submission_alone_locks_the_baseline(
    ccg: Plan, person: Callable[[str], User], final: bool
) -> None:
    officer, today = person("accountable_officer"), timezone.localdate()
    definition = find_definition(ccg.round, "dtoc")
    assert definition
    of_round = Round.objects.get(plan=ccg, reference="R1")
    made = freeze(ccg, definition, date(2016, 9, 1), round=of_round, by=officer, why="Draft")
    Round.objects.filter(pk=of_round.pk).update(final=final)
    delegate(
        ccg, reference="D-1", officer=officer, minute="16/20", scope="All", templates=[], begins=today,
        ends=today + timedelta(days=1), by=officer, why="",
    )  # fmt: skip
    sign(made, statement="True and complete", by=officer)
    ccg.refresh_from_db()
    assert ccg.baseline_locked_on == (today if final else None)
    if final:
        latest = ccg.history.latest()
        assert (latest.history_user, latest.history_change_reason) == (officer, "dtoc V1.0 signed: First full draft")


def test_the_first_lock_holds(locked: Plan, office: User) -> None:
    lock_baseline(locked, date(2017, 1, 1), by=office, why="Again")
    assert locked.baseline_locked_on == LOCKED


def test_before_the_lock_a_reason_stays_as_it_is(ccg: Plan) -> None:
    assert reason_for_plan(ccg, "Contract signed") == "Contract signed"
    assert reason_for_plan(ccg, "") == ""


def test_a_reason_is_marked_once(locked: Plan) -> None:
    marked = reason_for_plan(locked, "Contract signed")
    assert marked == "Re-baselining: Contract signed"
    assert reason_for_plan(locked, marked) == marked


def test_a_planned_saving_after_the_lock_is_a_rebaselining(locked: Plan, office: User) -> None:
    row = SchemeMonth.objects.filter(scheme__plan=locked, month=date(2017, 3, 1), planned_saving__gt=0)[0]
    change = SavingChange(row.scheme.reference, row.month, "planned_saving", row.planned_saving, Decimal(5))
    with pytest.raises(ValidationError, match="re-baselining"):
        record_savings(locked, [change], by=office, why=" ")
    record_savings(locked, [change], by=office, why="Contract signed")
    assert row.history.latest().history_change_reason == "Re-baselining: Contract signed"


def test_a_planned_reading_after_the_lock_is_a_rebaselining(locked: Plan, office: User) -> None:
    line = Line.objects.filter(plan=locked, measure__kind="count", readings__period=date(2017, 3, 1)).first()
    assert line
    row = line.readings.get(period=date(2017, 3, 1))
    change = ReadingChange("planned_numerator", row.period, row.planned_numerator, Decimal(7))
    with pytest.raises(ValidationError, match="re-baselining"):
        record_readings(line, [change], status={}, by=office, why="")
    record_readings(line, [change], status={}, by=office, why="Revised trajectory")
    assert row.history.latest().history_change_reason == "Re-baselining: Revised trajectory"


def test_a_forecast_after_the_lock_is_nobodys_rebaselining(locked: Plan, office: User) -> None:
    row = SchemeMonth.objects.filter(scheme__plan=locked, month=date(2017, 3, 1), planned_saving__gt=0)[0]
    change = SavingChange(row.scheme.reference, row.month, "forecast_saving", row.forecast_saving, Decimal(5))
    record_savings(locked, [change], by=office, why="Slower start")
    assert row.history.latest().history_change_reason == "Slower start"


def test_the_board_says_that_the_baseline_is_locked(locked: Plan, sign_in: Callable[[str], Client]) -> None:
    text = sign_in("viewer").get("/10Q/2016-17/").content.decode().replace("\xa0", " ")
    assert "Baseline locked" in text
    assert "11 April 2016" in text
