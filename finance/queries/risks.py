"""What could cost the plan money, what would soften it, and how far the contingency covers what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import BudgetLine, BusinessRule, FinancialRisk
from finance.queries.rules import PlannedYear, planned_year
from opplan.calc.money import total
from opplan.calc.risks import NetRisk, net_risk, weighted
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opplan.plans.models import Plan

CONTINGENCY, RULE = "contingency", "BR-CONTINGENCY"


@dataclass(frozen=True)
class Risk:
    """A risk or a mitigation, in pounds. None is not known, never 0; `probability_basis` says when its chance is illustrative."""

    reference: str
    kind: str
    title: str
    description: str
    category: str
    value: Decimal | None
    probability: Decimal | None
    probability_basis: str
    weighted: Decimal | None
    mitigation: str
    owner: str
    closed: date | None
    source: str
    basis: str

    @property
    def is_contingency(self) -> bool:
        """Whether it is the plan's contingency, which is set against the net risk rather than taken off before."""
        return self.kind == FinancialRisk.Kind.MITIGATION and self.category.lower() == CONTINGENCY


@dataclass(frozen=True)
class RiskRegister:
    """Every risk and mitigation of the plan, and what those that are open come to together.

    `contingency_from` says where the contingency is read: a line of the plan, the business rule, or the register itself; empty where
    nothing gives one.
    """

    risks: list[Risk]
    mitigations: list[Risk]
    closed: list[Risk]
    net: NetRisk
    contingency_from: str
    registered: Decimal | None
    """What the register's own rows say that the contingency is."""


def risk_register(plan: Plan, year: PlannedYear | None = None) -> RiskRegister:
    """The financial risks of the plan against its contingency. One query; one more without the `year`, one without a line for it."""
    year = planned_year(plan) if year is None else year
    rows = [
        Risk(
            row.reference,
            row.kind,
            row.title,
            row.description,
            row.category,
            row.value,
            row.probability,
            row.probability_basis,
            weighted(row.value, row.probability),
            row.mitigation,
            row.owner,
            row.closed,
            row.source,
            row.basis,
        )
        for row in FinancialRisk.objects.filter(plan=plan)
    ]
    open_rows = [row for row in rows if row.closed is None]
    risks = [row for row in open_rows if row.kind == FinancialRisk.Kind.RISK]
    mitigations = [row for row in open_rows if row.kind == FinancialRisk.Kind.MITIGATION]
    rows_of_it = [row for row in mitigations if row.is_contingency]
    held, held_from = _contingency(plan, year, rows_of_it)
    net = net_risk(
        [(row.value, row.probability) for row in risks],
        [(row.value, row.probability) for row in mitigations if not row.is_contingency],
        contingency=held or Decimal(0),
    )
    return RiskRegister(
        risks, mitigations, [row for row in rows if row.closed], net, held_from, total(row.value for row in rows_of_it)
    )


def _contingency(plan: Plan, year: PlannedYear, registered: Sequence[Risk]) -> tuple[Decimal | None, str]:
    """The contingency held, counted once: the plan's line, else what the business rule says is held, else the register's own row."""
    if year.contingency is not None:
        lines = listed([f"{line.title} ({line.reference})" for line in year.of(BudgetLine.Kind.CONTINGENCY)])
        return year.contingency, f"the plan’s line {lines}"
    said = BusinessRule.objects.filter(plan=plan, reference=RULE).values_list("held", flat=True).first()
    if said is not None:
        return said, f"the business rule {RULE}"
    held = total(row.value for row in registered)
    return held, f"the register ({', '.join(row.reference for row in registered)})" if held is not None else ""


def find_risk(plan: Plan, reference: str) -> FinancialRisk | None:
    return FinancialRisk.objects.filter(plan=plan, reference=reference).first()


def risk_history(plan: Plan, reference: str | None = None) -> list[ChangeEntry]:
    """What people have changed in the register, or in one row of it, latest first. One query."""
    entries = FinancialRisk.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    if reference is not None:
        entries = entries.filter(reference=reference)
    found = changes(
        entries,
        kind="Financial risk",
        fields={
            "title": "Title",
            "description": "Description",
            "category": "Category",
            "value": "Value, pounds",
            "probability": "Probability, per cent",
            "mitigation": "What is done",
            "owner": "Owner",
            "closed": "Closed on",
        },
    )
    return [change for change in found if change.who]
