"""Where each commissioner of a footprint stands with its submissions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from opplan.submissions.models import Submission
from opplan.submissions.queries.rounds import calendars, versions_among
from opplan.submissions.queries.standing import RoundState, round_states
from opplan.submissions.queries.templates import completeness_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.plans.queries import Footprint


@dataclass(frozen=True)
class Answers:
    """How many of a template's required answers are given."""

    given: int
    asked: int


@dataclass(frozen=True)
class Member:
    """A commissioner of a footprint. Without a plan that may be read there is nothing but its name.

    `answers` are by template, as the plan stands; `frozen` the templates of which some version stands.
    """

    code: str
    name: str
    plan: Plan | None = None
    rounds: tuple[RoundState, ...] = ()
    answers: dict[str, Answers] | None = None
    frozen: frozenset[str] = frozenset()


def members_of(footprint: Footprint, plans: Sequence[Plan], today: date) -> list[Member]:
    """Every commissioner of the footprint, by name. `plans` are those that may be read, one an organisation.

    Three queries for all plans, and for each plan what its sources cost: whatever number of rounds and versions it has.
    """
    held = {plan.organisation_id: plan for plan in plans}
    versions = versions_among(plans)
    rounds = calendars(plans, versions, today)
    found = []
    for key, code, name in footprint.members:
        plan = held.get(key)
        if plan is None:
            found.append(Member(code, name))
            continue
        complete = completeness_of(plan, plan.reporting_month or plan.start)
        found.append(
            Member(
                code,
                name,
                plan,
                tuple(round_states(plan, rounds[plan.pk])),
                {one.definition.name: Answers(one.given, one.asked) for one in complete},
                frozenset(one.template for one in versions[plan.pk] if not one.withdrawn_why),
            )
        )
    return found


def failing_checks(keys: Collection[int]) -> dict[int, int]:
    """How many checks were not met when each of these versions was frozen; nothing of one that kept no checks. One query."""
    rows = Submission.objects.filter(pk__in=keys).values_list("pk", "checks")
    return {key: sum(1 for check in checks if check["result"] == "Not met") for key, checks in rows if checks}
