"""Who belongs where."""

from dataclasses import dataclass

from django.db.models import QuerySet

from opplan.accounts.models import Membership, User
from opplan.accounts.roles import CAPABILITIES, Capability
from opplan.plans.queries import PlanSummary, plan_summaries


def role_in(user: User, organisation_code: str) -> str | None:
    """The user's role in the organisation, or None where there is no membership."""
    return (
        Membership.objects.filter(user=user, organisation__code=organisation_code)
        .values_list("role", flat=True)
        .first()
    )


def organisation_codes(user: User) -> QuerySet[Membership, str]:
    """The codes of the organisations that the user belongs to."""
    return Membership.objects.filter(user=user).values_list("organisation__code", flat=True)


def plans_of(user: User) -> list[PlanSummary]:
    """The plans that the user may read, by organisation and then the latest year first."""
    return plan_summaries(organisation_codes(user))


def capabilities_of(role: str | None) -> frozenset[Capability]:
    return CAPABILITIES.get(role or "", frozenset())


@dataclass(frozen=True)
class DemonstrationAccount:
    email: str
    name: str
    role: str


def demonstration_accounts() -> list[DemonstrationAccount]:
    """The accounts that exist only for a trial, each with what it may do."""
    seen: dict[str, DemonstrationAccount] = {}
    for membership in Membership.objects.filter(user__demonstration=True).select_related("user").order_by("user__pk"):
        user = membership.user
        seen.setdefault(user.email, DemonstrationAccount(user.email, user.name, membership.get_role_display()))
    return list(seen.values())


@dataclass(frozen=True)
class Belonging:
    """One of a user's memberships, with what it lets the user do."""

    organisation: str
    role: str
    capabilities: list[str]


def memberships_of(user: User) -> list[Belonging]:
    """The user's memberships, each with its capabilities in words."""
    return [
        Belonging(
            str(row.organisation),
            row.get_role_display(),
            [capability.label for capability in Capability if capability in capabilities_of(row.role)],
        )
        for row in Membership.objects.filter(user=user).select_related("organisation")
    ]
