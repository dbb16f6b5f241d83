"""The list of plan lines as people use it: read, filtered, sorted, paged and downloaded."""

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Line, Reading

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST, DOWNLOAD = "/10Q/2016-17/activity/", "/10Q/2016-17/activity/lines.csv"
ROLES = [
    "viewer", "commissioner", "programme_office", "analyst", "finance_lead", "accountable_officer", "administrator",
]  # fmt: skip


@pytest.fixture
def page(sign_in):
    """The text of a page as the analyst sees it."""
    client = sign_in("analyst")

    def get(address):
        response = client.get(address)
        assert response.status_code == 200, address
        assert len(response.content) < 100_000
        return response.content.decode()

    return get


def names(html):
    """The measures of the list, in its order."""
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', html)


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("role", ROLES)
def test_everybody_of_the_organisation_may_read_it(sign_in, role):
    assert sign_in(role).get(LIST).status_code == 200
    assert sign_in(role).get(DOWNLOAD).status_code == 200


def test_nobody_else_may(client, django_user_model):
    assert client.get(LIST).status_code == 302
    stranger = django_user_model.objects.create_user("stranger@example.nhs.uk", "a long password", name="Stranger")
    client.force_login(stranger, backend="opplan.accounts.backends.MemberBackend")
    assert client.get(LIST).status_code in (302, 404)
    assert client.get(DOWNLOAD).status_code in (302, 404)


def test_it_opens_with_how_many_standards_are_met(page):
    html = page(LIST)
    assert re.search(r"<h1[^>]*>\d+ of \d+ standards reported for September 2016 are met</h1>", html)
    assert "Against plan:" in html


def test_a_plan_with_one_month_of_one_measure_says_what_it_holds(page):
    html = page("/5QE/2010-11/activity/")
    assert "20 of 69 lines hold a figure for April 2010" in html
    assert "18 weeks, incomplete pathways, Oral Surgery" in html


def test_lines_stand_under_their_area(page):
    html = page(LIST)
    areas = re.findall(r'<th scope="rowgroup"[^>]*>([^<]*)</th>', html)
    assert areas
    assert len(areas) == len(set(areas))


def test_every_link_of_the_list_has_its_own_words(page):
    for address in (LIST, "/5QE/2010-11/activity/", "/5QE/2010-11/activity/?page=2", "/5QE/2010-11/activity/?page=3"):
        found = names(page(address))
        assert len(found) == len(set(found)), address


def test_twenty_five_lines_stand_on_a_page_and_the_rest_on_the_next(page):
    first, second = names(page(LIST)), names(page(LIST + "?page=2"))
    assert len(first) == 25
    assert not set(first) & set(second)


def test_filters_by_area_and_rating_narrow_together(page):
    html = page(LIST + "?area=Waiting&rating=red")
    assert names(html) == ["A&amp;E within 4 hours", "Cancer, 62 days from GP"]
    assert "of 55: Waiting, red" in html or re.search(r"of \d+: Waiting, red", html)


def test_what_is_not_reported_is_found(page, ccg):
    held = set(
        Reading.objects.filter(line__plan=ccg, period=date(2016, 9, 1), actual_numerator__isnull=False).values_list(
            "line__measure__short_name", flat=True
        )
    )
    shown = names(page(LIST + "?reported=no"))
    assert shown
    assert not held & set(shown)


@pytest.mark.parametrize("words", ["delayed transfers", "DTOC.1", "transfers  of care"])
def test_search_finds_by_name_or_code_and_in_any_order(page, words):
    assert "Delayed transfers of care" in names(page(f"{LIST}?q={words}"))


def test_a_filter_that_nothing_matches_says_so_in_words(page):
    html = page(LIST + "?q=zebra&rating=red")
    assert "No line is red, “zebra”." in html
    assert "Show all lines of the plan" in html


def test_an_unknown_choice_matches_nothing(page):
    assert "<tbody>" not in page(LIST + "?rating=purple")


def test_what_is_typed_is_shown_as_text(page):
    assert "<script>alert" not in page(LIST + "?q=<script>alert(1)</script>")


def test_sorting_by_rating_puts_the_worst_first_and_keeps_the_filter(page):
    html = page(LIST + "?area=Waiting&sort=judgement")
    words = re.findall(r"</svg>(Red|Amber|Green|Not reported|Not rated)</span><br>", html)
    order = ["Red", "Amber", "Not reported", "Not rated", "Green"]
    assert words == sorted(words, key=order.index)
    assert "area=Waiting" in re.search(r'<a class="op-sort" href="([^"]*)"', html)[1]


def test_another_month_is_kept_in_the_links(page):
    html = page(LIST + "?month=2016-06")
    assert "June 2016" in html
    assert "lines/DTOC.1/?month=2016-06" in html


def test_a_month_of_another_year_is_no_page(sign_in):
    assert sign_in("viewer").get(LIST + "?month=2015-06").status_code == 404


def test_illustrative_figures_wear_their_tag(page):
    html = page(LIST + "?q=E.B.6")
    assert html.count('<span class="op-status">illustrative</span>') == 2


def test_the_list_takes_the_same_number_of_queries_for_one_line_and_for_all(sign_in):
    client = sign_in("viewer")
    counts = []
    for address in (LIST + "?q=DTOC.1", LIST + "?area=Waiting", LIST + "?q=a&page=2"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 9


class TestDownload:
    def test_it_holds_every_line_that_the_filter_shows(self, sign_in):
        rows = rows_of(sign_in("viewer").get(DOWNLOAD + "?area=Waiting&rating=red"))
        assert [row["Reference"] for row in rows] == ["E.B.5-RTH", "E.B.12"]
        assert rows[0] | {"Month": "2016-09", "Actual": "82.7994", "Rating": "Red"} == rows[0]

    def test_it_is_not_cut_into_pages(self, sign_in, ccg):
        assert len(rows_of(sign_in("viewer").get(DOWNLOAD))) == Line.objects.filter(plan=ccg).count()

    def test_nothing_in_it_runs_as_a_formula(self, sign_in, ccg):
        Line.objects.filter(plan=ccg, reference="DTOC.1").update(title="=HYPERLINK(1)")
        rows = rows_of(sign_in("viewer").get(DOWNLOAD + "?q=DTOC.1"))
        assert rows[0]["Whose"] == "'=HYPERLINK(1)"
