"""What could cost the plan money, what would soften it, and the rules that the year sets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import BusinessRule, FinancialRisk
from opplan.calc.money import rounded
from opplan.calc.risks import NetRisk, net_risk, weighted

if TYPE_CHECKING:
    from opplan.plans.models import Plan


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
    source: str
    basis: str


@dataclass(frozen=True)
class RiskRegister:
    """Every risk and mitigation of the plan, and what they come to together."""

    risks: list[Risk]
    mitigations: list[Risk]
    net: NetRisk


def risk_register(plan: Plan) -> RiskRegister:
    """The financial risks of the plan. One query. A contingency stands among the mitigations, so none is taken off again."""
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
            row.source,
            row.basis,
        )
        for row in FinancialRisk.objects.filter(plan=plan)
    ]
    risks = [row for row in rows if row.kind == FinancialRisk.Kind.RISK]
    mitigations = [row for row in rows if row.kind == FinancialRisk.Kind.MITIGATION]
    net = net_risk(
        [(row.value, row.probability) for row in risks],
        [(row.value, row.probability) for row in mitigations],
        contingency=Decimal(0),
    )
    return RiskRegister(risks, mitigations, net)


@dataclass(frozen=True)
class RuleStanding:
    """A business rule and how the plan stands to it. `share` is what is held in per cent of the base; `over` is pounds above what
    the rule asks, below nought where short; both None where the document does not say what is held or of what."""

    reference: str
    title: str
    comparison: str
    percent: Decimal | None
    amount: Decimal | None
    held: Decimal | None
    base: Decimal | None
    base_name: str
    note: str
    source: str

    @property
    def share(self) -> Decimal | None:
        return None if self.held is None or not self.base else 100 * self.held / self.base

    @property
    def asked(self) -> Decimal | None:
        """What the rule asks in pounds: its share of the base, else its amount."""
        if self.percent is not None and self.base:
            return rounded(self.base * self.percent / 100)
        return self.amount

    @property
    def over(self) -> Decimal | None:
        return None if self.held is None or self.asked is None else self.held - self.asked

    @property
    def met(self) -> bool | None:
        """Whether the rule is met at the one decimal to which it is given; None where it cannot be told."""
        if self.share is None or self.percent is None:
            return None
        share = rounded(self.share, 1)
        return share == self.percent if self.comparison == "equal" else share >= self.percent


def business_rules(plan: Plan) -> list[RuleStanding]:
    """The rules of the year in order. One query."""
    return [
        RuleStanding(
            row.reference,
            row.title,
            row.comparison,
            row.percent,
            row.amount,
            row.held,
            row.base,
            row.base_name,
            row.note,
            row.source,
        )
        for row in BusinessRule.objects.filter(plan=plan)
    ]
