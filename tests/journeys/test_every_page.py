"""Every page of both plans: reached by a person, accessible, quiet, and whole on a phone."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey

CCG = "/10Q/2016-17"
PCT = "/5QE/2010-11"
PAGES = [
    "/",
    "/me",
    f"{CCG}/",
    f"{CCG}/?month=2017-03",
    f"{PCT}/",
    f"{CCG}/initiatives/",
    f"{CCG}/initiatives/?q=nothing+like+this",
    f"{PCT}/initiatives/",
    f"{CCG}/initiatives/DTOC-D2A/",
    f"{PCT}/initiatives/PC/",
    f"{CCG}/initiatives/DTOC-D2A/update/",
    f"{CCG}/initiatives/DTOC-D2A/history/",
    f"{CCG}/initiatives/milestones/",
    f"{CCG}/initiatives/milestones/M-DTOC-07/",
    f"{CCG}/finance/schemes/",
    f"{PCT}/finance/schemes/",
    f"{CCG}/finance/schemes/DT-02/",
    f"{PCT}/finance/schemes/QP-PC/",
    f"{CCG}/finance/pipeline/",
    f"{CCG}/finance/months/?programme=DTOC",
    f"{CCG}/activity/",
    f"{PCT}/activity/",
    f"{CCG}/activity/lines/DTOC.1/",
    f"{CCG}/activity/lines/E.B.5-RTH/",
    f"{PCT}/activity/lines/RTT-INC/",
    f"{CCG}/activity/delays/",
    f"{CCG}/activity/delays/?month=2017-03",
    f"{CCG}/activity/delays/days/",
    f"{CCG}/activity/delays/weeks/",
    f"{CCG}/activity/delays/weeks/2016-09-29/",
    f"{PCT}/activity/delays/",
    f"{CCG}/submissions/",
    f"{PCT}/submissions/",
    f"{CCG}/settings/",
]


def told(page: Page) -> list[str]:
    """What the browser complains of: script errors and content security policy reports."""
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def test_every_page_is_accessible_quiet_and_whole_on_a_phone(sign_in: SignIn) -> None:
    page = sign_in("programme")
    complaints = told(page)
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None, address
        assert answer.status == 200, f"{address} answers {answer.status}"
        assert len(answer.body()) < 100_000, f"{address} is {len(answer.body())} bytes of HTML"
        page.set_viewport_size({"width": 1280, "height": 900})
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        assert_no_sideways_scroll(page, 375)
        assert_no_sideways_scroll(page, 320)
        assert_no_sideways_scroll(page, 640)
        assert not complaints, f"{address}: {complaints}"


def test_the_pages_of_signing_in_are_accessible(sign_in: SignIn) -> None:
    page = sign_in("board")
    for address in ("/accounts/logout/", "/accounts/password/change/", "/accounts/2fa/", "/no/such/page"):
        page.goto(address)
        assert_accessible(page)
        assert_no_sideways_scroll(page, 320)
    page.context.clear_cookies()
    for address in ("/accounts/login/", "/accounts/password/reset/"):
        page.goto(address)
        assert_accessible(page)
        assert_no_sideways_scroll(page, 320)
