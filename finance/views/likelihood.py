from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance import presenters
from finance.queries import savings_likelihood, savings_requirement, scheme_chances, scheme_positions
from finance.queries.likelihood import LEAST, MOST, TOGETHER
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances


@require_GET
@needs(Capability.VIEW_PLAN)
def likelihood(request: HttpRequest, scope: Scope) -> HttpResponse:
    """How likely the savings are to reach the requirement, which schemes decide it, and what is assumed."""
    positions = scheme_positions(scope.plan, scope.month, tolerances(scope.plan))
    requirement = savings_requirement(scope.plan, positions)
    programmes = {one.key: one.programme for one in initiative_register(scope.plan, scope.month)}
    chances = scheme_chances(scope.plan, positions, programmes)
    drawn = savings_likelihood(chances, requirement.requirement.amount) if requirement and chances else None
    page = presenters.likelihood_page(chances, drawn, requirement.requirement.amount) if drawn and requirement else None
    return render(
        request,
        "finance/likelihood.html",
        {"scope": scope, "page": page, "assumed": presenters.assumed_in_words(TOGETHER, LEAST, MOST)},
    )
