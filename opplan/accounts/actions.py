"""Who is let in, and in which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from opplan.accounts.models import Membership, User
from opplan.accounts.roles import Role
from opplan.plans.attribution import record

if TYPE_CHECKING:
    from opplan.plans.models import Organisation


@transaction.atomic
def grant(user: User, organisation: Organisation, role: Role, *, by: User | None, why: str = "") -> Membership:
    """Give the user a role in the organisation, in place of any other role there."""
    row = Membership.objects.filter(user=user, organisation=organisation).first()
    row = row or Membership(user=user, organisation=organisation)
    if row.pk is None or row.role != role:
        row.role = role
        record(row, by=by, why=why)
    return row


@transaction.atomic
def welcome_demonstration_account(email: str, name: str, password: str) -> User:
    """An account for a trial, refused wherever demonstration is off."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name, demonstration=True)
    return user
