"""Schemes as rows of the list and of its downloads, and one scheme in a sentence and a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finance.presenters.requirement import on_trust
from finance.queries import pipeline
from finance.queries.months import MonthOfSavings
from finance.queries.schemes import SchemePosition, total_investment, total_position
from opplan.calc.effects import Effect
from opplan.calc.money import thousands, total
from opplan.calc.rag import SEVERITY, Judgement
from opplan.calc.savings import cumulative
from opplan.web import charts, formats
from opplan.web.reasons import WORD, firmness, sentence

if TYPE_CHECKING:
    from initiatives.queries import InitiativeEntry
    from opplan.plans.models import Plan

Address = Callable[..., str]
UNIDENTIFIED = "unidentified"
UNIT = "£000, gross saving, running total of the year"
STAGES = dict(pipeline.STAGES)


def stage_of(scheme: SchemePosition) -> str:
    """How far a scheme has come, in a word or two; the state where it has no stage."""
    return STAGES.get(scheme.stage, scheme.state_name)


@dataclass(frozen=True)
class SchemeRow:
    """A scheme as a row of the list. Money in pounds."""

    title: str
    url: str
    reference: str
    state: str
    stage: str
    initiative: str
    section: str
    category: str
    provider: str
    contract: str
    in_contract: bool | None
    on_block: bool
    recurrent: bool | None
    effect: Effect
    counted: bool
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
    def where(self) -> str:
        """With whom the saving is made, and whether a block keeps it there."""
        return ", ".join(filter(None, (self.provider, "block: releases no cash" if self.on_block else "")))

    @property
    def to_date_shown(self) -> str:
        if self.to_date is None:
            ruled = self.judgement.overruled.ruled if self.judgement.overruled else self.judgement
            return "Not reported" if ruled.rule == "saving_not_reported" else formats.NOT_DUE
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
            stage=stage_of(scheme),
            initiative=_initiative_title(scheme, initiatives),
            section=scheme.section,
            category=scheme.category,
            provider=scheme.provider,
            contract=pipeline.CONTRACTS.get(scheme.contract, ""),
            in_contract=scheme.in_contract,
            on_block=scheme.releases_no_cash,
            recurrent=scheme.recurrent,
            effect=scheme.effect,
            counted=scheme.counted,
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
    """The last row of the list: the sums of what is shown, in pounds, leaving out ideas and what is not reported."""
    counted = [scheme for scheme in schemes if scheme.counted]
    whole, ideas = total_position(counted), len(schemes) - len(counted)
    title = "1 scheme shown" if len(schemes) == 1 else f"All {len(schemes)} schemes shown"
    return {
        "total": True,
        "title": f"{title}, {formats.counted(ideas, 'idea')} not counted" if ideas else title,
        "planned_year": whole.planned_year,
        "investment": total_investment(counted),
        "net": sum((scheme.net for scheme in counted), Decimal(0)),
        "planned_to_date": whole.planned_to_date,
        "to_date": whole.to_date,
        "variance": total(scheme.variance for scheme in counted),
        "forecast": whole.forecast_year,
        "on_trust": whole.on_trust,
    }


def _yes_no(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


DOWNLOADED: Sequence[tuple[str, Callable[[SchemeRow], object]]] = (
    ("Reference", lambda row: row.reference),
    ("Scheme", lambda row: row.title),
    ("State", lambda row: row.state if row.counted else "Idea, not counted yet"),
    ("Stage", lambda row: row.stage),
    ("Initiative", lambda row: row.initiative),
    ("Section", lambda row: row.section),
    ("Category", lambda row: row.category),
    ("Provider", lambda row: row.provider),
    ("Contract basis", lambda row: row.contract),
    ("Taken out of the contract", lambda row: _yes_no(row.in_contract)),
    ("Releases no cash until the block is agreed anew", lambda row: "yes" if row.on_block else ""),
    ("Plan for the year, £", lambda row: row.planned_year),
    ("Investment for the year, £", lambda row: row.investment),
    ("Net for the year, £", lambda row: row.net),
    ("Plan to date, £", lambda row: row.planned_to_date),
    ("Saved to date, £", lambda row: row.to_date),
    ("Variance, £ (+ is favourable)", lambda row: row.variance),
    ("Forecast for the year, £", lambda row: row.forecast),
    ("Of the forecast, for months due and not reported, £", lambda row: row.on_trust or None),
    ("Recurrent", lambda row: _yes_no(row.recurrent)),
    ("Full-year effect, £", lambda row: row.effect.full_year),
    ("Next year, £", lambda row: row.effect.next_year),
    ("Year after, £", lambda row: row.effect.year_after),
    ("Rating", lambda row: WORD[row.judgement.rating]),
    ("Why", lambda row: sentence(row.judgement)),
    ("Owner", lambda row: row.owner),
    ("Basis of the scheme", lambda row: "illustrative" if row.illustrative else ""),
    ("Actuals", lambda row: "illustrative" if row.illustrative_actuals else ""),
)
"""The columns of the list as it is downloaded, money in pounds; not reported is empty."""

CSV_HEADS = tuple(head for head, _ in DOWNLOADED)


def csv_rows(rows: Iterable[SchemeRow]) -> Iterable[Sequence[object]]:
    """The rows of the download."""
    for row in rows:
        yield [told(row) for _, told in DOWNLOADED]


def scheme_lead(scheme: SchemePosition, month_number: int) -> str:
    """Why it is rated so, what it has saved of its plan, and what the year is forecast to bring."""
    position, sentences = scheme.position, [f"{sentence(scheme.judgement)}."]
    if scheme.state == UNIDENTIFIED:
        return sentences[0]
    if not scheme.counted:
        return f"{sentences[0]} It would save {formats.in_words(position.planned_year)} in the year."
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
    status: str = ""


@dataclass(frozen=True)
class Cumulative:
    """The year's savings added up month by month, as a chart and as its table."""

    figure: dict[str, Any]
    finding: str
    months: Sequence[CumulativeMonth]
    unit: str = UNIT


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
    firm = [_not_final(month) if value is not None else "" for month, value in zip(ordered, saved, strict=True)]
    series = [charts.Series("plan", "Plan", _chart_values(planned))]
    if any(value is not None for value in saved):
        series.append(charts.Series("actual", "Saved", _chart_values(saved), firm[last]))
    if any(value is not None for value in forecast):
        series.append(charts.Series("forecast", "Forecast", _chart_values(forecast)))
    rows = [
        CumulativeMonth(
            month,
            formats.in_thousands(planned[index]),
            formats.in_thousands(saved[index]),
            formats.in_thousands(forecast[index]),
            month == now,
            firm[index],
        )
        for index, month in enumerate(plan.months)
    ]
    not_final = firmness(zip(plan.months, firm, strict=True))
    unit = "; ".join(filter(None, [UNIT, not_final]))
    return Cumulative(charts.by_month(plan.months, series, places=0), finding, rows, unit)


def _not_final(month: MonthOfSavings | None) -> str:
    """How firm an actual is where it may still change."""
    return month.status if month is not None and month.status != "final" else ""


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
