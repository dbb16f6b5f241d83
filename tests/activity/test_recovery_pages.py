"""The pages of recovery: what fails, with or without a recovery plan, and who may do what about it."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Reading, RecoveryAction, RecoveryPlan
from activity.queries import failing, failing_lines, line_positions, recoveries
from opplan.calc.rag import Rating
from opplan.plans.queries import tolerances

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROOM = "/10Q/2016-17/activity/recovery/"
SEPTEMBER = date(2016, 9, 1)
MAY = ("commissioner", "programme_office", "administrator")
MAY_NOT = ("viewer", "analyst", "finance_lead", "accountable_officer")


def page(client, address, **asked):
    response = client.get(address, asked)
    assert response.status_code == 200, address
    return response.content.decode()


def form_of(html):
    """The page's form as a browser would send it back untouched."""
    data = dict(re.findall(r'<input type="hidden" name="([a-z_]+)"(?: value="([^"]*)")?', html))
    data.pop("csrfmiddlewaretoken", None)
    for name, value in re.findall(r'<input type="text" name="([a-z_]+)"(?: value="([^"]*)")?', html):
        data[name] = value
    for name, value in re.findall(r'<textarea name="([a-z_]+)"[^>]*>\n?(.*?)</textarea>', html, re.S):
        data[name] = value
    for name, options in re.findall(r'<select name="([a-z_]+)"[^>]*>(.*?)</select>', html, re.S):
        data[name] = re.findall(r'<option value="([^"]*)" selected', options)
    return data


@pytest.fixture
def positions(ccg):
    return line_positions(ccg, SEPTEMBER, tolerances(ccg))


class TestWhatFails:
    def test_a_line_fails_when_it_misses_its_standard_and_is_not_green_against_plan(self, positions):
        for one in positions:
            assert failing(one) == (one.meets_standard is False and one.judgement.rating != Rating.GREEN)
        assert {one.reference for one in positions if failing(one)} >= {"E.B.3", "E.B.5-RTH", "E.B.12", "DTOC.1"}

    def test_each_failing_line_is_listed_with_its_recovery_plan_or_without(self, ccg, positions):
        rows = failing_lines(positions, recoveries(ccg, SEPTEMBER, tolerances(ccg), positions))
        plans = {one.position.reference: one.recovery.reference if one.recovery else None for one in rows}
        assert (plans["E.B.3"], plans["E.B.5-RTH"], plans["DTOC.1"]) == (None, "RP-AE", "RP-DTOC")

    def test_the_list_says_how_many_have_no_recovery_plan_and_puts_them_first(self, sign_in):
        html = page(sign_in("commissioner"), ROOM)
        assert re.search(r"<h1[^>]*>8 standards are missed in September 2016; 4 have no recovery plan", html)
        assert html.index("18 weeks, still waiting") < html.index("A&amp;E within 4 hours")
        assert f'href="{ROOM}open/?line=E.B.3"' in html

    def test_formal_intervention_of_2010_is_said(self, sign_in):
        html = page(sign_in("viewer"), "/5QE/2010-11/activity/recovery/")
        assert "3 are under formal intervention" in html
        assert html.count("<b>formal intervention</b>") == 6

    def test_the_next_action_is_the_one_overdue_longest(self, ccg, positions):
        found = {one.reference: one for one in recoveries(ccg, SEPTEMBER, tolerances(ccg), positions)}
        assert found["RP-DTOC"].next_step.title == "Trusted assessor working with the council’s care homes"
        assert found["RP-AMB"].next_step.due is None

    def test_the_month_is_rated_against_the_recovery_trajectory_by_the_plans_tolerances(self, ccg, positions):
        found = {one.reference: one for one in recoveries(ccg, SEPTEMBER, tolerances(ccg), positions)}
        [line] = found["RP-AE"].lines
        assert (line.target.value, line.judgement.rating) == (90, Rating.RED)
        assert round(line.judgement.distance, 1) == round(line.position.actual - 90, 1)


