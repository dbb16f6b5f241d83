"""Scenarios of the medium-term model: the printed limits, copying, changing with a preview, conflict, comparison, withdrawal."""

import re
from collections.abc import Callable
from decimal import Decimal

import plotly.graph_objects as graph_objects
import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.actions.scenarios import copy_scenario, withdraw_scenario
from finance.imports.plan import load_scenarios
from finance.models import Scenario, ScenarioLine
from finance.queries.scenarios import AMOUNT, KINDS, PERCENT, Assumed, Draft, drafted, modelled, scenarios
from opplan.accounts.models import User
from opplan.imports.loading import read_sources
from opplan.plans.models import Plan

pytestmark = pytest.mark.django_db

D = Decimal
FIXTURES = django_settings.BASE_DIR / "fixtures"
SignIn = Callable[[str], Client]


def base_of(plan: Plan) -> Scenario:
    return Scenario.objects.get(plan=plan, name="Base")


def address(plan: Plan, page: str = "") -> str:
    return f"/{plan.organisation.code}/{plan.year}/finance/model/{page}"


def filled(client: Client, url: str) -> dict[str, str]:
    """What the form of the page would send, untouched."""
    form = client.get(url).context["form"]
    sent = {"version": str(client.get(url).context["opened"] or "")}
    for field in form:
        value = field.value()
        if value not in (None, False):
            sent[field.html_name] = str(field.field.prepare_value(value))
    return sent


def cell_of(form: dict[str, str], name: str, year: str) -> str:
    """The box of an assumption in one year."""
    place = next(key.partition("-")[2] for key, value in form.items() if key.startswith("label-") and value == name)
    return f"{place}-{year}"


class TestModel:
    def test_growth_of_two_and_a_half_per_cent_gives_the_printed_limits(self, pct: Plan) -> None:
        base = scenarios(pct)[0]
        assert [year.limit for year in base.years] == [895_517, 917_905, 940_853]
        assert all(abs(year.surplus - 2_184) <= 1 for year in base.years)

    def test_the_plan_in_use_has_three_scenarios_whose_growth_is_that_of_the_paper(self, ccg: Plan) -> None:
        base, best, worst = scenarios(ccg)
        assert [year.limit for year in base.years] == [727_582, 742_134, 756_977]
        assert base.years[0].growth == 49_500
        assert base.years[0].saving_needed <= 1
        assert best.saving_needed < base.saving_needed < worst.saving_needed
        assert all(one.illustrative for one in (base, best, worst))

    def test_inflation_net_of_efficiency_is_the_two_together(self, ccg: Plan) -> None:
        first = scenarios(ccg)[0].years[0]
        gross, efficiency = (
            dict(first.adjustments)[name] for name in ("Price inflation, gross", "Efficiency asked of providers")
        )
        assert first.net_inflation == gross + efficiency < 0

    def test_loading_again_does_not_bring_back_an_assumption_that_was_removed(self, ccg: Plan, sign_in: SignIn) -> None:
        row = base_of(ccg)
        url = address(ccg, f"{row.pk}/change/")
        client = sign_in("finance_lead")
        sent = filled(client, url)
        place = cell_of(sent, "Other cost pressures", "2016-17").partition("-")[0]
        assert client.post(url, sent | {f"drop-{place}": "on", "why": "Not known"}).status_code == 302
        sources = read_sources(FIXTURES / "sources.csv")
        load_scenarios(ccg, FIXTURES / "10Q" / "2016-17", sources)
        assert not ScenarioLine.objects.filter(scenario=row, name="Other cost pressures").exists()


tenths = st.integers(0, 80).map(lambda number: D(number) / 10 - 5)


@settings(max_examples=25, deadline=None)
@given(tenths, st.integers(0, 30), st.integers(-30, 0), st.integers(100_000, 900_000))
def test_more_growth_never_asks_for_more_saving(growth: Decimal, more: int, demand: int, limit: int) -> None:
    def with_growth(rate: Decimal) -> list[Decimal]:
        draft = Draft(
            "A",
            "",
            "2015-16",
            D(limit),
            D(0),
            [
                Assumed(KINDS.GROWTH, "Growth", PERCENT, dict.fromkeys(("2016-17", "2017-18"), rate)),
                Assumed(KINDS.ADJUSTMENT, "Demand", PERCENT, {"2016-17": D(demand) / 10}),
                Assumed(KINDS.PATHWAYS, "Pathways", AMOUNT, {"2017-18": D(-2_000)}),
            ],
        )
        return [year.limit for year in modelled(draft).years] + [modelled(draft).saving_needed]

    slow, fast = with_growth(growth), with_growth(growth + D(more) / 10)
    assert fast[0] >= slow[0]
    assert fast[1] >= slow[1]
    assert fast[2] <= slow[2] + 2


