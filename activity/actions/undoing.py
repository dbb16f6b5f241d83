"""What an import wrote is taken back: as a whole, and only where every row still holds what the import wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from activity.actions.import_rows import ACTUAL_FIELDS, DELAY, DELAY_FIGURE, LINE, READING, held_delay, held_reading
from activity.imports.sources import SOURCES
from activity.models import Delay, Line, Reading
from opplan.imports.actions import locked, mark_undone
from opplan.imports.provenance import Basis
from opplan.imports.queries import LOADED, ChangeRecord, changes_of
from opplan.plans.actions import require_open
from opplan.plans.attribution import record_changes, record_deletions
from opplan.plans.queries import closed_since
from opplan.web.formats import listed
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.imports.models import Batch
    from opplan.plans.models import Plan

NAMED_AT_MOST = 5


class UndoRefused(ValidationError):
    """A batch was not undone, because what it wrote has been changed since or its month was closed. Nothing was changed."""


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
    if row.source not in SOURCES:
        raise UndoRefused(f"{row} is no import of activity. It is undone where it was loaded.")
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
        if not _is_as_written(one, held_readings.get(one.row), held_reading)
    ] + [
        f"{one.now['place']}, {month_name(date.fromisoformat(one.now['period']))}, delays"
        for one in delays
        if not _is_as_written(one, held_delays.get(one.row), held_delay)
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
    record_changes(back, Reading, ACTUAL_FIELDS, by=by, why=why)
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
    record_changes(back, Delay, DELAY_FIGURE, by=by, why=why)
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
