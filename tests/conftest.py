"""What every test may ask for: both plans loaded, and people of each role."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client

from opplan.accounts.models import User
from opplan.plans.models import Plan


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:  # type: ignore[no-untyped-def]
    """The test database holds both plans and the demonstration accounts from the start; a test's own changes are rolled back."""
    with django_db_blocker.unblock():
        if not Plan.objects.exists():
            call_command("load_plans", verbosity=0)


@pytest.fixture
def ccg(db: None) -> Plan:
    """Oxfordshire CCG 2016/17."""
    return Plan.objects.select_related("organisation").get(organisation__code="10Q", year="2016-17")


@pytest.fixture
def pct(db: None) -> Plan:
    """NHS Oxfordshire 2010/11."""
    return Plan.objects.select_related("organisation").get(organisation__code="5QE", year="2010-11")


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """The demonstration account of a role, such as person("commissioner")."""
    return lambda role: User.objects.get(memberships__role=role, memberships__organisation__code="10Q")


@pytest.fixture
def sign_in(person: Callable[[str], User]) -> Callable[[str], Client]:
    """A client signed in as the demonstration account of a role."""

    def signed_in(role: str) -> Client:
        client = Client()
        client.force_login(person(role), backend="opplan.accounts.backends.MemberBackend")
        return client

    return signed_in
