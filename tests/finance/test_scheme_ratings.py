"""A rating put in place of the rule's: with a reason, until a day, both shown everywhere, and gone by itself."""

from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from finance.actions.ratings import latest_day, put_rating, withdraw_rating
from finance.models import RatingOverride, Scheme
from finance.queries.register import standing_override
from finance.queries.schemes import SchemePosition, find_scheme, scheme_positions
from opplan.accounts.models import User
from opplan.calc.rag import Rating
from opplan.plans.actions import report_month
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.plans.versions import Version
from opplan.web.reasons import distance, sentence

pytestmark = pytest.mark.django_db
Person = Callable[[str], User]
SignIn = Callable[[str], Client]
ROOM = "/10Q/2016-17/finance/schemes/FN-01/"
RATING = f"{ROOM}rating/"
AUG, SEP, OCT, NOV, DEC = (date(2016, month, 1) for month in (8, 9, 10, 11, 12))
UNTIL = date(2016, 11, 30)
NEW = Version(None)


def text(response: Any) -> str:
    return unescape(response.content.decode())


def scheme(plan: Plan, reference: str = "FN-01") -> Scheme:
    found = find_scheme(plan, reference)
    assert found is not None
    return found


def position(plan: Plan, month: date = SEP, reference: str = "FN-01") -> SchemePosition:
    return next(one for one in scheme_positions(plan, month, tolerances(plan)) if one.reference == reference)


def put(plan: Plan, by: User, rating: str = "amber", until: date = UNTIL, reference: str = "FN-01") -> RatingOverride:
    return put_rating(
        scheme(plan, reference), rating=rating, reason="Credit note is agreed", until=until, by=by, version=NEW
    )


def test_both_ratings_are_told_with_who_until_when_and_why(ccg: Plan, person: Person) -> None:
    ruled = position(ccg).judgement
    put(ccg, person("finance_lead"), "red" if ruled.rating != Rating.RED else "amber")
    now = position(ccg)
    assert now.judgement.rating != ruled.rating
    assert now.ruled == ruled
    told = sentence(now.judgement).replace("\N{NO-BREAK SPACE}", " ")
    assert told.startswith("Put in place by Finance lead until 30 Nov 2016: Credit note is agreed; the rule says ")
    assert sentence(ruled)[1:] in sentence(now.judgement)
    assert distance(now.judgement) == sentence(now.judgement), "where a reason is cut short, this one is not"


