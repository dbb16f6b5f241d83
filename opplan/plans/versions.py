"""Two people, one row: what a form was opened with, what was saved since, and what was typed, settled field by field.

A form carries the version of its row: the key of the history entry that it was opened with. On saving, a field that only one of
the two people changed is merged; where both changed it to different things, Conflict hands both back and the person chooses.
The same history tells what changed, who changed it and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any, Generic, TypeVar

from django.db import models, transaction

from opplan.web.formats import day, moment, plain

KEEP, MINE = "keep", "mine"
VERSION, CHOICE = "version", "choose"
SHORT = 40

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Version:
    """What a form carries back: the entry that it was opened with, and what was chosen about a conflict, having seen which entry."""

    opened: int | None
    choice: str = ""
    seen: int | None = None

    @classmethod
    def of(cls, row: models.Model) -> Version:
        """The row as it stands now."""
        latest = _history(row).order_by("-history_id").values_list("history_id", flat=True).first()
        return cls(latest)

    @classmethod
    def carried_by(cls, data: Mapping[str, str]) -> Version:
        """What a submitted form carries. Anything unreadable counts as a form opened before the row was there."""
        choice, _, seen = data.get(CHOICE, "").partition(" ")
        return cls(_key(data.get(VERSION, "")), choice if choice in (KEEP, MINE) else "", _key(seen))


@dataclass(frozen=True)
class Opening:
    """What a form is opened with: the values of one history entry, and its key. Taken from one entry, they cannot disagree."""

    version: int | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Clash:
    """A field that somebody else changed to one thing while this person typed another; each value as it is shown."""

    field: str
    label: str
    opened: str
    now: str
    mine: str
    who: str
    when: str
    why: str

    @property
    def short(self) -> bool:
        """Whether a button can name the values."""
        return max(len(self.now), len(self.mine)) <= SHORT


class Conflict(Exception):
    """Both people changed a field, to different things.

    `others` are the fields that this person left alone, as saved since; `seen` is the entry that the choice is made upon.
    """

    def __init__(self, clashes: list[Clash], others: dict[str, Any], seen: int) -> None:
        super().__init__(f"Changed by someone else: {', '.join(clash.label for clash in clashes)}")
        self.clashes = clashes
        self.others = others
        self.seen = seen

    @property
    def only(self) -> Clash | None:
        """The one clash that the buttons can name."""
        return self.clashes[0] if len(self.clashes) == 1 and self.clashes[0].short else None


@dataclass(frozen=True)
class Merged(Generic[M]):
    """A row, locked and read again, that holds what is to be stored and is not yet saved; `was` is what is stored."""

    row: M
    was: dict[str, Any]

    @property
    def changed(self) -> list[str]:
        """The fields whose value differs from what is stored."""
        return [name for name, value in self.was.items() if getattr(self.row, name) != value]


def opening(row: models.Model, fields: Sequence[str]) -> Opening:
    """What a form on `fields` of the row is opened with. A row without history opens as it stands, with no version. One query."""
    entry = _history(row).order_by("-history_id").first() if row.pk else None
    source = entry or row
    return Opening(entry.history_id if entry else None, {name: getattr(source, name) for name in fields})


def merged(row: M, typed: Mapping[str, Any], version: Version) -> Merged[M]:
    """Lay what was typed over the row as it is stored now. Conflict where somebody else changed the same field to something else.

    Call it inside the transaction that saves: the row stays locked until then. Fields are named by attribute (`scheme_id`, not
    `scheme`). A row that is not stored yet takes everything typed.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Merge and save in one transaction.")
    typed = {name: _unix(value) for name, value in typed.items()}
    if row.pk is None:
        was = {name: getattr(row, name) for name in typed}
        _lay(row, typed)
        return Merged(row, was)
    row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    was = {name: getattr(row, name) for name in typed}
    entries = list(
        _history(row).filter(history_id__gte=version.opened or 0).select_related("history_user").order_by("history_id")
    )
    base = entries[0] if entries and entries[0].history_id == version.opened else None
    seen = entries[-1].history_id if entries else 0
    settles = version.choice if version.seen == seen else ""
    wanted, clashes = {}, []
    for name, mine in typed.items():
        now, before = was[name], getattr(base, name) if base else _empty(row, name)
        if mine in (now, before):
            wanted[name] = now
        elif now == before or settles == MINE:
            wanted[name] = mine
        elif settles == KEEP:
            wanted[name] = now
        else:
            clashes.append(_clash(row, name, before, now, mine, _author(entries, name)))
    if clashes:
        raise Conflict(clashes, {name: value for name, value in wanted.items() if value != typed[name]}, seen)
    _lay(row, wanted)
    return Merged(row, was)


