"""The pages of contracts: the list, one contract, and the forms that change it and price its activity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.contracts import (
    CONTRACT_VALUES,
    PRICE_VALUES,
    add_contract,
    change_contract,
    change_price,
    price_line,
    remove_price,
)
from finance.forms.contracts import ContractForm, NewPriceForm, PriceForm
from finance.presenters import contracts as presenters
from finance.queries.contracts import (
    PRICED,
    ContractStanding,
    budget_line_choices,
    contract_changes,
    contract_totals,
    contracts,
    find_contract,
    find_price,
    priceable_lines,
)
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edit_page, edited
from opplan.plans.queries import providers, tolerances
from opplan.plans.versions import Opening, Version, opening
from opplan.web.formats import pounds
from opplan.web.tables import download

if TYPE_CHECKING:
    from finance.models import Contract, ContractPrice

CHANGES_SHOWN = 20


@needs(Capability.VIEW_PLAN)
@require_safe
def contracts_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every contract with its value beside its planned activity at its price."""
    bands = tolerances(scope.plan)
    found = contracts(scope.plan, bands)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-contracts"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(found))
    totals = contract_totals(found)
    return render(
        request,
        "finance/contracts.html",
        {
            "scope": scope,
            "headline": presenters.contracts_headline(totals, found),
            "lead": presenters.contracts_lead(totals, found, bands[PRICED]),
            "rows": presenters.contract_rows(found, scope.url),
            "total": totals.value,
            "may_plan": scope.may(Capability.EDIT_PLAN),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def contract(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One contract: its value, each line of activity with share and price, its fixed part, and who changed what."""
    row = _found(scope, reference)
    standing = _standing(scope, row)
    changes = contract_changes(row)
    return render(
        request,
        "finance/contract_detail.html",
        {
            "scope": scope,
            "contract": row,
            "standing": standing,
            "word": presenters.word_of(standing.compared),
            "lead": presenters.contract_lead(standing),
            "value": pounds(row.value),
            "rows": presenters.price_rows(standing, scope.url),
            "may_plan": scope.may(Capability.EDIT_PLAN),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "steps": _steps(scope),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a contract."""
    editing = edited(
        request,
        _contract_form(scope),
        Opening(None, {"basis_of_payment": "tariff"}),
        lambda form, _: add_contract(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Added: contract {editing.saved.reference}, {editing.saved.title}.")
        return redirect(scope.url("finance:contract", reference=editing.saved.reference))
    return _form(
        request,
        scope,
        editing,
        headline="Add a contract",
        context="A year’s contract with one provider. Prices of its activity come next.",
        button="Add the contract",
        back=scope.url("finance:contracts"),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what a contract says and what it is worth."""
    row = _found(scope, reference)
    editing = edited(
        request,
        _contract_form(scope),
        opening(row, CONTRACT_VALUES),
        lambda form, version: change_contract(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    return _saved(request, scope, editing, reference) or _form(
        request,
        scope,
        editing,
        headline=f"Change the contract for {row.title}",
        context=f"Contract {reference} with {row.provider}",
        button="Save the contract",
        back=scope.url("finance:contract", reference=reference),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_price_add(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Price a line of the activity plan in a contract."""
    row = _found(scope, reference)
    editing = edited(
        request,
        partial(NewPriceForm, lines=priceable_lines(row)),
        Opening(None, {}),
        lambda form, _: price_line(
            row, form.cleaned_data["line"], values=form.values, by=scope.user, why=form.cleaned_data["why"]
        ),
    )
    return _saved(request, scope, editing, reference) or _form(
        request,
        scope,
        editing,
        headline="Price a line of activity",
        context=f"Contract {reference} with {row.provider}, {row.title}",
        button="Save the price",
        back=scope.url("finance:contract", reference=reference),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_price(request: HttpRequest, scope: Scope, reference: str, line: str) -> HttpResponse:
    """Change the price of one line in a contract, or take it out."""
    row = _found(scope, reference)
    price = find_price(row, line)
    if price is None:
        raise Http404("No such price")
    price.contract = row
    editing = edited(
        request,
        PriceForm,
        opening(price, PRICE_VALUES),
        lambda form, version: _settle(price, form, version, scope),
    )
    return _saved(request, scope, editing, reference) or _form(
        request,
        scope,
        editing,
        headline=f"Price of {price.line.measure.short_name}",
        context=f"Line {line} in contract {reference} with {row.provider}. A unit is one of its {price.line.measure.unit}.",
        button="Save the price",
        back=scope.url("finance:contract", reference=reference),
    )


def _settle(price: ContractPrice, form: PriceForm, version: Version, scope: Scope) -> ContractPrice:
    why = form.cleaned_data["why"]
    if form.cleaned_data["gone"]:
        remove_price(price, by=scope.user, why=why)
        return price
    return change_price(price, values=form.values, by=scope.user, why=why, version=version)


def _found(scope: Scope, reference: str) -> Contract:
    row = find_contract(scope.plan, reference)
    if row is None:
        raise Http404("No such contract")
    return row


def _standing(scope: Scope, row: Contract) -> ContractStanding:
    return next(one for one in contracts(scope.plan, tolerances(scope.plan)) if one.row.pk == row.pk)


def _contract_form(scope: Scope) -> Any:
    return partial(
        ContractForm,
        providers=[(str(key), f"{name} ({code})") for key, code, name in providers()],
        budget_lines=budget_line_choices(scope.plan),
    )


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Financial plan", "url": scope.url("finance:plan")},
        {"title": "Contracts", "url": scope.url("finance:contracts")},
    ]


def _saved(request: HttpRequest, scope: Scope, editing: Editing[Any], reference: str) -> HttpResponse | None:
    if editing.saved is None:
        return None
    messages.success(request, "Saved: the contract and its comparison follow it.")
    return redirect(scope.url("finance:contract", reference=reference))


def _form(
    request: HttpRequest, scope: Scope, editing: Editing[Any], *, headline: str, context: str, button: str, back: str
) -> HttpResponse:
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=headline,
        context_line=context,
        button=button,
        back=back,
        steps=_steps(scope),
    )
