"""The totals of the templates are those of the boards: both ask the same queries."""

from decimal import Decimal

import pytest

from activity.queries import line_positions
from finance.queries.summary import savings_summary
from opplan.plans.models import Plan
from opplan.plans.queries import tolerances
from opplan.submissions.definition import find_definition
from opplan.submissions.filled import Filled
from opplan.submissions.queries.templates import filled_template

pytestmark = pytest.mark.django_db
THOUSAND = 1000


def template(plan: Plan, name: str) -> Filled:
    definition = find_definition(plan.round, name)
    assert definition is not None
    assert plan.reporting_month is not None
    return filled_template(plan, definition, plan.reporting_month)


def figure(filled: Filled, block: str, row: str, column: str) -> Decimal:
    found = next(
        cell.value for key, cell in filled.cells.items() if (key.block, key.row, key.column) == (block, row, column)
    )
    assert isinstance(found, Decimal)
    return found * THOUSAND


def test_the_savings_of_the_finance_template_are_the_board_s(ccg: Plan) -> None:
    assert ccg.reporting_month is not None
    board = savings_summary(ccg, ccg.reporting_month, tolerances(ccg))
    held = template(ccg, "finance")
    required = board.requirement
    assert required is not None
    found = required.requirement
    parts = {
        name: figure(held, "requirement", name, "amount")
        for name in ("delivered", "identified", "earmarked", "unidentified")
    }
    assert parts == {
        "delivered": found.delivered,
        "identified": found.identified,
        "earmarked": found.earmarked,
        "unidentified": found.unidentified,
    }
    assert figure(held, "schemes", "total", "plan_sum") == board.whole.planned
    assert figure(held, "schemes", "total", "actual_sum") == board.whole.actual
    assert figure(held, "schemes", "total", "forecast_year") == board.whole.expected


def test_the_days_of_the_delayed_transfers_template_are_the_line_s(ccg: Plan) -> None:
    assert ccg.reporting_month is not None
    (line,) = [one for one in line_positions(ccg, ccg.reporting_month, tolerances(ccg)) if one.reference == "DTOC.1"]
    planned = sum((month.planned_numerator or Decimal(0) for month in line.year), Decimal(0))
    assert figure(template(ccg, "dtoc"), "delays", "DTOC.1", "days_year") == planned * THOUSAND
