"""What a scheme's forecast follows: one rule from the scheme's page to the workbook, overridden month by month with a reason."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from finance.actions.forecasts import follow_rule
from finance.models import Scheme, SchemeMonth
from finance.queries import SchemePosition, savings_by_month, savings_requirement, scheme_positions, schemes_of
from finance.queries.likelihood import scheme_chances
from opplan.accounts.models import User
from opplan.calc.rag import Rating
from opplan.calc.savings import Forecast
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Conflict, Version
from tests.finance.test_pages import boxes, text

pytestmark = pytest.mark.django_db
SEP, OCT = date(2016, 9, 1), date(2016, 10, 1)
PAGE = "/10Q/2016-17/finance/schemes/PC-03/"
RULE = f"{PAGE}forecast/"
SignIn = Callable[[str], Client]
Person = Callable[[str], User]


@pytest.fixture
def scheme(ccg: Plan) -> Scheme:
    """PC-03 with four months reported of six, and no forecast of its own."""
    row = Scheme.objects.select_related("plan").get(plan=ccg, reference="PC-03")
    SchemeMonth.objects.filter(scheme=row).update(planned_saving=40_000, actual_saving=None, forecast_saving=None)
    for month, saved in ((4, 10_000), (5, 20_000), (6, 30_000), (9, 40_000)):
        SchemeMonth.objects.filter(scheme=row, month=date(2016, month, 1)).update(actual_saving=saved)
    return row


def position(scheme: Scheme) -> SchemePosition:
    part = schemes_of(scheme.plan).filter(pk=scheme.pk)
    (one,) = scheme_positions(scheme.plan, SEP, tolerances(scheme.plan), part)
    return one


def follow(scheme: Scheme, rule: str, **more: Any) -> None:
    Scheme.objects.filter(pk=scheme.pk).update(forecast_default=rule, **more)


@pytest.mark.parametrize(
    ("rule", "year", "on_trust"),
    [("plan", 100_000 + 8 * 40_000, 80_000), ("run_rate", 100_000 + 8 * 25_000, 50_000),
     ("risk_adjusted", 100_000 + 8 * 10_000, 20_000)],
)  # fmt: skip
def test_the_year_adds_what_is_saved_and_what_the_rule_gives_the_rest(
    scheme: Scheme, rule: str, year: int, on_trust: int
) -> None:
    follow(scheme, rule, chance=25)
    found = position(scheme).position
    assert (found.forecast_year, found.on_trust) == (year, on_trust)
    months = savings_by_month(scheme.plan, "PC-03", month=SEP)
    assert sum(one.expected_saving or 0 for one in months) == year
    assert found.if_delivered == (420_000 if rule == "risk_adjusted" else year)


def test_a_forecast_of_its_own_goes_before_the_rule(scheme: Scheme) -> None:
    follow(scheme, "run_rate")
    SchemeMonth.objects.filter(scheme=scheme, month=OCT).update(forecast_saving=5_000)
    assert position(scheme).position.forecast_year == 100_000 + 7 * 25_000 + 5_000


def test_a_chance_that_nobody_gives_is_that_of_the_rating_on_plan(scheme: Scheme) -> None:
    SchemeMonth.objects.filter(scheme=scheme, month__lte=SEP).update(actual_saving=40_000)
    assert position(scheme).judgement.rating == Rating.GREEN
    follow(scheme, "risk_adjusted")
    found = position(scheme)
    assert found.chance == 90
    assert found.position.forecast_year == 240_000 + 6 * 36_000
    months = savings_by_month(scheme.plan, "PC-03", month=SEP)
    assert {one.default_saving for one in months} == {Decimal(36_000)}


def test_what_is_weighed_by_its_chance_is_not_weighed_again_in_how_likely_it_is(scheme: Scheme) -> None:
    follow(scheme, "risk_adjusted", chance=25)
    (one,) = scheme_chances(scheme.plan, [position(scheme)], {})
    assert (one.delivered, one.to_come, one.chance) == (100_000, 320_000, 25)


def test_nobodys_plan_is_no_forecast_whatever_the_rule(ccg: Plan) -> None:
    row = Scheme.objects.select_related("plan").get(plan=ccg, reference="UNID")
    follow(row, "risk_adjusted")
    assert position(row).position.forecast_year is None


@pytest.mark.parametrize("rule", list(Forecast))
def test_the_requirement_still_adds_up_whatever_the_forecasts_follow(ccg: Plan, rule: Forecast) -> None:
    Scheme.objects.filter(plan=ccg).update(forecast_default=rule)
    found = savings_requirement(ccg, scheme_positions(ccg, SEP, tolerances(ccg)))
    assert found is not None
    assert found.requirement.unidentified == 13_300_000


def test_months_take_two_queries_more_for_chances_that_follow_from_ratings_however_many(
    ccg: Plan, django_assert_max_num_queries: Any
) -> None:
    Scheme.objects.filter(plan=ccg).update(forecast_default="risk_adjusted")
    with django_assert_max_num_queries(2):
        savings_by_month(ccg)


# Choosing the rule ------------------------------------------------------------


def test_another_rule_is_chosen_with_a_reason_that_the_page_shows(sign_in: SignIn, scheme: Scheme) -> None:
    client = sign_in("finance_lead")
    page = text(client.get(RULE))
    assert "It follows the plan of the months that remain: the year is forecast at £420,000." in page
    assert "The run rate to date would make it £300,000" in page
    sent = boxes(client.get(RULE)) | {"forecast_default": "run_rate"}
    refused = client.post(RULE, sent)
    assert refused.status_code == 422
    assert "Say why." in text(refused)
    answer = text(client.post(RULE, sent | {"why": "Slower than planned"}, follow=True))
    assert "£25,000 in each month with a planned saving" in answer
    assert "Chosen by Finance lead" in answer
    assert "Slower than planned" in answer


def test_a_choice_made_meanwhile_is_not_overwritten(scheme: Scheme, person: Person) -> None:
    by, opened = person("finance_lead"), Version.of(scheme)
    follow_rule(scheme, rule="run_rate", by=by, why="Slower", version=opened)
    with pytest.raises(Conflict):
        follow_rule(scheme, rule="risk_adjusted", by=by, why="Unsure", version=opened)
    with pytest.raises(ValidationError, match="follows the plan"):
        follow_rule(scheme, rule="hope", by=by, why="x", version=Version.of(scheme))


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_who_may_not_record_does_not_choose(sign_in: SignIn, role: str) -> None:
    assert sign_in(role).get(RULE).status_code == 404


def test_what_nobody_delivers_has_no_rule_to_choose(sign_in: SignIn) -> None:
    assert sign_in("finance_lead").get("/10Q/2016-17/finance/schemes/UNID/forecast/").status_code == 404


def test_an_own_forecast_needs_a_reason_and_shows_who_and_why(sign_in: SignIn, scheme: Scheme) -> None:
    client, box = sign_in("commissioner"), "PC-03_forecast_2016-10"
    sent = boxes(client.get(PAGE)) | {box: "12"}
    refused = client.post(PAGE, sent)
    assert refused.status_code == 422
    assert "October 2016: a forecast of its own needs a reason." in text(refused)
    page = text(client.post(PAGE, sent | {"reason": "Two practices have left"}, follow=True))
    own = page[page.index("Months with a forecast of their own <small>") :]
    assert re.search(
        r">12</td><td [^>]*>40</td><td [^>]*>Urgent care lead, [^<]+</td><td [^>]*>Two practices have left<", own
    )
