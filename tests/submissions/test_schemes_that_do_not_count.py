"""In the workbook an idea counts for nothing, and a closed scheme delivers no more than it has saved."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from finance.models import Scheme, SchemeMonth
from opplan.plans.models import Plan
from opplan.submissions.layout import FIRST_ROW, Qipp, cell
from opplan.submissions.monthly.contents import Contents
from opplan.submissions.monthly.workbook import write_workbook
from opplan.submissions.queries.monthly import contents_of

pytestmark = pytest.mark.django_db


def contents(plan: Plan) -> Contents:
    assert plan.reporting_month is not None
    return contents_of(plan, plan.reporting_month)


def test_an_idea_adds_nothing_to_any_total(ccg: Plan) -> None:
    before = contents(ccg)
    idea = Scheme.objects.create(plan=ccg, reference="ID-01", title="A thought", stage="idea", state="idea")
    SchemeMonth.objects.create(scheme=idea, month=ccg.months[0], planned_saving=99_000)
    after = contents(ccg)
    assert (after.total, after.states, after.requirement) == (before.total, before.states, before.requirement)
    assert (after.savings_due, after.savings_reported) == (before.savings_due, before.savings_reported)
    assert [check.found for check in after.checks] == [check.found for check in before.checks]


def test_what_a_closed_scheme_leaves_undelivered_is_to_find_again(ccg: Plan) -> None:
    before = contents(ccg)
    Scheme.objects.filter(plan=ccg, reference="UC-01").update(stage="closed")
    after = contents(ccg)
    assert before.requirement is not None
    assert after.requirement is not None
    at = next(number for number, row in enumerate(after.schemes) if row.standing.reference == "UC-01")
    standing = after.schemes[at].standing
    left = standing.position.planned_year - (standing.position.to_date or Decimal(0))
    assert before.requirement.requirement.identified - after.requirement.requirement.identified == left
    assert after.schemes[at].due == 0
    sheet = load_workbook(BytesIO(write_workbook(after)))["QIPP"]
    formula = sheet.cell(after.qipp.requirement(2), Qipp.REQUIREMENT + 1).value
    row = FIRST_ROW + at
    assert f"-({cell(Qipp.PLAN_YEAR, row)}-N({cell(Qipp.TO_DATE, row)}))" in str(formula)
