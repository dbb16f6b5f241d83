"""A line that has parts equals their sum, and where it does not, both figures are said."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Line, Measure, Reading
from activity.queries import find_line, line_positions, line_record, whole_of, wholes
from finance.models import ContractPrice
from opplan.plans.queries import tolerances
from opplan.submissions.queries.monthly import contents_of

pytestmark = pytest.mark.django_db
LIST, WHOLE = "/10Q/2016-17/activity/", "/10Q/2016-17/activity/lines/MAR.ELT-RTH/"
SEPTEMBER = date(2016, 9, 1)


def of(plan, month=SEPTEMBER):
    return {one.reference: one for one in wholes(plan, line_positions(plan, month, tolerances(plan)))}


def unbalance(reference="MAR.ELT-RTH", by=7, figure="planned_numerator", month=SEPTEMBER):
    row = Reading.objects.get(line__reference=reference, line__plan__year="2016-17", period=month)
    setattr(row, figure, getattr(row, figure) + by)
    row.save()


def test_all_elective_admissions_are_the_ordinary_and_the_day_cases_in_every_month(ccg):
    [whole] = of(ccg).values()
    assert (whole.reference, whole.complete) == ("MAR.ELT-RTH", True)
    assert [part.reference for part in whole.parts] == ["MAR.EL-RTH", "MAR.DC-RTH"]
    assert len(whole.sums) == 24
    assert whole.unequal == []
    april = next(one for one in whole.sums if one.figure == "actual_numerator")
    assert (april.whole, april.added) == (8954, 1893 + 7061)


def test_the_waiting_list_of_2010_is_the_sum_of_its_specialties(pct):
    [whole] = of(pct, date(2010, 4, 1)).values()
    assert (whole.reference, len(whole.parts), whole.complete) == ("RTT-INC", 19, False)
    assert [(one.whole, one.difference) for one in whole.sums] == [(27496, 0), (31021, 0)]


def test_a_slow_reckoning_finds_the_same(ccg):
    unbalance(by=7)
    unbalance("MAR.DC-RTH", by=-3, figure="actual_numerator", month=date(2016, 5, 1))
    held = {
        (row.line.reference, row.period): row for row in Reading.objects.filter(line__plan=ccg).select_related("line")
    }
    expected = set()
    for month in ccg.months:
        for figure in ("planned_numerator", "actual_numerator"):
            total, *parts = (getattr(held[f"MAR.{code}-RTH", month], figure) for code in ("ELT", "EL", "DC"))
            if total != sum(parts):
                expected.add((month, figure, total - sum(parts)))
    [whole] = of(ccg).values()
    assert {(one.period, one.figure, one.difference) for one in whole.unequal} == expected
    assert len(expected) == 2


def test_the_page_and_the_list_read_the_same_sums(ccg):
    unbalance()
    record = line_record(find_line(ccg, "MAR.ELT-RTH"), SEPTEMBER, tolerances(ccg))
    assert whole_of(record).unequal == of(ccg)["MAR.ELT-RTH"].unequal


def test_the_page_shows_the_parts_with_their_sum(sign_in):
    html = sign_in("viewer").get(WHOLE).content.decode()
    for figure in ("Its parts", "107,518", "Sum of the parts", "In other specialties"):
        assert (figure in html) == (figure != "In other specialties")
    assert "but its parts add to" not in html


def test_what_does_not_add_up_is_named_with_both_figures(sign_in):
    unbalance(by=7)
    said = "Elective admissions (MAR.ELT-RTH), September 2016, plan: 9,283, but its parts add to 9,276, a difference of +7."
    assert said in sign_in("viewer").get(WHOLE).content.decode()
    assert said in sign_in("viewer").get(LIST).content.decode()


def test_a_line_without_its_every_part_is_not_blamed(ccg):
    # A contract prices the line, so that it cannot go while the price stands.
    ContractPrice.objects.filter(line__plan=ccg, line__reference="MAR.DC-RTH").delete()
    Line.objects.get(plan=ccg, reference="MAR.DC-RTH").delete()
    unbalance("MAR.EL-RTH")
    assert of(ccg) == {}
    assert whole_of(line_record(find_line(ccg, "MAR.ELT-RTH"), SEPTEMBER, tolerances(ccg))) is None


def test_some_specialties_may_fall_short_of_the_whole_and_never_pass_it(pct):
    Line.objects.get(plan=pct, reference="RTT-INC-X01").delete()
    [whole] = of(pct, date(2010, 4, 1)).values()
    assert [one.difference for one in whole.sums] == [7348, 8353]
    assert whole.unequal == []
    row = Reading.objects.get(line__plan=pct, line__reference="RTT-INC-100")
    Reading.objects.filter(pk=row.pk).update(actual_numerator=row.actual_numerator + 10_000, actual_denominator=40_000)
    [whole] = of(pct, date(2010, 4, 1)).values()
    assert [one.figure for one in whole.unequal] == ["actual_numerator", "actual_denominator"]


def test_a_month_that_a_part_does_not_hold_is_not_compared(ccg):
    Reading.objects.filter(line__plan=ccg, line__reference="MAR.DC-RTH", period=SEPTEMBER).delete()
    [whole] = of(ccg).values()
    assert len(whole.sums) == 22


def test_the_workbook_checks_the_planned_year_from_the_same_query(ccg):
    [check] = [one for one in contents_of(ccg, SEPTEMBER).checks if one.rule.code == "A6"]
    assert (check.found, check.expected, check.met) == (107518, 107518, True)
    assert check.expected_formula.count("Activity!W") == 2
    unbalance(by=7)
    [check] = [one for one in contents_of(ccg, SEPTEMBER).checks if one.rule.code == "A6"]
    assert (check.found - check.expected, check.met, check.rule.severity) == (7, False, "Stop")


def test_percentages_are_checked_by_numerator_and_denominator(ccg):
    whole = Measure.objects.get(round="2016-17", code="E.B.6")
    Measure.objects.filter(round="2016-17", code="E.B.7").update(parent=whole)
    [row] = [one for one in wholes(ccg, line_positions(ccg, SEPTEMBER, tolerances(ccg))) if one.reference == "E.B.6"]
    assert {one.figure for one in row.sums} >= {"planned_numerator", "planned_denominator"}
    codes = [one.line for one in contents_of(ccg, SEPTEMBER).checks if one.rule.code == "A6"]
    assert codes.count("E.B.6") == 2


def test_the_pages_cost_the_same_whatever_the_number_of_parts(sign_in):
    client = sign_in("viewer")
    counts = []
    for page in (WHOLE, "/10Q/2016-17/activity/lines/OX.HNA/", "/5QE/2010-11/activity/lines/RTT-INC/"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(page)
        assert len(answer.content) < 100_000
        counts.append(len(queries))
    assert max(counts) <= 10


def test_a_position_read_for_one_month_is_left_out(ccg):
    positions = [replace(one, held=None) for one in line_positions(ccg, SEPTEMBER, tolerances(ccg))]
    assert wholes(ccg, positions) == []