class TestChanging:
    def test_a_changed_assumption_moves_every_year_and_is_kept_with_who_and_why(
        self, pct: Plan, ccg: Plan, sign_in: SignIn
    ) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        sent = filled(client, url)
        answer = client.post(url, sent | {cell_of(sent, "Growth", "2017-18"): "3", "why": "Floor may rise"})
        assert answer.status_code == 302
        assert [year.limit for year in modelled(drafted(row)).years] == [727_582, 749_409, 764_397]
        text = client.get(address(ccg, f"{row.pk}/")).content.decode()
        assert "Floor may rise" in text
        line = ScenarioLine.objects.get(scenario=row, name="Growth", year="2017-18")
        assert (line.basis, line.source) == ("entered", "Entered by Finance lead")
        assert ScenarioLine.objects.get(scenario=row, name="Growth", year="2016-17").basis == "stated"

    def test_showing_what_it_does_stores_nothing(self, ccg: Plan, sign_in: SignIn) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        before = drafted(row).cells
        sent = filled(client, url)
        answer = client.post(url, sent | {cell_of(sent, "Growth", "2016-17"): "7.0", "preview": "yes"})
        assert answer.status_code == 200
        assert "more than as saved" in answer.content.decode()
        assert [row.cells[0].difference for row in answer.context["effect"]][0] == "−2,034"
        assert drafted(row).cells == before

    def test_saving_asks_for_a_reason_and_an_untouched_form_changes_nothing(self, ccg: Plan, sign_in: SignIn) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        sent = filled(client, url)
        entries = ScenarioLine.history.count()
        assert client.post(url, sent).status_code == 302
        assert ScenarioLine.history.count() == entries
        answer = client.post(url, sent | {cell_of(sent, "Growth", "2016-17"): "7"})
        assert answer.status_code == 422
        assert "Say why" in answer.content.decode()

    def test_an_assumption_is_added_and_a_year_too(self, ccg: Plan, sign_in: SignIn) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        sent = filled(client, url)
        blank = len(drafted(row).rows)
        added = {
            f"label-{blank}": "Lodgement",
            f"kind-{blank}": "adjustment",
            f"unit-{blank}": "amount",
            f"{blank}-2018-19": "-1,250",
        }
        growth = cell_of(sent, "Growth", "2019-20")
        answer = client.post(url, sent | added | {"ahead": "4", growth: "1.5", "why": "A fourth year"})
        assert answer.status_code == 302
        years = modelled(drafted(row)).years
        assert len(years) == 4
        assert dict(years[2].adjustments)["Lodgement"] == -1_250
        assert years[3].limit == round(D(756_977) * D("1.015"))

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("1O", "did you mean 10"),
            ("1e308", "is not a number"),
            ("9" * 40, "too large"),
            ("250", "cannot be right"),
            ("-100", "cannot be right"),
            ("2\x00", "is not a number"),
            ("", "Give the growth of 2016/17"),
        ],
    )
    def test_bad_growth_is_refused_in_its_cell_and_nothing_typed_is_lost(
        self, ccg: Plan, sign_in: SignIn, typed: str, said: str
    ) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        sent = filled(client, url)
        cell = cell_of(sent, "Growth", "2016-17")
        answer = client.post(url, sent | {cell: typed, "note": "Kept as typed", "why": "x"})
        assert answer.status_code == 422
        form = answer.context["form"]
        assert said in " ".join(form.errors[cell])
        assert f'id="id_{cell}_error"' in answer.content.decode()
        assert form["note"].value() == "Kept as typed"
        assert form[cell].value() == typed

    @pytest.mark.parametrize(
        ("added", "field", "said"),
        [
            ({"label": "Growth", "kind": "growth", "unit": "percent", "2016-17": "1"}, "label", "already"),
            (
                {"label": "More growth", "kind": "growth", "unit": "amount", "2016-17": "1"},
                "unit",
                "given in % of the limit",
            ),
            ({"label": "Savings", "kind": "pathways", "unit": "percent", "2016-17": "1"}, "unit", "given in £000"),
            ({"label": "", "kind": "adjustment", "unit": "percent", "2016-17": "1"}, "label", "name"),
            ({"label": "Lodgement", "kind": "", "unit": "percent", "2016-17": "1"}, "kind", "Say what it is"),
            ({"label": "Lodgement", "kind": "cake", "unit": "percent", "2016-17": "1"}, "kind", "not in the list"),
            ({"label": "L" * 500, "kind": "adjustment", "unit": "percent", "2016-17": "1"}, "label", "at most 80 fit"),
            ({"label": "Growth", "kind": "adjustment", "unit": "amount", "2016-17": "1"}, "label", "another name"),
            ({"label": "Lodgement", "kind": "adjustment", "unit": "amount"}, "2016-17", "one year at least"),
        ],
    )
    def test_an_assumption_that_makes_no_sense_is_refused_where_it_was_typed(
        self, ccg: Plan, sign_in: SignIn, added: dict[str, str], field: str, said: str
    ) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        blank = len(drafted(row).rows)
        named = {(f"{blank}-{name}" if name[0] == "2" else f"{name}-{blank}"): value for name, value in added.items()}
        answer = client.post(url, filled(client, url) | named | {"why": "x"})
        assert answer.status_code == 422
        assert said in " ".join(
            answer.context["form"].errors[f"{blank}-{field}" if field[0] == "2" else f"{field}-{blank}"]
        )

    def test_a_scenario_of_the_plan_keeps_its_name(self, ccg: Plan, sign_in: SignIn) -> None:
        row, client = base_of(ccg), sign_in("finance_lead")
        url = address(ccg, f"{row.pk}/change/")
        answer = client.post(url, filled(client, url) | {"name": "Mine", "why": "x"})
        assert answer.status_code == 422
        assert "keeps its name" in answer.content.decode()


