"""The board and the initiative pages as people of each role meet them."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from initiatives.models import Initiative, Milestone
from opplan.accounts.roles import Role
from opplan.plans.models import ClosedMonth, Plan, Tolerance

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
BOARD = "/10Q/2016-17/"


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_reads_the_board(sign_in: SignIn, role: str) -> None:
    answer = sign_in(role).get(BOARD)
    assert answer.status_code == 200
    assert "£13.3m of the £22.4m savings requirement" in answer.content.decode()


@pytest.mark.parametrize("address", [BOARD, "/5QE/2010-11/"])
def test_the_board_takes_at_most_twelve_queries_and_100_kb(sign_in: SignIn, address: str) -> None:
    client = sign_in("viewer")
    assert queries_of(client, address) <= 12
    assert len(client.get(address).content) < 100_000


def test_the_number_of_queries_does_not_grow_with_the_rows(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("viewer")
    addresses = [BOARD, f"{BOARD}initiatives/", f"{BOARD}initiatives/DTOC-D2A/"]
    before = [queries_of(client, address) for address in addresses]
    first = Initiative.objects.filter(plan=ccg).first()
    assert first is not None
    for count in range(30):
        one = Initiative.objects.create(
            plan=ccg, programme=first.programme, reference=f"X-{count}", title=f"More {count}"
        )
        Milestone.objects.create(plan=ccg, initiative=one, reference=f"XM-{count}", title="Due", due="2016-08-31")
    assert [queries_of(client, address) for address in addresses] == before


def test_a_month_outside_the_plan_is_no_page(sign_in: SignIn) -> None:
    assert sign_in("viewer").get(f"{BOARD}?month=2018-01").status_code == 404
    assert sign_in("viewer").get(f"{BOARD}?month=2017-03").status_code == 200


def test_illustrative_figures_wear_their_tag_on_the_board(sign_in: SignIn) -> None:
    page = sign_in("viewer").get(BOARD).content.decode()
    assert page.count("illustrative</span>") > 5


def test_the_list_of_initiatives_is_filtered_through_the_address(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    page = client.get(f"{BOARD}initiatives/?programme=DTOC").content.decode()
    assert "Discharge to assess" in page
    assert "Dementia" not in page
    page = client.get(f"{BOARD}initiatives/?q=trusted+assessor").content.decode()
    assert "1 initiative" in page
    page = client.get(f"{BOARD}initiatives/?rating=amber&q=zzz").content.decode()
    assert "No initiative matches Amber, “zzz”" in page


def test_a_governing_body_member_is_offered_no_way_to_write(sign_in: SignIn) -> None:
    page = sign_in("viewer").get(f"{BOARD}initiatives/DTOC-D2A/").content.decode()
    assert "Record an update" not in page
    assert "Record savings" not in page
    assert "Record an update" in sign_in("commissioner").get(f"{BOARD}initiatives/DTOC-D2A/").content.decode()


def test_an_initiative_of_another_plan_is_no_page(sign_in: SignIn) -> None:
    assert sign_in("viewer").get("/5QE/2010-11/initiatives/DTOC-D2A/").status_code == 404
    assert sign_in("viewer").get(f"{BOARD}initiatives/NO-SUCH/").status_code == 404


def test_a_changed_rule_changes_the_ratings_and_leaves_its_reason(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("programme_office")
    posted = {"count-green": "0", "count-red": "50", "count-why": "Agreed by the committee"}
    assert client.post(f"{BOARD}settings/tolerances/count/", posted).status_code == 302
    row = Tolerance.objects.get(plan=ccg, rule="count")
    assert row.history.latest().history_change_reason == "Agreed by the committee"
    assert row.history.latest().history_user.name == "Programme office"
    assert "delayed transfers of care 28.1% above plan" not in client.get(BOARD).content.decode().partition("</h1>")[0]


def test_a_rule_whose_red_comes_before_its_green_is_refused_and_kept_as_typed(sign_in: SignIn) -> None:
    answer = sign_in("programme_office").post(
        f"{BOARD}settings/tolerances/count/", {"count-green": "9", "count-red": "3", "count-why": "x"}
    )
    assert answer.status_code == 422
    assert "Red begins at 3, before green ends at 9" in answer.content.decode()


def test_the_second_of_two_who_change_a_rule_is_told_and_overwrites_nothing(sign_in: SignIn, ccg: Plan) -> None:
    address, first, second = f"{BOARD}settings/tolerances/count/", sign_in("programme_office"), sign_in("finance_lead")
    seen = {"count-seen_green": "0", "count-seen_red": "5", "count-green": "0"}
    assert first.post(address, {**seen, "count-red": "7", "count-why": "Agreed"}).status_code == 302
    answer = second.post(address, {**seen, "count-red": "9", "count-why": "Also agreed"})
    assert answer.status_code == 409
    assert "it is now green up to 0, red beyond 7, by Programme office" in answer.content.decode()
    assert Tolerance.objects.get(plan=ccg, rule="count").red == 7


def test_a_viewer_cannot_change_a_rule_or_a_month(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    assert client.post(f"{BOARD}settings/tolerances/count/", {}).status_code == 404
    assert client.post(f"{BOARD}settings/months/", {}).status_code == 404


def test_closing_the_month_reported_moves_the_plan_on(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    posted = {"month": "2016-09", "what": "close", "why": "Frozen for the governing body"}
    assert client.post(f"{BOARD}settings/months/", posted).status_code == 302
    ccg.refresh_from_db()
    assert f"{ccg.reporting_month:%Y-%m}" == "2016-10"
    assert ClosedMonth.objects.filter(plan=ccg, month="2016-09-01").exists()


def test_reopening_a_month_needs_a_reason(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    answer = client.post(f"{BOARD}settings/months/", {"month": "2016-08", "what": "reopen", "why": ""})
    assert answer.status_code == 422
    assert "Say why the month is reopened" in answer.content.decode()
    client.post(
        f"{BOARD}settings/months/", {"month": "2016-08", "what": "reopen", "why": "A correction from the trust"}
    )
    assert not ClosedMonth.objects.filter(plan=ccg, month="2016-08-01").exists()


def test_the_settings_tell_who_changed_a_rule_or_a_month_when_why_and_from_what(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    assert "Nothing has changed since the plan was loaded" in client.get(f"{BOARD}settings/").content.decode()
    rule = {"count-green": "1", "count-red": "7", "count-why": "Agreed by the committee"}
    client.post(f"{BOARD}settings/tolerances/count/", rule)
    client.post(
        f"{BOARD}settings/months/", {"month": "2016-08", "what": "reopen", "why": "A correction from the trust"}
    )
    client.post(f"{BOARD}settings/months/", {"month": "2016-09", "what": "close", "why": "Frozen"})
    page = client.get(f"{BOARD}settings/").content.decode().partition('id="h-changes"')[2]
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in page.split("<tr>")[2:]]
    told = [
        ("Month reported", "September 2016", "October 2016", "Frozen"),
        ("September 2016", "open", "closed", "Frozen"),
        ("August 2016", "closed", "open", "A correction from the trust"),
        ("red beyond", " 5 ", " 7 ", "Agreed by the committee"),
        ("green up to", " 0 ", " 1 ", "Agreed by the committee"),
    ]
    assert len(rows) == len(told)
    for words in told:
        assert any(all(word in row for word in (*words, "Finance lead")) for row in rows), words


def test_a_refused_rule_leaves_the_table_of_present_rules_as_it_stands(sign_in: SignIn) -> None:
    refused = {"count-green": "9.75", "count-red": "3.25", "count-why": "x"}
    answer = sign_in("programme_office").post(f"{BOARD}settings/tolerances/count/", refused)
    table = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    assert "9.75" not in table
    assert "3.25" not in table
    assert 'value="9.75"' in answer.content.decode(), "what was typed stays in its box"


def test_a_month_that_was_asked_for_goes_along_with_every_link_of_the_board(sign_in: SignIn) -> None:
    page = sign_in("viewer").get(f"{BOARD}?month=2016-12").content.decode().partition("<main")[2]
    links = [link.partition('"')[0] for link in page.split('href="')[1:]]
    inside = [link for link in links if link.startswith(BOARD)]
    assert len(inside) > 50
    assert all("month=2016-12" in link for link in inside), [link for link in inside if "month=" not in link][:3]
