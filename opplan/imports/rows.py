"""Rows of any model as an import writes them down, so that what it wrote can be told, compared and put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from opplan.imports.actions import Written
from opplan.imports.queries import ChangeRecord
from opplan.plans.attribution import record_changes, record_deletions

if TYPE_CHECKING:
    from opplan.accounts.models import User

PARTS = 500
"""How many rows one statement names: SQLite takes no more than a thousand values."""


class UndoRefused(ValidationError):
    """A batch was not undone. Nothing was changed."""


def plain(row: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """What a row holds in these fields (foreign keys by their attribute) as values that JSON keeps without loss."""
    return {name: _kept(row, name) for name in fields}


def _kept(row: models.Model, name: str) -> Any:
    value = getattr(row, name)
    if value is None or isinstance(value, bool | int):
        return value
    field: Any = row._meta.get_field(name)
    return str(field.to_python(value))


def held(model: type[Any], keys: Sequence[int]) -> dict[int, Any]:
    """The rows with these keys."""
    found: dict[int, Any] = {}
    for start in range(0, len(keys), PARTS):
        found |= {row.pk: row for row in model._default_manager.filter(pk__in=keys[start : start + PARTS]).order_by()}
    return found


def written(
    kind: str,
    row: models.Model,
    fields: Iterable[str],
    was: Mapping[str, Any] | None,
    place: str,
    about: Mapping[str, Any],
) -> Written:
    """A row that was written, as its batch records it. `about` says in words what the row is, beside its fields."""
    return Written(kind, row.pk, place, was, {**plain(row, fields), **about})


def moved(
    model: type[Any], fields: Sequence[str], changes: Iterable[ChangeRecord], rows: Mapping[int, Any]
) -> list[ChangeRecord]:
    """The changes whose row no longer holds what was written, or is gone. `model` is the one that the rows are of."""
    return [
        one
        for one in changes
        if not isinstance(rows.get(one.row), model)
        or any(one.now[name] != value for name, value in plain(rows[one.row], fields).items())
    ]


def put_back(
    model: type[Any],
    fields: Sequence[str],
    changes: Iterable[ChangeRecord],
    rows: Mapping[int, Any],
    *,
    by: User | None,
    why: str,
) -> None:
    """Give the rows what they held before; those that were new are deleted. UndoRefused where another row hangs on one of them."""
    back, gone = [], []
    for one in changes:
        row = rows[one.row]
        if one.was is None:
            gone.append(row)
            continue
        for name in fields:
            setattr(row, name, model._meta.get_field(name).to_python(one.was[name]))
        back.append(row)
    if built_upon(model, gone):
        raise UndoRefused("Something has been added since to what it made. Nothing was changed.")
    record_changes(back, model, list(fields), by=by, why=why)
    record_deletions(gone, model, by=by, why=why)


def built_upon(model: type[Any], rows: Sequence[models.Model]) -> bool:
    """Whether another row, histories apart, hangs on one of these. Asked, because databases look at it when all is over."""
    links = [
        link
        for link in model._meta.get_fields(include_hidden=True)
        if link.auto_created and not link.concrete and not hasattr(link.related_model, "history_id")
    ]
    keys = [row.pk for row in rows]
    return bool(keys) and any(
        link.related_model._default_manager.filter(**{f"{link.field.name}__in": keys}).exists() for link in links
    )
