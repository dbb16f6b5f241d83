"""The checks of a template: what fails, in which cell, with which figures, and what may be accepted."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions.readings import ReadingChange, record_readings
from activity.queries import find_line
from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.actions.accepting import accept_check, withdraw_acceptance
from opplan.submissions.checking import Checked, printed
from opplan.submissions.definition import BadDefinition, find_definition, read
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.templates import filled_template

pytestmark = pytest.mark.django_db
MONTH = date(2016, 9, 1)


def checks(plan: Plan, name: str) -> list[Checked]:
    definition = find_definition(plan.round, name)
    assert definition is not None
    return checks_of(plan, filled_template(plan, definition, MONTH))


def planned(plan: Plan, reference: str, months: dict[date, str], by: User, part: str = "planned_numerator") -> None:
    line = find_line(plan, reference)
    assert line is not None
    held = {row.period: row for row in line.readings.all()}
    changes = [
        ReadingChange(part, month, getattr(held[month], part), Decimal(value)) for month, value in months.items()
    ]
    record_readings(line, changes, status={}, by=by, why="For the test")


def test_the_plan_as_loaded_contradicts_itself_nowhere(ccg: Plan) -> None:
    found = checks(ccg, "activity")
    assert len(found) > 300
    assert [one.sentence for one in found if not one.met] == []


def test_the_initiatives_free_fewer_beds_than_the_trajectory_gives_up(ccg: Plan) -> None:
    (one,) = [check for check in checks(ccg, "dtoc") if not check.met]
    assert (one.rule.code, one.cell.sheet, one.rule.severity) == ("DTC-01", "Initiatives", "warn")
    assert one.found == Decimal(71)
    assert isinstance(one.expected, Decimal)
    assert round(one.expected, 1) == Decimal("94.4")


def test_a_month_below_its_standard_is_named_with_both_figures(ccg: Plan, person: Callable[[str], User]) -> None:
    month = ccg.months[-1]
    planned(ccg, "E.B.5-RTH", {month: "90"}, person("analyst"))
    (one,) = [check for check in checks(ccg, "activity") if not check.met]
    line = printed([one])[0]
    assert (line.code, line.found, line.expected, line.result) == ("ACT-02", "90.0%", "95.0%", "Not met")
    assert "March 2017" in line.sentence


def test_a_flat_profile_and_growth_outside_its_band_warn(ccg: Plan, person: Callable[[str], User]) -> None:
    months = {month: "7000" for month in ccg.months if month > MONTH}
    planned(ccg, "MAR.NEL-RTH", months, person("analyst"))
    found = {check.rule.code for check in checks(ccg, "activity") if not check.met}
    assert found == {"ACT-05"}


def test_a_warning_is_accepted_with_a_reason_until_its_figure_changes(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst, month = person("analyst"), ccg.months[-1]
    planned(ccg, "E.B.5-RTH", {month: "90"}, analyst)
    (failed,) = [check for check in checks(ccg, "activity") if not check.met]
    with pytest.raises(ValidationError, match="Say why"):
        accept_check(ccg, "activity", failed, by=analyst, why=" ")
    accept_check(ccg, "activity", failed, by=analyst, why="Agreed with NHS England on 1 March")
    (accepted,) = [check for check in checks(ccg, "activity") if not check.met]
    assert printed([accepted])[0].result == "Accepted"
    assert printed([accepted])[0].reason == "Agreed with NHS England on 1 March"
    planned(ccg, "E.B.5-RTH", {month: "89"}, analyst)
    assert [check.result for check in checks(ccg, "activity") if not check.met] == ["Not met"]


def test_an_acceptance_can_be_taken_back(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst = person("analyst")
    (failed,) = [check for check in checks(ccg, "dtoc") if not check.met]
    accept_check(ccg, "dtoc", failed, by=analyst, why="The rest is found in the community")
    withdraw_acceptance(ccg, "dtoc", failed.rule.code, failed.subject, by=analyst, why="It is not")
    assert [check.result for check in checks(ccg, "dtoc") if not check.met] == ["Not met"]


WRONG = """name = "trial"
title = "Trial"
round = "2016-17"
summary = "A trial"

[[sheets]]
name = "One"
title = "One"

[[sheets.blocks]]
key = "only"
title = "Only"
columns = [
  { key = "title", title = "Question", kind = "given" },
  { key = "answer", title = "Answer", kind = "input", format = "whole" },
]
rows = [{ key = "first", title = "First" }]

[[checks]]
code = "TRI-01"
severity = "stop"
words = "The answer is right"
each = "only"
on = "answer"
found = "anwser"
is = "equal"
expected = "1"
"""


def test_a_check_that_names_a_column_which_is_not_there_is_refused_with_its_line() -> None:
    with pytest.raises(BadDefinition, match=r"trial.toml, line 25: .*no column anwser"):
        read(WRONG, "trial.toml")


def test_a_contradiction_cannot_be_accepted(ccg: Plan, person: Callable[[str], User]) -> None:
    definition = read(WRONG.replace("anwser", "answer"), "trial.toml")
    from opplan.submissions.actions.answers import record_answers
    from opplan.submissions.filled import Key

    record_answers(ccg, "trial", [(Key("only", "first", "answer"), "", "2")], by=person("analyst"), why="Answered")
    (failed,) = checks_of(ccg, filled_template(ccg, definition, MONTH))
    assert failed.stands_in_the_way
    with pytest.raises(ValidationError, match="contradiction cannot be accepted"):
        accept_check(ccg, "trial", failed, by=person("analyst"), why="Never mind")
