"""The national QIPP return: its 53 columns, and what each scheme of a plan puts into them. Money in pounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finance.models import Scheme
from finance.queries.months import savings_by_month
from finance.queries.schemes import SchemePosition, scheme_positions
from opplan.calc.money import total
from opplan.plans.queries import tolerances

if TYPE_CHECKING:
    from opplan.plans.models import Plan

SOURCE = "qipp_return"
"""What a batch of returns is called."""
TITLE = "National QIPP return"


@dataclass(frozen=True)
class Column:
    """A column of the return: `key` names it, `holds` says what is in it; the file qipp_return.toml explains the others."""

    key: str
    heading: str
    holds: str
    fact: str = ""
    most: int = 0
    month: int = 0
    words: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[str] = ()

    @property
    def word_of(self) -> dict[Any, str]:
        """What is written for each value."""
        return {value: word for word, value in self.words.items()}


@dataclass(frozen=True)
class Layout:
    """The return as the file describes it. `saved` are the headings of a month's saving: before the month reported, in it, after it."""

    sheet: str
    heading_row: int
    unidentified: str
    saved: Mapping[str, str]
    columns: Sequence[Column]

    def heading(self, column: Column, reported: int) -> str:
        """What stands above a column when the plan reports month `reported`."""
        if column.holds != "saved":
            return column.heading
        when = "before" if column.month < reported else "now" if column.month == reported else "after"
        return self.saved[when].format(month=column.month)


@cache
def layout() -> Layout:
    """The return's layout. It is data: another year's return is another file, not other code."""
    with (Path(__file__).parent.parent / "qipp_return.toml").open("rb") as described:
        read = tomllib.load(described)
    columns = []
    for row in read["column"]:
        key = row.get("fact") or (f"{row['holds']}-{row['month']}" if "month" in row else row["holds"])
        columns.append(Column(key, **row))
    return Layout(read["sheet"], read["heading_row"], read["unidentified"], read["saved"], columns)


@dataclass(frozen=True)
class ReturnRow:
    """A row of the return: a heading, or a scheme with its values by column key. None is blank; 0 is nothing saved."""

    title: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_heading(self) -> bool:
        return not self.values


@dataclass(frozen=True)
class QippReturn:
    """The return of a plan at the month that it reports."""

    organisation: str
    year: str
    month: date
    reported: int
    rows: Sequence[ReturnRow]


def reporting(plan: Plan) -> date:
    """The month that the return is of."""
    return plan.reporting_month or plan.start


def unique_id(plan: Plan, reference: str) -> str:
    """A scheme's id in the return: the commissioner's code comes first."""
    return f"{plan.organisation.code}-{reference}"


def qipp_return(plan: Plan) -> QippReturn:
    """The plan's schemes as the return has them: in groups with a heading each, and last what has no scheme. Four queries."""
    month = reporting(plan)
    positions = scheme_positions(plan, month, tolerances(plan))
    rows = {row.pk: row for row in Scheme.objects.filter(plan=plan)}
    months: dict[str, dict[int, Any]] = {}
    numbers = {month: number for number, month in enumerate(plan.months, start=1)}
    for one in savings_by_month(plan, month=month):
        months.setdefault(one.scheme, {})[numbers[one.month]] = one
    number = numbers[month]
    listed: list[ReturnRow] = []
    unidentified = [one for one in positions if one.state == Scheme.State.UNIDENTIFIED]
    for state in (Scheme.State.IDENTIFIED, Scheme.State.EARMARKED, Scheme.State.IDEA):
        mine = [one for one in positions if one.state == state]
        if mine:
            listed.append(ReturnRow(f"{state.label} schemes" if state != Scheme.State.IDEA else "Ideas"))
        listed += [_row(plan, rows[one.key], one, months.get(one.reference, {}), number) for one in mine]
    listed.append(ReturnRow("Unidentified"))
    listed += [_row(plan, rows[one.key], one, months.get(one.reference, {}), number) for one in unidentified]
    if not unidentified:
        name = layout().unidentified
        listed.append(ReturnRow(name, {"id": unique_id(plan, "UNIDENTIFIED"), "title": name}))
    return QippReturn(plan.organisation.code, plan.year, month, number, listed)


def _row(plan: Plan, row: Scheme, position: SchemePosition, months: Mapping[int, Any], reported: int) -> ReturnRow:
    title = layout().unidentified if row.state == Scheme.State.UNIDENTIFIED else row.title
    values: dict[str, Any] = {"id": unique_id(plan, row.reference)}
    for column in layout().columns:
        if column.holds in ("text", "choice"):
            values[column.key] = getattr(row, column.fact)
        elif column.holds == "plan":
            held = months.get(column.month)
            values[column.key] = held and held.planned_saving
        elif column.holds == "saved":
            values[column.key] = _saved(months.get(column.month), column.month, reported)
    values |= _worked(row, position)
    values["title"] = title
    values["validations"] = _wanting(position)
    return ReturnRow(title, values)


def _saved(held: Any, month: int, reported: int) -> Decimal | None:
    """The actual to the month reported, and from then on the forecast."""
    if held is None:
        return None
    saved: Decimal | None = held.actual_saving if month <= reported else held.forecast_saving
    return saved


def _worked(row: Scheme, position: SchemePosition) -> dict[str, Decimal | None]:
    """What the return works out of the months, as the board has it."""
    whole = position.position
    once = row.recurrent is False
    return {
        "ytd_plan": whole.planned_to_date,
        "ytd_actual": whole.to_date,
        "ytd_variance": _less(whole.to_date, whole.planned_to_date),
        "ytd_achieved": _share(whole.to_date, whole.planned_to_date),
        "forecast_plan": whole.planned_year,
        "forecast_actual": whole.forecast_year,
        "forecast_variance": _less(whole.forecast_year, whole.planned_year),
        "forecast_achieved": _share(whole.forecast_year, whole.planned_year),
        "total": total([whole.planned_year]),
        "non_recurrent_plan": whole.planned_year if once else None,
        "non_recurrent_actual": whole.forecast_year if once else None,
    }


def _less(found: Decimal | None, planned: Decimal) -> Decimal | None:
    return None if found is None else found - planned


def _share(found: Decimal | None, planned: Decimal) -> Decimal | None:
    """A share of 1; None of nothing."""
    return None if found is None or not planned else found / planned


def _wanting(position: SchemePosition) -> str:
    """What is not right yet; OK where nothing is."""
    found = []
    if not position.position.planned_year:
        found.append("No saving is planned")
    if position.owing:
        found.append("The month reported has no actual")
    return "; ".join(found) or "OK"
