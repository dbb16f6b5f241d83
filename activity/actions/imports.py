"""What may be done with files of what happened: previewed, loaded as a whole or not at all, and undone as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from activity.imports.generic import Mapping as Columns
from activity.imports.matching import Effect, KnownLine, Outcome, Preview, exact
from activity.imports.reading import Read, read_files, uncollected
from activity.imports.sources import SOURCES
from activity.models import Delay, Line, Reading
from activity.queries.imports import ADDED, DELAY_KEY, ground_of, kept, preview_of, unpacked
from opplan.imports.actions import (
    Told,
    Upload,
    Written,
    keep_mapping,
    locked,
    mark_loaded,
    mark_undone,
    open_batch,
    require_previewed,
    tell_again,
)
from opplan.imports.provenance import Basis
from opplan.imports.queries import LOADED, ChangeRecord, changes_of, contents_of
from opplan.imports.report import Message, Report, Severity
from opplan.plans.actions import require_open
from opplan.plans.attribution import record_changes, record_deletions, record_new, record_new_values
from opplan.plans.queries import closed_months, closed_since
from opplan.web.formats import counted, listed
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.imports.models import Batch
    from opplan.plans.models import Plan

LINE, READING, DELAY = "line", "reading", "delay"
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


class UndoRefused(ValidationError):
    """A batch was not undone, because what it wrote has been changed since or its month was closed. Nothing was changed."""


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
        file, sheet = (skip.place.file, skip.place.sheet) if skip.place else ("", "")
        found.append(_plain_message(file, sheet, "", Severity.NOTE, f"Skipped: {skip.why}: {skip.number:,}"))
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
    report = Report()
    ground = ground_of(plan)
    with uncollected():
        read = read_files(uploads, ground.wanted, report, source=source, mapping=columns, progress=progress)
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
    report = Report()
    ground = ground_of(plan)
    with uncollected():
        read = read_files(uploads, ground.wanted, report, source=source, mapping=columns)
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
    chosen = read.mapping.kept() if read.mapping else {}
    about = {"names": list(read.columns.names), "sheet": read.columns.sheet, "header_row": read.columns.header_row}
    return about | chosen


@transaction.atomic
def read_again(batch: Batch, *, columns: Columns, by: User, keep_as: str = "") -> None:
    """Read a batch's files with other columns, and keep the choice under a name where one is given."""
    plan = batch.plan
    report = Report()
    ground = ground_of(plan)
    uploads = [Upload(name, content) for name, content in contents_of(batch)]
    read = read_files(uploads, ground.wanted, report, source=batch.source, mapping=columns)
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


# Writing


def _write(plan: Plan, batch: Batch, preview: Preview, shown: Told, *, by: User | None, why: str) -> None:
    reason = f"{batch}: {SOURCES[batch.source].TITLE}"
    written: list[Written] = []
    keys = {line.reference: line.key for line in preview.proposed}
    if preview.proposed:
        made = record_new([_line(plan, line) for line in preview.proposed], Line, by=by, why=reason)
        keys |= {row.reference: row.pk for row in made}
        written += [Written(LINE, row.pk, "", None, {"line": row.reference}) for row in made]
    rows = [one for one in preview.writes if one.line is not None]
    written += _write_readings(rows, keys, by=by, why=reason)
    written += _write_delays(plan, [one for one in preview.writes if one.delay is not None], by=by, why=reason)
    mark_loaded(batch, shown, written, by=by, why=why)


def _line(plan: Plan, line: KnownLine) -> Line:
    provider = {"provider_id": line.provider} if line.provider else {}
    return Line(
        plan=plan,
        reference=line.reference,
        measure_id=line.measure.key,
        scope=line.scope,
        title=line.title,
        frequency="" if line.frequency == line.measure.frequency else line.frequency,
        source=ADDED,
        basis=Basis.PUBLISHED,
        **provider,
    )


PUBLISHED = Basis.PUBLISHED.value
READING_FIELDS = (
    *("line_id", "period", "planned_source", "planned_basis", "actual_numerator", "actual_denominator", "status"),
    *("source", "basis"),
)
DELAY_FIELDS = ("plan_id", *DELAY_KEY, "days", "patients", "status", "source", "basis")
ACTUAL = ("actual_numerator", "actual_denominator", "status", "source", "basis")


