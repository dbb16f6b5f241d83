"""Membership of a footprint or region: it opens the plans of the commissioners that lie in it, and one's own membership goes first."""

import pytest
from django.test import Client

from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.queries import (
    administered_alone,
    open_plans,
    people_who_may,
    person_who_may,
    plans_open_to,
    role_in,
)
from opplan.accounts.roles import Capability, Role
from opplan.plans.models import Organisation, Plan
from opplan.plans.queries import find_footprint, footprint_of, lineage, plans_within

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer() -> User:
    return User.objects.create_user("newcomer@example.org", "a hedgehog in May", name="Newcomer")


@pytest.fixture
def chiltern(ccg: Plan) -> Plan:
    return Plan.objects.create(
        organisation=Organisation.objects.get(code="10H"), year=ccg.year, title="Chiltern", round=ccg.round
    )


def organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def roles(user: User) -> dict[str, str]:
    return {plan.organisation.code: role for plan, role in plans_open_to(user)}


@pytest.mark.parametrize(
    ("code", "role", "opened"),
    [
        ("BOB", Role.VIEWER, {"10Q", "10H"}),
        ("Q82", Role.ANALYST, {"10Q", "10H"}),
        ("Q38", Role.VIEWER, {"5QE"}),
        ("10H", Role.VIEWER, {"10H"}),
        ("RTH", Role.ADMINISTRATOR, set()),
        ("608", Role.VIEWER, set()),
    ],
)
def test_a_membership_opens_the_plans_of_the_commissioners_that_lie_in_it(
    newcomer: User, chiltern: Plan, pct: Plan, code: str, role: Role, opened: set[str]
) -> None:
    grant(newcomer, organisation(code), role, by=None)
    assert roles(newcomer) == dict.fromkeys(opened, role)
    assert {one.code for one in Organisation.objects.all() if role_in(newcomer, one.code)} >= opened
    for one in ("10Q", "10H", "5QE"):
        assert (role_in(newcomer, one) is not None) == (one in opened)


def test_the_nearer_membership_goes_first(newcomer: User, chiltern: Plan) -> None:
    grant(newcomer, organisation("Q82"), Role.VIEWER, by=None)
    grant(newcomer, organisation("BOB"), Role.ANALYST, by=None)
    assert roles(newcomer) == {"10Q": Role.ANALYST, "10H": Role.ANALYST}
    grant(newcomer, organisation("10Q"), Role.COMMISSIONER, by=None)
    assert roles(newcomer) == {"10Q": Role.COMMISSIONER, "10H": Role.ANALYST}
    assert (role_in(newcomer, "10Q"), role_in(newcomer, "10H")) == (Role.COMMISSIONER, Role.ANALYST)
    assert person_who_may(newcomer.email, "10H", Capability.EDIT_PLAN) == newcomer
    assert person_who_may(newcomer.email, "10Q", Capability.EDIT_PLAN) is None


def test_a_provider_of_the_footprint_is_not_opened_by_it(newcomer: User, ccg: Plan) -> None:
    Plan.objects.create(organisation=organisation("RTH"), year=ccg.year, title="A trust's", round=ccg.round)
    grant(newcomer, organisation("BOB"), Role.VIEWER, by=None)
    assert "RTH" not in roles(newcomer)
    assert role_in(newcomer, "RTH") is None


def test_a_membership_of_a_commissioner_opens_nothing_that_lies_in_it(newcomer: User, pct: Plan) -> None:
    Organisation.objects.filter(code="CHO").update(kind="commissioner")
    Plan.objects.create(organisation=organisation("CHO"), year=pct.year, title="Its provider's", round=pct.round)
    grant(newcomer, organisation("5QE"), Role.VIEWER, by=None)
    assert set(roles(newcomer)) == {"5QE"}
    assert role_in(newcomer, "CHO") is None


def test_the_plans_that_are_open_are_one_query_however_they_are_opened(
    newcomer: User,
    chiltern: Plan,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    for code in ("10Q", "BOB", "Q82"):
        grant(newcomer, organisation(code), Role.VIEWER, by=None)
        with django_assert_num_queries(1):
            plans_open_to(newcomer)
        with django_assert_num_queries(1):
            open_plans(newcomer)


def test_the_footprint_grants_nothing_of_the_commissioner_itself(newcomer: User, ccg: Plan) -> None:
    """Its governing body lets its own officers sign, and it keeps an administrator of its own."""
    grant(newcomer, organisation("BOB"), Role.ADMINISTRATOR, by=None)
    assert newcomer not in people_who_may("10Q", Capability.SIGN_SUBMISSION)
    assert administered_alone(newcomer) == [organisation("BOB")]


def test_the_pages_say_what_a_regional_reader_is(newcomer: User, chiltern: Plan) -> None:
    grant(newcomer, organisation("BOB"), Role.VIEWER, by=None)
    client = Client()
    client.force_login(newcomer, backend="opplan.accounts.backends.MemberBackend")
    page = client.get("/").content.decode()
    assert "Choose one of your 2 plans" in page
    assert "Your role: regional assurance" in page
    assert "of BOB and every commissioner in it" in client.get("/me").content.decode()
    assert "Regional assurance, of" not in page


def test_the_reader_of_the_trial_reads_every_plan_of_the_footprint_and_changes_none(chiltern: Plan) -> None:
    reader = User.objects.get(email="region@example.nhs.uk")
    assert set(roles(reader)) == {"10Q", "10H"}
    client = Client()
    client.force_login(reader, backend="opplan.accounts.backends.MemberBackend")
    assert client.get("/10Q/2016-17/").status_code == 200
    assert client.get("/10H/2016-17/").status_code == 200
    assert client.get("/5QE/2010-11/").status_code == 404
    assert client.get("/10Q/2016-17/submissions/rounds/new/").status_code == 404
    assert (
        "Reads everything, changes nothing, in every plan of BOB" in Client().get("/accounts/login/").content.decode()
    )


def test_where_an_organisation_lies(ccg: Plan, pct: Plan, chiltern: Plan) -> None:
    assert lineage("10Q") == ["10Q", "BOB", "Q82"]
    assert lineage("RTH") == ["RTH"]
    assert lineage("ZZZ") == []
    found = footprint_of(ccg.organisation)
    assert found is not None
    assert found == find_footprint("BOB")
    assert [code for _, code, _ in found.members] == ["10Y", "10H", "10M", "10N", "10Q", "10W", "11D"]
    assert {plan.organisation.code for plan in plans_within(found, "2016-17")} == {"10Q", "10H"}
    assert plans_within(found, "2010-11") == []
    region = find_footprint("Q82")
    assert region is not None
    assert region.members == found.members
    assert footprint_of(organisation("608")) is None
    assert find_footprint("10Q") is None
