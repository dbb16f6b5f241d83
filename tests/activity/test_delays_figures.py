"""The control group's figures against a second, plain reckoning over the fixture files."""

import calendar
import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from activity.models import Delay, Line, Reading, WeeklyCount
from activity.queries.control_group import control_group, official_days
from activity.queries.delays import CATEGORIES, place_of
from activity.queries.reasons import reason_called, reasons
from opplan.calc.money import rounded
from opplan.plans.queries import tolerances

pytestmark = pytest.mark.django_db
FOLDER = Path(settings.BASE_DIR) / "fixtures" / "10Q" / "2016-17"
APRIL, SEPTEMBER, MARCH = date(2016, 4, 1), date(2016, 9, 1), date(2017, 3, 1)
MONTHS = [date(2016, 4, 1), date(2016, 6, 1), SEPTEMBER, date(2016, 12, 1), MARCH]


def rows(name):
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def days_of_the_file():
    """Delayed days by month, cut and category, as a person would add them from the file."""
    found = defaultdict(Decimal)
    for row in rows("delays.csv"):
        found[date.fromisoformat(row["period"]), row["cut"], row["category"]] += Decimal(row["days"])
    return found


def group(plan, month=SEPTEMBER):
    return control_group(plan, month, tolerances(plan))


@pytest.mark.parametrize("month", MONTHS)
def test_every_cut_of_a_month_is_what_the_file_adds_up_to(ccg, month):
    file, held = days_of_the_file(), group(ccg, month).ours[month]
    for cut, categories in CATEGORIES.items():
        for category in categories:
            assert held.of(cut)[category] == file[month, cut, category]
        assert held.total(cut) == file[month, "total", "total"]


@pytest.mark.parametrize("month", MONTHS)
def test_the_months_beds_are_its_days_over_its_calendar_days(ccg, month):
    total = days_of_the_file()[month, "total", "total"]
    days = calendar.monthrange(month.year, month.month)[1]
    assert group(ccg, month).now.beds == total / days


def test_march_2017_had_181_1_beds_and_the_year_52236_days(ccg):
    assert rounded(group(ccg, MARCH).now.beds, 1) == Decimal("181.1")
    assert sum(official_days(ccg).values()) == 52236


def test_the_share_takes_the_beds_of_both_trusts_and_carries_the_last_quarter_forward(ccg):
    occupied = [
        row for row in rows("actuals/delays.csv") if row["line"].startswith("KH03") and row["period"] == "2016-04-01"
    ]
    beds = sum(Decimal(row["numerator"]) for row in occupied)
    assert len(occupied) == 2
    assert beds == Decimal("1645.14")
    now = group(ccg).now
    assert (now.occupancy.beds, now.occupancy.quarter, now.occupancy.provisional) == (beds, APRIL, True)
    assert rounded(now.share, 6) == rounded(100 * Decimal(4209) / (beds * 30), 6)
    assert rounded(now.allowed, 6) == rounded(beds * Decimal("0.035"), 6)


def test_a_quarters_own_beds_make_its_share_firm(ccg):
    for code, beds in (("RTH", "1081.26"), ("RNU", "502.82")):
        line = Line.objects.get(plan=ccg, reference=f"KH03.OCC-{code}")
        Reading.objects.create(
            line=line,
            period=date(2016, 7, 1),
            actual_numerator=Decimal(beds),
            actual_denominator=Decimal(2000),
            status="final",
        )
    now = group(ccg).now
    assert (now.occupancy.beds, now.occupancy.provisional) == (Decimal("1584.08"), False)


def test_a_quarter_that_one_trust_has_not_reported_is_not_used(ccg):
    line = Line.objects.get(plan=ccg, reference="KH03.OCC-RTH")
    Reading.objects.create(
        line=line,
        period=date(2016, 7, 1),
        actual_numerator=Decimal(1081),
        actual_denominator=Decimal(2000),
        status="final",
    )
    assert group(ccg).now.occupancy.quarter == APRIL


def test_the_paper_s_two_targets_are_one_and_stand_as_stated(ccg):
    found = group(ccg)
    assert (found.target_share, found.target_level, found.baseline, found.fewer) == (Decimal("3.5"), 68, 136, 68)
    assert found.baseline - found.fewer == found.target_level


