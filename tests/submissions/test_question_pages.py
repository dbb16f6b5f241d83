"""The pages of NHS England's questions: who may do what there, what they say, and that they cost the same however many there are."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from opplan.accounts.models import User
from opplan.plans.models import Plan
from opplan.submissions.models import Document, Question

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = "/10Q/2016-17/submissions"
LIST = f"{HERE}/questions/"
SignIn = Callable[[str], Client]


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def many(plan: Plan, number: int) -> None:
    Question.objects.bulk_create(
        Question(
            plan=plan,
            reference=f"NQ-{1000 + one}",
            asked=f"What is behind figure {one}? " + "It has moved since the last draft, and nobody says why. " * 10,
            template="finance",
            sheet="QIPP",
            cell="C10",
            key=["requirement", "unidentified", "amount", 0],
            owner="Finance lead",
            due=date(2016, 4, 11),
        )
        for one in range(number)
    )


def test_the_list_says_how_many_are_open_and_begins_with_them(sign_in: SignIn) -> None:
    answer = sign_in("viewer").get(LIST)
    text = text_of(answer)
    assert "8 questions of NHS England’s 20 are open: 3 without an answer, 8 overdue" in text
    assert "10 years overdue" in text
    assert "Add a question" not in text
    states = [row.state.startswith("Closed") for row in answer.context["rows"]]
    assert states == sorted(states)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=open", 8),
        ("state=unanswered", 3),
        ("state=closed&template=finance", 4),
        ("state=open&template=activity&owner=Urgent+care+lead", 2),
        ("template=plan", 1),
        ("kind=line", 13),
        ("state=waived", 0),
        ("state=nonsense", 0),
    ],
)
def test_the_address_keeps_what_is_asked_for_and_the_download_is_what_is_seen(
    sign_in: SignIn, asked: str, found: int
) -> None:
    client = sign_in("viewer")
    assert client.get(f"{LIST}?{asked}").context["shown"] == found
    lines = client.get(f"{LIST}?{asked}&download=csv").content.decode("utf-8-sig").strip().split("\r\n")
    assert len(lines) == found + 1


def test_the_list_costs_the_same_for_one_and_for_two_hundred(
    sign_in: SignIn,
    ccg: Plan,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = sign_in("programme_office")
    Question.objects.filter(plan=ccg).delete()
    many(ccg, 1)
    with django_assert_max_num_queries(12) as one:
        client.get(LIST)
    Question.objects.filter(plan=ccg).delete()
    many(ccg, 200)
    with django_assert_max_num_queries(12) as several:
        answer = client.get(LIST)
    assert len(several) == len(one)
    assert len(answer.content) < 100_000
    assert "Rows 1 to 40 of 200" in text_of(answer)


@pytest.mark.parametrize("page", ["questions/NQ-01/", "rounds/R4/", "rounds/R4/freeze/finance/", "templates/finance/"])
def test_the_pages_that_count_questions_cost_the_same_for_two_hundred(
    sign_in: SignIn,
    ccg: Plan,
    page: str,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = sign_in("programme_office")
    with django_assert_max_num_queries(100) as few:
        client.get(f"{HERE}/{page}")
    many(ccg, 200)
    with django_assert_max_num_queries(100) as more:
        answer = client.get(f"{HERE}/{page}")
    assert len(more) == len(few)
    assert len(answer.content) < 100_000


def test_a_question_shows_its_cell_as_it_stands_now(sign_in: SignIn, ccg: Plan) -> None:
    page = sign_in("programme_office").get(f"{LIST}NQ-01/")
    text = text_of(page)
    assert "13,300, £000" in text
    assert "With no scheme" in text
    assert f'href="{HERE}/templates/finance/"' in text
    assert page.context["place"].moved == ""
    Question.objects.filter(plan=ccg, reference="NQ-01").update(cell="C7")
    text = text_of(sign_in("viewer").get(f"{LIST}NQ-01/"))
    assert "QIPP!C10" in text
    assert "QIPP!C7 when it was tied to it" in text


def test_a_figure_that_was_worked_out_is_shown_to_a_decimal(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    assert client.get(f"{LIST}NQ-03/").context["place"].value == "1.9%"
    assert client.get(f"{LIST}NQ-04/").context["place"].value == "95"


def test_a_cell_whose_row_is_gone_is_said_to_be_gone(sign_in: SignIn, ccg: Plan) -> None:
    Question.objects.filter(plan=ccg, reference="NQ-01").update(key=["requirement", "gone", "amount", 0])
    assert "its row is no longer in the template" in text_of(sign_in("viewer").get(f"{LIST}NQ-01/"))


def test_readers_read_and_change_nothing(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    text = text_of(client.get(f"{LIST}NQ-01/"))
    assert "Change the answer" not in text
    assert "Close it" not in text
    for page in ("new/", "NQ-01/edit/", "NQ-01/answer/", "NQ-01/close/", "NQ-01/waive/"):
        assert client.get(f"{LIST}{page}").status_code == client.post(f"{LIST}{page}").status_code == 404, page


def test_a_commissioner_answers_and_does_no_more(sign_in: SignIn, person: Callable[[str], User]) -> None:
    client = sign_in("commissioner")
    for page in ("new/", "NQ-03/edit/", "NQ-03/close/", "NQ-03/waive/"):
        assert client.get(f"{LIST}{page}").status_code == 404, page
    page = f"{LIST}NQ-03/answer/"
    opened = client.get(page).context["opened"]
    given = {"answer": "A common rate was used", "assessed": "amber", "version": opened}
    assert client.post(page, given)["Location"] == f"{LIST}NQ-03/"
    text = text_of(client.get(f"{LIST}NQ-03/"))
    assert "Answered, not closed" in text
    assert "A common rate was used" in text
    assert f'<td data-label="By">{person("commissioner")}<br>' in text


def test_an_answer_that_somebody_else_changed_is_never_overwritten(sign_in: SignIn) -> None:
    client, page = sign_in("commissioner"), f"{LIST}NQ-03/answer/"
    opened = client.get(page).context["opened"]
    client.post(page, {"answer": "First", "version": opened})
    clash = client.post(page, {"answer": "Second", "version": opened, "why": "Mine is better"})
    assert clash.status_code == 409
    assert "Changed by someone else" in text_of(clash)
    assert Question.objects.get(reference="NQ-03").answer == "First"


def test_two_people_who_name_other_evidence_see_the_documents_titles(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("commissioner"), f"{LIST}NQ-03/answer/"
    keys = dict(Document.objects.filter(plan=ccg).values_list("reference", "pk"))
    given = {"answer": "", "version": client.get(page).context["opened"]}
    client.post(page, {**given, "evidence_id": keys["DOC-09"]})
    text = text_of(client.post(page, {**given, "evidence_id": keys["DOC-15"]}))
    assert "Keep what was saved: DOC-09: DToC Action Plan" in text
    assert "Use mine: DOC-15: Better Care Fund submission" in text


def test_a_question_is_added_with_the_cell_that_it_is_about(sign_in: SignIn) -> None:
    client, page = sign_in("analyst"), f"{LIST}new/"
    given = {"kind": "query", "asked": "Why so few?", "template": "dtoc", "sheet": "Trajectory", "cell": "A1"}
    refused = client.post(page, given)
    assert refused.status_code == 422
    assert "holds nothing in A1" in text_of(refused)
    assert client.post(page, {**given, "cell": "P6"})["Location"] == f"{LIST}NQ-14/"
    text = text_of(client.get(f"{HERE}/templates/dtoc/"))
    assert "1 open question" in text
    assert f'href="{LIST}?state=open&amp;template=dtoc"' in text


def test_a_table_that_people_answer_leads_to_the_questions_about_it(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    page = f"{HERE}/templates/dtoc/assurance/"
    assert "NHS England asks about this table" not in text_of(client.get(page))
    given = {"kind": "query", "asked": "Who chairs it?", "template": "dtoc", "sheet": "Assurance", "cell": "C6"}
    client.post(f"{LIST}new/", given)
    assert "NHS England asks about this table: 1 open question" in text_of(client.get(page))
    shown = text_of(client.get(f"{LIST}NQ-14/"))
    assert f'href="{page}#id_C6"' in shown


def test_freezing_names_what_is_open_and_what_the_round_goes_without(sign_in: SignIn) -> None:
    client, page = sign_in("programme_office"), f"{HERE}/rounds/R1/freeze/finance/"
    text = text_of(client.get(page))
    assert f'href="{LIST}KL-05/"' in text
    assert f'href="{LIST}NQ-01/"' in text
    refused = client.post(page, {"why": "Draft"})
    assert refused.status_code == 422
    assert "3 questions of NHS England about this template are open: KL-05, KL-11 and NQ-01" in text_of(refused)
    for one in ("KL-05", "KL-11", "NQ-01"):
        waive = f"{LIST}{one}/waive/"
        choices = dict(client.get(waive).context["form"].fields["waived_for_id"].choices)
        first = next(key for key, title in choices.items() if "First full draft" in title)
        given = {"waived_for_id": first, "waived_why": f"{one} follows in the final version", "version": ""}
        assert client.post(waive, given).status_code == 302
    assert "KL-05 follows in the final version" in text_of(client.get(page))
    frozen = client.post(page, {"why": "Draft"})
    assert frozen.status_code == 302
    assert "KL-05 follows in the final version" in text_of(client.get(frozen["Location"]))
    assert "3 open questions" in text_of(client.get(f"{HERE}/rounds/R4/"))


def test_a_waiver_needs_its_reason_and_is_taken_back_with_one(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("programme_office"), f"{LIST}NQ-01/waive/"
    shown = client.get(page)
    first = next(key for key, title in shown.context["form"].fields["waived_for_id"].choices if "First" in str(title))
    given = {"waived_for_id": first, "version": shown.context["opened"]}
    assert "Say why" in text_of(client.post(page, given))
    client.post(page, {**given, "waived_why": "It follows"})
    back = client.get(page)
    assert "Take back the waiver of NQ-01" in text_of(back)
    client.post(page, {"why": "It is there", "version": back.context["opened"]})
    row = Question.objects.get(plan=ccg, reference="NQ-01")
    assert (row.waived_for, row.waived_why) == (None, "")
    text = text_of(client.get(f"{LIST}NQ-01/"))
    assert "It follows" in text
    assert "First full draft" in text


def test_a_question_is_closed_and_opened_again_with_a_reason(sign_in: SignIn) -> None:
    client, page = sign_in("programme_office"), f"{LIST}NQ-01/close/"
    given = {"closed_on": "31/03/2016", "reply": "Accepted.", "version": client.get(page).context["opened"]}
    assert client.post(page, given).status_code == 302
    assert "Closed on 31 March 2016" in text_of(client.get(f"{LIST}NQ-01/"))
    assert client.post(f"{LIST}NQ-01/answer/", {"answer": "More", "version": ""}).status_code in (409, 422)
    opened = client.get(page).context["opened"]
    assert client.post(page, {"version": opened}).status_code == 422
    assert client.post(page, {"why": "Asked again", "version": opened}).status_code == 302
    assert "Asked again" in text_of(client.get(f"{LIST}NQ-01/"))


def test_a_form_that_closes_does_not_open_what_another_person_closed_meanwhile(sign_in: SignIn) -> None:
    client, page = sign_in("programme_office"), f"{LIST}NQ-01/close/"
    given = {"closed_on": "31/03/2016", "reply": "", "version": client.get(page).context["opened"]}
    assert client.post(page, {**given, "why": "Said by telephone"}).status_code == 302
    answer = sign_in("analyst").post(page, {**given, "closed_on": "30/03/2016", "why": "Said by letter"})
    assert answer.status_code == 409
    assert "Closed on was changed by Programme office" in text_of(answer)


def test_a_second_waiver_is_not_taken_for_its_taking_back(sign_in: SignIn, ccg: Plan) -> None:
    client, page = sign_in("programme_office"), f"{LIST}NQ-01/waive/"
    shown = client.get(page)
    first, second = [key for key, _ in shown.context["form"].fields["waived_for_id"].choices if key][:2]
    given = {"version": shown.context["opened"], "waived_for_id": first, "waived_why": "It follows"}
    assert client.post(page, given).status_code == 302
    assert sign_in("analyst").post(page, {**given, "waived_for_id": second}).status_code == 409
    assert Question.objects.get(plan=ccg, reference="NQ-01").waived_for_id == first


def test_a_plan_without_questions_says_so(sign_in: SignIn) -> None:
    text = text_of(sign_in("administrator").get("/5QE/2010-11/submissions/questions/"))
    assert "NHS England has asked nothing yet" in text
