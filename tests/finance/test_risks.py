"""Financial risks against the contingency, and the business rules: figures, the forms that change them, and who may."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from finance.models import BudgetLine, BusinessRule, FinancialRisk
from finance.queries.risks import risk_register
from finance.queries.rules import RuleStanding, business_rules, planned_year
from opplan.calc.risks import net_risk
from opplan.plans.models import Plan

pytestmark = pytest.mark.django_db

D = Decimal
SignIn = Callable[[str], Client]


def address(plan: Plan, page: str = "risks/") -> str:
    return f"/{plan.organisation.code}/{plan.year}/finance/{page}"


def filled(client: Client, url: str) -> dict[str, str]:
    """What the form of the page would send, untouched."""
    answer = client.get(url)
    form = answer.context["form"]
    shown = {field.html_name: field.field.widget.format_value(field.value()) for field in form}
    return {name: str(value) for name, value in shown.items() if value is not None} | {
        "version": str(answer.context["opened"] or "")
    }


def rules_of(plan: Plan) -> dict[str, RuleStanding]:
    return {rule.reference: rule for rule in business_rules(plan, planned_year(plan))}


class TestRegister:
    def test_the_five_risks_are_28_4_million_and_the_sixth_is_not_quantified(self, ccg: Plan) -> None:
        net = risk_register(ccg).net
        assert (net.gross, net.unquantified) == (D(28_400_000), 1)

    def test_the_three_risks_of_2010_11_have_no_value_of_their_own(self, pct: Plan) -> None:
        register = risk_register(pct)
        assert (len(register.risks), register.net.gross, register.net.unquantified) == (3, 0, 3)

    def test_weighted_risk_is_the_sum_of_each_value_times_its_chance(self, ccg: Plan) -> None:
        rows = FinancialRisk.objects.filter(plan=ccg, kind="risk").exclude(value=None)
        assert risk_register(ccg).net.risk == sum(row.value * row.probability / 100 for row in rows)

    def test_the_contingency_is_the_plans_line_and_is_counted_once(self, ccg: Plan) -> None:
        register = risk_register(ccg)
        assert register.net.contingency == planned_year(ccg).contingency == D(4_136_000)
        assert "CN-01" in register.contingency_from
        counted = sum(row.weighted or 0 for row in register.mitigations if not row.is_contingency)
        assert register.net.mitigation == counted == D(3_750_000)
        assert register.net.uncovered == register.net.risk - counted - D(4_136_000)

    def test_without_a_line_the_contingency_is_that_of_the_rule_and_then_of_the_register(self, ccg: Plan) -> None:
        BudgetLine.objects.filter(plan=ccg, kind="contingency").delete()
        assert risk_register(ccg).net.contingency == D(3_750_000)
        BusinessRule.objects.filter(plan=ccg, reference="BR-CONTINGENCY").update(held=2_000_000)
        register = risk_register(ccg)
        assert (register.net.contingency, register.contingency_from) == (2_000_000, "the business rule BR-CONTINGENCY")

    def test_the_worst_case_has_every_valued_risk_in_full_and_the_best_has_none(self) -> None:
        net = net_risk([(D(100), D(50)), (D(40), None), (None, D(20))], [(D(30), D(50))], contingency=D(10))
        best, weighed, worst = net.cases
        assert (best.against_plan, weighed.against_plan, worst.against_plan) == (40, -65, -130)
        assert net.covered == 10

    def test_the_contingency_covers_no_more_than_the_risk_that_is_left(self) -> None:
        assert net_risk([(D(8), D(100))], [], contingency=D(10)).covered == 8
        assert net_risk([(D(8), D(100))], [(D(9), D(100))], contingency=D(10)).covered == 0


class TestRules:
    def test_savings_and_ring_fence_are_met_over_the_base_that_the_other_implies(self, ccg: Plan) -> None:
        rules = rules_of(ccg)
        assert (rules["BR-QIPP"].met, rules["BR-RINGFENCE"].met) == (True, True)
        assert rules["BR-QIPP"].held == D(22_400_000)
        assert rules["BR-CHC"].met is None

    def test_what_the_document_does_not_say_is_read_from_the_plans_lines_which_are_named(self, ccg: Plan) -> None:
        rules, year = rules_of(ccg), planned_year(ccg)
        assert year.recurrent_limit == D(827_224_000)
        contingency = rules["BR-CONTINGENCY"]
        assert (contingency.held, contingency.base) == (year.contingency, year.recurrent_limit)
        assert "(CN-01)" in contingency.held_from
        assert rules["BR-UNCOMMITTED"].held == D(8_272_000)
        assert rules["BR-SURPLUS"].held == year.surplus
        assert all(rules[name].met for name in ("BR-CONTINGENCY", "BR-UNCOMMITTED", "BR-SURPLUS"))

    def test_what_a_person_says_is_held_goes_before_the_lines_and_needs_a_reason_and_a_source(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        client, url = sign_in("finance_lead"), address(ccg, "rules/BR-CONTINGENCY/")
        said = filled(client, url) | {"held": "3,500", "source": "Return of May"}
        assert "Say why" in client.post(url, said).content.decode()
        assert client.post(url, said | {"why": "Part of it is spent"}).status_code == 302
        rule = rules_of(ccg)["BR-CONTINGENCY"]
        assert (rule.held, rule.source, rule.met, rule.held_from) == (D(3_500_000), "Return of May", False, "")
        text = client.get(address(ccg)).content.decode()
        assert "Part of it is spent" in text
        assert "£636,120 short" in text

    @pytest.mark.parametrize(
        ("typed", "field", "said"),
        [
            ({"base": "0", "base_name": "x"}, "base", "above nought"),
            ({"base": "1000", "base_name": ""}, "base_name", "Name the figure"),
            ({"held": "4,1.36"}, "held", "not a number"),
            ({"held": "1e308"}, "held", "not a number"),
            ({"held": "1", "source": " "}, "source", "where the figures come from"),
            ({"held": "1", "source": "s" * 500}, "source", "at most 300"),
        ],
    )
    def test_what_cannot_be_held_is_refused_in_its_field(
        self, ccg: Plan, sign_in: SignIn, typed: dict[str, str], field: str, said: str
    ) -> None:
        client, url = sign_in("finance_lead"), address(ccg, "rules/BR-CONTINGENCY/")
        answer = client.post(url, filled(client, url) | typed | {"why": "x"})
        assert answer.status_code == 422
        assert said in " ".join(answer.context["form"].errors[field])

    def test_the_two_figures_for_growth_stand_as_a_finding(self, ccg: Plan, sign_in: SignIn) -> None:
        text = sign_in("viewer").get(address(ccg)).content.decode()
        assert "£49.5m in one place, £49.7m in another" in text


class TestChanging:
    def test_a_risk_is_added_under_the_next_reference_and_counts(self, ccg: Plan, sign_in: SignIn) -> None:
        before = risk_register(ccg).net.risk
        typed = {
            "kind": "risk",
            "title": "Winter pressures",
            "value": "1,200",
            "probability": "25",
            "owner": "Urgent care lead",
        }
        answer = sign_in("finance_lead").post(address(ccg, "risks/add/"), typed)
        assert answer.status_code == 302
        row = FinancialRisk.objects.get(plan=ccg, title="Winter pressures")
        assert (row.reference, row.value, row.basis, row.probability_basis) == (
            "FR-13",
            1_200_000,
            "entered",
            "entered",
        )
        assert risk_register(ccg).net.risk == before + 300_000

    def test_a_risk_without_a_value_may_be_added(self, ccg: Plan, sign_in: SignIn) -> None:
        before = risk_register(ccg).net
        sign_in("finance_lead").post(address(ccg, "risks/add/"), {"kind": "risk", "title": "A new court ruling"})
        after = risk_register(ccg).net
        assert (after.unquantified, after.risk) == (before.unquantified + 1, before.risk)

    def test_a_new_value_needs_a_reason_and_words_do_not(self, ccg: Plan, sign_in: SignIn) -> None:
        client, url = sign_in("finance_lead"), address(ccg, "risks/FR-04/")
        sent = filled(client, url)
        assert sent["value"] == "2000"
        assert client.post(url, sent | {"owner": "Medicines lead"}).status_code == 302
        sent = filled(client, url)
        answer = client.post(url, sent | {"value": "2500"})
        assert answer.status_code == 422
        assert "Say why" in answer.content.decode()
        assert client.post(url, sent | {"value": "2500", "why": "Prices rose"}).status_code == 302
        text = client.get(url).content.decode()
        assert "Prices rose" in text
        assert "2000000" in text

    def test_the_same_value_changed_by_two_people_is_for_the_second_to_choose(self, ccg: Plan, sign_in: SignIn) -> None:
        one, other, url = sign_in("finance_lead"), sign_in("programme_office"), address(ccg, "risks/FR-04/")
        mine, theirs = filled(one, url), filled(other, url)
        assert other.post(url, theirs | {"value": "2100", "why": "x"}).status_code == 302
        sent = mine | {"value": "2300", "why": "y"}
        answer = one.post(url, sent)
        assert answer.status_code == 409
        [seen] = set(re.findall(r'value="mine (\d+)"', answer.content.decode()))
        assert one.post(url, sent | {"choose": f"mine {seen}"}).status_code == 302
        assert FinancialRisk.objects.get(plan=ccg, reference="FR-04").value == 2_300_000

    def test_what_another_saved_is_shown_in_thousands_beside_a_conflict(self, ccg: Plan, sign_in: SignIn) -> None:
        one, other, url = sign_in("finance_lead"), sign_in("programme_office"), address(ccg, "risks/FR-04/")
        mine, theirs = filled(one, url), filled(other, url)
        other.post(url, theirs | {"value": "2100", "title": "Prescribing", "why": "x"})
        answer = one.post(url, mine | {"title": "Prescribing costs", "why": "y"})
        assert answer.status_code == 409
        assert 'name="value" value="2100"' in answer.content.decode()

    def test_a_closed_risk_stays_in_the_register_counts_for_nothing_and_opens_again(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        client, url = sign_in("finance_lead"), address(ccg, "risks/FR-01/close/")
        assert client.post(url, {"closed": "30/09/2016", "why": ""}).status_code == 422
        assert client.post(url, {"closed": "30/09/2036", "why": "x"}).status_code == 422
        assert client.post(url, {"closed": "30/09/2016", "why": "Both contracts share risk"}).status_code == 302
        register = risk_register(ccg)
        assert register.net.gross == D(13_400_000)
        assert [(row.reference, row.closed) for row in register.closed] == [("FR-01", date(2016, 9, 30))]
        text = client.get(address(ccg)).content.decode()
        assert "Both contracts share risk" in text
        assert client.get(address(ccg, "risks/FR-01/")).status_code == 302
        assert client.post(url, filled(client, url) | {"why": "The second was not signed"}).status_code == 302
        assert risk_register(ccg).net.gross == D(28_400_000)

    @pytest.mark.parametrize(
        ("typed", "field", "said"),
        [
            ({"title": ""}, "title", "Say what could happen"),
            ({"title": "t" * 500}, "title", "at most 150"),
            ({"title": "a\x00b"}, "title", "invisible character"),
            ({"value": "two million"}, "value", "not a number"),
            ({"value": "1e308"}, "value", "not a number"),
            ({"value": "-5"}, "value", "below nought"),
            ({"probability": "120"}, "probability", "between 0 and 100"),
            ({"probability": "12.55"}, "probability", "too many decimals"),
            ({"kind": "cake"}, "kind", "not in the list"),
        ],
    )
    def test_bad_input_is_refused_in_its_field_and_nothing_typed_is_lost(
        self, ccg: Plan, sign_in: SignIn, typed: dict[str, str], field: str, said: str
    ) -> None:
        sent = {"kind": "risk", "title": "Winter", "owner": "Urgent care lead"} | typed
        answer = sign_in("finance_lead").post(address(ccg, "risks/add/"), sent)
        assert answer.status_code == 422
        form = answer.context["form"]
        assert said in " ".join(form.errors[field])
        assert form["owner"].value() == "Urgent care lead"


class TestPages:
    def test_the_page_says_how_much_of_the_net_risk_the_contingency_covers(self, ccg: Plan, sign_in: SignIn) -> None:
        text = sign_in("viewer").get(address(ccg)).content.decode()
        assert "the contingency covers £4.1m of it" in text
        assert "read from the plan’s line" in text

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_edit_the_plan_reads_and_finds_no_form(self, ccg: Plan, sign_in: SignIn, role: str) -> None:
        client = sign_in(role)
        assert "Add a risk" not in client.get(address(ccg)).content.decode()
        for page in ("risks/add/", "risks/FR-01/", "risks/FR-01/close/", "rules/BR-CONTINGENCY/"):
            assert client.get(address(ccg, page)).status_code == 404
            assert client.post(address(ccg, page), {"title": "x", "why": "y"}).status_code == 404

    def test_the_register_downloads_with_its_sources(self, ccg: Plan, sign_in: SignIn) -> None:
        text = sign_in("viewer").get(address(ccg), {"download": "csv"}).content.decode()
        assert (
            "FR-01,risk,Contracts with the two main providers do not share risk evenly,Contracts,15000000.00,50.0,7500000"
            in text
        )

    def test_the_page_asks_for_as_many_queries_however_long_the_register_is(
        self, ccg: Plan, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        FinancialRisk.objects.bulk_create(
            FinancialRisk(plan=ccg, reference=f"FR-{number}", title="More", value=1, probability=1)
            for number in range(20, 60)
        )
        client = sign_in("viewer")
        with django_assert_max_num_queries(15):
            assert len(client.get(address(ccg)).content) < 100_000
