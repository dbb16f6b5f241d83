"""Phasing a year: previewed before anything is written, exact to the unit, and never applied over what somebody has not seen."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.actions import ReadingsChanged, apply_phasing
from activity.models import Line, LineBuild, Reading
from activity.queries import building, find_line, phased_year, profiles, readings
from opplan.calc.bank_holidays import BANK_HOLIDAYS_OF_ENGLAND
from opplan.calc.phasing import by_shape, by_working_days, evenly
from opplan.plans.actions import MonthClosed, close_month
from opplan.plans.models import ClosedMonth
from opplan.plans.queries import closed_months

pytestmark = pytest.mark.django_db
PAGE = "/10Q/2016-17/activity/lines/MAR.NEL-RTH/build/phasing/"
YEAR = Decimal(72443)
SEPTEMBER, OCTOBER = date(2016, 9, 1), date(2016, 10, 1)


@pytest.fixture
def nel(ccg):
    return find_line(ccg, "MAR.NEL-RTH")


def preview(line, how, year=YEAR, closed=frozenset(), percentages=()):
    held = readings(line)
    return phased_year(line, building(line, held), held, how=how, year=year, percentages=percentages, closed=closed)


def then(found):
    return [one.then for one in found.months]


def planned(line):
    return {one.period: one.planned_numerator for one in readings(line) if one.period in line.plan.months}


def seen_of(html):
    return unescape(re.search(r'name="seen" value="([^"]*)"', html)[1])


class TestTheProfiles:
    def test_even_and_working_days_and_last_years_shape_are_those_of_the_bedrock(self, nel):
        assert then(preview(nel, "even")) == evenly(YEAR)
        assert then(preview(nel, "working_days")) == by_working_days(YEAR, nel.plan.months, BANK_HOLIDAYS_OF_ENGLAND)
        last = [one.actual_numerator for one in readings(nel)[:12]]
        assert then(preview(nel, "last_year")) == by_shape(YEAR, last)

    def test_the_plan_that_is_loaded_is_phased_by_working_days(self, nel):
        assert not any(one.difference for one in preview(nel, "working_days").months)

    def test_winter_is_heavier_than_summer_by_the_day(self, nel):
        months = {one.month: one.then for one in preview(nel, "winter").months}
        assert sum(months.values()) == YEAR
        assert months[date(2016, 12, 1)] / 31 > Decimal("1.08") * months[date(2016, 8, 1)] / 31
        assert profiles()["winter"].basis == "derived"

    def test_the_winter_profile_is_what_its_source_says(self, nel):
        held = {one.period: one.actual_numerator for one in readings(nel)}
        shares = []
        for first in (2015, 2016):
            months = [date(first + (month < 4), month, 1) for month in (*range(4, 13), 1, 2, 3)]
            days = [(date(one.year + one.month // 12, one.month % 12 + 1, 1) - one).days for one in months]
            mean = sum(held[one] for one in months) / sum(days)
            shares.append([100 * held[one] / each / mean for one, each in zip(months, days, strict=True)])
        for weight, one, other in zip(profiles()["winter"].weights, *shares, strict=True):
            assert abs(weight - (one + other) / 2) < Decimal("0.06")

    def test_own_percentages_are_kept_to_the_unit(self, nel):
        own = [Decimal(share) for share in (5, 5, 5, 5, 5, 5, 10, 10, 15, 15, 10, 10)]
        assert then(preview(nel, "own", Decimal(1000), percentages=own)) == [10 * share for share in own]

    def test_a_quarter_is_phased_as_a_quarter_and_keeps_its_initiatives(self, ccg):
        found = preview(find_line(ccg, "BCF.1"), "even", Decimal(55818))
        assert len(found.months) == 4
        assert sum(then(found)) == 55818
        assert then(found)[0] + 249 == then(found)[1] + 252

    def test_a_shape_with_a_hole_is_refused_by_its_month(self, nel):
        Reading.objects.filter(line=nel, period=date(2015, 6, 1)).delete()
        with pytest.raises(ValueError, match="Jun 2015 is not held"):
            preview(nel, "last_year")


class TestClosedMonths:
    @pytest.mark.parametrize("how", ["even", "working_days", "last_year", "winter"])
    def test_they_keep_theirs_and_the_year_still_sums_exactly(self, nel, how):
        closed = closed_months(nel.plan)
        found = preview(nel, how, closed=closed)
        assert len(closed) == 5
        assert sum(then(found)) == YEAR
        assert all(one.then == one.now for one in found.months if one.closed)

    def test_a_year_that_they_exceed_is_refused(self, nel):
        with pytest.raises(ValueError, match="below nought"):
            preview(nel, "even", Decimal(1000), closed=closed_months(nel.plan))

    def test_a_year_that_is_closed_is_refused(self, nel):
        with pytest.raises(ValueError, match="Every month is closed"):
            preview(nel, "even", closed=frozenset(nel.plan.months))

    def test_percentages_of_closed_months_alone_are_refused(self, nel):
        own = [Decimal(20)] * 5 + [Decimal(0)] * 7
        with pytest.raises(ValueError, match="no share of the year"):
            preview(nel, "own", percentages=own, closed=closed_months(nel.plan))


class TestThePage:
    def test_nothing_is_written_by_looking(self, sign_in, nel):
        before = planned(nel)
        html = sign_in("analyst").get(f"{PAGE}?how=winter&year=72443").content.decode()
        assert "7 months would change; the year stays 72,443 admissions." in html
        assert (
            "April 2016 to August 2016 are closed and keep 30,114; the other 42,329 admissions are spread over the 7 months"
            in html
        )
        assert planned(nel) == before

    def test_applying_writes_the_open_months_with_who_and_why(self, sign_in, nel):
        client, page = sign_in("analyst"), f"{PAGE}?how=winter&year=72,500"
        html = client.get(page).content.decode()
        answer = client.post(page, {"seen": seen_of(html), "why": "Winter was worse than the plan said"})
        assert answer.status_code == 302
        assert sum(planned(nel).values()) == 72500
        entry = Reading.objects.get(line=nel, period=date(2016, 12, 1)).history.latest()
        assert (entry.history_user.name, entry.history_change_reason) == (
            "Planning analyst",
            "Winter was worse than the plan said",
        )
        assert entry.planned_basis == "entered"
        assert LineBuild.objects.get(line=nel).phasing == "winter"

    def test_it_needs_its_reason(self, sign_in, nel):
        client, page = sign_in("analyst"), f"{PAGE}?how=winter&year=72443"
        before = planned(nel)
        answer = client.post(page, {"seen": seen_of(client.get(page).content.decode()), "why": ""})
        assert answer.status_code == 422
        assert "Say why." in answer.content.decode()
        assert planned(nel) == before

    def test_it_is_refused_when_what_was_seen_has_moved(self, sign_in, nel):
        client, page = sign_in("analyst"), f"{PAGE}?how=winter&year=72443"
        seen = seen_of(client.get(page).content.decode())
        other = sign_in("programme_office")
        html = other.get(f"{PAGE}?how=even&year=72443").content.decode()
        other.post(f"{PAGE}?how=even&year=72443", {"seen": seen_of(html), "why": "Flat"})
        before = planned(nel)
        answer = client.post(page, {"seen": seen, "why": "Winter"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Nothing was applied: what you saw has changed" in html
        assert "October 2016: 5,966 admissions when you looked, 6,047 now, by Programme office" in html
        assert planned(nel) == before
        assert client.post(page, {"seen": seen_of(html), "why": "Winter"}).status_code == 302

    def test_it_is_refused_when_a_month_has_closed_meanwhile(self, sign_in, nel, person):
        client, page = sign_in("analyst"), f"{PAGE}?how=winter&year=72443"
        seen = seen_of(client.get(page).content.decode())
        close_month(nel.plan, SEPTEMBER, by=person("programme_office"))
        answer = client.post(page, {"seen": seen, "why": "Winter"})
        assert answer.status_code == 409
        assert "a closed month" in answer.content.decode()

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("how=own&year=72443&share_2016-04=50", "add up to 50, not 100"),
            ("how=even&year=72443.5", "The year is a whole number"),
            ("how=even&year=many", "is not a number"),
            ("how=hedgehog&year=72443", "“hedgehog” is not in the list"),
            ("how=even&year=", "This is empty. Fill it in."),
        ],
    )
    def test_what_cannot_be_phased_says_why(self, sign_in, query, said):
        html = sign_in("analyst").get(f"{PAGE}?{query}").content.decode()
        assert said in html
        assert "Apply to the open months" not in html

    def test_own_percentages_are_kept_for_the_next_time(self, sign_in, ccg):
        ClosedMonth.objects.filter(plan=ccg).delete()
        client = sign_in("analyst")
        shares = "&".join(
            f"share_{month:%Y-%m}={share}" for month, share in zip(ccg.months, [5] * 8 + [15] * 4, strict=True)
        )
        page = f"{PAGE}?how=own&year=72443&{shares}"
        client.post(page, {"seen": seen_of(client.get(page).content.decode()), "why": "Ours"})
        assert LineBuild.objects.get(line__reference="MAR.NEL-RTH").percentages == ["5"] * 8 + ["15"] * 4
        assert 'name="share_2017-03" value="15"' in client.get(PAGE).content.decode()

    @pytest.mark.parametrize("role", ["viewer", "commissioner", "accountable_officer"])
    def test_whoever_may_not_plan_finds_no_such_page(self, sign_in, role):
        client = sign_in(role)
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}?how=even&year=72443", {"seen": ""}).status_code == 404

    @pytest.mark.parametrize("reference", ["E.B.5-RTH", "DTOC.1", "OX.TEAMS", "OX.ABXSTAR"])
    def test_a_line_that_is_no_sum_of_months_is_told_so(self, sign_in, reference):
        answer = sign_in("analyst").get(f"/10Q/2016-17/activity/lines/{reference}/build/phasing/?how=even&year=5")
        assert answer.status_code == 200
        assert "Apply to the open months" not in answer.content.decode()

    def test_it_costs_the_same_for_every_line_and_is_small(self, sign_in):
        client = sign_in("analyst")
        counts = set()
        for reference, year in (("MAR.NEL-RTH", 72443), ("BCF.1", 55818)):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"/10Q/2016-17/activity/lines/{reference}/build/phasing/?how=even&year={year}")
            assert answer.status_code == 200
            assert len(answer.content) < 100_000
            counts.add(len(queries))
        assert len(counts) == 1
        assert max(counts) <= 10


class TestTheAction:
    def test_a_month_that_moved_stops_it_and_nothing_is_stored(self, nel, person):
        wanted = {SEPTEMBER: Decimal(1), OCTOBER: Decimal(2)}
        with pytest.raises(ReadingsChanged):
            apply_phasing(
                nel,
                wanted,
                seen={SEPTEMBER: Decimal(6250), OCTOBER: Decimal(1)},
                phasing="even",
                by=person("analyst"),
                why="x",
            )
        assert planned(nel)[SEPTEMBER] == 6250

    def test_a_month_that_would_stay_and_moved_stops_it_too(self, nel, person):
        with pytest.raises(ReadingsChanged):
            apply_phasing(
                nel,
                {SEPTEMBER: Decimal(9)},
                seen={SEPTEMBER: Decimal(9)},
                phasing="even",
                by=person("analyst"),
                why="x",
            )

    def test_a_closed_month_stops_it(self, nel, person):
        april = date(2016, 4, 1)
        with pytest.raises(MonthClosed):
            apply_phasing(
                nel, {april: Decimal(9)}, seen={april: Decimal(5966)}, phasing="even", by=person("analyst"), why="x"
            )

    def test_a_line_without_a_build_up_is_phased_as_well(self, ccg, person):
        line = Line.objects.select_related("measure", "plan").get(plan=ccg, reference="OX.HNA")
        assert (
            apply_phasing(
                line,
                {OCTOBER: Decimal(150)},
                seen={OCTOBER: Decimal(145)},
                phasing="even",
                by=person("analyst"),
                why="More",
            )
            == 1
        )
        assert not LineBuild.objects.filter(line=line).exists()
