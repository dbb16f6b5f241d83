"""Every write says by whom and why. Actions save through these, so that the history is never without a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connections, models, router, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

if TYPE_CHECKING:
    from opplan.accounts.models import User

M = TypeVar("M", bound=models.Model)

ROWS_AT_ONCE = 500
"""How many rows one statement inserts, copies or deletes: SQLite takes no more than a thousand values."""


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


def record_new_values(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]], *, by: User | None, why: str
) -> list[int]:
    """Insert many rows given as values of `fields` (foreign keys by their attribute), each with its history entry. Returns their keys.

    For imports of hundreds of rows: no object is made of a row, and the history copies them within the database. `rows` give every
    field but the key; the database alone checks them.
    """
    kept = _history_of(model)
    database = router.db_for_write(model)
    connection = connections[database]
    quoted = _quoting(connection)
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    keys = [row[0] for row in insert_values(model, fields, rows)]
    columns = ", ".join(quoted(field.column) for field in kept.tracked_fields)
    tracked = ", ".join(quoted(by_attribute[field.attname].column) for field in kept.tracked_fields)
    entry = ("history_date", "history_user_id", "history_change_reason", "history_type")
    about = {field.attname: field for field in kept._meta.concrete_fields}
    values = (timezone.now(), by and by.pk, why, "+")
    given = [about[name].get_db_prep_save(value, connection) for name, value in zip(entry, values, strict=True)]
    heads = ", ".join(quoted(about[name].column) for name in entry)
    with transaction.atomic(using=database), connection.cursor() as cursor:
        for start in range(0, len(keys), ROWS_AT_ONCE):
            part = keys[start : start + ROWS_AT_ONCE]
            places = ", ".join(["%s"] * len(part))
            cursor.execute(
                f"INSERT INTO {quoted(kept._meta.db_table)} ({columns}, {heads}) SELECT {tracked}, %s, %s, %s, %s "
                f"FROM {quoted(model._meta.db_table)} WHERE {quoted(model._meta.pk.column)} IN ({places})",
                [*given, *part],
            )
    return keys


@cache
def _history_of(model: type[models.Model]) -> Any:
    """The model of a model's history. Every look at `history` makes a manager's class anew."""
    return model.history.model  # type: ignore[attr-defined]


def _stored_as_it_is(field: models.Field[Any, Any]) -> type | None:
    """The type of value that a field hands to the database unchanged."""
    if isinstance(field, models.CharField | models.TextField):
        return str
    return int if isinstance(field, models.IntegerField | models.ForeignKey) else None


def _preparing(field: models.Field[Any, Any], connection: Any) -> Callable[[Any], Any]:
    """Turns values of a field into what the database takes. The rows of an import share few days and many figures."""

    def prepare(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    return cache(prepare) if isinstance(field, models.DateField | models.DecimalField) else prepare


def _quoting(connection: Any) -> Callable[[str | None], str]:
    """The names of tables and columns as the database writes them. Fields of ours all have a column."""
    return lambda name: str(connection.ops.quote_name(name))


def insert_values(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[tuple[int, ...]]:
    """Insert rows given as values of `fields`; returns their keys in the same order. No history: `record_new_values` has it."""
    connection = connections[router.db_for_write(model)]
    quoted = _quoting(connection)
    prepare, insertion = _insertion(model, fields, connection)
    place = f"({', '.join(['%s'] * len(fields))})"
    at_once = max(1, min(ROWS_AT_ONCE, (connection.features.max_query_params or 30_000) // len(fields)))
    keys: list[tuple[int, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            cursor.execute(
                f"{insertion} {', '.join([place] * len(part))} RETURNING {quoted(model._meta.pk.column)}",
                [value for row in part for value in prepare(row)],
            )
            keys += cursor.fetchall()
    return keys


def insert_unseen(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values of `fields`, whose keys nobody asks for. No history."""
    connection = connections[router.db_for_write(model)]
    prepare, insertion = _insertion(model, fields, connection)
    with connection.cursor() as cursor:
        cursor.executemany(f"{insertion} ({', '.join(['%s'] * len(fields))})", [prepare(row) for row in rows])


def _insertion(
    model: type[models.Model], fields: Sequence[str], connection: Any
) -> tuple[Callable[[Sequence[Any]], list[Any]], str]:
    """What makes a row's values ready for the database, and the statement up to the values."""
    quoted = _quoting(connection)
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    chosen = [by_attribute[name] for name in fields]
    prepared = [(_stored_as_it_is(field), _preparing(field, connection)) for field in chosen]

    def prepare(row: Sequence[Any]) -> list[Any]:
        return [
            value if value is None or type(value) is plain else made(value)
            for (plain, made), value in zip(prepared, row, strict=True)
        ]

    heads = ", ".join(quoted(field.column) for field in chosen)
    return prepare, f"INSERT INTO {quoted(model._meta.db_table)} ({heads}) VALUES"


def record_changes(rows: Sequence[M], model: type[M], fields: Sequence[str], *, by: User | None, why: str) -> None:
    """Update many rows at once, each with its history entry."""
    if rows:
        bulk_update_with_history(list(rows), model, list(fields), default_user=by, default_change_reason=why)


def record_deletions(rows: Sequence[M], model: type[M], *, by: User | None, why: str) -> None:
    """Delete many rows at once, each with its history entry. IntegrityError where another row still hangs on one of them."""
    if not rows:
        return
    kept = _history_of(model)
    now = timezone.now()
    kept.objects.bulk_create(
        kept(
            history_date=now,
            history_user=by,
            history_change_reason=why,
            history_type="-",
            **{field.attname: getattr(row, field.attname) for field in kept.tracked_fields},
        )
        for row in rows
    )
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), ROWS_AT_ONCE):
        # Django's own delete would read every row again and tell each to the history by itself, without the person.
        part = model._default_manager.filter(pk__in=keys[start : start + ROWS_AT_ONCE])
        part._raw_delete(part.db)


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