def test_the_risk_share_follows_the_reduction_of_each_quarter(ccg):
    planned = {
        date.fromisoformat(row["period"]): Decimal(row["numerator"])
        for row in rows("planned/published_lines.csv")
        if row["line"] == "DTOC.1"
    }
    actual = days_of_the_file()
    shares = {one.quarter: one for one in group(ccg).shares}
    for first, calendar_days in ((APRIL, 91), (date(2016, 7, 1), 92)):
        quarter = [date(2016, first.month + step, 1) for step in range(3)]
        plan = sum(planned[month] for month in quarter) / calendar_days
        got = sum(actual[month, "total", "total"] for month in quarter) / calendar_days
        share = min(max((Decimal("150.9677") - got) / (Decimal("150.9677") - plan), Decimal(0)), Decimal(1))
        assert rounded(shares[first].released, 2) == rounded(250_000 * share, 2)
        assert shares[first].released + shares[first].withheld == 250_000
    assert shares[date(2016, 10, 1)].released is None
    assert not shares[date(2016, 10, 1)].ended


def test_a_quarter_that_misses_a_month_releases_nothing_yet(ccg):
    Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1", period=date(2016, 8, 1)).update(
        actual_numerator=None, actual_denominator=None, status=""
    )
    second = group(ccg).shares[1]
    assert (second.released, second.reported, second.ended) == (None, 2, True)


def test_the_emergency_admissions_are_the_paper_s(ccg):
    aim = group(ccg).non_elective
    assert (aim.expected, aim.avoided, aim.planned) == (56_818, 1_000, 55_818)
    assert rounded(aim.share, 2) == Decimal("1.76")
    assert aim.reported is None


def test_the_four_metrics_stand_with_what_is_not_reported(ccg):
    metrics = {one.line.code: one for one in group(ccg).metrics}
    assert list(metrics) == ["BCF.1", "BCF.2", "BCF.3", "BCF.4"]
    assert (metrics["BCF.1"].planned, metrics["BCF.1"].actual) == (14_069, None)
    assert (metrics["BCF.2"].planned, metrics["BCF.2"].actual) == (None, None)
    days = Decimal(3552 + 3982 + 4209)
    assert metrics["BCF.4"].actual == 100_000 * days / 535_000
    assert metrics["BCF.4"].illustrative


def test_in_august_the_last_whole_quarter_is_the_first(ccg):
    metrics = {one.line.code: one for one in group(ccg, date(2016, 8, 1)).metrics}
    assert metrics["BCF.1"].period == APRIL


def test_each_initiative_has_its_trajectory_its_owner_and_its_rating(ccg):
    found = group(ccg)
    assert [(one.initiative.reference, one.owner, one.by_year_end) for one in found.initiatives] == [
        ("DTOC-D2A", "DTOC lead", 24),
        ("DTOC-HC", "County council lead", 20),
        ("DTOC-CP", "Chief executive", 12),
        ("DTOC-TA", "DTOC lead", 9),
        ("DTOC-EQ", "DTOC lead", 6),
    ]
    assert (found.covered, found.claimed) == (71, 18)
    assert rounded(found.to_free, 1) == rounded(Decimal(4680) / 31 - Decimal(2108) / 31, 1)
    assert all(one.illustrative for one in found.initiatives)


def test_an_initiative_of_the_programme_without_a_line_is_named_all_the_same(ccg):
    Line.objects.filter(plan=ccg, reference="OX.DTOCI-EQ").delete()
    last = group(ccg).initiatives[-1]
    assert (last.title, last.line, last.owner) == ("DTOC Equilibrium Plan", None, "DTOC lead")


def test_what_is_due_is_overdue_or_comes_within_thirty_days(ccg):
    assert [one.reference for one in group(ccg).due] == ["M-DTOC-06", "M-DTOC-07"]


def test_a_month_does_not_know_what_came_after_it(ccg):
    found = group(ccg, date(2016, 6, 1))
    assert max(found.ours) == date(2016, 6, 1)
    assert found.counted[-1].day == date(2016, 6, 30)
    assert [one.period for one in found.months if one.beds is not None][-1] == date(2016, 6, 1)


