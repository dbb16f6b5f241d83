"""The pages of a footprint: the submissions of its commissioners, and one template of them all as one workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.queries import footprint_of
from opplan.submissions.combined import write_combined
from opplan.submissions.definition import definitions_of
from opplan.submissions.monthly.workbook import CONTENT_TYPE
from opplan.submissions.presenters import footprints as presenters
from opplan.submissions.queries.combined import combined_of
from opplan.submissions.queries.footprints import failing_checks, members_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.plans.queries import Footprint


@needs(Capability.VIEW_PLAN)
@require_safe
def footprint(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every commissioner of the footprint that the plan's organisation lies in, in one round of the year (`?round=R4`)."""
    found = footprint_of(scope.plan.organisation)
    if found is None:
        return render(request, "submissions/footprint.html", {"scope": scope})
    members = members_of(found, _plans(scope, found, Capability.VIEW_PLAN), timezone.localdate())
    chosen = request.GET.get("round") or presenters.first_owing(members)
    if chosen and chosen not in presenters.references(members):
        raise Http404("No such round")
    states = [state for member in members if (state := presenters.in_round(member, chosen))]
    keys = [one.latest.key for state in states for one in state.standing.owed if one.latest]
    titles = {one.name: one.title for one in definitions_of(scope.plan.round)}
    return render(
        request,
        "submissions/footprint.html",
        {
            "scope": scope,
            "footprint": found,
            "headline": presenters.headline(found.short_name, members, chosen),
            "lead": presenters.lead(members),
            "rounds": presenters.round_rows(
                members, chosen, lambda one: scope.url("submissions:footprint", {"round": one})
            ),
            "title": states[0].standing.title if states else "",
            "rows": presenters.member_rows(members, chosen, failing_checks(keys)),
            "offers": presenters.offers(
                members, titles, lambda one: scope.url("submissions:footprint_download", template=one)
            )
            if scope.may(Capability.EXPORT_WORKBOOK)
            else [],
        },
    )


@needs(Capability.EXPORT_WORKBOOK)
@require_safe
def footprint_download(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """The frozen versions of one template over the footprint as one workbook."""
    found = footprint_of(scope.plan.organisation)
    plans = _plans(scope, found, Capability.EXPORT_WORKBOOK) if found else []
    combined = found and combined_of(found, plans, scope.plan, template)
    if not combined:
        raise Http404("No such template, or no footprint")
    response = HttpResponse(write_combined(combined), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{combined.file_name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _plans(scope: Scope, found: Footprint, capability: Capability) -> list[Plan]:
    """The plans of the footprint and the year in which the person has the capability."""
    inside = {key for key, _, _ in found.members}
    return [
        plan for plan in scope.plans_with(capability) if plan.organisation_id in inside and plan.year == scope.plan.year
    ]
