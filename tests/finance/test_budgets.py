"""The financial plan's figures: published totals, what is not reported, the underlying position, and what may be stored."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum

from finance.actions.budgets import (
    BudgetChange,
    MonthsChanged,
    ReasonNeeded,
    add_line,
    change_line,
    record_budget,
    set_year,
)
from finance.models import BudgetAmount, BudgetLine, BudgetMonth
from finance.queries.budget_months import line_changes, months_of_uses
from finance.queries.budgets import (
    BudgetSummary,
    LinePosition,
    budget_summary,
    find_line,
    line_positions,
    of_kinds,
    savings_required,
    summarised,
)
from finance.queries.performance import in_year_performance
from finance.queries.risks import risk_register
from finance.queries.underlying import amount_of, exit_rates, following, underlying_position, years_of_plan
from opplan.accounts.models import User
from opplan.plans.actions import MonthClosed, close_month
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Conflict, Version

pytestmark = pytest.mark.django_db

D = Decimal
SEPTEMBER = date(2016, 9, 1)
VALUES = {
    "title": "Wheelchairs",
    "section": "Community",
    "owner": "Community services lead",
    "note": "",
    "position": None,
}


def positions(plan: Plan) -> dict[str, LinePosition]:
    return {one.reference: one for one in line_positions(plan, SEPTEMBER, tolerances(plan))}


def summary(plan: Plan) -> BudgetSummary:
    found = budget_summary(plan, SEPTEMBER)
    assert found is not None
    return found


def line(plan: Plan, reference: str = "PG-04") -> BudgetLine:
    found = find_line(plan, reference)
    assert found is not None
    return found


class TestPublishedTotals:
    def test_programme_costs_are_the_published_budget_outturn_and_variance(self, ccg: Plan) -> None:
        programme = summary(ccg).programme
        assert (programme.year, programme.forecast) == (D(804_034_000), D(810_622_000))
        assert programme.forecast_variance == D(6_588_000)

    @pytest.mark.parametrize(
        ("reference", "budget", "outturn", "variance"),
        [("RC-01", 14_642_000, 14_207_000, -435_000), ("PG-11", 16_355_000, 15_793_000, -562_000)],
    )
    def test_running_costs_and_other_programme_are_as_published(
        self, reference: str, budget: int, outturn: int, variance: int, ccg: Plan
    ) -> None:
        found = positions(ccg)[reference]
        assert (found.money.year, found.money.forecast, found.money.forecast_variance) == (budget, outturn, variance)
        assert found.basis == "published"

    def test_the_months_of_every_line_add_to_its_year(self, ccg: Plan) -> None:
        assert [one.reference for one in positions(ccg).values() if one.money.unphased] == []

    def test_the_savings_inside_the_lines_are_the_requirement(self, ccg: Plan) -> None:
        inside = sum(one.savings or D(0) for one in positions(ccg).values())
        assert inside == savings_required(ccg) == D(22_400_000)

    def test_the_growth_of_the_allocation_is_the_stated_49_5_million_and_7_3_per_cent(self, ccg: Plan) -> None:
        held = dict(BudgetAmount.objects.filter(line__reference="RL-01").values_list("column", "amount"))
        growth = held["2016-17"] - held["2015-16"]
        assert growth == D(49_500_000)
        assert round(100 * growth / held["2015-16"], 1) == D("7.3")

    def test_the_rules_of_the_year_are_kept_by_the_lines(self, ccg: Plan) -> None:
        found, whole = positions(ccg), summary(ccg)
        year = {reference: one.money.year or D(0) for reference, one in found.items()}
        limit = whole.resource.year
        assert limit is not None
        assert round(100 * year["RS-01"] / limit, 2) == D("1.00")
        assert round(100 * year["CN-01"] / limit, 2) == D("0.50")
        assert year["RS-02"] >= D("0.012") * year["RL-01"]
        assert (whole.planned.in_year_share or 0) >= 1


class TestPosition:
    def test_a_surplus_is_resource_less_uses(self, ccg: Plan) -> None:
        found = summary(ccg)
        assert found.planned.in_year == D(8_548_000)
        assert found.forecast.in_year == D(2_395_000)
        assert found.cumulative.forecast == found.forecast.cumulative == D(9_176_000)

    def test_the_summary_of_the_board_is_that_of_the_plan_page(self, ccg: Plan) -> None:
        page = summarised(of_kinds(positions(ccg).values()))
        board = summary(ccg)
        assert (page.planned, page.forecast, page.uses.to_date) == (board.planned, board.forecast, board.uses.to_date)

    def test_the_summary_is_one_query(self, ccg: Plan, django_assert_num_queries: Callable[..., object]) -> None:
        with django_assert_num_queries(1):
            budget_summary(ccg, SEPTEMBER)

    def test_sums_agree_with_a_slow_sum_of_the_months(self, ccg: Plan) -> None:
        for one in positions(ccg).values():
            rows = list(BudgetMonth.objects.filter(line_id=one.key))
            told = [row for row in rows if row.month <= SEPTEMBER and row.actual is not None]
            assert one.money.budget_reported == sum(row.budget for row in told)
            assert one.money.to_date == sum(row.actual for row in told)
            expected = [
                row.actual if row.actual is not None and row.month <= SEPTEMBER else row.forecast for row in rows
            ]
            assert one.money.forecast == sum(expected)

    def test_a_month_that_is_not_reported_is_left_out_of_both_sides(self, ccg: Plan) -> None:
        before = positions(ccg)["PG-04"].money
        BudgetMonth.objects.filter(line__reference="PG-04", month=date(2016, 7, 1)).update(actual=None)
        after = positions(ccg)["PG-04"].money
        assert after.reported == before.reported - 1
        assert before.budget_reported is not None
        assert after.budget_reported == before.budget_reported - D(5_108_000)

    def test_an_earlier_month_knows_nothing_of_later_actuals(self, ccg: Plan) -> None:
        [june] = line_positions(ccg, date(2016, 6, 1), tolerances(ccg), "PG-04")
        assert june.money.reported == 3
        assert june.money.reported_to == date(2016, 6, 1)

    def test_a_line_last_reported_two_months_ago_is_not_green(self, ccg: Plan) -> None:
        BudgetMonth.objects.filter(line__reference="PG-08", month__gte=date(2016, 8, 1)).update(actual=None)
        assert positions(ccg)["PG-08"].judgement.rule == "budget_stale"

    def test_a_line_with_nothing_reported_says_so(self, ccg: Plan) -> None:
        BudgetMonth.objects.filter(line__reference="PG-08").update(actual=None)
        assert positions(ccg)["PG-08"].judgement.rating == "not_reported"

    def test_more_resource_is_favourable_and_more_spending_is_not(self, ccg: Plan) -> None:
        BudgetMonth.objects.filter(line__reference="RL-01", month=date(2017, 3, 1)).update(forecast=60_700_000)
        found = positions(ccg)
        assert found["RL-01"].favourable is True
        assert found["PG-01"].favourable is False
        assert found["PG-08"].favourable is True
        assert found["RL-02"].favourable is None

    def test_a_month_of_all_spending_is_told_only_where_every_line_has_reported(self, ccg: Plan) -> None:
        told = {one.month.month: one.actual is not None for one in months_of_uses(ccg)}
        assert told[8]
        assert not told[9]
        BudgetMonth.objects.filter(line__reference="PG-09", month=date(2016, 8, 1)).update(actual=None)
        assert not {one.month.month: one.actual is not None for one in months_of_uses(ccg)}[8]

    def test_a_surplus_forecast_below_plan_makes_the_year_red(self, ccg: Plan) -> None:
        found = in_year_performance(summary(ccg), risk_register(ccg), tolerances(ccg))
        assert (found.surplus.rating, found.spending.rating) == ("red", "green")
        assert found.overall.rule == "surplus_forecast"

    def test_a_plan_without_lines_has_no_summary(self, pct: Plan) -> None:
        assert budget_summary(pct, date(2010, 9, 1)) is None
        assert underlying_position(pct) is None
        assert years_of_plan(pct) == []


class TestUnderlying:
    def test_the_recurrent_position_leaves_out_what_comes_or_is_spent_once(self, ccg: Plan) -> None:
        found = underlying_position(ccg)
        assert found is not None
        once = BudgetAmount.objects.filter(line__plan=ccg, column="2016-17").exclude(
            line__kind__in=["resource", "brought"]
        )
        spent_once = once.aggregate(all=Sum("non_recurrent"))["all"]
        assert found.surplus == found.balance.in_year + spent_once == D(19_520_000)
        assert found.if_none_is_found == D(19_520_000) - D(13_300_000)

    def test_each_year_brings_forward_what_the_year_before_hands_on(self, ccg: Plan) -> None:
        years = years_of_plan(ccg)
        assert [one.year for one in years] == ["2015-16", "2016-17", "2017-18", "2018-19"]
        assert [one.brought_wrong for one in years] == [0, 0, 0, 0]
        BudgetAmount.objects.filter(line__reference="RL-04", column="2017-18").update(amount=15_000_000)
        assert years_of_plan(ccg)[2].brought_wrong == D(-329_000)

    def test_lines_that_end_the_year_above_next_years_plan_are_found(self, ccg: Plan) -> None:
        over = {one.reference for one in exit_rates(ccg, SEPTEMBER) if (one.over or 0) > 0}
        assert over == {"PG-01", "PG-07", "PG-11"}
        BudgetMonth.objects.filter(line__reference="PG-09", month__gte=date(2017, 1, 1)).update(forecast=700_000)
        rates = {one.reference: one for one in exit_rates(ccg, SEPTEMBER)}
        assert rates["PG-09"].rate == D(8_400_000)
        assert rates["PG-09"].over == D(600_000)

    def test_the_year_after_1999_00_is_2000_01(self) -> None:
        assert following("1999-00") == "2000-01"


class TestRecording:
    def change(
        self, figure: str = "actual", month: date = SEPTEMBER, was: int | None = None, value: int | None = 5_100_000
    ):  # type: ignore[no-untyped-def]
        return BudgetChange(month, figure, None if was is None else D(was), None if value is None else D(value))

    def test_an_actual_is_stored_with_who_and_why(self, ccg: Plan, person: Callable[[str], User]) -> None:
        by = person("finance_lead")
        assert record_budget(line(ccg), [self.change()], by=by, why="Ledger of month 6") == 1
        row = BudgetMonth.objects.get(line=line(ccg), month=SEPTEMBER)
        assert (row.actual, row.basis, row.planned_basis) == (D(5_100_000), "entered", "illustrative")
        latest = line_changes(line(ccg).pk)[0]
        assert (latest.who, latest.why, latest.field, latest.now) == (str(by), "Ledger of month 6", "actual", "5100000")

    def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
        self, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        record_budget(line(ccg), [self.change()], by=person("finance_lead"), why="")
        with pytest.raises(MonthsChanged):
            record_budget(line(ccg), [self.change(value=4_000_000)], by=person("commissioner"), why="")

    def test_a_closed_month_keeps_its_figures(self, ccg: Plan, person: Callable[[str], User]) -> None:
        close_month(ccg, SEPTEMBER, by=person("finance_lead"), why="Month 6 is final")
        with pytest.raises(MonthClosed):
            record_budget(line(ccg), [self.change()], by=person("finance_lead"), why="")

    @pytest.mark.parametrize(
        ("figure", "month"),
        [
            ("actual", date(2016, 10, 1)),
            ("forecast", date(2016, 8, 1)),
            ("actual", date(2017, 4, 1)),
            ("outturn", SEPTEMBER),
        ],
    )
    def test_a_figure_that_cannot_be_is_refused(
        self, figure: str, month: date, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        with pytest.raises(ValidationError):
            record_budget(line(ccg), [self.change(figure, month)], by=person("finance_lead"), why="Why not")

    @pytest.mark.parametrize(
        ("figure", "was", "value"),
        [("budget", 5_108_000, 5_000_000), ("actual", None, -100), ("actual", None, 900_000_000)],
    )
    def test_a_new_budget_an_amount_below_nought_or_one_too_large_needs_a_reason(
        self, figure: str, was: int | None, value: int, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        changes = [self.change(figure, was=was, value=value)]
        with pytest.raises(ReasonNeeded):
            record_budget(line(ccg), changes, by=person("finance_lead"), why=" ")
        assert record_budget(line(ccg), changes, by=person("finance_lead"), why="Agreed with the trust") == 1


class TestLinesAndYears:
    def test_a_new_line_takes_the_next_reference_and_stands_last_in_its_section(
        self, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        row = add_line(ccg, values=VALUES, by=person("finance_lead"), why="")
        assert (row.reference, row.kind, row.basis) == ("PG-12", "programme", "entered")
        assert positions(ccg)["PG-12"].judgement.rating == "not_due"

    def test_a_section_that_the_plan_does_not_have_is_refused(self, ccg: Plan, person: Callable[[str], User]) -> None:
        with pytest.raises(ValidationError) as refused:
            add_line(ccg, values=VALUES | {"section": "Sundries"}, by=person("finance_lead"), why="")
        assert "section" in refused.value.message_dict

    def test_moving_a_line_from_spending_to_resource_needs_a_reason(
        self, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        row, by = line(ccg), person("finance_lead")
        values = {name: getattr(row, name) for name in VALUES} | {"section": "Allocation"}
        with pytest.raises(ValidationError):
            change_line(row, values=values, by=by, why="", version=Version.of(row))
        moved = change_line(row, values=values, by=by, why="It was never spending", version=Version.of(row))
        assert moved.kind == "resource"

    def test_a_year_is_changed_with_a_reason_and_its_history_names_it(
        self, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        row, by = line(ccg), person("finance_lead")
        held = amount_of(row, "2017-18")
        values = {"amount": D(63_000_000), "non_recurrent": D(0)}
        with pytest.raises(ValidationError):
            set_year(row, "2017-18", values=values, by=by, why="", version=Version.of(held))
        set_year(row, "2017-18", values=values, by=by, why="Parity of esteem", version=Version.of(held))
        latest = line_changes(row.pk)[0]
        assert (latest.title, latest.now, latest.why) == ("2017/18", "63000000", "Parity of esteem")

    def test_two_people_who_change_one_year_are_asked(self, ccg: Plan, person: Callable[[str], User]) -> None:
        row, opened = line(ccg), Version.of(amount_of(line(ccg), "2017-18"))
        first = {"amount": D(63_000_000), "non_recurrent": D(0)}
        set_year(row, "2017-18", values=first, by=person("finance_lead"), why="Parity", version=opened)
        second = {"amount": D(61_000_000), "non_recurrent": D(0)}
        with pytest.raises(Conflict):
            set_year(row, "2017-18", values=second, by=person("analyst"), why="Growth", version=opened)

    @pytest.mark.parametrize(("amount", "once"), [(D(5), D(6)), (D(5), D(-1)), (None, D(1))])
    def test_what_does_not_recur_is_part_of_the_amount(
        self, amount: Decimal | None, once: Decimal, ccg: Plan, person: Callable[[str], User]
    ) -> None:
        row = line(ccg)
        with pytest.raises(ValidationError) as refused:
            set_year(
                row,
                "2019-20",
                values={"amount": amount, "non_recurrent": once},
                by=person("finance_lead"),
                why="A new year",
                version=Version(None),
            )
        assert "non_recurrent" in refused.value.message_dict
