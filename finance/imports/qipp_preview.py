"""What a national QIPP return would change in a plan, cell by cell, and what of it may not be changed. Nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from finance.imports.qipp_return import ReadCell, ReadRow, empty, exact
from finance.models import Scheme, SchemeMonth
from finance.queries.qipp_return import Column, reporting
from opplan.imports.report import Place, Report
from opplan.plans.queries import closed_months
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan


@dataclass(frozen=True)
class Cell:
    """A cell of a return that differs from what the plan holds. `scheme` is None where the return adds it; money in pounds."""

    reference: str
    title: str
    scheme: int | None
    column: Column
    figure: str
    month: date | None
    was: Any
    will: Any
    place: Place


@dataclass(frozen=True)
class New:
    """A scheme that the return adds."""

    reference: str
    title: str
    unidentified: bool


@dataclass
class Preview:
    """What loading a return would do, cell by cell, with what its file said."""

    report: Report
    cells: list[Cell] = field(default_factory=list)
    new: list[New] = field(default_factory=list)
    same: int = 0

    @property
    def fingerprint(self) -> str:
        """Stands for every cell that would change and what it was: another when the plan has changed since."""
        rows = [(one.reference, one.column.key, one.figure, exact(one.was), exact(one.will)) for one in self.cells]
        return hashlib.sha256(repr((rows, self.new)).encode()).hexdigest()


def preview_of(plan: Plan, rows: Iterable[ReadRow], report: Report) -> Preview:
    """Compare the rows with the plan. Three queries. What may not be changed is an error in the report."""
    schemes = {row.reference.upper(): row for row in Scheme.objects.filter(plan=plan)}
    months = {(row.scheme_id, row.month): row for row in SchemeMonth.objects.filter(scheme__plan=plan)}
    comparing = _Comparing(plan, months, closed_months(plan), Preview(report))
    seen = set()
    for row in rows:
        seen.add(row.reference)
        comparing.row(row, schemes.get(row.reference))
    if seen:
        gone = len(schemes.keys() - seen)
        report.skip(None, gone, "schemes of the plan that the return does not have; they stay as they are")
    return comparing.preview


class _Comparing:
    """One comparison of a return with a plan."""

    def __init__(
        self, plan: Plan, months: Mapping[tuple[int, date], SchemeMonth], closed: frozenset[date], preview: Preview
    ) -> None:
        self.plan, self.months, self.closed, self.preview = plan, months, closed, preview
        self.reporting = reporting(plan)

    def row(self, row: ReadRow, scheme: Scheme | None) -> None:
        report = self.preview.report
        unidentified = scheme.state == Scheme.State.UNIDENTIFIED if scheme else row.unidentified
        if scheme is None:
            if unidentified and not any(one.value for one in row.cells if one.column.month):
                return
            if not row.title:
                report.error(row.place, f"{row.reference} is a new scheme and has no name. Give it one.")
                return
            self.preview.new.append(New(row.reference, row.title, unidentified))
        for one in row.cells:
            if one.column.month:
                self._month(row, scheme, one, unidentified)
            elif not (unidentified and one.column.key == "title" and scheme):
                self._fact(row, scheme, one)

    def _fact(self, row: ReadRow, scheme: Scheme | None, one: ReadCell) -> None:
        was = getattr(scheme, one.column.fact) if scheme else empty(one.column)
        if scheme and one.column.key == "title" and not one.value:
            self.preview.report.error(one.place, f"{row.reference} would lose its name. Give it one.")
            return
        alike = was.strip() == one.value if isinstance(was, str) and isinstance(one.value, str) else was == one.value
        self._take(row, scheme, one, was, alike, None)

    def _month(self, row: ReadRow, scheme: Scheme | None, one: ReadCell, unidentified: bool) -> None:
        month = self.plan.months[one.column.month - 1]
        held = self.months.get((scheme.pk, month)) if scheme else None
        was = getattr(held, one.figure) if held else None
        alike = was == one.value
        refusal = "" if alike else self._refusal(one, month, unidentified)
        if refusal:
            self.preview.report.error(one.place, refusal)
            return
        self._take(row, scheme, one, was, alike, month)

    def _refusal(self, one: ReadCell, month: date, unidentified: bool) -> str:
        """Why a figure of a month may not change; nothing where it may."""
        name = month_name(month)
        if month in self.closed:
            return f"{name} is closed. Ask the programme office or the finance lead to reopen it."
        if one.figure == "actual_saving" and month > self.reporting:
            return f"{name} has not come: an actual cannot be recorded yet. Leave it blank, or call it a forecast."
        if one.figure == "forecast_saving" and month < self.reporting:
            return f"{name} is past: record its actual rather than a forecast."
        if one.figure == "actual_saving" and unidentified:
            return "savings that have no scheme cannot have an actual: record it against a scheme."
        return ""

    def _take(
        self, row: ReadRow, scheme: Scheme | None, one: ReadCell, was: Any, alike: bool, month: date | None
    ) -> None:
        if alike:
            self.preview.same += 1
            return
        title = scheme.title if scheme else row.title
        reference = scheme.reference if scheme else row.reference
        key = scheme.pk if scheme else None
        self.preview.cells.append(Cell(reference, title, key, one.column, one.figure, month, was, one.value, one.place))
