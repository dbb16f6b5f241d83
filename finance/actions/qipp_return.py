"""What may be done with a national QIPP return: previewed, loaded as a whole or not at all, and undone as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from finance.actions.savings import SavingChange, record_savings
from finance.imports.qipp_preview import Cell, Preview, preview_of
from finance.imports.qipp_return import kept, read_return, unpacked
from finance.models import Scheme, SchemeMonth
from finance.queries.months import FIGURES
from finance.queries.qipp_return import SOURCE, TITLE, layout
from opplan.imports.actions import (
    Told,
    Upload,
    Written,
    locked,
    mark_loaded,
    mark_undone,
    open_batch,
    require_previewed,
)
from opplan.imports.provenance import Basis
from opplan.imports.queries import LOADED, ChangeRecord, changes_of
from opplan.imports.report import Report, Severity
from opplan.imports.rows import UndoRefused, held, moved, plain, put_back, written
from opplan.plans.actions import reason_for_plan, require_open
from opplan.plans.attribution import record_changes, record_new
from opplan.plans.queries import closed_months
from opplan.web.formats import counted, listed
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.imports.models import Batch
    from opplan.plans.models import Plan

SCHEME, MONTH = "scheme", "month"
FACTS = [column.fact for column in layout().columns if column.holds in ("text", "choice")]
SCHEME_FIELDS = ["reference", *FACTS, "state", "stage", "source", "basis"]
MONTH_FIELDS = [*FIGURES, "status", "source", "basis", "planned_source", "planned_basis"]
WORDS = {"planned_saving": "plan", "actual_saving": "actual", "forecast_saving": "forecast"}
NAMED_AT_MOST = 5


class ReturnRefused(ValidationError):
    """A return was not loaded. Nothing was stored."""


@dataclass(frozen=True)
class Loaded:
    """What a return did, or would do; the batch is None where nothing was stored."""

    batch: Batch | None
    preview: Preview
    refusal: str

    @property
    def told(self) -> Told:
        return told(self.preview)


def told(preview: Preview) -> Told:
    """A preview as a batch keeps it: new are schemes, changed and same are cells."""
    return Told(
        new=len(preview.new),
        changed=len(preview.cells),
        same=preview.same,
        refused=preview.report.number(Severity.ERROR),
        skipped=preview.report.skipped,
        messages=messages_of(preview.report),
        fingerprint=preview.fingerprint,
    )


def messages_of(report: Report) -> list[dict[str, Any]]:
    """What the file said as plain values, errors first."""
    order = list(Severity)
    found = [
        {
            "file": one.file,
            "sheet": one.sheet,
            "cell": one.cell,
            "severity": one.severity.value,
            "text": one.text[:1].upper()
            + one.text[1:]
            + (f" ({one.count:,} times: {listed([one.cell, *one.further])})" if one.count > 1 else ""),
        }
        for one in sorted(report.messages, key=lambda one: order.index(one.severity))
    ]
    if report.untold:
        found.append(_note(f"{report.untold:,} further messages are not listed", Severity.WARNING))
    return found + [_note(f"Passed over: {skip.why}: {skip.number:,}", Severity.NOTE) for skip in report.skips]


def _note(text: str, severity: Severity) -> dict[str, Any]:
    return {"file": "", "sheet": "", "cell": "", "severity": severity.value, "text": text}


def refusal_of(preview: Preview) -> str:
    """Why a return cannot be loaded; nothing where it can. One wrong cell refuses the whole."""
    if errors := preview.report.number(Severity.ERROR):
        return f"Nothing was loaded: {counted(errors, 'error')} in the return."
    return "" if preview.cells else "There is nothing to load: the plan holds all of it already."


def preview_return(plan: Plan, upload: Upload, *, by: User) -> Batch:
    """Keep a return as a batch with what loading it would do. Nothing of it is loaded.

    ReturnRefused, and nothing is kept, where the file is no return at all.
    """
    report = Report([upload.name])
    rows = read_return(plan, upload.name, upload.content, report)
    if not rows and report.errors:
        raise ReturnRefused([message.text for message in report.errors])
    shown = told(preview_of(plan, rows, report))
    return open_batch(plan, SOURCE, [upload], shown, figures=kept(rows), by=by)


def preview_batch(batch: Batch) -> Preview:
    """What loading the batch would do now. The file's own errors are in the batch's messages."""
    return preview_of(batch.plan, unpacked(batch.figures), Report())


@transaction.atomic
def load_return(batch: Batch, *, seen: str, by: User, why: str) -> Preview:
    """Load a previewed return, all or nothing. `seen` is the fingerprint of the preview that the person saw.

    ReturnRefused without a reason, when the file has an error, when nothing would change, or when the plan has changed since.
    """
    plan = require_open(batch.plan, set())
    row = locked(batch)
    require_previewed(row)
    preview = preview_of(plan, unpacked(row.figures), Report())
    if preview.fingerprint != seen:
        raise ReturnRefused("The plan has changed since the preview. Look at it again; nothing was loaded.")
    if any(message["severity"] == Severity.ERROR for message in row.messages):
        raise ReturnRefused("Nothing was loaded: there are errors in the return.")
    if refusal := refusal_of(preview):
        raise ReturnRefused(refusal)
    if not why.strip():
        raise ReturnRefused("Say why the return is loaded.")
    counts = told(preview)
    shown = Told(counts.new, counts.changed, counts.same, 0, row.skipped, row.messages, counts.fingerprint)
    mark_loaded(row, shown, _write(plan, row, preview, by=by, why=why.strip()), by=by, why=why.strip()[:300])
    return preview


@transaction.atomic
def load_file(plan: Plan, upload: Upload, *, by: User | None, why: str, apply: bool) -> Loaded:
    """Read a return and load it, or only say what it would do. A refusal stores nothing."""
    report = Report([upload.name])
    rows = read_return(plan, upload.name, upload.content, report)
    preview = preview_of(plan, rows, report)
    refusal = refusal_of(preview) if report.errors else ""
    if not apply or refusal or not preview.cells or by is None:
        return Loaded(None, preview, refusal)
    held_plan = require_open(plan, set())
    shown = told(preview)
    batch = open_batch(held_plan, SOURCE, [upload], shown, by=by)
    mark_loaded(batch, shown, _write(held_plan, batch, preview, by=by, why=why), by=by, why=why[:300])
    return Loaded(batch, preview, "")


# Writing


def _write(plan: Plan, batch: Batch, preview: Preview, *, by: User, why: str) -> list[Written]:
    """Write schemes, then their months through the one action that records savings."""
    reason = f"{batch}, {TITLE}: {why}"
    found = [*_write_schemes(plan, preview, by=by, why=reason)]
    months = [one for one in preview.cells if one.month is not None]
    touched = {(one.reference, one.month) for one in months}
    before = {key: plain(row, MONTH_FIELDS) for key, row in _months(plan).items() if key in touched}
    record_savings(
        plan,
        [SavingChange(one.reference, one.month, one.figure, one.was, one.will) for one in months if one.month],
        by=by,
        why=reason,
    )
    after = _months(plan)
    by_row: dict[tuple[str, Any], list[Cell]] = {}
    for one in months:
        by_row.setdefault((one.reference, one.month), []).append(one)
    for key, cells in by_row.items():
        about = {
            "changed": {one.figure: WORDS[one.figure] for one in cells},
            "scheme": key[0],
            "scheme_title": cells[0].title,
            "month": key[1].isoformat(),
            "month_name": month_name(key[1]),
        }
        found.append(written(MONTH, after[key], MONTH_FIELDS, before.get(key), str(cells[0].place), about))
    return found


def _months(plan: Plan) -> dict[tuple[str, Any], SchemeMonth]:
    rows = SchemeMonth.objects.filter(scheme__plan=plan).select_related("scheme")
    return {(row.scheme.reference, row.month): row for row in rows}


def _write_schemes(plan: Plan, preview: Preview, *, by: User, why: str) -> list[Written]:
    """Add the new schemes, and change what the others say of themselves."""
    facts: dict[str, list[Cell]] = {}
    for one in preview.cells:
        if one.month is None:
            facts.setdefault(one.reference, []).append(one)
    new = []
    for added in preview.new:
        row = Scheme(
            plan=plan,
            reference=added.reference,
            title=added.title,
            state=Scheme.State.UNIDENTIFIED if added.unidentified else Scheme.State.IDENTIFIED,
            stage="" if added.unidentified else Scheme.Stage.IDENTIFIED,
            source=f"{TITLE}, entered by {by}"[:300],
            basis=Basis.ENTERED,
        )
        new.append(_laid(row, facts.get(added.reference, [])))
    record_new(new, Scheme, by=by, why=why)
    fresh = {row.reference for row in new}
    rows = {row.reference: row for row in Scheme.objects.filter(plan=plan, reference__in=facts.keys() | fresh)}
    before = {name: plain(row, SCHEME_FIELDS) for name, row in rows.items() if name not in fresh}
    changed = []
    for name in before:
        row = _laid(rows[name], facts[name])
        row.source, row.basis = f"{TITLE}, entered by {by}"[:300], Basis.ENTERED
        changed.append(row)
    record_changes(changed, Scheme, [*FACTS, "source", "basis"], by=by, why=why)
    return [
        written(
            SCHEME,
            row,
            SCHEME_FIELDS,
            before.get(name),
            str(facts[name][0].place) if name in facts else "",
            {
                "changed": {one.column.key: one.column.heading for one in facts.get(name, [])},
                "scheme": name,
                "scheme_title": row.title,
            },
        )
        for name, row in rows.items()
    ]


def _laid(row: Scheme, cells: Sequence[Cell]) -> Scheme:
    for one in cells:
        setattr(row, one.column.fact, one.will)
    row.clean_fields(exclude=["plan"])
    return row


# Undoing


@transaction.atomic
def undo_return(batch: Batch, *, by: User | None, why: str) -> int:
    """Take back all that a return wrote: what it changed is as it was, what it added is gone. Returns how many rows.

    UndoRefused, and nothing is changed, without a reason, when the batch is not loaded, when somebody has changed one of its rows
    since, when a month of it is closed, or when something hangs on a scheme that it added.
    """
    if not why.strip():
        raise UndoRefused("Say why the return is undone.")
    plan = require_open(batch.plan, set())
    row = locked(batch)
    if row.source != SOURCE or row.state != LOADED:
        raise UndoRefused(f"{row} is no return that is loaded, so that there is nothing to undo.")
    changes = changes_of(row)
    shut = sorted(
        month for month in closed_months(plan) if any(one.now.get("month") == month.isoformat() for one in changes)
    )
    if shut:
        raise UndoRefused(f"{row} cannot be undone: {month_name(shut[0])} is closed. Have it reopened first.")
    parts = [(MONTH, SchemeMonth, MONTH_FIELDS), (SCHEME, Scheme, SCHEME_FIELDS)]
    work: list[tuple[Any, list[str], list[ChangeRecord], dict[int, Any]]] = []
    for kind, model, fields in parts:
        mine = [one for one in changes if one.kind == kind]
        work.append((model, fields, mine, held(model, [one.row for one in mine])))
    gone = [one.now["scheme"] for model, fields, mine, rows in work for one in moved(model, fields, mine, rows)]
    if gone:
        more = f" and {len(gone) - NAMED_AT_MOST} more" if len(gone) > NAMED_AT_MOST else ""
        raise UndoRefused(
            f"{row} cannot be undone: {listed(list(dict.fromkeys(gone))[:NAMED_AT_MOST])}{more} changed after it was loaded. "
            "Nothing was changed."
        )
    reason = f"{row} undone: {why.strip()}"
    planned = [one for one in changes if one.kind == MONTH and _planned(one.was) != _planned(one.now)]
    reasons = {SchemeMonth: reason_for_plan(plan, reason) if planned else reason}
    for model, fields, mine, rows in work:
        put_back(model, fields, mine, rows, by=by, why=reasons.get(model, reason))
    mark_undone(row, by=by, why=why.strip()[:300])
    return len(changes)


def _planned(kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """The planned figures of a month as a batch keeps them."""
    return {name: (kept or {}).get(name) for name in FIGURES if name.startswith("planned")}
