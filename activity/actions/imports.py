"""What may be done with files of what happened: previewed, loaded as a whole or not at all, and undone as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.actions.import_rows import write_rows
from activity.imports.generic import Mapping as Columns
from activity.imports.ground import Outcome, Preview
from activity.imports.reading import Read, opening, read_files
from activity.imports.sources import SOURCES
from activity.queries.imports import ground_of, kept, preview_of, unpacked
from opplan.imports.actions import (
    Told,
    Upload,
    keep_mapping,
    locked,
    mark_loaded,
    open_batch,
    require_previewed,
    tell_again,
)
from opplan.imports.collecting import uncollected
from opplan.imports.queries import contents_of
from opplan.imports.report import Message, Report, Severity
from opplan.plans.actions import require_open
from opplan.plans.queries import closed_months
from opplan.web.formats import counted, listed
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.imports.models import Batch
    from opplan.plans.models import Plan

NAMED_AT_MOST = 5


class ImportRefused(ValidationError):
    """The files were not loaded; nothing was stored. `preview` is what they would do."""

    def __init__(self, why: str, preview: Preview) -> None:
        super().__init__(why)
        self.preview = preview


class StoredFiguresChanged(ImportRefused):
    """What the plan holds is no longer what the preview showed. Nothing was stored."""


class Unusable(ValidationError):
    """None of the files could be read; the messages say why of each."""


@dataclass(frozen=True)
class Loaded:
    """What an import did, or would do: the batch (None where nothing was stored), the preview and the report's messages."""

    batch: Batch | None
    source: str
    preview: Preview
    refusal: str

    @property
    def told(self) -> Told:
        return told(self.preview)


def told(preview: Preview) -> Told:
    """A preview as a batch keeps it."""
    return Told(
        new=preview.number(Outcome.NEW),
        changed=preview.number(Outcome.CHANGED),
        same=preview.number(Outcome.SAME),
        refused=preview.number(Outcome.REFUSED),
        skipped=preview.report.skipped,
        messages=messages_of(preview.report),
        fingerprint=preview.fingerprint,
    )


def messages_of(report: Report) -> list[dict[str, Any]]:
    """The report's messages as plain values, errors first; what was skipped is told as notes."""
    order = list(Severity)
    found = [_message(message) for message in sorted(report.messages, key=lambda one: order.index(one.severity))]
    if report.untold:
        found.append(_plain_message("", "", "", Severity.WARNING, f"{report.untold:,} further messages are not listed"))
    for skip in report.skips:
        place = report.where_skipped(skip)
        found.append(
            _plain_message(place.file, place.sheet, "", Severity.NOTE, f"Skipped: {skip.why}: {skip.number:,}")
        )
    return found


def _message(message: Message) -> dict[str, Any]:
    text = message.text
    if message.count > 1:
        others = f", such as {listed(message.further[:3])}" if message.further else ""
        text = f"{text} ({message.count:,} times{others})"
    return _plain_message(message.file, message.sheet, message.cell, message.severity, text)


def _plain_message(file: str, sheet: str, cell: str, severity: Severity, text: str) -> dict[str, Any]:
    return {"file": file, "sheet": sheet, "cell": cell, "severity": severity.value, "text": text}


def refusal_of(preview: Preview, *, leave_refused: bool = False) -> str:
    """Why the files cannot be loaded; "" where they can. A month that is closed may be left out, an error may not."""
    errors = preview.report.number(Severity.ERROR)
    if errors:
        return f"Nothing was loaded: {counted(errors, 'error')} in the files."
    if preview.refused and not leave_refused:
        months = sorted({one.period for one in preview.refused})
        named = listed([month_name(month) for month in months[:NAMED_AT_MOST]])
        more = f" and {counted(len(months) - NAMED_AT_MOST, 'other month')}" if len(months) > NAMED_AT_MOST else ""
        rows = counted(len(preview.refused), "figure")
        return f"Nothing was loaded: {rows} of {named}{more} are refused. {preview.refused[0].reason}"
    return ""


