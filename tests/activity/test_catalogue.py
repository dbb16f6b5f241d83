"""The catalogue of measures and the lines of a plan: read by all, added to and changed by whoever plans."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.actions import add_line, add_measure, change_measure
from activity.models import Line, Measure
from activity.queries import catalogue, find_line, find_measure, line_positions
from activity.queries.measures import standard_at
from opplan.plans.queries import providers, tolerances
from opplan.plans.versions import Version

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CATALOGUE = "/10Q/2016-17/activity/measures/"
REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "plan_lines.csv"
PLANS = {"programme_office", "analyst", "finance_lead", "administrator"}
READS = {"viewer", "commissioner", "accountable_officer"}
FRAIL = {
    "name": "Frail people seen at home within two hours",
    "short_name": "Frailty, two hours",
    "area": "Flow and demand",
    "unit": "%",
    "numerator": "people seen within two hours",
    "denominator": "people referred",
    "direction": "over",
    "year_rule": "ratio",
    "frequency": "month",
    "parent_id": None,
    "standard": Decimal(80),
    "standard_from": date(2016, 10, 1),
    "standard_until": None,
    "standard_note": "Local ambition.",
    "board": False,
}


def form_of(html):
    """The page's form as a browser would send it back untouched."""
    data = dict(re.findall(r'<input type="(?:text|hidden|date)" name="([^"]+)"(?: value="([^"]*)")?', html))
    data |= dict(re.findall(r'<input type="text" name="([^"]+)" value="([^"]*)"', html))
    version = re.search(r'name="version" value="(\d*)"', html)
    data["version"] = version[1] if version else ""
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    data.pop("csrfmiddlewaretoken", None)
    return data


@pytest.fixture
def frail(ccg, person):
    return add_measure(ccg, code="OX.FRAIL", kind="percentage", typed=FRAIL, by=person("analyst"))


class TestTheCatalogue:
    @pytest.mark.skipif(not REFERENCE.exists(), reason="the reference catalogue is not at hand")
    def test_it_holds_every_line_of_the_round_and_of_the_better_care_fund(self, ccg):
        with REFERENCE.open(encoding="utf-8") as file:
            wanted = {row["code"].removesuffix(" (local key)") for row in csv.DictReader(file)}
        assert wanted <= set(catalogue(ccg).values_list("code", flat=True))

    @pytest.mark.parametrize(("whole", "parts"), [("E.M.10", "ab"), ("E.M.7", "ab")])
    def test_totals_have_their_parts(self, ccg, whole, parts):
        measure = find_measure(ccg, whole)
        assert [part.code for part in measure.parts.order_by("code")] == [f"{whole}.{part}" for part in parts]

    def test_a_code_of_another_round_is_another_measure(self, ccg, pct):
        assert find_measure(ccg, "AE-4H") is None
        assert find_measure(pct, "E.B.5") is None

    def test_everybody_reads_it_in_few_queries_and_little_html(self, sign_in):
        sizes = set()
        for role in sorted(PLANS | READS):
            client = sign_in(role)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(CATALOGUE + "?per_page=100")
            sizes.add(len(queries))
            assert answer.status_code == 200
            assert len(answer.content) < 100_000
            assert ("Add a local measure" in answer.content.decode()) == (role in PLANS)
        assert sizes == {4}

    def test_it_is_filtered_searched_and_downloaded(self, sign_in):
        client = sign_in("viewer")
        html = client.get(CATALOGUE + "?q=cancer+62&area=Waiting").content.decode()
        assert set(re.findall(r"E\.B\.\d+", html)) == {"E.B.12", "E.B.13", "E.B.14"}
        assert "No measure is" in client.get(CATALOGUE + "?q=hedgehog").content.decode()
        assert "No measure is" in client.get(CATALOGUE + "?area=Nowhere").content.decode()
        answer = client.get(CATALOGUE + "?download=1&followed=yes")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["Code"] for row in rows} == set(
            Line.objects.filter(plan__year="2016-17").values_list("measure__code", flat=True)
        )

    def test_a_national_measure_is_read_only(self, sign_in, ccg, person):
        client = sign_in("administrator")
        html = client.get(CATALOGUE + "E.B.3/").content.decode()
        assert "Save the measure" not in html
        assert client.post(CATALOGUE + "E.B.3/", {"name": "Ours"}).status_code == 404
        row = find_measure(ccg, "E.B.3")
        with pytest.raises(ValidationError, match="national catalogue"):
            change_measure(row, ccg, typed=FRAIL, by=person("analyst"), why="ours", version=Version.of(row))

    def test_a_measure_that_is_not_there_is_no_page(self, sign_in):
        assert sign_in("analyst").get(CATALOGUE + "E.B.99/").status_code == 404
        assert sign_in("analyst").get(CATALOGUE + "E.B.99/lines/add/").status_code == 404


