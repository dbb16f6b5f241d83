"""The words that the board and the initiative pages share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.queries import LinePosition
from opplan.calc.rag import Rating, Tolerance
from opplan.dashboards.queries import Part, RatedInitiative, severity
from opplan.web import formats
from opplan.web.reasons import WORD, distance

if TYPE_CHECKING:
    pass


MET = {Rating.GREEN, Rating.BLUE}
UNRATED = {Rating.NOT_REPORTED, Rating.NOT_RATED, Rating.NOT_DUE}


Address = Callable[..., str]
"""The address of a page of the plan: `Scope.url`."""


def in_a_sentence(title: str) -> str:
    """A title inside a sentence: its first letter small, unless it is an abbreviation."""
    return title if title[1:2].isupper() or title[1:2] in {"&", "C"} else title[:1].lower() + title[1:]


def value(line: LinePosition, figure: Decimal | None) -> str:
    return formats.measure_value(figure, line.kind)


def tally(ratings: Any) -> str:
    """3 red, 2 amber and 4 green."""
    counts = Counter(ratings)
    words = [f"{counts[rating]} {WORD[rating].lower()}" for rating in (*WORD,) if counts[rating]]
    return formats.listed(words) or "nothing rated"


def why(initiative: RatedInitiative) -> str:
    """The two worst parts of an initiative in a few words, or why it is not rated."""
    if initiative.rating == Rating.NOT_DUE:
        return "Nothing due yet" if initiative.parts else "No milestone, saving or measure to rate it by"
    if initiative.rating == Rating.NOT_RATED and initiative.stale and not _unreported(initiative.parts):
        updated = initiative.entry.updated_for
        return f"Last update was for {formats.month(updated)}" if updated else "No update has been written"
    if initiative.rating in MET:
        return "All on plan" if initiative.rating == Rating.GREEN else "All complete"
    shown = [part for part in initiative.parts if part.judgement.rating == initiative.parts[0].judgement.rating]
    return "; ".join(part_in_words(part) for part in sorted(shown, key=lambda part: severity(part.judgement))[:2])


def _unreported(parts: Sequence[Part]) -> bool:
    return any(part.judgement.rating == Rating.NOT_REPORTED for part in parts)


def part_in_words(part: Part) -> str:
    """A part and its distance from plan: "A&E within 4 hours 12.2 points under plan"."""
    name = part.short_name if isinstance(part, LinePosition) else part.title
    return f"{name}: {in_a_sentence(distance(part.judgement))}"


def floated(figure: Decimal | None) -> float | None:
    """A figure for a chart."""
    return None if figure is None else round(float(figure), 2)


def bounds(band: Tolerance) -> tuple[str, str]:
    """Where green ends and where red begins, as the table of rules gives them."""
    return formats.plain(band.green), formats.plain(band.red)
