"""The finance board: what a Finance and Investment Committee reads of both plans, and what it costs."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from finance.models import Scheme, SchemeMonth
from finance.queries.rules import planned_year
from finance.queries.underlying import underlying_of, underlying_position
from opplan.plans.models import Plan
from tests.finance.test_pages import text

pytestmark = pytest.mark.django_db
BOARD, EARLIER = "/10Q/2016-17/finance/", "/5QE/2010-11/finance/"
MOST_QUERIES, MOST_BYTES = 12, 100_000
SignIn = Callable[[str], Client]


def test_the_board_opens_with_savings_against_plan_and_what_has_no_scheme(sign_in: SignIn, ccg: Plan) -> None:
    page = text(sign_in("viewer").get(BOARD))
    assert (
        "£2.4m is saved to month 6, 81% of plan; £13.3m of the £22.4m savings requirement still has no scheme" in page
    )
    assert "£577,000 adverse" in page
    assert "4 red" in page
    assert "2 not reported" in page


def test_the_board_names_the_widest_shortfalls_and_who_owes_a_figure(sign_in: SignIn, ccg: Plan) -> None:
    page = text(sign_in("viewer").get(BOARD))
    below = page[page.index("Furthest below plan") : page.index("Still owe")]
    assert below.index("Contract challenges and price") < below.index("Ambulatory emergency care")
    assert "−333 adverse" in below
    assert "2 of 11 schemes due owe September 2016" in page


def test_the_board_tells_plan_risk_rules_chance_and_findings_with_links(sign_in: SignIn, ccg: Plan) -> None:
    answer = sign_in("viewer").get(BOARD)
    page = text(answer)
    assert "Risks of £28.4m leave £10.9m after chance and mitigation; the contingency covers £4.1m of it" in page
    assert "5 of 5 rules that can be told are met; 1 cannot be told" in page
    assert "of the £22.4m required. Ten thousand drawn years give the chance" in page
    assert "£49.5m stated, £49.7m by its figures" in page
    for name in ("schemes", "months", "round", "pipeline", "likelihood", "plan", "plan/underlying", "model", "risks",
                 "contracts", "triangulation", "capital"):  # fmt: skip
        assert f'href="{BOARD}{name}/' in answer.content.decode(), name


def test_a_plan_of_which_nothing_is_reported_says_so_and_invents_nothing(sign_in: SignIn, pct: Plan) -> None:
    page = text(sign_in("viewer").get(EARLIER))
    assert "No saving is reported to month 1; the year plans £34.7m of savings for £39.2m of investment" in page
    assert "£4.5m more than the savings planned" in page
    assert "9 of 9 schemes due; the 8 with the most plan waiting" in page
    assert "The plan document gives no lines of spending for the year" in page


def test_the_board_stays_within_its_queries_and_its_bytes(sign_in: SignIn, ccg: Plan, pct: Plan) -> None:
    client = sign_in("viewer")
    for address in (BOARD, EARLIER):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        assert len(asked) <= MOST_QUERIES
        assert len(answer.content) < MOST_BYTES


def test_a_plan_ten_times_the_size_asks_no_more_and_writes_no_more(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("viewer")
    with CaptureQueriesContext(connection) as before:
        small = client.get(BOARD)
    schemes = Scheme.objects.bulk_create(
        Scheme(plan=ccg, reference=f"MORE-{number}", title=f"Another scheme {number}", state="identified",
               stage="in_delivery", section="Prescribing", source="illustrative", basis="illustrative")
        for number in range(150)
    )  # fmt: skip
    SchemeMonth.objects.bulk_create(
        SchemeMonth(scheme=one, month=at, planned_saving=1000, actual_saving=900 if at < date(2016, 9, 1) else None)
        for one in schemes
        for at in ccg.months
    )
    with CaptureQueriesContext(connection) as after:
        large = client.get(BOARD)
    assert len(after) == len(before)
    assert len(large.content) < len(small.content) * 1.2
    assert "152 of 161 schemes due owe September 2016" in text(large)


def test_an_earlier_month_is_shown_as_it_stood(sign_in: SignIn, ccg: Plan) -> None:
    assert "is saved to month 3" in text(sign_in("viewer").get(f"{BOARD}?month=2016-06"))


def test_a_plan_without_schemes_is_a_board_too(sign_in: SignIn, ccg: Plan) -> None:
    Scheme.objects.filter(plan=ccg).delete()
    page = text(sign_in("viewer").get(BOARD))
    assert "No saving is reported to month 6" in page
    assert "No scheme is due yet" in page


def test_the_underlying_position_is_one_figure_however_it_is_read(ccg: Plan, pct: Plan) -> None:
    for plan in (ccg, pct):
        assert underlying_of(planned_year(plan)) == underlying_position(plan)


def test_nobody_from_elsewhere_sees_the_board(client: Client, ccg: Plan) -> None:
    assert client.get(BOARD).status_code == 302
