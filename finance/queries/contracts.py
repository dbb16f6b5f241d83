"""What contracts are worth, and what their planned activity comes to at its price. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.queries.planned import PlannedLine, planned_lines
from finance.models import BudgetLine, Contract, ContractPrice
from opplan.calc.money import total
from opplan.calc.rag import Tolerance
from opplan.calc.triangulation import Compared, Distance, at_a_price, compared
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

PRICED = "triangulation_priced"
"""The tolerance of activity, and of activity at its price."""
CONTRACT_FIELDS = {
    "title": "What it is for",
    "provider_id": "Provider",
    "basis_of_payment": "Basis of payment",
    "value": "Value, £",
    "fixed": "Not priced by activity, £",
    "budget_line_id": "Budget line",
    "signed": "Signed on",
    "owner": "Owner",
    "note": "Note",
}
PRICE_FIELDS = {"price": "Price, £", "share": "Share, per cent"}


@dataclass(frozen=True)
class PricedLine:
    """A line of activity in a contract: the year that the plan holds, the provider's share of it, and what a unit costs."""

    key: int
    line: PlannedLine
    price: Decimal
    share: Decimal
    source: str
    basis: str

    @property
    def activity(self) -> Decimal | None:
        """The provider's part of the line's planned year; None where the line has no plan."""
        return None if self.line.planned is None else self.line.planned * self.share / 100

    @property
    def value(self) -> Decimal | None:
        return None if self.line.planned is None else at_a_price(self.line.planned, self.price, self.share)


@dataclass(frozen=True)
class ContractStanding:
    """A contract with what its planned activity comes to. Money in pounds; None is not given."""

    row: Contract
    lines: Sequence[PricedLine]
    compared: Compared

    @property
    def priced(self) -> Decimal | None:
        """What the planned activity comes to at its prices."""
        return total(one.value for one in self.lines)

    @property
    def unplanned(self) -> list[PricedLine]:
        """Lines that have a price and no plan: their part is missing from the sum."""
        return [one for one in self.lines if one.value is None]


def contracts(
    plan: Plan, tolerances: Mapping[str, Tolerance], planned: Mapping[int, PlannedLine] | None = None
) -> list[ContractStanding]:
    """Every contract of the plan with its priced activity. Two queries, and the five of `planned_lines` where it is not at hand."""
    lines = planned_lines(plan) if planned is None else planned
    prices: dict[int, list[PricedLine]] = defaultdict(list)
    held = ContractPrice.objects.filter(contract__plan=plan).order_by("contract", "line__measure__position", "line")
    for key, contract, line, price, share, source, basis in held.values_list(
        "pk", "contract_id", "line_id", "price", "share", "source", "basis"
    ):
        prices[contract].append(PricedLine(key, lines[line], price, share, source, basis))
    rows = Contract.objects.filter(plan=plan).select_related("provider", "budget_line")
    return [_standing(row, prices[row.pk], tolerances[PRICED]) for row in rows]


def _standing(row: Contract, lines: Sequence[PricedLine], tolerance: Tolerance) -> ContractStanding:
    """Without a price there is no activity to compare with; a price whose line has no plan leaves the whole untold."""
    told = lines and all(one.value is not None for one in lines)
    explained = total([row.fixed, *(one.value for one in lines)]) if told else None
    return ContractStanding(row, lines, compared(explained, row.value, tolerance, Distance.PER_CENT))


def find_contract(plan: Plan, reference: str) -> Contract | None:
    """One contract by its reference, with its provider and budget line."""
    row = Contract.objects.select_related("provider", "budget_line").filter(plan=plan, reference=reference).first()
    if row is not None:
        row.plan = plan
    return row


def find_price(contract: Contract, line: str) -> ContractPrice | None:
    """The price of one line in a contract, by the line's reference."""
    return ContractPrice.objects.select_related("line__measure").filter(contract=contract, line__reference=line).first()


def priceable_lines(contract: Contract) -> list[tuple[str, str]]:
    """The lines of the plan that a contract may yet price, as choices: counts that it has no price for. Six queries."""
    held = set(ContractPrice.objects.filter(contract=contract).values_list("line_id", flat=True))
    return [
        (one.reference, f"{one.reference}, {one.name}" + (f", {one.title}" if one.title else ""))
        for one in planned_lines(contract.plan).values()
        if one.countable and one.key not in held
    ]


def budget_line_choices(plan: Plan) -> list[tuple[str, str]]:
    """The lines of the financial plan that may pay for a contract, as choices."""
    rows = BudgetLine.objects.filter(plan=plan, statement=BudgetLine.Statement.PLAN, is_total=False)
    return [
        (str(key), f"{reference}, {title}") for key, reference, title in rows.values_list("pk", "reference", "title")
    ]


def contract_changes(contract: Contract) -> list[ChangeEntry]:
    """What has changed in a contract and its prices, latest first. Five queries."""
    names = {"provider_id": _names(contract, "provider"), "budget_line_id": _names(contract, "budget_line")}
    kept: Any = ContractPrice.history.model
    of_prices = kept.objects.filter(contract_id=contract.pk).select_related("history_user", "line")
    found = [
        *changes(
            contract.history.select_related("history_user").order_by("id", "history_id"),
            kind="Contract",
            fields=CONTRACT_FIELDS,
            names=names,
        ),
        *changes(
            of_prices.order_by("id", "history_id"),
            kind="Price",
            fields=PRICE_FIELDS,
            title=lambda entry: f"Price of {entry.line.reference}",
        ),
    ]
    return sorted((one for one in found if one.who), key=lambda one: one.when, reverse=True)


def _names(contract: Contract, field: str) -> dict[Any, str]:
    """The words for every row that the contract's field has named."""
    keys = contract.history.values_list(f"{field}_id", flat=True)
    related: Any = Contract._meta.get_field(field).related_model
    return {row.pk: str(row) for row in related.objects.filter(pk__in=set(keys))}


@dataclass(frozen=True)
class ContractTotals:
    """Every contract together. Money in pounds."""

    value: Decimal | None
    providers: int
    signed: int
    apart: Sequence[ContractStanding]


def contract_totals(standings: Sequence[ContractStanding]) -> ContractTotals:
    """The contracts together: worth, providers, how many are signed, and those whose activity at its price comes to another value."""
    return ContractTotals(
        total(one.row.value for one in standings),
        len({one.row.provider_id for one in standings}),
        sum(1 for one in standings if one.row.signed),
        [one for one in standings if one.compared.can_be_told and not one.compared.agrees],
    )