def load_files(
    plan: Plan,
    uploads: Sequence[Upload],
    *,
    source: str = "",
    columns: Columns | None = None,
    by: User | None,
    dry_run: bool = False,
    leave_refused: bool = False,
    why: str = "",
    progress: Callable[[str], None] | None = None,
) -> Loaded:
    """Read the files and load what they hold, all or nothing, in one transaction.

    A dry run, a refusal, and files that would change nothing store nothing.
    """
    report = Report(one.name for one in uploads)
    with uncollected(), opening(uploads) as opened:
        ground = ground_of(plan)
        read = read_files(uploads, opened, ground.wanted, report, source=source, mapping=columns, progress=progress)
    with uncollected(), transaction.atomic():
        row = plan if dry_run else require_open(plan, set())
        # Of what files are matched against, months alone are closed while files are read.
        ground = replace(ground, closed=closed_months(row))
        preview = preview_of(row, read.figures, report, ground)
        refusal = refusal_of(preview, leave_refused=leave_refused)
        if dry_run or refusal or not preview.writes:
            return Loaded(None, read.source, preview, refusal)
        shown = told(preview)
        batch = open_batch(row, read.source, uploads, shown, mapping=_columns_kept(read), by=by)
        _write(row, batch, preview, shown, by=by, why=why)
    return Loaded(batch, read.source, preview, "")


def preview_files(
    plan: Plan, uploads: Sequence[Upload], *, source: str = "", columns: Columns | None = None, by: User
) -> Batch:
    """Keep the files as a batch with what loading them would do. Nothing of them is loaded.

    Unusable, and nothing is kept, when none of the files can be read.
    """
    report = Report(one.name for one in uploads)
    with uncollected(), opening(uploads) as opened:
        ground = ground_of(plan)
        read = read_files(uploads, opened, ground.wanted, report, source=source, mapping=columns)
    if not read.source:
        raise Unusable([message.text for message in report.errors])
    with transaction.atomic():
        shown = told(preview_of(plan, read.figures, report, ground))
        return open_batch(
            plan, read.source, uploads, shown, figures=kept(read.figures), mapping=_columns_kept(read), by=by
        )


def _columns_kept(read: Read) -> dict[str, Any] | None:
    """How a table's columns are read, with their names, so that another choice can be offered without opening the file."""
    if read.columns is None:
        return None
    return read.columns.kept() | (read.mapping.kept() if read.mapping else {})


@transaction.atomic
def read_again(batch: Batch, *, columns: Columns, by: User, keep_as: str = "") -> None:
    """Read a batch's files with other columns, and keep the choice under a name where one is given."""
    plan = batch.plan
    uploads = [Upload(name, content) for name, content in contents_of(batch)]
    report = Report(one.name for one in uploads)
    with opening(uploads) as opened:
        ground = ground_of(plan)
        read = read_files(uploads, opened, ground.wanted, report, source=batch.source, mapping=columns)
    tell_again(
        batch,
        told(preview_of(plan, read.figures, report, ground)),
        figures=kept(read.figures),
        mapping=_columns_kept(read),
        by=by,
    )
    if keep_as:
        keep_mapping(plan.organisation, name=keep_as, mapping=columns.kept(), by=by)


def preview_batch(batch: Batch) -> Preview:
    """What loading the batch would do now: its figures against what the plan holds today."""
    return preview_of(batch.plan, unpacked(batch.figures), Report())


@transaction.atomic
def load_batch(batch: Batch, *, seen: str, by: User, leave_refused: bool = False, why: str = "") -> Preview:
    """Load a previewed batch. `seen` is the fingerprint of the preview that the person saw.

    StoredFiguresChanged when the plan holds other figures than it did then; ImportRefused when an error or a refused figure stands in
    the way. Figures that are refused may be left out, with the reason in `why`.
    """
    plan = require_open(batch.plan, set())
    row = locked(batch)
    require_previewed(row)
    preview = preview_of(plan, unpacked(row.figures), Report())
    if preview.fingerprint != seen:
        raise StoredFiguresChanged(
            "The plan's figures have changed since the preview. Look at it again; nothing was loaded.", preview
        )
    if any(message["severity"] == Severity.ERROR for message in row.messages):
        raise ImportRefused("Nothing was loaded: there are errors in the files.", preview)
    if refusal := refusal_of(preview, leave_refused=leave_refused):
        raise ImportRefused(refusal, preview)
    if preview.refused and not why.strip():
        raise ImportRefused("Say why the figures that are refused are left out.", preview)
    if not preview.writes:
        raise ImportRefused("There is nothing to load: the plan holds every figure already.", preview)
    counts = told(preview)
    shown = Told(
        counts.new, counts.changed, counts.same, counts.refused, row.skipped, row.messages, counts.fingerprint
    )  # fmt: skip
    _write(plan, row, preview, shown, by=by, why=why.strip())
    return preview


def _write(plan: Plan, batch: Batch, preview: Preview, shown: Told, *, by: User | None, why: str) -> None:
    written = write_rows(plan, preview, by=by, why=f"{batch}: {SOURCES[batch.source].TITLE}")
    mark_loaded(batch, shown, written, by=by, why=why)
