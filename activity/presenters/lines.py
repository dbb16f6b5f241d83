"""The list of plan lines: its opening sentence, its rows, and its cells as a download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from activity.presenters.words import Address, cell, said, standard_of, value_of
from activity.queries import LinePosition
from opplan.calc.rag import SEVERITY, Judgement, Rating
from opplan.calc.ratios import Kind
from opplan.web import charts, formats
from opplan.web.formats import counted
from opplan.web.reasons import WORD, sentence, status_words


@dataclass(frozen=True)
class LineRow:
    """A line as the list shows it."""

    name: str
    url: str
    code: str
    whose: str
    unit: str
    area: str
    standard: str
    plan: str
    plan_illustrative: bool
    actual: str
    judgement: Judgement
    severity: int
    to_date: str
    trend: dict[str, Any]
    trend_label: str
    status: str
    firmness: str
    basis: str


def line_rows(positions: Sequence[LinePosition], address: Address) -> list[LineRow]:
    """The rows by area, the area of the first line first; within an area as the catalogue has them."""
    areas = list(dict.fromkeys(position.area for position in positions))
    ordered = sorted(positions, key=lambda position: areas.index(position.area))
    names = Counter(_names(position) for position in positions)
    return [
        _line_row(position, address(position.reference), alone=names[_names(position)] == 1) for position in ordered
    ]


def _names(position: LinePosition) -> tuple[str, str]:
    """The name of a line as a link, and whose it is. A title that begins with the measure's name says both."""
    name, title = position.short_name, position.title
    return (title, "") if title.startswith(name) else (name, title)


def _line_row(position: LinePosition, url: str, *, alone: bool) -> LineRow:
    name, whose = _names(position)
    trend = [None if value is None else float(value) for value in position.trend]
    held = sum(1 for value in trend if value is not None)
    latest = next((value for value in reversed(position.trend) if value is not None), None)
    standard = None if position.standard is None else float(position.standard)
    return LineRow(
        name=name if alone else f"{name} ({position.reference})",
        url=url,
        code=position.code,
        whose=whose,
        unit="" if position.kind == Kind.PERCENTAGE else position.unit,
        area=position.area,
        standard=standard_of(position),
        plan=value_of(position, position.planned),
        plan_illustrative=position.planned is not None and position.now.planned_basis == "illustrative",
        actual=value_of(position, position.actual),
        judgement=position.judgement,
        severity=SEVERITY.index(position.judgement.rating),
        to_date=value_of(position, position.actual_to_date),
        trend=charts.spark(trend, target=standard if position.kind != Kind.COUNT else None),
        trend_label=f"{position.short_name}, {position.title}: {counted(held, 'month')} to "
        f"{formats.month(position.now.period)}, latest {said(position, latest)}",
        status=status_words(position.now.status),
        firmness=position.now.status if position.actual is not None else f"~{position.now.status}",
        basis=position.now.basis if position.actual is not None else "",
    )


def headline(positions: Sequence[LinePosition], month: date) -> str:
    """How many standards are met, in a sentence that could be minuted."""
    judged_lines = [one.meets_standard for one in positions if one.meets_standard is not None]
    when = formats.month(month)
    if not positions:
        return "This plan has no lines yet"
    if not judged_lines:
        held = sum(1 for one in positions if one.actual is not None)
        return f"{held or 'None'} of {counted(len(positions), 'line')} {'holds' if held == 1 else 'hold'} a figure for {when}"
    met = sum(judged_lines)
    return f"{met or 'None'} of {counted(len(judged_lines), 'standard')} reported for {when} {'is' if met == 1 else 'are'} met"


def lead(positions: Sequence[LinePosition], month: date) -> str:
    """Ratings against plan, and what is due and absent."""
    counts = Counter(one.judgement.rating for one in positions)
    rated = [
        f"{counts[rating]} {WORD[rating].lower()}"
        for rating in (Rating.RED, Rating.AMBER, Rating.GREEN)
        if counts[rating]
    ]
    sentences = []
    if rated:
        sentences.append(f"Against plan: {formats.listed(rated)}.")
    if counts[Rating.NOT_REPORTED]:
        missing = counts[Rating.NOT_REPORTED]
        sentences.append(
            f"{missing} of {counted(len(positions), 'line')} {'has' if missing == 1 else 'have'} a plan for {formats.month(month)} "
            "and no figure."
        )
    if counts[Rating.NOT_RATED]:
        unrated = counts[Rating.NOT_RATED]
        sentences.append(
            f"{unrated} {'has' if unrated == 1 else 'have'} nothing to compare: no plan, or neither plan nor figure."
        )
    return " ".join(sentences)


LIST_HEADS = (
    "Reference", "Code", "Measure", "Whose", "Area", "Unit", "Month", "Standard", "Plan", "Actual", "Rating", "Why",
    "Actual, year to date", "Plan, same months", "Status", "Basis of actual", "Basis of plan", "Source of actual",
)  # fmt: skip


def list_cells(positions: Sequence[LinePosition]) -> list[list[Any]]:
    """The list as cells, figures as figures."""
    return [
        [
            one.reference, one.code, one.name, one.title, one.area, one.unit, f"{one.now.period:%Y-%m}", cell(one.standard),
            cell(one.planned), cell(one.actual), WORD[one.judgement.rating], sentence(one.judgement),
            cell(one.actual_to_date), cell(one.planned_to_date), status_words(one.now.status),
            one.now.basis if one.actual is not None else "", one.now.planned_basis if one.planned is not None else "",
            one.now.source,
        ]
        for one in positions
    ]  # fmt: skip
