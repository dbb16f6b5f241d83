"""How two texts differ, in words: what was taken out and what was put in, in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORD = re.compile(r"\{\{[^{}\n]*\}\}|\s+|\w+|[^\w\s]")
MANY = 3_000
"""Above so many words of one passage, common words are not matched: their pairs grow with the square."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, that only the later has (added), or only the earlier (removed)."""

    text: str
    kind: str = ""


def differing(before: str, after: str) -> list[Piece]:
    """The later text with what was removed and added in place. First by line, then by word within the lines that differ."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[Piece] = []
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("".join(new[start:end])))
        else:
            pieces += _words("".join(old[first:last]), "".join(new[start:end]))
    return joined(pieces)


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = WORD.findall(before), WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > MANY)
    codes = matcher.get_opcodes()
    removed = added = ""
    for place, (kind, first, last, start, end) in enumerate(codes):
        was, now = "".join(old[first:last]), "".join(new[start:end])
        between = 0 < place < len(codes) - 1
        # A space or a stop that both happen to have between two changes would break one change into many.
        if kind != "equal" or (between and not re.search(r"\w", now)):
            removed, added = removed + was, added + now
            continue
        yield from (Piece(removed, "removed"), Piece(added, "added"), Piece(now))
        removed = added = ""
    yield from (Piece(removed, "removed"), Piece(added, "added"))


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without empty ones, and neighbours of a kind as one."""
    found: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(found[-1].text + piece.text, piece.kind)
        else:
            found.append(piece)
    return found


def counts(pieces: Sequence[Piece]) -> tuple[int, int]:
    """How many words were added and how many removed."""
    words = {
        kind: sum(len(re.findall(r"\w+", one.text)) for one in pieces if one.kind == kind)
        for kind in ("added", "removed")
    }
    return words["added"], words["removed"]
