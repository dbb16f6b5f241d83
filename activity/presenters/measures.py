"""The catalogue of measures in rows, and one measure's definition in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from activity.presenters.words import DIRECTIONS, large
from opplan.calc.ratios import Kind, YearRule
from opplan.web import formats
from opplan.web.formats import counted, plain

if TYPE_CHECKING:
    from activity.models import Measure

Address = Callable[[str], str]
YEAR = {YearRule.SUM: "sum", YearRule.LAST: "last month", YearRule.RATIO: "ratio of sums"}


@dataclass(frozen=True)
class MeasureRow:
    """A measure as the catalogue lists it."""

    code: str
    name: str
    url: str
    area: str
    local: bool
    unit: str
    kind: str
    numerator: str
    denominator: str
    direction: str
    year: str
    frequency: str
    standard: str
    dates: str
    part_of: str
    source: str
    lines: int


def measure_rows(measures: Sequence[Measure], address: Address) -> list[MeasureRow]:
    """The rows by area, the area of the first measure first."""
    areas = list(dict.fromkeys(measure.area for measure in measures))
    return [_row(measure, address(measure.code)) for measure in sorted(measures, key=lambda one: areas.index(one.area))]


def _row(measure: Measure, url: str) -> MeasureRow:
    return MeasureRow(
        code=measure.code,
        name=measure.name,
        url=url,
        area=measure.area,
        local=measure.organisation_id is not None,
        unit=measure.unit,
        kind=measure.kind,
        numerator=measure.numerator,
        denominator=measure.denominator,
        direction=DIRECTIONS[measure.direction],
        year=YEAR[YearRule(measure.year_rule)],
        frequency=measure.get_frequency_display(),
        standard=standard_words(measure),
        dates=dates_words(measure.standard_from, measure.standard_until),
        part_of=measure.parent.code if measure.parent else "",
        source=measure.source,
        lines=getattr(measure, "followed", 0),
    )


def standard_words(measure: Measure) -> str:
    """The standard as people say it; nothing where there is none."""
    written = plain(measure.standard)
    return f"{written}%" if written and measure.kind == Kind.PERCENTAGE else written


def dates_words(since: date | None, until: date | None) -> str:
    """From when to when a standard holds, as far as it is known."""
    if since and until:
        return f"{formats.short_month(since)} to {formats.short_month(until)}"
    if since:
        return f"from {formats.short_month(since)}"
    return f"to {formats.short_month(until)}" if until else ""


def catalogue_headline(measures: Sequence[MeasureRow], label: str) -> str:
    followed = sum(1 for one in measures if one.lines)
    whole = f"{counted(len(measures), 'measure')} of {label}"
    return f"{followed or 'None'} of the {whole} {'is' if followed == 1 else 'are'} followed by this plan"


def catalogue_lead(measures: Sequence[MeasureRow], organisation: str) -> str:
    local = sum(1 for one in measures if one.local)
    standards = sum(1 for one in measures if one.standard)
    own = (
        f"{local} of them {'was' if local == 1 else 'were'} added by {organisation}"
        if local
        else f"{organisation} has added none of its own"
    )
    return f"{counted(standards, 'measure has', 'measures have')} a standard; {own}."


def measure_facts(measure: Measure) -> list[tuple[str, str]]:
    """A measure's definition, fact by fact."""
    row = _row(measure, "")
    standard = row.standard or "none"
    rows = [
        ("Code", row.code),
        ("Unit", f"{row.unit}, a {row.kind}" if row.kind != "average" else f"{row.unit}, an average"),
        ("Numerator", row.numerator),
        ("Denominator", row.denominator),
        ("Counted in", measure.get_counted_display()),
        ("Direction", row.direction),
        (
            "Year",
            {
                "sum": "The sum of its months",
                "last month": "Its last month",
                "ratio of sums": "Numerators over denominators",
            }[row.year],
        ),
        ("Collected", row.frequency),
        ("Standard", f"{standard}, {row.dates}" if row.dates else standard),
        ("Note", measure.standard_note),
        ("Part of", f"{measure.parent.code} {measure.parent.name}" if measure.parent else ""),
        ("Filled by", f"the published series {measure.feed}" if measure.feed else ""),
        ("Source", f"{measure.source} ({measure.basis})" if measure.source else measure.basis),
    ]
    return [(name, large(text)) for name, text in rows if text]


CATALOGUE_HEADS = (
    "Round", "Code", "Measure", "Short name", "Whose", "Area", "Unit", "Kind", "Numerator", "Denominator", "Counted in", "Direction",
    "Year", "How often", "Part of", "Standard", "From", "Until", "Note", "Source", "Basis",
)  # fmt: skip


def catalogue_cells(measures: Sequence[Measure]) -> list[list[str]]:
    """The catalogue as cells."""
    return [
        [
            one.round, one.code, one.name, one.short_name, str(one.organisation or "national"), one.area, one.unit, one.kind,
            one.numerator, one.denominator, one.counted, one.direction, one.year_rule, one.frequency, one.parent.code if one.parent else "",
            plain(one.standard), _iso(one.standard_from), _iso(one.standard_until), one.standard_note, one.source, one.basis,
        ]
        for one in measures
    ]  # fmt: skip


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
