"""Every page of both plans: reached by a person, accessible, quiet, and whole on a phone."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import SignIn, assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.journey

CCG = "/10Q/2016-17"
PCT = "/5QE/2010-11"
BASE = "<the first scenario>"  # its number is the database's
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
    f"{CCG}/submissions/questions/",
    f"{CCG}/submissions/questions/new/",
    f"{CCG}/submissions/questions/NQ-01/",
    f"{CCG}/submissions/questions/NQ-01/answer/",
    f"{CCG}/submissions/questions/NQ-01/waive/",
    f"{CCG}/submissions/templates/",
    f"{CCG}/submissions/templates/dtoc/",
    f"{CCG}/submissions/checks/",
    f"{CCG}/submissions/checks/dtoc/",
    f"{CCG}/submissions/returns/",
    f"{CCG}/submissions/rounds/",
    f"{CCG}/submissions/delegations/",
    f"{CCG}/submissions/footprint/",
    f"{CCG}/submissions/documents/",
    f"{CCG}/submissions/documents/DOC-09/",
    f"{CCG}/submissions/documents/DOC-09/upload/",
    f"{CCG}/submissions/rounds/R4/",
    f"{CCG}/submissions/verify/",
    f"{CCG}/submissions/footprint/",
    f"{PCT}/submissions/footprint/",
    f"{CCG}/settings/",
]
NARRATIVE = [
    f"{CCG}/submissions/narrative/",
    f"{CCG}/submissions/narrative/read/",
    f"{CCG}/submissions/narrative/figures/?q=savings",
    f"{CCG}/submissions/narrative/sections/new/",
    f"{CCG}/submissions/narrative/sections/S7/",
    f"{CCG}/submissions/narrative/sections/S7/edit/",
    f"{CCG}/submissions/narrative/sections/S7/status/",
    f"{CCG}/submissions/narrative/sections/S7/versions/1/",
    f"{CCG}/submissions/narrative/sections/S7/difference/",
    f"{PCT}/submissions/narrative/",
    f"{PCT}/submissions/narrative/sections/S3/",
]
OF_A_SCHEME = ("", "change/", "stage/", "rating/", "phasing/", "start/", "forecast/")
FINANCE = [
    *(f"{CCG}/finance/schemes/DT-02/{page}" for page in OF_A_SCHEME),
    f"{CCG}/finance/",
    f"{CCG}/finance/schemes/",
    f"{CCG}/finance/pipeline/",
    f"{CCG}/finance/pipeline/add/",
    f"{CCG}/finance/requirement/",
    f"{CCG}/finance/months/",
    f"{CCG}/finance/months/?programme=DTOC",
    f"{CCG}/finance/month/?programme=PSC",
    f"{CCG}/finance/round/",
    f"{CCG}/finance/return/",
    f"{CCG}/finance/likelihood/",
    f"{CCG}/finance/likelihood/chances/",
    f"{PCT}/finance/",
    f"{PCT}/finance/schemes/",
    f"{PCT}/finance/schemes/QP-PC/",
    f"{PCT}/finance/months/",
    f"{PCT}/finance/likelihood/",
]
FINANCIAL_PLAN = [
    f"{CCG}/finance/plan/",
    f"{CCG}/finance/plan/lines/add/",
    f"{CCG}/finance/plan/lines/RL-01/",
    f"{CCG}/finance/plan/lines/RL-01/years/2016-17/",
    f"{CCG}/finance/plan/underlying/",
    f"{CCG}/finance/plan/document/",
    f"{CCG}/finance/plan/bridge/",
    f"{CCG}/finance/plan/bridge/BS-01/",
    f"{CCG}/finance/capital/",
    f"{CCG}/finance/capital/add/",
    f"{CCG}/finance/model/",
    BASE,
    f"{BASE}change/",
    f"{CCG}/finance/risks/",
    f"{CCG}/finance/risks/FR-01/",
    f"{CCG}/finance/risks/FR-01/close/",
    f"{CCG}/finance/rules/BR-SURPLUS/",
    f"{CCG}/finance/contracts/",
    f"{CCG}/finance/contracts/CT-01/",
    f"{CCG}/finance/contracts/CT-01/prices/MAR.NEL-RTH/",
    f"{CCG}/finance/triangulation/",
    f"{PCT}/finance/plan/",
    f"{PCT}/finance/plan/document/",
    f"{PCT}/finance/plan/strategy/",
    f"{PCT}/finance/plan/impact/",
    f"{PCT}/finance/plan/targets/",
    f"{PCT}/finance/plan/underlying/",
    f"{PCT}/finance/capital/",
    f"{PCT}/finance/model/",
    f"{PCT}/finance/risks/",
    f"{PCT}/finance/contracts/",
    f"{PCT}/finance/triangulation/",
]


DRAWN = "() => [...document.querySelectorAll('[data-figure]')].every(chart => chart.querySelector('svg'))"
"""Whether every chart of the page has been drawn."""


def told(page: Page) -> list[str]:
    """What the browser complains of: script errors and content security policy reports."""
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.mark.parametrize(
    "pages", [PAGES, FINANCE, FINANCIAL_PLAN, NARRATIVE], ids=["rooms", "finance", "financial plan", "narrative"]
)
def test_every_page_is_accessible_quiet_and_whole_on_a_phone(sign_in: SignIn, pages: list[str]) -> None:
    page = sign_in("programme")
    complaints = told(page)
    page.goto(f"{CCG}/finance/model/")
    base = str(page.get_by_role("link", name="Base", exact=True).get_attribute("href"))
    for address in (one.replace(BASE, base) for one in pages):
        answer = page.goto(address)
        assert answer is not None, address
        assert answer.status == 200, f"{address} answers {answer.status}"
        assert len(answer.body()) < 100_000, f"{address} is {len(answer.body())} bytes of HTML"
        page.set_viewport_size({"width": 1280, "height": 900})
        page.wait_for_function(DRAWN)
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
