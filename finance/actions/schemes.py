"""What may be done to savings schemes: added, changed, moved along the pipeline; and to what the plan must save."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.queries.building import impacts_in
from finance.models import SavingsRequirement, Scheme, SchemeMonth
from initiatives.queries import initiative_keys, projects_in
from opplan.imports.provenance import Basis
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record
from opplan.plans.queries import providers
from opplan.plans.versions import Version, merged
from opplan.web.formats import month as month_name
from opplan.web.formats import plain, pounds

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

STATE_OF = {
    Scheme.Stage.IDEA: Scheme.State.IDEA,
    Scheme.Stage.EARMARKED: Scheme.State.EARMARKED,
    Scheme.Stage.IDENTIFIED: Scheme.State.IDENTIFIED,
    Scheme.Stage.IN_DELIVERY: Scheme.State.IDENTIFIED,
    Scheme.Stage.DELIVERED: Scheme.State.IDENTIFIED,
    Scheme.Stage.CLOSED: Scheme.State.IDENTIFIED,
}
"""A scheme counts from the day that it is earmarked."""

MOST_OF_PLAN = Decimal(200)
PLANNED = frozenset({"full_year_effect", "price", "start_month"})
"""What of a scheme's facts is planned: changed after the baseline is locked, it is a re-baselining."""


@transaction.atomic
def add_scheme(plan: Plan, *, reference: str, stage: str, values: Mapping[str, Any], by: User, why: str) -> Scheme:
    """Add a scheme at a stage of the pipeline. `values` are its facts by attribute; ValidationError names the one that cannot be so."""
    held = require_open(plan, set())
    row = Scheme(plan=held, reference=reference.strip().upper(), stage=stage, basis=Basis.ENTERED)
    row.source = f"Entered by {by}"[:300]
    for name, value in values.items():
        setattr(row, name, value)
    problems = _unfit(row, why, set(values))
    other = Scheme.objects.filter(plan=held, reference__iexact=row.reference).first()
    if other is not None:
        problems["reference"] = f"{other.reference} is taken: it is {other.title}. Choose another reference."
    if stage not in STATE_OF:
        problems["stage"] = "Choose a stage."
    if problems:
        raise ValidationError(problems)
    row.state = STATE_OF[Scheme.Stage(stage)]
    reason = reason_for_plan(held, why.strip()) if any(values.get(name) for name in PLANNED) else why.strip()
    return record(row, by=by, why=reason or "Scheme added")


