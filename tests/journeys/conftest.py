"""A real server, whose database is put back before every journey, and a real browser."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from playwright.sync_api import Browser, Page, sync_playwright

from tests.__main__ import browser as installed_browser

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "operational plan"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


def environment(database: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"STATICFILES_BACKEND", "SECRET_KEY"}}
    return kept | {"DATABASE_URL": f"sqlite:///{database}", "DEMONSTRATION": "1"}


@pytest.fixture(scope="session")
def pristine(loaded_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with both plans and with passwords as they are really stored; every journey begins from it."""
    assert Path(loaded_database).is_file(), (
        "the journeys serve a copy of the tests' SQLite database: unset DATABASE_URL"
    )
    database = tmp_path_factory.mktemp("journeys") / "pristine.sqlite3"
    shutil.copy(loaded_database, database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE accounts_user SET password = ?", [make_password(PASSWORD, hasher=PBKDF2PasswordHasher())]
        )
    return database


@dataclass
class Server:
    address: str
    database: Path

    def command(self, *arguments: str) -> str:
        """What a management command prints, run against this server's database."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment(self.database),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def served(pristine: Path) -> Iterator[Server]:
    """opplan served by gunicorn, once for all journeys of a worker."""
    database = pristine.with_name("opplan.sqlite3")
    shutil.copy(pristine, database)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "opplan.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(database))
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/healthz", process)
        yield Server(address, database)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def server(served: Server, pristine: Path) -> Server:
    """The server with its database as it was before any journey."""
    with closing(sqlite3.connect(pristine)) as source, closing(sqlite3.connect(served.database, timeout=20)) as target:
        source.backup(target)
    return served


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert process.poll() is None, "the server stopped"
        try:
            if urllib.request.urlopen(url, timeout=2).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer within 15 seconds")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file, closed with it: while it runs, its event loop keeps Django's database from other tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=installed_browser(), args=FLAGS)
        yield started
        started.close()


SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def kept_sessions() -> dict[str, Any]:
    """The cookies of who has signed in by the form once; the next journey goes on with them."""
    return {}


@pytest.fixture
def sign_in(chromium: Browser, server: Server, pristine: Path, kept_sessions: dict[str, Any]) -> Iterator[SignIn]:
    """A page signed in as a demonstration account, such as sign_in("commissioner"); `width` and `scripts` may be set."""
    contexts = []

    def signed_in(name: str, *, width: int = 1280, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=server.address,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            accept_downloads=True,
            locale="en-GB",
            storage_state=kept_sessions.get(name),
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        if name not in kept_sessions:
            page.goto("/accounts/login/")
            page.get_by_label("Work email").fill(f"{name}@example.nhs.uk")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(lambda url: "/accounts/login" not in url)
            kept_sessions[name] = context.storage_state()
            keep_sessions(server.database, pristine)
        return page

    yield signed_in
    for context in contexts:
        context.close()


def keep_sessions(served: Path, pristine: Path) -> None:
    """Whoever is signed in on the server stays so when its database is put back."""
    with closing(sqlite3.connect(served)) as source, closing(sqlite3.connect(pristine)) as target, target:
        rows = source.execute("SELECT session_key, session_data, expire_date FROM django_session").fetchall()
        target.executemany("INSERT OR REPLACE INTO django_session VALUES (?, ?, ?)", rows)


def assert_accessible(page: Page) -> None:
    """No axe violation, no two links of one name that lead to different places, and one first heading."""
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    told = [f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes'][:3]]}" for one in found]
    assert not told, f"{page.url}\n" + "\n".join(told)
    links: list[list[str]] = page.evaluate(
        "() => [...document.querySelectorAll('main a[href]')].filter(a => a.offsetParent).map(a => "
        "[(a.getAttribute('aria-label') || a.innerText).trim(), a.href.split('#')[0]])"
    )
    places: dict[str, set[str]] = {}
    for text, href in links:
        places.setdefault(text, set()).add(href)
    unclear = {text: sorted(hrefs) for text, hrefs in places.items() if len(hrefs) > 1}
    assert not unclear, f"{page.url}: one link text, several places: {unclear}"
    assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} first headings"


def assert_no_sideways_scroll(page: Page, width: int) -> None:
    """The page fits the width, once the header has folded its rooms into More."""
    page.set_viewport_size({"width": width, "height": 800})
    for _ in range(20):
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide <= 0:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} scrolls sideways by {wide} px at {width} px")
