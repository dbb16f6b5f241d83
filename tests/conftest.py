"""What every test may ask for: both plans loaded, and people of each role."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from opplan.accounts.models import User
from opplan.plans.models import Plan


def pytest_configure() -> None:
    # Django's own hasher takes a third of a second on purpose. What stores passwords in production is settings' business.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Every test of the database carries its mark. Journeys come first: they are long, and no worker shall end alone with one."""
    for item in items:
        if "db" in getattr(item, "fixturenames", ()) and "django_db" not in item.keywords:
            item.add_marker(pytest.mark.django_db)
    yield
    items.sort(key=lambda item: "journey" not in item.keywords)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Whoever else of this run asks for the folder waits."""
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


@pytest.fixture(scope="session")
def loaded_database(
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
    django_test_environment: None,
    django_db_blocker,  # type: ignore[no-untyped-def]
) -> Iterator[str]:
    """The name of a database with both plans and the demonstration accounts: made and loaded by the worker that comes first.

    On PostgreSQL it is migrated, as any database in real use. On SQLite its tables are made from the models, which takes a minute less:
    `make lint` sees that migrations and models say the same, and `.ci/run` migrates a new one as `make run` does.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = (folder if worker_id == "master" else folder.parent) / "loaded"
    folder.mkdir(exist_ok=True)
    made = folder / "made"
    original = connection.settings_dict["NAME"]
    name = str(folder / "plans.sqlite3") if connection.vendor == "sqlite" else f"test_{original}"
    connection.settings_dict["TEST"] |= {"NAME": name, "MIGRATE": connection.vendor != "sqlite"}
    with one_at_a_time(folder), django_db_blocker.unblock():
        if ours := not made.exists():
            gc.disable()  # a third of the time of the migrations goes into looking for rubbish
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            gc.enable()
            call_command("load_plans", verbosity=0)
            connection.close()
            made.touch()
    connection.settings_dict["NAME"] = name
    yield name
    if ours:
        with one_at_a_time(folder), django_db_blocker.unblock():
            made.unlink()
            connection.creation.destroy_test_db(original, verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(loaded_database: str, worker_id: str, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Each worker's own copy of the loaded database; a test's own changes are rolled back."""
    with django_db_blocker.unblock():
        connection.creation.clone_test_db(worker_id, verbosity=0)
    connection.settings_dict.update(connection.creation.get_test_db_clone_settings(worker_id))
    yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(loaded_database, verbosity=0)


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
