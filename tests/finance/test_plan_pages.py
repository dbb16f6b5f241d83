"""The financial plan as printed, and what every page of the plan keeps to."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from finance.models import BudgetAmount
from finance.presenters.statements import finding_rows
from finance.queries import allocations, disagreements, statements
from opplan.plans.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]

D = Decimal
PAGES = ("plan", "risks", "model", "likelihood")


class TestPrintedTables:
    def test_the_impact_of_the_initiatives_is_a_net_investment_of_4_475_thousand(self, pct: Plan) -> None:
        total = statements(pct)["impact"].lines[-1]
        assert {column: amount.printed for column, amount in total.amounts.items()} == {
            "gross": D(-39_163_000),
            "efficiency": D(34_688_000),
            "net": D(-4_475_000),
        }
        assert all(amount.out_by == 0 for amount in total.amounts.values())

    def test_two_totals_of_the_strategy_are_out_by_rounding_and_none_by_more(self, pct: Plan) -> None:
        strategy = statements(pct)["strategy"]
        assert [(line.title, column, amount.out_by) for line, column, amount in strategy.rounded] == [
            ("Uplift plus adjustments", "2010-11", D(1000)),
            ("Planned surplus", "2011-12", D(1000)),
        ]
        assert strategy.wrong == []

    def test_capital_and_targets_equal_their_parts(self, pct: Plan) -> None:
        found = statements(pct)
        assert not found["capital"].rounded
        assert not found["capital"].wrong
        assert not found["targets"].wrong

    def test_a_total_that_its_parts_do_not_make_is_found(self, pct: Plan) -> None:
        BudgetAmount.objects.filter(line__reference="CAPITAL-04", column="2010-11").update(amount=2_000_000)
        [(line, column, amount)] = statements(pct)["capital"].wrong
        assert (line.title, column, amount.out_by) == ("Total capital expenditure", "2010-11", D(-843_000))

    def test_a_year_with_two_allocations_is_a_finding(self, ccg: Plan) -> None:
        [finding] = disagreements(ccg, allocations(ccg))
        assert (finding.stated, finding.computed) == (D(49_500_000), D(49_700_000))

    def test_the_gain_that_the_text_claims_is_a_finding(self, pct: Plan) -> None:
        first = disagreements(pct, allocations(pct))[0]
        assert (first.stated, first.computed) == (D(4_000_000), D(-4_475_000))


def test_a_finding_never_shows_the_same_figure_twice(pct: Plan) -> None:
    rows = finding_rows(list(disagreements(pct, allocations(pct))))
    shown = {row.statement: (row.stated, row.computed) for row in rows}
    assert shown["Uplift plus adjustments 2010-11"] == ("£6,659,000", "£6,658,000")
    assert all(stated != computed for stated, computed in shown.values() if "not given" not in (stated, computed))


@pytest.mark.parametrize("plan", ["10Q/2016-17", "5QE/2010-11"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_read_by_the_governing_body_in_a_few_queries(
    page: str, plan: str, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = sign_in("viewer")
    with django_assert_max_num_queries(12):
        answer = client.get(f"/{plan}/finance/{page}/")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000


def test_the_plan_page_says_where_the_document_disagrees_with_itself(sign_in: Callable[[str], Client]) -> None:
    text = sign_in("viewer").get("/5QE/2010-11/finance/plan/").content.decode()
    assert "net investment of £4.5m" in text
    assert "The sign is wrong" in text
