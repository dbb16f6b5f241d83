"""A scheme's year is phased, or moved with its start, only as it was seen and with a reason; months and what is carried make the year."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.models import Scheme, SchemeMonth
from finance.queries import savings_by_month, savings_requirement, scheme_positions
from finance.queries.phasing import moved_year, phased_year
from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from tests.finance.test_pages import boxes, text

pytestmark = pytest.mark.django_db
SEP = date(2016, 9, 1)
PAGE = "/10Q/2016-17/finance/schemes/PC-03/"
PHASING, START = f"{PAGE}phasing/", f"{PAGE}start/"
SignIn = Callable[[str], Client]
Person = Callable[[str], User]


def months() -> dict[date, SchemeMonth]:
    return {
        row.month: row for row in SchemeMonth.objects.filter(scheme__plan__year="2016-17", scheme__reference="PC-03")
    }


def planned_year(figure: str = "planned_saving") -> Decimal:
    return SchemeMonth.objects.filter(scheme__plan__year="2016-17", scheme__reference="PC-03").aggregate(Sum(figure))[
        f"{figure}__sum"
    ]


# Phasing ----------------------------------------------------------------------


def test_a_phasing_is_shown_before_it_is_applied_and_closed_months_keep_theirs(sign_in: SignIn) -> None:
    client, address = sign_in("finance_lead"), f"{PHASING}?of=planned_saving&how=even&year=600000"
    before = months()
    page = client.get(address)
    assert "April 2016 to August 2016 are closed and keep £" in text(page)
    assert months()[SEP].planned_saving == before[SEP].planned_saving
    refused = client.post(address, boxes(page))
    assert refused.status_code == 422
    assert "Say why." in text(refused)
    answer = client.post(address, boxes(page) | {"why": "Agreed with the practices"}, follow=True)
    assert "Applied: 7 months changed." in text(answer)
    after = months()
    assert planned_year() == 600_000
    assert [after[month].planned_saving for month in sorted(after)[:5]] == [
        before[month].planned_saving for month in sorted(before)[:5]
    ]
    assert after[SEP].planned_basis == "entered"


def test_what_was_changed_after_the_preview_is_not_overwritten(sign_in: SignIn) -> None:
    client, address = sign_in("finance_lead"), f"{PHASING}?of=planned_saving&how=even&year=600000"
    sent = boxes(client.get(address)) | {"why": "Agreed"}
    SchemeMonth.objects.filter(scheme__reference="PC-03", month=SEP).update(planned_saving=1)
    response = client.post(address, sent)
    assert response.status_code == 409
    assert "what you saw has changed" in text(response)
    assert months()[SEP].planned_saving == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("of=planned_saving&how=even&year=lots", "“lots” is not a number"),
        ("of=planned_saving&how=even&year=1e308", "“1e308” is not a number"),
        ("of=planned_saving&how=even&year=-5", "below nought"),
        ("of=planned_saving&how=even&year=5", "hold more than the year"),
        ("of=planned_saving&how=last_year&year=600000", "no actual of PC-03 is held for the year before"),
        ("of=planned_saving&how=own&year=600000&share_2016-09=99", "add up to 99, not 100"),
        ("of=planned_saving&how=magic&year=600000", "magic"),
    ],
)
def test_what_cannot_be_phased_is_refused_in_words(sign_in: SignIn, query: str, said: str) -> None:
    page = text(sign_in("finance_lead").get(f"{PHASING}?{query}"))
    assert said in page
    assert "Apply to the open months" not in page


def test_last_years_shape_is_that_of_the_scheme_of_the_same_reference(ccg: Plan) -> None:
    last = Plan.objects.create(organisation=ccg.organisation, year="2015-16", round="2015-16")
    earlier = Scheme.objects.create(plan=last, reference="PC-03", title="Prescribing switches", state="identified")
    for at, month in enumerate(last.months):
        SchemeMonth.objects.create(scheme=earlier, month=month, actual_saving=100 * at)
    scheme = Scheme.objects.select_related("plan").get(plan=ccg, reference="PC-03")
    found = phased_year(
        scheme, {}, figure="planned_saving", how="last_year", year=Decimal(66_000), percentages=[], closed=[]
    )
    assert [one.then for one in found.months] == [1_000 * at for at in range(12)]


def test_nothing_is_planned_before_the_scheme_starts(ccg: Plan) -> None:
    scheme = Scheme.objects.select_related("plan").get(plan=ccg, reference="PC-03")
    scheme.start_month = date(2016, 7, 1)
    found = phased_year(scheme, {}, figure="planned_saving", how="even", year=Decimal(900), percentages=[], closed=[])
    assert [one.then for one in found.months] == [0] * 3 + [100] * 9


@pytest.mark.parametrize("how", ["even", "working_days", "winter"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(year=st.decimals(min_value=0, max_value=10**8, places=2), start=st.integers(0, 11))
def test_a_phased_year_always_sums_to_the_year(ccg: Plan, how: str, year: Decimal, start: int) -> None:
    scheme = Scheme(plan=ccg, reference="ZZ", start_month=ccg.months[start])
    found = phased_year(scheme, {}, figure="planned_saving", how=how, year=year, percentages=[], closed=[])
    assert found.then == year


# A start that slips -------------------------------------------------------------


def test_a_later_start_is_proposed_and_written_only_when_it_is_accepted(sign_in: SignIn, ccg: Plan) -> None:
    client, address = sign_in("finance_lead"), f"{START}?start=2016-07"
    begins = Scheme.objects.get(plan=ccg, reference="PC-03").start_month
    before, year = months(), planned_year()
    page = client.get(address)
    assert "3 months later: £" in text(page)
    assert "would be lost this year and carried to 2017/18." in text(page)
    assert months()[SEP].planned_saving == before[SEP].planned_saving
    client.post(address, boxes(page) | {"why": "Recruitment took longer"})
    after = months()
    moved = Scheme.objects.get(plan=ccg, reference="PC-03")
    assert moved.start_month == date(2016, 7, 1) != begins
    assert after[date(2016, 12, 1)].planned_saving == before[SEP].planned_saving
    assert after[SEP].planned_saving == 0
    lost = sum(before[month].planned_saving for month in sorted(before)[-3:])
    assert planned_year() == year - lost
    assert moved.history.latest().history_change_reason == "Recruitment took longer"


def test_a_start_that_somebody_moved_meanwhile_is_not_overwritten(sign_in: SignIn, ccg: Plan) -> None:
    client, address = sign_in("finance_lead"), f"{START}?start=2016-07"
    sent = boxes(client.get(address)) | {"why": "Late"}
    Scheme.objects.filter(plan=ccg, reference="PC-03").update(start_month=date(2016, 5, 1))
    assert client.post(address, sent).status_code == 409


@pytest.mark.parametrize("query", ["start=2018-01", "start=x", "start="])
def test_a_month_outside_the_year_is_no_start(sign_in: SignIn, query: str) -> None:
    page = sign_in("finance_lead").get(f"{START}?{query}")
    assert page.status_code == 200
    assert "Accept the moved months" not in text(page)


def test_an_earlier_start_into_closed_months_is_refused_in_words(sign_in: SignIn, ccg: Plan) -> None:
    Scheme.objects.filter(plan=ccg, reference="PC-03").update(start_month=date(2016, 10, 1))
    page = text(sign_in("finance_lead").get(f"{START}?start=2016-08"))
    assert "An earlier start would plan a saving in a month that is closed" in page


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.integers(0, 13), closed=st.sets(st.integers(0, 11)))
def test_what_is_moved_and_what_is_carried_make_the_year(ccg: Plan, steps: int, closed: set[int]) -> None:
    scheme = Scheme.objects.select_related("plan").get(plan=ccg, reference="PC-03")
    held = {one.month: one for one in savings_by_month(ccg, "PC-03")}
    shut = {ccg.months[at] for at in closed}
    found = moved_year(scheme, held, figure="planned_saving", steps=steps, closed=shut)
    assert found.then + found.carried == found.now


def test_the_requirement_still_adds_up_after_a_start_has_slipped(sign_in: SignIn, ccg: Plan) -> None:
    client, address = sign_in("finance_lead"), f"{START}?start=2016-12"
    client.post(address, boxes(client.get(address)) | {"why": "Recruitment took longer"})
    found = savings_requirement(ccg, scheme_positions(ccg, SEP, tolerances(ccg)))
    assert found is not None
    required = found.requirement
    assert required.delivered + required.identified + required.earmarked + required.unidentified == 22_400_000
    assert required.unidentified > 13_300_000


@pytest.mark.parametrize("address", [PHASING, START])
@pytest.mark.parametrize(("role", "status"), [("viewer", 404), ("commissioner", 404), ("analyst", 200)])
def test_who_may_not_plan_finds_no_such_page(sign_in: SignIn, address: str, role: str, status: int) -> None:
    assert sign_in(role).get(address).status_code == status
    assert sign_in(role).post(address, {"why": "x"}).status_code == 404


def test_neither_page_grows_with_the_plan(sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    client = sign_in("finance_lead")
    for address in (f"{PHASING}?of=planned_saving&how=even&year=600000", f"{START}?start=2016-12"):
        with django_assert_max_num_queries(14):
            assert len(client.get(address).content) < 100_000
