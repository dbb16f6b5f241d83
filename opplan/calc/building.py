"""Building up the plan of an activity line: last year's outturn, growth, policy, and what each initiative is to change.

The parts are rounded here, once, so that they always add to the plan. Growth is rounded for both kinds together, demographic growth by
itself; other growth is the rest, so the odd unit of the rounding stands there, and nowhere where only one kind of growth is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opplan.calc.money import rounded
from opplan.calc.phasing import largest_remainder


@dataclass(frozen=True)
class BuildUp:
    """The year's plan of a line in parts that add to it, in the measure's unit. A part below nought lowers the plan."""

    baseline: Decimal
    demographic: Decimal
    other: Decimal
    policy: Decimal
    impacts: tuple[Decimal, ...]

    @property
    def before(self) -> Decimal:
        """The year before initiatives."""
        return self.baseline + self.demographic + self.other + self.policy

    @property
    def plan(self) -> Decimal:
        return self.before + sum(self.impacts, Decimal(0))


def build_up(
    baseline: Decimal,
    *,
    demographic: Decimal = Decimal(0),
    other: Decimal = Decimal(0),
    policy: Decimal = Decimal(0),
    impacts: Sequence[Decimal] = (),
    places: int = 0,
) -> BuildUp:
    """Build up a year. Growth is in per cent of the baseline, everything else in the measure's unit, rounded to `places`."""
    start = rounded(baseline, places)
    growth = rounded(start * (demographic + other) / 100, places)
    of_population = rounded(start * demographic / 100, places)
    return BuildUp(
        start,
        of_population,
        growth - of_population,
        rounded(policy, places),
        tuple(rounded(impact, places) for impact in impacts),
    )


def periods(months: Sequence[date], frequency: str) -> list[tuple[date, ...]]:
    """The months of a year in the periods that a line plans by: twelve of one month, or four quarters. Others have no phasing."""
    if frequency == "month":
        return [(month,) for month in months]
    if frequency == "quarter":
        return [tuple(months[first : first + 3]) for first in range(0, len(months), 3)]
    return []


def phased(
    year: Decimal,
    weights: Sequence[Decimal | int],
    *,
    kept: Mapping[int, Decimal],
    added: Sequence[Decimal],
    unit: Decimal = Decimal(1),
) -> list[Decimal]:
    """A year's figure over its periods so that they sum to it exactly.

    `kept` are the periods whose figure stays (their months are closed), by their place; the rest of the year is spread over the
    others by `weights`. `added` is what initiatives change in each period: it stands in its own period and is not spread.

    ValueError where no period is left to spread over, nothing to spread by, or the year is not a whole number of units.
    """
    free = [at for at in range(len(weights)) if at not in kept]
    if not free:
        raise ValueError("Every period is kept: there is none left to spread the year over.")
    rest = year - sum(kept.values(), Decimal(0)) - sum((added[at] for at in free), Decimal(0))
    shares = dict(zip(free, largest_remainder(rest, [weights[at] for at in free], unit), strict=True))
    return [kept[at] if at in kept else shares[at] + added[at] for at in range(len(weights))]
