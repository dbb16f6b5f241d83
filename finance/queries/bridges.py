"""The bridges of the financial plan: last year's outturn of spending to this year's plan, and surplus planned to surplus forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from finance.models import BridgeStep, BudgetAmount, BudgetLine
from finance.queries.budgets import INCOME, UNFOUND, Kind, LinePosition
from opplan.calc.bridge import Bridge, DoesNotClose, bridge
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

NONE = Decimal(0)


@dataclass(frozen=True)
class StepOfBridge:
    """A step as it is held: where it came from, whether it comes back every year, and whether nobody owns it."""

    reference: str
    title: str
    amount: Decimal
    recurrent: bool | None
    source: str = ""
    basis: str = ""

    @property
    def unowned(self) -> bool:
        return self.reference.endswith(UNFOUND)


@dataclass(frozen=True)
class BridgeHeld:
    """A bridge with its steps. `bridge` is None where it does not close: `unexplained` is what the steps leave between them and the end."""

    start_name: str
    start: Decimal
    steps: Sequence[StepOfBridge]
    end_name: str
    end: Decimal

    @property
    def leads_to(self) -> Decimal:
        return self.start + sum((step.amount for step in self.steps), NONE)

    @property
    def unexplained(self) -> Decimal:
        return self.end - self.leads_to

    @property
    def bridge(self) -> Bridge | None:
        try:
            return bridge(self.start, [(step.title, step.amount) for step in self.steps], self.end)
        except DoesNotClose:
            return None


def year_before(year: str) -> str:
    """2015-16 before 2016-17."""
    opens = int(year[:4])
    return f"{opens - 1}-{opens % 100:02}"


def steps_of(plan: Plan) -> list[BridgeStep]:
    """The steps from last year's outturn to this year's plan, in order. One query."""
    return list(BridgeStep.objects.filter(plan=plan).order_by("position", "reference"))


def find_step(plan: Plan, reference: str) -> BridgeStep | None:
    """One step by its reference."""
    return BridgeStep.objects.filter(plan=plan, reference=reference).first()


def outturn_bridge(plan: Plan) -> BridgeHeld | None:
    """From last year's outturn of spend to this year's plan. None where the plan gives either no such year or no steps. Two queries."""
    before = year_before(plan.year)
    spent = dict(
        BudgetAmount.objects.filter(
            line__plan=plan, line__statement=BudgetLine.Statement.PLAN, column__in=(before, plan.year)
        )
        .exclude(line__kind__in=INCOME)
        .order_by()
        .values_list("column")
        .annotate(spent=Sum("amount"))
    )
    steps = steps_of(plan)
    if spent.get(before) is None or spent.get(plan.year) is None or not steps:
        return None
    return BridgeHeld(
        f"Outturn {before.replace('-', '/')}",
        spent[before],
        [StepOfBridge(row.reference, row.title, row.amount, row.recurrent, row.source, row.basis) for row in steps],
        f"Plan {plan.year_label}",
        spent[plan.year],
    )


def forecast_bridge(positions: Sequence[LinePosition]) -> BridgeHeld | None:
    """From the in-year surplus planned to the one forecast, a step a line whose forecast differs. No query.

    A step below nought takes from the surplus. It closes where every line that has a plan has a forecast, and the other way about.
    """
    counted = [(1 if one.income else -1, one) for one in positions if one.kind != Kind.BROUGHT]
    planned = [sign * one.money.year for sign, one in counted if one.money.year is not None]
    forecast = [sign * one.money.forecast for sign, one in counted if one.money.forecast is not None]
    if not planned or not forecast:
        return None
    return BridgeHeld(
        "Surplus planned",
        sum(planned, NONE),
        [
            StepOfBridge(one.reference, one.title, sign * variance, None, one.source, one.basis)
            for sign, one in counted
            if (variance := one.money.forecast_variance)
        ],
        "Surplus forecast",
        sum(forecast, NONE),
    )


def bridge_changes(plan: Plan) -> list[ChangeEntry]:
    """What people have changed in the steps, latest first. One query."""
    found = changes(
        BridgeStep.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id"),
        kind="Step",
        fields={"title": "name", "amount": "amount", "recurrent": "recurrent", "position": "place"},
    )
    return [one for one in found if one.who]
