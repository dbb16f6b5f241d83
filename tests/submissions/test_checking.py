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
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.checking import BLANK, Checked, printed
from opplan.submissions.definition import BadDefinition, find_definition, read
from opplan.submissions.filled import Key
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.templates import filled_template

pytestmark = pytest.mark.django_db
MONTH = date(2016, 9, 1)


def everything(plan: Plan, name: str) -> list[Checked]:
    definition = find_definition(plan.round, name)
    assert definition is not None
    return checks_of(plan, filled_template(plan, definition, MONTH))


def checks(plan: Plan, name: str) -> list[Checked]:
    """What the definition itself checks: blanks are checked of every template."""
    return [one for one in everything(plan, name) if one.rule is not BLANK]


def answer(plan: Plan, template: str, key: Key, value: str, by: User) -> None:
    record_answers(plan, template, [(key, "", value)], by=by, why="For the test")


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
    planned(ccg, "E.B.7", {month: "90"}, person("analyst"))
    (one,) = [check for check in checks(ccg, "activity") if not check.met]
    line = printed([one])[0]
    assert (line.code, line.found, line.expected, line.result) == ("ACT-02", "90.0%", "93.0%", "Not met")
    assert "March 2017" in line.sentence


def test_a_flat_profile_and_growth_outside_its_band_warn(ccg: Plan, person: Callable[[str], User]) -> None:
    months = {month: "7000" for month in ccg.months if month > MONTH}
    planned(ccg, "MAR.NEL-RTH", months, person("analyst"))
    found = {check.rule.code for check in checks(ccg, "activity") if not check.met}
    assert found == {"ACT-05"}


def test_growth_outside_its_band_is_explained_by_a_comment_that_goes_out_with_it(
    ccg: Plan, person: Callable[[str], User]
) -> None:
    analyst = person("analyst")
    planned(ccg, "MAR.NEL-RTH", {month: "7000" for month in ccg.months if month > MONTH}, analyst)
    (failed,) = [one for one in checks(ccg, "activity") if not one.met]
    assert failed.result == "Not met"
    answer(ccg, "activity", Key("providers", "MAR.NEL-RTH", "comment"), "Winter wards open in October", analyst)
    (explained,) = [one for one in checks(ccg, "activity") if not one.met]
    assert (explained.result, printed([explained])[0].reason) == ("Accepted", "Winter wards open in October")


def test_a_month_below_its_standard_is_explained_by_the_open_recovery_plan_of_its_line(
    ccg: Plan, person: Callable[[str], User]
) -> None:
    planned(ccg, "E.B.5-RTH", {ccg.months[-1]: "90"}, person("analyst"))
    (one,) = [check for check in checks(ccg, "activity") if not check.met]
    assert (one.rule.code, one.result, one.explained) == ("ACT-02", "Accepted", "A&E within four hours")


def blanks(plan: Plan) -> Checked:
    (one,) = [one for one in everything(plan, "activity") if one.rule is BLANK and one.subject == "behind"]
    return one


def test_blanks_are_counted_block_by_block_and_may_be_accepted_until_their_number_changes(
    ccg: Plan, person: Callable[[str], User]
) -> None:
    analyst = person("analyst")
    blank = blanks(ccg)
    assert (blank.subject, blank.found, blank.cell.address) == ("behind", Decimal(4), "C6")
    assert blank.sentence.endswith("Questions about the profile, 4 answers asked for.")
    accept_check(ccg, "activity", blank, by=analyst, why="Sent with the final version")
    answer(ccg, "activity", Key("behind", "growth", "answer"), "Two per cent", analyst)
    after = blanks(ccg)
    assert (after.found, after.result) == (Decimal(3), "Not met")


def test_a_trajectory_that_ends_above_the_level_aimed_at_is_a_contradiction(
    ccg: Plan, person: Callable[[str], User]
) -> None:
    planned(ccg, "DTOC.1", {ccg.months[-1]: "2500"}, person("analyst"))
    (one,) = [check for check in checks(ccg, "dtoc") if check.rule.code == "DTC-03"]
    assert (one.met, one.stands_in_the_way, one.in_words(one.expected)) == (False, True, "68")


def test_the_printed_totals_of_the_strategy_are_added_again(pct: Plan) -> None:
    definition = find_definition(pct.round, "medium-term-plan")
    assert definition is not None
    found = checks_of(pct, filled_template(pct, definition, pct.months[0]))
    added = [one for one in found if one.rule.code.startswith("MTP-0") and one.rule.code < "MTP-05"]
    assert len(added) >= 4
    assert all(one.met for one in added)


def test_a_warning_is_accepted_with_a_reason_until_its_figure_changes(ccg: Plan, person: Callable[[str], User]) -> None:
    analyst, month = person("analyst"), ccg.months[-1]
    planned(ccg, "E.B.7", {month: "90"}, analyst)
    (failed,) = [check for check in checks(ccg, "activity") if not check.met]
    with pytest.raises(ValidationError, match="Say why"):
        accept_check(ccg, "activity", failed, by=analyst, why=" ")
    accept_check(ccg, "activity", failed, by=analyst, why="Agreed with NHS England on 1 March")
    (accepted,) = [check for check in checks(ccg, "activity") if not check.met]
    assert printed([accepted])[0].result == "Accepted"
    assert printed([accepted])[0].reason == "Agreed with NHS England on 1 March"
    planned(ccg, "E.B.7", {month: "89"}, analyst)
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
    record_answers(ccg, "trial", [(Key("only", "first", "answer"), "", "2")], by=person("analyst"), why="Answered")
    (failed,) = checks_of(ccg, filled_template(ccg, definition, MONTH))
    assert failed.stands_in_the_way
    with pytest.raises(ValidationError, match="contradiction cannot be accepted"):
        accept_check(ccg, "trial", failed, by=person("analyst"), why="Never mind")
