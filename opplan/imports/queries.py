"""Batches of files that came in, as other rooms may read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min

from opplan.imports.models import Batch, BatchChange, BatchFile, ColumnMapping

if TYPE_CHECKING:
    from opplan.plans.models import Organisation, Plan

PREVIEWED, LOADED, DISCARDED, UNDONE = Batch.State


@dataclass(frozen=True)
class BatchSummary:
    """A batch as a list shows it. `name` is its first file's, `files` how many it has. Nobody is None: a command did it."""

    key: int
    source: str
    state: str
    name: str | None
    files: int
    new: int
    changed: int
    same: int
    refused: int
    skipped: int
    uploaded_by: str | None
    uploaded_at: datetime
    applied_by: str | None
    applied_at: datetime | None
    undone_by: str | None
    undone_at: datetime | None

    @property
    def last_act(self) -> tuple[str | None, datetime]:
        """Who undid it, else loaded it, else uploaded it, and when."""
        if self.undone_at is not None:
            return self.undone_by, self.undone_at
        return (
            (self.applied_by, self.applied_at) if self.applied_at is not None else (self.uploaded_by, self.uploaded_at)
        )

    @property
    def state_label(self) -> str:
        return str(Batch.State(self.state).label)


def batches_of(plan: Plan, sources: Collection[str]) -> list[BatchSummary]:
    """The plan's batches of these sources, the latest first. One query."""
    rows = (
        Batch.objects.filter(plan=plan, source__in=sources)
        .annotate(name=Min("files__name"), number=Count("files"))
        .order_by("-pk")
        .values_list(
            *("pk", "source", "state", "name", "number", "new", "changed", "same", "refused", "skipped"),
            *("uploaded_by__name", "uploaded_at", "applied_by__name", "applied_at", "undone_by__name", "undone_at"),
        )
    )
    return [BatchSummary(**dict(zip(_SUMMARY, row, strict=True))) for row in rows]


_SUMMARY = tuple(BatchSummary.__dataclass_fields__)


def find_batch(plan: Plan, key: int, sources: Collection[str]) -> Batch | None:
    """One batch of the plan, of one of these sources, with the people who uploaded, loaded and undid it. One query."""
    rows = Batch.objects.select_related("uploaded_by", "applied_by", "undone_by")
    return rows.filter(plan=plan, pk=key, source__in=sources).first() if key < 2**63 else None


def batch_at(key: int) -> Batch | None:
    """A batch by its number, whichever plan it is of, with the plan."""
    return Batch.objects.select_related("plan__organisation").filter(pk=key).first() if key < 2**63 else None


@dataclass(frozen=True)
class FileRecord:
    """A file of a batch without its bytes. `earlier` is the last batch that loaded the same bytes into the plan, if any."""

    name: str
    digest: str
    size: int
    earlier: int | None


def files_of(batch: Batch) -> list[FileRecord]:
    """The files of a batch. Two queries."""
    rows = list(BatchFile.objects.filter(batch=batch).order_by("pk").values_list("name", "digest", "size"))
    loaded = BatchFile.objects.filter(
        digest__in={digest for _, digest, _ in rows}, batch__plan=batch.plan_id, batch__state=LOADED, batch__lt=batch.pk
    )
    before = dict(loaded.order_by("batch_id").values_list("digest", "batch_id"))
    return [FileRecord(name, digest, size, before.get(digest)) for name, digest, size in rows]


def contents_of(batch: Batch) -> list[tuple[str, bytes]]:
    """The names and bytes of a batch's files."""
    rows = BatchFile.objects.filter(batch=batch).order_by("pk").values_list("name", "content")
    return [(name, bytes(content)) for name, content in rows]


@dataclass(frozen=True)
class ChangeRecord:
    """A row that a batch wrote: of which kind, what it held before (None for a new row), what it holds now, and the cell."""

    kind: str
    row: int
    place: str
    was: dict[str, Any] | None
    now: dict[str, Any]


def changes_of(batch: Batch, first: int | None = None) -> list[ChangeRecord]:
    """What a batch wrote, in the order in which it did; the `first` of them where a number is given. One query."""
    rows = BatchChange.objects.filter(batch=batch).order_by("pk").values_list("kind", "row", "place", "was", "now")
    return [ChangeRecord(*row) for row in (rows[:first] if first else rows)]


def mappings_of(organisation: Organisation) -> dict[str, dict[str, Any]]:
    """The ways to read a table's columns that the organisation has kept, by name."""
    return dict(ColumnMapping.objects.filter(organisation=organisation).order_by("name").values_list("name", "mapping"))
