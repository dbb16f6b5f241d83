"""Every write says by whom and why. Actions save through these, so that the history is never without a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

if TYPE_CHECKING:
    from opplan.accounts.models import User

M = TypeVar("M", bound=models.Model)


def record(row: M, *, by: User | None, why: str, fields: Sequence[str] | None = None) -> M:
    """Validate and save one row, with its history entry; only `fields` of it where they are named."""
    row.full_clean()
    row._history_user = by  # type: ignore[attr-defined]
    row._change_reason = why  # type: ignore[attr-defined]
    row.save(update_fields=fields)
    return row


def record_new(rows: Sequence[M], model: type[M], *, by: User | None, why: str) -> list[M]:
    """Insert many rows at once, each with its history entry."""
    return list(bulk_create_with_history(list(rows), model, default_user=by, default_change_reason=why)) if rows else []


def record_changes(rows: Sequence[M], model: type[M], fields: Sequence[str], *, by: User | None, why: str) -> None:
    """Update many rows at once, each with its history entry."""
    if rows:
        bulk_update_with_history(list(rows), model, list(fields), default_user=by, default_change_reason=why)


def latest_entry(row: models.Model) -> Any:
    """The row's latest history entry: its `history_id` is the version that an edit form carries."""
    return row.history.select_related("history_user").latest()  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Change:
    """When rows last changed, by whom (nobody where opplan loaded them itself), and why."""

    at: datetime
    by: str
    why: str


def last_of(first: models.QuerySet[Any], *others: models.QuerySet[Any]) -> Change | None:
    """The latest of these history entries, which may be of several models. One query."""
    fields = ("history_date", "history_user__name", "history_change_reason")
    parts = [entries.order_by().values_list(*fields) for entries in (first, *others)]
    found = parts[0].union(*parts[1:], all=True) if others else parts[0]
    latest = found.order_by("-history_date").first()
    return Change(latest[0], latest[1] or "", latest[2] or "") if latest else None
