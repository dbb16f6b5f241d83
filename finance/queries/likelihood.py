"""How likely the savings are: each scheme's chance and range, and what ten thousand draws of the year make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import Scheme
from finance.queries.schemes import SchemePosition
from opplan.calc.rag import Rating

if TYPE_CHECKING:
    from opplan.calc.likelihood import Likelihood
    from opplan.plans.models import Plan

TOGETHER = Decimal("0.3")
LEAST, MOST = Decimal(60), Decimal(110)
BY_RATING = {Rating.GREEN: Decimal(90), Rating.AMBER: Decimal(50), Rating.RED: Decimal(10), Rating.BLUE: Decimal(100)}
UNRATED, WHOLE = Decimal(50), Decimal(100)
"""General knowledge, to be overruled scheme by scheme: the weights by rating of the reference's section 4.1, a scheme without a
rating as an amber one, and a saving between three fifths and a tenth more than what is still expected."""


@dataclass(frozen=True)
class SchemeChance:
    """What is assumed of a scheme: per cent chance of delivering what is still to come, and the least and most of it. Pounds."""

    reference: str
    title: str
    programme: str
    rating: Rating
    delivered: Decimal
    to_come: Decimal
    chance: Decimal
    least: Decimal
    most: Decimal
    own: bool
    """Whether somebody set the chance or the range, or they follow from the rating."""

    @property
    def expected(self) -> Decimal:
        return self.delivered + self.to_come * self.chance / 100 * (self.least + 100 + self.most) / 300


def scheme_chances(
    plan: Plan, positions: Sequence[SchemePosition], programmes: Mapping[int, str]
) -> list[SchemeChance]:
    """Each scheme that somebody is to deliver, with its chance. One query. `programmes` is the programme of each initiative."""
    own = {
        key: values for key, *values in Scheme.objects.filter(plan=plan).values_list("pk", "chance", "least", "most")
    }
    return [
        _chance(one, programmes.get(one.initiative_key or 0, one.section), *own[one.key])
        for one in positions
        if one.state != Scheme.State.UNIDENTIFIED
    ]


def _chance(
    one: SchemePosition, programme: str, chance: Decimal | None, least: Decimal | None, most: Decimal | None
) -> SchemeChance:
    delivered = one.position.to_date or Decimal(0)
    expected = one.position.planned_year if one.position.forecast_year is None else one.position.forecast_year
    return SchemeChance(
        one.reference,
        one.title,
        programme,
        one.judgement.rating,
        delivered,
        max(expected - delivered, Decimal(0)),
        BY_RATING.get(one.judgement.rating, UNRATED) if chance is None else chance,
        LEAST if least is None else least,
        MOST if most is None else most,
        chance is not None or least is not None or most is not None,
    )


def savings_likelihood(chances: Sequence[SchemeChance], requirement: Decimal) -> Likelihood:
    """The year drawn many times. No query; numpy is read only where a page asks for this."""
    from opplan.calc.likelihood import Chancy, likelihood

    drawn = []
    for one in chances:
        least, most = (float(one.to_come * share / 100) for share in (min(one.least, WHOLE), max(one.most, WHOLE)))
        drawn.append(
            Chancy(
                one.reference,
                one.programme,
                float(one.chance / 100),
                least,
                float(one.to_come),
                most,
                delivered=float(one.delivered),
            )
        )
    return likelihood(drawn, requirement=float(requirement), break_even=float(requirement), together=float(TOGETHER))
