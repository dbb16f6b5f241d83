"""Loads records into a model so that a second run changes nothing and nothing that a person entered is overwritten."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from opplan.plans.attribution import record_changes, record_new

T = TypeVar("T")

WHY = "Loaded from the fixtures"


class BadRecord(ValueError):
    """A record of a fixture file that cannot be loaded: the message names the file, the row, the column and the value."""


class Record(dict[str, str]):
    """A row of a CSV file by its columns, with its place (`file row 5`) under "at". BadRecord for a column that the file lacks."""

    def __missing__(self, column: str) -> str:
        raise BadRecord(f"{self['at']}: there is no column “{column}”")


@dataclass
class Tally:
    """What a load did: rows that were new, changed since the last load, the same, or kept because a person has changed them."""

    new: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.new + other.new, self.changed + other.changed, self.same + other.same, self.kept + other.kept)


@dataclass(frozen=True)
class Sources:
    """The catalogue of documents and publications: turns "op1011 section 5.5" into words."""

    titles: Mapping[str, str]

    def named(self, source: str) -> str:
        """The source in full. A key that the catalogue does not know stays as written; a document named further on is spelt out."""
        key, _, place = source.partition(" ")
        for other, name in self.titles.items():
            if other[-1].isdigit():
                place = place.replace(other, name)
        title = self.titles.get(key)
        return (f"{title}, {place}" if place else title)[:300] if title else source[:300]


def read_sources(path: Path) -> Sources:
    return Sources({record["key"]: record["title"] for record in records(path)})


def records(*paths: Path) -> Iterator[Record]:
    """The rows of CSV files, stripped, each with its place (`file:row`) under the key "at"."""
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            for row_number, row in enumerate(csv.DictReader(file), start=2):
                if None in row or None in row.values():
                    raise BadRecord(f"{path.name} row {row_number} does not have the columns of its heading")
                stripped = {name: value.strip() for name, value in row.items()}
                yield Record(stripped, at=f"{path.name} row {row_number}")


def whole(record: Mapping[str, str], column: str) -> int:
    """The whole number in a column."""
    try:
        return int(record[column])
    except ValueError as problem:
        raise BadRecord(f"{record['at']}, {column}: “{record[column]}” is not a whole number") from problem


def choice(record: Mapping[str, str], column: str, allowed: Mapping[str, T]) -> T:
    """What the word in a column stands for."""
    if record[column] not in allowed:
        known = ", ".join(f"“{word}”" if word else "nothing" for word in allowed)
        raise BadRecord(f"{record['at']}, {column}: “{record[column]}” is none of {known}")
    return allowed[record[column]]


def figure(record: Mapping[str, str], column: str) -> Decimal | None:
    """The figure in a column; None where it is empty."""
    if not record.get(column):
        return None
    try:
        return Decimal(record[column])
    except InvalidOperation as problem:
        raise BadRecord(f"{record['at']}, {column}: “{record[column]}” is not a figure") from problem


def day(record: Mapping[str, str], column: str) -> date | None:
    """The date in a column; None where it is empty."""
    if not record.get(column):
        return None
    try:
        return date.fromisoformat(record[column])
    except ValueError as problem:
        raise BadRecord(f"{record['at']}, {column}: “{record[column]}” is not a date such as 2016-09-30") from problem


def found(known: Mapping[str, Any], record: Mapping[str, str], column: str) -> Any:
    """The row that a column refers to; None where it is empty. BadRecord when there is no such row."""
    if not record.get(column):
        return None
    if record[column] not in known:
        raise BadRecord(f"{record['at']}, {column}: there is no “{record[column]}”")
    return known[record[column]]


def needed(known: Mapping[str, Any], record: Mapping[str, str], column: str) -> Any:
    """The row that a column refers to, which may not be empty."""
    if not record[column]:
        raise BadRecord(f"{record['at']}, {column}: it is empty")
    return found(known, record, column)


def load(
    model: type[models.Model], wanted: Iterable[Mapping[str, Any]], key: Sequence[str], within: Mapping[str, Any]
) -> Tally:
    """Bring the rows of `model` inside `within` to what is wanted. Rows that a person has changed are kept as they are.

    `key` names the fields that identify a row (foreign keys by their attribute, such as "line_id"). What is wanted may say under
    "at" where it stands; BadRecord names that place when a value cannot be stored or the row is given twice.
    """
    rows: list[Any] = list(model._default_manager.filter(**within))
    held = {tuple(getattr(row, name) for name in key): row for row in rows}
    touched = _changed_by_people(model, [row.pk for row in rows])
    tally, new, changed = Tally(), [], []
    fields: set[str] = set()
    given = set()
    for one in wanted:
        values = dict(one)
        at = values.pop("at", model._meta.verbose_name)
        identity = tuple(values[name] for name in key)
        if identity in given:
            raise BadRecord(f"{at}: it is given twice")
        given.add(identity)
        row = held.get(identity)
        if row is None:
            row = model(**values)
            _require_storable(row, at)
            new.append(row)
            tally.new += 1
            continue
        differing = {name for name, value in values.items() if getattr(row, name) != value}
        if not differing:
            tally.same += 1
        elif row.pk in touched:
            tally.kept += 1
        else:
            for name in differing:
                setattr(row, name, values[name])
            _require_storable(row, at)
            fields |= differing
            changed.append(row)
            tally.changed += 1
    record_new(new, model, by=None, why=WHY)
    record_changes(changed, model, sorted(fields), by=None, why=WHY)
    return tally


def _require_storable(row: models.Model, at: str) -> None:
    """What it refers to was found in the database by its reference: that it is there is not asked row by row again."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.concrete_fields if field.is_relation})
    except ValidationError as problem:
        raise BadRecord(f"{at}, {said(problem)}") from problem


def said(problem: ValidationError) -> str:
    """What is wrong, in one line, with the fields that it is about."""
    if not hasattr(problem, "error_dict"):
        return " ".join(problem.messages)
    return "; ".join(f"{field}: {' '.join(messages)}" for field, messages in problem.message_dict.items())


def _changed_by_people(model: type[models.Model], keys: list[Any]) -> set[Any]:
    history: Any = model.history.model  # type: ignore[attr-defined]
    return set(history.objects.filter(history_user__isnull=False).values_list("id", flat=True)) & set(keys)
