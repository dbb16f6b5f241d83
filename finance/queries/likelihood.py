"""How likely the savings are: each scheme's chance and range, and what ten thousand draws of the year make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finance.models import Scheme
from finance.queries.rules import PlannedYear
from finance.queries.schemes import SchemePosition
from opplan.calc.confidence import LEAST, LIKELIEST, MOST, chance_of
from opplan.calc.rag import Rating
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import plain

if TYPE_CHECKING:
    from opplan.calc.likelihood import Likelihood
    from opplan.plans.models import Plan

TOGETHER = Decimal("0.3")
PARTS = ("chance", "least", "most")
NOT_DRAWN = (Scheme.State.UNIDENTIFIED, Scheme.State.IDEA)
"""What nobody is to deliver yet: savings without a scheme, and ideas."""


@dataclass(frozen=True)
class SchemeChance:
    """What is assumed of a scheme: per cent chance of delivering what is still to come, and the least and most of it. Pounds.

    `said` is what somebody set of the three; None follows the rule.
    """

    reference: str
    title: str
    programme: str
    rating: Rating
    delivered: Decimal
    to_come: Decimal
    said: Mapping[str, Decimal | None]

    @property
    def by_rating(self) -> Decimal:
        """The chance that its rating stands for."""
        return chance_of(self.rating)

    @property
    def chance(self) -> Decimal:
        return chance_of(self.rating, self.said["chance"])

    @property
    def least(self) -> Decimal:
        said = self.said["least"]
        return LEAST if said is None else min(said, LIKELIEST)

    @property
    def most(self) -> Decimal:
        said = self.said["most"]
        return MOST if said is None else max(said, LIKELIEST)

    @property
    def own(self) -> bool:
        """Whether somebody set the chance or the range, or they follow from the rating."""
        return any(value is not None for value in self.said.values())

    @property
    def expected(self) -> Decimal:
        return self.delivered + self.to_come * self.chance / 100 * (self.least + LIKELIEST + self.most) / 300

    @property
    def cells(self) -> dict[str, str]:
        """What was set, by a name of its own, as a person types it."""
        return {f"{self.reference}|{part}": plain(self.said[part]) for part in PARTS}


def scheme_chances(
    plan: Plan, positions: Sequence[SchemePosition], programmes: Mapping[int, str]
) -> list[SchemeChance]:
    """Each scheme that somebody is to deliver, with its chance. One query. `programmes` is the programme of each initiative."""
    said = {key: values for key, *values in Scheme.objects.filter(plan=plan).values_list("pk", *PARTS)}
    return [
        _chance(one, programmes.get(one.initiative_key or 0, one.section), said[one.key])
        for one in positions
        if one.state not in NOT_DRAWN
    ]


def _chance(one: SchemePosition, programme: str, said: Sequence[Decimal | None]) -> SchemeChance:
    delivered = one.position.to_date or Decimal(0)
    forecast = one.position.forecast_year if one.position.if_delivered is None else one.position.if_delivered
    expected = one.position.planned_year if forecast is None else forecast
    return SchemeChance(
        one.reference,
        one.title,
        programme,
        one.judgement.rating,
        delivered,
        Decimal(0) if one.nobodys else max(expected - delivered, Decimal(0)),
        dict(zip(PARTS, said, strict=True)),
    )


def supposing(chances: Sequence[SchemeChance], cells: Mapping[str, str]) -> list[SchemeChance]:
    """The schemes as they would be with these chances and ranges; nothing is stored."""
    return [
        replace(
            one,
            said={
                part: (Decimal(text) if (text := cells[cell]) else None)
                if (cell := f"{one.reference}|{part}") in cells
                else value
                for part, value in one.said.items()
            },
        )
        for one in chances
    ]


def break_even_saving(requirement: Decimal, year: PlannedYear) -> Decimal | None:
    """What must be saved for the plan to break even: the requirement less the surplus that the plan's lines leave.

    None where they do not give a surplus: then reaching the requirement is all that can be told.
    """
    return None if year.surplus is None else max(requirement - year.surplus, Decimal(0))


def savings_likelihood(
    chances: Sequence[SchemeChance], requirement: Decimal, break_even: Decimal | None = None
) -> Likelihood:
    """The year drawn many times. No query; numpy is read only where a page asks for this."""
    from opplan.calc.likelihood import Chancy, likelihood

    drawn = []
    for one in chances:
        least, most = (float(one.to_come * share / 100) for share in (one.least, one.most))
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
    even = requirement if break_even is None else break_even
    return likelihood(drawn, requirement=float(requirement), break_even=float(even), together=float(TOGETHER))


def chance_history(plan: Plan) -> list[ChangeEntry]:
    """What people have changed in the chances and ranges of schemes, latest first. One query."""
    kept: Any = Scheme.history.model
    entries = kept.objects.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    fields = {"chance": "Chance, per cent", "least": "Least, per cent", "most": "Most, per cent"}
    found = changes(entries, kind="Savings scheme", fields=fields)
    return [change for change in found if change.who and change.field]
