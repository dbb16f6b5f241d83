from collections.abc import Callable, Mapping, Sequence
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_tables2 import RequestConfig

from finance import presenters
from finance.actions.savings import Conflict, ReasonNeeded, record_savings
from finance.filters import SchemeFilter
from finance.forms.savings import SavingsForm
from finance.queries import (
    SchemePosition,
    find_scheme,
    savings_by_month,
    savings_history,
    savings_requirement,
    scheme_positions,
    schemes_of,
)
from finance.tables import SchemeTable
from initiatives.queries import InitiativeEntry, initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import tolerances
from opplan.web.grid import GridEntry, MonthGrid
from opplan.web.tables import download

PER_PAGE = 25
SCHEMES_A_GRID = 4
ENTRIES_SHOWN = 20
KINDS = {"": "Every row", "actual": "Actual alone", "forecast": "Forecast alone", "plan": "Plan alone"}


@needs(Capability.VIEW_PLAN)
def schemes(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The savings requirement and every scheme with where it stands: filtered, sorted and paged through the address."""
    everything = scheme_positions(scope.plan, scope.month, tolerances(scope.plan))
    initiatives = _initiatives(scope)
    chosen = SchemeFilter(
        request.GET or None,
        queryset=schemes_of(scope.plan),
        initiatives=initiatives,
        used=[one.initiative_key for one in everything],
    )
    shown = chosen.shown(everything)
    table = SchemeTable(
        presenters.scheme_rows(shown, initiatives, scope.url),
        totals=presenters.total_row(shown),
        caption=f"Savings schemes, £000, gross, to month {scope.month_number}",
        exclude=() if any(one.investment for one in everything) else ("investment", "net"),
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-savings-schemes-month-{scope.month_number}"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(table.data))
    requirement = savings_requirement(scope.plan, everything)
    return render(
        request,
        "finance/schemes_list.html",
        {
            "scope": scope,
            "headline": presenters.headline(everything, requirement),
            "lead": presenters.lead(everything, scope.month, scope.month_number),
            "bar": presenters.requirement_bar(requirement, everything),
            "illustrative": any(one.illustrative_actuals for one in everything),
            "filter": chosen,
            "table": table,
            "shown": shown,
            "everything": everything,
            "months_url": scope.url("finance:months"),
            "month_asked": request.GET.get("month", ""),
            "all_url": scope.url("finance:schemes"),
        },
    )


@needs(Capability.VIEW_PLAN)
def scheme(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One scheme: where it stands and why, its twelve months to read or to type, and who changed what."""
    row = find_scheme(scope.plan, reference)
    if row is None:
        raise Http404("No such scheme")
    (position,) = _positions(scope, [row.pk])
    may = _allowed(scope)

    def fresh() -> MonthGrid:
        figures = presenters.by_scheme(savings_by_month(scope.plan, reference))
        groups = presenters.scheme_groups(position, figures, may, _reporting(scope))
        changes = savings_history(scope.plan, [row.pk]) if request.method == "POST" else []
        return presenters.savings_grid(groups, scope.plan, scope.closed_months, changes)

    entry, saved = _entry(request, scope, fresh)
    if saved is not None:
        (after,) = _positions(scope, [row.pk])
        messages.success(request, presenters.saved_message(saved, [position], [after]))
        return redirect(request.get_full_path())
    months = savings_by_month(scope.plan, reference, month=scope.month)
    entries = presenters.history(savings_history(scope.plan, [row.pk]))
    return render(
        request,
        "finance/scheme_detail.html",
        {
            "scope": scope,
            "scheme": row,
            "position": position,
            "lead": presenters.scheme_lead(position, scope.month_number),
            "chart": presenters.cumulative_chart(presenters.scheme_finding(position), scope.plan, months, scope.month),
            "facts": presenters.facts(row, _initiatives(scope).get(row.initiative_id or 0), months, scope.url),
            "history": entries[:ENTRIES_SHOWN],
            "earlier": max(len(entries) - ENTRIES_SHOWN, 0),
            "steps": [{"title": "Savings schemes", "url": scope.url("finance:schemes")}],
            "entry": entry,
        },
        status=entry.status,
    )


@needs(Capability.VIEW_PLAN)
def months(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The months of every scheme of one programme or initiative, so that a month is typed in one go; without one, the choice."""
    initiatives = _initiatives(scope)
    everything = _positions(scope)
    title, everyone = _asked_for(request, everything, initiatives)
    if not title:
        return render(
            request,
            "finance/months_choose.html",
            {
                "scope": scope,
                "headline": presenters.months_headline("Savings by month", everything, scope.month),
                "rows": presenters.programme_rows(everything, initiatives, scope.url),
                "steps": [{"title": "Savings schemes", "url": scope.url("finance:schemes")}],
            },
        )
    kind = request.GET.get("rows", "")
    may = _allowed(scope).only(kind if kind in KINDS else "")
    page = Paginator(everyone, SCHEMES_A_GRID).get_page(request.GET.get("page"))
    shown = list(page.object_list)

    def figures() -> presenters.Figures:
        return presenters.by_scheme(savings_by_month(scope.plan, keys=[one.key for one in everyone]))

    def fresh() -> MonthGrid:
        groups = presenters.programme_groups(shown, everyone, figures(), may, scope.plan, scope.url)
        changes = savings_history(scope.plan, [one.key for one in shown]) if request.method == "POST" else []
        return presenters.savings_grid(groups, scope.plan, scope.closed_months, changes)

    entry, saved = _entry(request, scope, fresh)
    if saved is not None:
        after = _positions(scope, [one.key for one in shown])
        messages.success(request, presenters.saved_message(saved, shown, after))
        return redirect(request.get_full_path())
    return render(
        request,
        "finance/months_grid.html",
        {
            "scope": scope,
            "title": title,
            "headline": presenters.months_headline(title, everyone, scope.month),
            "note": presenters.grid_note(everyone, figures(), _reporting(scope)),
            "illustrative": any(one.illustrative_actuals or one.basis == "illustrative" for one in everyone),
            "everyone": everyone,
            "page": page,
            "kinds": []
            if not entry.grid.editable and not kind
            else [(name, words, name == kind) for name, words in KINDS.items()],
            "steps": [
                {"title": "Savings schemes", "url": scope.url("finance:schemes")},
                {"title": "Savings by month", "url": scope.url("finance:months")},
            ],
            "entry": entry,
        },
        status=entry.status,
    )


def _reporting(scope: Scope) -> date:
    return scope.plan.reporting_month or scope.plan.start


def _positions(scope: Scope, keys: Sequence[int] | None = None) -> list[SchemePosition]:
    """The positions of every scheme of the plan, or of those with these keys."""
    part = None if keys is None else schemes_of(scope.plan).filter(pk__in=keys)
    return scheme_positions(scope.plan, scope.month, tolerances(scope.plan), part)


def _initiatives(scope: Scope) -> dict[int, InitiativeEntry]:
    return {entry.key: entry for entry in initiative_register(scope.plan, scope.month)}


def _allowed(scope: Scope) -> presenters.Allowed:
    return presenters.allowed(
        scope.plan,
        scope.closed_months,
        may_record=scope.may(Capability.RECORD_ACTUAL),
        may_plan=scope.may(Capability.EDIT_PLAN),
    )


def _asked_for(
    request: HttpRequest, everything: Sequence[SchemePosition], initiatives: Mapping[int, InitiativeEntry]
) -> tuple[str, list[SchemePosition]]:
    """The title of the initiative or programme in the address, and its schemes. 404 where there is none; no title where none is asked."""
    initiative, programme = request.GET.get("initiative"), request.GET.get("programme")
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


Entry = GridEntry[SavingsForm]


def _entry(request: HttpRequest, scope: Scope, fresh: Callable[[], MonthGrid]) -> tuple[Entry, int | None]:
    """The grid to be shown, as stored or with what was typed or pasted, and how many figures were saved: None where nothing was to be.

    Saves what was sent to be saved, if nothing stands against it.
    """
    if request.method != "POST":
        return GridEntry(fresh(), SavingsForm()), None
    if not (scope.may(Capability.RECORD_ACTUAL) or scope.may(Capability.EDIT_PLAN)):
        raise Http404("No such page")
    entry = GridEntry.of(fresh(), SavingsForm, request.POST)
    if not entry.ready:
        return entry, None
    try:
        return entry, record_savings(
            scope.plan, presenters.saving_changes(entry.grid), by=scope.user, why=entry.form.cleaned_data["reason"]
        )
    except Conflict:
        return GridEntry.of(fresh(), SavingsForm, request.POST), None
    except ReasonNeeded as refused:
        entry.form.add_error("reason", refused)
    except ValidationError as refused:
        entry.form.add_error(None, refused)
    return entry, None
