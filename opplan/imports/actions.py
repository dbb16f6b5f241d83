"""What may be done to batches of files: opened with a preview, loaded, discarded, undone. What they change is another room's to write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from opplan.imports.models import Batch, BatchChange, BatchFile, ColumnMapping
from opplan.plans.attribution import insert_unseen, record, record_new_values

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Organisation, Plan


@dataclass(frozen=True)
class Upload:
    """A file as it came in."""

    name: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def has_digest(self, digest: str) -> None:
        """Tell the SHA-256 that whoever opened the file has worked out already."""
        self.__dict__["digest"] = digest


@dataclass(frozen=True)
class Told:
    """What a preview said of a batch: its counts, its messages as plain values, and the fingerprint of what would change."""

    new: int
    changed: int
    same: int
    refused: int
    skipped: int
    messages: Sequence[Mapping[str, Any]]
    fingerprint: str


@dataclass(frozen=True)
class Written:
    """A row that was written: its kind and key, the cell that said so, and what it held before (None for a new row) and after."""

    kind: str
    row: int
    place: str
    was: Mapping[str, Any] | None
    now: Mapping[str, Any]


class NotPreviewed(ValidationError):
    """The batch was already loaded, discarded or undone."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(f"{batch} is {batch.get_state_display().lower()} already. Nothing was changed.")


@transaction.atomic
def open_batch(
    plan: Plan,
    source: str,
    uploads: Sequence[Upload],
    told: Told,
    *,
    figures: Sequence[Any] = (),
    mapping: Mapping[str, Any] | None = None,
    by: User | None,
) -> Batch:
    """Keep the files with what a preview said of them. Nothing of them is loaded yet."""
    batch = Batch(plan=plan, source=source, mapping=mapping, figures=list(figures), uploaded_by=by)
    _tell(batch, told)
    _save(batch, by=by, why="Files uploaded")
    files = [(batch.pk, upload.name[-255:], upload.digest, len(upload.content), upload.content) for upload in uploads]
    record_new_values(BatchFile, ("batch_id", "name", "digest", "size", "content"), files, by=by, why="Files uploaded")
    return batch


@transaction.atomic
def tell_again(
    batch: Batch, told: Told, *, figures: Sequence[Any], mapping: Mapping[str, Any] | None, by: User | None
) -> None:
    """Keep what a new reading of the same files says, such as one with other columns."""
    row = locked(batch)
    require_previewed(row)
    row.figures, row.mapping = list(figures), mapping
    _tell(row, told)
    _save(row, by=by, why="Files read again")


def locked(batch: Batch) -> Batch:
    """The batch, read again and locked until the transaction ends."""
    return Batch.objects.select_for_update().select_related("plan").get(pk=batch.pk)


def require_previewed(batch: Batch) -> None:
    """NotPreviewed unless the batch waits to be loaded."""
    if batch.state != Batch.State.PREVIEWED:
        raise NotPreviewed(batch)


@transaction.atomic
def mark_loaded(batch: Batch, told: Told, written: Sequence[Written], *, by: User | None, why: str = "") -> None:
    """Record that the batch was loaded, and each row that it wrote."""
    batch.state, batch.applied_by, batch.applied_at = Batch.State.APPLIED, by, timezone.now()
    batch.applied_why, batch.figures = why, []
    _tell(batch, told)
    _save(batch, by=by, why=why or "Loaded")
    insert_unseen(
        BatchChange,
        ("batch_id", "kind", "row", "place", "was", "now"),
        [(batch.pk, one.kind, one.row, one.place[:400], one.was, one.now) for one in written],
    )


@transaction.atomic
def mark_undone(batch: Batch, *, by: User | None, why: str) -> None:
    """Record that what the batch wrote was taken back."""
    batch.state, batch.undone_by, batch.undone_at, batch.undone_why = Batch.State.UNDONE, by, timezone.now(), why
    _save(batch, by=by, why=why)


@transaction.atomic
def discard_batch(batch: Batch, *, by: User | None) -> None:
    """Give up a preview. Its record stays, with the hashes of the files; their bytes and figures do not."""
    batch = locked(batch)
    require_previewed(batch)
    batch.state, batch.figures = Batch.State.DISCARDED, []
    _save(batch, by=by, why="Discarded")
    BatchFile.objects.filter(batch=batch).update(content=b"")


@transaction.atomic
def keep_mapping(organisation: Organisation, *, name: str, mapping: Mapping[str, Any], by: User | None) -> None:
    """Keep how a table's columns are read, under a name. The same name again takes the place of the earlier one."""
    row = ColumnMapping.objects.filter(organisation=organisation, name=name).first()
    row = row or ColumnMapping(organisation=organisation, name=name)
    if row.mapping != dict(mapping):
        row.mapping = dict(mapping)
        record(row, by=by, why="Columns of a table named")


def _tell(batch: Batch, told: Told) -> None:
    batch.new, batch.changed, batch.same = told.new, told.changed, told.same
    batch.refused, batch.skipped = told.refused, told.skipped
    batch.messages, batch.fingerprint = [dict(message) for message in told.messages], told.fingerprint


def _save(batch: Batch, *, by: User | None, why: str) -> None:
    batch._history_user = by  # type: ignore[attr-defined]
    batch._change_reason = why  # type: ignore[attr-defined]
    batch.save()
