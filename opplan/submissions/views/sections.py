"""The pages of one section of the narrative: its text, its form with preview, its status, and its removal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edited, explain
from opplan.plans.versions import Version, opening
from opplan.submissions.actions.narrative import (
    change_section,
    finalise_section,
    remove_section,
    set_back_section,
)
from opplan.submissions.forms.narrative import SECTION_VALUES, SectionForm
from opplan.submissions.narrative.findings import findings, with_name
from opplan.submissions.narrative.marks import problems
from opplan.submissions.presenters import narrative as presenters
from opplan.submissions.queries.figures import figures_of
from opplan.submissions.queries.narrative import (
    FINAL,
    SectionRead,
    find_section,
    section_changes,
    section_read,
    versions_of_section,
)
from opplan.submissions.views.narrative import may_write, to_narrative
from opplan.web.forms import WhyForm

if TYPE_CHECKING:
    from opplan.submissions.figures.figure import Catalogue
    from opplan.submissions.models import Section

VERSIONS_A_PAGE, CHANGES_SHOWN, FIGURES_FOUND = 20, 20, 20
HELPS = ("preview", "find", "insert")


@needs(Capability.VIEW_PLAN)
@require_safe
def section(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """A section as it is read, where it disagrees with the tables, and its versions."""
    row = found_section(scope, reference)
    figures = figures_of(scope.plan, scope.month)
    read = section_read(row, figures, scope.plan.year)
    page = Paginator(versions_of_section(row), VERSIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/section.html",
        {
            **_shown(scope, read, figures),
            "text": presenters.as_read(row.text, figures, scope.url),
            "page": page,
            "changes": section_changes(row)[:CHANGES_SHOWN],
            "may_write": may_write(scope) and row.status != FINAL,
            "may_plan": scope.may(Capability.EDIT_PLAN),
            "steps": [to_narrative(scope)],
        },
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def section_edit(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Write a section. Previewing it, finding a figure and putting one in place change only what stands in the form."""
    row = found_section(scope, reference, to_write=True)
    back = scope.url("submissions:section", reference=reference)
    if row.status == FINAL and request.method != "POST":
        messages.info(request, "The section is final. It must be set back, with a reason, before it is changed.")
        return redirect(back)
    figures = figures_of(scope.plan, scope.month)
    helping = request.method == "POST" and any(name in request.POST for name in HELPS)
    editing: Editing[Any]
    if helping:
        data = request.POST.copy()
        typed = request.POST.get("text", "").replace("\r\n", "\n")
        typed = data["text"] = _inserted(typed, request.POST.get("insert", ""), figures, scope.plan.year)
        editing = Editing(SectionForm(data), Version.carried_by(data).opened)
        _name_problems(editing.form, typed, figures)
    else:
        editing = edited(
            request,
            SectionForm,
            opening(row, SECTION_VALUES),
            lambda form, version: change_section(
                row,
                values=form.values,
                figures=figures,
                by=scope.user,
                why=form.cleaned_data["why"],
                version=version,
            ),
        )
        if editing.saved:
            messages.success(request, f"Saved: {editing.saved.title}.")
            return redirect(back)
    sought = request.POST.get("find_words", "")[:100]
    written = editing.form["text"].value() or "" if editing.form.is_bound else row.text
    read = section_read(_as_typed(row, written), figures, scope.plan.year)
    return render(
        request,
        "submissions/section_edit.html",
        {
            **editing.shown,
            **_shown(scope, read, figures),
            "preview": presenters.as_read(written, figures, scope.url) if helping else None,
            "sought": sought,
            "choices": presenters.figure_rows(presenters.sought(figures, sought)[:FIGURES_FOUND], scope.url)
            if sought
            else [],
            "summary_title": "Nothing has been saved",
            "back": back,
            "steps": [to_narrative(scope), {"title": row.title, "url": back}],
        },
        status=200 if helping else editing.status,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def section_status(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Make a section final, or set a final one back, with a reason."""
    row = found_section(scope, reference)
    final = row.status == FINAL
    return _asked_why(
        request,
        scope,
        row,
        lambda why: (set_back_section if final else finalise_section)(row, by=scope.user, why=why),
        headline=f"Set back {row.title}" if final else f"Make {row.title} final",
        lead="It may be changed again once it is set back."
        if final
        else "Nobody changes a final section until it is set back, with a reason.",
        button="Set it back" if final else "Make it final",
        done=f"Set back: {row.title}." if final else f"Final: {row.title}.",
        after=scope.url("submissions:section", reference=reference),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def section_remove(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Take a section out of the narrative, with a reason."""
    row = found_section(scope, reference)
    return _asked_why(
        request,
        scope,
        row,
        lambda why: remove_section(row, by=scope.user, why=why),
        headline=f"Remove {row.title}",
        lead="It is taken out of the narrative. Its versions stay in the history.",
        button="Remove the section",
        done=f"Removed: {row.title}.",
        after=scope.url("submissions:narrative"),
    )


def _asked_why(
    request: HttpRequest,
    scope: Scope,
    row: Section,
    act: Callable[[str], object],
    *,
    done: str,
    after: str,
    **shown: str,
) -> HttpResponse:
    """A page that asks why, and then acts."""
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["why"])
        except ValidationError as problem:
            explain(form, problem)
        else:
            messages.success(request, done)
            return redirect(after)
    steps = steps_to(scope, row)
    return render(
        request,
        "plans/edit.html",
        {
            **shown,
            "scope": scope,
            "form": form,
            "context_line": f"Section {row.reference} of the narrative",
            "back": steps[-1]["url"],
            "steps": steps,
        },
        status=422 if form.errors else 200,
    )


def found_section(scope: Scope, reference: str, *, to_write: bool = False) -> Section:
    """The section at an address; 404 where there is none, or where it is to be written by somebody who may not."""
    row = find_section(scope.plan, reference)
    if row is None or (to_write and not may_write(scope)):
        raise Http404("No such section")
    return row


def _shown(scope: Scope, read: SectionRead, figures: Catalogue) -> dict[str, Any]:
    """What the pages of a section say of its text."""
    return {
        "scope": scope,
        "row": read.row,
        "read": read,
        "words": presenters.words_line(read),
        "wanting": presenters.wanting_in_words(len(read.differing), len(read.unknown)),
        "differing": presenters.finding_rows(read.differing, scope.url),
        "offers": presenters.finding_rows(read.offers, scope.url),
        "month": scope.month,
    }


def _as_typed(row: Section, text: str) -> Section:
    """The section as it stands in the form."""
    row.text = text.replace("\r\n", "\n")
    return row


def _inserted(text: str, wanted: str, figures: Catalogue, year: str) -> str:
    """The text with a figure's name in place of the number that a button named; as it was where there is no such number any more."""
    found = next((one for one in findings(text, figures, year) if presenters.key_of(one) == wanted), None)
    return with_name(text, found) if found else text


def _name_problems(form: Any, text: str, figures: Catalogue) -> None:
    """Say of a preview what saving would say of the names in it."""
    form.full_clean()
    if wrong := problems(text, figures):
        form.add_error("text", wrong)


def steps_to(scope: Scope, row: Section) -> list[dict[str, str]]:
    """The steps back from a page of the section."""
    return [
        to_narrative(scope),
        {"title": row.title, "url": scope.url("submissions:section", reference=row.reference)},
    ]
