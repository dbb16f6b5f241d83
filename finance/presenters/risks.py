"""Financial risks and business rules in rows and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opplan.calc.money import rounded
from opplan.web import formats

if TYPE_CHECKING:
    from finance.queries import Risk, RiskRegister, RuleStanding


@dataclass(frozen=True)
class RiskRow:
    reference: str
    title: str
    detail: str
    category: str
    value: str
    probability: str
    illustrative_probability: bool
    weighted: str
    mitigation: str
    owner: str
    basis: str


def risk_rows(rows: list[Risk]) -> list[RiskRow]:
    return [
        RiskRow(
            row.reference,
            row.title,
            row.description,
            row.category,
            formats.millions(row.value) or "not quantified",
            formats.per_cent(row.probability, 0) or "not judged",
            row.probability_basis == "illustrative",
            formats.millions(row.weighted) or ("in full" if row.value is not None and row.kind == "risk" else "–"),
            row.mitigation,
            row.owner,
            row.basis,
        )
        for row in rows
    ]


def risks_headline(register: RiskRegister) -> str:
    net = register.net
    if not register.risks:
        return "No financial risks are registered"
    if not net.gross:
        return f"{formats.counted(len(register.risks), 'financial risk')}, none of them with a value of its own"
    words = f"Risks of {formats.in_words(net.gross)} weigh {formats.in_words(net.risk)}; after mitigation {formats.in_words(abs(net.net))}"
    return words + (" is uncovered" if net.net > 0 else " remains in hand")


def risks_lead(register: RiskRegister) -> str:
    net, words = register.net, []
    if net.unquantified:
        words.append(f"{formats.counted(net.unquantified, 'risk has', 'risks have')} no value and cannot count here.")
    if net.unweighted:
        words.append(
            f"{formats.counted(net.unweighted, 'risk has', 'risks have')} a value and no probability, taken in full: "
            "what nobody has judged is not thereby unlikely."
        )
    if net.mitigation:
        words.append(f"Mitigations weigh {formats.in_words(net.mitigation)}.")
    return " ".join(words)


@dataclass(frozen=True)
class RuleRow:
    """A rule in words, what the plan holds over which denominator, and whether that meets it."""

    title: str
    asks: str
    holds: str
    over: str
    standing: str
    mark: str
    note: str


def rule_rows(rules: list[RuleStanding]) -> list[RuleRow]:
    rows = []
    for rule in rules:
        asks = " or ".join(
            part
            for part in (formats.per_cent(rule.percent), "" if rule.percent else formats.millions(rule.amount))
            if part
        )
        holds = "The document does not say what is held"
        if rule.held is not None and rule.share is not None:
            share = formats.per_cent(rounded(rule.share, 2), 2)
            holds = f"{formats.in_words(rule.held)}, {share} of {formats.in_words(rule.base)} ({rule.base_name})"
        over = (
            "" if rule.over is None else formats.in_words(abs(rule.over)) + (" above" if rule.over >= 0 else " short")
        )
        met = rule.met
        rows.append(
            RuleRow(
                rule.title,
                f"{rule.comparison.capitalize()} {asks}".strip() if asks else rule.comparison.capitalize(),
                holds,
                over,
                "Met" if met else ("Not met" if met is False else "Cannot be told"),
                "green" if met else ("red" if met is False else "none"),
                rule.note,
            )
        )
    return rows
