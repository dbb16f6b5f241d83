"""The workbook's page and its download: who may have it, what it says, and that it costs the same whatever the plan holds."""

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from finance.models import Scheme, SchemeMonth
from opplan.accounts.models import User
from opplan.accounts.roles import Role
from opplan.plans.actions import set_tolerance
from opplan.plans.models import Plan
from opplan.submissions.queries.monthly import contents_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE, FILE = "/10Q/2016-17/submissions/", "/10Q/2016-17/submissions/workbook.xlsx"


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_the_page_and_download(sign_in, role: str) -> None:
    client = sign_in(role)
    assert client.get(PAGE).status_code == 200
    assert client.get(FILE).status_code == 200


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_a_stranger_is_asked_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert "/accounts/login/" in response.url


@pytest.mark.parametrize("address", [PAGE, FILE, "/10X/2016-17/submissions/", f"{PAGE}?month=2015-01"])
def test_whoever_does_not_belong_is_told_that_there_is_no_such_page(client: Client, address: str) -> None:
    outsider = User.objects.create_user("outsider@example.nhs.uk", "long enough to pass", name="Outsider")
    client.force_login(outsider, backend="opplan.accounts.backends.MemberBackend")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_nothing_can_be_posted(sign_in, address: str) -> None:
    assert sign_in("administrator").post(address).status_code == 405


def test_the_download_is_a_workbook_with_a_safe_name(sign_in) -> None:
    response = sign_in("viewer").get(FILE)
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"] == 'attachment; filename="10Q-2016-17-operational-plan-month-6.xlsx"'
    assert response["Cache-Control"] == "private, no-store"
    assert load_workbook(BytesIO(response.content)).sheetnames[0] == "Cover"


def test_the_month_in_the_address_is_the_month_of_the_workbook(sign_in) -> None:
    client = sign_in("viewer")
    assert "month-4.xlsx" in client.get(f"{FILE}?month=2016-07")["Content-Disposition"]
    assert "workbook.xlsx?month=2016-07" in client.get(f"{PAGE}?month=2016-07").text


@pytest.mark.parametrize("address", [PAGE, "/5QE/2010-11/submissions/", f"{PAGE}?month=2017-03"])
def test_the_page_has_one_green_button_and_stays_small(sign_in, address: str) -> None:
    response = sign_in("commissioner").get(address)
    assert response.status_code == 200
    assert len(response.content) < 100_000
    assert response.text.count('class="nhsuk-button"') == 1


def test_every_missing_figure_is_linked_to_where_it_is_typed(sign_in, ccg: Plan) -> None:
    contents, text = contents_of(ccg, ccg.reporting_month), sign_in("commissioner").get(PAGE).text
    owing = [f"/10Q/2016-17/finance/schemes/{row.standing.reference}/" for row in contents.schemes if row.missing]
    owing += [f"/10Q/2016-17/activity/lines/{row.standing.reference}/" for row in contents.lines if row.missing]
    assert len(owing) > 10
    assert all(f'href="{address}"' in text for address in owing)
    assert f"lacks {contents.due - contents.reported} of the {contents.due} figures due" in text


def test_who_changed_the_data_last_is_named(sign_in, ccg: Plan, person) -> None:
    set_tolerance(ccg, "count", green=2, red=6, by=person("finance_lead"), why="Agreed in committee")
    text = sign_in("viewer").get(PAGE).text
    assert "Finance lead" in text
    assert "Agreed in committee" in text


def test_the_number_of_queries_does_not_grow_with_the_plan(sign_in, ccg: Plan) -> None:
    client = sign_in("viewer")
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(PAGE)
    for number in range(40):
        scheme = Scheme.objects.create(plan=ccg, reference=f"X-{number}", title="Another", state="identified")
        SchemeMonth.objects.bulk_create(
            SchemeMonth(scheme=scheme, month=month, planned_saving=1000) for month in ccg.months
        )
    with CaptureQueriesContext(connection) as after:
        response = client.get(PAGE)
    assert len(after) == len(before) <= 25
    assert len(response.content) < 100_000
