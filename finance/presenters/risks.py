"""Financial risks and business rules in rows and sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.calc.money import rounded
from opplan.web import formats

if TYPE_CHECKING:
    from finance.queries.risks import Risk, RiskRegister
    from finance.queries.rules import RuleStanding

CSV_HEADS = (
    "Reference", "Kind", "What could happen", "Category", "Value, pounds", "Probability, per cent", "Weighted, pounds",
    "What is done", "Owner", "Closed on", "Source", "Basis",
)  # fmt: skip
CASES = (
    ("Best case", "no risk falls and every mitigation is had"),
    ("Weighed by probability", "each by its chance; one that nobody has judged in full"),
    ("Worst case", "every risk with a value falls in full, and nothing is had but the contingency"),
)


@dataclass(frozen=True)
class RiskRow:
    reference: str
    url: str
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
    closed: str


def risk_rows(rows: Sequence[Risk], url: Callable[..., str]) -> list[RiskRow]:
    return [
        RiskRow(
            row.reference,
            url("finance:risk", reference=row.reference),
            row.title,
            row.description,
            row.category,
            formats.millions(row.value) or "not quantified",
            formats.per_cent(row.probability, 0) or "not judged",
            row.probability_basis == "illustrative",
            _weighted(row),
            row.mitigation,
            row.owner,
            row.basis,
            formats.day(row.closed),
        )
        for row in rows
    ]


def sources_of(rows: Sequence[Risk]) -> str:
    """Where the rows come from, each source once."""
    return "; ".join(dict.fromkeys(row.source for row in rows if row.source))


def _weighted(row: Risk) -> str:
    if row.is_contingency:
        return "the contingency"
    return formats.millions(row.weighted) or (
        "in full" if row.value is not None and row.kind == "risk" else formats.NOT_DUE
    )


def risks_headline(register: RiskRegister) -> str:
    net = register.net
    if not register.risks:
        return "No financial risks are registered"
    if not net.gross:
        return f"{formats.counted(len(register.risks), 'financial risk')}, none of them with a value of its own"
    if net.net <= 0:
        return f"Mitigations weigh more than the {formats.in_words(net.risk)} that the risks weigh"
    left = f"Risks of {formats.in_words(net.gross)} leave {formats.in_words(net.net)} after chance and mitigation"
    if not register.contingency_from:
        return f"{left}; no contingency is given to cover it"
    if net.uncovered <= 0:
        return f"{left}; the contingency of {formats.in_words(net.contingency)} covers it all"
    return f"{left}; the contingency covers {formats.in_words(net.covered)} of it"


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


def contingency_words(register: RiskRegister) -> str:
    """What is held against the net risk, where that is read, and how much of the risk it covers."""
    net = register.net
    if not register.contingency_from:
        return "No line of the plan, rule or register gives a contingency, so none is set against the net risk."
    held = f"The contingency is {formats.in_words(net.contingency)}, read from {register.contingency_from}."
    if net.net <= 0:
        return f"{held} No net risk is left for it to cover."
    if register.registered is not None and register.registered != net.contingency:
        held += f" The register’s own row says {formats.in_words(register.registered)}, and is not counted again."
    words = f"{held} It covers {formats.in_words(net.covered)} of {formats.in_words(net.net)}"
    return words + ("." if net.uncovered <= 0 else f"; {formats.in_words(net.uncovered)} is not covered.")


@dataclass(frozen=True)
class CaseRow:
    title: str
    meaning: str
    risk: str
    mitigation: str
    contingency: str
    against_plan: str


def case_rows(register: RiskRegister) -> list[CaseRow]:
    """The best, the weighed and the worst case, £m."""
    return [
        CaseRow(
            title,
            meaning,
            _in_millions(case.risk),
            _in_millions(case.mitigation),
            _in_millions(case.contingency),
            _in_millions(case.against_plan, signed=True),
        )
        for (title, meaning), case in zip(CASES, register.net.cases, strict=True)
    ]


def _in_millions(pounds: Decimal, *, signed: bool = False) -> str:
    return formats.number(pounds / 1_000_000, 1, signed=signed)


def csv_rows(register: RiskRegister) -> Iterator[tuple[object, ...]]:
    """The register, closed rows last, in pounds."""
    for row in [*register.risks, *register.mitigations, *register.closed]:
        yield (
            row.reference,
            row.kind,
            row.title,
            row.category,
            row.value,
            row.probability,
            row.weighted,
            row.mitigation,
            row.owner,
            row.closed,
            row.source,
            row.basis,
        )


@dataclass(frozen=True)
class RuleRow:
    """A rule in words, what the plan holds over which denominator, and whether that meets it."""

    reference: str
    url: str
    title: str
    asks: str
    holds: str
    read_from: str
    over: str
    standing: str
    mark: str
    note: str
    illustrative: bool


def rule_rows(rules: Sequence[RuleStanding], url: Callable[..., str]) -> list[RuleRow]:
    return [
        RuleRow(
            rule.reference,
            url("finance:rule", reference=rule.reference),
            rule.title,
            _asks(rule),
            _holds(rule),
            f"Held: {rule.held_from}." if rule.held_from else "",
            _over(rule),
            "Met" if rule.met else ("Not met" if rule.met is False else "Cannot be told"),
            "green" if rule.met else ("red" if rule.met is False else "none"),
            rule.note,
            rule.illustrative,
        )
        for rule in rules
    ]


def _over(rule: RuleStanding) -> str:
    if rule.over is None:
        return ""
    words = formats.in_words(abs(rule.over)) + (" above" if rule.over >= 0 else " short")
    return f"{words}, within rounding" if rule.met_by_rounding else words


def _asks(rule: RuleStanding) -> str:
    asked = formats.per_cent(rule.percent) or formats.millions(rule.amount)
    return f"{rule.comparison.capitalize()} {asked}".strip()


def _holds(rule: RuleStanding) -> str:
    if rule.held is None:
        return "Neither the document nor a line of the plan says what is held"
    if rule.share is None:
        return formats.in_words(rule.held)
    share = formats.per_cent(rounded(rule.share, 2), 2)
    return f"{formats.in_words(rule.held)}, {share} of {formats.in_words(rule.base)} ({rule.base_name})"


def rules_takeaway(rules: Sequence[RuleStanding]) -> str:
    """How many of the rules are met, in a sentence."""
    told = [rule for rule in rules if rule.met is not None]
    met = sum(rule.met is True for rule in told)
    words = f"{met} of {formats.counted(len(told), 'rule')} that can be told {'is' if met == 1 else 'are'} met"
    dark = len(rules) - len(told)
    return (
        f"{words}; {dark} cannot be told. Each is over the denominator that it names."
        if dark
        else f"{words}. Each is over the denominator that it names."
    )
