"""The savings schemes and their months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.actions.savings import SavingChange, record_savings
from finance.queries import FIGURES, savings_by_month, scheme_positions
from finance.queries.qipp_return import layout, qipp_return
from initiatives.queries import initiative_register
from opplan.accounts.roles import Capability
from opplan.plans.queries import closed_months, tolerances
from opplan.submissions.sources.table import Edit, Field, Source, SourceRow, Value

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)

FIELDS = {
    "reference": Field("The scheme's reference"),
    "title": Field("What the scheme is"),
    "state": Field("How real it is: identified, earmarked, or no scheme yet"),
    "section": Field("Where it saves"),
    "category": Field("What kind of scheme it is"),
    "initiative": Field("The reference of its initiative"),
    "owner": Field("Who delivers it"),
    "basis": Field("How firm its figures are"),
    "planned_year": Field("Gross saving planned for the year, £000"),
    "to_date": Field("Gross saving to date, £000"),
    "forecast_year": Field("Gross saving forecast for the year, £000"),
    **{
        name: Field(
            f"{name.partition('_')[0].capitalize()} {name.partition('_')[2]} of the month, £000",
            months=True,
            writable=Capability.EDIT_PLAN if name.startswith("planned") else Capability.RECORD_ACTUAL,
        )
        for name in FIGURES
    },
}


def _read(plan: Plan, month: date) -> Sequence[SourceRow]:
    held = {(one.scheme, one.month): one for one in savings_by_month(plan, month=month)}
    titles = {entry.key: entry.reference for entry in initiative_register(plan, month)}
    closed = closed_months(plan)
    reporting = plan.reporting_month or plan.start
    shut = frozenset(
        (name, index)
        for index, one in enumerate(plan.months)
        for name in FIGURES
        if one in closed
        or (name.startswith("actual") and one > reporting)
        or (name.startswith("forecast") and one < reporting)
    )
    rows = []
    for scheme in scheme_positions(plan, month, tolerances(plan)):
        months = [held.get((scheme.reference, one)) for one in plan.months]
        values: dict[str, Value | Sequence[Value]] = {
            "reference": scheme.reference,
            "title": scheme.title,
            "state": scheme.state_name,
            "section": scheme.section,
            "category": scheme.category,
            "initiative": titles.get(scheme.initiative_key or 0, ""),
            "owner": scheme.owner,
            "basis": scheme.basis,
            "planned_year": scheme.position.planned_year / THOUSAND,
            "to_date": _thousand(scheme.position.to_date),
            "forecast_year": _thousand(scheme.position.forecast_year),
        }
        for name in FIGURES:
            values[name] = [_thousand(getattr(one, name)) if one else None for one in months]
        no_actuals = {(name, index) for name in FIGURES if name.startswith("actual") for index in range(12)}
        rows.append(SourceRow(scheme.reference, values, shut | no_actuals if scheme.state == "unidentified" else shut))
    return rows


def _write(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    record_savings(
        plan,
        [
            SavingChange(edit.row, plan.months[edit.index], edit.field, _pounds(edit.was), _pounds(edit.value))
            for edit in edits
        ],
        by=by,
        why=why,
    )


def _thousand(pounds: Decimal | None) -> Decimal | None:
    return None if pounds is None else pounds / THOUSAND


def _pounds(thousand: Value) -> Decimal | None:
    return (thousand * THOUSAND).quantize(Decimal("0.01")) if isinstance(thousand, Decimal) else None


SAVINGS = Source("savings", "The savings schemes of the plan, gross, with their months", FIELDS, _read, _write)


def _read_return(plan: Plan, month: date) -> Sequence[SourceRow]:
    """The rows of the national return: money in £000, choices in its own words."""
    reported = (plan.reporting_month or plan.start).month
    number = (reported - 4) % 12 + 1
    closed = closed_months(plan)
    shut = frozenset(
        (f"{kind}_{index}", 0)
        for index, one in enumerate(plan.months, start=1)
        for kind in ("plan", "saved")
        if one in closed
    )
    of_unidentified = shut | {(f"saved_{index}", 0) for index in range(1, number + 1)}
    rows = []
    for row in qipp_return(plan).rows:
        if row.is_heading:
            continue
        values: dict[str, Value | Sequence[Value]] = {"unique_id": row.values["id"], "blank": ""}
        for column in layout().columns:
            held = row.values.get(column.key)
            name = column.key.replace("-", "_")
            if column.holds in ("plan", "saved", "worked") and not name.endswith("achieved"):
                held = _thousand(held)
            values[name] = column.word_of.get(held, "") if column.holds == "choice" else held
        reference = str(row.values["id"]).removeprefix(f"{plan.organisation.code}-")
        nobodys = row.title == layout().unidentified
        rows.append(SourceRow(reference, values, of_unidentified if nobodys else shut))
    return rows


def _write_return(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    reporting = plan.reporting_month or plan.start
    changes = []
    for edit in edits:
        kind, _, number = edit.field.partition("_")
        month = plan.months[int(number) - 1]
        figure = "planned_saving" if kind == "plan" else "actual_saving" if month <= reporting else "forecast_saving"
        changes.append(SavingChange(edit.row, month, figure, _pounds(edit.was), _pounds(edit.value)))
    record_savings(plan, changes, by=by, why=why)


def _return_fields() -> dict[str, Field]:
    fields = {
        "unique_id": Field("The scheme's id in the return"),
        "blank": Field("A column that the return leaves blank"),
    }
    for column in layout().columns:
        name = column.key.replace("-", "_")
        if column.holds == "plan":
            fields[name] = Field(column.heading, writable=Capability.EDIT_PLAN)
        elif column.holds == "saved":
            fields[name] = Field(f"Actual, or forecast, of month {column.month}", writable=Capability.RECORD_ACTUAL)
        elif column.holds not in ("id", "blank"):
            fields[name] = Field(column.heading)
    return fields


QIPP_RETURN = Source(
    "qipp_return", "The schemes as the national QIPP return has them", _return_fields(), _read_return, _write_return
)
