"""The finance board: savings, the financial plan, risks and rules in sentences and short tables for a committee."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.presenters.budgets import Glance, plan_headline, surplus_words
from finance.presenters.requirement import headline as requirement_headline
from finance.presenters.risks import risks_headline, rules_takeaway
from finance.presenters.schemes import Cumulative, cumulative_chart
from finance.presenters.standing import StandingGroup, StandingTable, reading, run_rate_words, standing_row
from finance.presenters.statements import finding_rows
from finance.queries.months import MonthOfSavings
from finance.queries.summary import SavingsSummary, SchemeLine, Sums
from opplan.calc.months import month_number
from opplan.calc.rag import SEVERITY, Rating
from opplan.calc.savings import Against, required_run_rate
from opplan.web import formats
from opplan.web.reasons import WORD

if TYPE_CHECKING:
    from finance.queries.budgets import BudgetSummary
    from finance.queries.risks import RiskRegister
    from finance.queries.rules import RuleStanding
    from finance.queries.statements import Disagreement
    from opplan.calc.budgets import Underlying
    from opplan.plans.models import Plan

Address = Callable[..., str]
NOTHING = Decimal(0)


def board_headline(found: SavingsSummary) -> str:
    """What is saved to date against plan, and what of the requirement has no scheme, or is invested against what is saved."""
    whole, number = found.whole, month_number(found.now)
    share = whole.saving.achieved
    if whole.actual is None:
        saved = f"No saving is reported to month {number}"
    elif share is None:
        saved = f"{formats.in_words(whole.actual)} is saved to month {number}"
    else:
        saved = f"{formats.in_words(whole.actual)} is saved to month {number}, {formats.per_cent(share, 0)} of plan"
    invested, planned = whole.planned_investment or NOTHING, whole.planned or NOTHING
    needed = found.requirement
    if needed is not None and (needed.requirement.unidentified > 0 or invested <= planned):
        return f"{saved}; {_lowered(requirement_headline((), needed))}"
    if invested > planned:
        return f"{saved}; the year plans {formats.in_words(planned)} of savings for {formats.in_words(invested)} of investment"
    return f"{saved}; {formats.in_words(planned)} is planned in the year"


def _lowered(words: str) -> str:
    return words if words.startswith("£") else words[:1].lower() + words[1:]


def board_lead(found: SavingsSummary, summary: BudgetSummary | None) -> str:
    """What the year is forecast to save and to end with, and how many schemes have not reported."""
    whole, words = found.whole, []
    year = whole.saving_of_year
    if year.actual is not None:
        side = reading(year.variance)
        apart = "" if not year.variance else f", {formats.in_words(abs(year.variance))} {side}"
        words.append(
            f"Savings are forecast at {formats.in_words(year.actual)} of {formats.in_words(year.planned)} planned{apart}."
        )
    if whole.on_trust:
        words.append(f"{formats.in_words(whole.on_trust)} of that is expected of months due and not reported.")
    if summary is not None:
        words.append(f"{plan_headline(summary)}.")
    if found.owed:
        words.append(f"{found.owed} of {formats.counted(found.due, 'scheme')} due owe {formats.month(found.now)}.")
    return " ".join(words)


def board_glances(
    found: SavingsSummary, summary: BudgetSummary | None, underlying: Underlying | None, register: RiskRegister
) -> list[Glance]:
    """Four figures at most: savings to date and of the year, the surplus, and the risk that no contingency covers."""
    whole = found.whole
    to_date = whole.saving
    shown = [
        Glance(
            "Saved to date",
            formats.millions(to_date.actual) or "Not reported",
            f"Plan {formats.millions(to_date.compared)}, {formats.in_words(abs(to_date.variance or NOTHING))} {reading(to_date.variance)}"
            if to_date.variance
            else f"Plan to date {formats.millions(to_date.planned)}",
        ),
        Glance(
            "Savings of the year, forecast",
            formats.millions(whole.expected) or "–",
            f"Plan {formats.millions(whole.planned)}",
        ),
    ]
    if whole.invests:
        shown.append(
            Glance(
                "Investment of the year, forecast",
                formats.millions(whole.expected_investment) or "–",
                f"Plan {formats.millions(whole.planned_investment)}; {_net_words(whole)}",
            )
        )
    if summary is not None and summary.uses.forecast is not None:
        planned, forecast = summary.planned.in_year, summary.forecast.in_year
        shown.append(
            Glance("In-year surplus, forecast", formats.millions(forecast), f"Plan {formats.millions(planned)}")
        )
    elif underlying is not None:
        shown.append(
            Glance(
                "In-year surplus, plan", formats.millions(underlying.balance.in_year), "No month of the plan is held"
            )
        )
    if register.net.gross:
        shown.append(
            Glance(
                "Net risk not covered",
                formats.millions(max(register.net.uncovered, NOTHING)),
                f"Net risk {formats.millions(register.net.net)}, "
                + (
                    f"contingency {formats.millions(register.net.contingency)}"
                    if register.contingency_from
                    else "no contingency given"
                ),
            )
        )
    return shown[:4]


def _net_words(whole: Sums) -> str:
    """What the plan leaves once it has paid for its savings."""
    net = (whole.planned or NOTHING) - (whole.planned_investment or NOTHING)
    return f"{formats.in_words(abs(net))} {'less' if net >= 0 else 'more'} than the savings planned"


def board_standing(found: SavingsSummary) -> StandingTable:
    """Savings, and investment where there is any, in the month, to date and at year end. £000."""
    now = found.now
    month, whole = found.in_month if now in found.by_month else None, found.whole
    parts = [("Saving, gross", 1, month.saving if month else _none(), whole.saving, whole.saving_of_year)]
    if whole.invests:
        parts.append(
            ("Investment", -1, month.investment if month else _none(), whole.investment, whole.investment_of_year)
        )
    groups = [
        StandingGroup(
            title,
            [
                standing_row(f"In {now:%B}", in_month, good),
                standing_row(f"To date, month {month_number(now)}", to_date, good),
                standing_row("Year end, forecast", year, good),
            ],
        )
        for title, good, in_month, to_date, year in parts
    ]
    partial = any(one.planned != one.compared for _, _, *stood, _ in parts for one in stood)
    return StandingTable(groups, partial, "" if whole.invests else "No investment is planned.")


def _none() -> Against:
    return Against(NOTHING, NOTHING, None)


def board_run_rate(found: SavingsSummary, plan: Plan) -> str:
    """What each month that is left must save to reach the plan of the year."""
    planned = found.whole.planned or NOTHING
    come = [(one.planned, one.actual) for at, one in found.by_month.items() if at <= found.now]
    left = sum(1 for month in plan.months if month > found.now)
    words = run_rate_words(required_run_rate(planned, come, left), planned)
    return f"{words} Savings with no scheme yet are part of it." if words and _unidentified(found) else words


def _unidentified(found: SavingsSummary) -> bool:
    return found.requirement is not None and found.requirement.requirement.unidentified > 0


def board_chart(found: SavingsSummary, plan: Plan) -> Cumulative:
    """Plan, actual and forecast of all schemes as running totals."""
    to_date, number = found.whole.saving, month_number(found.now)
    if to_date.variance is None:
        finding = f"{formats.in_words(found.whole.planned)} is planned; no saving is reported to month {number}"
    elif not to_date.variance:
        finding = f"Savings to month {number} are on plan"
    else:
        side = "above" if to_date.variance > 0 else "below"
        finding = f"Savings to month {number} are {formats.in_words(abs(to_date.variance))} {side} the plan of what is reported"
    months = [_as_month(at, one) for at, one in found.by_month.items()]
    return cumulative_chart(finding, plan, months, found.now)


def _as_month(at: date, one: Sums) -> MonthOfSavings:
    return MonthOfSavings(
        "", at, one.planned, one.actual, None, one.planned_investment, one.actual_investment, None, "", "", "", "",
        expected_saving=one.expected, expected_investment=one.expected_investment,
    )  # fmt: skip


@dataclass(frozen=True)
class SectionRow:
    """A section of the savings in £000, with how many of its schemes have each rating."""

    title: str
    ratings: Sequence[tuple[Rating, str]]
    cells: Sequence[tuple[str, str]]
    total: bool = False


HEADS = (
    "Plan of the year",
    "Plan of what is reported",
    "Saved to date",
    "Difference",
    "Forecast of the year",
    "Difference from plan",
)


def section_rows(found: SavingsSummary) -> list[SectionRow]:
    rows = [
        SectionRow(_named(key), counted_ratings(found.schemes(key)), _cells(sums))
        for key, sums in found.by_section.items()
    ]
    return [*rows, SectionRow("All savings", counted_ratings(found.schemes()), _cells(found.whole), total=True)]


def _named(key: tuple[str, str]) -> str:
    state, section = key
    if state:
        return f"{section}, no scheme yet" if section else "No scheme yet"
    return section or "No section named"


def _cells(one: Sums) -> list[tuple[str, str]]:
    to_date, year = one.saving, one.saving_of_year
    missing = "Not reported" if one.due else formats.NOT_DUE
    figures = (
        formats.in_thousands(year.planned),
        formats.in_thousands(to_date.compared) if to_date.actual is not None else formats.NOT_DUE,
        formats.in_thousands(to_date.actual) or missing,
        _difference(to_date),
        formats.in_thousands(year.actual) or formats.NOT_DUE,
        _difference(year),
    )
    return list(zip(HEADS, figures, strict=True))


def _difference(one: Against) -> str:
    """The difference with its sign and which way it is."""
    if one.variance is None:
        return formats.NOT_DUE
    return (
        f"{formats.in_thousands(one.variance, signed=True)} {reading(one.variance)}".strip()
        if one.variance
        else "on plan"
    )


def counted_ratings(counts: Mapping[Rating, int]) -> list[tuple[Rating, str]]:
    """The worst rating first, each with its mark: 3 Red, 1 Amber."""
    return [(rating, f"{counts[rating]} {WORD[rating].lower()}") for rating in SEVERITY if counts.get(rating)]


@dataclass(frozen=True)
class SchemeShown:
    title: str
    url: str
    owner: str
    rating: Rating
    planned: str
    expected: str
    difference: str
    waiting: str


def scheme_lines(lines: Sequence[SchemeLine], url: Address) -> list[SchemeShown]:
    return [
        SchemeShown(
            one.title,
            url("finance:scheme", reference=one.reference),
            one.owner or "No owner named",
            one.rating,
            formats.in_thousands(one.planned),
            formats.in_thousands(one.expected),
            f"{formats.in_thousands(one.variance, signed=True)} {reading(one.variance)}",
            formats.in_words(one.waiting),
        )
        for one in lines
    ]


@dataclass(frozen=True)
class PlanRow:
    title: str
    planned: str
    forecast: str
    difference: str


def plan_rows(summary: BudgetSummary | None, underlying: Underlying | None) -> list[PlanRow]:
    """The surplus of the year, the cumulative one, all spending, and the underlying position, in £000."""
    if summary is None:
        if underlying is None:
            return []
        balance = underlying.balance
        rows = [
            PlanRow("In-year surplus", formats.in_thousands(balance.in_year), "", ""),
            PlanRow("Cumulative surplus", formats.in_thousands(balance.cumulative), "", ""),
        ]
    else:
        rows = [
            _plan_row(title, money.year, money.forecast, good)
            for title, money, good in (
                ("All spending", summary.uses, -1),
                ("In-year surplus", summary.in_year, 1),
                ("Cumulative surplus", summary.cumulative, 1),
            )
        ]
    if underlying is not None:
        rows.append(PlanRow("Underlying surplus: what recurs", formats.in_thousands(underlying.surplus), "", ""))
    return rows


def _plan_row(title: str, planned: Decimal | None, forecast: Decimal | None, good: int) -> PlanRow:
    if planned is None or forecast is None:
        return PlanRow(title, formats.in_thousands(planned), formats.in_thousands(forecast), "")
    apart = forecast - planned
    words = f"{formats.in_thousands(apart, signed=True)} {reading(apart, good)}" if apart else "on plan"
    return PlanRow(title, formats.in_thousands(planned), formats.in_thousands(forecast), words)


def plan_takeaway(summary: BudgetSummary | None, underlying: Underlying | None) -> str:
    if underlying is None:
        return plan_headline(summary) + "." if summary else "The plan document gives no lines of spending for the year."
    words = f"The plan leaves {surplus_words(underlying.surplus)} that recurs"
    if underlying.unfound:
        words += f", and {surplus_words(underlying.if_none_is_found)} if no more savings are found"
    return words + "."


@dataclass(frozen=True)
class Point:
    """A sentence of the board with the page that it leads to."""

    title: str
    url: str
    text: str


def board_points(
    found: SavingsSummary,
    register: RiskRegister,
    rules: Sequence[RuleStanding],
    findings: Sequence[Disagreement],
    url: Address,
) -> list[Point]:
    """Risk against contingency, the rules, how likely the savings are, and where the document disagrees with itself."""
    points = [Point("Net risk", url("finance:risks"), f"{risks_headline(register)}.")]
    if rules:
        missed = [one.title for one in rules if one.met is False]
        words = rules_takeaway(rules).partition(". ")[0].removesuffix(".") + "."
        points.append(
            Point(
                "Business rules",
                url("finance:risks") + "#h-rules",
                words + (f" Not met: {'; '.join(missed)}." if missed else ""),
            )
        )
    if found.requirement is not None and any(one.weighed for one in found.rated):
        required = found.requirement.requirement.amount
        points.append(
            Point(
                "How likely",
                url("finance:likelihood"),
                f"Each scheme weighed by its chance, the year saves {formats.in_words(found.weighed)} of the "
                f"{formats.in_words(required)} required. Ten thousand drawn years give the chance of reaching it.",
            )
        )
    if findings:
        first = finding_rows(list(findings[:1]))[0]
        points.append(
            Point(
                "Findings",
                url("finance:risks") + "#h-findings",
                f"The document disagrees with itself in {formats.counted(len(findings), 'place')}. {first.statement}: "
                f"{first.stated} stated, {first.computed} by its figures.",
            )
        )
    return points