class TestTwoPeople:
    def test_different_cells_of_two_people_are_both_kept(self, ccg: Plan, sign_in: SignIn) -> None:
        row, one, other = base_of(ccg), sign_in("finance_lead"), sign_in("programme_office")
        url = address(ccg, f"{row.pk}/change/")
        mine, theirs = filled(one, url), filled(other, url)
        assert other.post(url, theirs | {cell_of(theirs, "Growth", "2018-19"): "2.5", "why": "x"}).status_code == 302
        assert one.post(url, mine | {cell_of(mine, "Growth", "2017-18"): "3", "why": "y"}).status_code == 302
        growth = {line.year: line.percent for line in ScenarioLine.objects.filter(scenario=row, name="Growth")}
        assert growth == {"2016-17": D("7.3"), "2017-18": D(3), "2018-19": D("2.5")}

    def test_the_same_cell_is_for_the_person_to_choose(self, ccg: Plan, sign_in: SignIn) -> None:
        row, one, other = base_of(ccg), sign_in("finance_lead"), sign_in("programme_office")
        url = address(ccg, f"{row.pk}/change/")
        mine, theirs = filled(one, url), filled(other, url)
        cell = cell_of(mine, "Growth", "2018-19")
        assert other.post(url, theirs | {cell: "2.5", "why": "Letter of March"}).status_code == 302
        sent = mine | {cell: "1.5", "why": "y"}
        answer = one.post(url, sent)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "Growth, 2018/19" in text
        assert "Letter of March" in text
        [seen] = set(re.findall(r'value="mine (\d+)"', text))
        assert one.post(url, sent | {"choose": f"mine {seen}"}).status_code == 302
        assert ScenarioLine.objects.get(scenario=row, name="Growth", year="2018-19").percent == D("1.5")

    def test_a_cell_of_a_row_that_somebody_removed_comes_back_whole_where_one_insists(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        row, one, other = base_of(ccg), sign_in("finance_lead"), sign_in("programme_office")
        url = address(ccg, f"{row.pk}/change/")
        mine, theirs = filled(one, url), filled(other, url)
        cell = cell_of(mine, "Contingency", "2018-19")
        assert other.post(url, theirs | {f"drop-{cell.partition('-')[0]}": "on", "why": "x"}).status_code == 302
        sent = mine | {cell: "-0.6", "why": "y"}
        answer = one.post(url, sent)
        assert answer.status_code == 409
        [seen] = set(re.findall(r'value="mine (\d+)"', answer.content.decode()))
        assert one.post(url, sent | {"choose": f"mine {seen}"}).status_code == 302
        line = ScenarioLine.objects.get(scenario=row, name="Contingency", year="2018-19")
        assert (line.kind, line.percent) == ("adjustment", D("-0.6"))


class TestCopies:
    def test_a_copy_says_the_same_and_is_withdrawn_with_a_reason(self, ccg: Plan, sign_in: SignIn) -> None:
        base, client = base_of(ccg), sign_in("finance_lead")
        answer = client.post(address(ccg, f"{base.pk}/copy/"), {"name": "Slow growth", "note": "", "why": ""})
        copy = Scenario.objects.get(plan=ccg, name="Slow growth")
        assert answer["Location"] == address(ccg, f"{copy.pk}/change/")
        assert drafted(copy).cells | {"name": "Base", "note": base.note} == drafted(base).cells
        page = address(ccg, f"{copy.pk}/withdraw/")
        assert "Say why" in client.post(page, {"why": " "}).content.decode()
        assert client.post(page, {"why": "Not needed"}).status_code == 302
        assert not Scenario.objects.filter(pk=copy.pk).exists()
        assert "Not needed" in client.get(address(ccg)).content.decode()

    def test_a_scenario_of_the_plan_cannot_be_withdrawn(self, ccg: Plan, person: Callable[[str], User]) -> None:
        with pytest.raises(ValidationError, match="stays"):
            withdraw_scenario(base_of(ccg), by=person("finance_lead"), why="x")

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("base", "already"),
            ("", "name of its own"),
            ("N" * 500, "at most 60 fit"),
            ("a\x00b", "invisible character"),
        ],
    )
    def test_a_name_that_cannot_be_is_refused(self, ccg: Plan, sign_in: SignIn, name: str, said: str) -> None:
        answer = sign_in("finance_lead").post(address(ccg, f"{base_of(ccg).pk}/copy/"), {"name": name})
        assert answer.status_code == 422
        assert said in answer.content.decode()


