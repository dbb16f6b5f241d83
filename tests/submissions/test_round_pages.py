"""The pages of rounds, versions, delegations and verification: who may do what there, what they say, and that they cost the same."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.signing import delegate, sign
from opplan.submissions.definition import find_definition
from opplan.submissions.filled import Key
from opplan.submissions.models import Delegation, Round, Submission
from opplan.submissions.queries.rounds import find_round
from opplan.submissions.queries.standing import time_left

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = "/10Q/2016-17/submissions"
MONTH = date(2016, 9, 1)
OWNER = Key("assurance", "owner", "answer")
SignIn = Callable[[str], Client]


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def officer(person: Callable[[str], User]) -> User:
    return person("accountable_officer")


def answered(plan: Plan, was: str, value: str, by: User) -> None:
    record_answers(plan, "dtoc", [(OWNER, was, value)], by=by, why="Answered")


def frozen_again(plan: Plan, by: User) -> Submission:
    definition = find_definition(plan.round, "dtoc")
    assert definition
    return freeze(plan, definition, MONTH, round=find_round(plan, "R1"), by=by, why="First full draft")


@pytest.fixture
def frozen(ccg: Plan, officer: User) -> Submission:
    return frozen_again(ccg, officer)


@pytest.fixture
def delegation(ccg: Plan, officer: User) -> Delegation:
    today = timezone.localdate()
    return delegate(
        ccg,
        reference="D-1",
        officer=officer,
        minute="16/20",
        scope="The final submission of the operational plan",
        templates=["dtoc"],
        begins=today - timedelta(days=1),
        ends=today + timedelta(days=10),
        by=officer,
        why="Governing body of 31 March",
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (10, "10 days left"),
        (1, "1 day left"),
        (0, "due today"),
        (-1, "1 day ago"),
        (-90, "3 months ago"),
        (-800, "2 years ago"),
    ],
)
def test_the_time_left_is_said_in_the_unit_that_fits(days: int, words: str) -> None:
    assert time_left(days) == words


def test_the_calendar_says_who_owes_what(sign_in: SignIn) -> None:
    text = text_of(sign_in("viewer").get(f"{HERE}/rounds/"))
    assert "Better Care Fund, final" in text
    assert "Programme office: 1 template to freeze" in text
    assert "submitted on 18 March 2016, before opplan" in text
    assert "Add a round" not in text


def test_a_plan_without_rounds_says_so(person: Callable[[str], User], sign_in: SignIn) -> None:
    text = text_of(sign_in("administrator").get("/5QE/2010-11/submissions/rounds/"))
    assert "No round of submissions is recorded" in text


def test_the_calendar_costs_the_same_however_many_versions_there_are(
    ccg: Plan,
    officer: User,
    frozen: Submission,
    delegation: Delegation,
    sign_in: SignIn,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = sign_in("programme_office")
    sign(frozen, statement="True and complete", by=officer)
    with django_assert_max_num_queries(60) as one:
        client.get(f"{HERE}/rounds/")
    was = ""
    for value in ("First", "Second", "Third"):
        answered(ccg, was, value, officer)
        was = value
        sign(frozen_again(ccg, officer), statement="True and complete", by=officer)
    with django_assert_max_num_queries(60) as several:
        answer = client.get(f"{HERE}/rounds/")
    assert len(several) == len(one)
    assert len(answer.content) < 100_000


def test_a_round_is_added_by_whoever_may_change_the_plan(sign_in: SignIn) -> None:
    assert sign_in("viewer").get(f"{HERE}/rounds/new/").status_code == 404
    client = sign_in("programme_office")
    given = {"reference": "R5", "title": "Refresh", "due": "31/01/2017", "templates": ["dtoc"]}
    assert client.post(f"{HERE}/rounds/new/", given).status_code == 302
    row = Round.objects.get(reference="R5")
    assert (row.due, row.templates) == (date(2017, 1, 31), ["dtoc"])
    for taken in ("new", "New", "r4"):
        refused = client.post(f"{HERE}/rounds/new/", {**given, "reference": taken})
        assert refused.status_code == 422
    again = client.post(f"{HERE}/rounds/new/", given)
    assert again.status_code == 422
    assert "There is a round R5 already" in text_of(again)


def test_moving_a_due_date_needs_a_reason_and_is_kept_in_the_history(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/rounds/R4/edit/"
    opened = client.get(page).context["opened"]
    row = find_round(ccg, "R4")
    assert row
    given = {"title": row.title, "due": "18/04/2016", "templates": row.templates, "scope": row.scope, "final": "on"}
    given |= {"note": row.note, "version": opened}
    assert "Say why" in text_of(client.post(page, given))
    assert client.post(page, {**given, "why": "NHS England moved it"}).status_code == 302
    text = text_of(client.get(f"{HERE}/rounds/R4/"))
    assert "18 April 2016" in text
    assert "NHS England moved it" in text


def test_two_people_who_move_a_due_date_are_shown_each_others(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/rounds/R4/edit/"
    row = find_round(ccg, "R4")
    assert row
    given = {"title": row.title, "due": "18/04/2016", "templates": row.templates, "scope": row.scope, "final": "on"}
    given |= {"note": row.note, "version": client.get(page).context["opened"], "why": "Moved"}
    client.post(page, given)
    clash = client.post(page, {**given, "due": "25/04/2016"})
    assert clash.status_code == 409
    assert "Changed by someone else" in text_of(clash)


def test_a_template_is_frozen_with_what_it_is(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("analyst"), f"{HERE}/rounds/R1/freeze/dtoc/"
    shown = client.get(page)
    assert "Required cells blank" in text_of(shown)
    seen = shown.context["form"].initial["seen"]
    assert "Say what this version is" in text_of(client.post(page, {"seen": seen}))
    answer = client.post(page, {"seen": seen, "why": "First full draft"})
    assert answer["Location"] == f"{HERE}/versions/dtoc/V1.0/"
    assert sign_in("viewer").get(page).status_code == 404


def test_what_changed_since_the_page_was_opened_is_not_frozen_unseen(sign_in: SignIn, ccg: Plan, officer: User) -> None:
    client, page = sign_in("analyst"), f"{HERE}/rounds/R1/freeze/dtoc/"
    seen = client.get(page).context["form"].initial["seen"]
    answered(ccg, "", "Director of delivery", officer)
    answer = client.post(page, {"seen": seen, "why": "Draft"})
    assert answer.status_code == 409
    assert "has changed since this page was opened" in text_of(answer)
    assert not Submission.objects.exists()
    fresh = answer.context["form"]["seen"].value()
    assert client.post(page, {"seen": fresh, "why": "Draft"}).status_code == 302


def test_a_final_round_says_what_is_blank(sign_in: SignIn) -> None:
    client, page = sign_in("analyst"), f"{HERE}/rounds/R4/freeze/dtoc/"
    answer = client.post(page, {"why": "Final"})
    assert answer.status_code == 422
    assert "4 required cells" in text_of(answer)


def test_a_version_shows_its_sheets_and_gives_its_bytes(sign_in: SignIn, frozen: Submission) -> None:
    client = sign_in("viewer")
    text = text_of(client.get(f"{HERE}/versions/dtoc/V1.0/"))
    assert "V1.0 is frozen and not signed" in text
    assert "Trajectory" in text
    answer = client.get(f"{HERE}/versions/dtoc/V1.0/workbook.xlsx")
    assert answer.content == bytes(frozen.workbook)
    assert answer["Content-Disposition"] == 'attachment; filename="10Q-2016-17-dtoc-V1.0.xlsx"'
    assert client.get(f"{HERE}/versions/dtoc/V9.9/").status_code == 404


def test_the_officer_signs_and_a_later_change_voids_it_in_view_of_everyone(
    sign_in: SignIn, ccg: Plan, officer: User, frozen: Submission, delegation: Delegation
) -> None:
    page = f"{HERE}/versions/dtoc/V1.0/sign/"
    assert sign_in("programme_office").get(page).status_code == 404
    client = sign_in("accountable_officer")
    assert "minute 16/20" in text_of(client.get(page))
    assert client.post(page, {"statement": "True and complete"}).status_code == 302
    viewer = sign_in("viewer")
    assert "V1.0 is signed and says what the plan says" in text_of(viewer.get(f"{HERE}/versions/dtoc/V1.0/"))
    answered(ccg, "", "Director of delivery", officer)
    text = text_of(viewer.get(f"{HERE}/versions/dtoc/V1.0/"))
    assert "V1.0 is no longer signed: 1 signature void" in text
    assert "Void: the plan has changed since" in text
    assert "Assurance!C6" in text
    assert "Director of delivery" in text
    assert "void: the plan has changed since" in text_of(viewer.get(f"{HERE}/rounds/"))


def test_an_officer_without_a_delegation_is_told_so(sign_in: SignIn, frozen: Submission) -> None:
    client, page = sign_in("accountable_officer"), f"{HERE}/versions/dtoc/V1.0/sign/"
    assert "has not delegated this signature to you" in text_of(client.get(page))
    answer = client.post(page, {"statement": "True and complete"})
    assert answer.status_code == 422
    assert "has not delegated" in text_of(answer)


def test_a_version_is_withdrawn_with_a_reason(sign_in: SignIn, frozen: Submission) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/versions/dtoc/V1.0/withdraw/"
    assert client.post(page, {"why": ""}).status_code == 422
    assert client.post(page, {"why": "Sent by mistake"}).status_code == 302
    assert "Withdrawn: Sent by mistake" in text_of(client.get(f"{HERE}/versions/dtoc/V1.0/"))


def test_two_versions_differ_by_cell_in_words_and_as_csv(
    sign_in: SignIn, ccg: Plan, officer: User, frozen: Submission
) -> None:
    answered(ccg, "", "Director of delivery", officer)
    frozen_again(ccg, officer)
    client = sign_in("viewer")
    text = text_of(client.get(f"{HERE}/versions/dtoc/"))
    assert "1 cell differs between V1.0 and V1.1" in text
    assert "was blank, now Director of delivery." in text
    assert "Nothing differs between V1.1 and V1.1" in text_of(client.get(f"{HERE}/versions/dtoc/?from=V1.1&to=V1.1"))
    rows = client.get(f"{HERE}/versions/dtoc/?download=csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("Assurance!C6,")
    assert client.get(f"{HERE}/versions/dtoc/?from=V7.0").status_code == 404
    assert client.get(f"{HERE}/versions/bcf/").status_code == 404


def test_a_delegation_is_recorded_with_its_minute_and_withdrawn(sign_in: SignIn, officer: User) -> None:
    client = sign_in("programme_office")
    given = {
        "officer": str(officer.pk),
        "minute": "Paper 16/20, action a",
        "scope": "Final submission",
        "begins": "31/03/2016",
        "ends": "30/06/2030",
    }
    page = f"{HERE}/delegations/new/"
    assert sign_in("accountable_officer").get(page).status_code == 404
    assert "Give the minute" in text_of(client.post(page, {**given, "minute": ""}))
    assert "before it begins" in text_of(client.post(page, {**given, "ends": "30/03/2016"}))
    assert client.post(page, given).status_code == 302
    listed = text_of(client.get(f"{HERE}/delegations/"))
    assert "1 officer may sign for the governing body today" in listed
    # An officer with two delegations is one officer still.
    assert client.post(page, {**given, "minute": "Paper 16/21"}).status_code == 302
    assert "1 officer may sign for the governing body today" in text_of(client.get(f"{HERE}/delegations/"))
    assert client.post(f"{HERE}/delegations/D-2/withdraw/", {"why": "Twice"}).status_code == 302
    assert client.post(f"{HERE}/delegations/D-1/withdraw/", {"why": "Has left"}).status_code == 302
    text = text_of(client.get(f"{HERE}/delegations/"))
    assert "Nobody may sign for the governing body today" in text
    assert "Has left" in text


def test_only_members_who_may_sign_can_be_named(sign_in: SignIn, person: Callable[[str], User]) -> None:
    client = sign_in("programme_office")
    given = {"officer": str(person("commissioner").pk), "minute": "1", "scope": "All", "begins": "31/03/2016"}
    assert client.post(f"{HERE}/delegations/new/", {**given, "ends": "31/03/2030"}).status_code == 422


def test_an_uploaded_workbook_is_genuine_altered_or_unknown(sign_in: SignIn, frozen: Submission) -> None:
    client = sign_in("viewer")

    def verified(content: bytes) -> str:
        return text_of(client.post(f"{HERE}/verify/", {"given": SimpleUploadedFile("plan.xlsx", content)}))

    assert "plan.xlsx is genuine" in verified(bytes(frozen.workbook))
    book = load_workbook(BytesIO(bytes(frozen.workbook)))
    book["Trajectory"]["D6"].value = 1
    changed = BytesIO()
    book.save(changed)
    text = verified(changed.getvalue())
    assert "plan.xlsx is altered" in text
    assert "Trajectory!D6" in text
    assert "plan.xlsx is unknown" in verified(b"junk")
    assert client.post(f"{HERE}/verify/").status_code == 422
