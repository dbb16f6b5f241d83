"""Half a patient is counted where two trusts share one, which is of cancer waits alone; everything else is whole."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from activity.actions import ReadingChange, record_readings
from activity.actions.imports import load_files
from activity.models import Measure, Reading
from activity.queries import find_line
from opplan.imports.actions import Upload
from tests.activity.test_line_page import errors_of, form_of, stored

pytestmark = pytest.mark.django_db
LINES = "/10Q/2016-17/activity/lines/"
SEPTEMBER, NOVEMBER = date(2016, 9, 1), date(2016, 11, 1)


def typed(sign_in, reference, **figures):
    client, address = sign_in("analyst"), f"{LINES}{reference}/"
    data = form_of(client.get(address).content.decode())
    answer = client.post(address, data | {"why": "Counted again", "status_2016-09": "final"} | figures)
    return answer, dict(errors_of(answer.content.decode()))


def test_the_catalogue_counts_halves_of_the_cancer_waits_of_both_rounds_and_of_nothing_else():
    halves = set(Measure.objects.filter(counted="halves").values_list("round", "code"))
    cancer = set(Measure.objects.filter(feed__startswith="cancer.").values_list("round", "code"))
    assert halves == cancer
    assert {("2010-11", "CWT-62D"), ("2016-17", "E.B.12")} <= halves
    assert Measure.objects.get(code="KH03.OCC").counted == "parts"


def test_half_a_patient_is_typed_for_a_cancer_wait(sign_in):
    answer, _ = typed(sign_in, "E.B.12", **{"actual_numerator_2016-09": "62.5", "actual_denominator_2016-09": "71.5"})
    assert answer.status_code == 302
    assert stored("E.B.12").actual_numerator == Decimal("62.5")


def test_a_third_of_a_patient_is_refused_at_its_cell(sign_in):
    answer, errors = typed(sign_in, "E.B.12", **{"actual_numerator_2016-09": "62.3"})
    assert answer.status_code == 422
    assert errors["actual_numerator_2016-09"] == (
        "Actual, September: “62.3” is neither whole nor a half. Two trusts share a patient by halves."
    )


@pytest.mark.parametrize("part", ["numerator", "denominator"])
def test_half_a_patient_is_refused_at_its_cell_for_any_other_percentage(sign_in, part):
    before = stored("E.B.3").actual_numerator
    answer, errors = typed(sign_in, "E.B.3", **{f"actual_{part}_2016-09": "28000.5"})
    assert answer.status_code == 422
    assert errors[f"actual_{part}_2016-09"] == (
        "Actual, September: “28000.5” is not whole. This measure counts whole numbers; halves are for cancer waits alone."
    )
    assert stored("E.B.3").actual_numerator == before


def test_average_beds_may_have_any_part(ccg, person):
    line = find_line(ccg, "KH03.OCC-RTH")
    Reading.objects.filter(line=line, period=date(2016, 7, 1)).delete()
    months = [Reading(line=line, period=SEPTEMBER, actual_numerator=Decimal("901.37"), actual_denominator=Decimal(999))]
    Reading.objects.bulk_create(months)
    change = ReadingChange("actual_numerator", SEPTEMBER, Decimal("901.37"), Decimal("902.41"))
    assert record_readings(line, [change], status={SEPTEMBER: "final"}, by=person("analyst"), why="") == 1


def test_the_action_refuses_it_too_and_names_the_month(ccg, person):
    line = find_line(ccg, "E.B.3")
    change = ReadingChange("actual_numerator", SEPTEMBER, Decimal(27_213), Decimal("27213.5"))
    with pytest.raises(ValidationError, match="September 2016, actual: “27213.5” is not whole"):
        record_readings(line, [change], status={}, by=person("analyst"), why="")


def test_a_plan_given_as_a_percentage_alone_stands_over_a_hundred_with_decimals(ccg, person):
    line, held = find_line(ccg, "E.A.S.2"), "planned_numerator"
    Reading.objects.update_or_create(line=line, period=NOVEMBER, defaults={held: 50, "planned_denominator": 100})
    change = ReadingChange(held, NOVEMBER, Decimal(50), Decimal("50.5"))
    assert record_readings(line, [change], status={}, by=person("analyst"), why="") == 1
    Reading.objects.filter(line=line, period=NOVEMBER).update(planned_denominator=200)
    change = ReadingChange(held, NOVEMBER, Decimal("50.5"), Decimal("51.5"))
    with pytest.raises(ValidationError, match="“51.5” is not whole"):
        record_readings(line, [change], status={}, by=person("analyst"), why="")


@pytest.mark.parametrize(("code", "refused"), [("E.B.12", False), ("E.B.5", True)])
def test_half_a_patient_of_a_file_is_refused_at_its_cell_but_for_cancer_waits(ccg, code, refused):
    table = f"organisation code,measure code,period,numerator,denominator\n10Q,{code},2016-10-01,10.5,12"
    loaded = load_files(ccg, [Upload("waits.csv", table.encode())], by=None, dry_run=True)
    errors = [(one.cell, one.text) for one in loaded.preview.report.errors]
    assert bool(errors) == refused
    if refused:
        [(cell, text)] = errors
        assert (cell, "the numerator is not a number that the measure counts in" in text) == ("row 2", True)


def test_a_local_measure_says_what_it_counts(sign_in):
    page = sign_in("analyst").get("/10Q/2016-17/activity/measures/add/").content.decode()
    assert "Counted in" in page
    shown = sign_in("viewer").get("/10Q/2016-17/activity/measures/E.B.12/").content.decode()
    assert "Halves: a patient whom two trusts share is half of each" in shown
