"""The page of one line: what it says, who may enter what, and that nothing is lost or overwritten on the way."""

import csv
import io
import json
import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Line, Reading
from opplan.plans.actions import close_month, reopen_month

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WAITS, DELAYS, COUNT = (f"/10Q/2016-17/activity/lines/{code}/" for code in ("E.B.3", "DTOC.1", "OX.HNA"))
WEEKLY = "/10Q/2016-17/activity/lines/DTOC.5/"
SEPTEMBER = date(2016, 9, 1)
MAY_RECORD = {"commissioner", "programme_office", "analyst", "administrator"}
MAY_PLAN = {"programme_office", "analyst", "finance_lead", "administrator"}
ROLES = sorted(MAY_RECORD | MAY_PLAN | {"viewer", "accountable_officer"})


def boxes(html):
    """The boxes of the grid, with what stands in them."""
    return dict(re.findall(r'<input id="((?:actual|planned)_[a-z]+_\d{4}-\d{2})"[^>]* value="([^"]*)"', html))


def form_of(html):
    """The page's form as a browser would send it back untouched."""
    opened = re.search(r'name="opened" value="([^"]*)"', html)[1].replace("&quot;", '"')
    data = {"opened": opened, **boxes(html), "why": ""}
    for name, value in re.findall(r'<input type="hidden" name="(was_[\d-]+)"(?: value="([^"]*)")?', html):
        data[name] = value
    for name, options in re.findall(r'<select name="(status_[\d-]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return data


def errors_of(html):
    return re.findall(r'<li><a href="#([^"]*)">([^<]*)</a></li>', html)


@pytest.fixture
def open_page(sign_in):
    def opened(role, address):
        client = sign_in(role)
        html = client.get(address).content.decode()
        return client, html, form_of(html)

    return opened


def stored(reference, month=SEPTEMBER):
    return Reading.objects.get(line__reference=reference, line__plan__year="2016-17", period=month)


class TestReading:
    def test_the_page_says_where_the_line_stands_in_beds_and_in_delayed_days(self, sign_in):
        html = sign_in("viewer").get(DELAYS).content.decode()
        assert "140.3 beds a day in September 2016 (4,209 delayed days over 30 calendar days)" in html
        assert "against a plan of 109.5" in html
        assert "The plan reports to September 2016; figures are held to March 2017." in html
        for total in ("52,236", "59,435"):
            assert total in html

    def test_another_month_may_be_asked_for(self, sign_in):
        html = sign_in("viewer").get(DELAYS + "?month=2017-03").content.decode()
        assert "181.1 beds a day in March 2017 (5,615 delayed days over 31 calendar days)" in html

    def test_the_chart_holds_both_years_and_breaks_where_nothing_is_held(self, sign_in):
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/E.B.3/").content.decode()
        figure = json.loads(re.search(r'<script id="figure-line" type="application/json">(.*?)</script>', html)[1])
        actual = next(trace for trace in figure["data"] if trace["name"] == "Actual")
        assert actual["x"][0] == "May 2015"
        assert actual["y"][1:11] == [None] * 10

    def test_a_line_that_should_be_on_plan_is_not_blamed_for_what_is_tolerated(self, sign_in):
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/MAR.OPFA-RTH/").content.decode()
        assert "wrong side" not in html
        assert re.search(r"<figcaption>Further from plan than is tolerated in \d+ of 12 months", html)

    def test_what_rests_on_general_knowledge_is_said(self, sign_in):
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/E.B.12/").content.decode()
        assert "<dt>Not verified</dt><dd>Code from general knowledge, not seen in a source.</dd>" in html

    def test_a_line_with_nothing_reported_says_so(self, sign_in):
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/E.B.7/").content.decode()
        assert "No figure for September 2016, where the plan is 93.0%." in html
        assert "Nothing is reported for this year yet" in html

    def test_every_line_of_both_plans_has_a_page_under_100_kilobytes(self, sign_in, ccg, pct):
        from activity.queries import lines_of

        client = sign_in("analyst")
        for plan in (ccg, pct):
            for row in lines_of(plan):
                response = client.get(f"/{plan.organisation.code}/{plan.year}/activity/lines/{row.reference}/")
                assert response.status_code == 200, row.reference
                assert len(response.content) < 100_000, row.reference

    def test_an_unknown_line_and_another_plans_line_are_no_page(self, sign_in):
        client = sign_in("administrator")
        for reference in ("NONE", "RTT-INC"):
            assert client.get(f"/10Q/2016-17/activity/lines/{reference}/").status_code == 404
            assert client.get(f"/10Q/2016-17/activity/lines/{reference}/readings.csv").status_code == 404

    def test_a_line_with_many_readings_takes_no_more_queries_than_one_with_none(self, sign_in):
        client = sign_in("viewer")
        counts = []
        for reference in ("DTOC.1", "E.B.14", "OX.LDBEDS"):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/10Q/2016-17/activity/lines/{reference}/")
            counts.append(len(queries))
        assert len(set(counts)) == 1
        assert counts[0] <= 11

    def test_every_month_held_may_be_downloaded(self, sign_in):
        response = sign_in("viewer").get(DELAYS + "readings.csv")
        rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert len(rows) == 24
        assert sum(int(row["Numerator"]) for row in rows) == 52_236 + 59_435


class TestWhoMayEnterWhat:
    @pytest.mark.parametrize("role", ROLES)
    def test_boxes_stand_where_the_role_may_type_and_nowhere_else(self, sign_in, role):
        found = boxes(sign_in(role).get(WAITS).content.decode())
        actual = {name for name in found if name.startswith("actual")}
        planned = {name for name in found if name.startswith("planned")}
        assert actual == ({"actual_numerator_2016-09", "actual_denominator_2016-09"} if role in MAY_RECORD else set())
        months = {name[-7:] for name in planned}
        assert months == (
            {"2016-09", "2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03"} if role in MAY_PLAN else set()
        )

    @pytest.mark.parametrize("role", ["viewer", "accountable_officer"])
    def test_whoever_may_not_enter_finds_no_page_to_send_to(self, sign_in, role):
        assert sign_in(role).post(WAITS, {"actual_numerator_2016-09": "1"}).status_code == 404

    def test_a_commissioner_cannot_slip_in_a_plan(self, open_page):
        client, _, data = open_page("commissioner", WAITS)
        before = stored("E.B.3").planned_numerator
        client.post(WAITS, data | {"planned_numerator_2016-09": "1"})
        assert stored("E.B.3").planned_numerator == before

    def test_a_finance_lead_cannot_slip_in_an_actual(self, open_page):
        client, _, data = open_page("finance_lead", WAITS)
        client.post(WAITS, data | {"actual_numerator_2016-09": "1"})
        assert stored("E.B.3").actual_numerator == 27_213

    def test_when_every_month_is_closed_the_page_says_who_can_reopen_one(self, sign_in, ccg, person):
        for month in ccg.months:
            close_month(ccg, month, by=person("programme_office"))
        html = sign_in("commissioner").get(WAITS).content.decode()
        assert not boxes(html)
        assert "Every month that you may change is closed." in html


class TestEntering:
    def test_a_figure_is_saved_and_the_page_says_so(self, open_page):
        client, _, data = open_page("commissioner", WAITS)
        response = client.post(WAITS, data | {"actual_numerator_2016-09": "27,300", "why": "Late returns"}, follow=True)
        assert response.redirect_chain == [(WAITS, 302)]
        html = response.content.decode()
        assert "Saved: 1 month changed." in html
        assert "Late returns" in html
        assert stored("E.B.3").actual_numerator == 27_300

    def test_the_month_asked_for_is_kept(self, open_page):
        client, _, data = open_page("commissioner", WAITS + "?month=2016-09")
        response = client.post(WAITS + "?month=2016-09", data | {"actual_numerator_2016-09": "27300"})
        assert response.url == WAITS + "?month=2016-09"

    def test_a_form_sent_back_untouched_changes_nothing(self, open_page):
        client, _, data = open_page("analyst", WAITS)
        before = Reading.history.count()
        assert "Nothing was changed" in client.post(WAITS, data, follow=True).content.decode()
        assert Reading.history.count() == before

    def test_a_status_alone_may_be_firmed_up(self, open_page):
        client, _, data = open_page("commissioner", WAITS)
        client.post(WAITS, data | {"status_2016-09": "final"})
        assert stored("E.B.3").status == "final"

    def test_errors_are_named_by_cell_and_everything_typed_is_kept(self, open_page):
        client, _, data = open_page("analyst", WAITS)
        typed = {
            "actual_numerator_2016-09": "30000",
            "planned_denominator_2016-11": "2O",
            "planned_numerator_2016-12": "27,001",
            "why": "My reason",
        }
        response = client.post(WAITS, data | typed)
        html = response.content.decode()
        assert response.status_code == 422
        found = dict(errors_of(html))
        assert found["actual_numerator_2016-09"].startswith(
            "Actual, September: 30,000 is above its denominator, 29,839"
        )
        assert "did you mean 20?" in found["planned_denominator_2016-11"]
        kept = boxes(html)
        assert kept["actual_numerator_2016-09"] == "30000"
        assert kept["planned_denominator_2016-11"] == "2O"
        assert kept["planned_numerator_2016-12"] in ("27,001", "27001")
        assert 'value="My reason"' in html
        assert stored("E.B.3", date(2016, 12, 1)).planned_numerator != 27_001

    @pytest.mark.parametrize(
        ("typed", "cell", "words"),
        [
            ({"actual_numerator_2016-09": ""}, "actual_numerator_2016-09", "denominator stands alone"),
            ({"actual_denominator_2016-09": "–"}, "actual_denominator_2016-09", "numerator stands alone"),
            ({"actual_denominator_2016-09": "0"}, "actual_denominator_2016-09", "must be above nought"),
            ({"actual_numerator_2016-09": "-5"}, "actual_numerator_2016-09", "below nought"),
        ],
    )
    def test_a_pair_that_cannot_be_true_is_refused_at_its_cell(self, open_page, typed, cell, words):
        client, _, data = open_page("commissioner", WAITS)
        assert words in dict(errors_of(client.post(WAITS, data | typed).content.decode()))[cell]
        assert stored("E.B.3").actual_numerator == 27_213

    def test_a_count_is_whole(self, open_page):
        client, _, data = open_page("commissioner", COUNT)
        html = client.post(COUNT, data | {"actual_numerator_2016-09": "147.5"}).content.decode()
        assert "A count is a whole number" in dict(errors_of(html))["actual_numerator_2016-09"]

    def test_a_first_figure_must_be_said_to_be_final_flex_or_an_estimate(self, open_page):
        address = "/10Q/2016-17/activity/lines/E.B.14/"
        client, _, data = open_page("commissioner", address)
        data |= {"actual_numerator_2016-09": "9", "actual_denominator_2016-09": "10"}
        html = client.post(address, data).content.decode()
        assert dict(errors_of(html))["status_2016-09"] == "Say whether September 2016 is final, flex or an estimate."
        client.post(address, data | {"status_2016-09": "estimate"})
        assert stored("E.B.14").status == "estimate"

    def test_a_published_figure_asks_for_a_reason_and_keeps_what_was_typed(self, open_page):
        client, _, data = open_page("commissioner", DELAYS)
        html = client.post(DELAYS, data | {"actual_numerator_2016-09": "4300"}).content.decode()
        assert dict(errors_of(html))["why"] == "Say why the published figure of September 2016 is changed."
        assert boxes(html)["actual_numerator_2016-09"] == "4300"
        assert stored("DTOC.1").actual_numerator == 4_209
        client.post(DELAYS, data | {"actual_numerator_2016-09": "4300", "why": "Revised"})
        assert stored("DTOC.1").actual_numerator == 4_300

    def test_a_month_that_was_closed_meanwhile_keeps_out_the_figure_and_says_so(self, open_page, ccg, person):
        client, _, data = open_page("commissioner", WAITS)
        close_month(ccg, SEPTEMBER, by=person("programme_office"))
        html = client.post(WAITS, data | {"actual_numerator_2016-09": "27300"}).content.decode()
        assert "September 2016 is closed, so “27300” has not been saved" in html
        assert stored("E.B.3").actual_numerator == 27_213

    def test_a_month_that_is_closed_between_reading_and_writing_is_refused(self, open_page, monkeypatch):
        client, _, data = open_page("commissioner", WAITS)

        def closed(*args, **kwargs):
            raise ValidationError("September 2016 is closed.")

        monkeypatch.setattr("activity.actions.readings.require_open", closed)
        html = client.post(WAITS, data | {"actual_numerator_2016-09": "27300"}).content.decode()
        assert ("enter", "September 2016 is closed.") in errors_of(html)
        assert boxes(html)["actual_numerator_2016-09"] == "27300"

    def test_actuals_of_a_reopened_month_may_be_corrected(self, open_page, ccg, person):
        reopen_month(ccg, date(2016, 8, 1), by=person("programme_office"), why="A late return")
        client, html, data = open_page("commissioner", WAITS)
        assert {name[-7:] for name in boxes(html)} == {"2016-08", "2016-09"}
        client.post(WAITS, data | {"actual_numerator_2016-08": "27214"})
        assert stored("E.B.3", date(2016, 8, 1)).actual_numerator == 27_214


class TestTwoPeople:
    def test_the_second_is_shown_both_values_and_chooses(self, open_page):
        first, _, first_data = open_page("programme_office", WAITS)
        second, _, second_data = open_page("analyst", WAITS)
        first.post(WAITS, first_data | {"actual_numerator_2016-09": "27300", "why": "Late returns"})
        mine = second_data | {"actual_numerator_2016-09": "27250", "planned_numerator_2016-11": "27000"}
        html = second.post(WAITS, mine).content.decode()
        assert "was changed by Programme office while you were typing" in html
        assert "Late returns" in html
        assert stored("E.B.3").actual_numerator == 27_300
        choice = form_of(html) | {"choose actual_numerator_2016-09": "mine"}
        choice |= dict(re.findall(r'name="(seen [^"]*)" value="([^"]*)"', html))
        second.post(WAITS, choice)
        assert stored("E.B.3").actual_numerator == 27_250
        assert stored("E.B.3", date(2016, 11, 1)).planned_numerator == 27_000

    def test_two_who_change_different_cells_both_keep_their_own(self, open_page):
        first, _, first_data = open_page("programme_office", WAITS)
        second, _, second_data = open_page("analyst", WAITS)
        first.post(WAITS, first_data | {"planned_numerator_2016-12": "27001"})
        second.post(WAITS, second_data | {"planned_numerator_2016-11": "27002"})
        assert stored("E.B.3", date(2016, 12, 1)).planned_numerator == 27_001
        assert stored("E.B.3", date(2016, 11, 1)).planned_numerator == 27_002

    def test_a_status_that_somebody_else_firmed_up_is_not_put_back(self, open_page):
        first, _, first_data = open_page("programme_office", WAITS)
        second, _, second_data = open_page("analyst", WAITS)
        first.post(WAITS, first_data | {"status_2016-09": "final"})
        sent = second_data | {"status_2016-09": "estimate", "why": "Late returns"}
        html = second.post(WAITS, sent).content.decode()
        assert "was marked final by someone else meanwhile" in html
        assert 'value="Late returns"' in html
        assert stored("E.B.3").status == "final"
        second.post(WAITS, form_of(html) | {"status_2016-09": "estimate"})
        assert stored("E.B.3").status == "estimate"

    def test_a_change_between_reading_and_writing_is_found_too(self, open_page, person, monkeypatch):
        from activity.actions import ReadingsChanged, record_readings
        from activity.views import lines as views

        client, _, data = open_page("commissioner", WAITS)

        def overtaken(line, changes, **kwargs):
            Reading.objects.filter(pk=stored("E.B.3").pk).update(actual_numerator=27_400)
            return record_readings(line, changes, **kwargs)

        monkeypatch.setattr(views, "record_readings", overtaken)
        html = client.post(WAITS, data | {"actual_numerator_2016-09": "27300"}).content.decode()
        assert ReadingsChanged
        assert "was changed by someone else while you were typing" in html
        assert stored("E.B.3").actual_numerator == 27_400


class TestPasting:
    def test_a_pasted_row_is_shown_before_anything_is_saved(self, open_page):
        client, _, data = open_page("analyst", WAITS)
        block = "\tOct\tNov\nplanned numerator\t27000\t27001"
        html = client.post(WAITS, data | {"paste": block, "preview": "1"}).content.decode()
        assert "Pasted, not saved: 2 figures would change" in html
        assert boxes(html)["planned_numerator_2016-11"] == "27001"
        assert stored("E.B.3", date(2016, 11, 1)).planned_numerator != 27_001
        client.post(WAITS, form_of(html))
        assert stored("E.B.3", date(2016, 11, 1)).planned_numerator == 27_001

    def test_a_row_may_be_named_as_the_page_names_it(self, open_page):
        client, _, data = open_page("commissioner", DELAYS)
        html = client.post(DELAYS, data | {"paste": "Actual delayed days\t4300", "preview": "1"}).content.decode()
        assert boxes(html)["actual_numerator_2016-09"] == "4300"

    def test_an_unknown_row_is_named_and_nothing_is_laid(self, open_page):
        client, _, data = open_page("commissioner", WAITS)
        html = client.post(WAITS, data | {"paste": "beds\t4300", "preview": "1"}).content.decode()
        assert "there is no row “beds”" in html
        assert boxes(html)["actual_numerator_2016-09"] == "27213"


class TestAWeeklyLine:
    def test_it_shows_no_grid_of_months_and_leads_to_its_weeks(self, sign_in):
        html = sign_in("analyst").get(WEEKLY).content.decode()
        assert boxes(html) == {}
        assert "Save figures" not in html
        assert "Every month held" not in html
        assert 'href="/10Q/2016-17/activity/delays/weeks/"' in html

    def test_no_month_can_be_sent_to_it(self, sign_in):
        assert sign_in("analyst").post(WEEKLY, {"actual_numerator_2016-09": "1"}).status_code == 404


def test_data_of_a_later_year_do_not_move_the_month_to_which_the_page_says_they_go(sign_in, ccg):
    line = Line.objects.get(plan=ccg, reference="E.B.3")
    Reading(line=line, period=date(2018, 5, 1), actual_numerator=9, actual_denominator=10, status="final").save()
    html = sign_in("viewer").get(WAITS).content.decode()
    assert "data to September 2016, flex" in html
    assert "May 2018" not in re.search(r'<p class="op-context">.*?</p>', html)[0]


@pytest.mark.parametrize("address", [WAITS, WAITS + "trajectory/", "/10Q/2016-17/activity/delays/days/"])
def test_a_reason_that_is_too_long_is_refused_and_everything_typed_is_kept(sign_in, address):
    client, reason = sign_in("analyst"), "x" * 301
    html = client.get(address).content.decode()
    opened = re.search(r'name="opened" value="([^"]*)"', html)[1].replace("&quot;", '"')
    box = next(iter(json.loads(opened)))
    answer = client.post(address, {"opened": opened, box: "1", "why": reason})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "This has 301 characters, and at most 300 fit. Shorten it." in shown
    assert f'value="{reason}"' in shown
    assert re.search(rf'id="{box}"[^>]* value="1"', shown)


def test_a_block_in_the_paste_box_is_shown_first_whichever_button_is_pressed(open_page):
    client, _, data = open_page("analyst", WAITS)
    answer = client.post(WAITS, data | {"paste": "\tNov\nplanned numerator\t27001"})
    assert answer.status_code == 200
    assert "Pasted, not saved: 1 figure would change" in answer.content.decode()
    assert stored("E.B.3", date(2016, 11, 1)).planned_numerator != 27_001


class TestAForerunnersFigures:
    """The CCG began in April 2013: what its lines hold of before is the primary care trust's."""

    def held(self, ccg, reference, *months):
        line = Line.objects.get(plan=ccg, reference=reference)
        for month in months:
            Reading(line=line, period=month, actual_numerator=9, actual_denominator=10, status="final").save()

    def test_they_are_said_to_be_so_beside_the_chart(self, sign_in, ccg):
        self.held(ccg, "E.B.3", date(2010, 4, 1))
        html = sign_in("viewer").get(WAITS).content.decode()
        assert "The figure of April 2010 is from 5QE. The primary care trust until March 2013." in html
        self.held(ccg, "E.B.3", date(2013, 3, 1), date(2013, 4, 1))
        html = sign_in("viewer").get(WAITS).content.decode()
        assert "Figures to March 2013 are from 5QE." in html

    def test_a_line_without_them_and_one_that_is_not_the_commissioner_s_own_say_nothing(self, sign_in, ccg):
        self.held(ccg, "E.B.5-RTH", date(2012, 4, 1))
        self.held(ccg, "DTOC.1", date(2012, 4, 1))
        for address in (WAITS, DELAYS, "/10Q/2016-17/activity/lines/E.B.5-RTH/"):
            assert "from 5QE" not in sign_in("viewer").get(address).content.decode()
