"""Many figures in one form, settled cell by cell: what the form was opened with, what is stored now, and what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from opplan.plans.versions import KEEP, MINE, Clash, Conflict, Version
from opplan.web.formats import moment


def packed(values: Mapping[str, str]) -> str:
    """What a form was opened with, for it to carry."""
    return json.dumps(values, separators=(",", ":"), sort_keys=True)


def unpacked(text: str) -> dict[str, str] | None:
    """What a form carries back; None where it cannot be read."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else None


def settled(
    opened: Mapping[str, str] | None,
    typed: Mapping[str, str],
    stored: Mapping[str, str],
    *,
    version: Version,
    latest: Any,
    named: Callable[[str], str],
) -> dict[str, str]:
    """What is to be stored: each cell as the one person left it whom nobody contradicts. An absent cell is an empty one.

    Conflict where somebody else changed a cell to one thing and this person to another, unless `version` says whose to take.
    `latest` is the history entry that the choice is made upon; `named` gives a cell its name in words.
    """
    seen = latest.history_id if latest else 0
    choice = version.choice if version.seen == seen else ""
    wanted: dict[str, str] = {}
    clashes: list[Clash] = []
    for cell in dict.fromkeys([*typed, *stored, *(opened or {})]):
        mine, now = typed.get(cell, ""), stored.get(cell, "")
        base = None if opened is None else opened.get(cell, "")
        if mine in (base, now):
            wanted[cell] = now
        elif now == base or choice == MINE:
            wanted[cell] = mine
        elif choice == KEEP:
            wanted[cell] = now
        else:
            clashes.append(_clash(f"cell-{len(clashes) + 1}", named(cell), base or "", now, mine, latest))
    if clashes:
        raise Conflict(clashes, {}, seen)
    return wanted


def _clash(identity: str, label: str, opened: str, now: str, mine: str, latest: Any) -> Clash:
    if latest is None:
        return Clash(identity, label, opened, now, mine, "", "", "")
    who, why = str(latest.history_user or ""), latest.history_change_reason or ""
    return Clash(identity, label, opened, now, mine, who, moment(latest.history_date), why)
