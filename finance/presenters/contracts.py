"""Contracts in sentences and rows. Chooses words and shapes; computes nothing that a query gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance.queries.contracts import ContractStanding, ContractTotals
from opplan.calc.rag import Rating, Tolerance
from opplan.calc.triangulation import Compared
from opplan.web import formats
from opplan.web.formats import counted

Address = Callable[..., str]
UNTOLD = "Not compared"


def word_of(compared: Compared) -> str:
    """Agrees, Differs, or why it cannot be told."""
    return UNTOLD if not compared.can_be_told else "Agrees" if compared.agrees else "Differs"


@dataclass(frozen=True)
class ContractRow:
    """A contract as the list shows it; money in £000."""

    reference: str
    url: str
    title: str
    provider: str
    provider_code: str
    basis_of_payment: str
    value: str
    explained: str
    difference: str
    rating: Rating
    word: str
    why: str
    signed: str
    illustrative: bool


def contract_rows(standings: Iterable[ContractStanding], url: Address) -> list[ContractRow]:
    return [
        ContractRow(
            one.row.reference,
            url("finance:contract", reference=one.row.reference),
            one.row.title,
            one.row.provider.short_name,
            one.row.provider.code,
            one.row.get_basis_of_payment_display(),
            formats.in_thousands(one.row.value) or formats.NOT_DUE,
            formats.in_thousands(one.compared.found) or formats.NOT_DUE,
            formats.in_thousands(one.compared.difference, signed=True),
            one.compared.rating,
            word_of(one.compared),
            apart(one),
            formats.dated(one.row.signed) or "Not signed",
            one.row.basis == "illustrative",
        )
        for one in standings
    ]


def apart(one: ContractStanding) -> str:
    """Why it agrees or does not, in a few words."""
    held = one.compared
    if one.row.value is None:
        return "The contract has no value yet"
    if one.unplanned:
        return f"{formats.listed([line.line.reference for line in one.unplanned])}: priced, but without a plan"
    if held.found is None:
        return "A block: no activity is priced" if one.row.basis_of_payment == "block" else "No activity is priced yet"
    if not held.difference:
        return "The same"
    side = "above" if held.difference > 0 else "below"
    return f"{formats.per_cent(held.distance, 2)} {side} the contract"


def contracts_headline(totals: ContractTotals, standings: Sequence[ContractStanding]) -> str:
    """What the contracts are worth, and of how many the activity at its price comes to another value."""
    if not standings:
        return "No contract is held for this plan"
    told = sum(1 for one in standings if one.compared.can_be_told)
    worth = f"{counted(len(standings), 'contract')} with {counted(totals.providers, 'provider')}"
    are = "is" if len(standings) == 1 else "are"
    begin = f"{worth[:1].upper()}{worth[1:]} {are} worth {formats.millions(totals.value) or 'nothing yet'}"
    if not told:
        return f"{begin}; none can be compared with its activity yet"
    differ = len(totals.apart)
    priced = f"the one that prices activity {'agrees with' if not differ else 'differs from'} it"
    if told > 1 and not differ:
        priced = f"all {told} that price activity agree with it"
    elif told > 1:
        priced = f"{differ} of the {told} that price activity {'differs' if differ == 1 else 'differ'} from it"
    return f"{begin}; {priced}"


def contracts_lead(totals: ContractTotals, standings: Sequence[ContractStanding], tolerance: Tolerance) -> str:
    if not standings:
        return "Add the first, with its value and the prices of its lines of activity."
    return (
        f"{totals.signed} of {len(standings)} {'is' if totals.signed == 1 else 'are'} signed. A contract agrees within "
        f"{formats.plain(tolerance.green)}% of its value."
    )


@dataclass(frozen=True)
class PriceRow:
    """A priced line of a contract."""

    reference: str
    url: str
    change_url: str
    name: str
    planned: str
    unit: str
    share: str
    price: str
    value: str
    basis: str


def price_rows(standing: ContractStanding, url: Address) -> list[PriceRow]:
    contract = standing.row.reference
    return [
        PriceRow(
            one.line.reference,
            url("activity:line", reference=one.line.reference),
            url("finance:contract_price", reference=contract, line=one.line.reference),
            one.line.name,
            formats.number(one.line.planned) or "No plan",
            one.line.unit,
            f"{formats.plain(one.share)}%",
            _price(one.price),
            formats.in_thousands(one.value) or formats.NOT_DUE,
            one.basis,
        )
        for one in standing.lines
    ]


def _price(value: Decimal) -> str:
    return f"£{value:,.2f}" if value % 1 else formats.pounds(value)


def contract_lead(one: ContractStanding) -> str:
    """What the contract is worth beside what its activity comes to."""
    if one.row.value is None:
        return "It has no value yet."
    worth = f"Worth {formats.in_words(one.row.value)}"
    if one.compared.found is None or one.compared.difference is None:
        return f"{worth}. {apart(one)}."
    what = "its activity at its price and its fixed part come" if one.row.fixed else "its activity at its price comes"
    explained = f"{what} to {formats.in_words(one.compared.found)}"
    return f"{worth}; {explained}. {apart(one)}."


CSV_HEADS = (
    *("Reference", "Contract", "Provider", "Provider code", "Basis of payment", "Signed on", "Value, £"),
    *("Line", "Activity planned, year", "Share of the line, %", "Price of a unit, £", "Activity at its price, £"),
    *("Fixed, £", "Activity and fixed, £", "Difference, £", "Agrees", "Source", "Basis"),
)


def csv_rows(standings: Iterable[ContractStanding]) -> Iterable[Sequence[object]]:
    """A row a contract, and beneath it a row for each line that it prices."""
    for one in standings:
        row, held = one.row, one.compared
        named = (row.reference, row.title, row.provider.short_name, row.provider.code)
        yield (
            *(*named, row.get_basis_of_payment_display(), row.signed, row.value),
            *("", None, None, None, one.priced, row.fixed, held.found, held.difference, word_of(held)),
            *(row.source, row.basis),
        )
        for line in one.lines:
            yield (
                *(*named, "", None, None),
                *(line.line.reference, line.line.planned, line.share, line.price, line.value),
                *(None, None, None, "", line.source, line.basis),
            )
