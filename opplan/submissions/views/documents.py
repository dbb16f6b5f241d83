"""The pages of the register of documents: the list, one document with its versions, its forms, and its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.imports.unreadable import Unreadable
from opplan.imports.uploads import size_refused
from opplan.plans.editing import edit_page, edited, explain
from opplan.plans.versions import Opening, opening
from opplan.submissions.actions.documents import add_document, change_document, keep_version
from opplan.submissions.filters.documents import DocumentFilter
from opplan.submissions.forms.documents import DOCUMENT_VALUES, DocumentForm, FileForm, NewDocumentForm
from opplan.submissions.kinds import BY_ENDING
from opplan.submissions.presenters import documents as presenters
from opplan.submissions.queries.documents import (
    Damaged,
    document_history,
    documents_of,
    entries,
    find_document,
    find_document_version,
    opened_version,
    register_counts,
    round_choices,
    versions_of_document,
)
from opplan.submissions.tables import DocumentTable
from opplan.web.tables import download

if TYPE_CHECKING:
    from opplan.submissions.models import Document

CHANGES_SHOWN, VERSIONS = 20, 25


@needs(Capability.VIEW_PLAN)
@require_safe
def documents(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every document of the plan: filtered, searched, sorted, paged, and to be had as a file."""
    everything = documents_of(scope.plan)
    chosen = DocumentFilter(request.GET, queryset=everything, rounds=round_choices(scope.plan))
    counts = register_counts(entries(everything))
    shown = entries(chosen.qs) if chosen.narrowed else entries(everything)
    table = DocumentTable(presenters.document_rows(shown, scope.url), caption="Documents of the plan")
    RequestConfig(request).configure(table)
    if request.GET.get("download"):
        name = f"documents-{scope.plan.organisation.code}-{scope.plan.year}"
        return download(name, presenters.CSV_HEADS, presenters.csv_rows(row.record for row in table.rows))
    return render(
        request,
        "submissions/documents.html",
        {
            "scope": scope,
            "headline": presenters.headline(counts),
            "counts": counts,
            "chosen": chosen,
            "form": chosen.form,
            "table": table,
            "shown": len(shown),
            "may_edit": scope.may(Capability.EDIT_PLAN),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def document(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One document: what it is, each of its versions, and everything that changed in it."""
    return _page(request, scope, _found(scope, reference))


def _page(request: HttpRequest, scope: Scope, row: Document, refusal: str = "") -> HttpResponse:
    rows = versions_of_document(row)
    page = Paginator(rows, VERSIONS).get_page(request.GET.get("page"))
    initiatives = {one.key: one.title for one in initiative_register(scope.plan, scope.month)}
    changes = document_history(row, round_choices(scope.plan), initiatives)
    return render(
        request,
        "submissions/document.html",
        {
            "scope": scope,
            "row": row,
            "versions": presenters.version_rows(page, scope.url, row.reference),
            "page": page,
            "latest": rows[0] if rows else None,
            "refusal": refusal,
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "steps": _steps(scope),
        },
        status=409 if refusal else 200,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def document_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a document to the register. Its file is loaded on its own page."""
    editing = edited(
        request,
        _form(scope, NewDocumentForm),
        Opening(None, {"status": "draft"}),
        lambda form, _: add_document(
            scope.plan,
            reference=form.cleaned_data["reference"],
            values=form.values,
            by=scope.user,
            why=form.cleaned_data["why"],
        ),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}. Load its file next.")
        return redirect(scope.url("submissions:document", reference=editing.saved.reference))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a document",
        lead="It is filed first; its file is loaded on its own page.",
        context_line="The register of documents",
        button="Add the document",
        back=scope.url("submissions:documents"),
        steps=_steps(scope),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def document_edit(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what is said of a document. Its versions stay as they are."""
    row = _found(scope, reference)
    editing = edited(
        request,
        _form(scope, DocumentForm),
        opening(row, DOCUMENT_VALUES),
        lambda form, version: change_document(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    back = scope.url("submissions:document", reference=reference)
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=row.title,
        context_line=f"Document {row.reference}",
        button="Save the document",
        back=back,
        steps=[*_steps(scope), {"title": row.title, "url": back}],
    )


def _form(scope: Scope, form: type[DocumentForm]) -> Any:
    rounds = [(str(key), title) for key, _, title in round_choices(scope.plan)]
    register = initiative_register(scope.plan, scope.month)
    return partial(form, rounds=rounds, initiatives=[(str(one.key), one.title) for one in register])


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def document_upload(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Load a file as the document's next version. What came before it stays."""
    row = _found(scope, reference)
    held = versions_of_document(row)
    number = held[0].number if held else 0
    form, moved = FileForm(initial={"seen": number}), False
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if size_refused(request):
            form.errors.clear()
            form.add_error(
                "given", "The file is larger than any that is kept here. Split it, or make its pictures smaller."
            )
        elif form.is_valid():
            given = form.cleaned_data
            try:
                made = keep_version(
                    row,
                    name=str(given["given"].name),
                    content=given["given"].read(),
                    note=given["note"],
                    by=scope.user,
                    seen=given["seen"],
                )
            except Unreadable as problem:
                form.add_error("given", str(problem))
            except ValidationError as problem:
                moved = getattr(problem, "code", "") == "moved"
                if moved:
                    form = FileForm({"seen": number, "note": given["note"]})
                    form.full_clean()
                    form.errors.clear()
                explain(form, problem)
            else:
                messages.success(request, f"Kept as version {made.number}: {made.file_name}.")
                return redirect(scope.url("submissions:document", reference=reference))
    back = scope.url("submissions:document", reference=reference)
    return render(
        request,
        "submissions/document_upload.html",
        {
            "scope": scope,
            "row": row,
            "form": form,
            "number": number,
            "latest": held[0] if held else None,
            "back": back,
            "steps": [*_steps(scope), {"title": row.title, "url": back}],
        },
        status=409 if moved else 422 if form.errors else 200,
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def document_download(request: HttpRequest, scope: Scope, reference: str, number: str) -> HttpResponseBase:
    """The file of a version, once its bytes have been found to be those that were loaded. Never shown by the browser in its place."""
    row = _found(scope, reference)
    version = find_document_version(row, number)
    if version is None:
        raise Http404("No such version")
    try:
        file = opened_version(version)
    except Damaged as problem:
        return _page(request, scope, row, str(problem))
    kind = BY_ENDING.get(version.file_name.rpartition(".")[2].lower())
    response = FileResponse(
        file,
        as_attachment=True,
        filename=version.file_name,
        content_type=kind.content_type if kind else "application/octet-stream",
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _found(scope: Scope, reference: str) -> Document:
    row = find_document(scope.plan, reference)
    if row is None:
        raise Http404("No such document")
    return row


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Documents", "url": scope.url("submissions:documents")}]
