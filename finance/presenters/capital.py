"""Capital schemes beside the programme that pays for them, in rows and sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.queries.capital import Funded, part_of
from opplan.web import formats

if TYPE_CHECKING:
    from finance.models import CapitalScheme
    from finance.queries.statements import Statement

Address = Callable[..., str]


@dataclass(frozen=True)
class SchemeRow:
    title: str
    amount: str
    part: bool
    note: str
    basis: str
    source: str
    url: str


@dataclass(frozen=True)
class FundedRow:
    """A line of the programme in a year with the schemes that it pays for."""

    title: str
    year: str
    programme: str
    named: str
    left: str
    said: str
    schemes: Sequence[SchemeRow]


def funded_rows(found: Sequence[Funded], url: Address) -> list[FundedRow]:
    return [
        FundedRow(
            one.group or "No line of the programme",
            one.year.replace("-", "/"),
            formats.in_thousands(one.programme) or "not given",
            formats.in_thousands(one.named),
            formats.in_thousands(one.left, signed=True) or "",
            _said(one),
            [
                SchemeRow(
                    scheme.title,
                    formats.in_thousands(scheme.amount) or "not given",
                    part_of(scheme, one.schemes) is not None,
                    ", ".join(filter(None, [scheme.owner, scheme.note])),
                    scheme.basis,
                    scheme.source,
                    url("finance:capital_scheme", reference=scheme.reference),
                )
                for scheme in one.schemes
            ],
        )
        for one in found
    ]


def _said(one: Funded) -> str:
    if one.left is None:
        return "The programme gives no amount"
    if not one.left:
        return "All of it named"
    if one.left > 0:
        return f"{formats.in_words(one.left)} has no named scheme"
    return f"Schemes are {formats.in_words(-one.left)} above the programme"


def capital_headline(programme: Statement | None, found: Sequence[Funded]) -> str:
    """What the capital programme comes to in its first year, and how much of it has a named scheme."""
    if programme is None and not found:
        return "No capital programme is held: the plan document gives none"
    named = sum((one.named for one in found), Decimal(0))
    if programme is None:
        return (
            f"{formats.in_words(named)} of capital schemes are named, and the plan document gives no programme for them"
        )
    year = programme.columns[0]
    whole = next((line.amounts[year].printed for line in programme.lines if line.is_total), None) or Decimal(0)
    held = sum((one.named for one in found if one.year == year), Decimal(0))
    words = f"Capital of {formats.in_words(whole)} in {year.replace('-', '/')}, "
    return words + (
        "all of it for named schemes" if held == whole else f"{formats.in_words(held)} of it for named schemes"
    )


def capital_csv(schemes: Sequence[CapitalScheme]) -> list[list[object]]:
    return [
        [
            one.reference,
            one.title,
            one.group,
            one.year,
            one.amount,
            "yes" if part_of(one, schemes) else "no",
            one.owner,
            one.note,
            one.basis,
            one.source,
        ]
        for one in schemes
    ]


CSV_HEADS = (
    "Reference",
    "Scheme",
    "Line of the programme",
    "Year",
    "Amount (GBP)",
    "Part of another",
    "Owner",
    "Note",
    "Firmness",
    "Source",
)
