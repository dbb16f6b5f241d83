"""The bridges of the financial plan, and the pages that change the steps of the first."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.bridges import STEP_VALUES, add_step, change_step, remove_step
from finance.forms.budgets import RemovalForm, StepForm
from finance.models import BridgeStep
from finance.presenters import bridges as presenters
from finance.queries.bridges import bridge_changes, find_step, forecast_bridge, outturn_bridge
from finance.queries.budgets import line_positions
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web.tables import download

CHANGES_SHOWN = 20
NOTHING = Opening(None, {})


@require_safe
@needs(Capability.VIEW_PLAN)
def bridge(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Last year's outturn to this year's plan, and surplus planned to forecast, as waterfalls with their tables."""
    outturn = outturn_bridge(scope.plan)
    forecast = forecast_bridge(line_positions(scope.plan, scope.month, tolerances(scope.plan)))
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-bridges"
        return download(name, presenters.CSV_HEADS, presenters.bridge_csv(outturn, forecast))
    may = scope.may(Capability.EDIT_PLAN)

    def of_step(reference: str) -> str:
        return scope.url("finance:bridge_step", reference=reference) if may else ""

    def of_line(reference: str) -> str:
        return scope.url("finance:budget_line", reference=reference)

    found = [
        presenters.shown(held, key, title, address)
        for held, key, title, address in (
            (outturn, "outturn", "From last year’s outturn to this year’s plan", of_step),
            (forecast, "forecast", "From the surplus planned to the surplus forecast", of_line),
        )
        if held is not None
    ]
    changes = bridge_changes(scope.plan)
    return render(
        request,
        "finance/bridge.html",
        {
            "scope": scope,
            "headline": presenters.bridge_headline([one for one in (outturn, forecast) if one is not None]),
            "bridges": found,
            "may_plan": may,
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "steps": _steps(scope)[:1],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def step_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a step to the bridge from last year's outturn."""
    editing = edited(
        request,
        StepForm,
        Opening(None, {"recurrent": True}),
        lambda form, _: add_step(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}.")
        return redirect(scope.url("finance:bridge"))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a step to the bridge",
        context_line="From last year’s outturn of spending to this year’s plan",
        button="Add the step",
        back=scope.url("finance:bridge"),
        steps=_steps(scope),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def step_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change a step of the bridge."""
    row = _step(scope, reference)
    editing = edited(
        request,
        StepForm,
        opening(row, STEP_VALUES),
        lambda form, version: change_step(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(scope.url("finance:bridge"))
    return render(
        request,
        "finance/bridge_step.html",
        {
            **editing.shown,
            "scope": scope,
            "headline": row.title,
            "context_line": f"Step {row.reference} of the bridge from last year’s outturn",
            "button": "Save the step",
            "back": scope.url("finance:bridge"),
            "remove": scope.url("finance:bridge_step_remove", reference=reference),
            "steps": _steps(scope),
        },
        status=editing.status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def step_remove(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Take a step out of the bridge, with a reason."""
    row = _step(scope, reference)

    def taken_out(form: RemovalForm, _: object) -> bool:
        remove_step(row, by=scope.user, why=form.cleaned_data["why"])
        return True

    editing = edited(request, RemovalForm, NOTHING, taken_out)
    if editing.saved:
        messages.success(request, f"Taken out: {row.title}.")
        return redirect(scope.url("finance:bridge"))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Take “{row.title}” out of the bridge",
        context_line=f"Step {row.reference}. The bridge will not close until another step explains its amount.",
        button="Take it out",
        back=scope.url("finance:bridge"),
        steps=_steps(scope),
    )


def _step(scope: Scope, reference: str) -> BridgeStep:
    row = find_step(scope.plan, reference)
    if row is None:
        raise Http404("No such step")
    return row


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Financial plan", "url": scope.url("finance:plan")},
        {"title": "Bridges", "url": scope.url("finance:bridge")},
    ]
