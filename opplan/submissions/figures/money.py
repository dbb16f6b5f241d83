"""Named figures of the financial plan: its lines, its rules, its risks, the allocation, and the tables that a document prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finance.queries.budgets import of_kinds, summarised
from opplan.submissions.figures.figure import PER_CENT, POUNDS, Figure, words_of

if TYPE_CHECKING:
    from finance.queries import Statement
    from finance.queries.budgets import LinePosition
    from finance.queries.risks import RiskRegister
    from finance.queries.rules import RuleStanding

PLAN, RULES, RISKS, TABLES = "Financial plan", "Business rules", "Financial risks", "Tables of the plan document"
LINES, SUMMARY = "finance.queries.budgets.line_positions", "finance.queries.budgets.summarised"
ILLUSTRATIVE = "illustrative"
YEARS, GROSS = "strategy", "impact"
LIMITED = "allocation|resource|limit|strateg|fund|initiative"
"""What else a sentence must say that speaks of a line of one word, such as Growth."""
COLUMNS = {"gross": "investment", "efficiency": "efficienc|saving", "net": "net"}


def budget_figures(lines: Sequence[LinePosition]) -> Iterator[Figure]:
    """The plan as a whole, then each line: the year's plan, actual to date and forecast."""
    if not lines:
        return
    whole = summarised(of_kinds(lines))
    invented = {one.kind for one in lines if one.basis == ILLUSTRATIVE}
    for name, label, money, kinds, words in (
        ("limit", "Resource limit", whole.resource, {"resource"}, ("resource|allocation", "limit")),
        (
            "programme",
            "Programme budget",
            whole.programme,
            {"programme", "reserve"},
            ("programme", "cost|budget|spend"),
        ),
        ("running", "Running cost budget", whole.running, {"running"}, ("running", "cost")),
        ("surplus", "Surplus", whole.in_year, {"resource", "programme", "running"}, ("surplus",)),
        (
            "cumulative",
            "Surplus with what was brought forward",
            whole.cumulative,
            {"brought"},
            ("surplus", "cumulative"),
        ),
    ):
        made_up = bool(kinds & invented)
        for part, said, value, word in (
            ("plan", "plan of the year", money.year, ""),
            ("forecast", "forecast of the year", money.forecast, "forecast|expect"),
        ):
            yield Figure(
                f"budget.{name}.{part}",
                f"{label}, {said}",
                value,
                POUNDS,
                (*words, word) if word else words,
                PLAN,
                SUMMARY,
                "finance:plan",
                illustrative=made_up,
            )
    for line in lines:
        for part, said, value, word in (
            ("plan", "plan of the year", line.money.year, "budget|spend|cost"),
            ("to_date", "actual to date", line.money.to_date, "to date|so far"),
            ("forecast", "forecast of the year", line.money.forecast, "forecast|expect"),
        ):
            yield Figure(
                f"budget.{line.reference}.{part}",
                f"{line.title} ({line.reference}), {said}",
                value,
                POUNDS,
                (*words_of(line.title), word),
                PLAN,
                LINES,
                "finance:budget_line",
                {"reference": line.reference},
                illustrative=line.basis == ILLUSTRATIVE,
            )


def rule_figures(rules: Sequence[RuleStanding]) -> Iterator[Figure]:
    """What each business rule asks, and what the plan holds for it."""
    for rule in rules:
        words = words_of(rule.title)
        made: tuple[tuple[str, str, Decimal | None, str, int], ...] = (
            ("percent", "what is asked", rule.percent, PER_CENT, _places(rule.percent)),
            ("asked", "what is asked", rule.asked, POUNDS, 0),
            ("held", "what the plan holds", rule.held, POUNDS, 0),
            ("share", "what the plan holds", rule.share, PER_CENT, 1),
        )
        for name, said, value, unit, places in made:
            yield Figure(
                f"rule.{rule.reference}.{name}",
                f"{rule.title}, {said}",
                value,
                unit,
                # What a rule asks in pounds is near what the plan holds: a sentence about it must say that it asks.
                (*words, "ask|rule|at least") if name == "asked" else words,
                RULES,
                "finance.queries.rules.business_rules",
                "finance:rule",
                {"reference": rule.reference},
                places,
                rule.illustrative and name in ("held", "share"),
            )


