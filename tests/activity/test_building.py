"""How a line is built up: the baseline from the outturn that is held, parts that re-add to the plan, impacts month by month."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.actions import ImpactChange, ReadingsChanged, add_impact, quantify_impact, save_build
from activity.models import Impact, ImpactMonth, LineBuild, Reading
from activity.queries import building, find_impact, find_line, readings
from opplan.plans.actions import MonthClosed
from opplan.plans.versions import Conflict, Version
from tests.activity.test_catalogue import form_of

pytestmark = pytest.mark.django_db
LINES = "/10Q/2016-17/activity/lines/"
BUILT = ["MAR.EL-RTH", "MAR.DC-RTH", "MAR.NEL-RTH", "MAR.GPREF-RTH", "MAR.OTHREF-RTH", "MAR.OPFA-RTH", "BCF.1"]
OCTOBER, NOVEMBER = date(2016, 10, 1), date(2016, 11, 1)
GIVEN = {
    "baseline": Decimal(71092),
    "baseline_year": "2015-16",
    "demographic": Decimal("0.9"),
    "other": Decimal("1.0"),
    "policy": Decimal(0),
    "policy_note": "",
}


def built(plan, reference):
    line = find_line(plan, reference)
    return building(line, readings(line))


def give(plan, person, reference="MAR.NEL-RTH", why="", version=None, **given):
    line = find_line(plan, reference)
    row = LineBuild.objects.filter(line=line).first()
    version = version or (Version.of(row) if row else Version(None))
    return save_build(
        line,
        typed=GIVEN | given,
        outturn=building(line, readings(line)).outturn,
        by=person("analyst"),
        why=why,
        version=version,
    )


class TestWhatIsLoaded:
    @pytest.mark.parametrize("reference", BUILT)
    def test_every_published_build_up_gives_the_loaded_plan_exactly(self, ccg, reference):
        found = built(ccg, reference)
        assert found.unexplained == 0
        assert (
            found.up.plan
            == found.planned
            == sum(
                month.planned_numerator
                for month in readings(find_line(ccg, reference))
                if month.period in ccg.months and month.planned_numerator is not None
            )
        )

    @pytest.mark.parametrize("reference", [reference for reference in BUILT if reference.startswith("MAR")])
    def test_its_baseline_is_the_outturn_of_the_twelve_months_before(self, ccg, reference):
        found = built(ccg, reference)
        assert found.outturn.value == found.up.baseline
        assert (found.outturn.year, len(found.outturn.held)) == ("2015-16", 12)
        assert found.outturn.source == "Monthly Activity Return"

    def test_the_plan_of_2010_names_fifteen_impacts_and_quantifies_none(self, pct):
        assert Impact.objects.filter(plan=pct).count() == 15
        assert not ImpactMonth.objects.filter(impact__plan=pct).exists()
        found = built(pct, "NEL-RESP")
        assert [(one.reference, one.initiative, one.year) for one in found.impacts] == [("AI-C4", "LTC", None)]

    def test_an_outturn_with_a_hole_is_none(self, ccg):
        Reading.objects.filter(line__reference="MAR.NEL-RTH", line__plan=ccg, period=date(2015, 8, 1)).update(
            actual_numerator=None
        )
        outturn = built(ccg, "MAR.NEL-RTH").outturn
        assert outturn.value is None
        assert outturn.missing == [date(2015, 8, 1)]


class TestSaving:
    def test_the_outturn_carries_its_source(self, ccg, person):
        LineBuild.objects.filter(line__reference="MAR.NEL-RTH").delete()
        row = give(ccg, person)
        assert row.source.startswith("Outturn of 2015-16 from the actual figures held: Monthly Activity Return")
        assert row.basis == "derived"

    def test_another_baseline_needs_its_reason_and_is_entered(self, ccg, person):
        with pytest.raises(ValidationError, match="not the outturn that is held"):
            give(ccg, person, baseline=Decimal(70000))
        row = give(ccg, person, baseline=Decimal(70000), why="Month 9 forecast outturn")
        assert (row.basis, row.source) == ("entered", "Entered by Planning analyst: Month 9 forecast outturn")
        assert row.history.latest().history_change_reason == "Month 9 forecast outturn"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"baseline": Decimal("10.5")}, "baseline"),
            ({"policy": Decimal("0.5"), "policy_note": "x"}, "policy"),
            ({"policy": Decimal(-30)}, "policy_note"),
            ({"baseline_year": "2015"}, "baseline_year"),
            ({"demographic": Decimal(-60), "other": Decimal(-41)}, "other"),
            ({"baseline": Decimal(-1)}, "baseline"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, ccg, person, given, field):
        with pytest.raises(ValidationError) as refused:
            give(ccg, person, why="because", **given)
        assert field in refused.value.message_dict

    def test_growth_with_too_many_digits_is_refused_in_our_words(self, sign_in):
        client, page = sign_in("analyst"), LINES + "MAR.NEL-RTH/build/"
        data = form_of(client.get(page).content.decode())
        answer = client.post(page, data | {"demographic": "12345.5", "why": "x"})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "“12345.5” is too large: at most 4 digits stand before the point. Check it." in html
        assert "Ensure that" not in html

    def test_saving_what_is_there_leaves_no_trace(self, ccg, person):
        row = give(ccg, person)
        entries = row.history.count()
        give(ccg, person)
        assert row.history.count() == entries

    def test_two_people_who_change_the_growth_are_shown_both(self, ccg, person):
        opened = Version.of(LineBuild.objects.get(line__reference="MAR.NEL-RTH"))
        give(ccg, person, other=Decimal("1.5"))
        with pytest.raises(Conflict):
            give(ccg, person, other=Decimal("2.5"), version=opened)
        give(ccg, person, other=Decimal("1.5"), policy=Decimal(-100), policy_note="New ward", version=opened)
        row = LineBuild.objects.get(line__reference="MAR.NEL-RTH")
        assert (row.other, row.policy) == (Decimal("1.5"), -100)


class TestThePage:
    def test_it_says_how_the_plan_comes_about_and_its_parts_re_add(self, sign_in):
        html = sign_in("viewer").get(LINES + "BCF.1/build/").content.decode()
        assert "55,818 admissions, 59 more than in 2015/16. The months planned agree." in html
        for figure in ("55,759", "+1,059", "−1,000", "−249", "−247", "INT-BCF"):
            assert figure in html
        assert "Save the build-up" not in html

    def test_what_no_source_quantifies_is_said_to_be_so(self, sign_in):
        html = sign_in("viewer").get("/5QE/2010-11/activity/lines/IP-NEL/build/").content.decode()
        assert "not quantified in the plan document" in html
        assert "Nobody has given a baseline yet." in html

    def test_what_the_build_up_does_not_explain_is_shown_as_nobodys(self, sign_in, ccg):
        row = Reading.objects.get(line__plan=ccg, line__reference="MAR.NEL-RTH", period=OCTOBER)
        row.planned_numerator += 40
        row.save()
        html = sign_in("viewer").get(LINES + "MAR.NEL-RTH/build/").content.decode()
        assert "The months planned give 72,483, 40 more: the build-up does not explain it." in html
        assert "Not explained" in html

    def test_the_outturn_is_proposed_where_nothing_is_given_yet(self, sign_in, ccg):
        LineBuild.objects.filter(line__reference="MAR.NEL-RTH").delete()
        html = sign_in("analyst").get(LINES + "MAR.NEL-RTH/build/").content.decode()
        assert form_of(html)["baseline"] == "71092"
        assert "71,092 admissions in 2015/16, from 12 months of actual figures (Monthly Activity Return)." in html

    def test_a_percentage_is_led_to_its_trajectory(self, sign_in):
        html = sign_in("analyst").get(LINES + "E.B.5-RTH/build/").content.decode()
        assert "its plan is a trajectory" in html
        assert "Save the build-up" not in html

    def test_it_is_saved_in_the_browser(self, sign_in, ccg):
        client, page = sign_in("analyst"), LINES + "MAR.NEL-RTH/build/"
        data = form_of(client.get(page).content.decode())
        assert client.post(page, data | {"demographic": "0.9", "other": "1.0"}).status_code == 302
        row = LineBuild.objects.get(line__reference="MAR.NEL-RTH")
        assert (row.demographic, row.other) == (Decimal("0.9"), 1)
        answer = client.post(page, data | {"baseline": "71O92"})
        assert answer.status_code == 409 or "letter O" in answer.content.decode()

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_plan_reads_and_changes_nothing(self, sign_in, role):
        client = sign_in(role)
        assert client.get(LINES + "MAR.NEL-RTH/build/").status_code == 200
        assert client.post(LINES + "MAR.NEL-RTH/build/", {"baseline": "1"}).status_code == 404
        assert client.get(LINES + "MAR.NEL-RTH/impacts/add/").status_code == 404
        assert client.get("/10Q/2016-17/activity/impacts/BCF-NEA/").status_code == 200
        assert client.post("/10Q/2016-17/activity/impacts/BCF-NEA/", {}).status_code == 404
        assert client.get("/10Q/2016-17/activity/impacts/BCF-NEA/change/").status_code == 404

    def test_every_build_page_costs_the_same_and_is_small(self, sign_in, ccg, person):
        line = find_line(ccg, "BCF.1")
        for _ in range(12):
            add_impact(
                line,
                initiative_id=line.initiative_id,
                title="More",
                effect="reduce",
                how_modelled="",
                by=person("analyst"),
            )
        client = sign_in("analyst")
        counts = set()
        for page in ("BCF.1/build/", "MAR.NEL-RTH/build/"):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(LINES + page)
            assert len(answer.content) < 100_000
            counts.add(len(queries))
        assert max(counts) <= 10
        assert len(counts) == 1


def impact(plan):
    return find_impact(plan, "BCF-NEA")


class TestImpacts:
    def test_one_is_added_in_the_browser_and_quantified_in_its_grid(self, sign_in, ccg):
        client, page = sign_in("analyst"), LINES + "MAR.NEL-RTH/impacts/add/"
        data = form_of(client.get(page).content.decode())
        answer = client.post(page, data | {"title": "Single point of contact", "effect": "reduce"})
        assert answer.status_code == 302
        row = find_impact(ccg, "IM-01")
        assert (row.title, row.line.reference, row.basis) == ("Single point of contact", "MAR.NEL-RTH", "entered")
        page = answer["Location"]
        html = client.get(page).content.decode()
        opened = re.search(r'name="opened" value="([^"]*)"', html)[1].replace("&quot;", '"')
        answer = client.post(
            page, {"opened": opened, "impact_2016-10": "-30", "impact_2016-11": "(12)", "why": "Pilot"}
        )
        assert answer.status_code == 302
        assert built(ccg, "MAR.NEL-RTH").impacts[0].year == -42
        assert "the build-up does not explain it" in client.get(LINES + "MAR.NEL-RTH/build/").content.decode()
        assert "Pilot" in client.get(page).content.decode()

    def test_an_emptied_month_is_no_longer_quantified(self, ccg, person):
        changed = quantify_impact(
            impact(ccg), [ImpactChange(OCTOBER, Decimal(-252), None)], by=person("analyst"), why="Not now"
        )
        assert changed == 1
        assert not ImpactMonth.objects.filter(impact=impact(ccg), month=OCTOBER).exists()
        assert built(ccg, "BCF.1").up.plan == 55818 + 252

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            (ImpactChange(date(2016, 4, 1), Decimal(-249), Decimal(-1)), MonthClosed),
            (ImpactChange(date(2017, 4, 1), None, Decimal(-1)), ValidationError),
            (ImpactChange(NOVEMBER, None, Decimal("-1.5")), ValidationError),
            (ImpactChange(OCTOBER, Decimal(-1), Decimal(-2)), ReadingsChanged),
        ],
    )
    def test_what_may_not_be_is_refused_and_nothing_is_stored(self, ccg, person, change, refusal):
        good = ImpactChange(date(2017, 2, 1), None, Decimal(-5))
        with pytest.raises(refusal):
            quantify_impact(impact(ccg), [good, change], by=person("analyst"))
        assert ImpactMonth.objects.filter(impact=impact(ccg)).count() == 4

    def test_two_people_who_quantify_the_same_month_are_shown_both(self, sign_in, ccg, person):
        client, page = sign_in("analyst"), "/10Q/2016-17/activity/impacts/BCF-NEA/"
        html = client.get(page).content.decode()
        opened = re.search(r'name="opened" value="([^"]*)"', html)[1].replace("&quot;", '"')
        quantify_impact(
            impact(ccg),
            [ImpactChange(OCTOBER, Decimal(-252), Decimal(-200))],
            by=person("programme_office"),
            why="Slower start",
        )
        answer = client.post(page, {"opened": opened, "impact_2016-10": "-300"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Slower start" in html
        assert "Changed by someone else" in html
        assert ImpactMonth.objects.get(impact=impact(ccg), month=OCTOBER).planned == -200

    def test_a_bad_cell_is_named_and_nothing_is_saved(self, sign_in, ccg):
        answer = sign_in("analyst").post(
            "/10Q/2016-17/activity/impacts/BCF-NEA/",
            {"opened": '{"impact_2016-11":""}', "impact_2016-11": "many"},
        )
        assert answer.status_code == 422
        assert "“many” is not a number" in answer.content.decode()

    def test_an_empty_post_changes_nothing_and_breaks_nothing(self, sign_in, ccg):
        before = list(ImpactMonth.objects.filter(impact=impact(ccg)).values())
        answer = sign_in("analyst").post("/10Q/2016-17/activity/impacts/BCF-NEA/", {}, follow=True)
        assert answer.status_code == 200
        assert "no months changed" in answer.content.decode()
        assert list(ImpactMonth.objects.filter(impact=impact(ccg)).values()) == before

    def test_a_reason_that_is_too_long_is_refused_beside_its_box(self, sign_in, ccg):
        client, page = sign_in("analyst"), "/10Q/2016-17/activity/impacts/BCF-NEA/"
        answer = client.post(page, {"opened": '{"impact_2016-11":""}', "impact_2016-11": "-9", "why": "x" * 301})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert '<a href="#why">This has 301 characters' in html
        assert re.search(r'id="impact_2016-11"[^>]* value="-9"', html)

    def test_its_words_change_with_who_and_why(self, sign_in, ccg):
        client, page = sign_in("analyst"), "/10Q/2016-17/activity/impacts/BCF-NEA/change/"
        data = form_of(client.get(page).content.decode())
        assert client.post(page, data | {"title": "Admissions avoided", "why": "Shorter"}).status_code == 302
        assert impact(ccg).history.latest().history_change_reason == "Shorter"
