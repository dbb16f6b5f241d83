"""Schemes as rows of the list, and one scheme in a sentence, a chart and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finance.presenters.requirement import on_trust
from finance.queries import (
    FIGURES,
    MonthOfSavings,
    SchemePosition,
    total_position,
)
from opplan.calc.money import thousands, total
from opplan.calc.rag import SEVERITY, Judgement
from opplan.calc.savings import cumulative
from opplan.web import charts, formats
from opplan.web.reasons import WORD, sentence

if TYPE_CHECKING:
    from finance.models import Scheme
    from initiatives.queries import InitiativeEntry
    from opplan.plans.models import Plan

Address = Callable[..., str]
UNIDENTIFIED = "unidentified"


@dataclass(frozen=True)
class SchemeRow:
    """A scheme as a row of the list. Money in pounds."""

    title: str
    url: str
    reference: str
    state: str
    initiative: str
    planned_year: Decimal
    investment: Decimal | None
    net: Decimal
    planned_to_date: Decimal
    to_date: Decimal | None
    variance: Decimal | None
    forecast: Decimal | None
    on_trust: Decimal
    judgement: Judgement
    owner: str
    illustrative: bool
    illustrative_actuals: bool

    @property
    def severity(self) -> tuple[int, Decimal]:
        """The worst first, and among equals the largest plan."""
        return SEVERITY.index(self.judgement.rating), -self.planned_year

    @property
    def to_date_shown(self) -> str:
        if self.to_date is None:
            return "Not reported" if self.judgement.rule == "saving_not_reported" else formats.NOT_DUE
        return formats.in_thousands(self.to_date)


def scheme_rows(
    schemes: Iterable[SchemePosition], initiatives: Mapping[int, InitiativeEntry], url: Address
) -> list[SchemeRow]:
    return [
        SchemeRow(
            title=scheme.title,
            url=url("finance:scheme", reference=scheme.reference),
            reference=scheme.reference,
            state=scheme.state_name,
            initiative=_initiative_title(scheme, initiatives),
            planned_year=scheme.position.planned_year,
            investment=scheme.investment,
            net=scheme.net,
            planned_to_date=scheme.position.planned_to_date,
            to_date=scheme.position.to_date,
            variance=scheme.variance,
            forecast=scheme.position.forecast_year,
            on_trust=scheme.position.on_trust,
            judgement=scheme.judgement,
            owner=scheme.owner,
            illustrative=scheme.basis == "illustrative",
            illustrative_actuals=scheme.illustrative_actuals,
        )
        for scheme in schemes
    ]


def _initiative_title(scheme: SchemePosition, initiatives: Mapping[int, InitiativeEntry]) -> str:
    found = initiatives.get(scheme.initiative_key or 0)
    return found.title if found else ""


def total_row(schemes: Sequence[SchemePosition]) -> dict[str, Any]:
    """The last row of the list: the sums of what is shown, in pounds, leaving out what is not reported."""
    whole = total_position(list(schemes))
    return {
        "total": True,
        "title": "1 scheme shown" if len(schemes) == 1 else f"All {len(schemes)} schemes shown",
        "planned_year": whole.planned_year,
        "investment": total(scheme.investment for scheme in schemes),
        "net": sum((scheme.net for scheme in schemes), Decimal(0)),
        "planned_to_date": whole.planned_to_date,
        "to_date": whole.to_date,
        "variance": total(scheme.variance for scheme in schemes),
        "forecast": whole.forecast_year,
        "on_trust": whole.on_trust,
    }


CSV_HEADS = (
    "Reference",
    "Scheme",
    "State",
    "Initiative",
    "Plan for the year, £",
    "Investment for the year, £",
    "Net for the year, £",
    "Plan to date, £",
    "Saved to date, £",
    "Variance, £ (+ is favourable)",
    "Forecast for the year, £",
    "Of the forecast, plan of months due and not reported, £",
    "Rating",
    "Why",
    "Owner",
    "Basis of the scheme",
    "Actuals",
)


def csv_rows(rows: Iterable[SchemeRow]) -> Iterable[Sequence[object]]:
    """The rows of the download, money in pounds; not reported is empty."""
    for row in rows:
        yield (
            row.reference,
            row.title,
            row.state,
            row.initiative,
            row.planned_year,
            row.investment,
            row.net,
            row.planned_to_date,
            row.to_date,
            row.variance,
            row.forecast,
            row.on_trust or None,
            WORD[row.judgement.rating],
            sentence(row.judgement),
            row.owner,
            "illustrative" if row.illustrative else "",
            "illustrative" if row.illustrative_actuals else "",
        )


def scheme_lead(scheme: SchemePosition, month_number: int) -> str:
    """Why it is rated so, what it has saved of its plan, and what the year is forecast to bring."""
    position, sentences = scheme.position, [f"{sentence(scheme.judgement)}."]
    if scheme.state == UNIDENTIFIED:
        return sentences[0]
    if position.to_date is not None:
        sentences.append(
            f"Saved {formats.in_words(position.to_date)} of {formats.in_words(position.planned_reported)} planned to month {month_number}"
            + (f", leaving out {formats.counted(position.missing, 'month')} not reported." if position.missing else ".")
        )
    if position.forecast_year is not None:
        sentences.append(
            f"Forecast for the year: {formats.in_words(position.forecast_year)} of {formats.in_words(position.planned_year)} planned."
        )
        sentences.append(on_trust(position))
    return " ".join(filter(None, sentences))


@dataclass(frozen=True)
class CumulativeMonth:
    """A row of the table beside the chart: running totals in £000, as text."""

    month: date
    plan: str
    saved: str
    forecast: str
    now: bool


@dataclass(frozen=True)
class Cumulative:
    """The year's savings added up month by month, as a chart and as its table."""

    figure: dict[str, Any]
    finding: str
    months: Sequence[CumulativeMonth]


