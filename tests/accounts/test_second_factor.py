"""A second factor: added by its owner, asked at sign-in, and removed again."""

import hashlib
import hmac
import re
import struct
import time
from base64 import b32decode

import pytest
from django.test import Client

from opplan.accounts.queries import demonstration_password

pytestmark = pytest.mark.django_db

EMAIL = "analyst@example.nhs.uk"


def code(secret: str) -> str:
    """The six digits that an authenticator app shows now (RFC 6238)."""
    digest = hmac.new(b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def sign_in(client: Client):  # type: ignore[no-untyped-def]
    return client.post("/accounts/login/", {"login": EMAIL, "password": demonstration_password()})


def confirm(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": demonstration_password()})


@pytest.fixture
def protected(client: Client) -> tuple[Client, list[str]]:
    """A client signed in to an account that has a second factor, and the account's recovery codes."""
    sign_in(client)
    confirm(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="op-hash">([A-Z2-7]+)<', page)
    assert secret is not None
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).content.decode()
    assert "This code is not right" in wrong
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret[1])}, follow=True).content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", done)
    assert len(codes) == 10
    return client, codes


def test_sign_in_asks_for_a_code_once_there_is_a_second_factor(protected: tuple[Client, list[str]]) -> None:
    client, codes = protected
    client.post("/accounts/logout/")
    assert sign_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/me").status_code == 302
    assert "This code is not right" in client.post("/accounts/2fa/authenticate/", {"code": "123456"}).content.decode()
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert client.get("/me").status_code == 200


def test_a_recovery_code_works_once(protected: tuple[Client, list[str]]) -> None:
    client, codes = protected
    for _ in range(2):
        client.post("/accounts/logout/")
        sign_in(client)
        client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert client.get("/me").status_code == 302


def test_the_account_page_says_whether_there_is_a_second_factor(protected: tuple[Client, list[str]]) -> None:
    client, _ = protected
    assert "On. <a" in client.get("/me").content.decode()
    client.post("/accounts/2fa/totp/deactivate/")
    assert "Off. <a" in client.get("/me").content.decode()


def test_removing_it_asks_for_the_password_again(protected: tuple[Client, list[str]]) -> None:
    client, codes = protected
    client.post("/accounts/logout/")
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    asked = client.post("/accounts/2fa/totp/deactivate/")
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]
