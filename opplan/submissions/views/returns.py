"""The pages of workbooks that come back: upload, preview with its conflicts, apply as a whole, result, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.imports.actions import discard_batch
from opplan.imports.queries import PREVIEWED
from opplan.imports.unreadable import Unreadable
from opplan.imports.uploads import size_refused
from opplan.submissions.actions.returns import apply_upload, choose, keep_upload, needed_for, undo_return
from opplan.submissions.definition import definitions_of, find_definition
from opplan.submissions.forms.returns import ApplyForm, ReturnForm, UndoForm
from opplan.submissions.merged import FILE, OPPLAN, Change
from opplan.submissions.presenters import returns as presenters
from opplan.submissions.queries.returns import (
    find_return,
    find_upload,
    fingerprint_of,
    preview_of_batch,
    returns_of,
    waiting,
)
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.imports.models import Batch
    from opplan.submissions.queries.templates import Preview

WRITES = (Capability.EDIT_PLAN, Capability.RECORD_ACTUAL, Capability.RECORD_READING, Capability.UPDATE_PROGRESS)
"""Whoever may write anything may bring a workbook back; each of its cells is asked for its own capability."""
ROWS, CONFLICTS = 50, 25


def _may_load(scope: Scope) -> bool:
    return any(scope.may(one) for one in WRITES)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def returns(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The workbooks that came back; and for those who may write, the upload of another."""
    may_load = _may_load(scope)
    form = ReturnForm() if may_load else None
    if request.method == "POST":
        if not may_load:
            raise Http404("No such page")
        form = ReturnForm(request.POST, request.FILES)
        if size_refused(request):
            form.errors.clear()
            form.add_error(
                "given", "The file is larger than anything that a workbook could be. Load the workbook alone."
            )
        elif form.is_valid():
            try:
                row = keep_upload(scope.plan, form.upload, by=scope.user)
            except Unreadable as problem:
                form.add_error("given", str(problem))
            else:
                return redirect(scope.url("submissions:upload", batch=str(row.pk)))
    found, waits = returns_of(scope.plan), waiting(scope.plan)
    titles = {one.name: one.title for one in definitions_of(scope.plan.round)}
    rows = Paginator(presenters.return_rows(found, titles, scope.url), ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/returns.html",
        {
            "scope": scope,
            "steps": [_to_templates(scope)],
            "headline": presenters.list_headline(found, len(waits)),
            "form": form,
            "waiting": presenters.waiting_rows(waits[:ROWS], scope.url),
            "rows": rows,
        },
        status=422 if form is not None and form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def upload(request: HttpRequest, scope: Scope, batch: str) -> HttpResponse:
    """What a workbook that came back would change, cell by cell; and for those who may, apply or discard it."""
    row = find_upload(scope.plan, batch)
    if row is None or not _may_load(scope):
        raise Http404("No such workbook")
    if row.state != PREVIEWED:
        return _gone(scope, row)
    form, refusal = ApplyForm(), ""
    if request.method == "POST":
        form = ApplyForm(request.POST)
        answer, refusal = _done(request, scope, row, form)
        if answer is not None:
            return answer
        row = find_upload(scope.plan, batch)
        if row is None or row.state != PREVIEWED:
            raise Http404("No such workbook")
    preview = preview_of_batch(row)
    if not form.is_bound or "has changed since" in refusal:
        form = ApplyForm(initial={"seen": fingerprint_of(preview.merge), "why": form.data.get("why", "")})
    return render(
        request,
        "submissions/upload.html",
        {
            "scope": scope,
            "batch": row,
            "form": form,
            "refusal": refusal,
            **_shown(request, scope, row, preview),
            "steps": _steps(scope),
        },
        status=422 if refusal else 200,
    )


def _gone(scope: Scope, row: Batch) -> HttpResponse:
    done = (row.mapping or {}).get("return")
    if done and find_return(scope.plan, str(done)):
        return redirect(scope.url("submissions:return", key=str(done)))
    return redirect(scope.url("submissions:returns"))


def _shown(request: HttpRequest, scope: Scope, row: Batch, preview: Preview) -> dict[str, Any]:
    merge, definition = preview.merge, preview.definition
    chosen = (row.mapping or {}).get("chosen", {})
    page: dict[str, Any] = {
        "headline": presenters.preview_headline(merge),
        "title": definition.title if definition else "",
        "errors": presenters.told(merge.errors),
        "more_errors": presenters.more(merge.errors),
        "notes": presenters.told(merge.notes),
        "more_notes": presenters.more(merge.notes),
        "plain": None,
        "conflicts": None,
    }
    if definition is None or not merge.changes:
        return page
    not_mine = presenters.refused(merge.changes, lambda key: needed_for(definition, key), scope.may)
    conflicts = Paginator(merge.conflicts, CONFLICTS).get_page(request.GET.get("conflicts"))
    plain = Paginator(merge.plain, ROWS).get_page(request.GET.get("page"))
    left = sum(not presenters.choice_for(one, chosen) for one in merge.conflicts)
    return page | {
        "number": len(merge.changes),
        "plain_number": len(merge.plain),
        "conflict_number": len(merge.conflicts),
        "left": left,
        "not_mine": not_mine[: presenters.TOLD_AT_MOST],
        "not_mine_number": len(not_mine),
        "plain": plain,
        "plain_rows": presenters.change_rows(list(plain), definition),
        "conflicts": conflicts,
        "conflict_rows": presenters.conflict_rows(list(conflicts), definition, chosen),
        "several": conflicts.paginator.num_pages > 1,
        "loadable": not merge.errors and not not_mine,
    }


def _done(request: HttpRequest, scope: Scope, row: Batch, form: ApplyForm) -> tuple[HttpResponse | None, str]:
    """What was asked for is done, and the way on; or why it was refused."""
    here = scope.url("submissions:upload", batch=str(row.pk))
    what = request.POST.get("do", "apply")
    try:
        if what == "discard":
            discard_batch(row, by=scope.user)
            messages.success(request, "The workbook is discarded. Nothing of it was loaded.")
            return redirect(scope.url("submissions:returns")), ""
        merge = preview_of_batch(row).merge
        choices = _choices(request, merge.conflicts)
        if choices:
            choose(row, choices, by=scope.user)
        if what == "choose":
            return redirect(f"{here}?conflicts={request.POST.get('next', '1')}"), ""
        if not form.is_valid():
            return None, "Nothing was changed"
        held = {**(row.mapping or {}).get("chosen", {}), **choices}
        settled = {presenters.place_of(one): presenters.choice_for(one, held) for one in merge.conflicts}
        done = apply_upload(
            row,
            seen=form.cleaned_data["seen"],
            chosen=presenters.chosen_of(merge.conflicts, settled),
            may=scope.may,
            by=scope.user,
            why=form.cleaned_data["why"],
        )
    except ValidationError as problem:
        return None, " ".join(problem.messages)
    messages.success(request, f"{counted(len(done.changes), 'cell').capitalize()} changed.")
    return redirect(scope.url("submissions:return", key=str(done.pk))), ""


def _choices(request: HttpRequest, conflicts: list[Change]) -> dict[str, list[str]]:
    """What was chosen on this page, or for all that is left, with opplan's value that it was chosen over."""
    rest = request.POST.get("rest", "")
    found = {}
    for one in conflicts:
        place = presenters.place_of(one)
        choice = request.POST.get(f"choose {place}", "") or rest
        if choice in (OPPLAN, FILE):
            found[place] = [choice, one.now]
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.VIEW_PLAN)
def applied(request: HttpRequest, scope: Scope, key: str) -> HttpResponse:
    """What a workbook changed; and for those who may write, its undoing as a whole."""
    row = find_return(scope.plan, key)
    if row is None:
        raise Http404("No such workbook")
    definition = find_definition(scope.plan.round, row.template)
    may_undo = _may_load(scope) and not row.undone_at
    form, refusal = UndoForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST":
        if not _may_load(scope):
            raise Http404("No such page")
        refusal = "Nothing was taken back"
        if form.is_valid():
            try:
                undo_return(scope.plan, definition, row.pk, may=scope.may, by=scope.user, why=form.cleaned_data["why"])
            except ValidationError as problem:
                refusal = f"Nothing was taken back. {' '.join(problem.messages)}"
            else:
                messages.success(request, f"{counted(len(row.changes), 'cell').capitalize()} taken back.")
                return redirect(scope.url("submissions:return", key=key))
    rows = Paginator(presenters.done_rows(row, definition), ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/return.html",
        {
            "scope": scope,
            "row": row,
            "title": definition.title if definition else row.template,
            "headline": presenters.done_headline(row),
            "rows": rows,
            "form": form,
            "refusal": refusal,
            "may_undo": may_undo,
            "steps": _steps(scope),
        },
        status=422 if refusal else 200,
    )


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [_to_templates(scope), {"title": "Workbooks back", "url": scope.url("submissions:returns")}]


def _to_templates(scope: Scope) -> dict[str, str]:
    return {"title": "Templates", "url": scope.url("submissions:templates")}
