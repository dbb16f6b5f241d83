"""The national QIPP return: taken out as a workbook or CSV, brought in with a preview, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from finance.actions.qipp_return import ReturnRefused, load_return, preview_batch, preview_return, undo_return
from finance.forms.qipp_return import LoadReturnForm, ReturnForm, UndoReturnForm
from finance.presenters import qipp_return as presenters
from finance.queries.qipp_return import SOURCE, TITLE
from finance.queries.qipp_return import qipp_return as returned
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.imports.actions import discard_batch
from opplan.imports.queries import LOADED, PREVIEWED, batches_of, changes_of, find_batch
from opplan.imports.uploads import size_refused
from opplan.web.formats import counted
from opplan.web.tables import download

if TYPE_CHECKING:
    from opplan.imports.models import Batch

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELLS_SHOWN = 120


def _may_load(scope: Scope) -> bool:
    """A return holds plans, actuals and forecasts together."""
    return scope.may(Capability.EDIT_PLAN) and scope.may(Capability.RECORD_ACTUAL)


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def qipp_return(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The return to take out, those that were brought in, and for those who may, another to bring in."""
    found = returned(scope.plan)
    if request.method == "GET" and (asked := request.GET.get("download", "")) in ("xlsx", "csv"):
        return _file(found, asked)
    may_load = _may_load(scope)
    form = ReturnForm() if may_load else None
    if request.method == "POST":
        if not may_load:
            raise Http404("No such page")
        form = ReturnForm(request.POST, request.FILES)
        if size_refused(request):
            form.add_error("given", "The file is larger than anything that a return could be. Load the return alone.")
        elif form.is_valid():
            try:
                row = preview_return(scope.plan, form.upload, by=scope.user)
            except ReturnRefused as refused:
                form.add_error("given", refused)
            else:
                return redirect(scope.url("finance:qipp_import", batch=str(row.pk)))
    return render(
        request,
        "finance/qipp_return.html",
        {
            "scope": scope,
            "headline": presenters.page_headline(found),
            "form": form,
            "rows": presenters.batch_rows(batches_of(scope.plan, [SOURCE]), scope.url),
            "steps": _steps(scope)[:1],
        },
        status=422 if form is not None and form.errors else 200,
    )


def _file(found: Any, kind: str) -> HttpResponse:
    if kind == "xlsx":
        answer = HttpResponse(presenters.as_workbook(found), content_type=WORKBOOK)
    else:
        answer = HttpResponse(presenters.as_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{presenters.file_name(found)}.{kind}"'
    return answer


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def qipp_import(request: HttpRequest, scope: Scope, batch: str) -> HttpResponse:
    """One return that was brought in: what loading it would do, or what it did; and for those who may, load, discard, undo."""
    row = _found(scope, batch)
    may_load = _may_load(scope)
    forms: dict[str, Any] = {}
    refusal = ""
    if request.method == "POST":
        if not may_load:
            raise Http404("No such page")
        done, forms, refusal = _done(request, scope, row)
        if done is not None:
            return done
        row = _found(scope, batch)
    if request.method == "GET" and request.GET.get("download") == "csv":
        return download(_name(scope, row), presenters.CELL_HEADS, presenters.cell_values(_rows(scope, row)))
    shown = _waiting(scope, row) if row.state == PREVIEWED else _past(scope, row)
    return render(
        request,
        "finance/qipp_import.html",
        {
            "scope": scope,
            "batch": row,
            "title": TITLE,
            "page": shown,
            "said": presenters.message_groups(shown["messages"]),
            "may_load": may_load,
            "refusal": refusal,
            "load": forms.get("load") or LoadReturnForm(initial={"seen": shown.get("fingerprint", "")}),
            "undo": forms.get("undo") or UndoReturnForm(),
            "steps": _steps(scope),
        },
        status=422 if refusal else 200,
    )


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Savings schemes", "url": scope.url("finance:schemes")},
        {"title": TITLE, "url": scope.url("finance:qipp_return")},
    ]


def _found(scope: Scope, key: str) -> Batch:
    row = find_batch(scope.plan, int(key), [SOURCE]) if key.isascii() and key.isdecimal() else None
    if row is None:
        raise Http404("No such import")
    row.plan = scope.plan
    return row


def _name(scope: Scope, row: Batch) -> str:
    return f"{scope.plan.organisation.code}-{scope.plan.year}-import-{row.pk}"


def _rows(scope: Scope, row: Batch) -> list[presenters.CellRow]:
    """Every cell that would change, or that was loaded."""
    if row.state == PREVIEWED:
        return presenters.cell_rows(preview_batch(row).cells, scope.url)
    return presenters.change_rows(changes_of(row), scope.url)


def _waiting(scope: Scope, row: Batch) -> dict[str, Any]:
    """A preview, against what the plan holds now. The file's own errors stand beside what the plan says today."""
    preview = preview_batch(row)
    held = {(one["cell"], one["text"]) for one in row.messages}
    today = [
        {"file": one.file, "sheet": one.sheet, "cell": one.cell, "severity": "error", "text": one.text[:1].upper() + one.text[1:]}
        for one in preview.report.errors
    ]  # fmt: skip
    said = [*row.messages, *(one for one in today if (one["cell"], one["text"]) not in held)]
    errors = sum(1 for one in said if one["severity"] == "error")
    return {
        "headline": presenters.preview_headline(preview, errors),
        "rows": presenters.cell_rows(preview.cells[:CELLS_SHOWN], scope.url),
        "number": len(preview.cells),
        "more": max(len(preview.cells) - CELLS_SHOWN, 0),
        "same": preview.same,
        "messages": said,
        "errors": errors,
        "loadable": bool(preview.cells) and not errors,
        "fingerprint": preview.fingerprint,
    }


def _past(scope: Scope, row: Batch) -> dict[str, Any]:
    rows = _rows(scope, row)
    return {
        "headline": presenters.done_headline(row),
        "rows": rows[:CELLS_SHOWN],
        "number": len(rows),
        "more": max(len(rows) - CELLS_SHOWN, 0),
        "messages": row.messages,
        "undoable": row.state == LOADED,
    }


def _done(request: HttpRequest, scope: Scope, row: Batch) -> tuple[HttpResponse | None, dict[str, Any], str]:
    """What was asked for is done, and the way on; or the form with what is wrong, and why it was refused."""
    here = scope.url("finance:qipp_import", batch=str(row.pk))
    what = request.POST.get("do", "")
    try:
        if what == "discard":
            discard_batch(row, by=scope.user)
            messages.success(request, f"{row} is discarded. Nothing of the return was loaded.")
            return redirect(scope.url("finance:qipp_return")), {}, ""
        if what == "undo":
            undo = UndoReturnForm(request.POST)
            if not undo.is_valid():
                return None, {"undo": undo}, "Nothing was undone"
            rows = undo_return(row, by=scope.user, why=undo.cleaned_data["why"])
            messages.success(request, f"{row} is undone: {counted(rows, 'row')} taken back.")
            return redirect(here), {}, ""
        load = LoadReturnForm(request.POST)
        if not load.is_valid():
            return None, {"load": load}, "Nothing was loaded"
        preview = load_return(row, seen=load.cleaned_data["seen"], by=scope.user, why=load.cleaned_data["why"])
        messages.success(request, f"{row} is loaded: {counted(len(preview.cells), 'cell')} changed.")
        return redirect(here), {}, ""
    except ValidationError as refused:
        return None, {}, " ".join(refused.messages)