class TestOnePlan:
    def test_the_page_holds_diagnosis_actions_trajectory_reviews_and_exit_criteria(self, sign_in):
        html = page(sign_in("viewer"), ROOM + "RP-DTOC/")
        for words in (
            "the action plan halves the present monthly average",
            "Governing body",
            "28.3 beds a day above the trajectory of 112.0",
            "Behind the recovery trajectory in 2 of 3 months",
            "Due 5 weeks ago, not reported complete",
            "The council asked for one more month to train assessors.",
            "August was 12.5 beds a day above the recovery trajectory",
            "Delays at 3.5% of occupied bed days by the end of March 2017",
        ):
            assert words in html, words

    def test_what_the_plan_of_2010_says_of_the_intervention_is_there(self, sign_in):
        html = page(sign_in("viewer"), "/5QE/2010-11/activity/recovery/RP-18W/")
        for words in (
            "Backlog at the Oxford Radcliffe",
            "The SHA Board under its Compliance Framework",
            "The SHA Board approves the recovery plan and lifts the formal intervention",
            "18\N{NO-BREAK SPACE}Mar\N{NO-BREAK SPACE}2010",
        ):
            assert words in html, words

    def test_a_day_that_moved_is_shown_with_the_one_first_agreed_and_rated_by_it(self, sign_in, ccg):
        client = sign_in("commissioner")
        address = ROOM + "RP-AE/actions/8/"
        data = form_of(page(client, address)) | {"due": "31/12/2016", "why": "Posts unfilled"}
        assert client.post(address, data).status_code == 302
        html = page(client, ROOM + "RP-AE/")
        assert "first agreed for 31\N{NO-BREAK SPACE}Oct\N{NO-BREAK SPACE}2016" in html
        assert "Expected 61 days late" in html or "Expected 8 weeks late" in html

    def test_an_unknown_recovery_plan_and_another_plans_are_no_page(self, sign_in):
        client = sign_in("administrator")
        for reference in ("NONE", "RP-18W"):
            assert client.get(f"{ROOM}{reference}/").status_code == 404
        assert client.get(f"{ROOM}RP-AE/actions/99/").status_code == 404
        assert client.get(f"{ROOM}RP-AE/actions/one/").status_code == 404


class TestChanging:
    def test_a_recovery_plan_is_opened_from_the_failing_line(self, sign_in, ccg):
        client = sign_in("commissioner")
        address = ROOM + "open/?line=E.B.3"
        html = page(client, address)
        data = form_of(html) | {"diagnosis": "Referrals grow.", "exit_criteria": "92% for three months."}
        assert data["title"] == "18 weeks, still waiting"
        response = client.post(address, data, follow=True)
        assert "Opened: recovery plan RP-01" in response.content.decode()
        assert "Recovery plan: 18 weeks" in page(client, "/10Q/2016-17/activity/lines/E.B.3/")

    def test_what_is_wrong_with_the_form_is_said_and_nothing_is_lost(self, sign_in):
        client = sign_in("commissioner")
        response = client.post(ROOM + "open/", {"title": "Waits", "escalation": "lead", "opened": "soon"})
        html = response.content.decode()
        assert response.status_code == 422
        assert "“soon” is not a date" in html
        assert 'value="Waits"' in html

    def test_two_people_on_one_field_are_shown_both_and_choose(self, sign_in, ccg):
        address = ROOM + "RP-AE/change/"
        first, second = sign_in("commissioner"), sign_in("programme_office")
        mine, theirs = form_of(page(first, address)), form_of(page(second, address))
        assert second.post(address, theirs | {"next_step": "Open ten beds."}).status_code == 302
        response = first.post(address, mine | {"next_step": "Open twenty beds."})
        html = response.content.decode()
        assert response.status_code == 409
        assert "Open ten beds." in html
        choice = re.search(r'name="choose" value="(mine \d+)"', html)[1]
        kept = form_of(html) | {"choose": choice}
        assert first.post(address, kept).status_code == 302
        assert RecoveryPlan.objects.get(plan=ccg, reference="RP-AE").next_step == "Open twenty beds."

    @pytest.mark.parametrize("forged", ["", "0", "x", "9" * 40, "١", "-1 2.5"])
    def test_lines_that_nobody_was_shown_break_nothing_and_change_no_line(self, sign_in, ccg, forged):
        client, address = sign_in("commissioner"), ROOM + "RP-AE/change/"
        before = set(RecoveryPlan.objects.get(plan=ccg, reference="RP-AE").lines.values_list("pk", flat=True))
        data = form_of(page(client, address)) | {"lines_seen": forged, "lines": []}
        answer = client.post(address, data)
        assert answer.status_code == 422
        assert "Someone else changed the lines meanwhile" in answer.content.decode()
        assert set(RecoveryPlan.objects.get(plan=ccg, reference="RP-AE").lines.values_list("pk", flat=True)) == before

    def test_the_trajectory_is_typed_month_by_month_and_a_clash_is_shown(self, sign_in, ccg):
        address = ROOM + "RP-AE/trajectory/"
        first, second = sign_in("commissioner"), sign_in("programme_office")
        opened = re.search(r'name="opened" value="([^"]*)"', page(first, address))[1].replace("&quot;", '"')
        box = "E.B.5-RTH_recovery_2016-10"
        assert second.post(address, {"opened": opened, box: "92", "why": "Winter"}).status_code == 302
        response = first.post(address, {"opened": opened, box: "93", "why": ""})
        assert response.status_code == 409
        assert "Changed by someone else" in response.content.decode()
        response = first.post(address, {"opened": opened, "E.B.5-RTH_recovery_2016-11": "ninety", "why": ""})
        assert "is not a number" in response.content.decode()

    def test_a_review_closing_and_opening_again_go_through_their_pages(self, sign_in, ccg):
        client = sign_in("programme_office")
        review = form_of(page(client, ROOM + "RP-CAN/reviews/")) | {
            "held": "29/09/2016",
            "finding": "Met for three months.",
            "escalation": "lead",
        }
        assert client.post(ROOM + "RP-CAN/reviews/", review).status_code == 302
        closing = form_of(page(client, ROOM + "RP-CAN/close/")) | {"closed": "30/09/2016", "why": "86% since July"}
        assert client.post(ROOM + "RP-CAN/close/", closing).status_code == 302
        assert "closed 30" in page(client, ROOM)
        assert client.get(ROOM + "RP-CAN/change/").status_code == 404
        again = form_of(page(client, ROOM + "RP-CAN/close/")) | {"why": "October fell back"}
        assert client.post(ROOM + "RP-CAN/close/", again).status_code == 302
        assert RecoveryPlan.objects.get(plan=ccg, reference="RP-CAN").closed is None

    @pytest.mark.parametrize("role", MAY_NOT)
    def test_whoever_may_not_update_progress_reads_and_changes_nothing(self, sign_in, role):
        client = sign_in(role)
        assert "Open one" not in page(client, ROOM)
        assert "Record a review" not in page(client, ROOM + "RP-AE/")
        for part in (
            "open/",
            "RP-AE/change/",
            "RP-AE/close/",
            "RP-AE/reviews/",
            "RP-AE/actions/1/",
            "RP-AE/trajectory/",
        ):
            assert client.get(ROOM + part).status_code == 404
            assert client.post(ROOM + part, {}).status_code == 404

    @pytest.mark.parametrize("role", MAY)
    def test_whoever_may_update_progress_finds_the_forms(self, sign_in, role):
        assert "Record a review" in page(sign_in(role), ROOM + "RP-AE/")


