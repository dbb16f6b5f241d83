"""What a scheme's forecast would be under each rule that it may follow, and which rule it was given when, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries.register import FIELDS
from opplan.calc.money import total
from opplan.calc.savings import Forecast, Outlook, best_known, run_rate
from opplan.plans.versions import changes

if TYPE_CHECKING:
    from finance.models import Scheme
    from finance.queries.months import MonthOfSavings
    from finance.queries.schemes import SchemePosition
    from opplan.plans.versions import ChangeEntry


@dataclass(frozen=True)
class ForecastRule:
    """A rule with what it gives: the year, in pounds, and what a month is expected to save where that is one figure."""

    rule: Forecast
    year: Decimal | None
    rate: Decimal | None
    chance: Decimal | None
    followed: bool


def forecast_rules(position: SchemePosition, months: Sequence[MonthOfSavings], now: date) -> list[ForecastRule]:
    """The three rules for a scheme's months that nobody has reported or forecast. No query. None for what nobody is to deliver."""
    if position.outlook.nobodys:
        return []
    rate = run_rate((one.planned_saving, one.actual_saving) for one in months if one.month <= now)
    found = []
    for rule in Forecast:
        outlook = Outlook(rule, run_rate=rate, chance=position.chance)
        year = total(
            best_known(
                one.planned_saving, one.actual_saving if one.month <= now else None, one.forecast_saving, outlook
            )
            for one in months
        )
        found.append(
            ForecastRule(
                rule,
                year,
                rate if rule == Forecast.RUN_RATE else None,
                position.chance if rule == Forecast.RISK_ADJUSTED else None,
                position.outlook.follows == rule,
            )
        )
    return found


def rule_changes(scheme: Scheme) -> list[ChangeEntry]:
    """Each choice of what the scheme's forecast follows, latest first. One query."""
    entries = scheme.history.select_related("history_user").order_by("id", "history_id")
    found = changes(entries, kind="Scheme", fields={"forecast_default": FIELDS["forecast_default"]})
    return [one for one in found if one.field]
