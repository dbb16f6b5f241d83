"""The pages of the medium-term model: the scenarios side by side, one scenario, and the forms that copy, change and withdraw it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.scenarios import change_scenario, copy_scenario, withdraw_scenario
from finance.forms.scenarios import CopyForm, ScenarioForm, WithdrawForm
from finance.presenters import scenarios as presenters
from finance.queries.scenarios import (
    KINDS,
    ScenarioModelled,
    drafted,
    find_scenario,
    made_here,
    modelled,
    scenario_history,
    scenarios,
)
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edited
from opplan.plans.tables import packed, unpacked
from opplan.plans.versions import Opening, Version, opening
from opplan.web.tables import download

if TYPE_CHECKING:
    from finance.models import Scenario

MOST_COMPARED, CHANGES_SHOWN = 4, 20
PREVIEW = "preview"
WORDS: dict[str, str] = {str(value): str(label) for value, label in KINDS.choices}


@needs(Capability.VIEW_PLAN)
@require_safe
def model(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The scenarios of the plan, and two to four of them side by side: `?compare=1&compare=3&against=1`."""
    found = scenarios(scope.plan)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-scenarios"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(found, WORDS))
    chosen, against = _compared(request, found)
    changes = scenario_history(scope.plan)
    return render(
        request,
        "finance/model.html",
        {
            "scope": scope,
            "headline": presenters.model_headline(found),
            "found": [
                (one, presenters.takeaway(one), one in chosen, scope.url("finance:scenario", scenario=str(one.key)))
                for one in found
            ],
            "against": against,
            "too_many": len(request.GET.getlist("compare")) > MOST_COMPARED,
            "comparison": presenters.comparison(chosen, against) if against else None,
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def scenario(request: HttpRequest, scope: Scope, scenario: str) -> HttpResponse:
    """One scenario: its years, what it assumes, and who changed what."""
    row = _row(scope, scenario)
    one = modelled(drafted(row), row.pk, own=row.pk in made_here(scope.plan))
    changes = scenario_history(scope.plan, row.pk)
    return render(
        request,
        "finance/scenario.html",
        {
            "scope": scope,
            "scenario": one,
            "lead": presenters.takeaway(one),
            "table": presenters.scenario_table(one),
            "assumed": presenters.assumed_rows(one, WORDS),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "links": {
                name: scope.url(f"finance:scenario_{name}", scenario=scenario)
                for name in ("change", "copy", "withdraw")
            },
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "steps": _steps(scope),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_change(request: HttpRequest, scope: Scope, scenario: str) -> HttpResponse:
    """Every assumption of a scenario by year in one table. A button shows what they would do to every year, and stores nothing."""
    row = _row(scope, scenario)
    draft = drafted(row)
    heads = opening(row, ())
    values: dict[str, Any] = {
        "name": draft.name,
        "note": draft.note,
        "opening_limit": draft.opening_limit,
        "brought_forward": draft.brought_forward,
        "ahead": len(draft.years) or 1,
        "opened": packed(draft.cells),
    }
    make = partial(ScenarioForm, draft=draft)
    if PREVIEW in request.POST:
        editing: Editing[Any] = Editing(make(request.POST), Version.carried_by(request.POST).opened)
    else:
        editing = edited(
            request,
            make,
            Opening(heads.version, values),
            lambda form, version: change_scenario(
                row,
                form.typed,
                opened=unpacked(form.cleaned_data["opened"]),
                by=scope.user,
                why=form.cleaned_data["why"],
                version=version,
            ),
        )
    if editing.saved is not None:
        messages.success(request, f"Saved: {editing.saved.name}.")
        return redirect(scope.url("finance:scenario", scenario=scenario))
    stored = modelled(draft, row.pk)
    form, typed = editing.form, stored
    if isinstance(form, ScenarioForm) and form.is_bound and form.is_valid():
        typed = modelled(form.typed, row.pk)
    return render(
        request,
        "finance/scenario_change.html",
        {
            "scope": scope,
            **editing.shown,
            "draft": draft,
            "effect": presenters.effect(stored, typed),
            "effect_years": [presenters.year_words(year.year) for year in typed.years],
            "effect_finding": presenters.effect_finding(stored, typed),
            "previewed": PREVIEW in request.POST and not editing.form.errors,
            "back": scope.url("finance:scenario", scenario=scenario),
            "steps": _steps(scope),
        },
        status=editing.status,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_copy(request: HttpRequest, scope: Scope, scenario: str) -> HttpResponse:
    """A scenario of one's own, from another."""
    row = _row(scope, scenario)
    editing = edited(
        request,
        CopyForm,
        Opening(None, {"name": f"{row.name[:52]}, copy", "note": row.note}),
        lambda form, _: copy_scenario(row, **form.cleaned_data, by=scope.user),
    )
    if editing.saved is not None:
        messages.success(request, f"Saved: {editing.saved.name}. Change what it assumes.")
        return redirect(scope.url("finance:scenario_change", scenario=str(editing.saved.pk)))
    return _form(request, scope, editing, row, headline=f"Copy the scenario {row.name}", button="Copy it")


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_withdraw(request: HttpRequest, scope: Scope, scenario: str) -> HttpResponse:
    """Withdraw a scenario that somebody made here. One that came with the plan has no such page, save that this says so."""
    row = _row(scope, scenario)

    def withdraw(form: WithdrawForm, _: Version) -> bool:
        withdraw_scenario(row, by=scope.user, why=form.cleaned_data["why"])
        return True

    editing = edited(request, WithdrawForm, Opening(None, {}), withdraw)
    if editing.saved:
        messages.success(request, f"Withdrawn: {row.name}. Its history is kept.")
        return redirect(scope.url("finance:model"))
    return _form(request, scope, editing, row, headline=f"Withdraw the scenario {row.name}", button="Withdraw it")


def _compared(
    request: HttpRequest, found: list[ScenarioModelled]
) -> tuple[list[ScenarioModelled], ScenarioModelled | None]:
    """The scenarios to set side by side, and the one that the others are compared with; none where there are fewer than two."""
    asked = request.GET.getlist("compare")
    chosen = [one for one in found if str(one.key) in asked] if asked else found
    chosen = chosen[:MOST_COMPARED]
    if len(chosen) < 2:
        return chosen, None
    against = next((one for one in chosen if str(one.key) == request.GET.get("against")), chosen[0])
    return chosen, against


def _row(scope: Scope, scenario: str) -> Scenario:
    row = find_scenario(scope.plan, int(scenario)) if scenario.isdecimal() and len(scenario) < 10 else None
    if row is None:
        raise Http404("No such scenario")
    return row


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Medium-term model", "url": scope.url("finance:model")}]


def _form(
    request: HttpRequest, scope: Scope, editing: Editing[Any], row: Scenario, *, headline: str, button: str
) -> HttpResponse:
    return render(
        request,
        "plans/edit.html",
        {
            "scope": scope,
            **editing.shown,
            "headline": headline,
            "context_line": f"{scope.plan}, medium-term model",
            "button": button,
            "back": scope.url("finance:scenario", scenario=str(row.pk)),
            "steps": _steps(scope),
        },
        status=editing.status,
    )
