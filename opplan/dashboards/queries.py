"""The standing of a plan at a month: every room's figures gathered once, and rolled up by one stated rule. Computes no figure anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from django.utils.functional import cached_property

from activity.queries import LinePosition, line_positions
from finance.queries import (
    RequirementPosition,
    SchemePosition,
    savings_requirement,
    scheme_positions,
    total_position,
)
from initiatives.queries import InitiativeEntry, MilestoneEntry, initiative_register, milestone_register
from opplan.calc.months import end_of, next_month
from opplan.calc.rag import SEVERITY, Judgement, Rating, Tolerance, rolled_up
from opplan.calc.savings import Position
from opplan.plans.queries import tolerances

if TYPE_CHECKING:
    from opplan.plans.models import Plan

Part = MilestoneEntry | SchemePosition | LinePosition
LATE = {Rating.RED, Rating.AMBER}


@dataclass(frozen=True)
class RatedInitiative:
    """An initiative with what it is rated by: its milestones, schemes and lines, and how old its last update is."""

    entry: InitiativeEntry
    milestones: Sequence[MilestoneEntry]
    schemes: Sequence[SchemePosition]
    lines: Sequence[LinePosition]
    stale: bool

    @cached_property
    def parts(self) -> list[Part]:
        """What the initiative is rated by, the worst first."""
        return sorted(self._every_part, key=lambda part: SEVERITY.index(part.judgement.rating))

    @cached_property
    def _every_part(self) -> list[Part]:
        return [*self.lines, *self.schemes, *self.milestones]

    @cached_property
    def rating(self) -> Rating:
        """The worst of its parts; not rated when something due is absent or its update is stale and nothing is amber or red."""
        return rolled_up([part.judgement.rating for part in self._every_part], stale=self.stale)

    @cached_property
    def savings(self) -> Position:
        return total_position(list(self.schemes))

    @property
    def illustrative(self) -> bool:
        """Whether any figure that it is rated by was made up to show a screen."""
        return (
            any(milestone.illustrative for milestone in self.milestones)
            or any(scheme.illustrative_actuals for scheme in self.schemes)
            or any(line.now.basis == "illustrative" for line in self.lines)
        )


@dataclass(frozen=True)
class RatedProgramme:
    """A programme rated by its initiatives."""

    reference: str
    title: str
    summary: str
    owner: str
    initiatives: Sequence[RatedInitiative]

    @cached_property
    def rating(self) -> Rating:
        return rolled_up(initiative.rating for initiative in self.initiatives)

    @cached_property
    def milestones(self) -> list[MilestoneEntry]:
        return [milestone for initiative in self.initiatives for milestone in initiative.milestones]

    @cached_property
    def schemes(self) -> list[SchemePosition]:
        return [scheme for initiative in self.initiatives for scheme in initiative.schemes]

    @cached_property
    def savings(self) -> Position:
        return total_position(self.schemes)


@dataclass(frozen=True)
class Standing:
    """A whole plan at the end of a month. Seven queries, whatever the number of rows. `lines` are those that rate something."""

    plan: Plan
    month: date
    programmes: Sequence[RatedProgramme]
    milestones: Sequence[MilestoneEntry]
    schemes: Sequence[SchemePosition]
    lines: Sequence[LinePosition]
    requirement: RequirementPosition | None

    @cached_property
    def as_at(self) -> date:
        return end_of(self.month)

    @cached_property
    def savings(self) -> Position:
        """Every scheme that somebody is to deliver."""
        return total_position([scheme for scheme in self.schemes if scheme.state != "unidentified"])

    @property
    def savings_are_illustrative(self) -> bool:
        return any(scheme.illustrative_actuals for scheme in self.schemes)

    @cached_property
    def board_lines(self) -> list[LinePosition]:
        """The measures of the board: a measure's line for the whole commissioner, else its other lines; none without any figure."""
        held = [line for line in self.lines if line.board and line.judgement.rule != "no_plan_or_actual"]
        whole = {line.code for line in held if line.scope == "whole"}
        return [line for line in held if line.scope == "whole" or line.code not in whole]

    @cached_property
    def red_lines(self) -> list[LinePosition]:
        """The red lines of the board, the furthest beyond its bound first."""
        red = [line for line in self.board_lines if line.judgement.rating == Rating.RED]
        return sorted(red, key=lambda line: severity(line.judgement))

    @cached_property
    def featured_line(self) -> LinePosition | None:
        """The board's line that follows a trajectory (its plan moves the same way every month), else the worst, else the first reported."""
        following = (line for line in self.board_lines if _moves_one_way(line.planned_months))
        reported = (line for line in self.board_lines if line.actual is not None)
        return next(chain(following, self.red_lines, reported), None)

    @cached_property
    def due_milestones(self) -> list[MilestoneEntry]:
        return [milestone for milestone in self.milestones if milestone.due <= self.as_at]

    @cached_property
    def complete_milestones(self) -> list[MilestoneEntry]:
        return [milestone for milestone in self.due_milestones if milestone.judgement.rating == Rating.BLUE]

    @cached_property
    def late_milestones(self) -> list[MilestoneEntry]:
        """Milestones that are overdue or expected late, the longest first."""
        late = [milestone for milestone in self.milestones if milestone.judgement.rating in LATE]
        return sorted(late, key=lambda milestone: -(milestone.judgement.distance or 0))

    @cached_property
    def initiatives(self) -> list[RatedInitiative]:
        return [initiative for programme in self.programmes for initiative in programme.initiatives]


