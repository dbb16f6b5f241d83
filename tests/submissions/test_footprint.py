"""The submissions of a footprint on one page: what each commissioner owes, who may see it, and what it costs."""

from collections.abc import Callable

import pytest
from django.test import Client

from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.roles import Role
from opplan.plans.models import Organisation, Plan
from opplan.submissions.models import Round, Submission
from tests.accounts.test_pages import without_tokens
from tests.submissions.footprint import another_plan, answered, frozen
from tests.submissions.test_round_pages import text_of

pytestmark = pytest.mark.django_db
PAGE = "/10Q/2016-17/submissions/footprint/"
NOT_HERE = "No plan held here, or not open to you"
SignIn = Callable[[str], Client]


@pytest.fixture
def chiltern(ccg: Plan) -> Plan:
    return another_plan(ccg, "10H")


@pytest.fixture
def reader(ccg: Plan) -> Client:
    """The regional assurance reader."""
    client = Client()
    person = User.objects.get(email="region@example.nhs.uk")
    client.force_login(person, backend="opplan.accounts.backends.MemberBackend")
    return client


def test_the_page_says_where_each_commissioner_stands(ccg: Plan, chiltern: Plan, reader: Client) -> None:
    frozen(ccg, "dtoc", signed=True)
    frozen(chiltern, "dtoc")
    frozen(chiltern, "finance")
    answer = reader.get(PAGE, {"round": "R1"})
    text = text_of(answer)
    assert "2 of 7 commissioners have a plan here that is open to you." in text
    assert "V1.0, signed by Officer of 10Q" in text
    assert "V1.0, not signed" in text
    assert "/10H/2016-17/submissions/versions/finance/V1.0/" in text
    assert text.count(NOT_HERE) == 5
    row = next(one for one in answer.context["rounds"] if one.reference == "R1")
    assert f"First full draft: 1 of {row.counts.asked} templates signed in BOB" in text
    assert (row.counts.frozen, row.counts.signed, row.counts.void) == (3, 1, 0)
    assert row.counts.asked == sum(len(one.cells) for one in answer.context["rows"]) >= 10
    assert row.chosen
    assert len(answer.content) < 100_000


def test_a_signature_that_is_void_and_a_template_that_is_late_are_counted(
    ccg: Plan, chiltern: Plan, reader: Client
) -> None:
    frozen(ccg, "bcf", signed=True, round="B3")
    answered(ccg, "12")
    answer = reader.get(PAGE, {"round": "B3"})
    text = text_of(answer)
    assert "V1.0, signature of Officer of 10Q void: the plan has changed since" in text
    assert "Better Care Fund, final: 0 of 2 templates signed in BOB, 1 void, 2 late" in text
    assert "1 of " in next(row for row in answer.context["rows"] if row.code == "10Q").cells[0].about


def test_the_round_that_somebody_owes_comes_first_and_an_unknown_one_is_no_page(reader: Client, chiltern: Plan) -> None:
    assert next(one for one in reader.get(PAGE).context["rounds"] if one.chosen).reference == "B3"
    assert reader.get(PAGE, {"round": "R99"}).status_code == 404


def test_a_commissioner_without_that_round_says_so(ccg: Plan, chiltern: Plan, reader: Client) -> None:
    Round.objects.filter(plan=chiltern, reference="R1").delete()
    assert "It has no such round in its calendar" in text_of(reader.get(PAGE, {"round": "R1"}))


def test_what_is_not_open_to_a_person_is_named_and_nothing_more(chiltern: Plan, sign_in: SignIn) -> None:
    without = sign_in("viewer").get(PAGE).content
    frozen(chiltern, "dtoc", signed=True)
    answer = sign_in("viewer").get(PAGE)
    text = text_of(answer)
    assert text.count(NOT_HERE) == 6
    assert "Chiltern CCG" in text
    assert "Officer of 10H" not in text
    assert "/10H/" not in text
    assert "1 of 7 commissioners has a plan here" in text
    assert without_tokens(answer.content) == without_tokens(without), "whether a plan is held must not show"


def test_nobody_reads_anothers_plan_through_the_footprint(ccg: Plan, chiltern: Plan, sign_in: SignIn) -> None:
    stranger = User.objects.create_user("chiltern@example.org", "a hedgehog in May", name="Chiltern analyst")
    grant(stranger, chiltern.organisation, Role.ADMINISTRATOR, by=None)
    client = Client()
    client.force_login(stranger, backend="opplan.accounts.backends.MemberBackend")
    assert client.get(PAGE).status_code == 404
    assert client.get("/10H/2016-17/submissions/footprint/").status_code == 200
    made = frozen(ccg, "finance")
    assert client.get(f"/10Q/2016-17/submissions/versions/finance/{made.version}/workbook.xlsx").status_code == 404
    text = text_of(client.get("/10H/2016-17/submissions/footprint/?round=R1"))
    assert text.count(NOT_HERE) == 6
    assert "Combined workbooks" not in text
    book = client.get("/10H/2016-17/submissions/footprint/finance/workbook.xlsx")
    assert made.content[:16].encode() not in book.content


def test_the_regional_reader_reads_both_plans_and_changes_neither(ccg: Plan, chiltern: Plan, reader: Client) -> None:
    for code in ("10Q", "10H"):
        here = f"/{code}/2016-17/submissions"
        assert reader.get(f"{here}/rounds/").status_code == 200
        assert reader.get(f"{here}/templates/dtoc/").status_code == 200
        for page in ("rounds/R1/freeze/dtoc/", "rounds/new/", "rounds/R1/edit/", "delegations/new/"):
            assert reader.post(f"{here}/{page}", {"why": "Mine"}).status_code == 404
    assert not Submission.objects.exists()


def test_an_organisation_that_lies_in_no_footprint_says_so(ccg: Plan, sign_in: SignIn) -> None:
    Organisation.objects.filter(code="10Q").update(parent=None)
    assert "Oxfordshire CCG lies in no footprint" in text_of(sign_in("viewer").get(PAGE))
    assert sign_in("viewer").get(f"{PAGE}dtoc/workbook.xlsx").status_code == 404


def test_each_plan_costs_the_same_whatever_it_has_frozen(
    ccg: Plan,
    chiltern: Plan,
    reader: Client,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    """Rounds, versions, signatures and checks of all plans are read at once; sources are read by plan."""

    def cost() -> int:
        with django_assert_max_num_queries(90) as asked:
            assert reader.get(PAGE, {"round": "R1"}).status_code == 200
        return len(asked)

    two = cost()
    another_plan(ccg, "10Y")
    three = cost()
    another_plan(ccg, "10M")
    assert cost() - three == three - two <= 10
    frozen(ccg, "dtoc", signed=True)
    signed = cost()
    for template in ("dtoc", "finance", "activity", "resilience"):
        frozen(chiltern, template)
    frozen(ccg, "resilience")
    assert cost() == signed


def test_the_calendar_costs_the_same_for_whoever_reads_several_plans(
    ccg: Plan,
    reader: Client,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    pages = ["/10Q/2016-17/submissions/rounds/", "/10Q/2016-17/submissions/rounds/R1/"]
    frozen(ccg, "dtoc", signed=True)
    costs = []
    for code in ("", "10H", "10Y"):
        if code:
            frozen(another_plan(ccg, code), "dtoc", signed=True)
        for page in pages:
            with django_assert_max_num_queries(70) as asked:
                assert reader.get(page).status_code == 200
            costs.append(len(asked))
    assert costs == costs[:2] * 3
