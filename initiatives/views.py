from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from initiatives import presenters
from initiatives.actions import record_milestone, write_update
from initiatives.filters import MilestoneFilter
from initiatives.forms import ProgressForm, UpdateForm
from initiatives.queries import (
    changes_of,
    changes_of_milestone,
    find_initiative,
    find_milestone,
    find_update,
    milestone_counts,
    milestone_register,
    rated_milestones,
    updates_of,
)
from initiatives.tables import MilestoneTable
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.calc.months import end_of
from opplan.plans.editing import edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web import formats
from opplan.web.reasons import WORD, sentence
from opplan.web.tables import download

PROGRESS = ("completed", "forecast", "note")
UPDATE = ("text", "decision_wanted")
CHANGES_ON_A_PAGE = 20


@needs(Capability.VIEW_PLAN)
@require_safe
def milestones(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every milestone of the plan with its rating and why: filtered, searched, sorted, paged, and to be had as a file."""
    chosen = MilestoneFilter(request.GET, plan=scope.plan, month=scope.month)
    entries = rated_milestones(chosen.qs, end_of(scope.month), tolerances(scope.plan)["milestone"])
    table = MilestoneTable(presenters.milestone_rows(entries, scope.url), caption="Milestones")
    RequestConfig(request).configure(table)
    if request.GET.get("download"):
        name = f"milestones-{scope.plan.organisation.code}-{scope.plan.year}-{scope.month:%Y-%m}"
        return download(name, presenters.CSV_HEADS, (presenters.csv_row(row.record.entry) for row in table.rows))
    counts = milestone_counts(scope.plan, scope.month)
    return render(
        request,
        "initiatives/milestones.html",
        {
            "headline": presenters.counts_sentence(counts, scope.month),
            "lead": presenters.counts_lead(counts, scope.month),
            "counts": counts,
            "as_at": presenters.as_at_words(scope.month),
            "month_asked": request.GET.get("month", ""),
            "chosen": chosen,
            "form": chosen.form,
            "table": table,
            "shown": len(entries),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def milestone(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One milestone: what it is, how it stands, everything that changed in it; and for those who may, its progress to record."""
    row = find_milestone(scope.plan, reference)
    may_update = scope.may(Capability.UPDATE_PROGRESS)
    if row is None or (request.method == "POST" and not may_update):
        raise Http404("No such milestone")
    editing = edited(
        request,
        ProgressForm,
        opening(row, PROGRESS),
        lambda form, version: record_milestone(row, **form.cleaned_data, by=scope.user, version=version),
    )
    if editing.saved is not None:
        saved = editing.saved
        messages.success(request, f"Saved. {saved.title}: {_standing(scope, saved.reference)}.")
        return redirect(request.get_full_path())
    entry = next(one for one in _register(scope, row.initiative_id) if one.reference == reference)
    return render(
        request,
        "initiatives/milestone.html",
        {
            "milestone": row,
            "entry": entry,
            "standing": presenters.standing(entry),
            "due": presenters.due_words(row.due, row.precision),
            "rated_from": presenters.rated_from(row.due, row.precision),
            "as_at": presenters.as_at_words(scope.month),
            "later": row.completed is not None and row.completed > end_of(scope.month),
            "changes": changes_of_milestone(row),
            "may_update": may_update,
            **editing.shown,
        },
        status=editing.status,
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def update(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Write the update of an initiative for the month, or write it again."""
    initiative = find_initiative(scope.plan, reference)
    if initiative is None:
        raise Http404("No such initiative")
    held = find_update(initiative, scope.month)
    editing = edited(
        request,
        UpdateForm,
        opening(held, UPDATE) if held else Opening(None, {}),
        lambda form, version: write_update(
            initiative, month=scope.month, **form.cleaned_data, by=scope.user, version=version
        ),
    )
    if editing.saved is not None:
        messages.success(request, f"Saved: the update of {initiative.title} for {formats.month(scope.month)}.")
        return redirect(scope.url("dashboards:initiative", reference=reference))
    return render(
        request,
        "initiatives/update.html",
        {
            "initiative": initiative,
            "month": scope.month,
            "held": held,
            "closed": scope.month in scope.closed_months,
            "earlier": [one for one in updates_of(initiative, scope.month)[:4] if one.month != scope.month][:3],
            "entries": _register(scope, initiative.pk),
            "as_at": presenters.as_at_words(scope.month),
            **editing.shown,
        },
        status=editing.status,
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def history(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Everything that changed in one initiative, its milestones, updates and projects: latest first."""
    initiative = find_initiative(scope.plan, reference)
    if initiative is None:
        raise Http404("No such initiative")
    found = changes_of(initiative)
    if request.GET.get("download"):
        name = f"history-{scope.plan.organisation.code}-{scope.plan.year}-{initiative.reference}"
        return download(name, presenters.HISTORY_HEADS, (presenters.history_row(change) for change in found))
    return render(
        request,
        "initiatives/history.html",
        {
            "initiative": initiative,
            "page": Paginator(found, CHANGES_ON_A_PAGE).get_page(request.GET.get("page")),
            "headline": presenters.history_headline(found),
        },
    )


def _register(scope: Scope, initiative_key: int) -> list[Any]:
    return milestone_register(scope.plan, end_of(scope.month), tolerances(scope.plan)["milestone"], initiative_key)


def _standing(scope: Scope, reference: str) -> str:
    """The milestone's rating and why, after saving."""
    row = find_milestone(scope.plan, reference)
    entry = next(one for one in _register(scope, row.initiative_id if row else 0) if one.reference == reference)
    return f"{WORD[entry.judgement.rating]} at {presenters.as_at_words(scope.month)}: {sentence(entry.judgement)}"
