"""The financial plan: its lines by month and year, its rules, risks and contracts, and where figures of two rooms must agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from finance.actions.budgets import BudgetChange, record_budget
from finance.queries import savings_requirement, scheme_positions, statements
from finance.queries.budget_months import months_by_line
from finance.queries.budgets import find_line, line_positions
from finance.queries.contracts import contracts
from finance.queries.risks import risk_register
from finance.queries.rules import business_rules, planned_year
from finance.queries.triangulation import triangulation
from finance.queries.underlying import following, lines_by_year
from opplan.accounts.roles import Capability
from opplan.plans.queries import closed_months, tolerances
from opplan.submissions.sources.table import Edit, Field, Source, SourceRow, Value

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)
FIGURES = ("budget", "actual", "forecast")


def _thousand(pounds: Decimal | None) -> Decimal | None:
    return None if pounds is None else pounds / THOUSAND


def _share(per_cent: Decimal | None) -> Decimal | None:
    return None if per_cent is None else per_cent / 100


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "Yes" if value else "No"


def _budgets(plan: Plan, month: date) -> Sequence[SourceRow]:
    held = months_by_line(plan)
    closed, reporting = closed_months(plan), plan.reporting_month or plan.start
    shut = frozenset(
        (name, index)
        for index, one in enumerate(plan.months)
        for name in FIGURES
        if one in closed or (name == "actual" and one > reporting) or (name == "forecast" and one < reporting)
    )
    rows = []
    for line in line_positions(plan, month, tolerances(plan)):
        months = [held.get(line.reference, {}).get(one) for one in plan.months]
        values: dict[str, Value | Sequence[Value]] = {
            "reference": line.reference,
            "kind": line.kind,
            "section": line.section,
            "title": line.title,
            "owner": line.owner,
            "provider": line.provider,
            "note": line.note,
            "basis": line.basis,
            "year": _thousand(line.money.year),
            "budget_reported": _thousand(line.money.budget_reported),
            "to_date": _thousand(line.money.to_date),
            "expected": _thousand(line.money.forecast),
        }
        for name in FIGURES:
            values[name] = [_thousand(getattr(one, name)) if one else None for one in months]
        rows.append(SourceRow(line.reference, values, shut))
    return rows


def _write_budgets(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    by_line: dict[str, list[BudgetChange]] = defaultdict(list)
    for edit in edits:
        by_line[edit.row].append(
            BudgetChange(plan.months[edit.index], edit.field, _pounds(edit.was), _pounds(edit.value))
        )
    for reference, changes in by_line.items():
        line = find_line(plan, reference)
        if line is None:
            raise ValidationError(f"There is no line {reference} in the financial plan.")
        record_budget(line, changes, by=by, why=why)


def _pounds(thousand: Value) -> Decimal | None:
    return (thousand * THOUSAND).quantize(Decimal("0.01")) if isinstance(thousand, Decimal) else None


BUDGETS = Source(
    "budgets",
    "The lines of the financial plan by month",
    {
        "reference": Field("The line's reference"),
        "kind": Field("resource, brought, programme, reserve, contingency or running"),
        "section": Field("The section of the plan"),
        "title": Field("What the line is"),
        "owner": Field("Who holds the budget"),
        "provider": Field("The provider, where there is one"),
        "note": Field("What else is to be known of it"),
        "basis": Field("How firm it is"),
        "year": Field("The year's plan, £000"),
        "budget_reported": Field("Budget of the months that have an actual, £000"),
        "to_date": Field("Actual to date, £000"),
        "expected": Field("Forecast of the year, £000"),
        "budget": Field("The month's budget, £000", months=True, writable=Capability.EDIT_PLAN),
        "actual": Field("The month's actual, £000", months=True, writable=Capability.RECORD_ACTUAL),
        "forecast": Field("The month's forecast, £000", months=True, writable=Capability.RECORD_ACTUAL),
    },
    _budgets,
    _write_budgets,
)


def _years(plan: Plan, month: date) -> Sequence[SourceRow]:
    years = [plan.year, following(plan.year), following(following(plan.year))]
    start = plan.start.year
    before = f"{start - 1}-{start % 100:02d}"
    rows = []
    for line in lines_by_year(plan):
        held = [line.amounts.get(year) for year in (before, *years)]
        values: dict[str, Value | Sequence[Value]] = {
            "reference": line.reference,
            "kind": line.kind,
            "section": line.section,
            "title": line.title,
        }
        for name, one in zip(("last_year", "this_year", "next_year", "year_after"), held, strict=True):
            values[name] = _thousand(one.amount) if one else None
            values[f"{name}_once"] = _thousand(one.non_recurrent) if one else None
        rows.append(SourceRow(line.reference, values))
    return rows


BUDGET_YEARS = Source(
    "budget_years",
    "The lines of the financial plan by year",
    {
        "reference": Field("The line's reference"),
        "kind": Field("resource, brought, programme, reserve, contingency or running"),
        "section": Field("The section of the plan"),
        "title": Field("What the line is"),
        "last_year": Field("Last year, £000"),
        "last_year_once": Field("Last year, of which non-recurrent, £000"),
        "this_year": Field("The plan's year, £000"),
        "this_year_once": Field("The plan's year, of which non-recurrent, £000"),
        "next_year": Field("The year after, £000"),
        "next_year_once": Field("The year after, of which non-recurrent, £000"),
        "year_after": Field("The year after that, £000"),
        "year_after_once": Field("The year after that, of which non-recurrent, £000"),
    },
    _years,
)


def _rules(plan: Plan, month: date) -> Sequence[SourceRow]:
    return [
        SourceRow(
            rule.reference,
            {
                "reference": rule.reference,
                "title": rule.title,
                "comparison": rule.comparison,
                "percent": _share(rule.percent),
                "asked": _thousand(rule.asked),
                "held": _thousand(rule.held),
                "base": _thousand(rule.base),
                "base_name": rule.base_name,
                "share": _share(rule.share),
                "met": _yes_no(rule.met),
                "over": _thousand(rule.over),
                "note": rule.note,
            },
        )
        for rule in business_rules(plan, planned_year(plan))
    ]


RULES = Source(
    "rules",
    "The business rules of the year",
    {
        "reference": Field("The rule's reference"),
        "title": Field("What the rule is"),
        "comparison": Field("at least, equal, or as notified"),
        "percent": Field("What it asks, a share of 1"),
        "asked": Field("What it asks, £000"),
        "held": Field("What the plan holds, £000"),
        "base": Field("Of what, £000"),
        "base_name": Field("Of what"),
        "share": Field("What the plan holds, a share of 1"),
        "met": Field("Whether it is met"),
        "over": Field("By how much, £000"),
        "note": Field("What else is to be known of it"),
    },
    _rules,
)


def _risks(plan: Plan, month: date) -> Sequence[SourceRow]:
    register = risk_register(plan)
    return [
        SourceRow(
            risk.reference,
            {
                "reference": risk.reference,
                "kind": risk.kind,
                "title": risk.title,
                "category": risk.category,
                "value": _thousand(risk.value),
                "probability": _share(risk.probability),
                "weighted": _thousand(risk.weighted),
                "mitigation": risk.mitigation,
                "owner": risk.owner,
            },
        )
        for risk in (*register.risks, *register.mitigations)
    ]


RISKS = Source(
    "risks",
    "The financial risks and what softens them",
    {
        "reference": Field("The risk's reference"),
        "kind": Field("risk or mitigation"),
        "title": Field("What it is"),
        "category": Field("Of what kind"),
        "value": Field("What it would cost or save, £000; blank where nobody has put a figure to it"),
        "probability": Field("How likely, a share of 1"),
        "weighted": Field("Value by probability, £000"),
        "mitigation": Field("What is done about it"),
        "owner": Field("Who answers for it"),
    },
    _risks,
)


def _contracts(plan: Plan, month: date) -> Sequence[SourceRow]:
    return [
        SourceRow(
            one.row.reference,
            {
                "reference": one.row.reference,
                "title": one.row.title,
                "provider": str(one.row.provider),
                "payment": one.row.get_basis_of_payment_display(),
                "value": _thousand(one.row.value),
                "fixed": _thousand(one.row.fixed),
                "priced": _thousand(one.priced),
                "signed": one.row.signed,
                "owner": one.row.owner,
                "note": one.row.note,
            },
        )
        for one in contracts(plan, tolerances(plan))
    ]


CONTRACTS = Source(
    "contracts",
    "The contracts with providers",
    {
        "reference": Field("The contract's reference"),
        "title": Field("What is contracted"),
        "provider": Field("With whom"),
        "payment": Field("How the provider is paid"),
        "value": Field("The contract's value, £000"),
        "fixed": Field("The part that no priced activity explains, £000"),
        "priced": Field("Planned activity at its price and the fixed part, £000"),
        "signed": Field("When it was signed"),
        "owner": Field("Who answers for it"),
        "note": Field("What else is to be known of it"),
    },
    _contracts,
)


def _triangulated(plan: Plan, month: date) -> Sequence[SourceRow]:
    rows = []
    for number, check in enumerate(triangulation(plan, tolerances(plan)).checks, start=1):
        money = check.unit.startswith("£")
        found, expected = (_thousand(one) if money else one for one in (check.found.value, check.expected.value))
        rows.append(
            SourceRow(
                f"{check.rule.code}-{number}",
                {
                    "title": check.rule.title,
                    "subject": check.subject,
                    "unit": "£000" if money else check.unit,
                    "found_name": check.found.name,
                    "found": found,
                    "expected_name": check.expected.name,
                    "expected": expected,
                    "agrees": _yes_no(check.compared.agrees) if check.compared.can_be_told else "Cannot be told",
                    "agreement": Decimal(check.compared.agrees) if check.compared.can_be_told else None,
                    "wanting": check.wanting,
                },
            )
        )
    return rows


TRIANGULATION = Source(
    "triangulation",
    "Where figures of two rooms must agree",
    {
        "title": Field("What must agree"),
        "subject": Field("Of what"),
        "unit": Field("In what unit"),
        "found_name": Field("One figure's name"),
        "found": Field("One figure"),
        "expected_name": Field("The other figure's name"),
        "expected": Field("The other figure"),
        "agrees": Field("Whether they agree within the tolerance"),
        "agreement": Field("1 where they agree, 0 where they do not"),
        "wanting": Field("What is wanting where it cannot be told"),
    },
    _triangulated,
)


def _requirement(plan: Plan, month: date) -> Sequence[SourceRow]:
    held = savings_requirement(plan, scheme_positions(plan, month, tolerances(plan)))
    if held is None:
        return []
    needed = held.requirement
    states = (
        ("requirement", "Savings requirement", needed.amount),
        ("delivered", "Delivered to date", needed.delivered),
        ("identified", "Identified, still to deliver", needed.identified),
        ("earmarked", "Earmarked, still to deliver", needed.earmarked),
        ("unidentified", "With no scheme", needed.unidentified),
    )
    return [SourceRow(key, {"title": title, "amount": _thousand(amount)}) for key, title, amount in states]


REQUIREMENT = Source(
    "requirement",
    "The savings requirement in its four states",
    {"title": Field("The state"), "amount": Field("How much, £000")},
    _requirement,
)


def _strategy(plan: Plan, month: date) -> Sequence[SourceRow]:
    found = statements(plan).get("strategy")
    if found is None:
        return []
    rows = []
    for line in found.lines:
        values: dict[str, Value | Sequence[Value]] = {
            "title": line.title,
            "section": line.section,
            "is_total": _yes_no(line.is_total),
        }
        for number, column in enumerate(found.columns[:4], start=1):
            values[f"year_{number}"] = _thousand(line.amounts[column].printed)
            values[f"share_{number}"] = _share(line.amounts[column].percent)
            values[f"added_{number}"] = _thousand(line.amounts[column].added)
        rows.append(SourceRow(line.reference, values))
    return rows


STRATEGY = Source(
    "strategy",
    "The medium-term strategy as the plan prints it",
    {
        "title": Field("The line"),
        "section": Field("The section"),
        "is_total": Field("Whether it is a printed total"),
        **{f"year_{number}": Field(f"Year {number}, £000") for number in range(1, 5)},
        **{f"share_{number}": Field(f"Per cent of year {number}'s limit, a share of 1") for number in range(1, 5)},
        **{
            f"added_{number}": Field(f"What the lines of a total add up to in year {number}, £000")
            for number in range(1, 5)
        },
    },
    _strategy,
)
