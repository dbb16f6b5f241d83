"""Who belongs where."""

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import OuterRef, Subquery

from opplan.accounts.models import Membership, User
from opplan.accounts.roles import CAPABILITIES, IN_BRIEF, Capability, Role
from opplan.plans.queries import PlanSummary, every_plan, plan_summaries

if TYPE_CHECKING:
    from opplan.plans.models import Organisation, Plan


def role_in(user: User, organisation_code: str) -> str | None:
    """The user's role in the organisation, or None where there is no membership."""
    return (
        Membership.objects.filter(user=user, organisation__code=organisation_code)
        .values_list("role", flat=True)
        .first()
    )


def person_who_may(email: str, organisation_code: str, capability: Capability) -> User | None:
    """The active person with this email who has the capability in the organisation; None where there is none."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    return user if user and capability in capabilities_of(role_in(user, organisation_code)) else None


def plans_open_to(user: User) -> "list[tuple[Plan, str]]":
    """The plans that the user may read, each with the user's role there, by organisation and then the latest year first. One query."""
    mine = Membership.objects.filter(user=user, organisation=OuterRef("organisation"))
    found = every_plan().annotate(role=Subquery(mine.values("role")[:1])).filter(role__isnull=False)
    return [(plan, plan.role) for plan in found]


def capabilities_of(role: str | None) -> frozenset[Capability]:
    return CAPABILITIES.get(role or "", frozenset())


@dataclass(frozen=True)
class OpenPlan:
    """A plan that the user may read, and the role in which."""

    plan: PlanSummary
    role: str


def open_plans(user: User) -> list[OpenPlan]:
    """The plans that the user may read, the latest year first, each with the user's role there."""
    roles = {
        code: Role(role).label
        for code, role in Membership.objects.filter(user=user).values_list("organisation__code", "role")
    }
    found = sorted(plan_summaries(roles), key=lambda plan: plan.year, reverse=True)
    return [OpenPlan(plan, roles[plan.organisation_code]) for plan in found]


def is_last_administrator(user: User, organisation: "Organisation") -> bool:
    """Whether the organisation would have no administrator who can sign in, were it not for this user."""
    administrators = Membership.objects.filter(organisation=organisation, role=Role.ADMINISTRATOR, user__is_active=True)
    if not settings.DEMONSTRATION:
        administrators = administrators.filter(user__demonstration=False)
    return list(administrators.values_list("user_id", flat=True)) == [user.pk]


def administered_alone(user: User) -> "list[Organisation]":
    """The organisations that have no other administrator than this user."""
    held = Membership.objects.filter(user=user, role=Role.ADMINISTRATOR).select_related("organisation")
    return [row.organisation for row in held if is_last_administrator(user, row.organisation)]


@dataclass(frozen=True)
class DemonstrationAccount:
    """An account for a trial, with what it may do in a line."""

    email: str
    name: str
    role: str
    may: str


def demonstration_accounts() -> list[DemonstrationAccount]:
    """The accounts that exist only for a trial; none where demonstration is off, for they could not sign in."""
    if not settings.DEMONSTRATION:
        return []
    seen: dict[str, DemonstrationAccount] = {}
    rows = Membership.objects.filter(user__demonstration=True, user__is_active=True).select_related("user")
    for row in rows.order_by("user__pk"):
        account = DemonstrationAccount(row.user.email, row.user.name, row.get_role_display(), IN_BRIEF[row.role])
        seen.setdefault(account.email, account)
    return list(seen.values())


def demonstration_password() -> str:
    """The password that the demonstration accounts are made with, from their catalogue."""
    with settings.DEMONSTRATION_PEOPLE.open("rb") as catalogue:
        return str(tomllib.load(catalogue)["password"])


@dataclass(frozen=True)
class Belonging:
    """A role, the organisations in which the user has it, and what it lets the user do."""

    role: str
    organisations: list[str]
    capabilities: list[str]


def memberships_of(user: User) -> list[Belonging]:
    """The user's roles, each with its organisations and its capabilities in words."""
    held: dict[str, list[str]] = {}
    for row in Membership.objects.filter(user=user).select_related("organisation"):
        held.setdefault(row.role, []).append(str(row.organisation))
    return [
        Belonging(
            Role(role).label,
            organisations,
            [capability.label for capability in Capability if capability in capabilities_of(role)],
        )
        for role, organisations in held.items()
    ]


def people_who_may(organisation_code: str, capability: Capability) -> list[User]:
    """The active members of an organisation who have the capability there, by name. One query."""
    roles = [role for role, held in CAPABILITIES.items() if capability in held]
    found = User.objects.filter(
        memberships__organisation__code=organisation_code, memberships__role__in=roles, is_active=True
    )
    return list(found.distinct().order_by("name"))
