"""The versions of a section of the narrative: an earlier one, its way back, and how two of them differ."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import explain
from opplan.submissions.actions.narrative import restore_section
from opplan.submissions.narrative.differing import counts, differing
from opplan.submissions.presenters import narrative as presenters
from opplan.submissions.queries.figures import figures_of
from opplan.submissions.queries.narrative import FINAL, TextVersion, versions_of_section
from opplan.submissions.views.narrative import may_write
from opplan.submissions.views.sections import found_section, steps_to
from opplan.web.forms import WhyForm


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def section_version(request: HttpRequest, scope: Scope, reference: str, edition: str) -> HttpResponse:
    """An earlier version of a section, how the present one differs from it, and its way back."""
    row = found_section(scope, reference)
    held = versions_of_section(row)
    version = _numbered(held, edition)
    restorable = may_write(scope) and row.status != FINAL and version is not held[0]
    if request.method == "POST" and not may_write(scope):
        raise Http404("No such page")
    form = WhyForm(request.POST if request.method == "POST" else None)
    figures = figures_of(scope.plan, scope.month)
    if request.method == "POST" and form.is_valid():
        try:
            # What an earlier version names may be no figure any more: it comes back as it was, and the page says so.
            restore_section(row, title=version.title, text=version.text, by=scope.user, why=form.cleaned_data["why"])
        except ValidationError as problem:
            explain(form, problem)
        else:
            messages.success(request, f"Version {version.number} is in place again.")
            return redirect(scope.url("submissions:section", reference=reference))
    return render(
        request,
        "submissions/section_version.html",
        {
            "scope": scope,
            "row": row,
            "version": version,
            "latest": held[0],
            "text": presenters.as_read(version.text, figures, scope.url),
            "pieces": differing(version.text, held[0].text),
            "form": form,
            "restorable": restorable,
            "steps": steps_to(scope, row),
        },
        status=422 if form.errors else 200,
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def section_difference(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """How two versions of a section differ, word by word."""
    row = found_section(scope, reference)
    held = versions_of_section(row)
    after = _numbered(held, request.GET.get("to", str(held[0].number)))
    before = _numbered(held, request.GET.get("from", str(max(after.number - 1, 1))))
    pieces = differing(before.text, after.text)
    added, removed = counts(pieces)
    return render(
        request,
        "submissions/section_difference.html",
        {
            "scope": scope,
            "row": row,
            "versions": held,
            "before": before,
            "after": after,
            "pieces": pieces,
            "added": added,
            "removed": removed,
            "steps": steps_to(scope, row),
        },
    )


def _numbered(held: list[TextVersion], number: str) -> TextVersion:
    found = next((one for one in held if str(one.number) == number), None)
    if found is None:
        raise Http404("No such version")
    return found