def standing(plan: Plan, month: date) -> Standing:
    """Where the plan stands at the end of `month`."""
    bands = tolerances(plan)
    register = initiative_register(plan, month)
    milestones = milestone_register(plan, end_of(month), bands["milestone"])
    schemes = scheme_positions(plan, month, bands)
    lines = line_positions(plan, month, bands, only_board_history=True, only_rated=True)
    by_initiative: dict[int | None, tuple[list[MilestoneEntry], list[SchemePosition], list[LinePosition]]]
    by_initiative = defaultdict(lambda: ([], [], []))
    for milestone in milestones:
        by_initiative[milestone.initiative_key][0].append(milestone)
    for scheme in schemes:
        by_initiative[scheme.initiative_key][1].append(scheme)
    for line in lines:
        by_initiative[line.initiative_key][2].append(line)
    programmes: dict[str, list[RatedInitiative]] = defaultdict(list)
    for entry in register:
        rated = RatedInitiative(
            entry, *by_initiative[entry.key], stale=is_stale(entry.updated_for, month, bands["update_age"])
        )
        programmes[entry.programme_reference].append(rated)
    return Standing(
        plan,
        month,
        [_programme(initiatives) for initiatives in programmes.values()],
        milestones,
        schemes,
        lines,
        savings_requirement(plan, schemes),
    )


def is_stale(updated_for: date | None, month: date, tolerance: Tolerance) -> bool:
    """Whether an update is older than the plan tolerates, in months behind `month`."""
    return updated_for is None or updated_for < next_month(month, -int(tolerance.red))


def _programme(initiatives: list[RatedInitiative]) -> RatedProgramme:
    entry = initiatives[0].entry
    return RatedProgramme(
        entry.programme_reference, entry.programme, entry.programme_summary, entry.programme_owner, initiatives
    )


def find_rated(plan: Plan, month: date, reference: str) -> tuple[Standing, RatedInitiative] | None:
    """One initiative of the plan with the standing that it is rated in."""
    whole = standing(plan, month)
    for initiative in whole.initiatives:
        if initiative.entry.reference == reference:
            return whole, initiative
    return None


def _moves_one_way(plan: Iterable[Decimal | None]) -> bool:
    """Whether a plan is given for every month and rises, or falls, in each. Reads no further than it must."""
    rising = None
    for sooner, later in pairwise(plan):
        if sooner is None or later is None or sooner == later or rising not in (None, later > sooner):
            return False
        rising = later > sooner
    return True


def severity(judgement: Judgement) -> tuple[int, float]:
    """For sorting the worst first: by rating, then by how many times over the red bound."""
    distance, bound = abs(judgement.distance or Decimal(0)), abs(judgement.bound or Decimal(0)) or Decimal(1)
    return SEVERITY.index(judgement.rating), -float(distance / bound)