@dataclass(frozen=True)
class ChangeEntry:
    """One change in the history of a plan: what was added or removed, or one field with what it was and what it is now."""

    when: datetime
    who: str
    why: str
    kind: str
    reference: str
    title: str
    event: str
    field: str = ""
    was: str = ""
    now: str = ""


EVENTS = {"+": "added", "~": "changed", "-": "removed"}


def changes(
    entries: Iterable[Any],
    *,
    kind: str,
    fields: Mapping[str, str],
    names: Mapping[str, Mapping[Any, str]] | None = None,
    title: Callable[[Any], str] = lambda entry: str(getattr(entry, "title", "")),
) -> list[ChangeEntry]:
    """The changes that history entries of one model hold, latest first.

    `entries` are ordered by row and then by `history_id`, with their `history_user` read. `fields` gives the words for each
    attribute that is followed, in the order to show them; `names` the words for the keys of a foreign key; `title` what the row is
    called. An entry that adds or removes a row is one change.
    """
    found: list[tuple[datetime, int, list[ChangeEntry]]] = []
    for _, of_row in groupby(entries, key=lambda entry: entry.id):
        earlier = None
        for entry in of_row:
            about = ChangeEntry(
                entry.history_date,
                str(entry.history_user or ""),
                entry.history_change_reason or "",
                kind,
                str(getattr(entry, "reference", "")),
                title(entry),
                EVENTS[entry.history_type],
            )
            found.append((entry.history_date, entry.history_id, _differing(about, entry, earlier, fields, names or {})))
            earlier = entry
    found.sort(key=lambda one: one[:2], reverse=True)
    return [change for _, _, at_once in found for change in at_once]


def _differing(
    about: ChangeEntry, entry: Any, earlier: Any, fields: Mapping[str, str], names: Mapping[str, Mapping[Any, str]]
) -> list[ChangeEntry]:
    if entry.history_type != "~" or earlier is None:
        return [about]
    return [
        replace(about, field=label, was=_worded(earlier, name, names), now=_worded(entry, name, names))
        for name, label in fields.items()
        if getattr(entry, name) != getattr(earlier, name)
    ]


def _worded(entry: Any, name: str, names: Mapping[str, Mapping[Any, str]]) -> str:
    value = getattr(entry, name)
    return names[name].get(value, "") if name in names else written(entry, name, value)


def written(row: models.Model, name: str, value: Any) -> str:
    """A value of the row's field as a person reads it; nothing for an empty one."""
    if value is None or value == "":
        return ""
    choices = dict(row._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    if value in choices:
        return str(choices[value])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def _clash(row: models.Model, name: str, before: Any, now: Any, mine: Any, author: Any) -> Clash:
    label = str(getattr(row._meta.get_field(name), "verbose_name", name))
    opened, stored, typed = (written(row, name, value) for value in (before, now, mine))
    if author is None:
        return Clash(name, label, opened, stored, typed, "", "", "")
    who = str(author.history_user or "")
    return Clash(
        name, label, opened, stored, typed, who, moment(author.history_date), author.history_change_reason or ""
    )


def _author(entries: Sequence[Any], name: str) -> Any:
    """The entry that gave the field the value that it has now."""
    for earlier, later in reversed(list(pairwise(entries))):
        if getattr(earlier, name) != getattr(later, name):
            return later
    return entries[0] if entries else None


def _lay(row: models.Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _empty(row: models.Model, name: str) -> Any:
    field = row._meta.get_field(name)
    return None if getattr(field, "null", False) else field.get_default()  # type: ignore[union-attr]


def _history(row: models.Model) -> models.QuerySet[Any]:
    return row.history.all()  # type: ignore[attr-defined]


def _unix(value: Any) -> Any:
    """Browsers send lines ended by CR LF; the same text must not count as a change."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _key(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
