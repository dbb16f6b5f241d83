"""The two marks of a text: {{ qipp.requirement }} stands for a figure of the plan, [[22.5 million]] is another's number, quoted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches

NAME = re.compile(r"\{\{([^{}\n]{0,80})\}\}")
QUOTED = re.compile(r"\[\[([^\[\]\n]{1,120})\]\]")
OPEN = re.compile(r"\{\{")
NEAREST = 3
PROBLEMS_SHOWN = 20


def names_in(text: str) -> list[str]:
    """The names of figures in a text, each once, in their order."""
    return list(dict.fromkeys(found[1].strip() for found in NAME.finditer(text)))


def marked(name: str) -> str:
    """A figure as it is written in a text."""
    return f"{{{{ {name} }}}}"


def problems(text: str, known: Collection[str]) -> list[str]:
    """What is wrong with the names in a text: which, in which line, and which known names are nearest."""
    return list(_problems(text, known))[:PROBLEMS_SHOWN]


def _problems(text: str, known: Collection[str]) -> Iterator[str]:
    for opened in OPEN.finditer(text):
        line = line_of(text, opened.start())
        found = NAME.match(text, opened.start())
        if found is None:
            yield f"Line {line}: “{{{{” begins the name of a figure and is not closed by “}}}}” in the same line."
            continue
        name = found[1].strip()
        if name in known:
            continue
        near = get_close_matches(name, known, NEAREST, 0.5)
        said = f" The nearest names are {', '.join(near)}." if near else " Find its name in the list of figures."
        yield f"Line {line}: there is no figure “{name}”.{said}" if name else f"Line {line}: the braces name no figure."


def line_of(text: str, place: int) -> int:
    """The line of a place in a text, from 1."""
    return text.count("\n", 0, place) + 1
