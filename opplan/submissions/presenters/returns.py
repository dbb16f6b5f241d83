"""Workbooks that came back, in words and rows: what one would change, what stands in its way, and what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opplan.accounts.roles import Capability
from opplan.submissions.filled import Key
from opplan.submissions.merged import Change, Merge
from opplan.submissions.presenters.templates import shown
from opplan.web import formats
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.imports.queries import BatchSummary
    from opplan.submissions.definition import Definition
    from opplan.submissions.models import Return
    from opplan.submissions.queries.returns import Applied

Urls = Callable[..., str]
LONGEST = 160
TOLD_AT_MOST = 60


@dataclass(frozen=True)
class ChangeRow:
    """A cell that would change, or did."""

    place: str
    what: str
    was: str
    now: str
    theirs: str
    mine: bool = True


@dataclass(frozen=True)
class ConflictRow:
    """A cell that both changed. `choice` is what was chosen before, if anything."""

    name: str
    place: str
    what: str
    was: str
    now: str
    theirs: str
    choice: str


def _text(value: str, definition: Definition, key: Key) -> str:
    written = shown(value, definition.block(key.block).column(key.column)) or "blank"
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def change_rows(changes: Sequence[Change], definition: Definition) -> list[ChangeRow]:
    return [
        ChangeRow(
            f"{one.sheet}!{one.cell}",
            one.title,
            _text(one.base, definition, one.key),
            _text(one.now, definition, one.key),
            _text(one.theirs, definition, one.key),
        )
        for one in changes
    ]


def conflict_rows(changes: Sequence[Change], definition: Definition, chosen: Mapping[str, Any]) -> list[ConflictRow]:
    return [
        ConflictRow(
            f"choose {place_of(one)}",
            place_of(one),
            one.title,
            _text(one.base, definition, one.key),
            _text(one.now, definition, one.key),
            _text(one.theirs, definition, one.key),
            choice_for(one, chosen),
        )
        for one in changes
    ]


def place_of(change: Change) -> str:
    return f"{change.sheet}!{change.cell}"


def choice_for(change: Change, chosen: Mapping[str, Any]) -> str:
    """What was chosen for a conflict, as long as opplan's value is still the one that it was chosen over."""
    held = chosen.get(place_of(change))
    return str(held[0]) if isinstance(held, list) and len(held) == 2 and held[1] == change.now else ""


@dataclass(frozen=True)
class Told:
    """What is wrong, or worth a word, at a cell."""

    place: str
    text: str


def told(wrongs: Sequence[Any]) -> list[Told]:
    return [Told(f"{one.sheet}!{one.cell}" if one.sheet else "", one.text) for one in wrongs[:TOLD_AT_MOST]]


def more(wrongs: Sequence[Any]) -> int:
    return max(len(wrongs) - TOLD_AT_MOST, 0)


def preview_headline(merge: Merge) -> str:
    if merge.errors:
        return f"Nothing can be loaded: {counted(len(merge.errors), 'cell')} to mend"
    if not merge.changes:
        return "The file holds what opplan holds: nothing would change"
    both = f", {counted(len(merge.conflicts), 'conflict')} to choose" if merge.conflicts else ""
    return f"{counted(len(merge.changes), 'cell').capitalize()} would change{both}"


def refused(
    changes: Sequence[Change], needed: Callable[[Key], Sequence[Capability]], may: Callable[[Capability], bool]
) -> list[Told]:
    """The changes that this person may not make."""
    found = []
    for one in changes:
        capabilities = needed(one.key)
        if capabilities and not any(map(may, capabilities)):
            said = capabilities[0].label.lower()
            text = f"This cell is not yours to change ({said}). Ask someone who may to load the file."
            found.append(Told(place_of(one), text))
    return found


def done_headline(row: Return) -> str:
    cells = counted(len(row.changes), "cell")
    return f"{cells.capitalize()} {'was' if len(row.changes) == 1 else 'were'} changed" + (
        ", and taken back since" if row.undone_at else ""
    )


def done_rows(row: Return, definition: Definition | None) -> list[ChangeRow]:
    rows = []
    for one in row.changes:
        key = Key(*one["key"])
        was, value = one["was"], one["value"]
        if definition is not None and any(block.key == key.block for block in definition.blocks()):
            block = definition.block(key.block)
            line = next((own.title for own in block.rows if own.key == key.row), "") or key.row
            spec = next((column for column in block.columns if column.key == key.column), None)
            if spec is not None:
                was, value = shown(was, spec), shown(value, spec)
        else:
            line = key.row
        rows.append(ChangeRow(f"{one['sheet']}!{one['cell']}", line, was or "blank", "", value or "blank"))
    return rows


@dataclass(frozen=True)
class ReturnRow:
    """A workbook that came back, in the list."""

    url: str
    file: str
    template: str
    cells: int
    state: str
    who: str
    when: str
    why: str


def return_rows(found: Sequence[Applied], titles: Mapping[str, str], urls: Urls) -> list[ReturnRow]:
    return [
        ReturnRow(
            urls("submissions:return", key=str(one.key)),
            one.file,
            titles.get(one.template, one.template),
            one.cells,
            "Taken back" if one.undone_at else "Loaded",
            one.by or "A command",
            formats.moment(one.at),
            one.why,
        )
        for one in found
    ]


def waiting_rows(found: Sequence[BatchSummary], urls: Urls) -> list[dict[str, Any]]:
    return [
        {
            "url": urls("submissions:upload", batch=str(one.key)),
            "file": one.name,
            "cells": one.changed,
            "errors": one.refused,
            "who": one.uploaded_by or "A command",
            "when": formats.moment(one.uploaded_at),
        }
        for one in found
    ]


def list_headline(found: Sequence[Applied], waiting: int) -> str:
    if waiting:
        return f"{counted(waiting, 'workbook').capitalize()} {'waits' if waiting == 1 else 'wait'} to be loaded"
    if not found:
        return "No workbook has come back yet"
    held = [one for one in found if not one.undone_at]
    return f"{counted(len(found), 'workbook').capitalize()} came back and changed {counted(sum(one.cells for one in held), 'cell')}"


def chosen_of(changes: Sequence[Change], choices: Mapping[str, str]) -> dict[Key, str]:
    """Whose value stands, by the cell's key, from choices by its place."""
    return {one.key: choices[place_of(one)] for one in changes if choices.get(place_of(one))}
