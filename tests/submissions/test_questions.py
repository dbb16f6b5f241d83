"""Questions of NHS England: tied to a cell that they follow, and in the way of freezing until they are closed or waived."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.versions import Conflict, Version
from opplan.submissions.actions.answering import answer_question
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.questions import (
    add_question,
    change_question,
    close_question,
    reopen_question,
    take_back_waiver,
    waive_question,
)
from opplan.submissions.definition import Definition, find_definition
from opplan.submissions.filled import Filled, Key
from opplan.submissions.models import Question, Submission
from opplan.submissions.queries.places import cell_of, template_asked_about
from opplan.submissions.queries.questions import open_about, open_counts
from opplan.submissions.queries.rounds import find_round, open_questions
from opplan.submissions.queries.templates import filled_template

pytestmark = pytest.mark.django_db
MONTH = date(2016, 9, 1)
ABOUT_DTOC = {"kind": "query", "asked": "Why do the beds fall so fast?", "template": "dtoc"}
LAST_MONTH = Key("delays", "DTOC.1", "planned_numerator", 11)


@pytest.fixture
def officer(person: Callable[[str], User]) -> User:
    return person("programme_office")


@pytest.fixture
def asked(ccg: Plan, officer: User) -> Question:
    """An open question about a cell of the template of delays, of which the loaded plan has none."""
    values = {**ABOUT_DTOC, "sheet": "trajectory", "cell": "$p$6"}
    return add_question(ccg, values=values, by=officer, why="NHS England's letter of 9 March")


@pytest.fixture
def dtoc(ccg: Plan) -> Definition:
    found = find_definition(ccg.round, "dtoc")
    assert found is not None
    return found


def frozen(plan: Plan, definition: Definition, by: User, of_round: str = "R1") -> Submission:
    return freeze(plan, definition, MONTH, round=find_round(plan, of_round), by=by, why="Draft")


def waived(row: Question, plan: Plan, by: User, of_round: str = "R1") -> Question:
    found = find_round(plan, of_round)
    assert found is not None
    why = "Agreed with NHS England to answer later"
    return waive_question(row, waived_for_id=found.pk, waived_why=why, by=by, version=Version.of(row))


# Tied to a cell --------------------------------------------------------------------------------------------------------------


def test_a_question_is_tied_to_its_cell_by_the_cells_key(asked: Question) -> None:
    assert (asked.reference, asked.sheet, asked.cell) == ("NQ-14", "Trajectory", "P6")
    assert Key(*asked.key) == LAST_MONTH


@pytest.mark.parametrize(
    ("place", "field", "said"),
    [
        ({"sheet": "Trajektory", "cell": "P6"}, "sheet", "no sheet “Trajektory”. Type one of these: Trajectory, Initiatives"),
        ({"sheet": "Trajectory", "cell": "ZZ99"}, "cell", "holds nothing in ZZ99. Type the address of a cell"),
        ({"sheet": "Trajectory", "cell": ""}, "cell", "Name the cell, such as D14"),
        ({"sheet": "", "cell": "P6"}, "sheet", "Name the sheet"),
        ({"template": "", "sheet": "Trajectory", "cell": "P6"}, "template", "Choose the template"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_with_what_to_type(
    ccg: Plan, officer: User, place: dict[str, str], field: str, said: str
) -> None:
    with pytest.raises(ValidationError) as problem:
        add_question(ccg, values={**ABOUT_DTOC, **place}, by=officer, why="")
    assert said in problem.value.message_dict[field][0]


def test_a_question_follows_its_cell_when_rows_move(asked: Question, dtoc: Definition, ccg: Plan) -> None:
    before = cell_of(asked, filled_template(ccg, dtoc, MONTH))
    sheet = dtoc.sheets[0].model_copy(update={"notes": ("One more note.", "And another.")})
    longer = dtoc.model_copy(update={"sheets": (sheet, *dtoc.sheets[1:])})
    after = cell_of(asked, filled_template(ccg, longer, MONTH))
    assert before is not None
    assert after is not None
    assert (before.address, after.address) == ("P6", "P8")
    assert after.value == before.value


def test_every_loaded_question_stands_where_its_template_has_the_cell(ccg: Plan) -> None:
    held: dict[str, Filled | None] = {}
    tied = Question.objects.filter(plan=ccg).exclude(cell="")
    assert tied.count() == 7
    for row in tied:
        if row.template not in held:
            held[row.template] = template_asked_about(row, MONTH)
        template = held[row.template]
        assert template is not None
        cell = cell_of(row, template)
        assert cell is not None, row.reference
        assert (cell.sheet, cell.address) == (row.sheet, row.cell), row.reference
    assert held["finance"] is not None
    assert held["finance"].cells[Key("requirement", "unidentified", "amount")].value == 13_300


# In the way of freezing ------------------------------------------------------------------------------------------------------


def test_an_open_question_stands_in_the_way_and_is_named(
    asked: Question, ccg: Plan, dtoc: Definition, officer: User
) -> None:
    with pytest.raises(ValidationError, match="1 question of NHS England about this template is open: NQ-14"):
        frozen(ccg, dtoc, officer)
    assert open_about(ccg, "dtoc") == open_about(ccg, "dtoc", "delays") == 1
    assert open_about(ccg, "dtoc", "initiatives") == 0


def test_a_question_about_the_plan_as_a_whole_stands_in_the_way_of_every_template(
    ccg: Plan, dtoc: Definition, officer: User
) -> None:
    add_question(ccg, values={"kind": "query", "asked": "Who signs?"}, by=officer, why="")
    with pytest.raises(ValidationError, match="NQ-14"):
        frozen(ccg, dtoc, officer)


def test_a_waiver_unblocks_its_round_and_no_other(asked: Question, ccg: Plan, dtoc: Definition, officer: User) -> None:
    waived(asked, ccg, officer, "R1")
    assert frozen(ccg, dtoc, officer, "R1").version == "V1.0"
    assert open_counts(ccg, find_round(ccg, "R1"))["dtoc"] == 0
    assert open_counts(ccg, find_round(ccg, "R2"))["dtoc"] == 1
    with pytest.raises(ValidationError, match="NQ-14"):
        frozen(ccg, dtoc, officer, "R2")
    with pytest.raises(ValidationError, match="NQ-14"):
        freeze(ccg, dtoc, MONTH, round=None, by=officer, why="Of no round")


def test_a_waiver_that_is_taken_back_blocks_again(asked: Question, ccg: Plan, officer: User) -> None:
    row = waived(asked, ccg, officer, "R1")
    assert open_questions(ccg, "dtoc", find_round(ccg, "R1")) == []
    take_back_waiver(row, by=officer, why="NHS England wants it now", version=Version.of(row))
    assert [one.reference for one in open_questions(ccg, "dtoc", find_round(ccg, "R1"))] == ["NQ-14"]


def test_what_was_waived_goes_out_with_its_reason(asked: Question, ccg: Plan, dtoc: Definition, officer: User) -> None:
    waived(asked, ccg, officer)
    made = frozen(ccg, dtoc, officer)
    [line] = [check for check in made.checks if check["code"] == "NQ-14"]
    assert (line["sheet"], line["address"], line["result"]) == ("Trajectory", "P6", "Accepted")
    assert line["reason"] == "Agreed with NHS England to answer later"
    rows = load_workbook(BytesIO(bytes(made.workbook)))["Checks"].iter_rows(values_only=True)
    assert [row[7] for row in rows if row[0] == "NQ-14"] == ["Agreed with NHS England to answer later"]


def test_a_closed_question_stands_in_no_way_until_it_is_opened_again(
    asked: Question, ccg: Plan, dtoc: Definition, officer: User
) -> None:
    on = date(2016, 3, 24)
    with pytest.raises(ValidationError, match="It has no answer"):
        close_question(asked, closed_on=on, reply="", by=officer, why="", version=Version.of(asked))
    row = close_question(asked, closed_on=on, reply="", by=officer, why="Withdrawn", version=Version.of(asked))
    assert frozen(ccg, dtoc, officer).version == "V1.0"
    with pytest.raises(ValidationError, match="was closed on"):
        answer_question(row, values={"answer": "Late"}, by=officer, why="", version=Version.of(row))
    reopen_question(row, by=officer, why="Asked again", version=Version.of(row))
    assert open_about(ccg, "dtoc") == 1


# Two people ------------------------------------------------------------------------------------------------------------------


def test_two_people_who_answer_are_shown_each_others(asked: Question, officer: User) -> None:
    opened = Version.of(asked)
    answer_question(asked, values={"answer": "First"}, by=officer, why="", version=opened)
    with pytest.raises(Conflict) as clash:
        answer_question(asked, values={"answer": "Second"}, by=officer, why="Better", version=opened)
    assert [(one.now, one.mine) for one in clash.value.clashes] == [("First", "Second")]


def test_an_answer_that_was_given_changes_with_a_reason(asked: Question, officer: User) -> None:
    row = answer_question(asked, values={"answer": "First"}, by=officer, why="", version=Version.of(asked))
    with pytest.raises(ValidationError, match="Say why"):
        answer_question(row, values={"answer": "Second"}, by=officer, why=" ", version=Version.of(row))


def test_another_cell_needs_a_reason_and_moves_the_key(asked: Question, officer: User) -> None:
    values = {"sheet": "Initiatives", "cell": "Q12"}
    with pytest.raises(ValidationError, match="Say why"):
        change_question(asked, values=values, by=officer, why="", version=Version.of(asked))
    row = change_question(asked, values=values, by=officer, why="They meant the sum", version=Version.of(asked))
    assert Key(*row.key) == Key("initiatives", "total", "at_the_end")
