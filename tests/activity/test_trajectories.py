"""A trajectory to a standard: previewed with the month that first meets it, any month edited, no numerator above its denominator."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Reading
from activity.queries import find_line, readings

pytestmark = pytest.mark.django_db
LINES = "/10Q/2016-17/activity/lines/"
WAITS, DELAYS = f"{LINES}E.B.3/trajectory/", f"{LINES}DTOC.1/trajectory/"
ASK = "?start=90&since=2016-09&end=92&by=2017-01&shape=straight&over=plan"


def boxes(html):
    """The grid as a browser would send it back."""
    opened = unescape(re.search(r'name="opened" value="([^"]*)"', html)[1])
    return {
        "opened": opened,
        **dict(re.findall(r'<input id="(planned_[a-z]+_\d{4}-\d{2})"[^>]* value="([^"]*)"', html)),
    }


def planned(plan, reference):
    return {one.period: one for one in readings(find_line(plan, reference)) if one.period in plan.months}


def test_as_planned_it_says_which_month_first_meets_the_standard(sign_in):
    html = sign_in("viewer").get(DELAYS).content.decode()
    assert "The standard of 68 is first met in March 2017 and held from there." in html
    assert "Save the trajectory" not in html


def test_a_line_that_never_meets_it_is_said_not_to(sign_in, ccg):
    Reading.objects.filter(line__reference="DTOC.1", line__plan=ccg, period=date(2017, 3, 1)).update(
        planned_numerator=2500
    )
    assert "is met in no month of the year" in sign_in("viewer").get(DELAYS).content.decode()


def test_a_preview_runs_straight_holds_and_writes_nothing(sign_in, ccg):
    before = planned(ccg, "E.B.3")
    html = sign_in("analyst").get(WAITS + ASK).content.decode()
    assert "held from January 2017" in html
    typed = boxes(html)
    shares = [
        100 * Decimal(typed[f"planned_numerator_{month}"]) / Decimal(typed[f"planned_denominator_{month}"])
        for month in ("2016-09", "2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03")
    ]
    for share, wanted in zip(shares, ("90", "90.5", "91", "91.5", "92", "92", "92"), strict=True):
        assert Decimal(wanted) <= share < Decimal(wanted) + Decimal("0.01")
    assert planned(ccg, "E.B.3") == before


def test_steps_move_at_the_ends_of_quarters(sign_in):
    html = sign_in("analyst").get(WAITS + ASK.replace("straight", "stepped")).content.decode()
    typed = boxes(html)
    october = Decimal(typed["planned_numerator_2016-10"]) / Decimal(typed["planned_denominator_2016-10"])
    december = Decimal(typed["planned_numerator_2016-12"]) / Decimal(typed["planned_denominator_2016-12"])
    assert round(100 * october, 2) == 90
    assert round(100 * december, 1) == Decimal("91.5")


def test_saving_a_preview_with_one_month_edited_keeps_both(sign_in, ccg):
    client = sign_in("analyst")
    typed = boxes(client.get(WAITS + ASK).content.decode())
    typed |= {"planned_numerator_2016-11": "27,100", "why": "Recovery agreed with the trust"}
    assert client.post(WAITS, typed).status_code == 302
    held = planned(ccg, "E.B.3")
    assert held[date(2016, 11, 1)].planned_numerator == 27100
    assert round(held[date(2016, 10, 1)].planned, 1) == Decimal("90.5")
    assert held[date(2016, 8, 1)].planned == 92
    row = Reading.objects.get(line__reference="E.B.3", line__plan=ccg, period=date(2016, 10, 1))
    assert row.history.latest().history_change_reason == "Recovery agreed with the trust"


def test_it_needs_its_reason(sign_in, ccg):
    client = sign_in("analyst")
    before = planned(ccg, "E.B.3")
    answer = client.post(WAITS, boxes(client.get(WAITS + ASK).content.decode()))
    assert answer.status_code == 422
    assert "Say why." in answer.content.decode()
    assert planned(ccg, "E.B.3") == before


def test_a_numerator_above_its_denominator_is_named_by_its_cell(sign_in, ccg):
    client = sign_in("analyst")
    typed = boxes(client.get(WAITS + ASK).content.decode())
    answer = client.post(WAITS, typed | {"planned_numerator_2016-12": "99999", "why": "x"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#planned_numerator_2016-12">' in html
    assert "99,999 is above its denominator, 29,600. A percentage cannot pass 100." in html
    assert planned(ccg, "E.B.3")[date(2016, 10, 1)].planned == 92


def test_two_people_who_set_the_same_month_are_shown_both(sign_in, ccg):
    client = sign_in("analyst")
    typed = boxes(client.get(WAITS + ASK).content.decode())
    other = sign_in("programme_office")
    theirs = boxes(other.get(WAITS).content.decode()) | {"planned_numerator_2016-10": "27000", "why": "Backlog"}
    assert other.post(WAITS, theirs).status_code == 302
    answer = client.post(WAITS, typed | {"why": "Mine"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Changed by someone else" in html
    assert "Backlog" in html
    assert planned(ccg, "E.B.3")[date(2016, 10, 1)].planned_numerator == 27000


def test_delayed_days_are_rounded_to_the_good_side_over_calendar_days(sign_in, ccg):
    client = sign_in("analyst")
    ask = "?start=140.3&since=2016-09&end=68&by=2016-12&shape=straight&over=plan"
    typed = boxes(client.get(DELAYS + ask).content.decode())
    assert typed["planned_numerator_2016-12"] == str(68 * 31)
    assert typed["planned_numerator_2016-09"] == str(1403 * 30 // 10)
    assert client.post(DELAYS, typed | {"why": "Faster"}).status_code == 302
    assert "first met in December 2016 and held from there" in client.get(DELAYS).content.decode()


def test_last_years_denominators_may_be_taken(sign_in, ccg):
    html = (
        sign_in("analyst")
        .get(DELAYS + "?start=140&since=2016-09&end=68&by=2017-03&shape=straight&over=last")
        .content.decode()
    )
    assert boxes(html)["planned_denominator_2017-02"] == "29"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ("?start=90&since=2017-01&end=92&by=2016-10&shape=straight&over=plan", "The end lies before the start."),
        ("?start=90&since=2016-09&end=192&by=2017-01&shape=straight&over=plan", "A percentage lies between 0 and 100."),
        ("?start=90&since=2016-09&end=92&by=2017-01&shape=straight&over=last", "has none of these"),
        ("?start=x&since=2016-09&end=92&by=2017-01&shape=straight&over=plan", "is not a number"),
        ("?start=90&since=2015-09&end=92&by=2017-01&shape=curved&over=plan", "“curved” is not in the list"),
    ],
)
def test_what_cannot_be_shown_says_why(sign_in, ask, said):
    answer = sign_in("analyst").get(WAITS + ask)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_a_count_that_stands_at_the_months_end_has_a_trajectory_without_denominators(sign_in, ccg):
    client, page = sign_in("analyst"), f"{LINES}OX.TEAMS/trajectory/"
    html = client.get(page + "?start=6&since=2016-09&end=17&by=2017-03&shape=straight").content.decode()
    typed = boxes(html)
    assert typed["planned_numerator_2017-03"] == "17"
    assert "planned_denominator_2017-03" not in typed


def test_a_count_that_adds_up_is_led_to_its_build_up(sign_in):
    html = sign_in("analyst").get(f"{LINES}MAR.NEL-RTH/trajectory/").content.decode()
    assert "It is built up and phased" in html
    assert "Set a trajectory" not in html


@pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
def test_whoever_may_not_plan_reads_and_changes_nothing(sign_in, role):
    client = sign_in(role)
    html = client.get(WAITS + ASK).content.decode()
    assert "Save the trajectory" not in html
    assert client.post(WAITS, {"planned_numerator_2016-10": "1", "why": "x"}).status_code == 404


def test_every_line_of_both_plans_has_its_page_at_the_same_cost(sign_in, ccg, pct):
    client = sign_in("analyst")
    counts = set()
    for reference in ("E.B.3", "DTOC.1", "OX.TEAMS", "E.A.3", "OX.ABXSTAR", "DTOC.5", "E.M.6-RTH", "MAR.NEL-RTH"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"{LINES}{reference}/trajectory/")
        assert answer.status_code == 200, reference
        assert len(answer.content) < 100_000
        counts.add(len(queries))
    assert max(counts) <= 10
    assert client.get("/5QE/2010-11/activity/lines/RTT-ADM/trajectory/").status_code == 200
