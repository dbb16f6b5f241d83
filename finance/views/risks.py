from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance import presenters
from finance.queries import business_rules, risk_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs


@require_GET
@needs(Capability.VIEW_PLAN)
def risks(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Financial risks weighed by their chance, what softens them, and the business rules of the year."""
    register = risk_register(scope.plan)
    return render(
        request,
        "finance/risks.html",
        {
            "scope": scope,
            "headline": presenters.risks_headline(register),
            "lead": presenters.risks_lead(register),
            "register": register,
            "risks": presenters.risk_rows(register.risks),
            "mitigations": presenters.risk_rows(register.mitigations),
            "rules": presenters.rule_rows(business_rules(scope.plan)),
        },
    )
