"""Two people in two browsers on one milestone, and on one update: nothing is overwritten in silence, nothing typed is lost."""

import re
from datetime import date

import pytest

from initiatives.models import Milestone, ProgressUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def two(sign_in):
    return sign_in("commissioner"), sign_in("programme_office")


def opened(client, address):
    """What the form of a page carries when it is opened."""
    text = client.get(address).content.decode()
    return {"version": re.search(r'name="version" value="(\d*)"', text)[1]}


def seen(response):
    return re.search(r'name="choose" value="mine (\d+)"', response.content.decode())[1]


@pytest.fixture
def race(two, delivery, page):
    """Both open the milestone; the first has saved an expected date; the second's form, still to be sent."""
    first, second = two
    address = page("milestones/M-TEST-01/")
    mine, theirs = opened(first, address), opened(second, address)
    saved = first.post(address, mine | {"forecast": "14/10/2016", "note": "Lease agreed.", "why": "Letter"})
    assert saved.status_code == 302
    return second, address, theirs


def test_the_second_sees_both_versions_and_nothing_is_saved(race):
    second, address, form = race
    answer = second.post(address, form | {"forecast": "28 Oct 2016", "note": "Builder late."})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Changed by someone else" in text
    assert "14\N{NO-BREAK SPACE}October 2016" in text
    assert "28\N{NO-BREAK SPACE}October 2016" in text
    assert "Urgent care lead" in text
    assert "Letter" in text
    assert 'value="28 Oct 2016"' in text, "what was typed stays as it was typed"
    assert "Builder late." in text
    assert Milestone.objects.get(reference="M-TEST-01").forecast == date(2016, 10, 14)


def test_use_mine_saves_mine(race):
    second, address, form = race
    typed = form | {"forecast": "28/10/2016", "note": "Builder late."}
    shown = second.post(address, typed)
    answer = second.post(address, typed | {"choose": f"mine {seen(shown)}"})
    row = Milestone.objects.get(reference="M-TEST-01")
    assert answer.status_code == 302
    assert (row.forecast, row.note) == (date(2016, 10, 28), "Builder late.")


def test_keep_saves_nothing_of_mine_where_we_differ(race):
    second, address, form = race
    typed = form | {"forecast": "28/10/2016", "note": "Builder late."}
    shown = second.post(address, typed)
    answer = second.post(address, typed | {"choose": f"keep {seen(shown)}"})
    row = Milestone.objects.get(reference="M-TEST-01")
    assert answer.status_code == 302
    assert (row.forecast, row.note) == (date(2016, 10, 14), "Lease agreed.")


def test_saving_again_without_choosing_asks_again(race):
    second, address, form = race
    typed = form | {"forecast": "28/10/2016", "note": "Builder late."}
    assert second.post(address, typed).status_code == 409
    assert second.post(address, typed).status_code == 409


def test_a_choice_made_before_a_third_change_is_asked_again(race, two):
    second, address, form = race
    typed = form | {"forecast": "28/10/2016", "note": "Builder late."}
    shown = second.post(address, typed)
    again = opened(two[0], address)
    two[0].post(address, again | {"forecast": "21/10/2016", "note": "Moved once more."})
    answer = second.post(address, typed | {"choose": f"mine {seen(shown)}"})
    assert answer.status_code == 409
    assert Milestone.objects.get(reference="M-TEST-01").forecast == date(2016, 10, 21)


def test_different_fields_of_one_milestone_are_merged(two, delivery, page):
    first, second = two
    address = page("milestones/M-TEST-01/")
    mine, theirs = opened(first, address), opened(second, address)
    first.post(address, mine | {"forecast": "14/10/2016", "note": ""})
    answer = second.post(address, theirs | {"forecast": "", "note": "Carers are being recruited."})
    row = Milestone.objects.get(reference="M-TEST-01")
    assert answer.status_code == 302
    assert (row.forecast, row.note) == (date(2016, 10, 14), "Carers are being recruited.")


def test_a_page_without_its_version_is_no_way_around(race):
    second, address, _ = race
    assert second.post(address, {"forecast": "28/10/2016", "note": "Builder late."}).status_code == 409


def test_whoever_chose_mine_and_must_mend_another_field_does_not_choose_again(race):
    second, address, form = race
    typed = form | {"forecast": "28/10/2016", "note": "Lease agreed."}
    shown = second.post(address, typed)
    assert shown.status_code == 409
    unsaid = second.post(address, typed | {"choose": f"mine {seen(shown)}"})
    assert unsaid.status_code == 422, "the note speaks of the other's date"
    carried = re.search(r'name="version" value="(\d*)"', unsaid.content.decode())[1]
    answer = second.post(address, typed | {"version": carried, "note": "Builder late."})
    assert answer.status_code == 302
    assert Milestone.objects.get(reference="M-TEST-01").forecast == date(2016, 10, 28)


def test_two_people_writing_the_first_update_of_a_month(two, initiative, page):
    first, second = two
    address = page(f"{initiative.reference}/update/")
    mine, theirs = opened(first, address), opened(second, address)
    assert first.post(address, mine | {"text": "The lead's.\r\nIn two lines."}).status_code == 302
    shown = second.post(address, theirs | {"text": "The office's.", "decision_wanted": "More money"})
    text = shown.content.decode()
    assert shown.status_code == 409
    assert "The lead&#x27;s.<br>In two lines." in text
    assert "The office&#x27;s." in text
    assert "More money" in text
    kept = theirs | {"text": "The office's.", "decision_wanted": "More money", "choose": f"keep {seen(shown)}"}
    assert second.post(address, kept).status_code == 302
    row = ProgressUpdate.objects.get(initiative=initiative)
    assert (row.text, row.decision_wanted) == ("The lead's.\nIn two lines.", "More money")


def test_an_update_opened_and_saved_untouched_is_no_change(two, initiative, page):
    first, second = two
    address = page(f"{initiative.reference}/update/")
    first.post(address, opened(first, address) | {"text": "One.\nTwo."})
    answer = second.post(address, opened(second, address) | {"text": "One.\r\nTwo."})
    assert answer.status_code == 302
    assert ProgressUpdate.objects.get(initiative=initiative).history.count() == 1