@transaction.atomic
def change_scheme(row: Scheme, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Scheme:
    """Change what a scheme says of itself, save its stage. Conflict where somebody else changed the same field to something else."""
    plan = require_open(row.plan, set())
    merge = merged(row, values, version)
    if not merge.changed:
        return merge.row
    if problems := _unfit(merge.row, why, set(merge.changed)):
        raise ValidationError(problems)
    merge.row.source, merge.row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    reason = reason_for_plan(plan, why.strip()) if PLANNED & set(merge.changed) else why.strip()
    return record(merge.row, by=by, why=reason or "Scheme changed")


@transaction.atomic
def move_scheme(row: Scheme, *, stage: str, by: User, why: str, version: Version) -> Scheme:
    """Move a scheme along the pipeline, or back, with a reason; its state follows. A scheme is never deleted: it is closed.

    ValidationError for the line of what is still to find, without a reason, or where a scheme that has saved something would
    become an idea. Conflict where somebody else has moved it meanwhile.
    """
    plan = require_open(row.plan, set())
    if row.state == Scheme.State.UNIDENTIFIED:
        raise ValidationError({"stage": "Savings that have no scheme yet have no stage."})
    if stage not in STATE_OF:
        raise ValidationError({"stage": "Choose a stage."})
    merge = merged(row, {"stage": stage}, version)
    if not merge.changed:
        return merge.row
    if not why.strip():
        raise ValidationError({"why": "Say why it is moved. Everybody who may read the plan sees it."})
    state = STATE_OF[Scheme.Stage(stage)]
    if state == Scheme.State.IDEA and _saved(merge.row):
        raise ValidationError(
            {"stage": "It has saved something already, and an idea counts for nothing. Close it instead."}
        )
    # An idea counts for nothing: a scheme that becomes one, or ceases to be one, changes what is planned.
    counts = (state == Scheme.State.IDEA) != (row.state == Scheme.State.IDEA)
    merge.row.state = state
    return record(merge.row, by=by, why=reason_for_plan(plan, why.strip()) if counts else why.strip())


def _saved(row: Scheme) -> bool:
    return SchemeMonth.objects.filter(scheme=row).exclude(actual_saving=None).exclude(actual_saving=0).exists()


@transaction.atomic
def set_requirement(plan: Plan, *, amount: Decimal, by: User, why: str, version: Version) -> SavingsRequirement:
    """Change what the plan must save in the year, in pounds, or give it for the first time. Always with a reason."""
    held = require_open(plan, set())
    row = SavingsRequirement.objects.filter(plan=held).first() or SavingsRequirement(plan=held)
    if amount < 0:
        raise ValidationError({"amount": "A requirement is not below nought."})
    merge = merged(row, {"amount": amount}, version)
    row = merge.row
    if row.pk is not None and not merge.changed:
        return row
    if not why.strip():
        raise ValidationError({"why": "Say why, and who decided it. Everybody who may read the plan sees it."})
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(row, by=by, why=reason_for_plan(held, why.strip()))


def _unfit(row: Scheme, why: str, changed: set[str]) -> dict[str, str]:
    """What of a scheme cannot be so, by field. Only what is `changed` is looked up in other rooms."""
    problems: dict[str, str] = {}
    if not row.title.strip():
        problems["title"] = "Give it a title."
    problems |= _unfit_links(row, changed)
    for name, most in (("chance", Decimal(100)), ("least", MOST_OF_PLAN), ("most", MOST_OF_PLAN)):
        value = getattr(row, name)
        if value is not None and not 0 <= value <= most:
            problems[name] = f"{plain(value)}% is not between 0% and {plain(most)}%."
    if row.least is not None and row.most is not None and row.least > row.most:
        problems["most"] = f"The most, {plain(row.most)}%, is below the least, {plain(row.least)}%."
    if row.start_month and row.start_month not in row.plan.months:
        problems["start_month"] = f"{month_name(row.start_month)} is not a month of {row.plan}."
    if row.full_year_effect is not None and row.full_year_effect < 0 and not why.strip():
        problems["why"] = f"A full-year effect of {pounds(row.full_year_effect)} is below nought: say why."
    if row.price is not None and row.price <= 0:
        problems["price"] = "What a unit saves is above nought."
    if row.price is not None and row.impact_id is None:
        problems["impact_id"] = "Say what it changes in activity, since a unit of it has a price."
    return problems


def _unfit_links(row: Scheme, changed: set[str]) -> dict[str, str]:
    """The rows of other rooms that a scheme points to belong to its plan, and its project to its initiative."""
    problems: dict[str, str] = {}
    if row.initiative_id and "initiative_id" in changed:
        problems |= _outside(
            row.initiative_id, set(initiative_keys(row.plan).values()), "initiative_id", "an initiative"
        )
    if changed & {"project_id", "initiative_id"} and row.project_id is not None:
        held = {key: initiative for key, initiative, _, _ in projects_in(row.plan)}
        if held.get(row.project_id) != row.initiative_id:
            problems["project_id"] = (
                "This project belongs to another initiative. Choose one of the initiative above, or none."
            )
    if row.provider_id and "provider_id" in changed:
        problems |= _outside(row.provider_id, {key for key, _, _ in providers()}, "provider_id", "a provider")
    if row.impact_id and "impact_id" in changed:
        mine = {key for key, _, _, _ in impacts_in(row.plan)}
        problems |= _outside(row.impact_id, mine, "impact_id", "what an initiative of this plan changes")
    return problems


def _outside(key: int, mine: Collection[int], field: str, what: str) -> dict[str, str]:
    return {} if key in mine else {field: f"Choose {what} from the list."}
