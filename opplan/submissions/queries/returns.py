"""Workbooks that came back: those that wait, those that were applied, and what one would do now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opplan.imports.queries import PREVIEWED, batches_of, contents_of, find_batch
from opplan.submissions.merged import Merge
from opplan.submissions.models import Return
from opplan.submissions.queries.templates import Preview, preview_of

if TYPE_CHECKING:
    from opplan.imports.models import Batch
    from opplan.imports.queries import BatchSummary
    from opplan.plans.models import Plan

SOURCE = "workbook"


def waiting(plan: Plan) -> list[BatchSummary]:
    """The workbooks that were uploaded, and neither applied nor discarded. One query."""
    return [one for one in batches_of(plan, [SOURCE]) if one.state == PREVIEWED]


def find_upload(plan: Plan, key: str) -> Batch | None:
    """A workbook that was uploaded, by the number in its address."""
    row = find_batch(plan, int(key), [SOURCE]) if key.isascii() and key.isdecimal() and len(key) < 19 else None
    if row is not None:
        row.plan = plan
    return row


def preview_of_batch(batch: Batch) -> Preview:
    """What a workbook that was kept would do now, read again from its bytes."""
    [(name, content)] = contents_of(batch)
    return preview_of(batch.plan, name, content)


def fingerprint_of(merge: Merge) -> str:
    """Stands for what a preview showed: another one where the plan changed meanwhile."""
    shown = [[*one.key, one.sheet, one.cell, one.base, one.theirs, one.now] for one in merge.changes]
    said = [[one.sheet, one.cell, one.text] for one in merge.errors]
    return hashlib.sha256(json.dumps([shown, said], ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Applied:
    """A workbook that was applied, for lists."""

    key: int
    template: str
    file: str
    cells: int
    by: str
    at: datetime
    why: str
    undone_at: datetime | None
    undone_by: str


def returns_of(plan: Plan) -> list[Applied]:
    """The workbooks that were applied, the latest first. One query."""
    rows = Return.objects.filter(plan=plan).select_related("by", "undone_by").order_by("-pk")
    return [
        Applied(
            row.pk,
            row.template,
            row.file_name,
            len(row.changes),
            str(row.by or ""),
            row.at,
            row.reason,
            row.undone_at,
            str(row.undone_by or ""),
        )
        for row in rows
    ]


def find_return(plan: Plan, key: str) -> Return | None:
    """A workbook that was applied, by the number in its address."""
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    return Return.objects.filter(plan=plan, pk=int(key)).select_related("by", "undone_by").first()
