"""Signing in, signing out, and what is refused."""

import re

import pytest
from django.core import mail
from django.test import Client

from opplan.accounts.models import User
from opplan.accounts.queries import demonstration_password

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
EMAIL = "commissioner@example.nhs.uk"


def sign_in(client: Client, email: str = EMAIL, password: str = "", **more: str):  # type: ignore[no-untyped-def]
    return client.post(LOGIN, {"login": email, "password": password or demonstration_password(), **more})


def signed_in(client: Client) -> bool:
    return client.get("/me").status_code == 200


def test_a_page_that_asks_who_one_is_comes_back_after_sign_in(client: Client) -> None:
    asked = client.get("/10Q/2016-17/settings/")
    assert asked.status_code == 302
    assert asked["Location"] == f"{LOGIN}?next=/10Q/2016-17/settings/"
    page = client.get(asked["Location"])
    assert 'name="next" value="/10Q/2016-17/settings/"' in page.content.decode()
    assert sign_in(client, next="/10Q/2016-17/settings/")["Location"] == "/10Q/2016-17/settings/"


def test_sign_in_without_an_address_leads_to_the_plans(client: Client) -> None:
    assert sign_in(client)["Location"] == "/"


def test_an_address_elsewhere_is_not_followed(client: Client) -> None:
    assert sign_in(client, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize("email", ["Commissioner@Example.NHS.uk", " commissioner@example.nhs.uk "])
def test_an_email_is_known_whatever_its_case_and_blanks(client: Client, email: str) -> None:
    assert sign_in(client, email).status_code == 302


def test_a_wrong_password_keeps_the_email_and_says_so_first(client: Client) -> None:
    page = sign_in(client, password="wrong").content.decode()
    assert "<title>Error: Sign in - opplan</title>" in page
    assert "nhsuk-error-summary" in page
    assert "are not those of an account" in page
    assert f'value="{EMAIL}"' in page
    assert "wrong" not in page
    assert not signed_in(client)


def test_an_unknown_email_is_answered_like_a_wrong_password(client: Client) -> None:
    unknown = sign_in(client, "nobody@example.nhs.uk", "wrong").content.decode()
    known = sign_in(client, EMAIL, "wrong").content.decode()
    assert without_tokens(unknown).replace("nobody@", "commissioner@") == without_tokens(known)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_empty_fields_are_each_named(client: Client) -> None:
    page = client.post(LOGIN, {"login": "", "password": ""}).content.decode()
    assert '<a href="#id_login">Enter your work email</a>' in page
    assert '<a href="#id_password">Enter your password</a>' in page


def test_after_five_failures_even_the_right_password_waits(client: Client) -> None:
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    refused = sign_in(client)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"
    assert "wait 5 minutes" in refused.content.decode()
    assert not signed_in(client)


def test_five_failures_of_one_account_do_not_shut_out_colleagues_at_the_same_address(client: Client) -> None:
    for _ in range(6):
        sign_in(client, password="wrong")
    assert sign_in(client, "finance@example.nhs.uk").status_code == 302


def test_signing_in_does_not_wipe_the_failures_counted(client: Client) -> None:
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 302
    client.logout()
    sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429


def test_a_closed_account_is_told_so_and_not_let_in(client: Client) -> None:
    User.objects.filter(email=EMAIL).update(is_active=False)
    answer = client.post(LOGIN, {"login": EMAIL, "password": demonstration_password()}, follow=True)
    assert "This account is closed" in answer.content.decode()
    assert not signed_in(client)


def test_sign_out_is_a_button_that_ends_the_session(client: Client) -> None:
    sign_in(client)
    page = client.get("/").content.decode()
    assert '<button class="nhsuk-header__account-button">Sign out</button>' in page
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


def test_nobody_signs_up(client: Client) -> None:
    assert "Accounts are given, not made" in client.get("/accounts/signup/").content.decode()
    before = User.objects.count()
    client.post(
        "/accounts/signup/", {"email": "new@example.nhs.uk", "password1": "a fine day 7", "password2": "a fine day 7"}
    )
    assert User.objects.count() == before


@pytest.mark.parametrize("address", ["email/", "confirm-email/", "confirm-email/any-key/", "password/set/"])
def test_nobody_changes_the_email_by_which_they_sign_in(client: Client, address: str) -> None:
    sign_in(client)
    answer = client.post(f"/accounts/{address}", {"email": "other@example.nhs.uk", "action_add": ""})
    assert answer.status_code == 302
    assert answer["Location"] == "/me"
    assert not User.objects.filter(email="other@example.nhs.uk").exists()


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client: Client) -> None:
    asked = client.post("/accounts/password/reset/", {"email": EMAIL}, follow=True)
    assert "Look in your email" in asked.content.decode()
    assert mail.outbox[0].subject == "opplan: a new password"
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link is not None
    form = client.get(link[1], follow=True)
    assert "Choose a new password" in form.content.decode()
    new = {"password1": "a hedgehog in May", "password2": "a hedgehog in May"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert sign_in(client, password="a hedgehog in May").status_code == 302
    assert "This link no longer works" in Client().get(link[1], follow=True).content.decode()


def test_an_unknown_email_that_asks_for_a_new_password_learns_nothing(client: Client) -> None:
    asked = client.post("/accounts/password/reset/", {"email": "nobody@example.nhs.uk"}, follow=True)
    assert "Look in your email" in asked.content.decode()
    assert mail.outbox == []


def test_the_password_is_changed_by_who_knows_it(client: Client) -> None:
    sign_in(client)
    new = {"password1": "a hedgehog in May", "password2": "a hedgehog in May"}
    refused = client.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    assert "That is not your present password" in refused.content.decode()
    client.post("/accounts/password/change/", {"oldpassword": demonstration_password(), **new})
    client.post("/accounts/logout/")
    assert sign_in(client, password="a hedgehog in May").status_code == 302
