"""The catalogue of measures as a plan sees it: the national ones of its planning round, and its organisation's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from activity.models import Measure
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

MEASURE_FIELDS = {
    "name": "Name",
    "short_name": "Short name",
    "area": "Area",
    "unit": "Unit",
    "numerator": "Numerator",
    "denominator": "Denominator",
    "counted": "Counted in",
    "direction": "Direction",
    "year_rule": "Year",
    "frequency": "How often",
    "parent_id": "Part of",
    "standard": "Standard",
    "standard_from": "Standard from",
    "standard_until": "Standard until",
    "standard_note": "Note",
    "board": "On the board",
}
"""What a person may change of a local measure, with its name in the history."""


def catalogue(plan: Plan) -> QuerySet[Measure]:
    """Every measure that the plan may follow, with its parent and how many lines of the plan follow it."""
    mine = Q(organisation=None) | Q(organisation=plan.organisation_id)
    return (
        Measure.objects.filter(mine, round=plan.round)
        .select_related("parent", "organisation")
        .annotate(followed=Count("lines", filter=Q(lines__plan=plan)))
    )


def find_measure(plan: Plan, code: str) -> Measure | None:
    """One measure of the plan's catalogue by its code, with its parent and organisation. One query."""
    return catalogue(plan).filter(code=code).first()


def areas(plan: Plan) -> list[str]:
    """The areas of the catalogue, in its order. One query."""
    return list(dict.fromkeys(catalogue(plan).values_list("area", flat=True)))


def parts_of_measure(measure: Measure) -> list[tuple[str, str]]:
    """The code and name of each measure that is part of this one. One query."""
    return list(measure.parts.order_by("position", "code").values_list("code", "name"))


@dataclass(frozen=True)
class LineOfMeasure:
    """A line of the plan that follows a measure."""

    reference: str
    title: str
    scope: str
    owner: str


def lines_following(plan: Plan, measure: Measure) -> list[LineOfMeasure]:
    """The plan's lines of one measure. One query."""
    rows = measure.lines.filter(plan=plan).order_by("reference").select_related("provider")
    return [
        LineOfMeasure(row.reference, row.title or str(row.provider or ""), row.get_scope_display(), row.owner)
        for row in rows
    ]


def measure_changes(measure: Measure) -> list[ChangeEntry]:
    """What has changed in the measure's definition, latest first. Two queries."""
    entries = measure.history.select_related("history_user").order_by("id", "history_id")
    parents = dict(Measure.objects.filter(round=measure.round).values_list("pk", "code"))
    return changes(
        entries,
        kind="Measure",
        fields=MEASURE_FIELDS,
        names={"parent_id": parents},
        title=lambda entry: str(entry.short_name),
    )


def standard_at(standard: Decimal | None, since: date | None, until: date | None, month: date) -> Decimal | None:
    """The standard that holds in a month; None before it came into force and after it lapsed. A month that it ends in is still judged."""
    if standard is None or (since and month < since.replace(day=1)) or (until and month > until):
        return None
    return standard