def test_weekly_counts_stand_apart_from_the_monthly_figures(ccg):
    weeks = group(ccg).weeks
    assert len(weeks) == 54
    assert {(week.day, week.actual) for week in weeks if week.basis == "published"} == {
        (date(2015, 10, 29), 157),
        (date(2016, 3, 31), 122),
    }
    assert all(week.basis == "illustrative" for week in weeks if week.actual is not None and week.day >= APRIL)
    assert (weeks[-1].day, weeks[-1].planned) == (date(2017, 3, 30), 68)
    assert not Reading.objects.filter(line__reference="DTOC.5", actual_numerator__isnull=False).exists()


class TestDisagreement:
    def test_the_cuts_of_every_month_add_up_to_the_official_figure(self, ccg):
        assert group(ccg, MARCH).mismatches == []

    def test_a_cut_that_does_not_is_named_with_both_figures(self, ccg):
        Delay.objects.filter(plan=ccg, period=SEPTEMBER, reason="C").update(days=1000)
        [found] = group(ccg).mismatches
        assert (found.period, found.cut, found.days, found.official) == (SEPTEMBER, "reason", 3966, 4209)


class TestRowsCrossedByAll:
    def crossed(self, plan, place="RTH", period=SEPTEMBER):
        for care, body, reason, days in (
            ("acute", "nhs", "C", 30),
            ("acute", "social_care", "E", 60),
            ("non_acute", "nhs", "C", 15),
        ):
            Delay.objects.create(
                plan=plan, place=place, period=period, cut="all", care=care, body=body, reason=reason, days=days
            )

    def test_a_providers_cuts_are_the_sums_of_its_rows(self, ccg):
        self.crossed(ccg)
        held = group(ccg).providers["RTH"][SEPTEMBER]
        assert held.of("care") == {"acute": 90, "non_acute": 15}
        assert held.of("body") == {"nhs": 45, "social_care": 60}
        assert held.of("reason") == {"C": 45, "E": 60}
        assert held.all_beds() == Decimal(105) / 30

    def test_they_are_never_added_to_the_residents(self, ccg):
        before = group(ccg).ours[SEPTEMBER].total("reason")
        self.crossed(ccg)
        self.crossed(ccg, place="608")
        assert group(ccg).ours[SEPTEMBER].total("reason") == before


class TestReasons:
    def test_ten_reasons_are_in_use_and_the_other_is_known(self):
        assert [code for code, one in reasons().items() if one.in_use] == [*"ABC", "DI", "DII", *"EFGHI"]
        assert not reasons()["O"].in_use

    def test_a_reason_that_is_not_on_the_list_keeps_its_words(self, ccg):
        Delay.objects.create(
            plan=ccg, place="608", period=SEPTEMBER, cut="reason", reason="unmapped: Awaiting transport", days=12
        )
        assert group(ccg).ours[SEPTEMBER].of("reason")["unmapped: Awaiting transport"] == 12
        assert reason_called("unmapped: Awaiting transport").name == "Awaiting transport"


def test_the_county_s_residents_are_the_plan_s_delays(ccg, pct):
    assert place_of(ccg, {"608", "RTH"}) == "608"
    assert place_of(ccg, set()) == "608"
    assert place_of(pct, set()) == "608"


def test_a_plan_that_follows_no_delays_has_an_empty_page(pct):
    found = group(pct, pct.reporting_month)
    assert (found.official, found.weekly, found.months, found.initiatives, found.shares) == (None, None, [], [], [])


@pytest.mark.parametrize("month", [APRIL, SEPTEMBER, MARCH])
def test_a_dozen_queries_or_so_whatever_the_month(ccg, month, django_assert_num_queries):
    bands = tolerances(ccg)
    with django_assert_num_queries(12):
        control_group(ccg, month, bands)


def test_a_thousand_more_rows_need_no_more_queries(ccg, django_assert_num_queries):
    Delay.objects.bulk_create(
        Delay(plan=ccg, place=f"R{at:02}", period=SEPTEMBER, cut="reason", reason=reason, days=at)
        for at in range(40)
        for reason in CATEGORIES["reason"]
    )
    line = Line.objects.get(plan=ccg, reference="DTOC.5")
    WeeklyCount.objects.bulk_create(WeeklyCount(line=line, day=date(2014, 1, 1 + at), actual=at) for at in range(28))
    bands = tolerances(ccg)
    with django_assert_num_queries(12):
        control_group(ccg, SEPTEMBER, bands)
