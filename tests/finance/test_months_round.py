"""The monthly round: who still owes the month, who is reminded of what, and who has reported."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from finance.actions.savings import SavingChange, record_savings
from finance.models import Scheme, SchemeMonth
from opplan.accounts.models import User
from opplan.plans.models import Plan
from tests.finance.test_pages import text

pytestmark = pytest.mark.django_db
SEP = date(2016, 9, 1)
ROOM = "/10Q/2016-17/finance/"
ROUND, MONTHS = f"{ROOM}round/", f"{ROOM}months/"
SignIn = Callable[[str], Client]
Person = Callable[[str], User]


def owing(plan: Plan) -> list[SchemeMonth]:
    found = SchemeMonth.objects.filter(
        scheme__plan=plan,
        month=SEP,
        planned_saving__gt=0,
        actual_saving=None,
        scheme__state__in=["identified", "earmarked"],
    )
    return list(found.select_related("scheme"))


def test_the_round_opens_with_who_owes_how_much_plan(sign_in: SignIn, ccg: Plan) -> None:
    waiting = owing(ccg)
    page = text(sign_in("viewer").get(ROUND))
    told = SchemeMonth.objects.filter(scheme__plan=ccg, month=SEP, actual_saving__isnull=False).count()
    assert f"{len(waiting)} of {len(waiting) + told} schemes still owe" in page
    pounds = sum(one.planned_saving or 0 for one in waiting)
    assert f"£{pounds:,.0f} of plan without word" in page
    for one in waiting:
        link = f"{ROOM}schemes/{one.scheme.reference}/#{one.scheme.reference}_actual_2016-09"
        assert page.count(f'href="{link}"') == 1
    assert "September 2016 ended on 30\u00a0September 2016." in page
    assert "UNID" not in page


def test_each_owner_has_one_line_to_copy_that_names_their_schemes(sign_in: SignIn, ccg: Plan) -> None:
    Scheme.objects.filter(plan=ccg).update(owner="Urgent care lead")
    page = text(sign_in("programme_office").get(ROUND))
    reminders = page[page.index("readonly>") + 9 : page.index("</textarea>")].splitlines()
    assert len(reminders) == 1
    assert reminders[0].startswith("Urgent care lead: September 2016 is not reported for ")
    assert all(one.scheme.reference in reminders[0] for one in owing(ccg))


def test_who_reported_and_when_is_told(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    one = owing(ccg)[0]
    change = SavingChange(one.scheme.reference, SEP, "actual_saving", None, Decimal(1_000))
    record_savings(ccg, [change], by=person("finance_lead"), why="")
    page = text(sign_in("viewer").get(ROUND))
    told = page[page.index('id="h-told"') :]
    assert one.scheme.title in told
    assert "Finance lead, " in told
    assert "Loaded with the plan, " in told
    assert "not stated" in told


def test_the_download_holds_what_is_owed_first(sign_in: SignIn, ccg: Plan) -> None:
    response = sign_in("viewer").get(f"{ROUND}?download=csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    waiting = owing(ccg)
    assert {row["Reference"] for row in rows[: len(waiting)]} == {one.scheme.reference for one in waiting}
    assert all(not row["Actual, £"] and int(row["Days since the month ended"]) > 0 for row in rows[: len(waiting)])
    assert all(row["Actual, £"] and row["Reported by"] for row in rows[len(waiting) :])


def test_a_month_that_all_have_reported_owes_nothing(sign_in: SignIn, ccg: Plan) -> None:
    SchemeMonth.objects.filter(scheme__plan=ccg, month=SEP, actual_saving=None).update(actual_saving=1_000)
    page = text(sign_in("viewer").get(ROUND))
    assert "have reported September 2016</h1>" in page
    assert "Reminders" not in page


def test_a_plan_of_which_nothing_is_reported_owes_everything(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get("/5QE/2010-11/finance/round/"))
    assert "still owe April 2010" in page
    assert "Nobody has reported April 2010 yet." in page


def test_the_months_of_the_plan_say_what_each_programme_must_save_a_month(sign_in: SignIn) -> None:
    page = text(sign_in("viewer").get(MONTHS))
    assert "Needed a month" in page
    assert "Each of the 6 months left must save £" in page
    assert "favourable" in page or "adverse" in page


@pytest.mark.parametrize("address", [ROUND, MONTHS, f"{MONTHS}?programme=LTC"])
def test_a_page_asks_the_same_of_the_database_however_many_schemes(
    sign_in: SignIn, ccg: Plan, address: str, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("administrator")
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    initiative = Scheme.objects.get(plan=ccg, reference="PC-03").initiative_id
    for at in range(12):
        scheme = Scheme.objects.create(
            plan=ccg, reference=f"ZZ-{at:02}", title=f"Made {at}", state="identified", initiative_id=initiative
        )
        SchemeMonth.objects.create(scheme=scheme, month=SEP, planned_saving=1000)
    with django_assert_max_num_queries(len(few)):
        response = client.get(address)
    assert len(response.content) < 100_000
