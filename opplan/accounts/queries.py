"""Who belongs where."""

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from opplan.accounts.models import Membership, User
from opplan.accounts.roles import CAPABILITIES, IN_BRIEF, Capability, Role, title_of
from opplan.plans.queries import COMMISSIONER, REGIONAL_KINDS, PlanSummary, every_plan, lineage, summary_of

if TYPE_CHECKING:
    from opplan.plans.models import Organisation, Plan


def role_in(user: User, organisation_code: str) -> str | None:
    """The user's role in the organisation: the user's own there, else that in its footprint, else that in its region. Two queries."""
    codes = lineage(organisation_code)
    held = dict(
        Membership.objects.filter(user=user, organisation__code__in=codes).values_list("organisation__code", "role")
    )
    return next((held[code] for code in codes if code in held), None)


def person_who_may(email: str, organisation_code: str, capability: Capability) -> User | None:
    """The active person with this email who has the capability in the organisation; None where there is none."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    return user if user and capability in capabilities_of(role_in(user, organisation_code)) else None


def plans_open_to(user: User) -> "list[tuple[Plan, str]]":
    """The plans that the user may read, each with the user's role there, by organisation and then the latest year first. One query.

    A membership of a footprint or region opens the plans of the commissioners that lie in it; one of the commissioner itself goes first.
    """
    return [(plan, role) for plan, role, _ in _opened(user)]


def _opened(user: User) -> "list[tuple[Plan, str, bool]]":
    """The plans that the user may read, the role in which, and whether that is held in the footprint or region alone."""
    mine = Membership.objects.filter(user=user)
    wider = mine.filter(organisation__kind__in=REGIONAL_KINDS)
    own, *above = (
        Subquery(rows.filter(organisation=OuterRef(f"organisation{place}")).values("role")[:1])
        for rows, place in ((mine, ""), (wider, "__parent"), (wider, "__parent__parent"))
    )
    role = Case(When(organisation__kind=COMMISSIONER, then=Coalesce(own, *above)), default=own)
    found = every_plan().annotate(own_role=own, role=role).filter(role__isnull=False)
    return [(plan, plan.role, plan.own_role is None) for plan in found]


def capabilities_of(role: str | None) -> frozenset[Capability]:
    return CAPABILITIES.get(role or "", frozenset())


@dataclass(frozen=True)
class OpenPlan:
    """A plan that the user may read, and the role in which."""

    plan: PlanSummary
    role: str


def open_plans(user: User) -> list[OpenPlan]:
    """The plans that the user may read, the latest year first, each with the user's role there."""
    found = sorted(_opened(user), key=lambda one: one[0].year, reverse=True)
    return [OpenPlan(summary_of(plan), title_of(role, regional=regional)) for plan, role, regional in found]


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
    rows = Membership.objects.filter(user__demonstration=True, user__is_active=True)
    for row in rows.select_related("user", "organisation").order_by("user__pk"):
        regional = row.organisation.kind in REGIONAL_KINDS
        may = IN_BRIEF[row.role] + (f", in every plan of {row.organisation}" if regional else "")
        account = DemonstrationAccount(row.user.email, row.user.name, title_of(row.role, regional=regional), may)
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
    held: dict[tuple[str, bool], list[str]] = {}
    for row in Membership.objects.filter(user=user).select_related("organisation"):
        regional = row.organisation.kind in REGIONAL_KINDS
        said = f"{row.organisation} and every commissioner in it" if regional else str(row.organisation)
        held.setdefault((row.role, regional), []).append(said)
    return [
        Belonging(
            title_of(role, regional=regional),
            organisations,
            [capability.label for capability in Capability if capability in capabilities_of(role)],
        )
        for (role, regional), organisations in held.items()
    ]


def people_who_may(organisation_code: str, capability: Capability) -> list[User]:
    """The active members of an organisation itself who have the capability there, by name. One query.

    A governing body lets its own officers sign: whoever belongs to the footprint alone is not among them.
    """
    roles = [role for role, held in CAPABILITIES.items() if capability in held]
    found = User.objects.filter(
        memberships__organisation__code=organisation_code, memberships__role__in=roles, is_active=True
    )
    return list(found.distinct().order_by("name"))
