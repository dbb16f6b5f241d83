from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from activity.actions.imports import (
    ImportRefused,
    StoredFiguresChanged,
    Unusable,
    load_batch,
    preview_batch,
    preview_files,
    read_again,
)
from activity.actions.undoing import undo_import
from activity.forms.imports import ColumnsForm, LoadForm, UndoForm, UploadForm
from activity.imports import generic
from activity.imports.ground import Outcome, Preview
from activity.imports.reading import mapping_of
from activity.imports.sources import SOURCES
from activity.presenters import imports as presenters
from activity.queries.imports import line_names
from activity.tables import BatchTable, ChangeTable
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.imports.actions import discard_batch
from opplan.imports.queries import LOADED, PREVIEWED, batches_of, changes_of, files_of, find_batch, mappings_of
from opplan.imports.report import Severity
from opplan.imports.uploads import LARGEST_UPLOAD, size_refused
from opplan.web.formats import counted
from opplan.web.tables import PER_PAGE, download

ROWS = 50
PROPOSED_SHOWN = 40
REFUSED_SHOWN = 100


@require_http_methods(["GET", "POST"])
@needs(Capability.VIEW_PLAN)
def batches(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every upload of published files with what it did; and for those who may, the upload of more."""
    may_load = scope.may(Capability.RECORD_READING)
    form = UploadForm(request.POST or None, request.FILES or None) if may_load else None
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if form is None:
            raise Http404("No such page")
        answer, errors = _uploaded(request, scope, UploadForm(request.POST, request.FILES))
        if answer is not None:
            return answer
        form = UploadForm(initial={"source": request.POST.get("source", "")})
    found = batches_of(scope.plan, SOURCES)
    table = BatchTable(
        presenters.batch_rows(found, lambda key: scope.url("activity:import", batch=key)),
        caption="Imports of this plan",
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return render(
        request,
        "activity/imports.html",
        {
            "scope": scope,
            "headline": presenters.list_headline(found),
            "lead": presenters.list_lead(found),
            "form": form,
            "errors": errors,
            "table": table if found else None,
        },
        status=422 if errors else 200,
    )


def _uploaded(request: HttpRequest, scope: Scope, form: UploadForm) -> tuple[HttpResponse | None, list[dict[str, str]]]:
    """The way to the preview; or what is wrong with the files."""
    if size := size_refused(request):
        limit = presenters.size_of(LARGEST_UPLOAD)
        text = f"The files have {presenters.size_of(size)} together; the limit is {limit}. Load them in parts."
        return None, [{"target": "id_given", "text": text}]
    if not form.is_valid():
        return None, [
            {"target": f"id_{name}", "text": str(text)} for name, found in form.errors.items() for text in found
        ]
    try:
        row = preview_files(scope.plan, form.uploads, source=form.cleaned_data["source"], by=scope.user)
    except Unusable as refused:
        return None, [{"target": "id_given", "text": text} for text in refused.messages]
    return redirect(scope.url("activity:import", batch=str(row.pk))), []


@require_http_methods(["GET", "POST"])
@needs(Capability.VIEW_PLAN)
def batch(request: HttpRequest, scope: Scope, batch: str) -> HttpResponse:
    """One upload: what loading it would do, or what it did; and for those who may, load, discard, undo."""
    row = _found(scope, batch)
    forms: dict[str, Any] = {}
    status, refusal = 200, ""
    if request.method == "POST":
        if not scope.may(Capability.RECORD_READING):
            raise Http404("No such page")
        done, forms, refusal = _done(request, scope, row)
        if done is not None:
            return done
        status, row = 422, _found(scope, batch)
    page = _waiting(scope, row) if row.state == PREVIEWED else _past(scope, row)
    table = ChangeTable(page["rows"], caption=page["caption"])
    if row.state != PREVIEWED:
        table.columns["will"].column.verbose_name = "Loaded"
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    return render(
        request,
        "activity/import.html",
        {
            "scope": scope,
            "batch": row,
            "page": page,
            "table": table if page["rows"] else None,
            "may_load": scope.may(Capability.RECORD_READING),
            "source": presenters.title_of(row.source),
            "files": presenters.file_rows(files_of(row), lambda key: scope.url("activity:import", batch=key)),
            "said": presenters.message_groups(row.messages),
            "steps": [{"title": "Imports", "url": scope.url("activity:imports")}],
            "refusal": refusal,
            "undo": forms.get("undo") or UndoForm(),
            "load": forms.get("load") or LoadForm(initial={"seen": page.get("fingerprint", "")}),
            "columns": forms.get("columns") or _columns_form(scope, row, request),
            "mappings": _mapping_links(scope, row),
            "sheets": _sheet_links(scope, row),
            "asked_mapping": "mapping" in request.GET or "sheet" in request.GET,
            "download_url": scope.url("activity:import_download", batch=batch),
        },
        status=status,
    )


@require_GET
@needs(Capability.VIEW_PLAN)
def batch_download(request: HttpRequest, scope: Scope, batch: str) -> HttpResponse:
    """Every figure of one upload with what was held and what is, as CSV."""
    row = _found(scope, batch)
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-import-{row.pk}"
    if row.state == PREVIEWED:
        return download(name, presenters.DOWNLOAD_HEADS, presenters.effect_cells(preview_batch(row).effects))
    return download(name, presenters.DOWNLOAD_HEADS, presenters.change_cells(changes_of(row)))


def _found(scope: Scope, key: str) -> Any:
    row = find_batch(scope.plan, int(key), SOURCES) if key.isascii() and key.isdecimal() else None
    if row is None:
        raise Http404("No such import")
    row.plan = scope.plan
    return row


def _done(request: HttpRequest, scope: Scope, row: Any) -> tuple[HttpResponse | None, dict[str, Any], str]:
    """What was asked for is done, and the way on; or the form with what is wrong, and why it was refused."""
    here = scope.url("activity:import", batch=str(row.pk))
    what = request.POST.get("do", "")
    try:
        if what == "discard":
            discard_batch(row, by=scope.user)
            messages.success(request, f"{row} is discarded. Nothing of its files was loaded.")
            return redirect(scope.url("activity:imports")), {}, ""
        if what == "undo":
            undo = UndoForm(request.POST)
            if not undo.is_valid():
                return None, {"undo": undo}, "Nothing was undone"
            rows = undo_import(row, by=scope.user, why=undo.cleaned_data["why"])
            messages.success(request, f"{row} is undone: {counted(rows, 'row')} taken back.")
            return redirect(here), {}, ""
        if what == "columns":
            return _columns_chosen(request, scope, row, here)
        return _load(request, scope, row, here)
    except StoredFiguresChanged as refused:
        return None, {}, refused.messages[0]
    except ValidationError as refused:
        return None, {}, " ".join(refused.messages)


def _load(request: HttpRequest, scope: Scope, row: Any, here: str) -> tuple[HttpResponse | None, dict[str, Any], str]:
    load = LoadForm(request.POST)
    if not load.is_valid():
        return None, {"load": load}, "Nothing was loaded"
    given = load.cleaned_data
    try:
        preview = load_batch(
            row, seen=given["seen"], by=scope.user, leave_refused=given["leave_refused"], why=given["why"]
        )
    except StoredFiguresChanged:
        raise
    except ImportRefused as refused:
        return None, {}, " ".join(refused.messages)
    messages.success(request, f"{row} is loaded: {counted(len(preview.writes), 'figure')}.")
    return redirect(here), {}, ""


def _columns_chosen(
    request: HttpRequest, scope: Scope, row: Any, here: str
) -> tuple[HttpResponse | None, dict[str, Any], str]:
    columns = _columns_of(row, request.POST.get("sheet", ""))
    if columns is None:
        raise Http404("No such page")
    form = ColumnsForm(columns, request.POST)
    if not form.is_valid():
        return None, {"columns": form}, "The file was not read again"
    read_again(row, columns=form.chosen, by=scope.user, keep_as=form.cleaned_data["keep_as"].strip())
    messages.success(request, "The file was read again with these columns.")
    return redirect(here), {}, ""


def _columns_of(row: Any, sheet: str = "") -> generic.Columns | None:
    """The heading of a table of one's own that waits to be loaded: of a sheet, or of the one that is read."""
    if row.state != PREVIEWED or row.source != generic.NAME or not row.mapping or "names" not in row.mapping:
        return None
    return generic.Columns.of(row.mapping).at(sheet)


def _columns_form(scope: Scope, row: Any, request: HttpRequest) -> ColumnsForm | None:
    """The choice as it is, as it was kept under a name, or as the headings of another sheet suggest it."""
    held = mapping_of(mappings_of(scope.plan.organisation).get(request.GET.get("mapping", "")))
    sheet = request.GET.get("sheet", held.sheet if held else "")
    columns, read = _columns_of(row, sheet), _columns_of(row)
    if columns is None or read is None or not scope.may(Capability.RECORD_READING):
        return None
    as_read = mapping_of(row.mapping) if columns.sheet == read.sheet else generic.suggested(columns)
    return ColumnsForm(columns, mapping=held or as_read)


def _sheet_links(scope: Scope, row: Any) -> list[dict[str, str]]:
    """The sheets of the workbook, as links that show their columns; none of a file with one."""
    read = _columns_of(row)
    sheets = [read, *read.others] if read and read.others else []
    return [
        {"name": one.sheet, "url": scope.url("activity:import", {"sheet": one.sheet}, batch=str(row.pk))}
        for one in sheets
    ]


def _mapping_links(scope: Scope, row: Any) -> list[dict[str, str]]:
    """The choices of columns that the organisation has kept, as links that fill them in."""
    if _columns_of(row) is None:
        return []
    return [
        {"name": name, "url": scope.url("activity:import", {"mapping": name}, batch=str(row.pk))}
        for name in mappings_of(scope.plan.organisation)
    ]


def _waiting(scope: Scope, row: Any) -> dict[str, Any]:
    """A preview, against what the plan holds now."""
    preview: Preview = preview_batch(row)
    errors = sum(1 for message in row.messages if message["severity"] == Severity.ERROR)
    writes = sorted(preview.writes, key=presenters.order_of)

    def address(reference: str) -> str:
        return scope.url("activity:line", reference=reference)

    return {
        "headline": presenters.preview_headline(preview, errors),
        "caption": "What would change",
        "rows": presenters.effect_rows(writes, address),
        "number": len(writes),
        "refused": presenters.effect_rows(preview.refused[:REFUSED_SHOWN], address),
        "refused_number": len(preview.refused),
        "proposed": presenters.proposed_rows(preview.proposed[:PROPOSED_SHOWN]),
        "proposed_number": len(preview.proposed),
        "fingerprint": preview.fingerprint,
        "same": preview.number(Outcome.SAME),
        "errors": errors,
        "loadable": bool(writes) and not errors,
    }


def _past(scope: Scope, row: Any) -> dict[str, Any]:
    """What a batch wrote."""
    changes = changes_of(row)
    names = {reference: presenters.Named(*named) for reference, named in line_names(scope.plan).items()}
    rows = presenters.change_rows(changes, names, lambda reference: scope.url("activity:line", reference=reference))
    return {
        "headline": presenters.done_headline(row),
        "caption": "What was loaded",
        "rows": rows,
        "number": len(rows),
        "undoable": row.state == LOADED,
    }
