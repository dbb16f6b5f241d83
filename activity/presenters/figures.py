"""The table of a line's figures: month by month, and each year so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from activity.presenters.chart import chart_months
from activity.presenters.words import cell, large, small, value_of, written
from activity.queries import Definition, LinePosition, LineRecord, Month, year_value
from opplan.calc.money import total
from opplan.calc.months import financial_year
from opplan.calc.rag import Judgement
from opplan.calc.ratios import Kind, YearRule
from opplan.web import formats
from opplan.web.formats import counted, number
from opplan.web.reasons import status_words

SHORT = 26


@dataclass(frozen=True)
class Heads:
    """The headings of the table of figures. A count has no numerator and denominator beside its value."""

    numerator: str
    denominator: str
    value: str
    difference: str
    note: str


def headings(position: LinePosition, described: Definition) -> Heads:
    value = "Per cent" if position.kind == Kind.PERCENTAGE else large(position.unit)
    difference = "Difference, points" if position.kind == Kind.PERCENTAGE else "Difference"
    if position.kind == Kind.COUNT:
        return Heads(value, "", value, difference, "")
    top = heading_words(described.numerator, "numerator")
    bottom = heading_words(described.denominator, "denominator")
    note = f"{value} = {small(described.numerator)} ÷ {small(described.denominator)}" if described.numerator else ""
    return Heads(top, bottom, value, difference, note)


def heading_words(words: str, otherwise: str) -> str:
    """A definition's own words where they fit a heading, else the plain name of the part."""
    return large(words if 0 < len(words) <= SHORT else otherwise)


@dataclass(frozen=True)
class FigureRow:
    """One month of a line, ready to be shown."""

    month: date
    numerator: str
    denominator: str
    value: str
    plan: str
    difference: str
    judgement: Judgement | None
    status: str
    source: str
    illustrative: bool
    plan_illustrative: bool
    now: bool
    due: bool


@dataclass(frozen=True)
class YearOfFigures:
    """The months of one financial year and the year so far, with the sources that its months share."""

    title: str
    sources: str
    rows: Sequence[FigureRow]
    total: FigureRow


def figures_by_year(found: LineRecord, reported: date | None) -> list[YearOfFigures]:
    """Every month that the chart shows and that holds anything, by financial year, the latest year first."""
    position = found.position
    months, by_period = chart_months(position, found.held)
    years: dict[str, list[Month]] = {}
    this_year = financial_year(position.year[0].period)
    for period in months:
        month = by_period.get(period)
        if month is None and financial_year(period) == this_year:
            month = next(one for one in position.year if one.period == period)
        if month is not None:
            years.setdefault(financial_year(period), []).append(month)
    return [
        YearOfFigures(
            year.replace("-", "/"),
            _shared_sources(of_year),
            [
                _figure_row(position, month, found.judgements[month.period], reported, _shared(of_year, "source"))
                for month in of_year
            ],
            _year_row(position, of_year),
        )
        for year, of_year in reversed(years.items())
    ]


def _shared(months: Sequence[Month], name: str) -> str:
    """The source that every figure of these months has, save for the month that it names; nothing where they differ."""
    held = [month for month in months if (month.actual if name == "source" else month.planned) is not None]
    found = {_without_month(getattr(month, name), month.period) for month in held}
    return found.pop() if len(found) == 1 else ""


def _without_month(source: str, month: date) -> str:
    return source.replace(f", {formats.month(month)}", "")


def _shared_sources(months: Sequence[Month]) -> str:
    actual, planned = _shared(months, "source"), _shared(months, "planned_source")
    return ". ".join([*([f"Actual: {actual}"] if actual else []), *([f"Plan: {planned}"] if planned else [])])


def _figure_row(
    position: LinePosition, month: Month, judgement: Judgement, reported: date | None, shared: str
) -> FigureRow:
    due = reported is not None and month.period <= reported
    rated = month.planned is not None and (due or month.actual is not None)
    return FigureRow(
        month.period,
        written(month.actual_numerator),
        written(month.actual_denominator),
        value_of(position, month.actual),
        value_of(position, month.planned),
        _difference(position, month.actual, month.planned),
        judgement if rated else None,
        status_words(month.status),
        month.source if month.actual is not None and not shared else "",
        month.actual is not None and month.basis == "illustrative",
        month.planned is not None and month.planned_basis == "illustrative",
        month.period == position.now.period,
        due,
    )


def _year_row(position: LinePosition, months: Sequence[Month]) -> FigureRow:
    """The year so far: sums where months add up, the last month where they do not; the plan of the same months."""
    reported = [month for month in months if month.actual is not None]
    actual = year_value(reported, position.year_rule, planned=False)
    like = reported if all(month.planned is not None for month in reported) else []
    planned = year_value(list(like), position.year_rule, planned=True)
    adds_up = position.year_rule != YearRule.LAST
    tops = total(month.actual_numerator for month in reported) if adds_up else None
    bottoms = total(month.actual_denominator for month in reported) if adds_up else None
    return FigureRow(
        months[0].period,
        written(tops),
        written(bottoms),
        value_of(position, actual),
        value_of(position, planned),
        _difference(position, actual, planned),
        None,
        counted(len(reported), "month"),
        "",
        False,
        False,
        False,
        True,
    )


def _difference(position: LinePosition, actual: Decimal | None, planned: Decimal | None) -> str:
    if actual is None or planned is None:
        return ""
    return number(actual - planned, formats.places_for(position.kind, actual - planned), signed=True)


FIGURE_HEADS = (
    "Line", "Month", "Numerator", "Denominator", "Value", "Plan numerator", "Plan denominator", "Plan", "Difference",
    "Status", "Basis", "Source", "Basis of plan", "Source of plan",
)  # fmt: skip


def figure_cells(reference: str, held: Sequence[Month]) -> list[list[Any]]:
    """Every period that the line holds, as cells, figures as figures."""
    return [
        [
            reference, f"{month.period:%Y-%m}", cell(month.actual_numerator), cell(month.actual_denominator),
            cell(month.actual), cell(month.planned_numerator), cell(month.planned_denominator), cell(month.planned),
            cell(None if month.actual is None or month.planned is None else month.actual - month.planned),
            status_words(month.status),
            month.basis if month.actual is not None else "", month.source,
            month.planned_basis if month.planned is not None else "", month.planned_source,
        ]
        for month in held
    ]  # fmt: skip
