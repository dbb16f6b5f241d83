from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from finance.presenters import triangulation as presenters
from finance.queries.triangulation import triangulation as triangulated
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances
from opplan.web.tables import download


@needs(Capability.VIEW_PLAN)
@require_safe
def triangulation(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every pair of figures of the plan that should be one, with the difference, the tolerance and the pages that hold them."""
    found = triangulated(scope.plan, tolerances(scope.plan))
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-triangulation"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(found.checks))
    return render(
        request,
        "finance/triangulation.html",
        {
            "scope": scope,
            "headline": presenters.headline(found),
            "lead": presenters.lead(found),
            "groups": presenters.check_groups(found.checks, scope.url),
            "may_tolerate": scope.may(Capability.EDIT_TOLERANCE),
        },
    )
