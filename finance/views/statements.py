"""The tables of the plan document, each on a page of its own, as printed and added again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from finance.presenters import statements as presenters
from finance.queries.statements import allocations, assumptions, disagreements, growth_bases, statements
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.web.tables import download

if TYPE_CHECKING:
    from finance.models import Allocation


def _said(scope: Scope, allocated: list[Allocation]) -> dict[str, Any]:
    """What the plan document says beside its tables: allocations, planning assumptions, and where it disagrees with itself."""
    years, assumed = assumptions(scope.plan)
    return {
        "allocations": presenters.allocation_rows(allocated),
        "findings": presenters.finding_rows(disagreements(scope.plan, allocated)),
        "years": [year.replace("-", "/") for year in years],
        "assumptions": presenters.assumption_rows(years, assumed),
    }


def printed_plan(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The financial plan of a document that prints tables rather than budgets: what each comes to, and what the document says beside."""
    printed = statements(scope.plan)
    allocated = allocations(scope.plan)
    said = _said(scope, allocated)
    return render(
        request,
        "finance/plan_printed.html",
        {
            "scope": scope,
            "headline": presenters.plan_headline(printed, allocated, len(said["findings"])),
            "tables": [
                (presenters.statement_headline(one), scope.url(ADDRESSES[key]), one.name)
                for key, one in printed.items()
            ],
            "may_plan": scope.may(Capability.EDIT_PLAN),
            **said,
        },
    )


@require_safe
@needs(Capability.VIEW_PLAN)
def document(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What the plan document says of allocations and assumptions, and where it disagrees with itself."""
    allocated = allocations(scope.plan)
    said = _said(scope, allocated)
    return render(
        request,
        "finance/document.html",
        {
            "scope": scope,
            "headline": presenters.document_headline(allocated, len(said["findings"])),
            "steps": [{"title": "Financial plan", "url": scope.url("finance:plan")}],
            **said,
        },
    )


def _statement(request: HttpRequest, scope: Scope, key: str) -> HttpResponse:
    printed = statements(scope.plan, key).get(key)
    if printed is not None and request.GET.get("download") == "csv":
        return download(f"{scope.plan.organisation.code}-{scope.plan.year}-{key}", *presenters.statement_csv(printed))
    found = presenters.findings_of(key, disagreements(scope.plan, allocations(scope.plan))) if printed else []
    years, assumed = assumptions(scope.plan) if key == "strategy" else ([], [])
    return render(
        request,
        "finance/statement.html",
        {
            "scope": scope,
            "title": presenters.TITLES[key],
            "headline": presenters.statement_headline(printed) if printed else presenters.ABSENT[key],
            "table": presenters.statement_table(printed) if printed else None,
            "findings": presenters.finding_rows(found),
            "growth": presenters.growth_rows(growth_bases(printed)) if printed else [],
            "years": [year.replace("-", "/") for year in years],
            "assumptions": presenters.assumption_rows(years, assumed),
            "steps": [{"title": "Financial plan", "url": scope.url("finance:plan")}],
        },
    )


ADDRESSES = {
    "strategy": "finance:strategy",
    "impact": "finance:impact",
    "targets": "finance:targets",
    "capital": "finance:capital",
}


@require_safe
@needs(Capability.VIEW_PLAN)
def strategy(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The medium-term strategy with its planning assumptions, and growth over both bases."""
    return _statement(request, scope, "strategy")


@require_safe
@needs(Capability.VIEW_PLAN)
def impact(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What the initiatives invest and save."""
    return _statement(request, scope, "impact")


@require_safe
@needs(Capability.VIEW_PLAN)
def targets(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The organisation's own savings targets beside the region's."""
    return _statement(request, scope, "targets")
