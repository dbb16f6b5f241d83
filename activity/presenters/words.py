"""How a line's values, differences and standards are written in sentences and cells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from activity.queries import LinePosition, LineRecord
from opplan.calc.money import rounded
from opplan.calc.ratios import Kind
from opplan.web import formats
from opplan.web.formats import measure_value, number

Address = Callable[[str], str]


DIRECTIONS = {"over": "higher is better", "under": "lower is better", "on": "best on plan"}


def value_of(position: LinePosition, figure: Decimal | None) -> str:
    return measure_value(figure, position.kind)


def whose_of(position: LinePosition) -> str:
    """A line's reference and whose it is, without the measure's name, which stands beside it."""
    title = position.title
    if title.lower().startswith(position.short_name.lower()):
        title = title[len(position.short_name) :].lstrip(" ,")
    return ", ".join(filter(None, [position.reference, title]))


def forerunner_words(found: LineRecord, since: date | None = None) -> str:
    """Which figures of a commissioner's line, since a month or of all, are those of the organisation that it followed.

    Delayed days are counted by local authority, whoever the commissioner is.
    """
    line, until = found.line, getattr(found.line, "forerunner_until", None)
    if until is None or line.scope != "whole" or line.measure.feed.startswith("dtoc."):
        return ""
    months = [one.period for one in found.held if one.actual is not None and (since is None or one.period >= since)]
    theirs = [formats.month(month) for month in months if month <= until]
    if not theirs:
        return ""
    which = f"The figure of {theirs[0]} is" if len(theirs) == 1 else f"Figures to {theirs[-1]} are"
    return f"{which} from {line.forerunner_code}. {line.forerunner_note}"  # type: ignore[attr-defined]


def standard_of(position: LinePosition) -> str:
    """The standard as people say it: 92%, 68, 0.52. Nothing where there is none."""
    written = formats.plain(position.standard)
    return f"{written}%" if written and position.kind == Kind.PERCENTAGE else written


def said(position: LinePosition, figure: Decimal | None) -> str:
    """A value with its unit, for a sentence: 82.8%, 140.3 beds a day."""
    written = value_of(position, figure)
    return written if position.kind == Kind.PERCENTAGE or not written else f"{written} {position.unit}"


def gap(position: LinePosition, figure: Decimal) -> str:
    """The size of a difference: points for percentages, the measure's unit for the rest. Never nought where there is one."""
    places = formats.places_for(position.kind, figure)
    while figure and not rounded(figure, places) and places < 3:
        places += 1
    written = number(abs(figure), places)
    if position.kind == Kind.PERCENTAGE:
        return f"{written} point{'' if written == '1.0' else 's'}"
    return f"{written} {position.unit}"


def written(value: Decimal | None) -> str:
    """A numerator or denominator: whole where it is whole."""
    return "" if value is None else number(value, 0 if value % 1 == 0 else 1)


def large(words: str) -> str:
    return words[:1].upper() + words[1:]


def small(words: str) -> str:
    return words[:1].lower() + words[1:]


def cell(figure: Decimal | None) -> Decimal | str:
    """A figure for a spreadsheet, to four decimals: a figure still, since text that begins with a minus would be defused."""
    return "" if figure is None else Decimal(formats.plain(rounded(figure, 4)))
