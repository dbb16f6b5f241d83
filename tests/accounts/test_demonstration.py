"""Demonstration accounts: offered for a trial, and of no use anywhere else."""

import re
import tomllib

import pytest
from django.conf import settings as real
from django.test import Client

from opplan.accounts.models import User
from opplan.accounts.queries import demonstration_accounts, demonstration_password
from opplan.accounts.roles import CAPABILITIES, IN_BRIEF, Role

pytestmark = pytest.mark.django_db


def test_the_sign_in_page_offers_every_account_with_what_it_may_do(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    for account in demonstration_accounts():
        assert f"Sign in as {account.name}" in page
        assert account.may in page
    with real.DEMONSTRATION_PEOPLE.open("rb") as catalogue:
        people = tomllib.load(catalogue)
    assert len(demonstration_accounts()) == len(people["people"])
    assert people["password"] in page


def test_each_button_signs_in(client: Client) -> None:
    for account in demonstration_accounts():
        client.logout()
        page = client.get("/accounts/login/?next=/me").content.decode()
        form = page[: page.index(f"Sign in as {account.name}")].rpartition("<form")[2]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        assert client.post("/accounts/login/", fields)["Location"] == "/me"
        assert account.name in client.get("/me").content.decode()


def test_every_role_has_its_line_and_its_capabilities() -> None:
    assert set(IN_BRIEF) == set(CAPABILITIES) == set(Role.values)


def test_they_are_neither_named_nor_let_in_where_demonstration_is_off(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.DEMONSTRATION = False
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in as" not in page
    assert "example.nhs.uk" not in page
    assert demonstration_password() not in page
    answer = client.post("/accounts/login/", {"login": "admin@example.nhs.uk", "password": demonstration_password()})
    assert "are not those of an account" in answer.content.decode()
    assert "sessionid" not in client.cookies


def test_one_who_is_signed_in_is_out_at_once_when_demonstration_ends(sign_in, settings) -> None:  # type: ignore[no-untyped-def]
    client = sign_in("administrator")
    assert client.get("/me").status_code == 200
    settings.DEMONSTRATION = False
    for address in ("/me", "/", "/10Q/2016-17/", "/admin/"):
        assert client.get(address).status_code == 302


def test_an_account_of_a_person_works_either_way(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    User.objects.create_user("lead@oxfordshire.example", "a hedgehog in May", name="Primary care lead")
    settings.DEMONSTRATION = False
    answer = client.post("/accounts/login/", {"login": "lead@oxfordshire.example", "password": "a hedgehog in May"})
    assert answer.status_code == 302
    assert client.get("/me").status_code == 200