def _write_readings(
    effects: Sequence[Effect], keys: Mapping[str, int | None], *, by: User | None, why: str
) -> list[Written]:
    """Insert and update readings. A row that has a plan alone is an update too."""
    held = _held_rows(effects)
    written: list[Written] = []
    new: list[tuple[Effect, tuple[Any, ...]]] = []
    changed: list[Reading] = []
    for one in effects:
        assert one.line is not None
        line = one.line.key or keys[one.line.reference]
        row = held.get((line, one.period))
        source = str(one.place)[:300]
        if row is None:
            new.append((one, (line, one.period, "", "", *one.will, source, PUBLISHED)))
            continue
        before = _held(row)
        row.actual_numerator, row.actual_denominator, row.status = one.will
        row.source, row.basis = source, Basis.PUBLISHED
        changed.append(row)
        written.append(_wrote_reading(one, row.pk, before))
    record_changes(changed, Reading, ACTUAL, by=by, why=why)
    made = record_new_values(Reading, READING_FIELDS, [row for _, row in new], by=by, why=why)
    return written + [_wrote_reading(one, key, None) for (one, _), key in zip(new, made, strict=True)]


def _held_rows(effects: Sequence[Effect]) -> dict[tuple[int | None, date], Reading]:
    """The rows that the effects fall on, of the lines that the plan has already."""
    lines = {one.line.key for one in effects if one.line is not None and one.line.key}
    if not lines:
        return {}
    periods = [one.period for one in effects]
    rows = Reading.objects.filter(line_id__in=lines, period__gte=min(periods), period__lte=max(periods)).order_by()
    return {(row.line_id, row.period): row for row in rows}


def _wrote_reading(one: Effect, key: int, before: dict[str, Any] | None) -> Written:
    assert one.line is not None
    numerator, denominator, status = one.will
    now = {
        "line": one.line.reference,
        "period": one.period.isoformat(),
        "numerator": exact(numerator),
        "denominator": exact(denominator),
        "status": status,
        "source": str(one.place)[:300],
        "basis": PUBLISHED,
    }
    return Written(READING, key, str(one.place), before, now)


def _held(row: Reading) -> dict[str, Any]:
    return {
        "numerator": exact(row.actual_numerator),
        "denominator": exact(row.actual_denominator),
        "status": row.status,
        "source": row.source,
        "basis": str(row.basis),
    }


def _write_delays(plan: Plan, effects: Sequence[Effect], *, by: User | None, why: str) -> list[Written]:
    """Insert and update the categories of delays."""
    held: dict[tuple[Any, ...], Delay] = {}
    if any(one.outcome is Outcome.CHANGED for one in effects):
        places = {one.delay[0] for one in effects if one.delay}
        held = {
            tuple(getattr(row, name) for name in DELAY_KEY): row
            for row in Delay.objects.filter(plan=plan, place__in=places).order_by()
        }
    written: list[Written] = []
    new: list[tuple[Effect, tuple[Any, ...]]] = []
    changed: list[Delay] = []
    for one in effects:
        assert one.delay is not None
        assert one.will[0] is not None
        source = str(one.place)[:300]
        if one.outcome is Outcome.NEW:
            new.append((one, (plan.pk, *one.delay, *one.will, source, PUBLISHED)))
            continue
        row = held[one.delay]
        before = _held_delay(row)
        row.days, row.patients, row.status = one.will[0], one.will[1], one.will[2]
        row.source, row.basis = source, Basis.PUBLISHED
        changed.append(row)
        written.append(_wrote_delay(one, row.pk, before))
    record_changes(changed, Delay, ("days", "patients", "status", "source", "basis"), by=by, why=why)
    made = record_new_values(Delay, DELAY_FIELDS, [row for _, row in new], by=by, why=why)
    return written + [_wrote_delay(one, key, None) for (one, _), key in zip(new, made, strict=True)]


def _wrote_delay(one: Effect, key: int, before: dict[str, Any] | None) -> Written:
    assert one.delay is not None
    place, period, cut, care, body, reason = one.delay
    now = {
        "place": place,
        "period": period.isoformat(),
        "cut": cut,
        "care": care,
        "body": body,
        "reason": reason,
        "days": exact(one.will[0]),
        "patients": exact(one.will[1]),
        "status": one.will[2],
        "source": str(one.place)[:300],
        "basis": PUBLISHED,
    }
    return Written(DELAY, key, str(one.place), before, now)


def _held_delay(row: Delay) -> dict[str, Any]:
    return {
        "days": exact(row.days),
        "patients": exact(row.patients),
        "status": row.status,
        "source": row.source,
        "basis": str(row.basis),
    }


# Undoing


