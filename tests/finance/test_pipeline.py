"""The pipeline: an idea counts for nothing, a closed scheme for no more than it has saved, and the requirement always re-adds."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.actions.savings import SavingChange, record_savings
from finance.actions.schemes import add_scheme, move_scheme, set_requirement
from finance.models import Scheme, SchemeMonth
from finance.queries.months import savings_by_month
from finance.queries.pipeline import effect_of_all, on_block, pipeline
from finance.queries.requirement import find_requirement, requirement_by_month, savings_requirement
from finance.queries.schemes import SchemePosition, find_scheme, scheme_positions, total_position
from opplan.accounts.models import User
from opplan.calc.rag import Rating
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Version
from opplan.web.reasons import sentence

pytestmark = pytest.mark.django_db
Person = Callable[[str], User]
SignIn = Callable[[str], Client]
ROOM = "/10Q/2016-17/finance/"
SEP = date(2016, 9, 1)
STAGES = [stage.value for stage in Scheme.Stage]


def text(response: Any) -> str:
    return str(response.content.decode())


def positions(plan: Plan, month: date = SEP) -> dict[str, SchemePosition]:
    return {one.reference: one for one in scheme_positions(plan, month, tolerances(plan))}


def row(plan: Plan, reference: str) -> Scheme:
    found = find_scheme(plan, reference)
    assert found is not None
    return found


def move(plan: Plan, reference: str, stage: str, by: User) -> None:
    scheme = row(plan, reference)
    move_scheme(scheme, stage=stage, by=by, why="Agreed", version=Version.of(scheme))


# Ideas -----------------------------------------------------------------------


def an_idea(plan: Plan, by: User, reference: str = "ID-01") -> Scheme:
    scheme = add_scheme(plan, reference=reference, stage="idea", values={"title": "A thought"}, by=by, why="")
    SchemeMonth.objects.bulk_create(
        SchemeMonth(scheme=scheme, month=month, planned_saving=Decimal(10_000)) for month in plan.months
    )
    return scheme


def test_an_idea_counts_for_nothing_and_owes_nothing(ccg: Plan, person: Person) -> None:
    before = positions(ccg)
    required = savings_requirement(ccg, list(before.values()))
    an_idea(ccg, person("finance_lead"))
    after = positions(ccg)
    idea = after["ID-01"]
    assert not idea.counted
    assert not idea.due
    assert not idea.owing
    assert idea.judgement.rating == Rating.NOT_DUE
    assert sentence(idea.judgement) == "An idea, not counted yet"
    assert total_position(after.values()) == total_position(before.values())
    assert savings_requirement(ccg, list(after.values())) == required
    assert effect_of_all(list(after.values())) == effect_of_all(list(before.values()))


def test_an_idea_is_forecast_to_save_nothing_in_its_months_too(ccg: Plan, person: Person) -> None:
    an_idea(ccg, person("finance_lead"))
    assert {one.expected_saving for one in savings_by_month(ccg, "ID-01")} == {None}


def test_an_idea_that_is_earmarked_counts(ccg: Plan, person: Person) -> None:
    an_idea(ccg, person("finance_lead"))
    move(ccg, "ID-01", "earmarked", person("finance_lead"))
    found = savings_requirement(ccg, list(positions(ccg).values()))
    assert found is not None
    assert found.requirement.earmarked == 2_100_000 + 120_000


def test_the_pages_say_that_an_idea_is_not_counted(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    an_idea(ccg, person("finance_lead"))
    client = sign_in("viewer")
    listed = text(client.get(f"{ROOM}schemes/"))
    assert "All 16 schemes shown, 1 idea not counted" in listed
    assert "An idea, not counted yet" in listed
    assert "It would save £120,000 in the year." in text(client.get(f"{ROOM}schemes/ID-01/"))
    assert "1 idea would add £120,000" in text(client.get(f"{ROOM}pipeline/"))


# Stages ----------------------------------------------------------------------


def test_the_pipeline_counts_every_scheme_once(ccg: Plan) -> None:
    found = list(positions(ccg).values())
    stages = pipeline(found)
    assert [one.name for one in stages] == ["Idea", "Earmarked", "Identified", "In delivery", "Delivered", "Closed"]
    assert sum(len(one.schemes) for one in stages) == len(found) - 1, "all but the line of what has no scheme"
    assert sum(one.planned for one in stages) == 9_100_000


@pytest.mark.parametrize(
    ("stage", "state"),
    [("earmarked", "earmarked"), ("in_delivery", "identified"), ("delivered", "identified"), ("closed", "identified")],
)
def test_the_state_follows_the_stage_and_the_history_says_why(
    ccg: Plan, person: Person, stage: str, state: str
) -> None:
    scheme = row(ccg, "LD-01")
    move_scheme(scheme, stage=stage, by=person("finance_lead"), why="Agreed at committee", version=Version.of(scheme))
    stored = row(ccg, "LD-01")
    assert (stored.stage, stored.state) == (stage, state)
    assert stored.history.latest().history_change_reason == "Agreed at committee"


def test_a_closed_scheme_delivers_no_more_than_it_has_saved(ccg: Plan, person: Person) -> None:
    before = positions(ccg)["FN-01"]
    saved = before.position.to_date or Decimal(0)
    move(ccg, "FN-01", "closed", person("finance_lead"))
    after = positions(ccg)
    closed = after["FN-01"]
    assert not closed.owing
    assert closed.position.forecast_year == sum(
        one.expected_saving for one in savings_by_month(ccg, "FN-01") if one.expected_saving is not None
    )
    found = savings_requirement(ccg, list(after.values()))
    assert found is not None
    one = found.requirement
    assert one.delivered + one.identified == 7_000_000 - (before.position.planned_year - saved)
    assert one.unidentified == 13_300_000 + before.position.planned_year - saved


@pytest.mark.parametrize(
    ("reference", "stage", "why", "field"),
    [
        ("UNID", "earmarked", "Found", "stage"),
        ("PC-03", "idea", "Doubtful", "stage"),
        ("PC-03", "nonsense", "Why not", "stage"),
        ("PC-03", "closed", "   ", "why"),
    ],
)
def test_a_move_that_cannot_be_is_refused(
    ccg: Plan, person: Person, reference: str, stage: str, why: str, field: str
) -> None:
    scheme = row(ccg, reference)
    with pytest.raises(ValidationError) as refused:
        move_scheme(scheme, stage=stage, by=person("finance_lead"), why=why, version=Version.of(scheme))
    assert list(refused.value.message_dict) == [field]
    assert row(ccg, reference).stage == scheme.stage


# The requirement -------------------------------------------------------------


def re_adds(plan: Plan) -> None:
    schemes = list(positions(plan).values())
    found = savings_requirement(plan, schemes)
    assert found is not None
    amount = found.requirement.amount
    by_month = requirement_by_month(plan, amount, schemes, savings_by_month(plan, month=SEP), SEP)
    assert len(by_month) == 12
    for at in by_month:
        one = at.requirement
        assert one.delivered + one.identified + one.earmarked + one.unidentified == one.amount == amount
        assert one.identified >= 0
        assert one.earmarked >= 0
    assert by_month[5].requirement == found.requirement, "the month reported is what every page shows"


def test_the_requirement_re_adds_at_every_month_end(ccg: Plan) -> None:
    re_adds(ccg)


@pytest.mark.parametrize("of", ["ccg", "pct"])
def test_the_year_of_the_requirement_ends_at_the_forecast_that_the_list_shows(
    of: str, request: pytest.FixtureRequest
) -> None:
    plan = request.getfixturevalue(of)
    now = plan.reporting_month
    schemes = scheme_positions(plan, now, tolerances(plan))
    found = savings_requirement(plan, schemes)
    assert found is not None
    by_month = requirement_by_month(plan, found.requirement.amount, schemes, savings_by_month(plan, month=now), now)
    assert by_month[-1].requirement.delivered == sum(one.position.forecast_year or 0 for one in schemes)


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(["FN-01", "CH-01", "LD-01"]), st.sampled_from(STAGES)),
        st.tuples(st.just("actual"), st.sampled_from(["FN-01", "PC-03", "UC-01"]), st.integers(-50_000, 3_000_000)),
        st.tuples(st.just("plan"), st.sampled_from(["FN-01", "CH-01", "UNID"]), st.integers(0, 3_000_000)),
        st.tuples(st.just("require"), st.just(""), st.integers(0, 40_000_000)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_the_requirement_re_adds_after_any_edit(ccg: Plan, person: Person, edits: list[tuple[str, str, Any]]) -> None:
    by = person("finance_lead")
    for kind, reference, value in edits:
        if kind == "require":
            held = find_requirement(ccg)
            assert held is not None
            set_requirement(ccg, amount=Decimal(value), by=by, why="Edited", version=Version.of(held))
            continue
        scheme = row(ccg, reference)
        if kind == "move":
            try:
                move_scheme(scheme, stage=value, by=by, why="Edited", version=Version.of(scheme))
            except ValidationError:
                assert value == "idea"
            continue
        figure, month = ("actual_saving", SEP) if kind == "actual" else ("planned_saving", date(2016, 12, 1))
        was = SchemeMonth.objects.filter(scheme=scheme, month=month).values_list(figure, flat=True).first()
        if scheme.state != "idea":
            record_savings(ccg, [SavingChange(reference, month, figure, was, Decimal(value))], by=by, why="Edited")
    re_adds(ccg)


def test_the_requirement_changes_with_a_reason_and_says_who(sign_in: SignIn, ccg: Plan) -> None:
    client, address = sign_in("finance_lead"), f"{ROOM}requirement/"
    first = client.get(address)
    assert "£22.4m must be saved in 2016/17</h1>" in text(first)
    opened = first.context["opened"]
    refused = client.post(address, {"amount": "23,000,000", "why": "", "version": opened})
    assert refused.status_code == 422
    assert "23,000,000" in text(refused)
    client.post(address, {"amount": "23,000,000", "why": "Tariff settled", "version": opened})
    page = text(client.get(address))
    assert "Tariff settled" in page
    found = savings_requirement(ccg, list(positions(ccg).values()))
    assert found is not None
    assert found.requirement.amount == 23_000_000


@pytest.mark.parametrize("typed", ["abc", "-5", "1e308", "9" * 30])
def test_an_amount_that_is_none_is_refused_and_kept(sign_in: SignIn, typed: str) -> None:
    response = sign_in("finance_lead").post(f"{ROOM}requirement/", {"amount": typed, "why": "Because"})
    assert response.status_code == 422
    assert f'value="{typed}"' in text(response)


# What releases no cash -------------------------------------------------------


def test_savings_on_a_block_are_warned_of_wherever_they_are_counted(sign_in: SignIn, ccg: Plan) -> None:
    blocked = on_block(list(positions(ccg).values()))
    assert {one.reference for one in blocked.schemes} == {"DT-04", "MH-02", "LD-01"}
    assert blocked.planned == 1_200_000
    client, told = sign_in("viewer"), "planning £1.2m are on block contracts: they release no cash until the block"
    assert told in text(client.get(f"{ROOM}schemes/"))
    assert told in text(client.get(f"{ROOM}pipeline/"))
    assert "releases no cash until the block is agreed anew" in text(client.get(f"{ROOM}schemes/MH-02/"))
    assert "releases no cash" not in text(client.get(f"{ROOM}schemes/EL-02/"))


def test_a_block_that_was_agreed_anew_releases_cash(ccg: Plan) -> None:
    Scheme.objects.filter(reference="MH-02").update(in_contract=True)
    assert not positions(ccg)["MH-02"].releases_no_cash


def test_the_pipeline_takes_as_many_queries_with_many_schemes_as_with_few(
    sign_in: SignIn, ccg: Plan, django_assert_max_num_queries: Any, person: Person
) -> None:
    client = sign_in("viewer")
    for round_of in range(2):
        with django_assert_max_num_queries(12):
            response = client.get(f"{ROOM}pipeline/")
        assert len(response.content) < 100_000
        if not round_of:
            for at in range(12):
                an_idea(ccg, person("finance_lead"), f"ID-{at:02}")


def test_an_actual_cannot_be_recorded_against_an_idea(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    by = person("finance_lead")
    an_idea(ccg, by)
    with pytest.raises(ValidationError, match="cannot have an actual"):
        record_savings(ccg, [SavingChange("ID-01", SEP, "actual_saving", None, Decimal(1))], by=by, why="Mine")
    assert "ID-01_actual_" not in text(sign_in("finance_lead").get(f"{ROOM}schemes/ID-01/"))


def test_the_board_neither_counts_nor_chases_an_idea(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    client = sign_in("viewer")
    before = text(client.get("/10Q/2016-17/"))
    idea = an_idea(ccg, person("finance_lead"))
    Scheme.objects.filter(pk=idea.pk).update(initiative=row(ccg, "PC-03").initiative)
    after = text(client.get("/10Q/2016-17/"))
    assert "A thought" not in after
    assert after.count("£22.4m") == before.count("£22.4m")
    initiative = text(client.get("/10Q/2016-17/initiatives/LTC-SPC/"))
    assert "An idea, not counted yet" in initiative


def test_what_nobody_has_said_or_reported_is_not_nought(sign_in: SignIn) -> None:
    page = text(sign_in("administrator").get("/5QE/2010-11/finance/pipeline/"))
    assert "Nobody says whether £34.7m is recurrent" in page
    assert "Not stated" in page
    assert "Not reported" in page
    assert "All of the £34.7m required has a scheme" in page
