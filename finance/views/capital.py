"""The capital programme with the schemes that it pays for, and the pages that change them."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.capital import CAPITAL_VALUES, add_capital_scheme, change_capital_scheme
from finance.forms.budgets import CapitalForm
from finance.presenters import capital as presenters
from finance.presenters import statements as printed_tables
from finance.queries.capital import capital_changes, capital_schemes, find_capital_scheme, funded
from finance.queries.statements import Statement, allocations, disagreements, statements
from finance.queries.underlying import following
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited
from opplan.plans.versions import Opening, opening
from opplan.web.tables import download

CHANGES_SHOWN = 20


@require_safe
@needs(Capability.VIEW_PLAN)
def capital(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The capital programme as printed, its totals added again, and the schemes by the line that pays for them."""
    programme = _programme(scope)
    schemes = capital_schemes(scope.plan)
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-capital"
    if request.GET.get("download") == "schemes":
        return download(f"{name}-schemes", presenters.CSV_HEADS, presenters.capital_csv(schemes))
    if programme is not None and request.GET.get("download") == "csv":
        return download(name, *printed_tables.statement_csv(programme))
    found = funded(programme, schemes)
    said = disagreements(scope.plan, allocations(scope.plan)) if programme else []
    changes = capital_changes(scope.plan)
    return render(
        request,
        "finance/capital.html",
        {
            "scope": scope,
            "headline": presenters.capital_headline(programme, found),
            "table": printed_tables.statement_table(programme) if programme else None,
            "rows": presenters.funded_rows(found, scope.url),
            "findings": printed_tables.finding_rows(printed_tables.findings_of("capital", said)),
            "may_plan": scope.may(Capability.EDIT_PLAN),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "steps": _steps(scope)[:1],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def scheme_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a capital scheme."""
    editing = edited(
        request,
        _form(scope),
        Opening(None, {"year": scope.plan.year}),
        lambda form, _: add_capital_scheme(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}.")
        return redirect(scope.url("finance:capital"))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a capital scheme",
        context_line=str(scope.plan),
        button="Add the scheme",
        back=scope.url("finance:capital"),
        steps=_steps(scope),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def scheme_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change a capital scheme."""
    row = find_capital_scheme(scope.plan, reference)
    if row is None:
        raise Http404("No such capital scheme")
    editing = edited(
        request,
        _form(scope, row.group, row.year),
        opening(row, CAPITAL_VALUES),
        lambda form, version: change_capital_scheme(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(scope.url("finance:capital"))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=row.title,
        context_line=f"Capital scheme {row.reference}",
        button="Save the scheme",
        back=scope.url("finance:capital"),
        steps=_steps(scope),
    )


def _programme(scope: Scope) -> Statement | None:
    return statements(scope.plan, "capital").get("capital")


def _form(scope: Scope, group: str = "", year: str = "") -> partial[CapitalForm]:
    """The form with the lines of the programme and its years; a plan without a programme offers this year and the next."""
    programme = _programme(scope)
    groups = [line.title for line in programme.lines if not line.is_total] if programme else []
    years = set(programme.columns) if programme else {scope.plan.year, following(scope.plan.year)}
    return partial(
        CapitalForm,
        groups=[*groups, *([group] if group and group not in groups else [])],
        years=sorted(years | ({year} if year else set())),
    )


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Financial plan", "url": scope.url("finance:plan")},
        {"title": "Capital", "url": scope.url("finance:capital")},
    ]
