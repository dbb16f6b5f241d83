"""The financial position of a commissioner: what it may spend, what it spends, and what one year leaves to the next.

Money is Decimal pounds. A surplus is resource less uses: it is computed, never typed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opplan.calc.rag import Direction, Judgement, Rating, Tolerance, banded

MONTHS_OF_AN_EXIT = 3


@dataclass(frozen=True)
class Balance:
    """A year's resource limit against its uses. `resource` is the year's own; `brought` the surplus of the year before."""

    resource: Decimal
    brought: Decimal
    uses: Decimal

    @property
    def in_year(self) -> Decimal:
        """The surplus that the year itself makes; below nought a deficit."""
        return self.resource - self.uses

    @property
    def cumulative(self) -> Decimal:
        """The surplus with what was brought forward: what the year hands on."""
        return self.in_year + self.brought

    @property
    def in_year_share(self) -> Decimal | None:
        """The in-year surplus in per cent of the year's own resource limit."""
        return 100 * self.in_year / self.resource if self.resource else None

    @property
    def cumulative_share(self) -> Decimal | None:
        """The cumulative surplus in per cent of the resource limit with what was brought forward."""
        whole = self.resource + self.brought
        return 100 * self.cumulative / whole if whole else None


@dataclass(frozen=True)
class Underlying:
    """A year's balance beside the part of it that comes back every year.

    `unfound` is the saving that no scheme stands behind yet: the recurrent spending is lower by it only if it is found.
    """

    balance: Balance
    recurrent_resource: Decimal
    recurrent_uses: Decimal
    unfound: Decimal = Decimal(0)

    @property
    def surplus(self) -> Decimal:
        """Recurrent resource less recurrent spending."""
        return self.recurrent_resource - self.recurrent_uses

    @property
    def share(self) -> Decimal | None:
        """The underlying surplus in per cent of the recurrent resource."""
        return 100 * self.surplus / self.recurrent_resource if self.recurrent_resource else None

    @property
    def if_none_is_found(self) -> Decimal:
        """The underlying surplus if no scheme is ever found for the rest of the savings."""
        return self.surplus - self.unfound


def against_budget(
    rule: str, actual: Decimal, budget: Decimal, direction: Direction, tolerance: Tolerance
) -> Judgement:
    """Money against its budget, in per cent of the budget. `direction` is UNDER for spending, OVER for resource.

    `rule` names what is compared, "budget_to_date" or "budget_forecast". Without a budget, any adverse amount is red.
    """
    adverse = budget - actual if direction == Direction.OVER else actual - budget
    if budget == 0:
        rating = Rating.RED if adverse > 0 else Rating.GREEN
        return Judgement(rating, f"{rule}_of_none", actual - budget, Decimal(0), actual, budget, direction)
    rating, bound = banded(100 * adverse / abs(budget), tolerance)
    return Judgement(rating, rule, 100 * (actual - budget) / abs(budget), bound, actual, budget, direction)


def surplus_against_plan(forecast: Balance, planned: Balance, tolerance: Tolerance) -> Judgement:
    """The in-year surplus forecast against the one planned: a shortfall in per cent of the year's resource limit."""
    short = planned.in_year - forecast.in_year
    share = 100 * short / planned.resource if planned.resource else short
    rating, bound = banded(share, tolerance)
    return Judgement(rating, "surplus_forecast", share, bound, forecast.in_year, planned.in_year, Direction.OVER)


def risk_against_spend(net: Decimal, spend: Decimal, tolerance: Tolerance) -> Judgement:
    """What mitigations leave of the weighted risk, in per cent of planned spend. Nothing left counts as nought."""
    if not spend:
        return Judgement(Rating.NOT_RATED, "no_plan", actual=net)
    share = 100 * max(net, Decimal(0)) / spend
    rating, bound = banded(share, tolerance)
    return Judgement(rating, "net_risk", share, bound, net, spend, Direction.UNDER)


def months_behind(reported: date, month: date) -> int:
    """How many months the last one reported lies before `month`."""
    return (month.year - reported.year) * 12 + month.month - reported.month
