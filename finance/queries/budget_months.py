"""The months of the financial plan, and who changed what in its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from finance.models import BudgetAmount, BudgetLine, BudgetMonth
from finance.queries.budgets import INCOME
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan


@dataclass(frozen=True)
class MonthOfBudget:
    """A month of a line, or of many together, in pounds. None is not reported."""

    month: date
    budget: Decimal | None
    actual: Decimal | None
    forecast: Decimal | None


def months_of_line(line: int) -> dict[date, MonthOfBudget]:
    """The months that a line, by its key, holds. One query."""
    rows = BudgetMonth.objects.filter(line_id=line).values_list("month", "budget", "actual", "forecast")
    return {month: MonthOfBudget(month, *figures) for month, *figures in rows}


def months_by_line(plan: Plan) -> dict[str, dict[date, MonthOfBudget]]:
    """The months of every line of the financial plan, by the line's reference. One query."""
    rows = BudgetMonth.objects.filter(line__plan=plan, line__statement=BudgetLine.Statement.PLAN)
    found: dict[str, dict[date, MonthOfBudget]] = {}
    for reference, month, *figures in rows.values_list("line__reference", "month", "budget", "actual", "forecast"):
        found.setdefault(reference, {})[month] = MonthOfBudget(month, *figures)
    return found


def months_of_uses(plan: Plan) -> list[MonthOfBudget]:
    """Budget, actual and forecast of all uses together, by month: an actual only where every due line has one. One query."""
    rows = (
        BudgetMonth.objects.filter(line__plan=plan, line__statement=BudgetLine.Statement.PLAN)
        .exclude(line__kind__in=INCOME)
        .order_by("month")
        .values("month")
        .annotate(
            budgeted=Sum("budget"),
            spent=Sum("actual"),
            expected=Sum(Coalesce("forecast", "budget")),
            owing=Count("pk", filter=Q(actual__isnull=True) & ~Q(budget=0)),
        )
    )
    return [
        MonthOfBudget(row["month"], row["budgeted"], None if row["owing"] else row["spent"], row["expected"])
        for row in rows
    ]


def line_changes(line: int) -> list[ChangeEntry]:
    """What people have changed of a line, its years and its months, latest first. Three queries."""
    found = changes(
        BudgetLine.history.filter(id=line).select_related("history_user").order_by("id", "history_id"),
        kind="Line",
        fields={
            "title": "name",
            "section": "section",
            "owner": "budget holder",
            "note": "note",
            "position": "place",
        },
    )
    found += changes(
        BudgetAmount.history.filter(line_id=line).select_related("history_user").order_by("id", "history_id"),
        kind="Year",
        fields={"amount": "amount", "non_recurrent": "of which non-recurrent"},
        title=lambda entry: entry.column.replace("-", "/"),
    )
    found += month_changes(line)
    return sorted((one for one in found if one.who), key=lambda one: one.when, reverse=True)


def month_changes(line: int) -> list[ChangeEntry]:
    """What has been changed in a line's months, latest first. One query."""
    return changes(
        BudgetMonth.history.filter(line_id=line).select_related("history_user").order_by("id", "history_id"),
        kind="Month",
        fields={"budget": "budget", "actual": "actual", "forecast": "forecast"},
        title=lambda entry: month_name(entry.month),
    )
