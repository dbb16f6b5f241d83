"""The underlying position beside the headline one, the years of the plan, and the pace at which the year ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance.queries.budgets import INCOME
from finance.queries.underlying import ExitRate, YearOfPlan, YearsOfLine, following
from opplan.calc.budgets import Underlying
from opplan.web import formats

Address = Callable[..., str]


def underlying_headline(found: Underlying) -> str:
    """The two surpluses side by side, and what the recurrent one rests on."""
    in_year = found.balance.in_year
    return f"The plan leaves {_words(found.surplus)} that recurs, beside {_words(in_year)} in the year"


def underlying_lead(found: Underlying) -> str:
    """What the underlying surplus becomes if the rest of the savings is never found."""
    words = (
        f"Recurrent resource {formats.in_words(found.recurrent_resource)}, recurrent spending "
        f"{formats.in_words(found.recurrent_uses)}: {formats.per_cent(found.share)} of recurrent resource."
    )
    if found.unfound:
        words += (
            f" {formats.in_words(found.unfound)} of savings in that spending has no scheme yet: "
            f"if none is found the underlying position is {_words(found.if_none_is_found)}."
        )
    return words


def _words(amount: Decimal) -> str:
    if not amount:
        return "neither surplus nor deficit"
    return f"a {'surplus' if amount > 0 else 'deficit'} of {formats.in_words(abs(amount))}"


@dataclass(frozen=True)
class TableRow:
    title: str
    cells: Sequence[str]
    url: str = ""
    total: bool = False
    signed: bool = False


def bridge_of_positions(found: Underlying) -> list[TableRow]:
    """From the headline surplus to the underlying one, in £000."""
    once_in = found.balance.resource - found.recurrent_resource
    once_out = found.balance.uses - found.recurrent_uses
    return [
        TableRow("In-year surplus, headline", [formats.in_thousands(found.balance.in_year)]),
        TableRow("Less resource that does not recur", [formats.in_thousands(-once_in, signed=True)]),
        TableRow("Add spending that does not recur", [formats.in_thousands(once_out, signed=True)]),
        TableRow("Underlying surplus", [formats.in_thousands(found.surplus)], total=True),
    ]


YEAR_ROWS: Sequence[tuple[str, Callable[[YearOfPlan], str], bool]] = (
    ("Resource limit of the year", lambda one: formats.in_thousands(one.balance.resource), False),
    ("Surplus brought forward", lambda one: formats.in_thousands(one.balance.brought), False),
    ("All spending", lambda one: formats.in_thousands(one.balance.uses), False),
    ("In-year surplus", lambda one: formats.in_thousands(one.balance.in_year), True),
    ("In-year surplus, % of the year’s resource", lambda one: formats.per_cent(one.balance.in_year_share), False),
    ("Cumulative surplus", lambda one: formats.in_thousands(one.balance.cumulative), True),
    ("Cumulative surplus, % of all resource", lambda one: formats.per_cent(one.balance.cumulative_share), False),
    ("Underlying surplus", lambda one: formats.in_thousands(one.underlying.surplus), True),
    ("Underlying surplus, % of recurrent resource", lambda one: formats.per_cent(one.underlying.share), False),
)


def year_table(years: Sequence[YearOfPlan]) -> list[TableRow]:
    return [TableRow(title, [cell(one) for one in years], total=bold) for title, cell, bold in YEAR_ROWS]


def line_table(lines: Sequence[YearsOfLine], years: Sequence[str], url: Address) -> list[TableRow]:
    """Each line by year in £000, with what of it does not recur."""
    rows = []
    for line in lines:
        cells = []
        for year in years:
            held = line.amounts.get(year)
            once = held.non_recurrent if held else None
            shown = formats.in_thousands(held.amount if held else None) or "not given"
            cells.append(f"{shown} ({formats.in_thousands(once)})" if once else shown)
        rows.append(
            TableRow(
                line.title if line.kind not in INCOME else f"{line.title}, resource",
                cells,
                url("finance:budget_line", reference=line.reference),
            )
        )
    return rows


def years_checked(years: Sequence[YearOfPlan]) -> list[str]:
    """Whether each year brings forward what the year before hands on, in sentences; nothing where all do."""
    return [
        f"{one.year.replace('-', '/')} brings forward {formats.in_words(one.balance.brought)}, and the year before hands on "
        f"{formats.in_words(one.handed_on)}: {formats.in_words(abs(one.brought_wrong))} apart."
        for one in years
        if one.brought_wrong
    ]


@dataclass(frozen=True)
class ExitTable:
    """The pace of each line as the year ends beside next year's plan, and what it means."""

    takeaway: str
    next_year: str
    rows: Sequence[TableRow]
    note: str


def exit_table(rates: Sequence[ExitRate], year: str, url: Address) -> ExitTable | None:
    """None where no line has months, or next year has no plan."""
    known = [one for one in rates if one.over is not None]
    if not known:
        return None
    over = sorted((one for one in known if (one.over or 0) > 0), key=lambda one: -(one.over or Decimal(0)))
    label = following(year).replace("-", "/")
    if over:
        named = formats.listed([f"{one.title} ({formats.in_words(one.over)})" for one in over])
        takeaway = (
            f"At the pace of the last three months, these leave the year above what {label} holds for them: {named}."
        )
    else:
        takeaway = f"At the pace of the last three months, no line leaves the year above what {label} holds for it."
    reported = sum(one.reported for one in known)
    note = "January to March, times four: " + (
        "none of these months is reported yet, so that this is the forecast’s pace."
        if not reported
        else f"{reported} of {3 * len(known)} months are actual, the others forecast."
    )
    rows = [
        TableRow(
            one.title,
            [
                formats.in_thousands(one.rate),
                formats.in_thousands(one.next_year),
                formats.in_thousands(one.over, signed=True),
                "Above" if (one.over or 0) > 0 else "Within",
            ],
            url("finance:budget_line", reference=one.reference),
        )
        for one in known
    ]
    return ExitTable(takeaway, label, rows, note)


def years_csv(lines: Sequence[YearsOfLine], years: Sequence[str]) -> tuple[list[str], list[list[object]]]:
    """The lines by year in full pounds, each amount with the part that does not recur, its firmness and its source."""
    heads = ["Reference", "Section", "Line"]
    for year in years:
        heads += [f"{year} (GBP)", f"{year} non-recurrent (GBP)", f"{year} firmness", f"{year} source"]
    rows: list[list[object]] = []
    for line in lines:
        row: list[object] = [line.reference, line.section, line.title]
        for year in years:
            held = line.amounts.get(year)
            row += [held.amount, held.non_recurrent, held.basis, held.source] if held else [None, None, "", ""]
        rows.append(row)
    return heads, rows
