"""The pages that are nobody's plan: choosing one, one's own account, and what went wrong."""

import re
from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.roles import Role
from opplan.plans.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SignIn = Callable[[str], Client]


def without_tokens(page: bytes) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.decode())


@pytest.fixture
def stranger() -> User:
    return User.objects.create_user("stranger@example.org", "a hedgehog in May", name="Stranger")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="opplan.accounts.backends.MemberBackend")
    return client


def test_only_ones_own_plans_are_offered(stranger: User, ccg: Plan) -> None:
    grant(stranger, ccg.organisation, Role.VIEWER, by=None)
    page = signed_in(stranger).get("/").content.decode()
    assert "Oxfordshire CCG 2016/17" in page
    assert "One plan is open to you" in page
    assert "5QE" not in page


def test_both_plans_come_with_the_latest_first(sign_in: SignIn) -> None:
    page = sign_in("viewer").get("/").content.decode()
    assert "Choose one of your 2 plans" in page
    assert page.index("Oxfordshire CCG 2016/17") < page.index("NHS Oxfordshire 2010/11")
    assert "Your role: governing body member" in page


def test_somebody_without_a_plan_is_told_whom_to_ask(stranger: User) -> None:
    page = signed_in(stranger).get("/").content.decode()
    assert "No plan is open to you yet" in page
    assert "Ask an administrator of your organisation" in page
    assert "stranger@example.org" in page


def test_the_account_page_says_what_one_may_do_where(sign_in: SignIn) -> None:
    page = sign_in("commissioner").get("/me").content.decode()
    assert "of NHS Oxfordshire and of Oxfordshire CCG" in page
    assert "Update milestones and write monthly updates" in page
    assert "Change planned figures" not in page
    assert reverse("account_change_password") in page
    assert reverse("mfa_index") in page
    assert reverse("admin:index") not in page
    assert reverse("admin:index") in sign_in("administrator").get("/me").content.decode()


@pytest.mark.parametrize("address", ["/", "/me"])
def test_these_pages_ask_the_database_little(sign_in: SignIn, django_assert_max_num_queries, address: str) -> None:  # type: ignore[no-untyped-def]
    client = sign_in("viewer")
    with django_assert_max_num_queries(6):
        assert len(client.get(address).content) < 100_000


def test_refused_and_unknown_look_the_same(stranger: User) -> None:
    client = signed_in(stranger)
    refused, unknown = client.get("/10Q/2016-17/settings/"), client.get("/10Q/1999-00/settings/")
    nowhere = client.get("/no/such/page")
    assert refused.status_code == unknown.status_code == nowhere.status_code == 404
    assert without_tokens(refused.content) == without_tokens(unknown.content) == without_tokens(nowhere.content)
    assert "This page does not exist, or is not yours to see" in refused.content.decode()


def test_a_page_that_breaks_gives_a_reference_that_the_log_has_too(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in("viewer")
    client.raise_request_exception = False

    def broken(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("opplan.accounts.views.memberships_of", broken)
    answer = client.get("/me")
    assert answer.status_code == 500
    assert "Content-Security-Policy" in answer
    reference = re.search(r"Reference ([0-9A-F]{6})", answer.content.decode())
    assert reference is not None
    assert reference[1] in caplog.text
    assert "gone" not in answer.content.decode()


def test_the_broken_page_needs_nothing() -> None:
    page = get_template("500.html").render()
    assert "everything saved before it is kept" in page
    assert "Reference" not in page


def test_a_form_without_its_token_says_that_nothing_was_saved() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org", "password": "b"})
    assert answer.status_code == 403
    assert "nothing was saved" in answer.content.decode()


ENTRANCE = ["login", "signup", "inactive", "password/reset", "password/reset/done", "password/reset/key/done"]
OWN = ["logout", "password/change", "2fa", "reauthenticate", "2fa/recovery-codes/generate"]


@pytest.mark.parametrize("address", [*ENTRANCE, "password/reset/key/1-used"])
def test_every_page_before_sign_in_stands_in_our_frame(client: Client, address: str) -> None:
    stands_in_our_frame(client.get(f"/accounts/{address}/"))


@pytest.mark.parametrize("address", OWN)
def test_every_page_of_ones_account_stands_in_our_frame(client: Client, person, address: str) -> None:  # type: ignore[no-untyped-def]
    client.post("/accounts/login/", {"login": person("viewer").email, "password": "operational plan"})
    client.post("/accounts/reauthenticate/", {"password": "operational plan"})
    stands_in_our_frame(client.get(f"/accounts/{address}/"))


def stands_in_our_frame(answer) -> None:  # type: ignore[no-untyped-def]
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "nhsuk-header__service-name" in page
    assert page.count("<h1") == 1
    assert "placeholder=" not in page
    assert "style=" not in page
    assert page.count('class="nhsuk-button"') <= 1
    assert "Content-Security-Policy" in answer