class TestPages:
    def test_any_two_to_four_stand_side_by_side_with_differences_from_the_chosen_one(
        self, ccg: Plan, sign_in: SignIn
    ) -> None:
        base, best, worst = scenarios(ccg)
        answer = sign_in("viewer").get(address(ccg), {"compare": [base.key, worst.key], "against": worst.key})
        found = answer.context["comparison"]
        assert found.against == "Worst"
        measure, rows = found.measures[-1]
        assert (measure, [row.name for row in rows]) == ("Saving still to be found", ["Base", "Worst"])
        assert rows[1].cells[0].difference == ""
        assert rows[0].cells[-1].difference.startswith("−")
        assert [trace["name"] for trace in found.figure["data"]] == ["Worst", "Base"]
        assert list(graph_objects.Figure(found.figure, skip_invalid=False).data[0].x) == [
            "2016/17",
            "2017/18",
            "2018/19",
        ]

    def test_the_file_holds_every_assumption_and_result(self, pct: Plan, sign_in: SignIn) -> None:
        text = sign_in("viewer").get(address(pct), {"download": "csv"}).content.decode()
        assert "Base,Growth of the limit,Growth,% of the limit,2011-12,2.500" in text
        assert "Base,Result,Revenue resource limit,£000,2013-14,940853,the model,derived" in text

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_edit_the_plan_reads_and_finds_no_form(self, ccg: Plan, sign_in: SignIn, role: str) -> None:
        client, row = sign_in(role), base_of(ccg)
        text = client.get(address(ccg, f"{row.pk}/")).content.decode()
        assert "Growth in demand" in text
        assert "Change what it assumes" not in text
        for page in ("change", "copy", "withdraw"):
            assert client.get(address(ccg, f"{row.pk}/{page}/")).status_code == 404
            assert client.post(address(ccg, f"{row.pk}/{page}/"), {"name": "x", "why": "y"}).status_code == 404

    def test_a_scenario_of_another_plan_is_no_page(self, ccg: Plan, pct: Plan, sign_in: SignIn) -> None:
        client = sign_in("finance_lead")
        assert client.get(address(ccg, f"{base_of(pct).pk}/")).status_code == 404
        assert client.get(address(ccg, "base/")).status_code == 404

    def test_the_pages_ask_for_as_many_queries_however_many_scenarios_there_are(
        self,
        ccg: Plan,
        sign_in: SignIn,
        person: Callable[[str], User],
        django_assert_max_num_queries: Callable[..., object],
    ) -> None:
        for number in range(5):
            copy_scenario(base_of(ccg), name=f"Copy {number}", note="", by=person("finance_lead"), why="")
        client = sign_in("finance_lead")
        for page in ("", f"{base_of(ccg).pk}/", f"{base_of(ccg).pk}/change/"):
            with django_assert_max_num_queries(12):
                answer = client.get(address(ccg, page))
            assert answer.status_code == 200
            assert len(answer.content) < 100_000
