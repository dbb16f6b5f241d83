"""Is a change real: the chart of a line, the grid of all, and the page where the limits are kept. They cannot disagree."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.actions import remove_rebase, set_limits, set_rebase
from activity.models import Line, Reading, Rebase, WeeklyCount
from activity.presenters import spc_of
from activity.presenters.variation import grid_rows
from activity.queries import (
    changes_of_limits,
    find_line,
    line_record,
    line_variation,
    lines_of,
    spc_reading,
    variation_entries,
)
from opplan.calc.months import run_of_months
from opplan.calc.spc import Assurance, PointType
from opplan.plans.queries import tolerances
from opplan.plans.versions import Conflict, Version

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GRID, DELAYS = "/10Q/2016-17/activity/variation/", "/10Q/2016-17/activity/lines/DTOC.1/"
SEPTEMBER, DECEMBER = date(2016, 9, 1), date(2015, 12, 1)
MAY_PLAN = ("programme_office", "analyst", "finance_lead", "administrator")


@pytest.fixture
def analyst(person):
    return person("analyst")


@pytest.fixture
def delays(ccg):
    """Delayed transfers of care: 24 published months, of which 18 to September 2016."""
    return find_line(ccg, "DTOC.1")


def on_the_page(line, month=SEPTEMBER):
    record = line_record(line, month, tolerances(line.plan))
    return record, line_variation(line, record.position, record.held)


def on_the_grid(plan, month=SEPTEMBER):
    return {one.position.reference: one.variation for one in variation_entries(plan, month, tolerances(plan))}


class TestOneReading:
    def test_chart_and_grid_find_the_same_in_every_line_of_both_plans(self, ccg, pct):
        for plan in (ccg, pct):
            month = plan.reporting_month
            grid = on_the_grid(plan, month)
            for row in lines_of(plan):
                row.plan = plan
                _, found = on_the_page(row, month)
                assert found.found == grid[row.reference].found, row.reference
                assert found.series == grid[row.reference].series, row.reference

    def test_they_agree_on_a_line_whose_settings_have_changed(self, ccg, delays, analyst):
        set_limits(delays, profile="mdc-7", fix_after=12, by=analyst, why="As the trust", version=Version.of(delays))
        set_rebase(delays, period=DECEMBER, reason="Patients moved", by=analyst, version=Version(None))
        grid = on_the_grid(ccg)["DTOC.1"]
        _, page = on_the_page(find_line(ccg, "DTOC.1"))
        assert (grid.found, grid.settings.profile, grid.settings.fix_after) == (page.found, "mdc-7", 12)
        assert len(grid.found.segments) == 2

    def test_readings_of_earlier_years_are_used_and_none_after_the_month_shown(self, delays):
        _, found = on_the_page(delays)
        assert (found.series[0][0], found.series[-1][0], len(found.series)) == (date(2015, 4, 1), SEPTEMBER, 18)

    def test_it_is_what_spc_says_of_the_published_months(self, delays):
        """Worked by a slow second way: the mean and average moving range of the 18 months, ranges over 3.267 of it left out."""
        _, found = on_the_page(delays)
        values = [float(value) for _, value in found.series]
        mean = sum(values) / len(values)
        ranges = [abs(after - before) for before, after in zip(values, values[1:], strict=False)]
        kept = [one for one in ranges if one < 3.267 * sum(ranges) / len(ranges)]
        width = 2.66 * sum(kept) / len(kept)
        limits = found.found.latest.limits
        assert float(limits.mean) == pytest.approx(mean, rel=1e-9)
        assert (float(limits.lower), float(limits.upper)) == pytest.approx((mean - width, mean + width), rel=1e-9)
        assert (found.found.variation, found.found.assurance) == (PointType.COMMON, Assurance.FAIL)

    def test_a_weekly_line_is_read_by_its_weeks_and_never_by_months(self, ccg):
        line = find_line(ccg, "DTOC.5")
        Reading.objects.update_or_create(line=line, period=SEPTEMBER, defaults={"actual_numerator": Decimal(9999)})
        record, found = on_the_page(line)
        days = [day for day, value in found.series if value is not None]
        counted = WeeklyCount.objects.filter(line=line, actual__isnull=False, day__lte=date(2016, 9, 30))
        assert days == list(counted.order_by("day").values_list("day", flat=True))
        assert spc_of(record, found).finding.endswith("29\N{NO-BREAK SPACE}September 2016")

    def test_a_month_that_is_marked_missing_breaks_the_line_and_is_left_out_of_the_limits(self, delays):
        Reading.objects.filter(line=delays, period=date(2016, 2, 1)).update(
            actual_numerator=None, actual_denominator=None, status="missing"
        )
        record, found = on_the_page(delays)
        gap = next(point for point in found.found.points if point.period == date(2016, 2, 1))
        assert (gap.value, gap.point_type) == (None, None)
        assert ("Missing", "1 month, left out of limits and rules") in spc_of(record, found).facts
        assert ("Not final", "missing: Feb 2016") in spc_of(record, found).facts


class TestOnTheLinesPage:
    def test_rating_and_variation_disagree_and_the_page_says_so(self, sign_in):
        html = sign_in("viewer").get(DELAYS).content.decode()
        assert "Red against plan, but common cause: this process will not reach 68 without change." in html
        assert "68 is below the lower limit" in html
        assert "Two of three months near the upper limit" in html

    def test_target_trajectory_and_rebase_are_drawn_and_the_rebase_names_who_and_why(self, sign_in, delays, analyst):
        set_rebase(delays, period=DECEMBER, reason="150 patients moved", by=analyst, version=Version(None))
        html = sign_in("viewer").get(DELAYS).content.decode()
        figure = json.loads(re.search(r'<script id="figure-spc" type="application/json">(.*?)</script>', html)[1])
        assert {"Target", "Trajectory"} <= {trace["name"] for trace in figure["data"]}
        assert "Rebased: 150 patients moved" in [note["text"] for note in figure["layout"]["annotations"]]
        assert "December 2015, by Planning analyst: 150 patients moved" in html
        assert "10 months since the rebase; settled at 13" in html
        assert "trial limits" in html

    @pytest.mark.parametrize(("held", "words"), [(9, "too few to say what is unusual"), (11, "trial limits"), (13, "")])
    def test_a_short_series_says_so(self, ccg, sign_in, held, words):
        line = find_line(ccg, "E.B.14")
        for at, month in enumerate(run_of_months(date(2015, 9, 1), held)):
            Reading.objects.update_or_create(
                line=line,
                period=month,
                defaults={"actual_numerator": Decimal(80 + at % 3), "actual_denominator": Decimal(100)},
            )
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/E.B.14/").content.decode()
        assert words in html
        assert ("trial limits" in html) == (held == 11)

    def test_a_weekly_line_says_its_latest_week(self, sign_in):
        html = sign_in("viewer").get("/10Q/2016-17/activity/lines/DTOC.5/").content.decode()
        assert "146 patients on 29\N{NO-BREAK SPACE}September 2016, the latest weekly count." in html
        assert "Months reported" not in html

    def test_every_line_of_both_plans_takes_at_most_ten_queries(self, sign_in, ccg, pct):
        client = sign_in("programme_office")
        for plan in (ccg, pct):
            for row in Line.objects.filter(plan=plan):
                address = f"/{plan.organisation.code}/{plan.year}/activity/lines/{row.reference}/"
                with CaptureQueriesContext(connection) as captured:
                    response = client.get(address)
                assert len(captured) <= 10, (address, [one["sql"][:90] for one in captured])
                assert len(response.content) < 100_000


class TestTheGrid:
    def test_each_line_stands_once_with_icons_value_target_and_rating(self, ccg):
        entries = variation_entries(ccg, SEPTEMBER, tolerances(ccg))
        rows = {row.whose.split(",")[0]: row for row in grid_rows(entries, lambda name, *_, **parts: f"{name}{parts}")}
        held = {one.position.reference for one in entries if one.variation.found.latest}
        assert rows.keys() == held
        row = rows["DTOC.1"]
        assert (row.variation.words, row.assurance.words, row.brief.value, row.target) == (
            "Common cause",
            "Will miss",
            "140.3 beds a day",
            "68",
        )
        assert rows["E.B.3"].variation is None
        assert rows["E.B.3"].brief.trial == "7 months; limits are shown from 10"

    def test_the_small_table_counts_every_line_and_leads_to_those_it_counts(self, sign_in):
        client = sign_in("viewer")
        html = client.get(GRID).content.decode()
        cells = re.findall(r'<td class="op-n[^"]*"><a href="([^"]*)"[^>]*>(\d+)<span', html)
        assert cells
        total = int(re.search(r"Every line that holds a figure", html) is not None) and sum(int(n) for _, n in cells)
        names = lambda page: len(re.findall(r'<th scope="row"><a href="[^"]*/lines/', page))  # noqa: E731
        assert names(html) == total
        for address, number in cells:
            assert names(client.get(address.replace("&amp;", "&")).content.decode()) == int(number)

    def test_it_may_be_filtered_to_nothing_and_says_so(self, sign_in):
        html = sign_in("viewer").get(GRID + "?variation=improving&assurance=meet").content.decode()
        assert "No line is improving, will meet." in html
        assert "No line is" in sign_in("viewer").get(GRID + "?variation=purple").content.decode()

    def test_a_line_leads_to_its_chart(self, sign_in):
        assert f'href="{DELAYS}#h-spc"' in sign_in("viewer").get(GRID).content.decode()

    def test_a_plan_with_short_series_alone_says_so(self, sign_in):
        html = sign_in("viewer").get("/5QE/2010-11/activity/variation/").content.decode()
        assert "No line holds enough months to say whether a change is real" in html

    def test_whose_a_line_is_does_not_repeat_the_name_of_its_measure(self, pct):
        rows = grid_rows(variation_entries(pct, pct.reporting_month, tolerances(pct)), lambda *_, **__: "")
        whose = {row.whose for row in rows if row.name == "18 weeks, incomplete pathways"}
        assert {"RTT-INC", "RTT-INC-100, General Surgery"} <= whose
        assert not any("incomplete pathways" in one for one in whose)

    def test_the_grid_may_be_had_as_a_file_narrowed_as_it_is(self, sign_in):
        client = sign_in("viewer")
        page = client.get(GRID + "?variation=common&assurance=miss").content.decode()
        address = re.search(r'href="([^"]*variation.csv[^"]*)"', page)[1].replace("&amp;", "&")
        rows = list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
        assert f"Download {'it' if len(rows) == 1 else f'all {len(rows)}'} (CSV)" in page
        [delays] = [row for row in rows if row["Reference"] == "DTOC.1"]
        assert (delays["Latest"], delays["Target"], delays["Period"]) == ("140.3", "68", "2016-09")
        assert (delays["Variation"], delays["Assurance"], delays["Rating"]) == ("Common cause", "Will miss", "Red")
        assert float(delays["Lower limit"]) < float(delays["Mean"]) < float(delays["Upper limit"])
        everything = list(csv.DictReader(io.StringIO(client.get(GRID + "variation.csv").content.decode("utf-8-sig"))))
        assert len(everything) > len(rows)
        [few] = [row for row in everything if row["Reference"] == "E.B.3"]
        assert (few["Mean"], few["Variation"]) == ("", "Too few points")

    def test_it_takes_the_same_number_of_queries_whatever_it_holds(self, sign_in):
        client = sign_in("viewer")
        counts = set()
        for address in (GRID, "/5QE/2010-11/activity/variation/"):
            with CaptureQueriesContext(connection) as captured:
                response = client.get(address)
            counts.add(len(captured))
            assert len(response.content) < 100_000
        assert counts == {10}


class TestLimits:
    def test_settings_are_stored_with_who_and_why(self, delays, analyst):
        set_limits(
            delays, profile="mdc-6", fix_after=12, by=analyst, why="The trust reads six", version=Version.of(delays)
        )
        found = {(one.field, one.now, one.who, one.why) for one in changes_of_limits(delays)}
        assert ("Limits from the first so many points", "12", "Planning analyst", "The trust reads six") in found

    @pytest.mark.parametrize(
        ("profile", "fix_after", "why", "field"),
        [("mdc-9", None, "x", "spc_profile"), ("mdc-6", 11, "x", "spc_fix_after"), ("mdc-6", None, " ", "why")],
    )
    def test_what_cannot_be_so_is_refused(self, delays, analyst, profile, fix_after, why, field):
        with pytest.raises(ValidationError) as refused:
            set_limits(delays, profile=profile, fix_after=fix_after, by=analyst, why=why, version=Version.of(delays))
        assert field in refused.value.message_dict

    def test_two_people_who_set_them_differently_are_shown_both(self, delays, analyst, person):
        version = Version.of(delays)
        set_limits(delays, profile="mdc-6", fix_after=None, by=analyst, why="x", version=version)
        with pytest.raises(Conflict):
            set_limits(delays, profile="mdc-7", fix_after=None, by=person("programme_office"), why="y", version=version)

    def test_a_rebase_has_a_reason_may_be_worded_again_and_taken_away_with_one(self, delays, analyst):
        with pytest.raises(ValidationError, match="Say what changed"):
            set_rebase(delays, period=DECEMBER, reason=" ", by=analyst, version=Version(None))
        row = set_rebase(delays, period=DECEMBER, reason="Homes", by=analyst, version=Version(None))
        row = set_rebase(delays, period=DECEMBER, reason="Care homes", by=analyst, version=Version.of(row))
        assert Rebase.objects.get(line=delays).reason == "Care homes"
        with pytest.raises(ValidationError):
            remove_rebase(row, by=analyst, why="")
        remove_rebase(row, by=analyst, why="It was a change of counting")
        assert not Rebase.objects.filter(line=delays).exists()
        assert [one.event for one in changes_of_limits(delays)] == ["removed", "changed", "added"]

    def test_the_pages_set_them(self, sign_in, ccg, delays):
        client = sign_in("analyst")
        html = client.get(DELAYS + "limits/").content.decode()
        version = re.search(r'name="version" value="(\d*)"', html)[1]
        data = {"version": version, "spc_profile": "no-screening", "spc_fix_after": "12", "why": "To match the trust"}
        assert client.post(DELAYS + "limits/", data).status_code == 302
        assert find_line(ccg, "DTOC.1").spc_fix_after == 12
        new = {"period": "2015-12-01", "reason": "150 patients moved", "why": "", "version": ""}
        assert client.post(DELAYS + "limits/rebase/", new).status_code == 302
        assert "150 patients moved" in client.get(DELAYS + "limits/").content.decode()
        away = DELAYS + "limits/rebase/?from=2015-12-01"
        refused = client.post(away, new | {"remove": "1"})
        assert refused.status_code == 422
        assert "Say why the limits are to run on here." in refused.content.decode()
        assert client.post(away, new | {"remove": "1", "why": "Not a change"}).status_code == 302

    def test_a_rebase_is_taken_away_only_with_a_reason_that_can_be_kept(self, sign_in, delays, analyst):
        set_rebase(delays, period=DECEMBER, reason="Homes", by=analyst, version=Version(None))
        away = DELAYS + "limits/rebase/?from=2015-12-01"
        data = {"period": "2015-12-01", "reason": "Homes", "version": "", "remove": "1"}
        for why, words in (("a\0b", "invisible character"), ("x" * 501, "at most 500 fit")):
            answer = sign_in("analyst").post(away, data | {"why": why})
            assert answer.status_code == 422
            assert words in answer.content.decode()
        assert Rebase.objects.filter(line=delays).exists()

    def test_half_a_point_is_quoted_and_refused(self, sign_in):
        data = {"version": "", "spc_profile": "plot-the-dots", "spc_fix_after": "12.5", "why": "x"}
        response = sign_in("analyst").post(DELAYS + "limits/", data)
        assert response.status_code == 422
        assert "“12.5” is not a whole number" in response.content.decode()

    def test_a_conflict_is_shown_on_the_page(self, sign_in, delays, analyst):
        client = sign_in("programme_office")
        version = re.search(r'name="version" value="(\d*)"', client.get(DELAYS + "limits/").content.decode())[1]
        set_limits(delays, profile="mdc-6", fix_after=None, by=analyst, why="x", version=Version.of(delays))
        data = {"version": version, "spc_profile": "mdc-7", "spc_fix_after": "", "why": "y"}
        response = client.post(DELAYS + "limits/", data)
        assert response.status_code == 409
        assert "Making Data Count workbook, runs of six" in response.content.decode()

    def test_fewer_than_twelve_points_are_refused_beside_the_box(self, sign_in):
        data = {"version": "", "spc_profile": "plot-the-dots", "spc_fix_after": "5", "why": "x"}
        response = sign_in("analyst").post(DELAYS + "limits/", data)
        assert response.status_code == 422
        assert "Limits rest on 12 points at least" in response.content.decode()

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_plan_has_no_such_page(self, sign_in, role):
        client = sign_in(role)
        for address in (DELAYS + "limits/", DELAYS + "limits/rebase/"):
            assert client.get(address).status_code == 404
            assert client.post(address, {}).status_code == 404
        assert "limits/" not in client.get(DELAYS).content.decode()

    @pytest.mark.parametrize("role", MAY_PLAN)
    def test_whoever_may_plan_finds_the_way(self, sign_in, role):
        assert f'href="{DELAYS}limits/"' in sign_in(role).get(DELAYS).content.decode()


def test_the_reading_of_a_series_is_one_function_of_readings_and_settings(delays):
    _, found = on_the_page(delays)
    assert spc_reading(found.series, found.settings) == found.found


def test_figures_that_stand_apart_by_more_than_a_year_move_neither_limits_nor_runs(ccg):
    def found():
        return variation_entries(ccg, ccg.reporting_month, tolerances(ccg))

    def delays():
        [one] = [entry.variation for entry in found() if entry.position.reference == "DTOC.1"]
        return one

    before = delays()
    line = Line.objects.get(plan=ccg, reference="DTOC.1")
    for year in (2011, 2013):
        Reading.objects.create(
            line=line, period=date(year, 4, 1), actual_numerator=4500, actual_denominator=30, status="final"
        )
    after = delays()
    assert (before.apart, after.apart) == (0, 2)
    assert after.series == before.series
    assert after.found.latest.limits == before.found.latest.limits
