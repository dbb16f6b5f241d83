"""The pipeline of savings: schemes by stage, what they carry into later years, and the requirement through the year."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from finance.presenters import pipeline as presenters
from finance.presenters.register import WHAT_STAGES_MEAN, years_from
from finance.queries.months import savings_by_month
from finance.queries.pipeline import effect_of_all, on_block
from finance.queries.pipeline import pipeline as stages_of
from finance.queries.requirement import requirement_by_month, savings_requirement
from finance.queries.schemes import scheme_positions
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances


@needs(Capability.VIEW_PLAN)
@require_safe
def pipeline(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Schemes and pounds by stage, and the requirement in its four states at the end of every month."""
    schemes = scheme_positions(scope.plan, scope.month, tolerances(scope.plan))
    stages, whole = stages_of(schemes), effect_of_all(schemes)
    found = savings_requirement(scope.plan, schemes)
    required = found.requirement if found else None
    years = years_from(scope.plan.year_label)
    year = None
    if required is not None:
        months = savings_by_month(scope.plan, month=scope.month)
        by_month = requirement_by_month(scope.plan, required.amount, schemes, months, scope.month)
        year = presenters.through_the_year(by_month, scope.month)
    may_edit = scope.may(Capability.EDIT_PLAN)
    return render(
        request,
        "finance/pipeline.html",
        {
            "scope": scope,
            "headline": presenters.pipeline_headline(stages, required),
            "lead": presenters.pipeline_lead(whole, on_block(schemes), years),
            "means": WHAT_STAGES_MEAN,
            "stages": presenters.stage_rows(stages, scope.url, may_move=may_edit),
            "total": presenters.effect_total(whole, found),
            "years": years,
            "year": year,
            "illustrative": any(one.illustrative_actuals for one in schemes),
            "source": found.source if found else "",
            "may_edit": may_edit,
            "add_url": scope.url("finance:scheme_add"),
            "requirement_url": scope.url("finance:requirement"),
            "steps": [{"title": "Savings schemes", "url": scope.url("finance:schemes")}],
        },
    )