def test_it_holds_for_the_months_that_end_by_its_day_and_expires_by_itself(ccg: Plan, person: Person) -> None:
    put(ccg, person("finance_lead"))
    held = [month for month in (AUG, SEP, OCT, NOV, DEC) if position(ccg, month).judgement.overruled]
    assert held == [SEP, OCT, NOV]


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (date(2016, 9, 29), "is past"),
        (date(2017, 1, 1), "is too far ahead: 31 December 2016"),
        (date(2020, 1, 1), "is too far ahead"),
    ],
)
def test_a_day_that_is_past_or_too_far_is_refused(ccg: Plan, person: Person, until: date, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        put(ccg, person("finance_lead"), until=until)
    assert told in refused.value.message_dict["until"][0].replace("\N{NO-BREAK SPACE}", " ")


def test_it_never_stands_beyond_the_year(ccg: Plan, person: Person) -> None:
    report_month(ccg, date(2017, 2, 1), by=person("programme_office"))
    ccg.refresh_from_db()
    assert latest_day(ccg) == date(2017, 3, 31)


def test_a_month_that_is_not_reported_is_never_green(ccg: Plan, person: Person) -> None:
    one = next(one for one in scheme_positions(ccg, SEP, tolerances(ccg)) if one.owing)
    put(ccg, person("finance_lead"), "green", reference=one.reference)
    assert position(ccg, SEP, one.reference).judgement.rating == Rating.NOT_REPORTED
    RatingOverride.objects.update(rating="amber")
    assert position(ccg, SEP, one.reference).judgement.rating == Rating.AMBER


@pytest.mark.parametrize("reference", ["UNID"])
def test_what_nobody_is_to_deliver_has_no_rating_to_put_in_place(ccg: Plan, person: Person, reference: str) -> None:
    with pytest.raises(ValidationError):
        put(ccg, person("finance_lead"), reference=reference)


def test_withdrawn_it_leaves_the_months_before_as_they_were_shown(ccg: Plan, person: Person) -> None:
    by = person("finance_lead")
    put(ccg, by)
    report_month(ccg, OCT, by=person("programme_office"))
    ccg.refresh_from_db()
    withdraw_rating(scheme(ccg), by=by, why="Credit note came")
    assert position(ccg, OCT).judgement.overruled is None
    assert position(ccg, SEP).judgement.overruled is not None
    assert standing_override(scheme(ccg), ccg) is None


def test_withdrawn_in_its_first_month_it_is_gone_and_the_history_keeps_it(ccg: Plan, person: Person) -> None:
    by = person("finance_lead")
    put(ccg, by)
    with pytest.raises(ValidationError):
        withdraw_rating(scheme(ccg), by=by, why=" ")
    withdraw_rating(scheme(ccg), by=by, why="Put on the wrong scheme")
    assert not RatingOverride.objects.exists()
    assert RatingOverride.history.latest().history_change_reason == "Put on the wrong scheme"


def test_two_people_cannot_put_two_ratings_in_place(sign_in: SignIn, ccg: Plan) -> None:
    mine, other = sign_in("programme_office"), sign_in("finance_lead")
    mine.get(RATING)
    sent = {"rating": "amber", "reason": "Agreed", "until": "30/11/2016", "version": ""}
    assert other.post(RATING, sent).status_code == 302
    assert mine.post(RATING, sent | {"rating": "red", "reason": "Not agreed"}).status_code == 409
    assert RatingOverride.objects.get().rating == "amber"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("rating", "blue", "is not in the list"),
        ("reason", "", "Say why"),
        ("reason", "x" * 301, "at most 300 fit"),
        ("until", "soon", "“soon” is not a date"),
        ("until", "", "Give the day"),
    ],
)
def test_what_cannot_be_is_refused_by_field(sign_in: SignIn, field: str, typed: str, told: str) -> None:
    sent = {"rating": "amber", "reason": "Agreed", "until": "30/11/2016"} | {field: typed}
    response = sign_in("finance_lead").post(RATING, sent)
    assert response.status_code == 422
    assert told in text(response)
    assert not RatingOverride.objects.exists()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", False),
        ("commissioner", False),
        ("analyst", False),
        ("finance_lead", True),
        ("programme_office", True),
    ],
)
@pytest.mark.parametrize("address", [RATING, f"{RATING}withdraw/"])
def test_only_those_who_set_the_rules_may_overrule_them(sign_in: SignIn, role: str, may: bool, address: str) -> None:
    assert sign_in(role).get(address).status_code == (200 if may else 404)


def test_both_ratings_are_on_every_page_that_shows_the_scheme(sign_in: SignIn, ccg: Plan, person: Person) -> None:
    put(ccg, person("finance_lead"), "red")
    client = sign_in("viewer")
    for address in (ROOM, "/10Q/2016-17/finance/schemes/", "/10Q/2016-17/initiatives/FIN-PLAN/"):
        page = text(client.get(address)).replace("\N{NO-BREAK SPACE}", " ").lower()
        assert "put in place by finance lead until 30 nov 2016: credit note is agreed; the rule says" in page, address
    read = client.get("/10Q/2016-17/finance/schemes/?q=FN-01&download=csv").content.decode()
    assert "the rule says" in read


def test_ratings_put_in_place_cost_no_query(ccg: Plan, person: Person, django_assert_num_queries: Any) -> None:
    put(ccg, person("finance_lead"))
    bands = tolerances(ccg)
    with django_assert_num_queries(1):
        found = scheme_positions(ccg, SEP, bands)
    assert len(found) == Scheme.objects.filter(plan=ccg).count()
