"""The key lines of enquiry as a workbook: an answer that is typed there comes back to its question, by whoever may answer it."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from opplan.accounts.models import User
from opplan.accounts.roles import CAPABILITIES, Capability
from opplan.plans.models import Plan
from opplan.plans.versions import Version
from opplan.submissions.actions.answering import answer_question
from opplan.submissions.actions.returns import apply_return, undo_return
from opplan.submissions.definition import BadDefinition, find_definition, read
from opplan.submissions.filled import Key
from opplan.submissions.models import Document, Question
from opplan.submissions.queries.templates import preview_of
from tests.submissions.conftest import Exported, edited, export

pytestmark = pytest.mark.django_db


@pytest.fixture
def kloe(ccg: Plan) -> Exported:
    found = find_definition(ccg.round, "kloe")
    assert found is not None
    return export(ccg, found)


def place(made: Exported, *key: str) -> str:
    cell = made.filled.cells[Key(*key)]
    return f"{cell.sheet}!{cell.address}"


def taken(made: Exported, typed: dict[str, str], role: str, by: User):  # type: ignore[no-untyped-def]
    merge = preview_of(made.plan, "back.xlsx", edited(made.content, typed)).merge
    assert merge.errors == []
    return apply_return(
        made.plan,
        made.definition,
        merge.changes,
        chosen={},
        may=CAPABILITIES[role].__contains__,
        file_name="back.xlsx",
        digest="0" * 64,
        by=by,
        why="Answered by the cancer lead",
    )


@pytest.mark.parametrize("role", ["commissioner", "analyst"])
def test_an_answer_typed_in_the_workbook_comes_back_and_can_be_taken_back(
    kloe: Exported, ccg: Plan, person: Callable[[str], User], role: str
) -> None:
    typed = {
        place(kloe, "enquiries", "KL-09", "answer"): "Weekly reviews of the list",
        place(kloe, "enquiries", "KL-09", "evidence"): "DOC-11",
        place(kloe, "enquiries", "KL-09", "assessed"): "amber",
        place(kloe, "queries", "NQ-03", "answer"): "A common rate was used",
    }
    by = person(role)
    done = taken(kloe, typed, role, by)
    row = Question.objects.select_related("evidence").get(plan=ccg, reference="KL-09")
    assert (row.answer, row.assessed, row.evidence.reference) == ("Weekly reviews of the list", "amber", "DOC-11")
    entry = row.history.first()
    assert (entry.history_user, entry.history_change_reason) == (by, "Answered by the cancer lead")
    undo_return(
        ccg,
        kloe.definition,
        done.pk,
        may=lambda capability: True,
        by=by,
        why="Wrong file",
    )
    row.refresh_from_db()
    assert (row.answer, row.assessed, row.evidence_id) == ("", "", None)


def test_a_governing_body_member_answers_nothing_by_a_workbook(kloe: Exported, person: Callable[[str], User]) -> None:
    with pytest.raises(ValidationError, match="is not yours to change"):
        taken(kloe, {place(kloe, "enquiries", "KL-09", "answer"): "Mine"}, "viewer", person("viewer"))


def test_evidence_is_a_document_of_the_register(kloe: Exported) -> None:
    at = place(kloe, "enquiries", "KL-09", "evidence")
    merge = preview_of(kloe.plan, "back.xlsx", edited(kloe.content, {at: "DOC-999"})).merge
    assert [(f"{one.sheet}!{one.cell}", "is not in the list" in one.text) for one in merge.errors] == [(at, True)]
    [rule] = [
        one
        for one in load_workbook(BytesIO(kloe.content))["Key lines of enquiry"].data_validations.dataValidation
        if "Documents" in str(one.formula1)
    ]
    register = kloe.filled.extents["register"]
    assert rule.formula1 == f"'Documents'!$B${register.first}:$B${register.last}"
    assert len(register.lines) == Document.objects.filter(plan=kloe.plan).count()


def test_the_answer_of_a_closed_question_is_shut(kloe: Exported) -> None:
    assert kloe.filled.cells[Key("enquiries", "KL-03", "answer")].kind == "given"
    assert kloe.filled.cells[Key("enquiries", "KL-09", "answer")].kind == "input"
    at = place(kloe, "enquiries", "KL-03", "answer")
    merge = preview_of(kloe.plan, "back.xlsx", edited(kloe.content, {at: "Other"})).merge
    assert [one.cell for one in merge.errors] == [at.partition("!")[2]]


def test_the_checklist_asks_for_every_answer_that_is_owed(kloe: Exported) -> None:
    missing = {(key.row, key.column) for key in (cell.key for cell in kloe.filled.unanswered)}
    assert missing == {
        ("KL-09", "answer"),
        ("KL-09", "assessed"),
        ("KL-11", "answer"),
        ("KL-11", "assessed"),
        ("NQ-03", "answer"),
    }


def test_an_answer_changed_meanwhile_is_a_conflict(kloe: Exported, ccg: Plan, person: Callable[[str], User]) -> None:
    row = Question.objects.get(plan=ccg, reference="KL-09")
    answer_question(
        row, values={"answer": "In the browser"}, by=person("commissioner"), why="", version=Version.of(row)
    )
    at = place(kloe, "enquiries", "KL-09", "answer")
    [conflict] = preview_of(ccg, "back.xlsx", edited(kloe.content, {at: "In the file"})).merge.conflicts
    assert (conflict.base, conflict.theirs, conflict.now) == ("", "In the file", "In the browser")


def test_a_list_of_choices_that_is_not_in_the_workbook_is_refused_with_its_line(kloe: Exported) -> None:
    text = """
name = "small"
title = "Small"
round = "2016-17"
summary = "One table."
[[sheets]]
name = "One"
title = "One"
[[sheets.blocks]]
key = "one"
title = "One"
columns = [
  { key = "title", title = "Row", kind = "given" },
  { key = "pick", title = "Pick", kind = "input", choices_from = "nowhere.reference" },
]
rows = [{ key = "a", title = "A" }]
"""
    with pytest.raises(BadDefinition, match=r"line 14: choices_from: there is no “nowhere.reference”"):
        read(text, "small.toml")


def test_whoever_updates_progress_or_changes_the_plan_may_answer() -> None:
    may = {role for role, held in CAPABILITIES.items() if held & {Capability.UPDATE_PROGRESS, Capability.EDIT_PLAN}}
    assert may == {"commissioner", "programme_office", "analyst", "finance_lead", "administrator"}
