"""A bridge closes or it is not drawn: last year's outturn to the plan, and surplus planned to surplus forecast."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from finance.actions.bridges import add_step, change_step, remove_step
from finance.models import BridgeStep, BudgetAmount, BudgetMonth
from finance.presenters.bridges import bridge_headline, shown
from finance.queries.bridges import (
    BridgeHeld,
    StepOfBridge,
    bridge_changes,
    find_step,
    forecast_bridge,
    outturn_bridge,
)
from finance.queries.budgets import budget_summary, line_positions
from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Conflict, Version

D = Decimal
SEPTEMBER = date(2016, 9, 1)
database = pytest.mark.django_db
pounds = st.integers(-(10**9), 10**9).map(D)


@given(pounds, st.lists(pounds, max_size=12))
def test_a_bridge_to_where_its_steps_lead_closes_and_is_drawn(start: Decimal, amounts: list[Decimal]) -> None:
    steps = [StepOfBridge(f"BS-{at}", f"Step {at}", amount, True) for at, amount in enumerate(amounts)]
    held = BridgeHeld("Outturn", start, steps, "Plan", start + sum(amounts, D(0)))
    assert held.unexplained == 0
    assert held.bridge is not None
    assert [step.change for step in held.bridge.steps] == amounts
    drawn = shown(held, "outturn", "Outturn to plan")
    assert drawn.figure is not None
    assert drawn.refusal == ""


@given(pounds, st.lists(pounds, max_size=6), pounds.filter(bool))
def test_a_bridge_that_misses_its_end_is_not_drawn_and_says_by_how_much(
    start: Decimal, amounts: list[Decimal], missed: Decimal
) -> None:
    steps = [StepOfBridge(f"BS-{at}", f"Step {at}", amount, True) for at, amount in enumerate(amounts)]
    held = BridgeHeld("Outturn", start, steps, "Plan", start + sum(amounts, D(0)) + missed)
    drawn = shown(held, "outturn", "Outturn to plan")
    assert (held.bridge, drawn.figure, held.unexplained) == (None, None, missed)
    assert f"£{abs(missed):,}" in drawn.refusal
    assert "is not explained" in drawn.refusal


def test_savings_that_nobody_owns_are_hatched() -> None:
    steps = [StepOfBridge("BS-01", "Price", D(3000), True), StepOfBridge("BS-UNID", "To be found", D(-5000), True)]
    figure = shown(BridgeHeld("Outturn", D(10_000), steps, "Plan", D(8000)), "outturn", "").figure
    assert figure is not None
    assert figure["data"][1]["marker"]["pattern"]["shape"] == ["", "", "/", ""]


def test_what_the_year_is_better_by_is_blue_in_both_bridges() -> None:
    steps = [StepOfBridge("BS-01", "Price", D(-3000), True), StepOfBridge("BS-02", "Growth", D(1000), True)]
    held = BridgeHeld("Outturn", D(10_000), steps, "Plan", D(8000))
    spending, surplus = (shown(held, key, "").figure for key in ("outturn", "forecast"))
    assert spending is not None
    assert surplus is not None
    assert spending["data"][1]["marker"]["color"][1:3] == surplus["data"][1]["marker"]["color"][2:0:-1]


@database
class TestTheLoadedBridges:
    def test_last_years_outturn_leads_to_the_plan(self, ccg: Plan) -> None:
        held = outturn_bridge(ccg)
        assert held is not None
        assert (held.start, held.end, held.unexplained) == (D(691_801_000), D(818_676_000), 0)

    def test_activity_growth_is_1_9_per_cent_of_last_years_spending(self, ccg: Plan) -> None:
        held = outturn_bridge(ccg)
        growth = find_step(ccg, "BS-04")
        assert held is not None
        assert growth is not None
        assert round(100 * growth.amount / held.start, 1) == D("1.9")

    def test_the_savings_in_the_bridge_are_the_requirement(self, ccg: Plan) -> None:
        held = outturn_bridge(ccg)
        assert held is not None
        assert sum(step.amount for step in held.steps if step.title.startswith("Savings")) == D(-22_400_000)

    def test_the_surplus_forecast_is_reached_line_by_line(self, ccg: Plan) -> None:
        held = forecast_bridge(line_positions(ccg, SEPTEMBER, tolerances(ccg)))
        summary = budget_summary(ccg, SEPTEMBER)
        assert held is not None
        assert summary is not None
        assert (held.start, held.end) == (summary.planned.in_year, summary.forecast.in_year)
        assert held.unexplained == 0
        assert min(held.steps, key=lambda step: step.amount).reference == "RS-UNID"

    def test_a_line_with_a_plan_and_no_forecast_leaves_the_bridge_open(self, ccg: Plan) -> None:
        BudgetMonth.objects.filter(line__reference="PG-09").delete()
        held = forecast_bridge(line_positions(ccg, SEPTEMBER, tolerances(ccg)))
        assert held is not None
        assert held.unexplained == D(7_700_000)

    def test_a_plan_without_a_year_before_has_no_bridge(self, ccg: Plan, pct: Plan) -> None:
        assert outturn_bridge(pct) is None
        BudgetAmount.objects.filter(line__plan=ccg, column="2015-16").delete()
        assert outturn_bridge(ccg) is None

    def test_a_changed_year_opens_the_bridge_and_the_page_says_so(
        self, ccg: Plan, sign_in: Callable[[str], Client]
    ) -> None:
        BudgetAmount.objects.filter(line__reference="PG-01", column="2016-17").update(amount=318_500_000)
        text = sign_in("viewer").get("/10Q/2016-17/finance/plan/bridge/").content.decode()
        assert "The bridge to plan 2016/17 does not close: £500,000 is not explained" in text
        assert "The steps lead from £691,801,000 to £818,676,000, and Plan 2016/17 is £819,176,000" in text
        assert 'id="chart-outturn"' not in text
        assert bridge_headline([]).startswith("No bridge can be drawn")


@database
class TestSteps:
    VALUES = {"title": "Better Care Fund", "amount": D(500_000), "recurrent": True, "position": None}  # noqa: RUF012

    def test_a_step_is_added_last_with_its_reason(self, ccg: Plan, person: Callable[[str], User]) -> None:
        row = add_step(ccg, values=self.VALUES, by=person("finance_lead"), why="Agreed with the council")
        assert (row.reference, row.position) == ("BS-13", 14)
        assert bridge_changes(ccg)[0].why == "Agreed with the council"
        held = outturn_bridge(ccg)
        assert held is not None
        assert held.unexplained == D(-500_000)

    def test_a_step_without_a_reason_is_refused(self, ccg: Plan, person: Callable[[str], User]) -> None:
        with pytest.raises(ValidationError):
            add_step(ccg, values=self.VALUES, by=person("finance_lead"), why=" ")

    def test_two_people_who_change_one_step_are_asked(self, ccg: Plan, person: Callable[[str], User]) -> None:
        row = find_step(ccg, "BS-03")
        assert row is not None
        opened = Version.of(row)
        values = {"title": row.title, "recurrent": True, "position": None}
        change_step(row, values=values | {"amount": D(1)}, by=person("finance_lead"), why="Tariff", version=opened)
        with pytest.raises(Conflict):
            change_step(row, values=values | {"amount": D(2)}, by=person("analyst"), why="Pay", version=opened)

    def test_a_removed_step_leaves_its_history(self, ccg: Plan, person: Callable[[str], User]) -> None:
        row = find_step(ccg, "BS-09")
        assert row is not None
        remove_step(row, by=person("finance_lead"), why="Counted in price")
        assert not BridgeStep.objects.filter(plan=ccg, reference="BS-09").exists()
        latest = bridge_changes(ccg)[0]
        assert (latest.event, latest.reference, latest.why) == ("removed", "BS-09", "Counted in price")

    def test_the_finance_lead_changes_a_step_in_the_browser(self, ccg: Plan, sign_in: Callable[[str], Client]) -> None:
        client, page = sign_in("finance_lead"), "/10Q/2016-17/finance/plan/bridge/BS-03/"
        opened = client.get(page).context["opened"]
        sent = {
            "title": "Price",
            "amount": "(12,400,000)",
            "recurrent": "on",
            "position": "",
            "why": "",
            "version": opened,
        }
        refused = client.post(page, sent)
        assert refused.status_code == 422
        assert "(12,400,000)" in refused.content.decode()
        assert client.post(page, sent | {"amount": "1e308", "why": "x"}).status_code == 422
        assert client.post(page, sent | {"amount": "12,400,000", "why": "Tariff of March"}).status_code == 302
        changed = find_step(ccg, "BS-03")
        assert changed is not None
        assert (changed.title, changed.amount) == ("Price", D(12_400_000))

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_does_not_edit_the_plan_finds_no_page_of_a_step(
        self, role: str, sign_in: Callable[[str], Client]
    ) -> None:
        client = sign_in(role)
        for page in ("add/", "BS-03/", "BS-03/remove/"):
            assert client.get(f"/10Q/2016-17/finance/plan/bridge/{page}").status_code == 404
            assert client.post(f"/10Q/2016-17/finance/plan/bridge/{page}").status_code == 404
