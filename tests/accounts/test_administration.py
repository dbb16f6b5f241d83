"""Administration: for staff alone, through opplan's own sign-in, each change with its reason."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.test import Client

from opplan.accounts.models import Membership, User
from opplan.accounts.queries import role_in
from opplan.accounts.roles import Role
from opplan.plans.models import Organisation, Plan, Tolerance

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SignIn = Callable[[str], Client]
Person = Callable[[str], User]
OURS = ("opplan", "initiatives", "activity", "finance")
REGISTERED = {
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/": model.__module__.partition(".")[0] in OURS
    for model in admin.site._registry
}
LISTS = [address for address, ours in REGISTERED.items() if ours]
OTHERS = [address for address, ours in REGISTERED.items() if not ours]


def test_it_has_no_sign_in_of_its_own(client: Client) -> None:
    answer = client.get("/admin/accounts/user/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/accounts/user/"
    assert client.post("/admin/login/", {"username": "admin@example.nhs.uk"}).status_code == 302


@pytest.mark.parametrize("role", ["viewer", "programme_office", "accountable_officer"])
def test_whoever_is_not_staff_is_told_that_there_is_no_such_page(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    for address in ["/admin/", "/admin/login/", *LISTS]:
        assert client.get(address, follow=True).status_code == 404


@pytest.mark.parametrize("address", LISTS)
def test_staff_see_the_lists_the_rows_and_their_history(
    sign_in: SignIn, address: str, ccg: Plan, person: Person
) -> None:
    Tolerance.objects.create(plan=ccg, rule="count", green=1, red=4)
    client = sign_in("administrator")
    page = client.get(address)
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]
    assert client.get(f"{address}{row.pk}/change/").status_code == 200
    assert client.get(f"{address}{row.pk}/history/").status_code == 200


@pytest.mark.parametrize("address", LISTS)
def test_every_change_of_ours_asks_why(sign_in: SignIn, address: str, ccg: Plan) -> None:
    Tolerance.objects.create(plan=ccg, rule="count", green=1, red=4)
    client = sign_in("administrator")
    form = client.get(f"{address}{client.get(address).context['cl'].result_list[0].pk}/change/")
    assert 'name="why"' in form.content.decode() or not form.context["has_change_permission"]


@pytest.mark.parametrize("address", OTHERS)
def test_what_libraries_register_is_open_to_nobody(sign_in: SignIn, address: str) -> None:
    assert sign_in("administrator").get(address).status_code == 403


def test_a_requirement_is_changed_with_a_reason_and_never_deleted_or_put_back(
    sign_in: SignIn, person: Person, ccg: Plan
) -> None:
    client, address = sign_in("administrator"), "/admin/finance/savingsrequirement/"
    row = client.get(address).context["cl"].result_list.get(plan=ccg)
    form = {"amount": "22400001", "source": row.source, "basis": row.basis}
    assert client.post(f"{address}{row.pk}/change/", form).status_code == 200
    assert client.post(f"{address}{row.pk}/change/", form | {"why": "Restated"}).status_code == 302
    entry = row.history.latest()
    assert (entry.amount, entry.history_user, entry.history_change_reason) == (
        22400001,
        person("administrator"),
        "Restated",
    )
    assert client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{address}{row.pk}/history/{entry.history_id}/", form).status_code == 404


def test_a_person_is_added_and_given_a_role_with_a_reason(sign_in: SignIn, person: Person, ccg: Plan) -> None:
    client = sign_in("administrator")
    client.post(
        "/admin/accounts/user/add/",
        {"name": "Elective care lead", "email": "Elective@Example.org", "is_active": "on", "why": "New post"},
    )
    added = User.objects.get(email="elective@example.org")
    assert not added.has_usable_password()
    assert not added.is_staff
    assert added.history.get().history_user == person("administrator")
    assert added.history.get().history_change_reason == "New post"
    form = {"user": added.pk, "organisation": ccg.organisation_id, "role": "commissioner", "why": "Leads elective care"}
    client.post("/admin/accounts/membership/add/", form)
    entry = Membership.objects.get(user=added).history.get()
    assert (entry.history_user, entry.history_change_reason) == (person("administrator"), "Leads elective care")


def test_nothing_is_changed_without_a_reason(sign_in: SignIn, person: Person) -> None:
    row = Membership.objects.get(user=person("analyst"), organisation__code="10Q")
    answer = sign_in("administrator").post(
        f"/admin/accounts/membership/{row.pk}/change/", {"role": "viewer", "why": " "}
    )
    assert answer.status_code == 200
    assert role_in(person("analyst"), "10Q") == Role.ANALYST


def test_two_accounts_cannot_differ_in_case_alone(sign_in: SignIn) -> None:
    form = {"name": "Twin", "email": "ANALYST@example.nhs.uk", "is_active": "on", "why": "By mistake"}
    answer = sign_in("administrator").post("/admin/accounts/user/add/", form)
    assert "This email already has an account." in answer.content.decode()


def test_the_last_administrator_can_be_neither_demoted_withdrawn_nor_closed(
    sign_in: SignIn, person: Person, ccg: Plan
) -> None:
    client, administrator = sign_in("administrator"), person("administrator")
    row = Membership.objects.get(user=administrator, organisation=ccg.organisation)
    demoted = client.post(f"/admin/accounts/membership/{row.pk}/change/", {"role": "viewer", "why": "Enough"})
    assert "would have no administrator" in demoted.content.decode()
    assert client.post(f"/admin/accounts/membership/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    closed = client.post(
        f"/admin/accounts/user/{administrator.pk}/change/",
        {"name": administrator.name, "email": administrator.email, "is_staff": "on", "why": "Gone"},
    )
    assert "would have no administrator" in closed.content.decode()
    assert role_in(administrator, "10Q") == Role.ADMINISTRATOR
    administrator.refresh_from_db()
    assert administrator.is_active


def test_a_membership_is_withdrawn_and_its_history_stays(sign_in: SignIn, person: Person) -> None:
    row = Membership.objects.get(user=person("analyst"), organisation__code="10Q")
    sign_in("administrator").post(f"/admin/accounts/membership/{row.pk}/delete/", {"post": "yes"})
    assert not Membership.objects.filter(pk=row.pk).exists()
    assert Membership.history.filter(id=row.pk).latest().history_user == person("administrator")


@pytest.mark.parametrize("address", LISTS)
def test_nothing_is_deleted_many_at_a_time(sign_in: SignIn, address: str) -> None:
    assert "delete_selected" not in sign_in("administrator").get(address).content.decode()


def test_people_organisations_and_plans_are_never_deleted(sign_in: SignIn, person: Person, ccg: Plan) -> None:
    client = sign_in("administrator")
    for address in (
        f"accounts/user/{person('viewer').pk}",
        f"plans/plan/{ccg.pk}",
        f"plans/organisation/{ccg.organisation_id}",
    ):
        assert client.post(f"/admin/{address}/delete/", {"post": "yes"}).status_code == 403
    assert Organisation.objects.filter(pk=ccg.organisation_id).exists()


def test_a_new_password_and_a_lost_second_factor_are_set_right(sign_in: SignIn, person: Person, client: Client) -> None:
    viewer = person("viewer")
    Authenticator.objects.create(user=viewer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    form = {
        "name": viewer.name,
        "email": viewer.email,
        "is_active": "on",
        "new_password": "a hedgehog in May",
        "remove_second_factor": "on",
        "why": "Lost the phone",
    }
    assert sign_in("administrator").post(f"/admin/accounts/user/{viewer.pk}/change/", form).status_code == 302
    assert client.post("/accounts/login/", {"login": viewer.email, "password": "a hedgehog in May"})["Location"] == "/"


def test_a_tolerance_keeps_red_beyond_green_and_its_reason(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    client = sign_in("administrator")
    form = {"plan": ccg.pk, "rule": "count", "green": "3", "red": "2", "why": "Too strict"}
    assert client.post("/admin/plans/tolerance/add/", form).status_code == 200
    assert not Tolerance.objects.filter(plan=ccg).exists()
    assert client.post("/admin/plans/tolerance/add/", form | {"red": "6"}).status_code == 302
    entry = Tolerance.objects.get(plan=ccg).history.get()
    assert (entry.history_user, entry.history_change_reason) == (person("administrator"), "Too strict")


def test_no_old_version_is_put_back_unseen(sign_in: SignIn, ccg: Plan) -> None:
    entry = ccg.history.latest()
    address = f"/admin/plans/plan/{ccg.pk}/history/{entry.history_id}/"
    client = sign_in("administrator")
    assert client.get(address).status_code == 200
    assert client.post(address, {"title": "Put back", "summary": "", "why": "No"}).status_code == 404
    ccg.refresh_from_db()
    assert ccg.title != "Put back"
