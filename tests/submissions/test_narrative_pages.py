"""The pages of the narrative: who may write there, what two people writing see, versions, and that they cost the same."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from finance.models import SavingsRequirement
from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.plans.versions import Version
from opplan.submissions.actions.narrative import (
    add_section,
    change_section,
    finalise_section,
    move_section,
    remove_section,
    set_back_section,
)
from opplan.submissions.models import Section
from opplan.submissions.queries.narrative import find_section, narrative_of, removed_sections, versions_of_section

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = "/10Q/2016-17/submissions/narrative"
S7 = f"{HERE}/sections/S7"
MONTH = date(2016, 9, 1)
SignIn = Callable[[str], Client]


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def section_of(plan: Plan, reference: str = "S7") -> Section:
    found = find_section(plan, reference)
    assert found is not None
    return found


def form(plan: Plan, reference: str = "S7", **changed: str) -> dict[str, str]:
    """What the form of a section sends when nothing is changed, and what is."""
    row = section_of(plan, reference)
    version = row.history.order_by("-history_id").values_list("history_id", flat=True).first()
    held = {
        "version": str(version),
        "title": row.title,
        "text": row.text,
        "owner": row.owner,
        "status": row.status,
        "most_words": str(row.most_words or ""),
        "why": "",
    }
    return {**held, **changed}


def test_the_list_says_that_the_narrative_agrees_and_links_each_section(sign_in: SignIn) -> None:
    said = text_of(sign_in("viewer").get(f"{HERE}/"))
    assert "The narrative agrees with the tables: 8 sections" in said
    assert "133 of 220 words" in said
    assert f"{S7}/" in said
    assert "Add a section" not in said


def test_a_number_that_differs_is_counted_in_the_list_shown_on_the_page_and_in_the_round(
    ccg: Plan, sign_in: SignIn
) -> None:
    client = sign_in("commissioner")
    answer = client.post(f"{S7}/edit/", form(ccg, text="The savings requirement is £22.9m."))
    assert answer.status_code == 302
    assert "1 number differs from the tables, in 1 section of 8" in text_of(client.get(f"{HERE}/"))
    said = text_of(client.get(f"{S7}/"))
    assert "£22.9m" in said
    assert "£22.4m" in said
    assert "/10Q/2016-17/finance/requirement/" in said
    assert "Not met</span> in 1 of 8 sections, 1 place" in text_of(client.get("/10Q/2016-17/submissions/rounds/R1/"))


def test_a_round_says_that_the_narrative_agrees(sign_in: SignIn) -> None:
    assert "Agrees with the tables: Met in 8 sections" in text_of(
        sign_in("viewer").get("/10Q/2016-17/submissions/rounds/R1/")
    )


def test_a_figure_stands_in_the_text_as_a_link_to_its_page(sign_in: SignIn) -> None:
    html = sign_in("viewer").get(f"{S7}/").content.decode()
    assert '<a href="/10Q/2016-17/finance/requirement/">£22.4m<span class="nhsuk-u-visually-hidden">' in html
    assert "illustrative</span>" in html


def test_a_figure_follows_its_table(ccg: Plan, sign_in: SignIn) -> None:
    SavingsRequirement.objects.filter(plan=ccg).update(amount=23_100_000)
    said = text_of(sign_in("viewer").get(f"{HERE}/read/"))
    assert "The savings requirement is <a" in said
    assert ">£23.1m<" in said
    assert ">£22.4m<" not in said


def test_an_unknown_name_is_refused_with_its_place_and_what_was_typed_stays(ccg: Plan, sign_in: SignIn) -> None:
    answer = sign_in("commissioner").post(f"{S7}/edit/", form(ccg, text="One.\n\n{{ qipp.requirment }} is kept"))
    assert answer.status_code == 422
    said = text_of(answer)
    assert "Line 3: there is no figure “qipp.requirment”" in said
    assert "qipp.requirement" in said
    assert "{{ qipp.requirment }} is kept" in said
    assert "qipp.requirment" not in section_of(ccg).text


def test_a_preview_saves_nothing_and_a_button_puts_the_figure_in_place(ccg: Plan, sign_in: SignIn) -> None:
    client, before = sign_in("analyst"), section_of(ccg).text
    typed = form(ccg, text="The savings requirement is £22.9m.\r\n\r\n<script>alert(1)</script> {% now %}")
    said = text_of(client.post(f"{S7}/edit/", {**typed, "preview": "1"}))
    assert "Nothing is saved yet" in said
    assert "<script>alert" not in said
    assert "{% now %}" in said
    assert 'value="27 qipp.requirement"' in said
    said = text_of(client.post(f"{S7}/edit/", {**typed, "insert": "27 qipp.requirement"}))
    assert "The savings requirement is {{ qipp.requirement }}." in said
    assert section_of(ccg).text == before


def test_a_figure_is_found_without_losing_what_was_typed(ccg: Plan, sign_in: SignIn) -> None:
    typed = form(ccg, text="Half a sentence", find="1", find_words="delayed days occupied")
    said = text_of(sign_in("analyst").post(f"{S7}/edit/", typed))
    assert "{{ dtoc.target_share }}" in said
    assert "Half a sentence" in said


def test_the_list_of_figures_is_narrowed_by_the_address(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    answer = client.get(f"{HERE}/figures/?q=savings+requirement&area=Savings")
    said = text_of(answer)
    assert "{{ qipp.requirement }}" in said
    assert "{{ dtoc.beds }}" not in said
    assert "No figure has the words “hedgehog”" in text_of(client.get(f"{HERE}/figures/?q=hedgehog"))


def test_two_people_see_both_texts_and_lose_neither(ccg: Plan, sign_in: SignIn) -> None:
    first, second = form(ccg, text="What the one wrote."), form(ccg, text="What the other wrote.", owner="Somebody")
    assert sign_in("commissioner").post(f"{S7}/edit/", first).status_code == 302
    other = sign_in("finance_lead")
    answer = other.post(f"{S7}/edit/", second)
    said = text_of(answer)
    assert answer.status_code == 409
    assert said.count("What the one wrote.") >= 1
    assert said.count("What the other wrote.") >= 2
    assert section_of(ccg).text == "What the one wrote."
    latest = form(ccg)["version"]
    assert other.post(f"{S7}/edit/", {**second, "choose": f"mine {latest}"}).status_code == 302
    row = section_of(ccg)
    assert (row.text, row.owner) == ("What the other wrote.", "Somebody")
    assert "What the one wrote." in [one.text for one in versions_of_section(row)]


def test_versions_are_kept_compared_word_by_word_and_restored(ccg: Plan, sign_in: SignIn) -> None:
    client, first = sign_in("programme_office"), section_of(ccg).text
    client.post(f"{S7}/edit/", form(ccg, text=first.replace("requirement is", "requirement remains"), why="Plainer"))
    client.post(f"{S7}/edit/", form(ccg, owner="Finance lead"))
    held = versions_of_section(section_of(ccg))
    assert [(one.number, one.why) for one in held][0] == (2, "Plainer")
    assert len(held) == 2
    said = text_of(client.get(f"{S7}/difference/?from=1&to=2"))
    assert "adds 1 word to version 1 and takes out 1 word" in said
    assert "remains" in said.split("<ins>")[1].split("</ins>")[0]
    assert client.get(f"{S7}/difference/?from=9").status_code == 404
    assert "Restore version 1" in text_of(client.get(f"{S7}/versions/1/"))
    assert client.post(f"{S7}/versions/1/", {"why": ""}).status_code == 422
    assert client.post(f"{S7}/versions/1/", {"why": "The first was right"}).status_code == 302
    row = section_of(ccg)
    assert row.text == first
    assert len(versions_of_section(row)) == 3


def test_a_final_section_refuses_edits_until_it_is_set_back_with_a_reason(
    ccg: Plan, sign_in: SignIn, person: Callable[[str], User]
) -> None:
    office, typed = sign_in("programme_office"), form(ccg, text="Written meanwhile")
    assert office.post(f"{S7}/status/", {"why": "Agreed by the governing body"}).status_code == 302
    assert section_of(ccg).status == "final"
    assert office.get(f"{S7}/edit/").status_code == 302
    answer = office.post(f"{S7}/edit/", typed)
    assert answer.status_code == 422
    assert "Written meanwhile" in text_of(answer)
    assert "The section is final" in text_of(answer)
    for act in (remove_section, finalise_section):
        with pytest.raises(ValidationError):
            act(section_of(ccg), by=person("programme_office"), why="No")
    assert office.post(f"{S7}/status/", {"why": " "}).status_code == 422
    assert office.post(f"{S7}/status/", {"why": "A figure was wrong"}).status_code == 302
    assert section_of(ccg).status == "review"


def test_no_form_makes_a_section_final(ccg: Plan, sign_in: SignIn) -> None:
    assert sign_in("commissioner").post(f"{S7}/edit/", form(ccg, status="final")).status_code == 422
    assert section_of(ccg).status == "review"


def test_sections_are_added_moved_and_removed_by_whoever_plans(ccg: Plan, sign_in: SignIn) -> None:
    client = sign_in("programme_office")
    added = client.post(f"{HERE}/sections/new/", {"title": "Workforce", "owner": "Workforce lead", "most_words": "3"})
    assert added["Location"] == f"{HERE}/sections/S9/"
    client.post(f"{HERE}/sections/S9/edit/", form(ccg, "S9", text="One two three four five"))
    assert section_of(ccg, "S9").status == "draft"
    assert "5 of 3 words, 2 over" in text_of(client.get(f"{HERE}/"))
    client.post(f"{HERE}/sections/S9/move/", {"to": "up"})
    order = [one.row.reference for one in narrative_of(ccg, MONTH).sections]
    assert order[-2:] == ["S9", "S8"]
    assert client.post(f"{HERE}/sections/S9/remove/", {"why": ""}).status_code == 422
    assert client.post(f"{HERE}/sections/S9/remove/", {"why": "It is in the strategy"}).status_code == 302
    assert client.get(f"{HERE}/sections/S9/").status_code == 404
    assert [one.why for one in removed_sections(ccg)] == ["It is in the strategy"]
    assert "It is in the strategy" in text_of(client.get(f"{HERE}/"))
    again = client.post(f"{HERE}/sections/new/", {"title": "Workforce again"})
    assert again["Location"] == f"{HERE}/sections/S10/"


def test_the_first_section_does_not_move_up(ccg: Plan, person: Callable[[str], User]) -> None:
    office = person("programme_office")
    assert not move_section(section_of(ccg, "S1"), up=True, by=office)
    assert not move_section(section_of(ccg, "S8"), up=False, by=office)


@pytest.mark.parametrize("role", ["viewer", "accountable_officer"])
def test_whoever_only_reads_finds_no_form(ccg: Plan, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    assert client.get(f"{S7}/").status_code == client.get(f"{S7}/versions/1/").status_code == 200
    assert "Write this section" not in text_of(client.get(f"{S7}/"))
    for page in ("edit", "status", "remove", "move", "versions/1"):
        assert client.post(f"{S7}/{page}/", form(ccg, text="Mine", why="Because")).status_code == 404
    assert client.get(f"{S7}/edit/").status_code == client.get(f"{HERE}/sections/new/").status_code == 404
    assert "Mine" not in section_of(ccg).text


def test_a_commissioner_writes_and_does_not_order_finalise_or_remove(ccg: Plan, sign_in: SignIn) -> None:
    client = sign_in("commissioner")
    assert client.get(f"{S7}/edit/").status_code == 200
    for page in ("status", "remove", "move"):
        assert client.post(f"{S7}/{page}/", {"why": "Because", "to": "up"}).status_code == 404
    assert client.post(f"{HERE}/sections/new/", {"title": "Mine"}).status_code == 404


def test_what_cannot_be_a_section_is_refused_in_our_words(ccg: Plan, sign_in: SignIn) -> None:
    client = sign_in("programme_office")
    for wrong, said in (
        ({"text": "x" * 20_001}, "20"),
        ({"title": ""}, "Give it a title"),
        ({"most_words": "many"}, "“many” is not a whole number"),
        ({"most_words": "-1"}, "1"),
        ({"text": "a\x00b"}, "Text:"),
    ):
        answer = client.post(f"{S7}/edit/", form(ccg, **wrong))
        assert answer.status_code == 422, wrong
        assert said.lower() in text_of(answer).lower(), wrong


def test_a_name_that_is_no_figure_any_more_is_said(ccg: Plan, sign_in: SignIn) -> None:
    Section.objects.filter(plan=ccg, reference="S7").update(text="{{ scheme.GONE.plan }}")
    client = sign_in("viewer")
    assert "1 name is no figure’s" in text_of(client.get(f"{HERE}/"))
    assert "no figure “scheme.GONE.plan”" in text_of(client.get(f"{HERE}/read/"))


@pytest.mark.parametrize(
    "page", ["", "read/", "figures/", "sections/S7/", "sections/S7/edit/", "sections/S7/difference/"]
)
def test_pages_cost_the_same_and_stay_small(
    ccg: Plan, sign_in: SignIn, person: Callable[[str], User], page: str
) -> None:
    client, office = sign_in("programme_office"), person("programme_office")
    client.get(f"{HERE}/{page}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{HERE}/{page}")
    for number in range(12):
        row = add_section(ccg, values={"title": f"Section {number}"}, by=office, why="")
        values = {"text": f"Text {number} {{{{ qipp.requirement }}}}", "status": "draft"}
        for reference in (row.reference, "S7"):
            change_section(
                section_of(ccg, reference),
                values=values,
                figures={"qipp.requirement"},
                by=office,
                why="",
                version=_version(ccg, reference),
            )
    with CaptureQueriesContext(connection) as many:
        answer = client.get(f"{HERE}/{page}")
    assert len(many) == len(few)
    assert len(answer.content) < 100_000


def _version(plan: Plan, reference: str) -> Version:
    return Version.of(section_of(plan, reference))


def test_a_set_back_section_keeps_why(ccg: Plan, person: Callable[[str], User], sign_in: SignIn) -> None:
    office = person("programme_office")
    finalise_section(section_of(ccg), by=office, why="Agreed")
    set_back_section(section_of(ccg), by=office, why="The allocation moved")
    assert "The allocation moved" in text_of(sign_in("viewer").get(f"{S7}/"))


def test_the_document_is_downloaded(sign_in: SignIn) -> None:
    answer = sign_in("viewer").get(f"{HERE}/narrative.html")
    assert answer["Content-Disposition"] == 'attachment; filename="10Q-2016-17-narrative.html"'
    assert answer.content.startswith(b"<!doctype html>")
