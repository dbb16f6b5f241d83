"""A second plan of the footprint: Chiltern's, with rounds, answers, and templates frozen and signed as Oxfordshire's."""

from datetime import date, timedelta

from django.utils import timezone

from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.roles import Role
from opplan.plans.models import Organisation, Plan
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.signing import delegate, sign
from opplan.submissions.definition import find_definition
from opplan.submissions.filled import Key
from opplan.submissions.models import Delegation, Question, Round, Submission
from opplan.submissions.queries.templates import filled_template

MONTH = date(2016, 9, 1)


def another_plan(like: Plan, code: str) -> Plan:
    """A plan of another commissioner with the same rounds and nothing else."""
    plan = Plan.objects.create(
        organisation=Organisation.objects.get(code=code),
        year=like.year,
        title="Operational plan",
        round=like.round,
        reporting_month=like.reporting_month,
    )
    for row in Round.objects.filter(plan=like):
        row.pk, row.plan = None, plan
        row.save()
    return plan


def officer_of(plan: Plan) -> User:
    """The plan's accountable officer, to whom everything is delegated."""
    code, today = plan.organisation.code, timezone.localdate()
    user = User.objects.filter(email=f"officer-{code}@example.org").first()
    if user is None:
        user = User.objects.create_user(f"officer-{code}@example.org", "a hedgehog in May", name=f"Officer of {code}")
        grant(user, plan.organisation, Role.ACCOUNTABLE_OFFICER, by=None)
    if not Delegation.objects.filter(plan=plan, officer=user).exists():
        delegate(
            plan, reference="D-9", officer=user, minute="1/16", scope="All", templates=[], begins=today,
            ends=today + timedelta(days=1), by=user, why="",
        )  # fmt: skip
    return user


def frozen(plan: Plan, template: str, *, signed: bool = False, round: str = "R1") -> Submission:
    """A template of the plan, frozen for a round, and signed by its officer."""
    definition = find_definition(plan.round, template)
    assert definition is not None
    Question.objects.filter(plan=plan).update(closed_on=MONTH)  # an open one would stand in the way
    of_round = Round.objects.get(plan=plan, reference=round)
    made = freeze(plan, definition, MONTH, round=of_round, by=officer_of(plan), why="Draft")
    if signed:
        sign(made, statement="True and complete", by=officer_of(plan))
    return made


def answered(plan: Plan, value: str, template: str = "bcf") -> Key:
    """The first input of a template that counts money, typed."""
    definition = find_definition(plan.round, template)
    assert definition is not None
    filled = filled_template(plan, definition, MONTH)
    cell = next(
        one
        for one in filled.inputs
        if one.spec.format == "thousands" and one.value is None and not definition.block(one.key.block).source
    )
    record_answers(plan, template, [(cell.key, "", value)], by=officer_of(plan), why="Agreed")
    return cell.key