def risk_figures(register: RiskRegister) -> Iterator[Figure]:
    """The risks of the plan together against what is held for them, and each by itself."""
    net, owner = register.net, "finance.queries.risks.risk_register"
    chances = any(one.probability_basis == ILLUSTRATIVE for one in register.risks)
    valued = [one for one in register.risks if one.value is not None]
    if register.risks:
        for name, label, value, words, made_up in (
            (
                "gross",
                "Financial risks with a value, in full",
                net.gross,
                ("risk", "in full|gross|in all|together|total"),
                False,
            ),
            ("weighted", "Financial risks weighed by their chance", net.risk, ("risk", "weigh"), chances),
            (
                "mitigation",
                "Mitigations weighed by their chance",
                net.mitigation,
                ("mitigation", "weigh|worth"),
                chances,
            ),
            ("net", "Financial risk less mitigations", net.net, ("risk", "net|after mitigation"), chances),
            ("contingency", "Contingency held", net.contingency, ("contingency", "held|hold|reserve"), False),
        ):
            # A register without one value comes to nothing that anybody has said.
            known = value if valued or name == "contingency" else None
            yield Figure(
                f"risks.{name}", label, known, POUNDS, words, RISKS, owner, "finance:risks", illustrative=made_up
            )
        yield Figure(
            "risks.count",
            "Open financial risks",
            Decimal(len(register.risks)),
            "risks",
            ("financial", "risk"),
            RISKS,
            owner,
            "finance:risks",
        )
    for one in (*register.risks, *register.mitigations):
        yield Figure(
            f"risk.{one.reference}.value",
            one.title,
            one.value,
            POUNDS,
            words_of(one.title),
            RISKS,
            owner,
            "finance:risk",
            {"reference": one.reference},
            illustrative=one.basis == ILLUSTRATIVE,
        )


def allocation_figures(rows: Sequence[Any]) -> Iterator[Figure]:
    """What the document says of each year's allocation, statement by statement."""
    for row in rows:
        for name, said, value, unit, word, places in (
            ("limit", "limit", row.limit, POUNDS, "limit", 0),
            ("growth", "growth", row.growth, POUNDS, "growth|grow|increase", 0),
            ("growth_percent", "growth", row.growth_percent, PER_CENT, "growth|grow|increase", 1),
            ("from_target", "from target", row.from_target, PER_CENT, "target", 1),
        ):
            if value is not None:
                yield Figure(
                    f"allocation.{row.reference}.{name}",
                    f"Allocation of {row.year}, {said} ({row.reference})",
                    value,
                    unit,
                    ("allocation", word),
                    TABLES,
                    "finance.queries.allocations",
                    "finance:document",
                    places=places,
                    illustrative=row.basis == ILLUSTRATIVE,
                )


def table_figures(tables: Mapping[str, Statement], year: str) -> Iterator[Figure]:
    """The lines of the printed tables: the strategy by year, the impact of initiatives by column."""
    for key, page in ((YEARS, "finance:strategy"), (GROSS, "finance:impact"), ("capital", "finance:capital")):
        table = tables.get(key)
        if table is None:
            continue
        for line in table.lines:
            for column, amount in line.amounts.items():
                told = words_of(line.title)
                words = (*told, *(() if len(told) > 1 else (LIMITED,)), COLUMNS.get(column, column))
                total = line.is_total and key == GROSS
                base: dict[str, Any] = {
                    "area": TABLES,
                    "owner": "finance.queries.statements",
                    "page": page,
                    "illustrative": table.basis == ILLUSTRATIVE,
                }
                yield Figure(
                    f"table.{line.reference}.{column}",
                    f"{table.name}: {line.title}, {column}",
                    amount.printed,
                    POUNDS,
                    # The table's year needs no saying; any other year must be named.
                    ("initiative", words[-1]) if total else words[:-1] if column == year else words,
                    **base,
                )
                if amount.percent is not None and key == YEARS:
                    yield Figure(
                        f"table.{line.reference}.{column}.percent",
                        f"{table.name}: {line.title}, {column}, of the limit",
                        amount.percent,
                        PER_CENT,
                        words[:-1] if column == year else words,
                        places=1,
                        **base,
                    )


def assumption_figures(assumed: Sequence[tuple[str, Mapping[str, Decimal]]], year: str) -> Iterator[Figure]:
    """What the plan assumes of each year, in per cent."""
    for name, years in assumed:
        for column, value in years.items():
            words = (*words_of(name), "assum|plan|expect")
            yield Figure(
                f"assumed.{_slug(name)}.{column}",
                f"{name}, assumed for {column}",
                value,
                PER_CENT,
                words if column == year else (*words, column),
                TABLES,
                "finance.queries.assumptions",
                "finance:document",
                places=1,
            )


def _slug(name: str) -> str:
    return "-".join(words_of(name))


def _places(value: Decimal | None) -> int:
    return 1 if value is None or value == round(value, 1) else 2
