"""What is taken back, and by whom: a signature by the officer who gave it, delegations by the office; and which round locks the plan."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.roles import CAPABILITIES, Capability, Role
from opplan.plans.models import Plan
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.signing import delegate, sign, withdraw_signature
from opplan.submissions.definition import find_definition
from opplan.submissions.models import Round, Signature, Submission
from opplan.submissions.queries.rounds import versions_of
from tests.submissions.test_round_pages import text_of

pytestmark = pytest.mark.django_db
HERE = "/10Q/2016-17/submissions"
VERSION = f"{HERE}/versions/dtoc/V1.0/"
SignIn = Callable[[str], Client]


def signed(plan: Plan, officer: User, template: str = "dtoc", round: str = "R1") -> Signature:
    definition, today = find_definition(plan.round, template), timezone.localdate()
    assert definition
    of_round = Round.objects.get(plan=plan, reference=round)
    made = freeze(plan, definition, date(2016, 9, 1), round=of_round, by=officer, why="Draft")
    delegate(
        plan, reference="D-1", officer=officer, minute="16/20", scope="All", templates=[], begins=today,
        ends=today + timedelta(days=1), by=officer, why="",
    )  # fmt: skip
    return sign(made, statement="True and complete", by=officer)


@pytest.fixture
def officer(person: Callable[[str], User]) -> User:
    return person("accountable_officer")


@pytest.fixture
def signature(ccg: Plan, officer: User) -> Signature:
    return signed(ccg, officer)


def page_of(signature: Signature) -> str:
    return f"{VERSION}signatures/{signature.pk}/withdraw/"


def test_an_officer_takes_the_own_signature_back_and_everybody_reads_why(sign_in: SignIn, signature: Signature) -> None:
    client, viewer = sign_in("accountable_officer"), sign_in("viewer")
    assert page_of(signature) in text_of(client.get(VERSION))
    assert page_of(signature) not in text_of(viewer.get(VERSION))
    assert "Why it is withdrawn" in text_of(client.get(page_of(signature)))
    assert client.post(page_of(signature), {"why": " "}).status_code == 422
    assert client.post(page_of(signature), {"why": "Signed the wrong draft"})["Location"] == VERSION
    text = text_of(viewer.get(VERSION))
    assert "V1.0 is no longer signed: 1 signature void" in text
    assert "Void: withdrawn: Signed the wrong draft" in text
    assert "Signatures given and withdrawn" in text
    assert versions_of(signature.submission.plan)[0].signed_by == ()
    assert "V1.0, not signed" in text_of(viewer.get(f"{HERE}/rounds/R1/"))
    assert client.get(page_of(signature)).status_code == 302
    entry = signature.history.latest()
    assert (entry.history_user, entry.history_change_reason) == (signature.officer, "Signed the wrong draft")


def test_whoever_took_a_signature_back_may_sign_again(sign_in: SignIn, signature: Signature) -> None:
    sign_in("accountable_officer").post(page_of(signature), {"why": "Signed too early"})
    sign(signature.submission, statement="True and complete", by=signature.officer)
    text = text_of(sign_in("viewer").get(VERSION))
    assert "V1.0 is signed and says what the plan says" in text
    assert "Void: withdrawn: Signed too early" in text


def test_another_officer_does_not_take_it_back_and_an_administrator_does(
    sign_in: SignIn, ccg: Plan, signature: Signature, person: Callable[[str], User]
) -> None:
    other = User.objects.create_user("other@example.org", "a hedgehog in May", name="Other officer")
    grant(other, ccg.organisation, Role.ACCOUNTABLE_OFFICER, by=None)
    client = Client()
    client.force_login(other, backend="opplan.accounts.backends.MemberBackend")
    assert page_of(signature) not in text_of(client.get(VERSION))
    assert client.post(page_of(signature), {"why": "Mine now"}).status_code == 404
    with pytest.raises(ValidationError, match="Only the officer who gave it"):
        withdraw_signature(signature, may=lambda one: False, by=other, why="Mine now")
    assert sign_in("programme_office").post(page_of(signature), {"why": "Tidied"}).status_code == 404
    signature.refresh_from_db()
    assert signature.withdrawn_at is None
    assert sign_in("administrator").post(page_of(signature), {"why": "The officer has left"}).status_code == 302
    assert signature.history.latest().history_user == person("administrator")


@pytest.mark.parametrize("key", ["0", "999999", "x", "¹", "9" * 30])
def test_a_signature_that_is_not_there_is_no_page(sign_in: SignIn, signature: Signature, key: str) -> None:
    assert sign_in("administrator").get(f"{VERSION}signatures/{key}/withdraw/").status_code == 404


def test_a_locked_baseline_stays_locked_when_the_signature_is_taken_back(ccg: Plan, officer: User) -> None:
    signature = signed(ccg, officer)
    Plan.objects.filter(pk=ccg.pk).update(baseline_locked_on=date(2016, 4, 11))
    withdraw_signature(signature, may=lambda one: False, by=officer, why="Signed the wrong draft")
    ccg.refresh_from_db()
    assert ccg.baseline_locked_on == date(2016, 4, 11)


def test_the_final_submission_of_another_plan_locks_nothing(ccg: Plan, officer: User, sign_in: SignIn) -> None:
    finals = set(Round.objects.filter(plan=ccg, final=True).values_list("reference", flat=True))
    assert finals == {"R4"}
    signed(ccg, officer, "bcf", "B3")
    ccg.refresh_from_db()
    assert ccg.baseline_locked_on is None
    text = text_of(sign_in("viewer").get(f"{HERE}/rounds/B3/"))
    assert "Final submission of the Better Care Fund plan: it locks no baseline of the operational plan." in text
    assert "the plan’s baseline is locked" not in text


def test_the_programme_office_records_who_may_sign_and_an_analyst_does_not(
    sign_in: SignIn, signature: Signature
) -> None:
    who = {role for role, held in CAPABILITIES.items() if Capability.DELEGATE in held}
    assert who == {Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR}
    pages = [f"{HERE}/delegations/new/", f"{HERE}/delegations/D-1/withdraw/"]
    assert [sign_in("analyst").get(page).status_code for page in pages] == [404, 404]
    assert [sign_in("programme_office").get(page).status_code for page in pages] == [200, 200]
    assert "Record a delegation" not in text_of(sign_in("analyst").get(f"{HERE}/delegations/"))
    assert "Record a delegation" in text_of(sign_in("programme_office").get(f"{HERE}/delegations/"))
    assert "Record whom the governing body lets sign" in text_of(sign_in("programme_office").get("/me"))
    assert Submission.objects.count() == 1