class TestStandards:
    @pytest.mark.parametrize(
        ("month", "held"),
        [(date(2016, 3, 1), None), (date(2016, 4, 1), 50), (date(2018, 3, 1), 50), (date(2018, 4, 1), None)],
    )
    def test_a_standard_holds_between_its_dates_alone(self, month, held):
        assert standard_at(Decimal(50), date(2016, 4, 1), date(2018, 3, 31), month) == held

    def test_the_month_in_which_it_begins_or_lapses_is_judged(self):
        assert standard_at(Decimal(98), None, date(2010, 6, 20), date(2010, 6, 1)) == 98
        assert standard_at(Decimal(95), date(2010, 6, 21), None, date(2010, 6, 1)) == 95
        assert standard_at(None, None, None, date(2010, 6, 1)) is None

    def test_a_line_is_not_judged_by_a_standard_that_has_lapsed(self, pct):
        rows = Line.objects.filter(plan=pct, reference="AE-4H")
        for month, standard in ((date(2010, 4, 1), 98), (date(2010, 9, 1), None)):
            [position] = line_positions(pct, month, tolerances(pct), rows)
            assert position.standard == standard
            assert position.meets_standard is None


class TestALocalMeasure:
    def test_it_is_added_in_the_browser_and_belongs_to_the_organisation(self, sign_in, ccg, pct):
        client = sign_in("analyst")
        html = client.get(CATALOGUE + "add/").content.decode()
        typed = {name: value for name, value in FRAIL.items() if value not in (None, False)}
        typed |= {
            "code": "OX.FRAIL",
            "kind": "percentage",
            "standard": "80",
            "standard_from": "01/10/2016",
            "parent_id": "",
        }
        answer = client.post(CATALOGUE + "add/", form_of(html) | typed)
        assert answer.status_code == 302
        row = Measure.objects.get(code="OX.FRAIL")
        assert (row.organisation, row.round, row.standard, row.basis) == (ccg.organisation, "2016-17", 80, "entered")
        assert row.history.get().history_user.name == "Planning analyst"
        assert find_measure(pct, "OX.FRAIL") is None
        assert "OX.FRAIL" in client.get(CATALOGUE + "?whose=local").content.decode()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", "E.B.5"),
            ("denominator", ""),
            ("year_rule", "sum"),
            ("standard", Decimal(120)),
            ("standard", None),
            ("standard_until", date(2016, 9, 1)),
        ],
    )
    def test_what_cannot_be_true_of_it_is_refused_at_its_field(self, ccg, person, field, value):
        typed, code = FRAIL | {field: value}, "OX.FRAIL"
        if field == "code":
            code = typed.pop("code")
        with pytest.raises(ValidationError) as refused:
            add_measure(ccg, code=code, kind="percentage", typed=typed, by=person("analyst"))
        assert field in refused.value.message_dict
        assert not Measure.objects.filter(code="OX.FRAIL").exists()

    def test_a_change_needs_its_reason(self, sign_in, frail):
        client = sign_in("analyst")
        page = CATALOGUE + "OX.FRAIL/"
        data = form_of(client.get(page).content.decode()) | {"standard": "85"}
        answer = client.post(page, data)
        assert answer.status_code == 422
        assert "Say why the definition changes" in answer.content.decode()
        assert client.post(page, data | {"why": "Agreed with the trust"}).status_code == 302
        frail.refresh_from_db()
        assert frail.standard == 85
        assert "Agreed with the trust" in client.get(page).content.decode()

    def test_two_people_who_change_the_same_field_are_shown_both_values(self, sign_in, frail, ccg, person):
        client = sign_in("analyst")
        page = CATALOGUE + "OX.FRAIL/"
        data = form_of(client.get(page).content.decode())
        change_measure(
            frail,
            ccg,
            typed={"standard": Decimal(70)},
            by=person("programme_office"),
            why="Too hard",
            version=Version.of(frail),
        )
        answer = client.post(page, data | {"standard": "90", "why": "Too easy"})
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Too hard" in html
        frail.refresh_from_db()
        assert frail.standard == 70
        choice = re.search(r'name="choose" value="(mine \d+)"', html)[1]
        assert (
            client.post(page, form_of(html) | {"standard": "90", "why": "Too easy", "choose": choice}).status_code
            == 302
        )
        frail.refresh_from_db()
        assert frail.standard == 90

    def test_three_measures_cannot_be_parts_of_each_other_in_a_ring(self, ccg, person):
        first, second, third = (
            add_measure(ccg, code=f"OX.{letter}", kind="percentage", typed=FRAIL, by=person("analyst"))
            for letter in "ABC"
        )

        def part_of(row, whole):
            return change_measure(
                row, ccg, typed={"parent_id": whole.pk}, by=person("analyst"), why="x", version=Version.of(row)
            )

        part_of(second, first)
        part_of(third, second)
        with pytest.raises(ValidationError) as refused:
            part_of(first, third)
        assert refused.value.message_dict == {"parent_id": ["OX.C is itself part of OX.A."]}

    @pytest.mark.parametrize("role", sorted(READS))
    def test_whoever_may_not_plan_adds_and_changes_nothing(self, sign_in, frail, role):
        client = sign_in(role)
        assert client.get(CATALOGUE + "add/").status_code == 404
        assert client.get(CATALOGUE + "OX.FRAIL/").status_code == 200
        assert client.post(CATALOGUE + "OX.FRAIL/", {"name": "x"}).status_code == 404
        assert client.get(CATALOGUE + "OX.FRAIL/lines/add/").status_code == 404
        assert client.get("/10Q/2016-17/activity/lines/E.B.3/change/").status_code == 404


