"""Membership: granted, changed and withdrawn, by somebody and for a reason; and an organisation keeps an administrator."""

from collections.abc import Callable

import pytest

from opplan.accounts.actions import LastAdministrator, grant, withdraw
from opplan.accounts.models import Membership, User
from opplan.accounts.queries import administered_alone, role_in
from opplan.accounts.roles import Role
from opplan.plans.models import Plan

pytestmark = pytest.mark.django_db

Person = Callable[[str], User]


@pytest.fixture
def newcomer() -> User:
    return User.objects.create_user("newcomer@example.org", "a hedgehog in May", name="Newcomer")


def test_a_role_is_granted_with_who_and_why(newcomer: User, person: Person, ccg: Plan) -> None:
    row = grant(newcomer, ccg.organisation, Role.ANALYST, by=person("administrator"), why="Joins the planning team")
    entry = row.history.get()
    assert role_in(newcomer, "10Q") == Role.ANALYST
    assert entry.history_user == person("administrator")
    assert entry.history_change_reason == "Joins the planning team"


def test_another_role_takes_the_place_of_the_first(newcomer: User, person: Person, ccg: Plan) -> None:
    administrator = person("administrator")
    for role in (Role.VIEWER, Role.FINANCE_LEAD, Role.FINANCE_LEAD):
        row = grant(newcomer, ccg.organisation, role, by=administrator)
    assert Membership.objects.filter(user=newcomer).count() == 1
    assert [entry.role for entry in row.history.order_by("history_id")] == [Role.VIEWER, Role.FINANCE_LEAD]


def test_withdrawing_leaves_the_history(newcomer: User, person: Person, ccg: Plan) -> None:
    administrator = person("administrator")
    row = grant(newcomer, ccg.organisation, Role.VIEWER, by=administrator)
    key = row.pk
    withdraw(newcomer, ccg.organisation, by=administrator, why="Left the governing body")
    assert role_in(newcomer, "10Q") is None
    last = Membership.history.filter(id=key).latest()
    assert (last.history_type, last.history_user, last.history_change_reason) == (
        "-",
        administrator,
        "Left the governing body",
    )


def test_withdrawing_what_is_not_there_does_nothing(newcomer: User, person: Person, ccg: Plan) -> None:
    withdraw(newcomer, ccg.organisation, by=person("administrator"))
    assert not Membership.history.filter(user=newcomer).exists()


def test_the_last_administrator_is_kept(person: Person, ccg: Plan) -> None:
    administrator = person("administrator")
    with pytest.raises(LastAdministrator):
        withdraw(administrator, ccg.organisation, by=administrator)
    with pytest.raises(LastAdministrator):
        grant(administrator, ccg.organisation, Role.VIEWER, by=administrator)
    assert role_in(administrator, "10Q") == Role.ADMINISTRATOR


def test_with_a_second_administrator_the_first_may_go(newcomer: User, person: Person, ccg: Plan) -> None:
    administrator = person("administrator")
    grant(newcomer, ccg.organisation, Role.ADMINISTRATOR, by=administrator)
    withdraw(administrator, ccg.organisation, by=newcomer)
    assert administered_alone(newcomer) == [ccg.organisation]


def test_one_who_cannot_sign_in_does_not_count_as_an_administrator(
    newcomer: User,
    person: Person,
    ccg: Plan,
    settings,  # type: ignore[no-untyped-def]
) -> None:
    administrator = person("administrator")
    grant(newcomer, ccg.organisation, Role.ADMINISTRATOR, by=administrator)
    settings.DEMONSTRATION = False
    with pytest.raises(LastAdministrator):
        withdraw(newcomer, ccg.organisation, by=administrator)
    settings.DEMONSTRATION = True
    User.objects.filter(pk=newcomer.pk).update(is_active=False)
    with pytest.raises(LastAdministrator):
        withdraw(administrator, ccg.organisation, by=administrator)
