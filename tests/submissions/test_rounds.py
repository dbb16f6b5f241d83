"""Rounds, versions, delegation, signature and verification: what an accountable officer stakes their name on."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone
from openpyxl import load_workbook

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.actions.freezing import freeze, withdraw
from opplan.submissions.actions.signing import delegate, sign, withdraw_delegation
from opplan.submissions.definition import Definition, find_definition
from opplan.submissions.filled import Key
from opplan.submissions.models import Submission
from opplan.submissions.queries.rounds import differences, find_round, next_version, round_calendar, versions_of
from opplan.submissions.queries.signatures import moved_on, signatures_of, verdict_on
from opplan.submissions.queries.standing import drift_of
from opplan.submissions.written.book import CheckLine

pytestmark = pytest.mark.django_db
MONTH = date(2016, 9, 1)
OWNER = Key("assurance", "owner", "answer")


@pytest.fixture
def dtoc(ccg: Plan) -> Definition:
    found = find_definition(ccg.round, "dtoc")
    assert found is not None
    return found


@pytest.fixture
def officer(person: Callable[[str], User]) -> User:
    return person("accountable_officer")


@pytest.fixture
def frozen(ccg: Plan, dtoc: Definition, officer: User) -> Submission:
    return freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R1"), by=officer, why="First full draft")


def delegated(plan: Plan, officer: User, **other: object) -> None:
    today = timezone.localdate()
    about: dict[str, object] = {
        "reference": "D-1",
        "officer": officer,
        "minute": "16/20",
        "scope": "The final submission of the operational plan",
        "templates": ["dtoc"],
        "begins": today - timedelta(days=1),
        "ends": today + timedelta(days=10),
        "by": officer,
        "why": "Governing body of 31 March",
    }
    delegate(plan, **(about | other))  # type: ignore[arg-type]


def test_the_calendar_names_what_each_round_asks_for_and_how_many_days_are_left(ccg: Plan) -> None:
    rounds = {one.reference: one for one in round_calendar(ccg, date(2016, 4, 1))}
    assert [rounds[key].due for key in ("R1", "R2", "R3", "R4", "B1", "B2", "B3")] == [
        date(2016, 2, 8),
        date(2016, 3, 2),
        date(2016, 3, 18),
        date(2016, 4, 11),
        date(2016, 3, 2),
        date(2016, 3, 21),
        date(2016, 4, 25),
    ]
    assert rounds["R4"].days_left == 10
    assert [one.template for one in rounds["R3"].owed] == ["activity"]
    assert rounds["R3"].waiting == []
    assert "dtoc" in [one.template for one in rounds["R4"].waiting]


def test_versions_follow_one_another_within_a_round_and_from_round_to_round() -> None:
    assert next_version("", same_round=False) == "V1.0"
    assert next_version("V8.1", same_round=True) == "V8.2"
    assert next_version("V8.1", same_round=False) == "V9.0"


def test_a_frozen_version_keeps_its_values_and_the_bytes_of_its_workbook(frozen: Submission, ccg: Plan) -> None:
    kept = versions_of(ccg)[0]
    assert (kept.version, kept.template, kept.round) == ("V1.0", "dtoc", "R1")
    book = load_workbook(BytesIO(bytes(frozen.workbook)))
    assert book["Cover"]["B7"].value == f"V1.0, content {frozen.content[:16]}"


def test_freezing_again_without_a_change_is_refused(
    frozen: Submission, ccg: Plan, dtoc: Definition, officer: User
) -> None:
    with pytest.raises(ValidationError, match="Nothing has changed since V1.0"):
        freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R1"), by=officer, why="Again")


def test_the_difference_between_two_versions_names_each_cell(
    frozen: Submission, ccg: Plan, dtoc: Definition, officer: User
) -> None:
    record_answers(ccg, "dtoc", [(OWNER, "", "Director of delivery")], by=officer, why="Answered")
    later = freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R1"), by=officer, why="Answered")
    assert later.version == "V1.1"
    (only,) = differences(frozen.values, later.values)
    assert (only.sheet, only.cell, only.was, only.now) == ("Assurance", "C6", "", "Director of delivery")


def test_a_round_takes_only_the_templates_that_it_asks_for(ccg: Plan, dtoc: Definition, officer: User) -> None:
    with pytest.raises(ValidationError, match="does not ask for"):
        freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R3"), by=officer, why="Early")


def test_a_final_round_takes_no_template_with_blanks(ccg: Plan, dtoc: Definition, officer: User) -> None:
    with pytest.raises(ValidationError, match="4 required cells"):
        freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R4"), by=officer, why="Final")


def test_a_contradiction_cannot_be_submitted(ccg: Plan, dtoc: Definition, officer: User) -> None:
    check = CheckLine("SUM", "stop", "Trajectory", "C6", "The months do not make the year.", "1", "2", "Not met")
    with pytest.raises(ValidationError, match="The months do not make the year"):
        freeze(ccg, dtoc, MONTH, round=None, checks=[check], by=officer, why="Draft")


def test_nobody_signs_without_a_delegation_for_today(frozen: Submission, ccg: Plan, officer: User) -> None:
    with pytest.raises(ValidationError, match="has not delegated"):
        sign(frozen, statement="True and complete", by=officer)
    last_week = timezone.localdate() - timedelta(days=7)
    delegated(ccg, officer, begins=last_week, ends=last_week)
    with pytest.raises(ValidationError, match="not for today"):
        sign(frozen, statement="True and complete", by=officer)


def test_a_delegation_for_another_template_or_withdrawn_does_not_serve(
    frozen: Submission, ccg: Plan, officer: User
) -> None:
    delegated(ccg, officer, templates=["activity"])
    with pytest.raises(ValidationError, match="has not delegated"):
        sign(frozen, statement="True and complete", by=officer)
    delegated(ccg, officer, reference="D-2")
    withdraw_delegation(ccg_delegation(ccg, "D-2"), by=officer, why="The officer has left")
    with pytest.raises(ValidationError, match="has not delegated"):
        sign(frozen, statement="True and complete", by=officer)


def ccg_delegation(plan: Plan, reference: str):  # type: ignore[no-untyped-def]
    from opplan.submissions.models import Delegation

    return Delegation.objects.get(plan=plan, reference=reference)


def test_a_signature_covers_the_content_until_the_plan_changes(
    frozen: Submission, ccg: Plan, dtoc: Definition, officer: User
) -> None:
    delegated(ccg, officer)
    signature = sign(frozen, statement="True and complete to the best of my knowledge", by=officer)
    assert signature.content == frozen.content
    assert [one.void for one in signatures_of(frozen, moved=moved_on(frozen))] == [""]
    record_answers(ccg, "dtoc", [(OWNER, "", "Director of delivery")], by=officer, why="Answered")
    assert moved_on(frozen)
    assert [one.void for one in signatures_of(frozen, moved=True)] == ["the plan has changed since"]
    assert [(one.sheet, one.cell) for one in drift_of(frozen).changes] == [("Assurance", "C6")]
    with pytest.raises(ValidationError, match="signed V1.0 already"):
        sign(frozen, statement="Again", by=officer)
    again = freeze(ccg, dtoc, MONTH, round=find_round(ccg, "R1"), by=officer, why="Answered")
    sign(again, statement="True and complete", by=officer)
    assert [one.void for one in signatures_of(again, moved=moved_on(again))] == [""]


def test_what_has_changed_since_it_was_frozen_cannot_be_signed(frozen: Submission, ccg: Plan, officer: User) -> None:
    delegated(ccg, officer)
    record_answers(ccg, "dtoc", [(OWNER, "", "Director of delivery")], by=officer, why="Answered")
    with pytest.raises(ValidationError, match="has changed since V1.0"):
        sign(frozen, statement="True and complete", by=officer)


def test_a_withdrawn_version_is_kept_and_not_signed(frozen: Submission, ccg: Plan, officer: User) -> None:
    delegated(ccg, officer)
    withdraw(frozen, by=officer, why="Sent by mistake")
    with pytest.raises(ValidationError, match="was withdrawn"):
        sign(frozen, statement="True and complete", by=officer)
    assert versions_of(ccg)[0].withdrawn_why == "Sent by mistake"


def test_a_submitted_workbook_is_genuine_byte_for_byte(frozen: Submission) -> None:
    verdict = verdict_on("plan.xlsx", bytes(frozen.workbook))
    assert (verdict.outcome, verdict.submission) == ("genuine", frozen)


def test_an_altered_workbook_is_named_with_the_cell_that_differs(frozen: Submission) -> None:
    book = load_workbook(BytesIO(bytes(frozen.workbook)))
    book["Trajectory"]["D6"].value = 1
    book["Initiatives"]["Q7"].value = 12
    changed = BytesIO()
    book.save(changed)
    verdict = verdict_on("plan.xlsx", changed.getvalue())
    assert verdict.outcome == "altered"
    said = dict(verdict.altered)
    assert said["Trajectory!D6"].endswith("became 1")
    assert "overwritten" in said["Initiatives!Q7"]


def test_a_draft_and_a_file_of_somebody_elses_are_unknown(tmp_path: Path, ccg: Plan) -> None:
    draft = tmp_path / "draft.xlsx"
    call_command("export_workbook", organisation="10Q", year="2016-17", template="dtoc", output=draft, verbosity=0)
    assert verdict_on("draft.xlsx", draft.read_bytes()).outcome == "unknown"
    assert verdict_on("junk.xlsx", b"junk").outcome == "unknown"


def test_the_command_ends_with_nought_for_a_genuine_file_alone(
    frozen: Submission, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genuine = tmp_path / "plan.xlsx"
    genuine.write_bytes(bytes(frozen.workbook))
    call_command("verify_submission", str(genuine))
    assert "genuine: This is dtoc V1.0" in capsys.readouterr().out
    genuine.write_bytes(b"junk")
    with pytest.raises(SystemExit):
        call_command("verify_submission", str(genuine))


def test_frozen_figures_are_those_that_the_plan_holds(frozen: Submission) -> None:
    held = {tuple(row[:4]): row[7] for row in frozen.values}
    assert Decimal(held["delays", "DTOC.1", "planned_numerator", 0]) == Decimal(4322)
