"""The pipeline of savings: how many schemes stand at each stage, what they are worth, and what they carry into later years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance.models import Scheme
from finance.queries.schemes import SchemePosition
from opplan.calc.effects import EffectOfMany, together
from opplan.calc.money import total

STAGES = [(str(value), str(label)) for value, label in Scheme.Stage.choices]
CONTRACTS = {str(value): str(label) for value, label in Scheme.Contract.choices}
NO_STAGE = ""
"""The line of what is still to find, and a scheme whose stage nobody has given."""


@dataclass(frozen=True)
class StageStanding:
    """One stage of the pipeline with its schemes. Pounds, gross. `counted` is whether they count towards the requirement."""

    stage: str
    name: str
    schemes: Sequence[SchemePosition]
    planned: Decimal
    investment: Decimal | None
    to_date: Decimal | None
    effect: EffectOfMany
    counted: bool


def pipeline(schemes: Sequence[SchemePosition]) -> list[StageStanding]:
    """Each stage in its order, whether or not a scheme stands there, then those without a stage. No query."""
    stages = [_stage(stage, name, [one for one in schemes if one.stage == stage]) for stage, name in STAGES]
    without = [one for one in schemes if one.stage == NO_STAGE and one.state != Scheme.State.UNIDENTIFIED]
    return [*stages, _stage(NO_STAGE, "No stage given", without)] if without else stages


def _stage(stage: str, name: str, schemes: Sequence[SchemePosition]) -> StageStanding:
    return StageStanding(
        stage,
        name,
        schemes,
        sum((one.position.planned_year for one in schemes), Decimal(0)),
        total(one.investment for one in schemes),
        total(one.position.to_date for one in schemes),
        together([one.effect for one in schemes]),
        stage != Scheme.Stage.IDEA,
    )


def effect_of_all(schemes: Sequence[SchemePosition]) -> EffectOfMany:
    """What every scheme that counts is worth this year and in the two after. Savings without a scheme carry nothing. No query."""
    return together([one.effect for one in schemes if one.counted and one.state != Scheme.State.UNIDENTIFIED])


@dataclass(frozen=True)
class OnBlock:
    """The schemes whose saving releases no cash yet, because a block pays the provider whatever is done. Pounds planned, gross."""

    schemes: Sequence[SchemePosition]
    planned: Decimal


def on_block(schemes: Sequence[SchemePosition]) -> OnBlock:
    """The schemes on block contracts that have not been agreed anew. No query."""
    found = [one for one in schemes if one.releases_no_cash and one.stage != Scheme.Stage.CLOSED]
    return OnBlock(found, sum((one.position.planned_year for one in found), Decimal(0)))
