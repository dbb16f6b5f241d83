"""The checks on the screen: who sees them, who accepts a warning, and how many questions the pages ask the database."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from opplan.plans.models import Plan
from opplan.submissions.models import Acceptance

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CHECKS = "/10Q/2016-17/submissions/checks/"
ACCEPT = f"{CHECKS}dtoc/accept/?rule=DTC-01&subject=initiatives/total/at_the_end/0"


def test_the_list_says_how_many_checks_are_met(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("viewer").get(CHECKS)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Activity template" in text
    assert "nothing stands in the way" not in text
    assert len(answer.content) < 100_000


def test_a_failing_check_shows_its_cell_and_both_figures(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    text = sign_in("viewer").get(f"{CHECKS}dtoc/").content.decode()
    assert "Initiatives!" in text
    assert ">71<" in text
    assert ">94.391<" in text
    assert "Accept<" not in text


def test_an_analyst_accepts_a_warning_and_takes_it_back(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    assert client.post(ACCEPT, {"reason": " "}).status_code == 422
    assert client.post(ACCEPT, {"reason": "x" * 301}).status_code == 422
    answer = client.post(ACCEPT, {"reason": "The rest is found in the community"}, follow=True)
    assert "The rest is found in the community" in answer.content.decode()
    row = Acceptance.objects.get()
    assert row.rule == "DTC-01"
    assert row.history.get().history_user is not None
    answer = client.post(ACCEPT, {"back": "1"}, follow=True)
    assert "Not accepted" in answer.content.decode()


def test_the_reason_of_an_accepted_warning_can_be_changed(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("analyst")
    client.post(ACCEPT, {"reason": "The rest is found in the community"})
    assert "change the reason, or take it back" in client.get(ACCEPT).content.decode()
    answer = client.post(ACCEPT, {"reason": "The rest is found at home"}, follow=True)
    assert "The rest is found at home" in answer.content.decode()
    assert Acceptance.objects.get().history.count() == 2


def test_a_warning_whose_figure_has_moved_is_looked_at_again_before_it_is_accepted(
    ccg: Plan, sign_in: Callable[[str], Client]
) -> None:
    answer = sign_in("analyst").post(ACCEPT, {"reason": "The rest is found in the community", "seen": "70"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "The figure was 70 when this page was opened, and is 71 now" in text
    assert 'name="seen" value="71"' in text
    assert not Acceptance.objects.exists()


def test_the_checks_of_a_template_lie_under_the_checks_alone(ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("viewer")
    for page, title in ((f"{CHECKS}dtoc/", "Checks"), (CHECKS.replace("checks", "templates") + "dtoc/", "Templates")):
        current = re.findall(
            r'aria-current="(?:true|page)"[^>]*>(?:<strong[^>]*>)?([^<]+)', client.get(page).content.decode()
        )
        assert current == ["Workbook", title]


@pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
def test_who_may_not_plan_accepts_nothing(ccg: Plan, sign_in: Callable[[str], Client], role: str) -> None:
    assert sign_in(role).post(ACCEPT, {"reason": "Because"}).status_code == 404
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize("address", [f"{CHECKS}nothing/", f"{CHECKS}dtoc/accept/?rule=X&subject=Y"])
def test_a_check_that_is_not_there_is_no_page(ccg: Plan, sign_in: Callable[[str], Client], address: str) -> None:
    assert sign_in("analyst").get(address).status_code == 404


def test_a_page_of_checks_asks_the_database_a_fixed_number_of_times(
    ccg: Plan, sign_in: Callable[[str], Client], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = sign_in("viewer")
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        answer = client.get(f"{CHECKS}activity/")
    assert len(answer.content) < 100_000
