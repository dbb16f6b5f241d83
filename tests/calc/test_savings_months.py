"""What months are expected to save, run rates, positions against plan, and moved starts: known answers and properties."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opplan.calc.savings import (
    NOBODYS,
    Forecast,
    MonthFigures,
    Outlook,
    best_known,
    moved,
    net,
    required_run_rate,
    run_rate,
    standing,
)

D = Decimal
MONTHS = [date(2016, month, 1) for month in range(4, 13)] + [date(2017, month, 1) for month in range(1, 4)]
money = st.none() | st.decimals(min_value=-9_999, max_value=999_999, places=2)
years = st.lists(money, min_size=12, max_size=12)


# What a month is expected to save ---------------------------------------------


@pytest.mark.parametrize(
    ("outlook", "expected"),
    [
        (Outlook(), 40_000),
        (Outlook(Forecast.RUN_RATE, run_rate=D(33_333)), 33_333),
        (Outlook(Forecast.RUN_RATE), 40_000),
        (Outlook(Forecast.RISK_ADJUSTED, chance=D("12.5")), 5_000),
        (NOBODYS, None),
    ],
    ids=["plan", "run rate", "no run rate yet", "risk adjusted", "nobody's"],
)
def test_a_month_without_a_word_of_its_own_follows_the_rule(outlook: Outlook, expected: int | None) -> None:
    assert best_known(D(40_000), None, None, outlook) == expected


@pytest.mark.parametrize("rule", list(Forecast))
def test_an_actual_goes_before_a_forecast_and_a_forecast_before_the_rule(rule: Forecast) -> None:
    outlook = Outlook(rule, run_rate=D(1), chance=D(1))
    assert best_known(D(40), D(0), D(30), outlook) == 0
    assert best_known(D(40), None, D(30), outlook) == 30


@pytest.mark.parametrize("planned", [None, D(0)])
def test_a_run_rate_is_expected_only_where_a_saving_is_planned(planned: Decimal | None) -> None:
    assert Outlook(Forecast.RUN_RATE, run_rate=D(33_333)).of(planned) == planned


# Run rates ------------------------------------------------------------------


def test_the_months_before_a_scheme_starts_do_not_thin_its_run_rate() -> None:
    assert run_rate([(D(0), D(0)), (None, None), (D(40), D(30)), (D(40), D(50)), (D(40), None)]) == 40


def test_a_run_rate_is_to_the_penny() -> None:
    assert run_rate([(D(1), D(10)), (D(1), D(10)), (D(1), D(0))]) == D("6.67")


def test_nothing_reported_has_no_run_rate() -> None:
    assert run_rate([(D(40), None)]) is None


def test_what_each_month_left_must_save_reaches_the_year() -> None:
    found = required_run_rate(D(480), [(D(40), D(30))] * 6, 6)
    assert (found.so_far, found.required, found.reached) == (30, 50, False)


def test_a_year_that_is_reached_or_over_needs_nothing_more_or_cannot_be_reached() -> None:
    assert required_run_rate(D(100), [(D(50), D(120))], 6).reached
    over = required_run_rate(D(100), [(D(50), D(20))], 0)
    assert (over.required, over.reached, over.short) == (None, False, 80)


@settings(deadline=None)
@given(st.decimals(min_value=1, max_value=10**7, places=2), years, st.integers(1, 11))
def test_the_required_months_and_what_is_saved_make_the_year_to_half_a_penny_a_month(
    planned: Decimal, actuals: list[Decimal | None], left: int
) -> None:
    found = required_run_rate(planned, [(D(1), one) for one in actuals], left)
    saved = sum((one for one in actuals if one is not None), D(0))
    if found.required is None:
        assert saved >= planned
    else:
        assert abs(saved + found.required * left - planned) <= D("0.005") * left


# In the month, to date, at year end ---------------------------------------------


def figures(planned: list[Decimal | None], actual: list[Decimal | None]) -> list[MonthFigures]:
    return [
        MonthFigures(month, one, other, other if other is not None else one)
        for month, one, other in zip(MONTHS, planned, actual, strict=True)
    ]


def test_actuals_are_compared_with_the_plan_of_the_months_that_have_one() -> None:
    found = standing(figures([D(10)] * 12, [D(8), None, D(12), *[None] * 9]), MONTHS[2])
    assert (found.to_date.planned, found.to_date.compared, found.to_date.actual) == (30, 20, 20)
    assert (found.in_month.variance, found.in_month.achieved) == (2, 120)
    assert (found.year.planned, found.year.actual) == (120, 120)


def test_nothing_reported_has_no_variance_and_no_share() -> None:
    found = standing(figures([D(10)] * 12, [None] * 12), MONTHS[2])
    assert (found.to_date.actual, found.to_date.variance, found.to_date.achieved) == (None, None, None)


@pytest.mark.parametrize(
    ("planned", "actual", "expected"),
    [(D(5), D(4), 26), (D(5), None, None), (None, None, 30), (D(0), None, 30)],
    ids=["both", "investment not reported", "never planned", "planned at nought"],
)
def test_net_is_not_reported_while_an_investment_is_due_and_absent(
    planned: Decimal | None, actual: Decimal | None, expected: int | None
) -> None:
    saving = MonthFigures(MONTHS[0], D(40), D(30), D(30))
    assert net(saving, MonthFigures(MONTHS[0], planned, actual, actual)).actual == expected


@settings(deadline=None)
@given(years, years, st.integers(0, 11))
def test_the_plan_to_date_never_passes_what_is_planned_for_the_months_that_came(
    planned: list[Decimal | None], actual: list[Decimal | None], at: int
) -> None:
    found = standing(figures(planned, actual), MONTHS[at])
    assert found.to_date.planned == sum((one or D(0) for one in planned[: at + 1]), D(0))
    assert found.year.planned == sum((one or D(0) for one in planned), D(0))


# Moved starts -----------------------------------------------------------------


def test_a_later_start_moves_each_month_and_carries_what_falls_beyond_march() -> None:
    found = moved([D(1), D(2), D(3)] + [D(0)] * 6 + [D(7), D(8), D(9)], 2)
    assert found.months[:5] == [0, 0, 1, 2, 3]
    assert found.months[-1] == 7
    assert found.carried == 17


def test_a_closed_month_keeps_its_figure_and_takes_no_other() -> None:
    found = moved([D(1), D(2), D(3), D(4)], 1, kept={0, 1})
    assert list(found.months) == [1, 2, 0, 3]
    assert found.carried == 4


def test_an_earlier_start_never_plans_a_month_that_has_gone_by() -> None:
    assert list(moved([D(0), D(0), D(3), D(4)], -2).months) == [3, 4, 0, 0]
    with pytest.raises(ValueError, match="before the year"):
        moved([D(0), D(0), D(3), D(4)], -3)
    with pytest.raises(ValueError, match="closed"):
        moved([D(0), D(0), D(3), D(4)], -1, kept={1})


@settings(deadline=None)
@given(years, st.integers(0, 13), st.sets(st.integers(0, 11)))
def test_moved_months_and_what_is_carried_are_always_the_year(
    planned: list[Decimal | None], steps: int, kept: set[int]
) -> None:
    found = moved(planned, steps, kept)
    assert sum((one or D(0) for one in found.months), D(0)) + found.carried == sum(
        (one or D(0) for one in planned), D(0)
    )
    assert [found.months[at] for at in kept] == [planned[at] for at in kept]
