"""The financial plan as printed, its risks and rules, its scenarios, and how likely the savings are: figures and pages."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from finance.models import BudgetAmount, FinancialRisk, Scheme
from finance.queries import (
    allocations,
    business_rules,
    disagreements,
    risk_register,
    savings_likelihood,
    savings_requirement,
    scenarios,
    scheme_chances,
    scheme_positions,
    statements,
)
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db

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


class TestRisksAndRules:
    def test_the_five_risks_are_28_4_million_and_the_sixth_is_not_quantified(self, ccg: Plan) -> None:
        net = risk_register(ccg).net
        assert (net.gross, net.unquantified) == (D(28_400_000), 1)

    def test_weighted_risk_is_the_sum_of_each_value_times_its_chance(self, ccg: Plan) -> None:
        rows = FinancialRisk.objects.filter(plan=ccg, kind="risk").exclude(value=None)
        assert risk_register(ccg).net.risk == sum(row.value * row.probability / 100 for row in rows)

    def test_savings_and_ring_fence_are_met_over_the_base_that_the_other_implies(self, ccg: Plan) -> None:
        standing = {rule.reference: rule.met for rule in business_rules(ccg)}
        assert standing == {
            "BR-SURPLUS": None,
            "BR-UNCOMMITTED": None,
            "BR-CONTINGENCY": None,
            "BR-CHC": None,
            "BR-RINGFENCE": True,
            "BR-QIPP": True,
        }


class TestScenarios:
    def test_the_base_scenario_gives_the_printed_limits_and_finds_its_surplus(self, pct: Plan) -> None:
        base = scenarios(pct)[0]
        assert [year.limit for year in base.years] == [895_517, 917_905, 940_853]
        assert all(abs(year.surplus - 2_184) <= 1 for year in base.years)

    def test_the_worst_case_needs_more_than_the_base_and_the_best_less(self, pct: Plan) -> None:
        base, best, worst = scenarios(pct)
        assert best.saving_needed <= base.saving_needed < worst.saving_needed


class TestLikelihood:
    def test_the_seven_identified_millions_cannot_reach_a_requirement_of_22_4(self, ccg: Plan) -> None:
        positions = scheme_positions(ccg, ccg.reporting_month, tolerances(ccg))
        requirement = savings_requirement(ccg, positions)
        chances = scheme_chances(ccg, positions, {})
        drawn = savings_likelihood(chances, requirement.requirement.amount)
        assert drawn.reaches == 0
        assert drawn.to_be_found > 13_300_000
        assert drawn.p10 <= drawn.p50 <= drawn.p90

    def test_where_every_scheme_is_certain_the_draws_are_the_forecast(self, ccg: Plan) -> None:
        Scheme.objects.filter(plan=ccg).update(chance=100, least=100, most=100)
        positions = scheme_positions(ccg, ccg.reporting_month, tolerances(ccg))
        chances = scheme_chances(ccg, positions, {})
        drawn = savings_likelihood(chances, D(22_400_000))
        expected = float(sum(one.delivered + one.to_come for one in chances))
        assert drawn.p10 == pytest.approx(expected)
        assert drawn.p90 == pytest.approx(expected)

    def test_a_chance_that_somebody_set_is_used_and_said(self, ccg: Plan) -> None:
        Scheme.objects.filter(plan=ccg, reference="PC-03").update(chance=35)
        positions = scheme_positions(ccg, ccg.reporting_month, tolerances(ccg))
        [one] = [chance for chance in scheme_chances(ccg, positions, {}) if chance.reference == "PC-03"]
        assert (one.chance, one.own) == (35, True)


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


def test_the_likelihood_page_speaks_of_chances_and_of_what_must_be_found(sign_in: Callable[[str], Client]) -> None:
    text = sign_in("viewer").get("/10Q/2016-17/finance/likelihood/").content.decode()
    assert "almost no chance of saving the £22.4m required" in text
    assert "four chances in five" in text
