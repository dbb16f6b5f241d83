"""What the plan must save, in its four states, now and at the end of every month of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import SavingsRequirement, Scheme
from finance.queries.schemes import SchemePosition
from opplan.calc.savings import Requirement, requirement
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from finance.queries.months import MonthOfSavings
    from opplan.plans.models import Plan

COUNTED = (Scheme.State.IDENTIFIED, Scheme.State.EARMARKED)
NOTHING = Decimal(0)


@dataclass(frozen=True)
class RequirementPosition:
    """What the plan must save, in its four states, with the source of the requirement. `reported`: any saving is, be it nought."""

    requirement: Requirement
    source: str
    reported: bool


def savings_requirement(plan: Plan, schemes: Sequence[SchemePosition]) -> RequirementPosition | None:
    """The plan's requirement in its four states, from the positions of all its schemes. None where the plan has none. One query."""
    found = next(iter(SavingsRequirement.objects.filter(plan=plan).values_list("amount", "source")), None)
    if found is None:
        return None
    amount, source = found
    saved = {one.key: one.position.to_date or NOTHING for one in schemes}
    counted = [one for one in schemes if one.state in COUNTED]
    return RequirementPosition(
        _in_states(amount, counted, saved), source, any(one.position.to_date is not None for one in counted)
    )


def to_deliver(scheme: SchemePosition) -> Decimal:
    """What a scheme is to deliver in the year: its plan, or where it is closed no more than it has saved."""
    if scheme.stage == Scheme.Stage.CLOSED:
        return scheme.position.to_date or NOTHING
    return scheme.position.planned_year


def _in_states(amount: Decimal, schemes: Sequence[SchemePosition], saved: dict[int, Decimal]) -> Requirement:
    pairs = []
    for state in COUNTED:
        mine = [one for one in schemes if one.state == state]
        pairs.append((sum(map(to_deliver, mine), NOTHING), sum((saved[one.key] for one in mine), NOTHING)))
    return requirement(amount, identified=pairs[0], earmarked=pairs[1])


@dataclass(frozen=True)
class RequirementAt:
    """The requirement in its four states at the end of a month. `come` is whether the month has; else what is expected stands in.

    `reported` is whether anything delivered is reported, or expected, by then, be it nought.
    """

    month: date
    requirement: Requirement
    come: bool
    reported: bool


def requirement_by_month(
    plan: Plan, amount: Decimal, schemes: Sequence[SchemePosition], months: Sequence[MonthOfSavings], now: date
) -> list[RequirementAt]:
    """The requirement at the end of each month of the year, which re-adds in each. No query.

    Schemes stand in the state that they have now. What is delivered adds actuals to `now`, and what each month is expected to save
    from then on; the first month after `now` adds what is due and not reported, so that the year ends at its forecast.
    """
    counted = {one.reference: one for one in schemes if one.state in COUNTED}
    saved = dict.fromkeys((one.key for one in counted.values()), NOTHING)
    held: dict[date, list[MonthOfSavings]] = {}
    for figures in months:
        held.setdefault(figures.month, []).append(figures)
    found, reported = [], False
    late: list[MonthOfSavings] = []
    for month in plan.months:
        come = month <= now
        mine = held.get(month, [])
        if come:
            late += [one for one in mine if one.actual_saving is None]
        else:
            mine, late = [*late, *mine], []
        for one in mine:
            delivered = one.actual_saving if come else one.expected_saving
            if one.scheme in counted and delivered is not None:
                saved[counted[one.scheme].key] += delivered
                reported = True
        found.append(RequirementAt(month, _in_states(amount, list(counted.values()), saved), come, reported))
    return found


def find_requirement(plan: Plan) -> SavingsRequirement | None:
    """The row of the plan's requirement."""
    return SavingsRequirement.objects.filter(plan=plan).first()


def requirement_changes(plan: Plan) -> list[ChangeEntry]:
    """Who changed the requirement, when and why, latest first. One query."""
    entries = SavingsRequirement.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    return changes(entries, kind="requirement", fields={"amount": "savings requirement, pounds"})
