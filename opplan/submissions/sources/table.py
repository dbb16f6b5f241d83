"""What a source is: fields with their meaning, the rows of a plan, and how a change that came back in a file is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.accounts.roles import Capability

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

Value = Decimal | str | date | None
"""What a cell holds. None is blank: not known, not reported, not answered."""


@dataclass(frozen=True)
class Field:
    """A field of a source: one value a row, or one a month. `writable` names what a person must be allowed to write it, `also` what
    serves as well."""

    meaning: str
    months: bool = False
    writable: Capability | None = None
    also: Capability | None = None


@dataclass(frozen=True)
class SourceRow:
    """A row by its key. A field by month is a sequence of twelve. `shut` are the (field, month index) that may not be written now,
    because the month is closed or has not come; the index of a field that is no month's is 0."""

    key: str
    values: Mapping[str, Value | Sequence[Value]]
    shut: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class Edit:
    """One value that is to be stored: `was` is what the person who wrote it saw, so that a later change is never overwritten."""

    row: str
    field: str
    index: int
    was: Value
    value: Value


Read = Callable[["Plan", date], Sequence[SourceRow]]
Write = Callable[["Plan", Sequence[Edit], "User", str], None]


@dataclass(frozen=True)
class Source:
    """A named query. `write` stores edits, all or none, through the room's own actions; ValidationError or a room's Conflict where
    one cannot be. Money is in GBP thousand; a percentage is
    a share of 1, as a worksheet holds it."""

    name: str
    meaning: str
    fields: Mapping[str, Field]
    read: Read = field(repr=False)
    write: Write | None = field(default=None, repr=False)
