"""The finance board: the first page of the room, for a Finance and Investment Committee."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from finance.presenters import board as presenters
from finance.presenters.requirement import requirement_bar
from finance.queries.budgets import budget_summary
from finance.queries.risks import risk_register
from finance.queries.rules import business_rules, planned_year
from finance.queries.statements import allocations, disagreements
from finance.queries.summary import savings_summary
from finance.queries.underlying import underlying_of
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances


@needs(Capability.VIEW_PLAN)
@require_safe
def board(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Savings against plan, the schemes that matter, the financial plan, risks and rules. The database adds; no scheme is a row here."""
    found = savings_summary(scope.plan, scope.month, tolerances(scope.plan))
    year = planned_year(scope.plan)
    underlying = underlying_of(year)
    summary = budget_summary(scope.plan, scope.month)
    register = risk_register(scope.plan, year)
    rules = business_rules(scope.plan, year, found.amount)
    findings = disagreements(scope.plan, allocations(scope.plan))
    return render(
        request,
        "finance/board.html",
        {
            "scope": scope,
            "headline": presenters.board_headline(found),
            "lead": presenters.board_lead(found, summary),
            "glance": presenters.board_glances(found, summary, underlying, register),
            "illustrative": found.whole.made_up > 0,
            "plan_illustrative": year.illustrative,
            "bar": requirement_bar(found.requirement, ()),
            "standing": presenters.board_standing(found),
            "run_rate": presenters.board_run_rate(found, scope.plan),
            "chart": presenters.board_chart(found, scope.plan) if found.by_month else None,
            "sections": presenters.section_rows(found),
            "heads": presenters.HEADS,
            "worst": presenters.scheme_lines(found.worst, scope.url),
            "owing": presenters.scheme_lines(found.owing, scope.url),
            "owed": found.owed,
            "due": found.due,
            "plan_rows": presenters.plan_rows(summary, underlying),
            "plan_takeaway": presenters.plan_takeaway(summary, underlying),
            "points": presenters.board_points(found, register, rules, findings, scope.url),
        },
    )