def added(ccg, person, measure="E.M.10", **given):
    wanted = {"scope": "whole", "provider_id": None, "specialty": "", "initiative_id": None, "title": "", "owner": ""}
    return add_line(ccg, find_measure(ccg, measure), **wanted | given, by=person("analyst"))


class TestLines:
    def test_a_line_is_added_in_the_browser_for_a_provider(self, sign_in, ccg):
        client = sign_in("analyst")
        page = CATALOGUE + "E.M.10/lines/add/"
        key = next(key for key, code, _ in providers() if code == "RTH")
        data = form_of(client.get(page).content.decode())
        answer = client.post(page, data | {"scope": "provider", "provider_id": str(key), "owner": "Planned care lead"})
        assert answer.status_code == 302
        assert answer["Location"].endswith("/activity/lines/E.M.10-RTH/")
        row = find_line(ccg, "E.M.10-RTH")
        assert (row.owner, row.provider.code, row.basis) == ("Planned care lead", "RTH", "entered")

    def test_each_kind_of_line_has_a_reference_that_people_can_read(self, ccg, person):
        initiative = find_line(ccg, "BCF.1").initiative
        assert added(ccg, person).reference == "E.M.10"
        assert added(ccg, person, scope="specialty", specialty="General surgery").reference == "E.M.10-GENERAL-SURGERY"
        mine = added(ccg, person, scope="initiative", initiative_id=initiative.pk, owner="Integration lead")
        assert mine.reference == "E.M.10-INT-BCF"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"scope": "provider"}, "provider_id"),
            ({"scope": "specialty"}, "specialty"),
            ({"scope": "initiative"}, "initiative_id"),
        ],
    )
    def test_it_says_for_whom(self, ccg, person, given, field):
        with pytest.raises(ValidationError) as refused:
            added(ccg, person, **given)
        assert field in refused.value.message_dict

    def test_an_initiatives_line_has_a_senior_owner(self, ccg, person):
        initiative = find_line(ccg, "BCF.1").initiative
        with pytest.raises(ValidationError, match="senior owner"):
            added(ccg, person, scope="initiative", initiative_id=initiative.pk)

    def test_the_same_line_is_not_added_twice(self, ccg, person):
        added(ccg, person)
        with pytest.raises(ValidationError, match="follows this already"):
            added(ccg, person, reference="SECOND")
        with pytest.raises(ValidationError, match="follows this already"):
            added(ccg, person, measure="E.B.3")

    def test_its_owner_changes_with_who_and_why(self, sign_in, ccg):
        client = sign_in("programme_office")
        page = "/10Q/2016-17/activity/lines/DTOC.1/change/"
        data = form_of(client.get(page).content.decode())
        assert client.post(page, data | {"owner": "DTOC lead", "why": "New in post"}).status_code == 302
        entry = find_line(ccg, "DTOC.1").history.latest()
        assert (entry.owner, entry.history_change_reason) == ("DTOC lead", "New in post")

    def test_two_people_who_change_its_owner_are_shown_both(self, sign_in, ccg):
        client = sign_in("analyst")
        page = "/10Q/2016-17/activity/lines/DTOC.1/change/"
        data = form_of(client.get(page).content.decode())
        sign_in("programme_office").post(page, data | {"owner": "DTOC lead"})
        assert client.post(page, data | {"owner": "Urgent care lead"}).status_code == 409
        assert find_line(ccg, "DTOC.1").owner == "DTOC lead"
