"""How likely the savings are: the page that a board reads, and the table in which chances are set."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from finance.actions.likelihood import set_chances
from finance.forms.likelihood import ChancesForm
from finance.presenters import likelihood as presenters
from finance.queries import savings_requirement, scheme_positions
from finance.queries.likelihood import (
    TOGETHER,
    SchemeChance,
    break_even_saving,
    chance_history,
    savings_likelihood,
    scheme_chances,
    supposing,
)
from finance.queries.rules import planned_year
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edited
from opplan.plans.queries import tolerances
from opplan.plans.tables import packed, unpacked
from opplan.plans.versions import Opening
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.calc.likelihood import Likelihood

PER_PAGE, CHANGES_SHOWN = 30, 20
PREVIEW = "preview"


@dataclass
class Drawing:
    """The schemes of a plan with their chances, and what they are drawn against. `requirement` is None where none is held."""

    chances: list[SchemeChance]
    requirement: Decimal | None
    break_even: Decimal | None
    illustrative: bool

    def drawn(self, chances: list[SchemeChance]) -> Likelihood | None:
        """The years drawn with these chances; None where there is nothing to draw or to reach."""
        if self.requirement is None or not chances:
            return None
        return savings_likelihood(chances, self.requirement, self.break_even)

    @cached_property
    def stored(self) -> Likelihood | None:
        return self.drawn(self.chances)


@needs(Capability.VIEW_PLAN)
@require_safe
def likelihood(request: HttpRequest, scope: Scope) -> HttpResponse:
    """How likely the savings are to reach the requirement and to break even, which schemes decide it, and what is assumed."""
    drawing = _drawing(scope)
    drawn = drawing.stored
    changes = chance_history(scope.plan)
    return render(
        request,
        "finance/likelihood.html",
        {
            "scope": scope,
            "page": presenters.likelihood_page(
                drawing.chances, drawn, drawing.requirement, drawing.break_even, illustrative=drawing.illustrative
            )
            if drawn and drawing.requirement is not None
            else None,
            "assumed": presenters.assumed_in_words(TOGETHER),
            "may_edit": scope.may(Capability.EDIT_PLAN) and bool(drawing.chances),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def likelihood_change(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The chance and range of every scheme in one table. A button shows what they would do, and stores nothing."""
    drawing = _drawing(scope)
    page = Paginator(drawing.chances, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    cells = {cell: text for one in shown for cell, text in one.cells.items()}
    make = partial(ChancesForm, chances=shown)
    if PREVIEW in request.POST:
        editing: Editing[Any] = Editing(make(request.POST), None)
    else:
        editing = edited(
            request,
            make,
            Opening(None, {"opened": packed(cells)}),
            lambda form, version: set_chances(
                scope.plan,
                form.typed,
                opened=unpacked(form.cleaned_data["opened"]),
                by=scope.user,
                why=form.cleaned_data["why"],
                version=version,
            ),
        )
    if editing.saved is not None:
        messages.success(
            request, f"Saved: {counted(editing.saved, 'scheme')}." if editing.saved else "Nothing was changed."
        )
        return redirect(request.get_full_path() if page.has_other_pages() else scope.url("finance:likelihood"))
    form, typed = editing.form, drawing.chances
    if isinstance(form, ChancesForm) and form.is_bound and form.is_valid():
        typed = supposing(drawing.chances, form.typed)
    after = drawing.stored if typed is drawing.chances else drawing.drawn(typed)
    return render(
        request,
        "finance/likelihood_change.html",
        {
            "scope": scope,
            **editing.shown,
            "page": page,
            "effect": presenters.effect((drawing.chances, drawing.stored), (typed, after))
            if drawing.stored and after
            else [],
            "previewed": PREVIEW in request.POST and not editing.form.errors,
            "back": scope.url("finance:likelihood"),
            "steps": [{"title": "How likely", "url": scope.url("finance:likelihood")}],
        },
        status=editing.status,
    )


def _drawing(scope: Scope) -> Drawing:
    positions = scheme_positions(scope.plan, scope.month, tolerances(scope.plan))
    required = savings_requirement(scope.plan, positions)
    programmes = {one.key: one.programme for one in initiative_register(scope.plan, scope.month)}
    amount = required.requirement.amount if required else None
    year = planned_year(scope.plan)
    return Drawing(
        scheme_chances(scope.plan, positions, programmes),
        amount,
        None if amount is None else break_even_saving(amount, year),
        year.illustrative,
    )
