"""The months of savings of a programme or an initiative: twelve months of a few schemes, or one month of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from finance import presenters
from finance.presenters.month_list import MONTH_HEADS, month_rows
from finance.presenters.one_month import OneMonth, one_month, one_month_headline
from finance.presenters.standing import run_rate_of, run_rate_words, standing_table
from finance.queries import SchemePosition, savings_by_month, savings_history, scheme_positions, schemes_of
from finance.views.entry import allowed_to, entered, reporting
from initiatives.queries import InitiativeEntry, initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances
from opplan.web.grid import MonthGrid
from opplan.web.tables import download

SCHEMES_A_GRID, SCHEMES_A_MONTH = 4, 60
KINDS = {"": "Every row", "actual": "Actual alone", "forecast": "Forecast alone", "plan": "Plan alone"}


@needs(Capability.VIEW_PLAN)
def months(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The months of every scheme of one programme or initiative; without one, the choice."""
    initiatives = initiatives_of(scope)
    everything = positions_of(scope)
    title, everyone = asked_for(request, everything, initiatives)
    everyone = everyone or [one for one in everything if not one.nobodys]
    held = savings_by_month(scope.plan, keys=[one.key for one in everyone], month=scope.month)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-savings-by-month"
        return download(name, MONTH_HEADS, month_rows(held, everything))
    needed = run_rate_words(*run_rate_of(scope.plan, held, scope.month))
    stands = {"standing": standing_table(held, scope.month), "run_rate": needed}
    if not title:
        return render(
            request,
            "finance/months_choose.html",
            {
                "scope": scope,
                "headline": presenters.months_headline("Savings by month", everything, scope.month),
                "rows": presenters.programme_rows(everything, held, initiatives, scope.plan, scope.month, scope.url),
                "pages": pages_of_months(scope, "finance:months"),
                "steps": steps(scope)[:1],
                **stands,
            },
        )
    kind = request.GET.get("rows", "")
    may = allowed_to(scope).only(kind if kind in KINDS else "")
    page = Paginator(everyone, SCHEMES_A_GRID).get_page(request.GET.get("page"))
    shown = list(page.object_list)

    def figures() -> presenters.Figures:
        return presenters.by_scheme(savings_by_month(scope.plan, keys=[one.key for one in everyone]))

    def fresh() -> MonthGrid:
        groups = presenters.programme_groups(shown, everyone, figures(), may, scope.plan, scope.url)
        changes = savings_history(scope.plan, [one.key for one in shown]) if request.method == "POST" else []
        return presenters.savings_grid(groups, scope.plan, scope.closed_months, changes)

    entry, saved = entered(request, scope, fresh, month=reporting(scope))
    if saved is not None:
        after = positions_of(scope, [one.key for one in shown])
        messages.success(request, presenters.saved_message(saved, shown, after))
        return redirect(request.get_full_path())
    return render(
        request,
        "finance/months_grid.html",
        {
            "scope": scope,
            "title": title,
            "headline": presenters.months_headline(title, everyone, scope.month),
            "note": presenters.grid_note(everyone, figures(), reporting(scope)),
            "illustrative": any(one.illustrative_actuals or one.basis == "illustrative" for one in everyone),
            "everyone": everyone,
            "page": page,
            "kinds": []
            if not entry.grid.editable and not kind
            else [(name, words, name == kind) for name, words in KINDS.items()],
            "steps": steps(scope),
            "entry": entry,
            **stands,
        },
        status=entry.status,
    )


@needs(Capability.VIEW_PLAN)
def month(request: HttpRequest, scope: Scope) -> HttpResponse:
    """One month of every scheme of a programme, an initiative or the plan, typed or pasted in one go."""
    initiatives = initiatives_of(scope)
    everything = positions_of(scope)
    title, everyone = asked_for(request, everything, initiatives)
    everyone = [one for one in everyone or everything if not one.nobodys]
    page = Paginator(everyone, SCHEMES_A_MONTH).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    keys = [one.key for one in shown]

    def figures() -> presenters.Figures:
        return presenters.by_scheme(savings_by_month(scope.plan, keys=keys))

    def fresh() -> OneMonth:
        changes = savings_history(scope.plan, keys) if request.method == "POST" else []
        may = allowed_to(scope)
        return one_month(shown, figures(), may, scope.plan, scope.month, scope.closed_months, changes)

    entry, saved = entered(request, scope, fresh, month=scope.month)
    if saved is not None:
        after = positions_of(scope, keys)
        messages.success(request, presenters.saved_message(saved, shown, after))
        return redirect(request.get_full_path())
    return render(
        request,
        "finance/months_one.html",
        {
            "scope": scope,
            "title": title or "Every scheme",
            "headline": one_month_headline(title or "Every scheme", everyone, figures(), scope.month),
            "months": [(one, f"{one:%Y-%m}", one == scope.month) for one in scope.plan.months],
            "programmes": programmes_in(everything, initiatives),
            "asked": request.GET.get("programme", ""),
            "initiative": request.GET.get("initiative", ""),
            "page": page,
            "pages": pages_of_months(scope, "finance:month"),
            "steps": steps(scope),
            "entry": entry,
        },
        status=entry.status,
    )


def programmes_in(
    everything: Sequence[SchemePosition], initiatives: Mapping[int, InitiativeEntry]
) -> list[tuple[str, str]]:
    """The programmes that have schemes: their reference and title."""
    keys = {one.initiative_key for one in everything}
    entries = [entry for key, entry in initiatives.items() if key in keys]
    return sorted({(one.programme_reference, one.programme) for one in entries}, key=lambda one: one[1])


def pages_of_months(scope: Scope, here: str) -> list[tuple[str, str, bool]]:
    """The pages that hold months, and which of them this is."""
    named = (("By programme", "finance:months"), ("One month", "finance:month"), ("Who still owes", "finance:round"))
    return [(words, scope.url(name), name == here) for words, name in named]


def steps(scope: Scope) -> list[dict[str, str]]:
    """The way to a page of months."""
    return [
        {"title": "Savings schemes", "url": scope.url("finance:schemes")},
        {"title": "Savings by month", "url": scope.url("finance:months")},
    ]


def positions_of(scope: Scope, keys: Sequence[int] | None = None) -> list[SchemePosition]:
    """The positions of every scheme of the plan, or of those with these keys."""
    part = None if keys is None else schemes_of(scope.plan).filter(pk__in=keys)
    return scheme_positions(scope.plan, scope.month, tolerances(scope.plan), part)


def initiatives_of(scope: Scope) -> dict[int, InitiativeEntry]:
    return {entry.key: entry for entry in initiative_register(scope.plan, scope.month)}


def asked_for(
    request: HttpRequest, everything: Sequence[SchemePosition], initiatives: Mapping[int, InitiativeEntry]
) -> tuple[str, list[SchemePosition]]:
    """The title of what the address asks for, and its schemes. 404 where there is none; no title where nothing is asked."""
    initiative, programme = request.GET.get("initiative"), request.GET.get("programme")
    if scheme := request.GET.get("scheme"):
        found = [one for one in everything if one.reference == scheme]
        if not found:
            raise Http404("No such scheme")
        return found[0].title, found
    if not initiative and not programme:
        return "", []
    within = {
        key: entry.title if initiative else entry.programme
        for key, entry in initiatives.items()
        if (entry.reference == initiative if initiative else entry.programme_reference == programme)
    }
    everyone = [one for one in everything if one.initiative_key in within]
    if not everyone:
        raise Http404("No such programme or initiative, or no scheme in it")
    return next(iter(within.values())), everyone
