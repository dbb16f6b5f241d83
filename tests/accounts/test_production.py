"""Demonstration off: what starts, what does not, and how what is served is protected."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "opplan.example"})
def told(answer):
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "page": answer.content.decode(),
        "cookies": {name: bool(morsel["secure"]) for name, morsel in answer.cookies.items()},
    }
answers = {
    "healthz": told(client.get("/healthz")),
    "plain": told(client.get("/accounts/login/")),
    "login": told(client.get("/accounts/login/", secure=True)),
    "missing": told(client.get("/no/such/page", secure=True)),
    "stranger": told(Client(headers={"host": "elsewhere.example"}).get("/healthz")),
    "flags": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.CSRF_COOKIE_SECURE],
    "debug": settings.DEBUG,
}
print(json.dumps(answers))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python process with production's environment: nothing is set but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {
        "DJANGO_SETTINGS_MODULE": "opplan.settings",
        "PYTHONPATH": str(ROOT),
        "STATICFILES_BACKEND": os.environ["STATICFILES_BACKEND"],
        "CACHE_BACKEND": os.environ["CACHE_BACKEND"],
        "DATABASE_URL": "sqlite://:memory:",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=kept | given | environment, capture_output=True, text=True, timeout=60
    )


KEY = {"SECRET_KEY": "qX7-" + "a1B2c3D4e5" * 6, "ALLOWED_HOSTS": "opplan.example"}


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    done = run("-c", SCRIPT, **KEY)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_without_a_secret_key_it_does_not_start_and_says_what_to_do() -> None:
    done = run("-c", "import django; django.setup()")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_the_deployment_check_has_nothing_to_say() -> None:
    done = run("-m", "django", "check", "--deploy", "--fail-level", "WARNING", **KEY)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_healthz_answers_over_plain_http(answers: dict[str, Any]) -> None:
    assert answers["healthz"]["status"] == 200
    assert answers["healthz"]["page"] == "ok\n"


def test_every_other_page_is_sent_to_https(answers: dict[str, Any]) -> None:
    assert answers["plain"]["status"] == 301
    assert answers["plain"]["headers"]["Location"] == "https://opplan.example/accounts/login/"


@pytest.mark.parametrize("page", ["healthz", "plain", "login", "missing", "stranger"])
def test_whatever_answers_carries_the_content_security_policy(answers: dict[str, Any], page: str) -> None:
    policy = answers[page]["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_cookies_travel_over_https_alone(answers: dict[str, Any]) -> None:
    assert answers["login"]["cookies"] == {"csrftoken": True}
    assert answers["flags"] == [True, True, True]


def test_browsers_are_told_to_stay_with_https_and_out_of_frames(answers: dict[str, Any]) -> None:
    headers = answers["login"]["headers"]
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_nobody_is_offered_an_account_or_a_traceback(answers: dict[str, Any]) -> None:
    assert answers["login"]["status"] == 200
    assert "Sign in as" not in answers["login"]["page"]
    assert answers["debug"] is False
    assert "urlpatterns" not in answers["missing"]["page"]


def test_a_name_that_is_not_ours_is_not_answered(answers: dict[str, Any]) -> None:
    assert answers["stranger"]["status"] == 400
