"""In the month, to date and at year end: saving, investment and net against plan, which way a difference is, and the run rate needed."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from finance.models import SchemeMonth
from finance.presenters.standing import reading, run_rate_of, run_rate_words, standing_table
from finance.queries import savings_by_month
from opplan.plans.models import Plan

pytestmark = pytest.mark.django_db
APR, SEP, MAR = date(2016, 4, 1), date(2016, 9, 1), date(2017, 3, 1)
SignIn = Callable[[str], Client]


@pytest.fixture
def held(ccg: Plan) -> Plan:
    """PC-03 plans to save 40 and to invest 10 a month (£000); five of six months are reported."""
    mine = SchemeMonth.objects.filter(scheme__plan=ccg, scheme__reference="PC-03")
    mine.update(
        planned_saving=40_000,
        planned_investment=10_000,
        actual_saving=None,
        actual_investment=None,
        forecast_saving=None,
    )
    mine.filter(month__lte=SEP).exclude(month=APR).update(actual_saving=38_000, actual_investment=12_000)
    return ccg


def words(plan: Plan, now: date = SEP) -> str:
    return run_rate_words(*run_rate_of(plan, savings_by_month(plan, "PC-03", month=now), now))


def test_saving_investment_and_net_stand_against_the_plan_of_what_is_reported(held: Plan) -> None:
    table = standing_table(savings_by_month(held, "PC-03", month=SEP), SEP)
    shown = {
        group.title: [
            (row.planned, row.compared, row.actual, row.difference, row.reading, row.achieved) for row in group.rows
        ]
        for group in table.groups
    }
    assert shown["Saving, gross"] == [
        ("40", "40", "38", "−2", "adverse", "95%"),
        ("240", "200", "190", "−10", "adverse", "95%"),
        ("480", "480", "470", "−10", "adverse", "98%"),
    ]
    assert shown["Investment"][1] == ("60", "50", "60", "+10", "adverse", "120%")
    assert shown["Net saving"][1] == ("180", "150", "130", "−20", "adverse", "87%")
    assert table.partial


def test_a_difference_says_in_words_which_way_it_is() -> None:
    assert [reading(Decimal(one)) for one in (1, -1, 0)] == ["favourable", "adverse", "on plan"]
    assert [reading(Decimal(one), -1) for one in (1, -1)] == ["adverse", "favourable"]
    assert reading(None) == ""


def test_what_each_month_left_must_save_stands_beside_what_a_month_saves(held: Plan) -> None:
    assert words(held) == (
        "Each of the 6 months left must save £48,333 to reach the £480,000 planned for the year; "
        "so far a month saves £38,000, so 27% more than that is needed."
    )


def test_a_year_that_is_reached_or_can_no_longer_be_says_so(held: Plan) -> None:
    mine = SchemeMonth.objects.filter(scheme__plan=held, scheme__reference="PC-03")
    assert words(held, MAR).startswith("No month of the year is left and £290,000 of the £480,000 planned is not saved")
    mine.filter(month=SEP).update(actual_saving=400_000)
    assert words(held) == "The £480,000 planned for the year is reached already, £72,000 more than that is saved."
    mine.update(actual_saving=None)
    assert words(held).endswith("; no month is reported yet.")
    mine.update(planned_saving=0)
    assert words(held) == ""


def test_the_scheme_its_programme_and_the_plan_show_where_they_stand(sign_in: SignIn, held: Plan) -> None:
    client = sign_in("viewer")
    for address in ("schemes/PC-03/", "months/?programme=LTC", "months/"):
        page = client.get(f"/10Q/2016-17/finance/{address}").content.decode()
        assert "Net saving</th>" in page, address
        assert re.search(r"months left must save £[\d,]+ to reach the", page), address
        assert "adverse</td>" in page, address
