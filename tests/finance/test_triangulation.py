"""Triangulation: money, activity and contracts of one plan compared pair by pair."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from activity.models import Impact, ImpactMonth, LineBuild, Reading
from finance.models import BudgetAmount, Contract, Scheme, SchemeMonth
from finance.queries.triangulation import RULES, Check, triangulation
from opplan.accounts.models import User
from opplan.calc.rag import Rating, Tolerance
from opplan.calc.triangulation import Distance, Must, at_a_price, compared
from opplan.plans.actions import set_tolerance
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

D = Decimal
PAGE = "/10Q/2016-17/finance/triangulation/"
ONE = Tolerance(D(1), D(5))


def checks(plan: Plan, code: str) -> list[Check]:
    return [one for one in triangulation(plan, tolerances(plan)).checks if one.rule.code == code]


class TestComparing:
    @given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
    def test_two_figures_are_as_far_apart_either_way_round_in_pounds(self, one: Decimal, other: Decimal) -> None:
        there, back = (compared(*pair, ONE, Distance.THOUSANDS) for pair in ((one, other), (other, one)))
        assert there.distance == back.distance
        assert there.agrees == (abs(one - other) <= 1000)

    def test_what_must_be_within_may_be_any_amount_below(self) -> None:
        assert compared(D(1), D(10**9), ONE, Distance.THOUSANDS, Must.BE_WITHIN).agrees
        assert compared(D(1_001_001), D(1_000_000), ONE, Distance.THOUSANDS, Must.BE_WITHIN).rating == Rating.AMBER
        assert compared(D(1_006_000), D(1_000_000), ONE, Distance.THOUSANDS, Must.BE_WITHIN).rating == Rating.RED

    def test_a_missing_figure_is_no_nought(self) -> None:
        assert not compared(None, D(0), ONE, Distance.PER_CENT).can_be_told
        assert not compared(D(0), None, ONE, Distance.PER_CENT).can_be_told

    def test_anything_beside_nought_disagrees_in_per_cent(self) -> None:
        assert compared(D(0), D(0), ONE, Distance.PER_CENT).agrees
        assert compared(D("0.01"), D(0), ONE, Distance.PER_CENT).rating == Rating.RED

    def test_activity_at_a_price_is_rounded_to_the_penny(self) -> None:
        assert at_a_price(D(3), D("1.11"), D("33.33")) == D("1.11")


@pytest.mark.django_db
class TestChecks:
    def scheme(self, plan: Plan, saving: int, change: int | None, price: int | None) -> Scheme:
        """A scheme that saves `saving` in April by an impact of its own on the day cases."""
        template = Impact.objects.filter(plan=plan).first()
        assert template is not None
        line = LineBuild.objects.get(line__plan=plan, line__reference="MAR.DC-RTH").line
        impact = Impact.objects.create(
            plan=plan, reference="IM-90", line=line, initiative=template.initiative, title="Fewer", effect="reduce"
        )
        if change is not None:
            ImpactMonth.objects.create(impact=impact, month=plan.start, planned=change)
        scheme = Scheme.objects.create(
            plan=plan, reference="ZZ-01", title="Fewer day cases", state="idea", stage="idea", impact=impact, price=price
        )  # fmt: skip
        SchemeMonth.objects.create(scheme=scheme, month=plan.start, planned_saving=saving)
        return scheme

    @pytest.mark.parametrize(("saving", "agrees"), [(50_000, True), (50_500, True), (50_501, False), (49_499, False)])
    def test_a_scheme_saves_its_change_in_activity_at_its_price(self, ccg: Plan, saving: int, agrees: bool) -> None:
        self.scheme(ccg, saving, -500, 100)
        [check] = [one for one in checks(ccg, "T1") if one.subject == "Fewer day cases"]
        assert (check.found.value, check.expected.value) == (saving, 50_000)
        assert check.compared.agrees is agrees
        assert check.found.parts == {"reference": "ZZ-01"}
        assert check.expected.parts == {"reference": "IM-90"}

    @pytest.mark.parametrize(
        ("change", "price", "said"), [(None, 100, "IM-90 is not quantified"), (-5, None, "The scheme has no price")]
    )
    def test_a_scheme_that_cannot_be_told_says_why(
        self, ccg: Plan, change: int | None, price: int | None, said: str
    ) -> None:
        self.scheme(ccg, 1, change, price)
        [check] = [one for one in checks(ccg, "T1") if one.subject == "Fewer day cases"]
        assert not check.compared.can_be_told
        assert check.wanting == said

    def test_a_change_that_the_activity_plan_does_not_hold_is_found(self, ccg: Plan) -> None:
        self.scheme(ccg, 50_000, -500, 100)
        [check] = [one for one in checks(ccg, "T2") if "MAR.DC-RTH" in one.subject]
        assert (check.found.value, check.expected.value) == (0, -500)
        assert not check.compared.agrees
        april = Reading.objects.get(line__plan=ccg, line__reference="MAR.DC-RTH", period=ccg.start)
        Reading.objects.filter(pk=april.pk).update(planned_numerator=(april.planned_numerator or 0) - 500)
        [check] = [one for one in checks(ccg, "T2") if "MAR.DC-RTH" in one.subject]
        assert check.compared.agrees

    def test_schemes_with_the_unidentified_line_are_the_requirement_and_ideas_count_for_nothing(
        self, ccg: Plan
    ) -> None:
        self.scheme(ccg, 9_000_000, -500, 100)
        [check] = checks(ccg, "T3")
        assert (check.found.value, check.expected.value) == (22_400_000, 22_400_000)
        assert check.compared.agrees

    def test_a_thousand_pounds_too_many_is_rounding_and_a_penny_more_is_a_mismatch(self, ccg: Plan) -> None:
        month = SchemeMonth.objects.filter(scheme__plan=ccg, scheme__reference="UNID").exclude(planned_saving=None)[0]
        SchemeMonth.objects.filter(pk=month.pk).update(planned_saving=(month.planned_saving or 0) + 1000)
        assert checks(ccg, "T3")[0].compared.agrees
        SchemeMonth.objects.filter(pk=month.pk).update(planned_saving=(month.planned_saving or 0) + D("1000.01"))
        assert not checks(ccg, "T3")[0].compared.agrees

    def test_the_better_care_fund_avoids_the_thousand_admissions_of_the_plan(self, ccg: Plan) -> None:
        avoided = checks(ccg, "T4")[0]
        assert (avoided.found.value, avoided.expected.value) == (1000, 1000)
        ImpactMonth.objects.filter(impact__reference="BCF-NEA", month=ccg.start).update(planned=-300)
        avoided = checks(ccg, "T4")[0]
        assert not avoided.compared.agrees
        assert avoided.compared.difference == 51

    def test_contracts_beyond_their_budget_are_found_and_below_it_are_not(self, ccg: Plan) -> None:
        contract = Contract.objects.get(plan=ccg, reference="CT-01")
        assert contract.budget_line is not None
        title = contract.budget_line.title
        held = next(one for one in checks(ccg, "T6") if one.subject == title)
        assert held.compared.agrees
        BudgetAmount.objects.filter(line=contract.budget_line, column=ccg.year).update(amount=1)
        held = next(one for one in checks(ccg, "T6") if one.subject == title)
        assert held.compared.rating == Rating.RED

    def test_the_tolerance_of_the_plan_decides(self, ccg: Plan, person: Callable[[str], User]) -> None:
        self.scheme(ccg, 60_000, -500, 100)
        assert not next(one for one in checks(ccg, "T1") if one.subject == "Fewer day cases").compared.agrees
        set_tolerance(
            ccg, "triangulation_priced", green=D(20), red=D(30), by=person("finance_lead"), why="Prices are estimates"
        )
        assert next(one for one in checks(ccg, "T1") if one.subject == "Fewer day cases").compared.agrees

    def test_the_number_of_queries_is_fixed(self, ccg: Plan, django_assert_num_queries: Callable[..., object]) -> None:
        bands = tolerances(ccg)
        with django_assert_num_queries(11):
            triangulation(ccg, bands)
        self.scheme(ccg, 60_000, -500, 100)
        with django_assert_num_queries(11):
            triangulation(ccg, bands)

    def test_every_rule_has_a_tolerance_that_settings_can_change(self, ccg: Plan) -> None:
        assert {rule.tolerance for rule in RULES.values()} <= tolerances(ccg).keys()


@pytest.mark.django_db
class TestPage:
    def test_the_headline_names_the_largest_mismatch_and_links_to_both_figures(
        self, ccg: Plan, sign_in: Callable[[str], Client]
    ) -> None:
        Contract.objects.filter(plan=ccg, reference="CT-01").update(value=500_000_000)
        answer = sign_in("viewer").get(PAGE)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        assert "pairs of figures agree; the largest mismatch is £188" in text
        assert "Differs" in text
        assert 'href="/10Q/2016-17/finance/contracts/CT-01/"' in text
        assert 'href="/10Q/2016-17/activity/lines/BCF.1/build/"' in text

    def test_every_check_is_a_row_of_the_download(self, ccg: Plan, sign_in: Callable[[str], Client]) -> None:
        rows = sign_in("viewer").get(PAGE, {"download": "csv"}).content.decode().splitlines()
        assert len(rows) == 1 + len(triangulation(ccg, tolerances(ccg)).checks)

    def test_a_plan_of_2010_with_a_requirement_alone_says_that_it_agrees(
        self, sign_in: Callable[[str], Client]
    ) -> None:
        text = sign_in("viewer").get("/5QE/2010-11/finance/triangulation/").content.decode()
        assert "The one pair of figures agrees" in text

    def test_the_page_asks_the_database_as_often_for_a_larger_plan(
        self, ccg: Plan, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        client = sign_in("viewer")
        client.get(PAGE)
        with django_assert_max_num_queries(16):
            client.get(PAGE)
