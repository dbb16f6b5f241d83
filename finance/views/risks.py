"""The pages of financial risks and business rules: the register against the contingency, and the forms that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.risks import add_risk, change_risk, close_risk, hold_for_rule, reopen_risk
from finance.forms.risks import RISK_VALUES, RULE_VALUES, ClosingForm, NewRiskForm, ReopeningForm, RiskForm, RuleForm
from finance.presenters import risks as presenters
from finance.presenters.statements import finding_rows
from finance.queries.risks import find_risk, risk_history, risk_register
from finance.queries.rules import business_rules, find_rule, planned_year, rule_history
from finance.queries.statements import allocations, disagreements
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edited
from opplan.plans.versions import Opening, opening
from opplan.web.tables import download

if TYPE_CHECKING:
    from finance.models import FinancialRisk

CHANGES_SHOWN = 20


@needs(Capability.VIEW_PLAN)
@require_safe
def risks(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Financial risks weighed by their chance, what softens them, the contingency, and the business rules of the year."""
    year = planned_year(scope.plan)
    rules = business_rules(scope.plan, year)
    register = risk_register(scope.plan, year)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-financial-risks"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(register))
    allocated = allocations(scope.plan)
    found, years = disagreements(scope.plan, allocated), {row.reference for row in allocated}
    changes = sorted(
        [*risk_history(scope.plan), *rule_history(scope.plan)], key=lambda change: change.when, reverse=True
    )
    return render(
        request,
        "finance/risks.html",
        {
            "scope": scope,
            "headline": presenters.risks_headline(register),
            "lead": presenters.risks_lead(register),
            "register": register,
            "risks": presenters.risk_rows(register.risks, scope.url),
            "mitigations": presenters.risk_rows(register.mitigations, scope.url),
            "closed": presenters.risk_rows(register.closed, scope.url),
            "contingency": presenters.contingency_words(register),
            "cases": presenters.case_rows(register),
            "rules": presenters.rule_rows(rules, scope.url),
            "rules_takeaway": presenters.rules_takeaway(rules),
            "sources": presenters.sources_of(register.risks),
            "findings": finding_rows([one for one in found if one.reference in years]),
            "findings_elsewhere": sum(one.reference not in years for one in found),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def risk_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a financial risk, or what would mitigate one (`?kind=mitigation`)."""
    kind = "mitigation" if request.GET.get("kind") == "mitigation" else "risk"
    editing = edited(
        request,
        NewRiskForm,
        Opening(None, {"kind": kind}),
        lambda form, _: add_risk(
            scope.plan,
            kind=form.cleaned_data["kind"],
            values=form.values,
            by=scope.user,
            why=form.cleaned_data["why"],
        ),
    )
    return _answer(request, scope, editing, "Added") or _form(
        request, scope, editing, headline=f"Add a {kind}", context="The register of financial risks", button="Add it"
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def risk(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what the register says of a risk or a mitigation. One that is closed is opened again first."""
    row = _row(scope, reference)
    if row.closed:
        return redirect(scope.url("finance:risk_close", reference=reference))
    editing = edited(
        request,
        RiskForm,
        opening(row, RISK_VALUES),
        lambda form, version: change_risk(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    return _answer(request, scope, editing, "Saved") or _form(
        request,
        scope,
        editing,
        headline=row.title,
        context=f"{row.get_kind_display()} {row.reference}",
        button=f"Save the {row.get_kind_display().lower()}",
        row=row,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def risk_close(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Close a risk or a mitigation, or open a closed one again."""
    row = _row(scope, reference)
    begun = opening(row, ("closed",))
    editing: Editing[Any]
    if row.closed:
        editing = edited(
            request,
            ReopeningForm,
            begun,
            lambda form, version: reopen_risk(row, by=scope.user, why=form.cleaned_data["why"], version=version),
        )
        words = (f"Open {row.title} again", "Open it again", "Opened again")
    else:
        editing = edited(
            request,
            ClosingForm,
            Opening(begun.version, {"closed": timezone.localdate()}),
            lambda form, version: close_risk(row, **form.cleaned_data, by=scope.user, version=version),
        )
        words = (f"Close {row.title}", "Close it", "Closed")
    headline, button, said = words
    return _answer(request, scope, editing, said) or _form(
        request,
        scope,
        editing,
        headline=headline,
        context=f"{row.get_kind_display()} {row.reference}. A closed one stays in the register and counts for nothing.",
        button=button,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Say what the plan holds for a business rule, and of which figure the rule is a share."""
    row = find_rule(scope.plan, reference)
    if row is None:
        raise Http404("No such rule")
    editing = edited(
        request,
        RuleForm,
        opening(row, RULE_VALUES),
        lambda form, version: hold_for_rule(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    return _answer(request, scope, editing, "Saved") or _form(
        request,
        scope,
        editing,
        headline=f"What the plan holds for: {row.title}",
        context=f"Business rule {row.reference}. {row.note}".strip(),
        button="Save what is held",
    )


def _row(scope: Scope, reference: str) -> FinancialRisk:
    row = find_risk(scope.plan, reference)
    if row is None:
        raise Http404("No such risk")
    return row


def _answer(request: HttpRequest, scope: Scope, editing: Editing[Any], said: str) -> HttpResponse | None:
    """Back to the register once it is saved."""
    if editing.saved is None:
        return None
    messages.success(request, f"{said}: {editing.saved.title}.")
    return redirect(scope.url("finance:risks"))


def _form(
    request: HttpRequest,
    scope: Scope,
    editing: Editing[Any],
    *,
    headline: str,
    context: str,
    button: str,
    row: FinancialRisk | None = None,
) -> HttpResponse:
    return render(
        request,
        "finance/risk.html",
        {
            "scope": scope,
            **editing.shown,
            "headline": headline,
            "context_line": context,
            "button": button,
            "back": scope.url("finance:risks"),
            "close": scope.url("finance:risk_close", reference=row.reference) if row else "",
            "steps": [{"title": "Risks and rules", "url": scope.url("finance:risks")}],
            "changes": risk_history(scope.plan, row.reference)[:CHANGES_SHOWN] if row else [],
        },
        status=editing.status,
    )