def cumulative_chart(finding: str, plan: Plan, months: Sequence[MonthOfSavings], now: date) -> Cumulative:
    """Plan, actual and forecast of a scheme, or of several together, as running totals.

    The forecast leaves the last month that is reported, and ends at the year.
    """
    held = {month.month: month for month in months}
    ordered = [held.get(month) for month in plan.months]
    planned = cumulative([month.planned_saving if month else None for month in ordered])
    saved = cumulative([month.actual_saving if month and month.month <= now else None for month in ordered])
    expected = cumulative([month.expected_saving if month else None for month in ordered])
    last = max((index for index, value in enumerate(saved) if value is not None), default=0)
    forecast = [value if index >= last else None for index, value in enumerate(expected)]
    series = [charts.Series("plan", "Plan", _chart_values(planned))]
    if any(value is not None for value in saved):
        series.append(charts.Series("actual", "Saved", _chart_values(saved)))
    if any(value is not None for value in forecast):
        series.append(charts.Series("forecast", "Forecast", _chart_values(forecast)))
    rows = [
        CumulativeMonth(
            month,
            formats.in_thousands(planned[index]),
            formats.in_thousands(saved[index]),
            formats.in_thousands(forecast[index]),
            month == now,
        )
        for index, month in enumerate(plan.months)
    ]
    return Cumulative(charts.by_month(plan.months, series, places=0), finding, rows)


def _chart_values(values: Iterable[Decimal | None]) -> list[float | None]:
    return [None if value is None else float(thousands(value, 1)) for value in values]


def scheme_finding(scheme: SchemePosition) -> str:
    """What a scheme's chart shows, in a sentence."""
    variance, to_date = scheme.variance, scheme.position.to_date
    if scheme.state == UNIDENTIFIED:
        return f"{formats.in_words(scheme.position.planned_year)} is planned in the year with no scheme to save it"
    if variance is None or to_date is None:
        return f"Planned to save {formats.in_words(scheme.position.planned_year)}; nothing reported yet"
    if not variance:
        return f"Saved {formats.in_words(to_date)} to date, on plan"
    side = "above" if variance > 0 else "below"
    return f"Saved {formats.in_words(to_date)} to date, {formats.in_words(abs(variance))} {side} plan"


@dataclass(frozen=True)
class Fact:
    """A name and a value at the side of the page."""

    name: str
    value: str
    url: str = ""
    basis: str = ""


def facts(
    scheme: Scheme, initiative: InitiativeEntry | None, months: Sequence[MonthOfSavings], url: Address
) -> list[Fact]:
    """What a scheme is, and where each kind of its figures comes from."""
    found = [
        Fact("Reference", scheme.reference),
        Fact("State", scheme.get_state_display()),
        Fact("Initiative", initiative.title, url("dashboards:initiative", reference=initiative.reference))
        if initiative
        else Fact("Initiative", "None"),
        Fact("Section", scheme.section),
        Fact("Category", scheme.category),
        Fact("Kind", scheme.get_kind_display() if scheme.kind else "Not stated"),
        Fact("Recurrent", "Not stated" if scheme.recurrent is None else "Yes" if scheme.recurrent else "No"),
        Fact("Owner", scheme.owner or "None"),
        Fact("Starts", formats.month(scheme.start_month) or "Not stated"),
        Fact("Full-year effect", formats.pounds(scheme.full_year_effect) or "Not stated"),
        Fact("Source", scheme.source, basis=scheme.basis),
    ]
    recorded = [
        month for month in months if any(getattr(month, name) is not None for name in FIGURES if "planned" not in name)
    ]
    found += _sources("Plan by month", ((month.planned_basis, month.planned_source) for month in months))
    found += _sources("Actual and forecast", ((month.basis, month.source) for month in recorded))
    return [fact for fact in found if fact.value]


def _sources(name: str, figures: Iterable[tuple[str, str]]) -> list[Fact]:
    """Where a kind of figure comes from: one fact for each basis, naming every source once."""
    found: dict[str, dict[str, None]] = {}
    for basis, source in figures:
        if source:
            found.setdefault(basis, {})[source] = None
    return [Fact(name, "; ".join(sources), basis=basis) for basis, sources in found.items()]
