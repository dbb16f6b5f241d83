"""The control group's page as people read it: what it says, what it tags, and what it leaves unsaid."""

import csv
import io
import re

import pytest

from activity.models import Delay, Line, Reading, WeeklyCount

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/10Q/2016-17/activity/delays/"


@pytest.fixture
def read(sign_in):
    def answered(address=PAGE, role="viewer"):
        answer = sign_in(role).get(address)
        assert answer.status_code == 200, address
        return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())

    return answered


def section(html, name):
    """One section of the page, as text."""
    found = re.search(rf'<section [^>]*aria-labelledby="{name}">(.*?)</section>', html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


def test_the_page_opens_with_a_sentence_that_could_be_minuted(read):
    html = read()
    assert (
        "146 patients were delayed on 29 September, one more than the week before and 44 above trajectory</h1>" in html
    )
    assert "The largest reason is care package at home: 45.2 of 140.3 beds in September." in html
    assert "Further NHS care, not acute, grew most since April 2016: from 34.9 to 41.4." in html


def test_the_month_of_the_address_moves_the_page(read):
    html = read(PAGE + "?month=2017-03")
    assert "Delays took up 181.1 beds a day in March 2017, 113.1 above trajectory</h1>" in html
    assert "Last counted on 29 September" in html
    assert '<option value="2017-03" selected>' in html


def test_in_april_the_month_is_compared_with_the_one_before(read):
    reasons = section(read(PAGE + "?month=2016-04"), "h-reason")
    assert "Bar: April. Black line: March." in reasons


def test_the_share_is_marked_provisional_where_its_beds_are_carried_forward(read):
    html = read()
    assert "8.5% <small>provisional</small>" in html
    months = section(html, "h-month")
    assert "Provisional, Jul 2016 to Sep 2016" in months
    assert "the 1,645 of April to June 2016" in months
    assert "Jun 2016 113.1 130.2 −17.1 6.9% 57.6" in months
    assert "Sep 2016 140.3 109.5 +30.8 provisional 8.5% 57.6" in months


def test_the_target_is_said_in_every_form_with_how_far_off_it_is(read):
    months = section(read(), "h-month")
    assert "3.5% of occupied bed days 57.6 3.5% +82.7" in months
    assert "A level of 68 68.0 4.1% +72.3" in months
    assert "68 fewer than 136 (50% less) 68.0 4.1% +72.3" in months
    assert "26.2 beds a day for each 100,000 adults in September, of 535,000 adults. illustrative" in months


def test_reasons_stand_by_size_with_april_the_month_before_and_the_change(read):
    reasons = section(read(), "h-reason")
    assert "Four reasons make 86% of September’s delays." in reasons
    assert "Care package at home E 41.1 36.7 45.2 +4.1 32% 32%" in reasons
    assert "All reasons 127.1 128.5 140.3 +13.2 100%" in reasons
    assert reasons.index("Care package at home") < reasons.index("Further NHS care") < reasons.index("Disputes")


def test_who_is_responsible_stands_by_month_beside_its_chart(read):
    body = section(read(), "h-body")
    assert "Sep 2016 88.4 22.4 29.5 140.3" in body
    assert "Beds a day since September 2015: NHS −12.4, social care −11.1 and both −7.8." in body


def test_where_they_wait_tells_acute_from_the_rest_and_names_no_provider_that_is_not_held(read):
    place = section(read(), "h-place")
    assert "71% of September’s delayed days were in acute beds." in place
    assert "No provider’s delays are held" in place


def test_a_provider_that_is_held_has_a_row_of_its_own(read, ccg):
    Delay.objects.create(plan=ccg, place="RTH", period="2016-09-01", cut="care", care="acute", days=300)
    place = section(read(), "h-place")
    assert "Oxford University Hospitals RTH 10.0" in place
    assert "so the two do not add up" in place


def test_each_initiative_shows_its_owner_its_beds_its_rating_and_why(read):
    html = read()
    assert "Home care capacity County council lead 20 4 0 Red 100.0% under plan; red below −5%" in section(
        html, "h-init"
    )
    assert "71 of the 83 beds a day to be freed by March have an initiative; 12 have none." in section(html, "h-init")
    assert "They report 18 freed; the official figure shows 10.7 fewer than in March." in section(html, "h-init")
    assert 'href="/10Q/2016-17/initiatives/DTOC-HC/"' in html
    assert 'href="/10Q/2016-17/activity/lines/OX.DTOCI-HC/"' in html


def test_what_no_source_gives_is_tagged_wherever_it_stands(read):
    html = read()
    for name in ("h-week", "h-init", "h-out", "h-bcf", "h-due"):
        assert "illustrative" in section(html, name), name
    assert re.search(r"Delayed on 29 September <span class=\"op-status\">illustrative</span>", html)
    assert re.search(r"Risk share, quarter 2 <span class=\"op-status\">illustrative</span>", html)


def test_actions_due_lead_to_their_milestones(read):
    html = read()
    due = section(html, "h-due")
    assert "Trusted assessor agreed with the council" in due
    assert "due 22 August 2016, now expected 3 October 2016" in due
    assert 'href="/10Q/2016-17/initiatives/milestones/M-DTOC-06/"' in html


def test_delays_from_other_counties_are_counted_by_month(read):
    assert "4 in September, 21 so far this year." in section(read(), "h-out")


def test_the_better_care_fund_says_what_is_not_reported(read):
    fund = section(read(), "h-bcf")
    assert "1,000 emergency admissions are to be avoided, 1.76% of the 56,818 expected." in fund
    assert "56,818 1,000 1.76% 55,818 not reported" in fund
    assert "July to September 2016 14,069 not reported" in fund
    assert "Care home admissions, 65 and over per 100,000 65+ The year none given not reported" in fund


def test_the_risk_share_is_released_or_withheld_by_quarter(read):
    fund = section(read(), "h-bcf")
    assert "April to June 2016 137.1 120.6 100% £250,000 £250,000 £0" in fund
    assert "July to September 2016 116.5 127.6 68% £250,000 £169,084 £80,916" in fund
    assert "October to December 2016 95.7 £250,000 Not due" in fund
    assert "£419,084 of £500,000 released in 2 quarters, £80,916 withheld." in fund


def test_the_page_says_where_a_cut_and_the_official_figure_disagree(read, ccg):
    Delay.objects.filter(plan=ccg, period="2016-09-01", reason="C").update(days=1000)
    assert "The reasons of September 2016 add up to 3,966 delayed days, where the official figure is 4,209." in read()


def test_a_month_without_a_figure_is_not_reported_and_never_nought(read, ccg):
    Reading.objects.filter(line__plan=ccg, line__reference="DTOC.1", period="2016-09-01").delete()
    Delay.objects.filter(plan=ccg, period="2016-09-01").delete()
    WeeklyCount.objects.filter(line__plan=ccg).update(actual=None)
    html = read()
    assert "No delayed transfers are reported for September 2016</h1>" in html
    assert "Sep 2016 not reported" in section(html, "h-month")
    assert "No delays by reason are held for September 2016." in section(html, "h-reason")


def test_a_week_without_trajectory_is_compared_with_the_week_before_alone(read, ccg):
    WeeklyCount.objects.filter(line__plan=ccg).update(planned=None)
    assert "146 patients were delayed on 29 September, one more than the week before</h1>" in read()


def test_the_monthly_and_the_weekly_figures_share_no_chart(read):
    html = read()
    week = re.search(r'<script id="figure-week" type="application/json">(.*?)</script>', html)[1]
    month = re.search(r'<script id="figure-month" type="application/json">(.*?)</script>', html)[1]
    assert "140.3" not in week
    assert '"Trajectory"' in month
    assert "29 Sep 2016" not in month


def test_a_plan_that_follows_no_delays_says_what_would_stand_here(read):
    html = read("/5QE/2010-11/activity/delays/")
    assert "This plan follows no delayed transfers yet</h1>" in html
    assert "h-week" not in html


def test_whoever_may_record_is_offered_to_and_a_reader_is_not(read):
    assert "Enter a weekly count" in read(role="commissioner")
    assert "Enter a weekly count" not in read(role="viewer")
    assert "See delayed days by month" in read(role="viewer")


def test_the_download_holds_every_category_of_every_month_to_the_one_shown(sign_in):
    answer = sign_in("viewer").get(PAGE + "delays.csv?month=2016-04")
    assert answer["Content-Disposition"].endswith('10Q-2016-17-delayed-transfers-2016-04.csv"')
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(found) == 13 * 15
    april = [row for row in found if row["Month"] == "2016-04" and row["Cut"] == "reason"]
    assert sum(int(float(row["Delayed days"])) for row in april) == 3812
    assert {row["Basis"] for row in found} == {"published"}


@pytest.mark.parametrize("month", ["2016-04", "2016-09", "2017-03"])
def test_the_page_is_small_and_its_queries_do_not_grow(sign_in, month, django_assert_max_num_queries):
    client = sign_in("administrator")
    with django_assert_max_num_queries(20):
        answer = client.get(f"{PAGE}?month={month}")
    assert len(answer.content) < 100_000


def test_a_line_s_own_owner_comes_before_the_initiative_s(read, ccg):
    Line.objects.filter(plan=ccg, reference="OX.DTOCI-CP").update(owner="Medical director")
    assert "Choice policy Medical director 12" in section(read(), "h-init")
