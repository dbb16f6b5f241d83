"""A scheme is added and changed in the browser: by whom, with what refused, and never over what somebody else has just saved."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from finance.models import Scheme
from initiatives.models import Project
from opplan.plans.models import Organisation, Plan

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
ROOM = "/10Q/2016-17/finance/"
ADD, CHANGE, STAGE = f"{ROOM}pipeline/add/", f"{ROOM}schemes/LD-01/change/", f"{ROOM}schemes/LD-01/stage/"
EDITORS = {"finance_lead", "programme_office", "analyst", "administrator"}
ROLES = [
    "viewer",
    "commissioner",
    "programme_office",
    "analyst",
    "finance_lead",
    "accountable_officer",
    "administrator",
]


def text(response: Any) -> str:
    return unescape(response.content.decode())


def boxes(response: Any) -> dict[str, str]:
    """What the form on a page would send."""
    form, sent = response.context["form"], {}
    for name, field in form.fields.items():
        value = field.prepare_value(form[name].value())
        sent[name] = "" if value is None else str(value)
    return sent | {"version": str(response.context["opened"] or "")}


def new(**changed: str) -> dict[str, str]:
    return {"reference": "UC-07", "title": "Same-day emergency care", "stage": "idea"} | changed


# Who may do what -------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("address", [ADD, CHANGE, STAGE, f"{ROOM}requirement/"])
def test_only_those_who_edit_the_plan_find_the_forms(sign_in: SignIn, role: str, address: str) -> None:
    expected = 200 if role in EDITORS else 404
    assert sign_in(role).get(address).status_code == expected
    if expected == 404:
        assert sign_in(role).post(address, {"title": "Mine", "stage": "closed", "why": "Mine"}).status_code == 404


def test_the_links_are_shown_to_those_who_may_use_them(sign_in: SignIn) -> None:
    assert "Add a scheme" in text(sign_in("analyst").get(f"{ROOM}schemes/"))
    assert "Add a scheme" not in text(sign_in("viewer").get(f"{ROOM}schemes/"))
    page = text(sign_in("analyst").get(f"{ROOM}schemes/LD-01/"))
    assert "Change the scheme" in page
    assert "Put a rating in place" not in page


# Adding ----------------------------------------------------------------------


def test_a_scheme_is_added_with_every_fact_and_attributed(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    initiative = Scheme.objects.get(plan=ccg, reference="UC-05").initiative_id
    project = Project.objects.get(plan=ccg, reference="UEC-ALT-02").pk
    provider = Organisation.objects.get(code="RTH").pk
    facts = new(
        initiative_id=str(initiative), project_id=str(project), provider_id=str(provider), section="Commissioning and pathways",
        category="Our own word", area_of_spend="Acute", kind="transformational", recurrent="True", contract="block",
        in_contract="False", owner="Urgent care lead", clinical_lead="GP lead", chance="70", least="50", most="110",
        slippage="high", full_year_effect="480,000", start_month="2016-10-01", why="Agreed in committee",
    )  # fmt: skip
    response = client.post(ADD, facts, follow=True)
    assert "Added: UC-07, Same-day emergency care." in text(response)
    row = Scheme.objects.get(plan=ccg, reference="UC-07")
    assert (row.stage, row.state, row.full_year_effect, row.start_month.month) == ("idea", "idea", 480_000, 10)  # type: ignore[union-attr]
    assert (row.source, row.basis, row.category, row.recurrent) == (
        "Entered by Finance lead",
        "entered",
        "Our own word",
        True,
    )
    assert row.history.latest().history_change_reason == "Agreed in committee"
    assert "Our own word" in text(client.get(ADD)), "what one scheme is filed under is offered to the next"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("reference", "ld-01", "LD-01 is taken: it is In-patient beds from eight to six"),
        ("reference", "UC 07", "Use letters, digits, full stops and hyphens"),
        ("reference", "", "Give it a reference"),
        ("title", "", "Give it a title"),
        ("title", "x" * 500, "at most 200 fit"),
        ("title", "a\x00b", "invisible character"),
        ("stage", "nonsense", "is not in the list"),
        ("initiative_id", "999999", "is not in the list"),
        ("chance", "101", "101% is not between 0% and 100%"),
        ("chance", "abc", "“abc” is not a number"),
        ("full_year_effect", "1e308", "“1e308” is not a number"),
        ("full_year_effect", "9" * 12, "too large"),
        ("full_year_effect", "-5", "is below nought: say why"),
        ("start_month", "2018-01-01", "is not in the list"),
        ("price", "12", "Say what it changes in activity"),
        ("owner", "x" * 121, "at most 120 fit"),
        ("contract", "handshake", "is not in the list"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_kept(
    sign_in: SignIn, ccg: Plan, field: str, typed: str, told: str
) -> None:
    response = sign_in("finance_lead").post(ADD, new(owner="Kept lead") | {field: typed})
    page = text(response)
    assert response.status_code == 422
    assert told in page
    assert field == "owner" or "Kept lead" in page
    assert not Scheme.objects.filter(plan=ccg, title="Same-day emergency care").exists()


def test_least_is_not_above_most(sign_in: SignIn) -> None:
    page = text(sign_in("finance_lead").post(ADD, new(least="90", most="50")))
    assert "The most, 50%, is below the least, 90%" in page


def test_a_project_is_one_of_the_initiative(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    initiative = Scheme.objects.get(plan=ccg, reference="UC-05").initiative_id
    other = Project.objects.get(plan=ccg, reference="LD-TCP-01").pk
    response = client.post(ADD, new(initiative_id=str(initiative), project_id=str(other)))
    assert response.status_code == 422
    offered = re.findall(
        r"UEC-ALT-0\d|LD-TCP-0\d", text(client.get(f"{ADD}?initiative=UEC-ALT")).split('name="project_id"')[1]
    )
    assert set(offered) == {"UEC-ALT-01", "UEC-ALT-02", "UEC-ALT-03", "UEC-ALT-04"}


# Changing --------------------------------------------------------------------


def test_a_change_is_stored_told_and_attributed(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    client.post(CHANGE, boxes(client.get(CHANGE)) | {"clinical_lead": "Medical director", "why": "New post"})
    row = Scheme.objects.get(plan=ccg, reference="LD-01")
    assert (row.clinical_lead, row.stage) == ("Medical director", "identified")
    page = text(client.get(f"{ROOM}schemes/LD-01/"))
    assert "Medical director" in page
    assert "New post" in page
    assert "Finance lead" in page


def test_a_form_sent_as_it_was_opened_changes_nothing(sign_in: SignIn, ccg: Plan) -> None:
    client = sign_in("finance_lead")
    before = Scheme.objects.filter(plan=ccg, reference="LD-01").values().get()
    client.post(CHANGE, boxes(client.get(CHANGE)))
    assert Scheme.objects.filter(plan=ccg, reference="LD-01").values().get() == before


def test_two_people_who_change_different_facts_are_both_kept(sign_in: SignIn, ccg: Plan) -> None:
    mine, other = sign_in("analyst"), sign_in("finance_lead")
    opened = boxes(mine.get(CHANGE))
    other.post(CHANGE, boxes(other.get(CHANGE)) | {"owner": "Contracts lead"})
    assert mine.post(CHANGE, opened | {"narrative": "Two beds"}).status_code == 302
    row = Scheme.objects.get(plan=ccg, reference="LD-01")
    assert (row.owner, row.narrative) == ("Contracts lead", "Two beds")


def test_two_people_who_change_one_fact_are_shown_both_in_words(sign_in: SignIn, ccg: Plan) -> None:
    mine, other = sign_in("analyst"), sign_in("finance_lead")
    opened = boxes(mine.get(CHANGE))
    oxford, trust = Organisation.objects.get(code="RNU").pk, Organisation.objects.get(code="RTH").pk
    other.post(CHANGE, boxes(other.get(CHANGE)) | {"provider_id": str(oxford)})
    response = mine.post(CHANGE, opened | {"provider_id": str(trust)})
    page = text(response)
    assert response.status_code == 409
    assert "Use mine: Oxford University Hospitals (RTH)" in page
    assert "Keep what was saved: Oxford Health (RNU)" in page
    assert Scheme.objects.get(plan=ccg, reference="LD-01").provider_id == oxford


def test_a_stage_moved_by_somebody_else_meanwhile_is_a_conflict(sign_in: SignIn, ccg: Plan) -> None:
    mine, other = sign_in("analyst"), sign_in("finance_lead")
    opened = boxes(mine.get(STAGE))
    other.post(STAGE, boxes(other.get(STAGE)) | {"stage": "in_delivery", "why": "Begun"})
    assert mine.post(STAGE, opened | {"stage": "closed", "why": "Given up"}).status_code == 409
    assert Scheme.objects.get(plan=ccg, reference="LD-01").stage == "in_delivery"


def test_a_move_without_a_reason_is_refused_and_kept(sign_in: SignIn) -> None:
    client = sign_in("finance_lead")
    response = client.post(STAGE, boxes(client.get(STAGE)) | {"stage": "closed"})
    assert response.status_code == 422
    assert "Say why it is moved" in text(response)
    assert '<option value="closed" selected>' in text(response)


def test_the_line_of_what_has_no_scheme_has_no_stage(sign_in: SignIn) -> None:
    assert sign_in("administrator").get(f"{ROOM}schemes/UNID/stage/").status_code == 404


# The list --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stage=earmarked", {"CH-01", "EL-09", "UC-05"}),
        ("provider=Oxford+Health", {"DT-04", "MH-02"}),
        ("section=Prescribing", {"PC-03", "PC-05"}),
        ("category=RightCare&stage=in_delivery", {"EL-02", "EL-04", "EL-07"}),
        ("contract=block", {"DT-04", "MH-02", "LD-01"}),
        ("contract=no_cash", {"DT-04", "MH-02", "LD-01"}),
    ],
)
def test_the_list_is_narrowed_by_its_address_and_both_downloads_hold_what_is_seen(
    sign_in: SignIn, query: str, expected: set[str]
) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    client = sign_in("viewer")
    address = f"{ROOM}schemes/?{query}"
    assert {row.reference for row in client.get(address).context["table"].data} == expected
    read = client.get(f"{address}&download=csv").content.decode("utf-8-sig").splitlines()
    assert {line.split(",")[0] for line in read[1:]} == expected
    sheet = load_workbook(BytesIO(client.get(f"{address}&download=xlsx").content)).active
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == expected
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref
    heads = [cell.value for cell in sheet[1]]
    planned = heads.index("Plan for the year, £")
    assert all(isinstance(row[planned].value, int | float) for row in sheet.iter_rows(min_row=2))


def test_schemes_that_owe_the_month_can_be_asked_for(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    owing = {row.reference for row in client.get(f"{ROOM}schemes/?owing=owing").context["table"].data}
    reported = {row.reference for row in client.get(f"{ROOM}schemes/?owing=reported").context["table"].data}
    assert owing
    assert reported
    assert not owing & reported
    assert "UNID" not in owing | reported


def test_text_that_looks_like_a_formula_stays_text_in_the_workbook(sign_in: SignIn, ccg: Plan) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    Scheme.objects.filter(plan=ccg, reference="LD-01").update(title='=HYPERLINK("http://x","y")')
    content = sign_in("viewer").get(f"{ROOM}schemes/?q=LD-01&download=xlsx").content
    cell = load_workbook(BytesIO(content)).active["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')


def test_the_forms_take_as_many_queries_as_they_did(sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    client = sign_in("finance_lead")
    with django_assert_max_num_queries(11):
        client.get(ADD)
    with django_assert_max_num_queries(13):
        response = client.get(CHANGE)
    assert len(response.content) < 100_000
