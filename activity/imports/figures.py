"""The figures of a published file in neutral terms: what every source module yields, whatever its layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opplan.imports.report import Place


@dataclass(frozen=True, slots=True)
class Figure:
    """One organisation's figure of a published series for a month, or for a quarter by its first month.

    organisation: the code as the file gives it (ODS code, or a local authority's). feed: the series, whatever planning round
    ("dtoc.days"). numerator and denominator: None where the file gives none, which is never 0. status: final, flex, estimate,
    missing or not_applicable. specialty: the treatment function (or the beds' group) as the file names it, "" for all.
    measure: the measure's code in a file that says it itself; then the feed is "". published: the day on which the file was
    published or last revised, where it says so.
    """

    organisation: str
    feed: str
    period: date
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    place: Place
    specialty: str = ""
    measure: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class DelayFigure:
    """Delayed days of a month in one category of a cut.

    cut: what the publication breaks down by ("care", "body", "reason"), or "all" for a row crossed by all three. care: acute,
    non_acute or "". reason: a code of the national list (A, B, C, DI, DII, E, F, G, H, I, O) or "unmapped: <label>".
    body: nhs, social_care, both or "". days: delayed days in the month. patients: those delayed on the last Thursday of the
    month at midnight, where the file has them (the count ended in March 2017).
    """

    organisation: str
    period: date
    cut: str
    care: str
    reason: str
    body: str
    days: Decimal
    patients: Decimal | None
    place: Place
    published: date | None = None
