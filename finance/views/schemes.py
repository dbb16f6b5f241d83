from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_tables2 import RequestConfig

from activity.queries.building import impacts_in
from finance import presenters
from finance.filters import SchemeFilter
from finance.presenters import register
from finance.presenters.pipeline import block_in_words
from finance.queries import (
    SchemePosition,
    find_scheme,
    savings_by_month,
    savings_history,
    savings_requirement,
    scheme_positions,
    schemes_of,
)
from finance.queries.pipeline import on_block
from finance.queries.register import scheme_changes
from finance.tables import SchemeTable
from finance.views.course import course_of
from finance.views.entry import allowed_to, entered, reporting
from initiatives.queries import InitiativeEntry, initiative_register, projects_in
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import providers, tolerances
from opplan.web.grid import MonthGrid
from opplan.web.tables import download, download_workbook

DOWNLOADS = {"csv": download, "xlsx": download_workbook}
PER_PAGE = 25
ENTRIES_SHOWN = 20


@needs(Capability.VIEW_PLAN)
def schemes(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The savings requirement and every scheme with where it stands: filtered, sorted and paged through the address."""
    everything = scheme_positions(scope.plan, scope.month, tolerances(scope.plan))
    initiatives = _initiatives(scope)
    chosen = SchemeFilter(
        request.GET or None,
        queryset=schemes_of(scope.plan),
        initiatives=initiatives,
        everything=everything,
    )
    shown = chosen.shown(everything)
    table = SchemeTable(
        presenters.scheme_rows(shown, initiatives, scope.url),
        totals=presenters.total_row(shown),
        caption=f"Savings schemes, £000, gross, to month {scope.month_number}",
        exclude=() if any(one.investment for one in everything) else ("investment", "net"),
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    if (kind := request.GET.get("download", "")) in DOWNLOADS:
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-savings-schemes-month-{scope.month_number}"
        return DOWNLOADS[kind](name, presenters.CSV_HEADS, presenters.csv_rows(table.data))
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
            "blocked": block_in_words(on_block(everything)),
            "links": [
                ("Pipeline and the requirement through the year", scope.url("finance:pipeline")),
                ("Savings by month, by programme", scope.url("finance:months")),
                ("National QIPP return", scope.url("finance:qipp_return")),
                ("Savings against activity and contracts", scope.url("finance:triangulation")),
                *([("Add a scheme", scope.url("finance:scheme_add"))] if scope.may(Capability.EDIT_PLAN) else []),
            ],
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
    may = allowed_to(scope)

    def fresh() -> MonthGrid:
        figures = presenters.by_scheme(savings_by_month(scope.plan, reference))
        groups = presenters.scheme_groups(position, figures, may, reporting(scope))
        changes = savings_history(scope.plan, [row.pk]) if request.method == "POST" else []
        return presenters.savings_grid(groups, scope.plan, scope.closed_months, changes)

    entry, saved = entered(request, scope, fresh, month=reporting(scope))
    if saved is not None:
        (after,) = _positions(scope, [row.pk])
        messages.success(request, presenters.saved_message(saved, [position], [after]))
        return redirect(request.get_full_path())
    months = savings_by_month(scope.plan, reference, month=scope.month)
    edits = savings_history(scope.plan, [row.pk])
    entries = presenters.history(edits)
    initiatives, years = _initiatives(scope), register.years_from(scope.plan.year_label)
    names = _names(scope, initiatives)
    changes = scheme_changes(row, names)
    return render(
        request,
        "finance/scheme_detail.html",
        {
            "scope": scope,
            "scheme": row,
            "position": position,
            "lead": presenters.scheme_lead(position, scope.month_number),
            "chart": presenters.cumulative_chart(presenters.scheme_finding(position), scope.plan, months, scope.month),
            "facts": register.facts(row, initiatives.get(row.initiative_id or 0), months, scope.url, names),
            "warning": register.block_warning(position),
            "worth": register.effect_rows(position.effect, years, recurrent=row.recurrent),
            "carried": register.effect_in_words(position.effect, years[1]),
            "changes": [one for one in changes if one.who][:ENTRIES_SHOWN],
            "links": _links(scope, position),
            "history": entries[:ENTRIES_SHOWN],
            "earlier": max(len(entries) - ENTRIES_SHOWN, 0),
            "steps": [{"title": "Savings schemes", "url": scope.url("finance:schemes")}],
            "entry": entry,
            **course_of(scope, position, months, edits, changes),
        },
        status=entry.status,
    )


def _positions(scope: Scope, keys: Sequence[int] | None = None) -> list[SchemePosition]:
    """The positions of every scheme of the plan, or of those with these keys."""
    part = None if keys is None else schemes_of(scope.plan).filter(pk__in=keys)
    return scheme_positions(scope.plan, scope.month, tolerances(scope.plan), part)


def _names(scope: Scope, initiatives: Mapping[int, InitiativeEntry]) -> dict[str, dict[int | None, str]]:
    """The titles of what a scheme points to, by the attribute of its key."""
    return {
        "initiative_id": {key: one.title for key, one in initiatives.items()},
        "project_id": {key: title for key, _, _, title in projects_in(scope.plan)},
        "provider_id": {key: name for key, _, name in providers()},
        "impact_id": {key: f"{reference}, {title}" for key, _, reference, title in impacts_in(scope.plan)},
    }


def _links(scope: Scope, position: SchemePosition) -> list[tuple[str, str]]:
    """What the person may do to the scheme, on pages of their own."""
    found = []
    if scope.may(Capability.EDIT_PLAN):
        found.append(("Change the scheme", "finance:scheme_change"))
        if position.state != "unidentified":
            found.append(("Move it along the pipeline", "finance:scheme_stage"))
    if scope.may(Capability.EDIT_TOLERANCE) and not position.nobodys:
        standing = position.judgement.overruled is not None
        found.append(
            ("Change the rating put in place" if standing else "Put a rating in place", "finance:scheme_rating")
        )
        if standing:
            found.append(("Withdraw it", "finance:scheme_rating_withdraw"))
    return [(words, scope.url(name, reference=position.reference)) for words, name in found]


def _initiatives(scope: Scope) -> dict[int, InitiativeEntry]:
    return {entry.key: entry for entry in initiative_register(scope.plan, scope.month)}
