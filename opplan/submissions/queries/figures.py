"""Every named figure of a plan, from the queries of the rooms, each asked once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from activity.queries import line_positions
from activity.queries.control_group import control_group
from finance.queries import allocations, assumptions, savings_requirement, scheme_positions, statements
from finance.queries.budgets import line_positions as budget_positions
from finance.queries.risks import risk_register
from finance.queries.rules import business_rules, planned_year
from initiatives.queries import initiative_register, milestone_counts, milestone_register
from opplan.calc.months import end_of
from opplan.plans.queries import tolerances
from opplan.submissions.figures import activity, money, register, savings
from opplan.submissions.figures.figure import Figure, by_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan


def figures_of(plan: Plan, month: date) -> dict[str, Figure]:
    """The figures that a text may name, as they stand at `month`, by name. The same number of queries whatever the number of rows."""
    bands = tolerances(plan)
    schemes = scheme_positions(plan, month, bands)
    year = planned_year(plan)
    requirement = savings_requirement(plan, schemes)
    group = control_group(plan, month, bands)
    return by_name(
        (
            *savings.requirement_figures(requirement, schemes),
            *activity.delay_figures(group),
            *activity.care_figures(group),
            *register.milestone_figures(milestone_counts(plan, month)),
            *money.budget_figures(budget_positions(plan, month, bands)),
            *money.rule_figures(business_rules(plan, year, requirement.requirement.amount if requirement else None)),
            *money.risk_figures(risk_register(plan, year)),
            *money.allocation_figures(allocations(plan)),
            *money.table_figures(statements(plan), plan.year),
            *money.assumption_figures(assumptions(plan)[1], plan.year),
            *register.initiative_figures(
                initiative_register(plan, month), milestone_register(plan, end_of(month), bands["milestone"]), schemes
            ),
            *savings.scheme_figures(schemes),
            *activity.line_figures(line_positions(plan, month, bands)),
        )
    )
