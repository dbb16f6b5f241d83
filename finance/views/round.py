"""The monthly round: which schemes still owe the month, by owner, and who has reported it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from finance.presenters.round import CSV_HEADS, csv_rows, monthly_round
from finance.queries import savings_by_month
from finance.queries.months import reported_by
from finance.views.months import initiatives_of, pages_of_months, positions_of, steps
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.web.tables import download


@needs(Capability.VIEW_PLAN)
@require_safe
def savings_round(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who still owes the month's savings, with a list of reminders to copy; who has reported, and when."""
    found = monthly_round(
        positions_of(scope),
        savings_by_month(scope.plan, month=scope.month),
        reported_by(scope.plan, scope.month),
        initiatives_of(scope),
        scope.month,
        timezone.localdate(),
        scope.url,
    )
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-savings-round-month-{scope.month_number}"
        return download(name, CSV_HEADS, csv_rows(found, scope.month))
    return render(
        request,
        "finance/round.html",
        {
            "scope": scope,
            "round": found,
            "pages": pages_of_months(scope, "finance:round"),
            "may_record": scope.may(Capability.RECORD_ACTUAL) and scope.month not in scope.closed_months,
            "steps": steps(scope)[:1],
        },
    )
