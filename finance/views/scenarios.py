from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance import presenters
from finance.queries import scenarios
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs


@require_GET
@needs(Capability.VIEW_PLAN)
def model(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The medium-term model: each scenario's years from its assumptions, and the scenarios side by side."""
    found = scenarios(scope.plan)
    return render(
        request,
        "finance/model.html",
        {
            "scope": scope,
            "headline": presenters.model_headline(found),
            "tables": [presenters.scenario_table(one) for one in found],
            "comparison": presenters.comparison(found),
        },
    )
