"""How likely the savings are: what is drawn, breaking even, chances set in one table, what-if, conflict, and who may."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.models import BudgetLine, Scheme
from finance.queries import savings_requirement, scheme_positions
from finance.queries.likelihood import SchemeChance, break_even_saving, savings_likelihood, scheme_chances, supposing
from finance.queries.rules import planned_year
from opplan.calc.confidence import chance_of
from opplan.calc.rag import Rating
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db

D = Decimal
SignIn = Callable[[str], Client]
PAGE = "/10Q/2016-17/finance/likelihood/"
FORM = f"{PAGE}chances/"


def chances_of(plan: Plan) -> list[SchemeChance]:
    return scheme_chances(plan, scheme_positions(plan, plan.reporting_month, tolerances(plan)), {})


def filled(client: Client, url: str = FORM) -> dict[str, str]:
    form = client.get(url).context["form"]
    shown = {field.html_name: field.field.prepare_value(field.value()) for field in form}
    return {name: str(value) for name, value in shown.items() if value not in (None, "")}


class TestConfidence:
    def test_a_rating_stands_for_a_chance_until_somebody_says_another(self) -> None:
        assert [chance_of(rating) for rating in (Rating.GREEN, Rating.AMBER, Rating.RED, Rating.NOT_REPORTED)] == [
            90,
            50,
            10,
            50,
        ]
        assert chance_of(Rating.RED, D(0)) == 0
        assert chance_of(Rating.AMBER, D(80)) == 80


class TestDrawing:
    def test_the_seven_identified_millions_cannot_reach_a_requirement_of_22_4(self, ccg: Plan) -> None:
        requirement = savings_requirement(ccg, scheme_positions(ccg, ccg.reporting_month, tolerances(ccg)))
        assert requirement is not None
        drawn = savings_likelihood(chances_of(ccg), requirement.requirement.amount)
        assert drawn.reaches == 0
        assert drawn.to_be_found > 13_300_000
        assert drawn.p10 <= drawn.p50 <= drawn.p90

    def test_with_no_spread_the_draws_are_the_weighted_sum(self, ccg: Plan) -> None:
        Scheme.objects.filter(plan=ccg).update(chance=100, least=100, most=100)
        chances = chances_of(ccg)
        drawn = savings_likelihood(chances, D(22_400_000))
        expected = float(sum(one.expected for one in chances))
        assert expected == float(sum(one.delivered + one.to_come for one in chances))
        assert drawn.p10 == pytest.approx(expected)
        assert drawn.p90 == pytest.approx(expected)

    def test_an_idea_and_savings_without_a_scheme_are_not_drawn(self, ccg: Plan) -> None:
        Scheme.objects.filter(plan=ccg, reference="PC-03").update(stage="idea", state="idea")
        drawn = {one.reference for one in chances_of(ccg)}
        assert "PC-03" not in drawn
        assert not drawn & set(
            Scheme.objects.filter(plan=ccg, state="unidentified").values_list("reference", flat=True)
        )

    def test_a_scheme_whose_forecast_is_weighed_by_chance_is_not_weighed_twice(self, ccg: Plan) -> None:
        [before] = [one for one in chances_of(ccg) if one.reference == "PC-03"]
        Scheme.objects.filter(plan=ccg, reference="PC-03").update(forecast_default="risk_adjusted", chance=50)
        [after] = [one for one in chances_of(ccg) if one.reference == "PC-03"]
        assert after.to_come == before.to_come > 0

    def test_what_breaks_even_is_the_requirement_less_the_surplus_of_the_plans_lines(self, ccg: Plan) -> None:
        year = planned_year(ccg)
        assert year.surplus is not None
        assert break_even_saving(D(22_400_000), year) == D(22_400_000) - year.surplus
        BudgetLine.objects.filter(plan=ccg, statement="plan").delete()
        assert break_even_saving(D(22_400_000), planned_year(ccg)) is None

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 100), st.integers(0, 100), st.integers(100, 300), st.integers(0, 9_000_000))
    def test_a_better_chance_never_reaches_the_requirement_less_often(
        self, chance: int, least: int, most: int, required: int
    ) -> None:
        said = {"chance": D(chance), "least": D(least), "most": D(most)}
        one = SchemeChance("A", "A", "P", Rating.AMBER, D(100_000), D(4_000_000), said)
        [sure] = supposing([one], {"A|chance": "100"})
        drawn, again, surely = (savings_likelihood([scheme], D(required)) for scheme in (one, one, sure))
        assert drawn == again
        assert drawn.p10 <= drawn.p50 <= drawn.p90
        assert surely.reaches >= drawn.reaches


class TestChances:
    def test_a_chance_is_set_with_a_reason_and_emptied_follows_its_rating_again(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        client = sign_in("finance_lead")
        sent = filled(client)
        assert "Say why" in client.post(FORM, sent | {"PC-03-chance": "35"}).content.decode()
        assert (
            client.post(FORM, sent | {"PC-03-chance": "35", "PC-03-least": "20", "why": "Slow uptake"}).status_code
            == 302
        )
        row = Scheme.objects.get(plan=ccg, reference="PC-03")
        assert (row.chance, row.least, row.most) == (35, 20, None)
        assert "Slow uptake" in client.get(PAGE).content.decode()
        sent = filled(client)
        assert sent["PC-03-chance"] == "35"
        assert (
            client.post(FORM, sent | {"PC-03-chance": "", "PC-03-least": "", "why": "Back to the rule"}).status_code
            == 302
        )
        row.refresh_from_db()
        assert (row.chance, row.least) == (None, None)

    def test_an_untouched_form_changes_nothing(self, ccg: Plan, sign_in: SignIn) -> None:
        entries = Scheme.history.count()
        client = sign_in("finance_lead")
        assert client.post(FORM, filled(client)).status_code == 302
        assert Scheme.history.count() == entries

    def test_a_different_chance_is_tried_without_saving(self, ccg: Plan, sign_in: SignIn) -> None:
        client = sign_in("finance_lead")
        sure = {f"{one.reference}-chance": "100" for one in chances_of(ccg)}
        answer = client.post(FORM, filled(client) | sure | {"preview": "yes"})
        assert answer.status_code == 200
        p10 = next(row for row in answer.context["effect"] if row.title == "P10")
        assert p10.difference.startswith("+£")
        assert not Scheme.objects.filter(plan=ccg, chance=100).exists()

    @pytest.mark.parametrize(
        ("typed", "field", "said"),
        [
            ({"PC-03-chance": "101"}, "PC-03-chance", "0 to 100 per cent"),
            ({"PC-03-chance": "-1"}, "PC-03-chance", "0 to 100 per cent"),
            ({"PC-03-chance": "9O"}, "PC-03-chance", "did you mean 90"),
            ({"PC-03-chance": "1e308"}, "PC-03-chance", "not a number"),
            ({"PC-03-least": "105"}, "PC-03-least", "0 to 100"),
            ({"PC-03-most": "90"}, "PC-03-most", "100 to 300"),
            ({"PC-03-most": "110.55"}, "PC-03-most", "too many decimals"),
            ({"why": "w" * 500}, "why", "at most 300"),
        ],
    )
    def test_bad_input_is_refused_in_its_cell_and_nothing_typed_is_lost(
        self, ccg: Plan, sign_in: SignIn, typed: dict[str, str], field: str, said: str
    ) -> None:
        client = sign_in("finance_lead")
        answer = client.post(FORM, filled(client) | {"PC-05-chance": "66", "why": "x"} | typed)
        assert answer.status_code == 422
        form = answer.context["form"]
        assert said in " ".join(form.errors[field])
        assert form["PC-05-chance"].value() == "66"
        assert not Scheme.objects.filter(plan=ccg, chance=66).exists()

    def test_different_schemes_of_two_people_are_both_kept_and_the_same_one_is_for_the_second_to_choose(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        one, other = sign_in("finance_lead"), sign_in("programme_office")
        mine, theirs = filled(one), filled(other)
        assert other.post(FORM, theirs | {"PC-03-chance": "40", "PC-05-chance": "45", "why": "x"}).status_code == 302
        sent = mine | {"PC-03-chance": "70", "DT-02-chance": "75", "why": "y"}
        answer = one.post(FORM, sent)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "Prescribing switches, chance of delivering" in text
        [seen] = set(re.findall(r'value="mine (\d+)"', text))
        assert one.post(FORM, sent | {"choose": f"mine {seen}"}).status_code == 302
        asked = Scheme.objects.filter(plan=ccg, reference__in=["PC-03", "PC-05", "DT-02"])
        stored = dict(asked.values_list("reference", "chance"))
        assert stored == {"PC-03": 70, "PC-05": 45, "DT-02": 75}

    def test_more_than_thirty_schemes_are_laid_out_in_pages(self, ccg: Plan, sign_in: SignIn) -> None:
        Scheme.objects.bulk_create(
            Scheme(
                plan=ccg, reference=f"ZZ-{number:02}", title=f"More {number}", state="identified", stage="identified"
            )
            for number in range(40)
        )
        client = sign_in("finance_lead")
        first, second = client.get(FORM).context["form"], client.get(FORM, {"page": "2"}).context["form"]
        assert len(first.table) == 30
        assert not {row.scheme.reference for row in first.table} & {row.scheme.reference for row in second.table}
        url = f"{FORM}?page=2"
        assert client.post(url, filled(client, url) | {"ZZ-39-chance": "12", "why": "x"}).status_code == 302
        assert Scheme.objects.get(plan=ccg, reference="ZZ-39").chance == 12


class TestPages:
    def test_the_page_speaks_of_chances_of_breaking_even_and_of_what_must_be_found(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        text = sign_in("viewer").get(PAGE).content.decode()
        assert "almost no chance of saving the £22.4m required" in text
        assert "Breaking even: £" in text
        assert "four chances in five" in text
        assert "correlate by 0.3" in text
        assert "seed 20160401" in text

    def test_without_lines_of_the_plan_breaking_even_cannot_be_told(self, ccg: Plan, sign_in: SignIn) -> None:
        BudgetLine.objects.filter(plan=ccg, statement="plan").delete()
        text = sign_in("viewer").get(PAGE).content.decode()
        assert "Cannot be told" in text

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_edit_the_plan_reads_and_finds_no_form(self, ccg: Plan, sign_in: SignIn, role: str) -> None:
        client = sign_in(role)
        assert "Change chances" not in client.get(PAGE).content.decode()
        assert client.get(FORM).status_code == 404
        assert client.post(FORM, {"PC-03-chance": "35", "why": "x"}).status_code == 404

    def test_the_pages_ask_for_as_many_queries_however_many_schemes_there_are(
        self, ccg: Plan, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        Scheme.objects.bulk_create(
            Scheme(
                plan=ccg, reference=f"ZZ-{number:02}", title=f"More {number}", state="identified", stage="identified"
            )
            for number in range(40)
        )
        client = sign_in("finance_lead")
        for page in (PAGE, FORM):
            with django_assert_max_num_queries(15):
                assert len(client.get(page).content) < 100_000
