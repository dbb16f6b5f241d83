"""What a named figure is, how it is printed, and what a sentence says that speaks of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from opplan.web import formats

POUNDS, PER_CENT = "pounds", "per cent"
NOT_REPORTED = "not reported"
WORD = re.compile(r"[A-Za-z0-9&]+")
SILENT = frozenset(
    {"a", "all", "an", "and", "any", "are", "as", "at", "be", "by", "do", "for", "from", "in", "into", "is"}
    | {"it", "its", "no", "not", "of", "on", "or", "that", "the", "their", "to", "with"}
)
"""Words of a name that tell no figure from another."""

Words = tuple[str, ...]
"""Each part must stand in a sentence that speaks of the figure; alternatives are parted by a bar, and a word may go on: "saving|qipp"."""


@dataclass(frozen=True)
class Figure:
    """A figure of the plan under a name, such as qipp.requirement.

    `value` is pounds, per cent (0 to 100), or a count or average of `unit`; None is not reported. `owner` is the query that works it
    out, `page` and `parts` the page that shows it. `places` are the decimals of what is neither money nor a count.
    """

    name: str
    label: str
    value: Decimal | None
    unit: str
    words: Words
    area: str
    owner: str
    page: str
    parts: Mapping[str, str] = field(default_factory=dict)
    places: int = 0
    illustrative: bool = False

    @property
    def printed(self) -> str:
        """As it stands in a sentence: £22.4m, 3.5%, 55,818."""
        if self.value is None:
            return NOT_REPORTED
        if self.unit == POUNDS:
            return formats.in_words(self.value)
        return (
            formats.per_cent(self.value, self.places)
            if self.unit == PER_CENT
            else formats.number(self.value, self.places)
        )

    @property
    def step(self) -> Decimal:
        """The least that its print tells apart: £22.4m tells £100,000."""
        if self.unit == POUNDS and self.value is not None and abs(self.value) >= 1_000_000:
            return Decimal(100_000)
        return Decimal(1).scaleb(-self.places)


Catalogue = Mapping[str, Figure]


def by_name(figures: Iterable[Figure]) -> dict[str, Figure]:
    """The figures by their names, in their order."""
    return {one.name: one for one in figures}


def words_of(*texts: str) -> Words:
    """The telling words of a title, each without the ending of its plural."""
    found = [word.lower() for text in texts for word in WORD.findall(text)]
    return tuple(dict.fromkeys(_stem(word) for word in found if word not in SILENT))


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word
