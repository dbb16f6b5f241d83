"""The pages of the whole narrative: its sections, its reading page, the document of it, and the figures that may stand in it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited
from opplan.plans.versions import Opening
from opplan.submissions.actions.narrative import add_section, move_section
from opplan.submissions.forms.narrative import NewSectionForm
from opplan.submissions.narrative.document import narrative_document
from opplan.submissions.presenters import narrative as presenters
from opplan.submissions.queries.figures import figures_of
from opplan.submissions.queries.narrative import find_section, narrative_of, removed_sections

FIGURES_A_PAGE = 100
REMOVED_SHOWN = 10


def may_write(scope: Scope) -> bool:
    """Whether the person may write sections: whoever updates progress, and whoever plans."""
    return scope.may(Capability.UPDATE_PROGRESS) or scope.may(Capability.EDIT_PLAN)


@needs(Capability.VIEW_PLAN)
@require_safe
def narrative(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The sections in order: who writes each, how far it is, its words, and where it disagrees with the tables."""
    found = narrative_of(scope.plan, scope.month)
    return render(
        request,
        "submissions/narrative.html",
        {
            "scope": scope,
            "headline": presenters.headline(found),
            "rows": presenters.section_rows(found),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "removed": removed_sections(scope.plan)[:REMOVED_SHOWN],
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def narrative_read(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The whole narrative to read and to print, with its figures in place."""
    found = narrative_of(scope.plan, scope.month)
    return render(
        request,
        "submissions/narrative_read.html",
        {
            "scope": scope,
            "narrative": found,
            "sections": [(one, presenters.as_read(one.row.text, found.figures, scope.url)) for one in found.sections],
            "steps": [to_narrative(scope)],
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def narrative_download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The narrative as one plain document."""
    response = HttpResponse(narrative_document(scope.plan, scope.month), content_type="text/html; charset=utf-8")
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-narrative.html"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@needs(Capability.VIEW_PLAN)
@require_safe
def narrative_figures(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every figure that may stand in the text, with what it says now. What is sought stays in the address."""
    figures = figures_of(scope.plan, scope.month)
    words, area = request.GET.get("q", "")[:100], request.GET.get("area", "")
    areas = list(dict.fromkeys(one.area for one in figures.values()))
    found = presenters.sought(figures, words, area if area in areas else "")
    page = Paginator(found, FIGURES_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/narrative_figures.html",
        {
            "scope": scope,
            "page": page,
            "rows": presenters.figure_rows(list(page), scope.url),
            "count": len(found),
            "total": len(figures),
            "words": words,
            "area": area,
            "areas": areas,
            "steps": [to_narrative(scope)],
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def section_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a section after the others."""
    editing = edited(
        request,
        NewSectionForm,
        Opening(None, {}),
        lambda form, _: add_section(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}.")
        return redirect(scope.url("submissions:section", reference=editing.saved.reference))
    back = to_narrative(scope)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a section",
        context_line="The operational plan narrative",
        button="Add the section",
        back=back["url"],
        steps=[back],
    )


@needs(Capability.EDIT_PLAN)
@require_POST
def section_move(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Move a section one place up or down."""
    row = find_section(scope.plan, reference)
    if row is None:
        raise Http404("No such section")
    up = request.POST.get("to") == "up"
    if move_section(row, up=up, by=scope.user):
        messages.success(request, f"Moved {'up' if up else 'down'}: {row.title}.")
    return redirect(scope.url("submissions:narrative"))


def to_narrative(scope: Scope) -> dict[str, str]:
    """The step back to the list of sections."""
    return {"title": "Narrative", "url": scope.url("submissions:narrative")}
