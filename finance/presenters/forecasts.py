"""What a scheme's forecast follows, what the other rules would give, and the months that have a forecast of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from opplan.calc.savings import Forecast
from opplan.web import formats

if TYPE_CHECKING:
    from finance.queries import FigureChanged, MonthOfSavings
    from finance.queries.forecasts import ForecastRule

RULE = {
    Forecast.PLAN: "the plan of the months that remain",
    Forecast.RUN_RATE: "the run rate to date",
    Forecast.RISK_ADJUSTED: "the plan, weighed by the chance of delivering",
}


@dataclass(frozen=True)
class RuleRow:
    """A rule as a row: its name, what a month is expected to save, and what it makes of the year in £000."""

    name: str
    month: str
    year: str
    followed: bool


def rule_rows(rules: Sequence[ForecastRule]) -> list[RuleRow]:
    return [
        RuleRow(
            RULE[one.rule][:1].upper() + RULE[one.rule][1:],
            _of_a_month(one),
            formats.in_thousands(one.year),
            one.followed,
        )
        for one in rules
    ]


def _of_a_month(one: ForecastRule) -> str:
    if one.rule == Forecast.RUN_RATE:
        if one.rate is None:
            return "none yet: no month is reported, so the plan stands"
        return f"{formats.pounds(one.rate)} in each month with a planned saving"
    if one.rule == Forecast.RISK_ADJUSTED and one.chance is not None:
        return f"{formats.per_cent(one.chance, 0)} of its plan"
    return "its plan"


def rule_lead(rules: Sequence[ForecastRule]) -> str:
    """What the year is forecast at as it stands, and what the other rules would make of it."""
    now = next((one for one in rules if one.followed), None)
    if now is None:
        return "Nobody is to deliver what is still planned, so nothing of it is forecast."
    others = [f"{RULE[one.rule]} would make it {formats.in_words(one.year)}" for one in rules if not one.followed]
    else_made = "; ".join(others)
    as_it_is = f"It follows {RULE[now.rule]}: the year is forecast at {formats.in_words(now.year)}."
    return f"{as_it_is} {else_made[:1].upper()}{else_made[1:]}."


@dataclass(frozen=True)
class OwnForecast:
    """A month's own forecast beside what the rule would give, in £000, and who gave it and why."""

    month: date
    value: str
    default: str
    who: str
    why: str


def own_forecasts(months: Sequence[MonthOfSavings], changes: Sequence[FigureChanged], now: date) -> list[OwnForecast]:
    """The forecasts that people gave of months that have no actual. `changes` are latest first."""
    latest: Mapping[date, FigureChanged] = {
        one.month: one for one in reversed(changes) if one.figure == "forecast_saving"
    }
    found = []
    for one in months:
        if one.forecast_saving is None or (one.month <= now and one.actual_saving is not None):
            continue
        by = latest.get(one.month)
        found.append(
            OwnForecast(
                one.month,
                formats.in_thousands(one.forecast_saving),
                formats.in_thousands(one.default_saving) or formats.NOT_DUE,
                f"{by.who or 'opplan'}, {formats.moment(by.when)}" if by else "Loaded with the plan",
                by.why if by else one.source,
            )
        )
    return found
