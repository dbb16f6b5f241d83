"""The plan lines of activity and of the standards, with their months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from activity.actions.readings import ReadingChange, record_readings
from activity.queries import LinePosition, find_line, line_positions, lines_of
from activity.queries.lines import readings, year_value
from activity.queries.recovery import recovered_lines
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.calc.months import next_month
from opplan.plans.queries import closed_months, tolerances
from opplan.submissions.sources.table import Edit, Field, Source, SourceRow, Value

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

PARTS = ("planned_numerator", "planned_denominator", "actual_numerator", "actual_denominator")
NAMES = {
    "planned_numerator": "Planned count, or what is counted of a share",
    "planned_denominator": "Planned denominator of a share",
    "actual_numerator": "Actual count, or what is counted of a share",
    "actual_denominator": "Actual denominator of a share",
}
FIELDS = {
    "reference": Field("The line's reference"),
    "code": Field("The measure's code in its planning round"),
    "title": Field("The measure's name"),
    "whose": Field("Whose figures they are"),
    "provider": Field("The provider, where the line is of one"),
    "initiative": Field("The reference of its initiative"),
    "area": Field("The area of the catalogue"),
    "unit": Field("What it counts"),
    "kind": Field("count, percentage, rate or average"),
    "scope": Field("whole, provider, specialty or initiative"),
    "frequency": Field("How often it is reported"),
    "direction": Field("Whether more is better (over), less (under), or neither (on)"),
    "year_rule": Field("How months become a year: sum, last, ratio or none"),
    "standard": Field("The standard that holds, a share of 1 for a percentage"),
    "recovery": Field("The open recovery plan of the line"),
    "planned_year": Field("The year's plan: a sum, the last month, or a ratio of sums, as the measure says"),
    "last_year": Field("Last year's outturn, where its twelve months are held"),
    "to_date": Field("Actual to date in the year"),
    "basis": Field("How firm the month's figure is"),
    **{
        name: Field(
            meaning,
            months=True,
            writable=Capability.EDIT_PLAN if name.startswith("planned") else Capability.RECORD_READING,
        )
        for name, meaning in NAMES.items()
    },
    "planned": Field("Planned value of the month, a share of 1 for a percentage", months=True),
    "actual": Field("Actual value of the month, a share of 1 for a percentage", months=True),
}


def last_year(line: LinePosition) -> Decimal | None:
    """Last year's outturn of a line, where its twelve months are held. No query."""
    months = [line.held_in(next_month(one.period, -12)) for one in line.year]
    return year_value(months, line.year_rule, planned=False) if all(one.actual is not None for one in months) else None


def _read(plan: Plan, month: date) -> Sequence[SourceRow]:
    titles = {entry.key: entry.reference for entry in initiative_register(plan, month)}
    closed = closed_months(plan)
    reported = plan.reporting_month
    shut = frozenset(
        (name, index)
        for index, one in enumerate(plan.months)
        for name in PARTS
        if one in closed or (name.startswith("actual") and (reported is None or one > reported))
    )
    alone = shut | {(name, index) for name in PARTS if name.endswith("denominator") for index in range(12)}
    providers = {line.pk: str(line.provider or "") for line in lines_of(plan)}
    recovering = recovered_lines(plan)
    rows = []
    for line in line_positions(plan, month, tolerances(plan)):
        share = line.kind == "percentage"

        def value(figure: Decimal | None, share: bool = share) -> Decimal | None:
            return figure / 100 if share and figure is not None else figure

        values: dict[str, Value | Sequence[Value]] = {
            "reference": line.reference,
            "code": line.code,
            "title": line.name,
            "whose": line.title,
            "provider": providers[line.key],
            "initiative": titles.get(line.initiative_key or 0, ""),
            "area": line.area,
            "unit": line.unit,
            "kind": str(line.kind),
            "scope": line.scope,
            "frequency": line.frequency,
            "direction": line.direction,
            "year_rule": str(line.year_rule),
            "standard": value(line.standard),
            "recovery": recovering.get(line.key, ""),
            "planned_year": value(year_value(line.year, line.year_rule, planned=True)),
            "last_year": value(last_year(line)),
            "to_date": value(line.actual_to_date),
            "basis": line.now.basis,
            **{name: [getattr(one, name) for one in line.year] for name in PARTS},
            "planned": [value(one.planned) for one in line.year],
            "actual": [value(one.actual) for one in line.year],
        }
        rows.append(SourceRow(line.reference, values, alone if line.kind == "count" else shut))
    return rows


def _write(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    by_line: dict[str, list[ReadingChange]] = defaultdict(list)
    for edit in edits:
        by_line[edit.row].append(
            ReadingChange(edit.field, plan.months[edit.index], _figure(edit.was), _figure(edit.value))
        )
    for reference, changes in by_line.items():
        line = find_line(plan, reference)
        if line is None:
            raise ValidationError(f"There is no line {reference} in {plan}.")
        held = {one.period: one.status for one in readings(line)}
        # A worksheet does not say how firm a figure is: one that is new may still change.
        new = {
            change.month: "flex"
            for change in changes
            if change.part == "actual_numerator" and change.value is not None and not held.get(change.month)
        }
        record_readings(line, changes, status=new, by=by, why=why)


def _figure(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


LINES = Source("lines", "The plan lines with their readings by month", FIELDS, _read, _write)
