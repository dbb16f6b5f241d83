"""The Better Care Fund's risk share of a quarter: set by those who plan, with a reason, never overwritten silently."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions.delays import set_risk_share
from activity.models import RiskShare
from activity.queries.control_group import official_line
from opplan.plans.actions import MonthClosed
from opplan.plans.versions import Conflict, Version
from tests.activity.test_catalogue import form_of

pytestmark = pytest.mark.django_db
DELAYS = "/10Q/2016-17/activity/delays/"
PAGE = DELAYS + "risk-share/2016-10/"
OCTOBER = date(2016, 10, 1)


def share(quarter=OCTOBER):
    return RiskShare.objects.get(line__plan__year="2016-17", quarter=quarter)


def given(ccg, person, quarter=OCTOBER, version=None, why="Agreed with the council", **figures):
    row = RiskShare.objects.filter(line__plan=ccg, quarter=quarter).first()
    wanted = {"amount": Decimal(300_000), "baseline": Decimal("150.9677")} | figures
    return set_risk_share(
        official_line(ccg),
        quarter,
        **wanted,
        by=person("programme_office"),
        why=why,
        version=version or (Version.of(row) if row else Version(None)),
    )


def test_it_is_changed_where_it_is_shown_with_who_and_why(sign_in):
    client = sign_in("finance_lead")
    assert f'<a href="{PAGE}">October to December 2016</a>' in client.get(DELAYS).content.decode()
    data = form_of(client.get(PAGE).content.decode())
    assert (data["amount"], data["baseline"]) == ("250000", "150.9677")
    answer = client.post(PAGE, data | {"amount": "300,000", "why": "Agreed with the council"})
    assert (answer.status_code, answer["Location"]) == (302, DELAYS + "#h-bcf")
    assert (share().amount, share().basis) == (300_000, "entered")
    assert share().source == "Entered by Finance lead: Agreed with the council"
    page = client.get(PAGE).content.decode()
    assert "Agreed with the council" in page
    assert "250000" in page
    assert "£300,000" in client.get(DELAYS).content.decode()


def test_two_people_on_one_sum_are_shown_both_and_choose(sign_in, ccg, person):
    client = sign_in("analyst")
    data = form_of(client.get(PAGE).content.decode())
    given(ccg, person)
    answer = client.post(PAGE, data | {"amount": "200000", "why": "Mine"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Agreed with the council" in html
    assert share().amount == 300_000
    choice = re.search(r'name="choose" value="(mine \d+)"', html)[1]
    assert client.post(PAGE, form_of(html) | {"amount": "200000", "why": "Mine", "choose": choice}).status_code == 302
    assert share().amount == 200_000


def test_who_opened_an_old_version_does_not_overwrite_the_other(ccg, person):
    opened = Version.of(share())
    given(ccg, person, amount=Decimal(1))
    with pytest.raises(Conflict):
        given(ccg, person, amount=Decimal(2), version=opened)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount": "-1"}, "is below nought"),
        ({"amount": ""}, "This is empty. Fill it in."),
        ({"baseline": "many"}, "“many” is not a number"),
        ({"why": ""}, "This is empty. Fill it in."),
        ({"why": "x" * 301}, "This has 301 characters, and at most 300 fit. Shorten it."),
    ],
)
def test_what_cannot_be_is_refused_and_kept(sign_in, typed, words):
    client = sign_in("analyst")
    data = form_of(client.get(PAGE).content.decode()) | {"amount": "5", "why": "x"} | typed
    answer = client.post(PAGE, data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert all(f'value="{value}"' in html for value in typed.values() if value)
    assert share().amount == 250_000


def test_a_quarter_that_is_closed_whole_keeps_its_sum(ccg, person):
    with pytest.raises(MonthClosed, match="June 2016"):
        given(ccg, person, quarter=date(2016, 4, 1))
    assert given(ccg, person, quarter=date(2016, 7, 1)).amount == 300_000


def test_a_month_that_begins_no_quarter_has_no_risk_share(ccg, person, sign_in):
    with pytest.raises(ValidationError, match="does not begin a quarter"):
        given(ccg, person, quarter=date(2016, 11, 1))
    client = sign_in("analyst")
    for quarter in ("2016-11", "2015-10", "x"):
        assert client.get(f"{DELAYS}risk-share/{quarter}/").status_code == 404


def test_the_first_sum_of_a_quarter_is_set_and_nobody_else_s_is_overwritten(ccg, person):
    RiskShare.objects.all().delete()
    assert given(ccg, person).history.get().history_user == person("programme_office")
    with pytest.raises(Conflict):
        given(ccg, person, amount=Decimal(9), version=Version(None))


@pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
def test_whoever_may_not_plan_finds_no_such_page(sign_in, role):
    client = sign_in(role)
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"amount": "1"}).status_code == 404
    assert "risk-share" not in client.get(DELAYS).content.decode()
