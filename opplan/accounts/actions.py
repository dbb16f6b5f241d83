"""Who is let in, and in which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.accounts.models import Membership, User
from opplan.accounts.queries import is_last_administrator
from opplan.accounts.roles import Role
from opplan.plans.attribution import record

if TYPE_CHECKING:
    from opplan.plans.models import Organisation


class LastAdministrator(ValidationError):
    """An organisation was to lose the only person who can grant membership in it."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(f"{organisation} would have no administrator. Make somebody else one first.")


@transaction.atomic
def grant(user: User, organisation: Organisation, role: Role, *, by: User | None, why: str = "") -> Membership:
    """Give the user a role in the organisation, in place of any other role there."""
    row = _locked(user, organisation) or Membership(user=user, organisation=organisation)
    if row.pk is None or row.role != role:
        _keep_an_administrator(row)
        row.role = role
        record(row, by=by, why=why.strip() or "Role granted")
    return row


@transaction.atomic
def withdraw(user: User, organisation: Organisation, *, by: User, why: str = "") -> None:
    """End the user's membership of the organisation. What the user did there stays, with the name."""
    row = _locked(user, organisation)
    if row is not None:
        _keep_an_administrator(row)
        row._history_user = by  # type: ignore[attr-defined]
        row._change_reason = why.strip() or "Membership withdrawn"  # type: ignore[attr-defined]
        row.delete()


def _locked(user: User, organisation: Organisation) -> Membership | None:
    """The user's membership, with every administrator of the organisation locked: two cannot both cease to be the last but one."""
    list(Membership.objects.select_for_update().filter(organisation=organisation, role=Role.ADMINISTRATOR))
    return Membership.objects.filter(user=user, organisation=organisation).first()


def _keep_an_administrator(row: Membership) -> None:
    if row.pk is not None and row.role == Role.ADMINISTRATOR and is_last_administrator(row.user, row.organisation):
        raise LastAdministrator(row.organisation)


@transaction.atomic
def welcome_demonstration_account(email: str, name: str, password: str, *, staff: bool = False) -> tuple[User, bool]:
    """An account for a trial, refused wherever demonstration is off; and whether it is new."""
    user = User.objects.filter(email=email).first()
    if user is not None:
        return user, False
    return User.objects.create_user(email, password, name=name, demonstration=True, is_staff=staff), True
