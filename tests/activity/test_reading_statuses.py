"""How firm a figure is, or why there is none: entered on the line's page, and said in words wherever the month is shown."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from activity.actions import ReadingChange, record_readings
from activity.models import Reading
from activity.queries import find_line, line_positions
from opplan.calc.rag import Rating
from opplan.plans.queries import tolerances
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.queries.monthly import contents_of
from opplan.web.reasons import firmness, sentence, status_words

pytestmark = pytest.mark.django_db
D = Decimal
AUGUST, SEPTEMBER = date(2016, 8, 1), date(2016, 9, 1)
WAITS, EMPTY = "/10Q/2016-17/activity/lines/E.B.3/", "/10Q/2016-17/activity/lines/E.B.14/"
WITHOUT = ("missing", "not_due", "not_applicable")


@pytest.fixture
def analyst(person):
    return person("analyst")


@pytest.fixture
def empty(ccg):
    """A percentage that nobody has reported."""
    return find_line(ccg, "E.B.14")


@pytest.fixture
def waits(ccg):
    """18 weeks, still waiting: September holds 27,213 of 29,839, flex."""
    return find_line(ccg, "E.B.3")


def stored(line):
    return Reading.objects.get(line=line, period=SEPTEMBER)


def position(ccg, line):
    return next(one for one in line_positions(ccg, SEPTEMBER, tolerances(ccg)) if one.key == line.pk)


def emptied():
    return [
        ReadingChange("actual_numerator", SEPTEMBER, D(27_213), None),
        ReadingChange("actual_denominator", SEPTEMBER, D(29_839), None),
    ]


class TestRecording:
    @pytest.mark.parametrize("status", WITHOUT)
    def test_a_month_may_be_marked_as_being_without_a_figure(self, empty, analyst, status):
        assert record_readings(empty, [], status={SEPTEMBER: status}, by=analyst, why="") == 1
        assert (stored(empty).status, stored(empty).actual_numerator) == (status, None)

    @pytest.mark.parametrize("status", WITHOUT)
    def test_nought_is_a_figure_and_never_one_of_these(self, empty, analyst, status):
        nought = [
            ReadingChange("actual_numerator", SEPTEMBER, None, D(0)),
            ReadingChange("actual_denominator", SEPTEMBER, None, D(10)),
        ]
        with pytest.raises(ValidationError, match=f"has a figure, so it cannot be {status_words(status)}"):
            record_readings(empty, nought, status={SEPTEMBER: status}, by=analyst, why="")
        record_readings(empty, nought, status={SEPTEMBER: "final"}, by=analyst, why="")
        assert (stored(empty).actual_numerator, stored(empty).status) == (0, "final")

    def test_a_figure_may_be_emptied_and_the_month_marked_in_one(self, waits, analyst):
        record_readings(waits, emptied(), status={SEPTEMBER: "missing"}, by=analyst, why="Sent in error")
        assert (stored(waits).actual_numerator, stored(waits).status) == (None, "missing")

    def test_a_figure_for_a_month_marked_missing_needs_its_firmness(self, waits, analyst):
        record_readings(waits, emptied(), status={SEPTEMBER: "missing"}, by=analyst, why="")
        back = [ReadingChange(one.part, one.month, None, one.was) for one in emptied()]
        with pytest.raises(ValidationError, match="Say whether September 2016 is final"):
            record_readings(waits, back, status={}, by=analyst, why="")
        record_readings(waits, back, status={SEPTEMBER: "flex"}, by=analyst, why="")
        assert stored(waits).status == "flex"

    def test_a_mark_may_be_taken_away(self, empty, analyst):
        record_readings(empty, [], status={SEPTEMBER: "not_due"}, by=analyst, why="")
        record_readings(empty, [], status={SEPTEMBER: ""}, by=analyst, why="")
        assert stored(empty).status == ""


class TestWords:
    @pytest.mark.parametrize(
        ("status", "rating", "words"),
        [
            ("missing", Rating.NOT_REPORTED, "Marked missing: it was due and is not there"),
            ("not_due", Rating.NOT_DUE, "Marked not due for this month"),
            ("not_applicable", Rating.NOT_RATED, "Not applicable for this month"),
        ],
    )
    def test_the_rating_says_why_there_is_none(self, ccg, waits, analyst, status, rating, words):
        record_readings(waits, emptied(), status={SEPTEMBER: status}, by=analyst, why="")
        judged = position(ccg, waits).judgement
        assert (judged.rating, sentence(judged)) == (rating, words)

    def test_the_months_that_are_not_final_are_named_by_what_they_are(self):
        months = [(AUGUST, "final"), (SEPTEMBER, "flex"), (date(2016, 10, 1), "not_due"), (date(2016, 11, 1), "flex")]
        assert firmness(months) == "flex: Sep 2016 and Nov 2016; not due: Oct 2016"
        assert firmness(months[:1]) == ""


class TestPages:
    @pytest.fixture
    def marked(self, waits, analyst):
        record_readings(waits, emptied(), status={SEPTEMBER: "not_applicable"}, by=analyst, why="No clinics ran")

    def test_the_lines_page_says_it_in_its_lead_its_table_its_chart_and_its_history(self, sign_in, marked):
        html = sign_in("viewer").get(WAITS).content.decode()
        assert "No figure for September 2016, which is marked not applicable" in html
        assert '<span class="op-missing">not applicable</span>' in html
        assert "not applicable: Sep 2016" in html
        assert re.search(r"Status, September 2016</b>: <span class=\"op-was\">flex</span> not applicable", html)
        assert "not_applicable" not in re.sub(r"<(option|input)[^>]*>", "", html)

    def test_it_does_not_count_as_a_month_that_is_missing(self, sign_in, marked):
        html = sign_in("viewer").get(WAITS).content.decode()
        assert "Every month due is held" in html

    def test_lists_and_files_say_it_in_words(self, sign_in, marked):
        client = sign_in("viewer")
        assert "not applicable" in client.get("/10Q/2016-17/activity/?q=E.B.3").content.decode()
        for address in ("lines/E.B.3/readings.csv", "lines.csv?q=E.B.3"):
            text = client.get(f"/10Q/2016-17/activity/{address}").content.decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text)))
            assert "not applicable" in {row["Status"] for row in rows}

    def test_a_flex_figure_is_said_at_the_end_of_its_line_in_the_chart(self, sign_in):
        html = sign_in("viewer").get(WAITS).content.decode()
        assert "91.2%, flex" in html
        assert "flex: Sep 2016" in html


class TestEntry:
    def opened(self, client, address):
        html = client.get(address).content.decode()
        data = {"opened": re.search(r'name="opened" value="([^"]*)"', html)[1].replace("&quot;", '"'), "why": ""}
        for name, value in re.findall(r'<input type="hidden" name="(was_[\d-]+)"(?: value="([^"]*)")?', html):
            data[name] = value
        return data

    @pytest.mark.parametrize("status", WITHOUT)
    def test_a_month_is_marked_on_the_page_without_a_figure(self, sign_in, empty, status):
        client = sign_in("analyst")
        response = client.post(EMPTY, self.opened(client, EMPTY) | {"status_2016-09": status})
        assert response.status_code == 302
        assert stored(empty).status == status

    def test_a_figure_marked_missing_is_refused_at_the_choice(self, sign_in, waits):
        client = sign_in("analyst")
        response = client.post(WAITS, self.opened(client, WAITS) | {"status_2016-09": "missing"})
        assert response.status_code == 422
        assert "September 2016 has a figure, so it cannot be missing." in response.content.decode()
        assert stored(waits).status == "flex"

    def test_a_mark_is_taken_away_on_the_page(self, sign_in, empty, analyst):
        record_readings(empty, [], status={SEPTEMBER: "missing"}, by=analyst, why="")
        client = sign_in("analyst")
        client.post(EMPTY, self.opened(client, EMPTY) | {"status_2016-09": ""})
        assert stored(empty).status == ""


def test_the_workbook_says_which_months_are_not_final(ccg, waits, analyst):
    record_readings(waits, emptied(), status={SEPTEMBER: "missing"}, by=analyst, why="")
    out = io.BytesIO(write_workbook(contents_of(ccg, SEPTEMBER)))
    sheet = load_workbook(out)["Activity"]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert any("missing: Sep 2016" in words for words in said)
