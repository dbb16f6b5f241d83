"""Capital: the programme as printed and the schemes that it pays for; the tables of 2010-11 on pages of their own."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from finance.actions.capital import add_capital_scheme, change_capital_scheme
from finance.models import BudgetAmount, CapitalScheme
from finance.queries.capital import capital_schemes, find_capital_scheme, funded
from finance.queries.statements import growth_bases, statements
from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.versions import Version

pytestmark = pytest.mark.django_db

D = Decimal
VALUES = {"title": "Theatre", "group": "", "year": "2010-11", "amount": D(1000), "owner": "Estates lead", "note": ""}


def test_schemes_are_the_programme_of_the_year_to_the_pound(pct: Plan) -> None:
    programme = statements(pct, "capital")["capital"]
    found = funded(programme, capital_schemes(pct))
    assert {one.group: one.named for one in found} == {
        "Enhancements": D(456_000),
        "General schemes": D(2_464_000),
        "IT schemes": D(1_157_000),
        "Capital grants": D(1_378_000),
    }
    assert [one.left for one in found] == [0, 0, 0, 0]
    assert sum(one.named for one in found) == D(5_455_000)


def test_a_part_of_a_scheme_is_not_counted_twice(pct: Plan) -> None:
    [it] = [one for one in funded(statements(pct)["capital"], capital_schemes(pct)) if one.group == "IT schemes"]
    assert len(it.schemes) == 3
    assert it.named == D(1_157_000)


def test_a_scheme_without_a_line_of_the_programme_is_shown_by_itself(pct: Plan, person: Callable[[str], User]) -> None:
    row = add_capital_scheme(pct, values=VALUES, by=person("finance_lead"), why="Business case agreed")
    last = funded(statements(pct)["capital"], capital_schemes(pct))[-1]
    assert (row.reference, last.group, last.programme, last.left) == ("CAP-01", "", None, None)


def test_money_for_capital_needs_a_reason(pct: Plan, person: Callable[[str], User]) -> None:
    with pytest.raises(ValidationError):
        add_capital_scheme(pct, values=VALUES, by=person("finance_lead"), why="")
    row = find_capital_scheme(pct, "CAP-GEN")
    assert row is not None
    values = {name: getattr(row, name) for name in VALUES} | {"amount": D(2_000_000)}
    with pytest.raises(ValidationError):
        change_capital_scheme(row, values=values, by=person("finance_lead"), why="", version=Version.of(row))


def test_growth_of_2010_11_is_5_1_per_cent_of_one_base_and_4_9_of_the_other(pct: Plan) -> None:
    first = growth_bases(statements(pct, "strategy")["strategy"])[0]
    assert (first.growth, first.limit, first.printed) == (D(42_727_000), D(873_675_000), D("5.1"))
    assert first.of_opening is not None
    assert (round(first.of_opening, 1), round(first.of_limit, 1)) == (D("5.1"), D("4.9"))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("plan/strategy/", "Uplift plus adjustments, 2010/11: printed 6,659, its parts add to 6,658: rounding."),
        ("plan/impact/", "a net investment of £4.5m"),
        ("plan/impact/", "The sign is wrong"),
        ("plan/targets/", "Gross savings of £117.7m are set locally, £19.1m more than the region’s £98.6m"),
        ("capital/", "Capital of £5.5m in 2010/11, all of it for named schemes"),
        ("capital/", "The allocation expected is £145,000 more than the programme"),
        ("plan/strategy/", "Prescribing national efficiency"),
    ],
)
def test_each_table_of_2010_11_has_a_page_with_what_was_found_in_it(
    page: str, said: str, sign_in: Callable[[str], Client]
) -> None:
    answer = sign_in("viewer").get(f"/5QE/2010-11/finance/{page}")
    assert said in answer.content.decode()
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("page", ["plan/strategy/", "plan/impact/", "plan/targets/", "capital/"])
def test_a_plan_whose_document_gives_no_such_table_says_so(page: str, sign_in: Callable[[str], Client]) -> None:
    text = sign_in("viewer").get(f"/10Q/2016-17/finance/{page}").content.decode()
    assert "the plan document gives none" in text


def test_a_total_that_its_parts_do_not_make_is_told_on_the_page(sign_in: Callable[[str], Client]) -> None:
    BudgetAmount.objects.filter(line__reference="CAPITAL-04", column="2010-11").update(amount=2_000_000)
    text = sign_in("viewer").get("/5QE/2010-11/finance/capital/").content.decode()
    assert "printed 5,455, its parts add to 6,298: more than rounding explains" in text


@pytest.mark.parametrize("page", ["plan/strategy/", "plan/impact/", "plan/targets/", "capital/"])
def test_a_table_is_downloaded_in_full_pounds_with_its_totals_added_again(
    page: str, sign_in: Callable[[str], Client]
) -> None:
    answer = sign_in("viewer").get(f"/5QE/2010-11/finance/{page}?download=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "added again (GBP)" in answer.content.decode()


def test_the_finance_lead_adds_a_capital_scheme_and_a_bad_amount_is_quoted(
    sign_in: Callable[[str], Client], pct: Plan
) -> None:
    client, page = sign_in("finance_lead"), "/5QE/2010-11/finance/capital/add/"
    sent = {"title": "Boilers", "group": "Enhancements", "year": "2011-12", "amount": "12O,000", "why": "Agreed"}
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert "did you mean 120000?" in refused.content.decode()
    assert client.post(page, sent | {"amount": "120,000"}).status_code == 302
    assert CapitalScheme.objects.get(plan=pct, title="Boilers").amount == D(120_000)
    assert sign_in("viewer").get(page).status_code == 404