class TestOnTheLinesPage:
    def test_a_failing_standard_without_a_recovery_plan_is_said_with_a_link_to_open_one(self, sign_in):
        address = "/10Q/2016-17/activity/lines/E.B.3/"
        html = page(sign_in("commissioner"), address)
        assert "<b>No recovery plan.</b> The standard is missed, 0.8 points short of 92%" in html
        assert f'href="{ROOM}open/?line=E.B.3"' in html
        assert "open/?line" not in page(sign_in("viewer"), address)

    def test_its_recovery_plan_stands_there_with_level_next_action_and_trajectory(self, sign_in):
        html = page(sign_in("viewer"), "/10Q/2016-17/activity/lines/E.B.5-RTH/")
        assert "7.2 points under the trajectory of 90.0% for recovery" in html
        assert "<dt>Level</dt><dd>Director</dd>" in html
        assert "Second evening rota of senior doctors begins" in html

    def test_a_line_that_does_not_fail_has_no_such_section(self, sign_in):
        assert 'id="h-recovery"' not in page(sign_in("viewer"), "/10Q/2016-17/activity/lines/E.B.6/")


class TestCost:
    def queries(self, client, address):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        assert len(response.content) < 100_000
        return len(captured)

    def test_pages_take_the_same_number_of_queries_however_much_they_hold(self, sign_in, ccg):
        client = sign_in("programme_office")
        before = self.queries(client, ROOM), self.queries(client, ROOM + "RP-AE/")
        assert before[0] <= 15
        assert before[1] <= 20
        plan = RecoveryPlan.objects.get(plan=ccg, reference="RP-AE")
        RecoveryAction.objects.bulk_create(
            RecoveryAction(recovery=plan, title=f"Action {at}", owner="Lead", position=100 + at) for at in range(40)
        )
        Reading.objects.filter(line__plan=ccg, period=SEPTEMBER, line__reference="E.B.6").update(actual_numerator=1)
        assert (self.queries(client, ROOM), self.queries(client, ROOM + "RP-AE/")) == before