@transaction.atomic
def undo_import(batch: Batch, *, by: User | None, why: str) -> int:
    """Take back all that a batch wrote: what it changed is as it was before, what it added is gone. Returns how many rows.

    UndoRefused, and nothing is changed, when no reason is given, the batch is not loaded, somebody has changed one of its figures
    since, or a month of it was closed since. Lines that the batch added stay where people have given them something else.
    """
    if not why.strip():
        raise UndoRefused("Say why the import is undone.")
    plan = require_open(batch.plan, set())
    row = locked(batch)
    if row.state != LOADED:
        raise UndoRefused(f"{row} is not loaded, so that there is nothing to undo.")
    reason = f"{row} undone: {why.strip()}"
    changes = changes_of(row)
    _require_months_open(plan, row, changes)
    readings = [one for one in changes if one.kind == READING]
    delays = [one for one in changes if one.kind == DELAY]
    held_readings = _rows(Reading, readings)
    held_delays = _rows(Delay, delays)
    moved = [
        f"{one.now['line']}, {month_name(date.fromisoformat(one.now['period']))}"
        for one in readings
        if not _is_as_written(one, held_readings.get(one.row), _held)
    ] + [
        f"{one.now['place']}, {month_name(date.fromisoformat(one.now['period']))}, delays"
        for one in delays
        if not _is_as_written(one, held_delays.get(one.row), _held_delay)
    ]
    if moved:
        named = "; ".join(moved[:NAMED_AT_MOST])
        more = f" and {len(moved) - NAMED_AT_MOST} more" if len(moved) > NAMED_AT_MOST else ""
        raise UndoRefused(f"{row} cannot be undone: {named}{more} changed after it was loaded. Nothing was changed.")
    _put_back_readings(readings, held_readings, by=by, why=reason)
    _put_back_delays(delays, held_delays, by=by, why=reason)
    _remove_lines([one.row for one in changes if one.kind == LINE], by=by, why=reason)
    mark_undone(row, by=by, why=why.strip()[:300])
    return len(changes)


def _require_months_open(plan: Plan, batch: Batch, changes: Sequence[ChangeRecord]) -> None:
    if batch.applied_at is None:
        return
    months = {date.fromisoformat(one.now["period"]) for one in changes if "period" in one.now}
    if shut := sorted(closed_since(plan, batch.applied_at) & months):
        named = listed([month_name(month) for month in shut[:NAMED_AT_MOST]])
        raise UndoRefused(
            f"{batch} cannot be undone: {named} was closed after it was loaded. Ask the programme office or the finance lead to reopen it."
        )


def _rows(model: type[Any], changes: Sequence[ChangeRecord]) -> dict[int, Any]:
    keys = [one.row for one in changes]
    found: dict[int, Any] = {}
    for start in range(0, len(keys), 500):
        found |= {row.pk: row for row in model.objects.filter(pk__in=keys[start : start + 500]).order_by()}
    return found


def _is_as_written(change: ChangeRecord, row: Any, held: Callable[[Any], dict[str, Any]]) -> bool:
    """Whether the row still holds what the batch wrote."""
    return row is not None and all(change.now.get(name) == value for name, value in held(row).items())


def _put_back_readings(
    changes: Sequence[ChangeRecord], held: Mapping[int, Reading], *, by: User | None, why: str
) -> None:
    gone, back = [], []
    for change in changes:
        row = held[change.row]
        if change.was is None and row.planned_numerator is None:
            gone.append(row)
            continue
        was = change.was or {"numerator": None, "denominator": None, "status": "", "source": "", "basis": Basis.ENTERED}
        row.actual_numerator, row.actual_denominator = _number(was["numerator"]), _number(was["denominator"])
        row.status, row.source, row.basis = was["status"], was["source"], was["basis"]
        back.append(row)
    record_changes(back, Reading, ACTUAL, by=by, why=why)
    record_deletions(gone, Reading, by=by, why=why)


def _put_back_delays(changes: Sequence[ChangeRecord], held: Mapping[int, Delay], *, by: User | None, why: str) -> None:
    gone, back = [], []
    for change in changes:
        row = held[change.row]
        if change.was is None:
            gone.append(row)
            continue
        row.days, row.patients = Decimal(change.was["days"]), _number(change.was["patients"])
        row.status, row.source, row.basis = change.was["status"], change.was["source"], change.was["basis"]
        back.append(row)
    record_changes(back, Delay, ("days", "patients", "status", "source", "basis"), by=by, why=why)
    record_deletions(gone, Delay, by=by, why=why)


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _remove_lines(keys: Iterable[int], *, by: User | None, why: str) -> None:
    """Delete the lines that nothing hangs on; one that people have given readings, limits or a plan stays."""
    links = [one for one in Line._meta.related_objects if not hasattr(one.related_model, "history_id")]
    for row in Line.objects.filter(pk__in=list(keys)):
        if any(_hangs_on(link, row) for link in links):
            continue
        row._history_user = by  # type: ignore[attr-defined]
        row._change_reason = why  # type: ignore[attr-defined]
        row.delete()


def _hangs_on(link: models.ForeignObjectRel, row: Line) -> bool:
    related: Any = link.related_model
    return bool(related._default_manager.filter(**{link.field.name: row}).exists())
