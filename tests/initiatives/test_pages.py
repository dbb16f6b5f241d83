"""The pages: who may see and do what, what they show, how many queries they cost, and how large they are."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from initiatives.actions import record_milestone, write_update
from initiatives.models import Initiative, Milestone, Project
from initiatives.queries import changes_of, recent_changes
from opplan.plans.attribution import record, record_new
from opplan.plans.versions import Version

pytestmark = [pytest.mark.django_db, pytest.mark.once]

WRITERS = ("commissioner", "programme_office", "administrator")
READERS = ("viewer", "analyst", "finance_lead", "accountable_officer")


@pytest.mark.parametrize("role", [*WRITERS, *READERS])
def test_everybody_of_the_organisation_reads_milestones_and_history(role, sign_in, delivery, page):
    client = sign_in(role)
    for path in ("milestones/", "milestones/M-TEST-01/", f"{delivery.initiative.reference}/history/"):
        assert client.get(page(path)).status_code == 200


@pytest.mark.parametrize("role", WRITERS)
def test_those_who_update_progress_have_the_form(role, sign_in, delivery, page):
    client = sign_in(role)
    assert b"Save progress" in client.get(page("milestones/M-TEST-01/")).content
    assert client.get(page(f"{delivery.initiative.reference}/update/")).status_code == 200


@pytest.mark.parametrize("role", READERS)
def test_those_who_do_not_see_no_form_and_cannot_post(role, sign_in, delivery, page):
    client = sign_in(role)
    assert b"Save progress" not in client.get(page("milestones/M-TEST-01/")).content
    assert client.post(page("milestones/M-TEST-01/"), {"completed": "30/09/2016"}).status_code == 404
    for send in (client.get, client.post):
        assert send(page(f"{delivery.initiative.reference}/update/")).status_code == 404
    delivery.refresh_from_db()
    assert delivery.completed is None


def test_whoever_is_not_signed_in_is_asked_to(client, page):
    assert client.get(page("milestones/")).status_code == 302


def test_a_member_of_another_organisation_is_told_that_there_is_no_page(sign_in, person, delivery, page):
    person("commissioner").memberships.filter(organisation__code="10Q").delete()
    client = sign_in("programme_office")
    client.force_login(person_of_other(person), backend="opplan.accounts.backends.MemberBackend")
    for path in ("milestones/", "milestones/M-TEST-01/", f"{delivery.initiative.reference}/update/"):
        assert client.get(page(path)).status_code == 404


def person_of_other(person):
    """The commissioner, who is left with the other organisation alone."""
    from opplan.accounts.models import User

    return User.objects.get(email="commissioner@example.nhs.uk")


def test_a_milestone_of_another_plan_is_not_found(sign_in, pct, page):
    other = (
        Milestone.objects.filter(plan=pct)
        .exclude(reference__in=Milestone.objects.exclude(plan=pct).values("reference"))
        .first()
    )
    client = sign_in("commissioner")
    assert client.get(page(f"milestones/{other.reference}/")).status_code == 404
    assert client.post(page(f"milestones/{other.reference}/"), {"completed": "30/04/2010"}).status_code == 404
    assert client.get(f"/5QE/2010-11/initiatives/milestones/{other.reference}/").status_code == 200


def test_an_initiative_of_another_plan_is_not_found(sign_in, pct, page):
    other = (
        Initiative.objects.filter(plan=pct)
        .exclude(reference__in=Initiative.objects.exclude(plan=pct).values("reference"))
        .first()
    )
    client = sign_in("commissioner")
    for path in ("update", "history"):
        assert client.get(page(f"{other.reference}/{path}/")).status_code == 404


def test_progress_recorded_in_the_browser_is_stored_and_said(sign_in, delivery, page):
    client = sign_in("commissioner")
    address = page("milestones/M-TEST-01/")
    sent = {"version": Version.of(delivery).opened, "completed": "28 Sept 2016", "why": "Seen on the ward"}
    answer = client.post(address, sent, follow=True)
    delivery.refresh_from_db()
    assert answer.status_code == 200
    assert delivery.completed == date(2016, 9, 28)
    assert delivery.history.latest().history_change_reason == "Seen on the ward"
    assert b"Saved. Beds open: Complete" in answer.content


@pytest.mark.parametrize(
    ("sent", "said", "field"),
    [
        ({"completed": "31/02/2016"}, "“31/02/2016” is not a date", "completed"),
        ({"forecast": "next spring"}, "“next spring” is not a date", "forecast"),
        ({"completed": "01/01/1999"}, "is too long ago", "completed"),
        ({"completed": "01/01/2090"}, "has not come yet", "completed"),
        ({"forecast": "01/12/2016"}, "It is expected after it is due", "note"),
        ({"note": "x" * 2001}, "2000", "note"),
    ],
)
def test_what_is_wrong_is_said_first_linked_to_its_field_and_kept(sent, said, field, sign_in, delivery, page):
    client = sign_in("commissioner")
    answer = client.post(page("milestones/M-TEST-01/"), {"version": Version.of(delivery).opened, **sent})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.index("nhsuk-error-summary") < text.index("op-headline")
    assert f'href="#id_{field}"' in text
    assert said in text
    for value in sent.values():
        assert value in text, "what was typed stays"
    delivery.refresh_from_db()
    assert (delivery.completed, delivery.forecast, delivery.note) == (None, None, "")


def test_what_a_person_typed_is_never_markup(sign_in, delivery, page):
    client = sign_in("commissioner")
    nasty = "<script>alert(1)</script>"
    client.post(page("milestones/M-TEST-01/"), {"version": Version.of(delivery).opened, "note": nasty, "why": nasty})
    for path in ("milestones/M-TEST-01/", f"{delivery.initiative.reference}/history/"):
        assert nasty.encode() not in client.get(page(path)).content


def test_an_update_is_prefilled_and_rewritten(sign_in, initiative, page, person):
    kept = {"month": date(2016, 9, 1), "by": person("programme_office"), "version": Version(None)}
    row = write_update(initiative, text="Carers: 31 of 60.", decision_wanted="More hours", **kept)
    client = sign_in("commissioner")
    address = page(f"{initiative.reference}/update/")
    assert b"Carers: 31 of 60." in client.get(address).content
    sent = {"version": Version.of(row).opened, "text": "Carers: 44 of 60.", "decision_wanted": "More hours"}
    assert client.post(address, sent).status_code == 302
    row.refresh_from_db()
    assert (row.text, row.source) == ("Carers: 44 of 60.", "Urgent care lead")


def test_an_update_of_exactly_the_longest_text_counts_lines_as_the_browser_does(sign_in, initiative, page):
    text = "x" * 1999 + "\r\n" + "y" * 2000
    assert sign_in("commissioner").post(page(f"{initiative.reference}/update/"), {"text": text}).status_code == 302


def test_a_closed_month_shows_what_was_written_and_takes_nothing(sign_in, initiative, page):
    client = sign_in("commissioner")
    address = page(f"{initiative.reference}/update/?month=2016-08")
    shown = client.get(address)
    assert b"August 2016 is closed" in shown.content
    assert b"Save the update" not in shown.content
    answer = client.post(address, {"text": "Late news of the ward."})
    assert answer.status_code == 422
    assert b"Late news of the ward." in answer.content, "what was typed stays"
    assert not initiative.updates.exists()


def test_a_month_outside_the_plan_is_not_found(sign_in, initiative, page):
    assert sign_in("commissioner").get(page(f"{initiative.reference}/update/?month=2018-01")).status_code == 404


def listed(client, page, query=""):
    answer = client.get(page(f"milestones/?download=csv&{query}"))
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def test_the_list_is_narrowed_by_state_programme_and_words(sign_in, ccg, page):
    client = sign_in("viewer")
    every = listed(client, page)
    assert len(every) == Milestone.objects.filter(plan=ccg).count()
    overdue = listed(client, page, "state=overdue")
    assert 0 < len(overdue) < len(every)
    assert all(row["Completed on"] == "" or row["Completed on"] > "2016-09-30" for row in overdue)
    found = Milestone.objects.filter(plan=ccg).select_related("initiative__programme").first()
    programme = found.initiative.programme
    assert {row["Programme"] for row in listed(client, page, f"programme={programme.reference}")} == {programme.title}
    assert found.reference in {row["Reference"] for row in listed(client, page, f"q={found.reference.lower()}")}


def test_a_list_narrowed_to_nothing_says_so_and_links_to_all(sign_in, page):
    answer = sign_in("viewer").get(page("milestones/?state=overdue&q=zzz"))
    assert "No milestone matches Overdue, “zzz”" in answer.content.decode()


def test_an_unknown_state_is_said_and_everything_is_shown(sign_in, page):
    answer = sign_in("viewer").get(page("milestones/?state=lost"))
    assert answer.status_code == 200
    assert b"The list could not be narrowed" in answer.content


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=999",
        "page=x",
        "per_page=0",
        "per_page=-5",
        "per_page=1000000",
        "sort=nonsense",
        "sort=-judgement",
        "sort=expected",
    ],
)
def test_any_page_and_order_in_the_address_answers(query, sign_in, page):
    answer = sign_in("viewer").get(page(f"milestones/?{query}"))
    assert answer.status_code == 200
    assert len(answer.content) < 100_000


def test_the_file_holds_what_is_seen_in_the_order_seen(sign_in, page):
    client = sign_in("viewer")
    due = [row["Due, last day"] for row in listed(client, page, "sort=-due")]
    assert due == sorted(due, reverse=True)


@pytest.mark.parametrize("nasty", ["=1+1", "+44", "-3 days", "@SUM(A1)", "\t=1+1", "  =cmd|' /C calc'!A0"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(nasty, sign_in, delivery, page):
    Milestone.objects.filter(pk=delivery.pk).update(note=nasty, title=nasty, owner=nasty)
    (row,) = [row for row in listed(sign_in("viewer"), page) if row["Reference"] == "M-TEST-01"]
    assert row["Note"] == row["Milestone"] == row["Owner"] == "'" + nasty
    assert row["Due, last day"] == "2016-10-31"


def test_every_history_file_is_safe_too(sign_in, delivery, page, person):
    kept = {"completed": None, "forecast": None, "by": person("commissioner"), "version": Version.of(delivery)}
    record_milestone(delivery, note="=HYPERLINK(1)", why="@why", **kept)
    address = page(f"{delivery.initiative.reference}/history/?download=csv")
    rows = list(csv.DictReader(StringIO(sign_in("viewer").get(address).content.decode("utf-8-sig"))))
    assert (rows[0]["Now"], rows[0]["Why"]) == ("'=HYPERLINK(1)", "'@why")


def test_history_names_field_was_now_who_and_why(delivery, person):
    kept = {"by": person("commissioner"), "completed": None, "note": "The lease is late."}
    record_milestone(delivery, forecast=date(2016, 11, 7), why="Landlord", version=Version.of(delivery), **kept)
    record_milestone(delivery, forecast=date(2016, 11, 9), why="Landlord again", version=Version.of(delivery), **kept)
    latest = recent_changes(delivery.initiative)[0]
    assert (latest.kind, latest.title, latest.field) == ("Milestone", "Beds open", "Now expected")
    assert (latest.was, latest.now) == ("7\N{NO-BREAK SPACE}November 2016", "9\N{NO-BREAK SPACE}November 2016")
    assert (latest.who, latest.why) == ("Urgent care lead", "Landlord again")


def test_history_holds_the_initiative_its_milestones_updates_and_projects(initiative, delivery, person, ccg):
    by = person("programme_office")
    initiative.owner = "Somebody new"
    record(initiative, by=by, why="Handed over")
    project = Project(plan=ccg, initiative=initiative, reference="P-TEST", title="A project")
    record(project, by=by, why="Handed over")
    write_update(initiative, month=date(2016, 9, 1), text="News.", decision_wanted="", by=by, version=Version(None))
    delivery.initiative = initiative
    record(delivery, by=by, why="Handed over")
    found = changes_of(initiative)
    assert {change.kind for change in found if change.who} == {"Initiative", "Milestone", "Update", "Project"}
    assert [change.when for change in found] == sorted((change.when for change in found), reverse=True)
    assert "September 2016" in {change.title for change in found if change.kind == "Update"}


def test_recent_changes_are_the_first_of_all_changes(initiative):
    assert recent_changes(initiative, limit=2) == changes_of(initiative)[:2]


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    return len(queries)


@pytest.mark.parametrize("path", ["milestones/", "milestones/M-TEST-01/", "{}/update/", "{}/history/"])
def test_a_page_costs_the_same_queries_however_many_rows_it_holds(path, sign_in, delivery, page, person, ccg):
    client, address = sign_in("commissioner"), page(path.format(delivery.initiative.reference))
    client.get(address)
    before = queries_of(client, address)
    more = [
        Milestone(
            plan=ccg, initiative=delivery.initiative, reference=f"M-MORE-{at}", title="One more", due=date(2016, 12, 1)
        )
        for at in range(20)
    ]
    record_new(more, Milestone, by=person("programme_office"), why="More")
    for day in range(1, 9):
        delivery.forecast = date(2016, 10, day)
        record(delivery, by=person("commissioner"), why="Again")
    assert queries_of(client, address) == before
    assert before <= 20


@pytest.mark.parametrize(("organisation", "year"), [("10Q", "2016-17"), ("5QE", "2010-11")])
def test_every_milestone_of_both_plans_has_its_page(organisation, year, sign_in, person):
    client = sign_in("commissioner")
    plan = {"plan__organisation__code": organisation, "plan__year": year}
    for reference in Milestone.objects.filter(**plan).values_list("reference", flat=True):
        answer = client.get(f"/{organisation}/{year}/initiatives/milestones/{reference}/")
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
