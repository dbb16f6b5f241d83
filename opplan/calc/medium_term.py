"""The medium-term financial model: from one year's resource limit, through assumptions, to what must be saved in each year after.

The shape is that of the four-year strategy that primary care trusts put to their boards in 2010: growth and the surplus brought
forward, adjusted for what must be funded first, less what pathways are to cost, leave the year's surplus. Money is whole GBP
thousand, as the tables are printed; a percentage is of the year's own resource limit unless it says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from opplan.calc.money import rounded, total


@dataclass(frozen=True)
class Adjustment:
    """What must be funded (below nought) or is given back (above) before pathways: per cent of the limit, an amount, or both.

    `inflation` marks what makes up inflation net of efficiency: gross inflation, and the efficiency asked of providers.
    """

    name: str
    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    inflation: bool = False

    def of(self, limit: Decimal) -> Decimal:
        """In GBP thousand, whole."""
        return rounded(limit * self.percent / 100 + self.amount)


@dataclass(frozen=True)
class YearAssumed:
    """What is assumed of one year: growth in per cent of the year before's limit, adjustments, and what pathways change.

    `pathways` below nought costs more than it saves. The surplus aimed at is in per cent of the limit, an amount, or both; a limit
    that is known is taken as it stands.
    """

    year: str
    growth: Decimal
    adjustments: tuple[Adjustment, ...] = ()
    pathways: Decimal = Decimal(0)
    surplus: Decimal = Decimal(0)
    surplus_amount: Decimal = Decimal(0)
    limit: Decimal | None = None


@dataclass(frozen=True)
class YearModelled:
    """One year of the model in whole GBP thousand. `uplift` is what growth leaves after the adjustments; `saving_needed` is what
    pathways must save, beyond what they are assumed to change, for the surplus to reach its aim: 0 where it does. `net_inflation` is
    gross inflation less efficiency, None where neither is assumed."""

    year: str
    limit: Decimal
    growth: Decimal
    brought_forward: Decimal
    adjustments: tuple[tuple[str, Decimal], ...]
    pathways: Decimal
    aim: Decimal
    net_inflation: Decimal | None = None

    @property
    def uplift(self) -> Decimal:
        return self.growth + self.brought_forward + sum((amount for _, amount in self.adjustments), Decimal(0))

    @property
    def surplus(self) -> Decimal:
        return self.uplift + self.pathways

    @property
    def saving_needed(self) -> Decimal:
        return max(self.aim - self.surplus, Decimal(0))


def medium_term(
    opening_limit: Decimal, years: Sequence[YearAssumed], *, brought_forward: Decimal = Decimal(0)
) -> list[YearModelled]:
    """The years in order, each from the one before: its limit grows from theirs and the surplus aimed at is carried forward.

    A year whose limit is given takes it as it stands. A shortfall is not carried forward: the plan is that the saving needed is
    found. Raises ValueError where the opening limit is not above 0 or a year would shrink to nothing.
    """
    if opening_limit <= 0:
        raise ValueError(f"The opening limit must be above 0, not {opening_limit}.")
    modelled: list[YearModelled] = []
    before = rounded(opening_limit)
    for assumed in years:
        limit = rounded(before * (1 + assumed.growth / 100) if assumed.limit is None else assumed.limit)
        if limit <= 0:
            raise ValueError(f"The limit of {assumed.year} would be {limit}: growth cannot take all of it.")
        year = YearModelled(
            assumed.year,
            limit,
            limit - before if assumed.limit is None else rounded(before * assumed.growth / 100),
            brought_forward,
            tuple((adjustment.name, adjustment.of(limit)) for adjustment in assumed.adjustments),
            rounded(assumed.pathways),
            rounded(limit * assumed.surplus / 100 + assumed.surplus_amount),
            total(adjustment.of(limit) for adjustment in assumed.adjustments if adjustment.inflation),
        )
        modelled.append(year)
        before, brought_forward = limit, max(year.surplus, year.aim)
    return modelled
