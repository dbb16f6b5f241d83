from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance import presenters
from finance.queries import allocations, assumptions, disagreements, statements
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs


@require_GET
@needs(Capability.VIEW_PLAN)
def plan(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The financial plan as its document prints it, each total added again, and where the document disagrees with itself."""
    printed = statements(scope.plan)
    allocated = allocations(scope.plan)
    found = disagreements(scope.plan, allocated)
    years, assumed = assumptions(scope.plan)
    return render(
        request,
        "finance/plan.html",
        {
            "scope": scope,
            "headline": presenters.plan_headline(printed, allocated, len(found)),
            "tables": [presenters.statement_table(statement) for statement in printed.values()],
            "allocations": presenters.allocation_rows(allocated),
            "findings": presenters.finding_rows(found),
            "years": [year.replace("-", "/") for year in years],
            "assumptions": presenters.assumption_rows(years, assumed),
        },
    )
