"""Month grids of planning: an impact's months, and a proposed trajectory laid over the planned months without being saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activity.actions import ImpactChange
from activity.forms.readings import Entry, Rights
from activity.queries import impact_months, places_of
from opplan.calc.money import total
from opplan.calc.months import next_month
from opplan.calc.rag import Direction
from opplan.calc.ratios import Kind, value_of
from opplan.calc.trajectory import numerator_for, trajectory
from opplan.web.figures import parse_figure
from opplan.web.formats import moment, number, plain
from opplan.web.formats import month as month_name
from opplan.web.grid import Group, MonthGrid, Row, cell_id

if TYPE_CHECKING:
    from activity.models import Impact
    from activity.queries import LineRecord, PhasedYear, ReadingHistory

ROW = "impact"


def impact_changes_of(grid: MonthGrid) -> list[ImpactChange]:
    """What a grid that came back would change."""
    return [ImpactChange(change.month, change.was, change.value) for change in grid.changes]


def impact_grid(impact: Impact, months: Sequence[date], closed: frozenset[date], *, shut: frozenset[date]) -> MonthGrid:
    """The twelve months of an impact. `closed` may not be typed in; `shut` are those that are closed for everybody."""
    measure = impact.line.measure
    held = impact_months(impact)
    values = {month: one.planned for month, one in held.items()}
    changed = total(values.values())
    whole = all(figure % 1 == 0 for figure in values.values())

    def author(key: str, month: date) -> tuple[str, str, str]:
        one = impact_months(impact).get(month)
        return (one.who, moment(one.when), one.why) if one and one.when else ("", "", "")

    row = Row(
        ROW,
        measure.unit[:1].upper() + measure.unit[1:],
        "Change",
        values,
        frozenset(months) - closed,
        places=0 if whole else 1,
        year=changed if measure.year_rule == "sum" else None,
        signed=True,
        decimals=places_of(measure.kind),
    )
    return MonthGrid([Group("", [row])], months, f"{impact.title}, by month", measure.unit, closed=shut, author=author)


def planning_rights(periods: Sequence[date], closed: frozenset[date]) -> Rights:
    """Planned figures alone, of the periods that a line has and that are open."""
    return Rights(frozenset(), frozenset(periods) - closed)


def explain_reason(entry: Entry) -> None:
    """Planned figures are never changed without a reason, published or not."""
    entry.form.fields["why"].help_text = "Everybody who may read the plan sees it."


def proposed_path(
    found: LineRecord, periods: Sequence[date], entry: Entry, asked: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[str, str] | None]:
    """What the grid would hold if the trajectory asked for were typed into it; or the field that stands in the way, and why."""
    position = found.position
    first, last = (
        next(at for at, month in enumerate(periods) if f"{month:%Y-%m}" == asked[name]) for name in ("since", "by")
    )
    months = list(periods[first:])
    steps = [month.month % 3 == 0 or len(periods) == 4 for month in months] if asked["shape"] == "stepped" else None
    values = trajectory(asked["start"], asked["end"], len(months), last - first, steps=steps)
    if position.kind == Kind.PERCENTAGE and not all(0 <= value <= 100 for value in values):
        return {}, ("end", "A percentage lies between 0 and 100.")
    held = {month.period: month for month in found.held}
    typed = _as_it_stands(entry)
    for month, value in zip(months, values, strict=True):
        if cell_id("planned numerator", month) not in typed:
            continue
        if position.kind == Kind.COUNT:
            typed[cell_id("planned numerator", month)] = plain(
                numerator_for(value, Decimal(1), position.kind, Direction(position.direction))
            )
            continue
        below = _denominator(held, month, asked["over"])
        if not below:
            other = "choose last year’s actual" if asked["over"] == "plan" else "choose those planned now"
            return {}, (
                "over",
                f"{month_name(month)} has none of these: {other}, or enter denominators on the line’s page.",
            )
        above = numerator_for(value, below, position.kind, Direction(position.direction))
        typed[cell_id("planned denominator", month)] = plain(below)
        typed[cell_id("planned numerator", month)] = plain(above)
    return typed, None


def _as_it_stands(entry: Entry) -> dict[str, str]:
    """The grid as a browser would send it back untouched."""
    typed = {"opened": entry.grid.opened(), "why": ""}
    for row in entry.grid.rows():
        for month in row.editable:
            typed[cell_id(row.key, month)] = row.typed(row.values.get(month))
    return typed


def _denominator(held: Mapping[date, Any], month: date, over: str) -> Decimal | None:
    if over == "plan":
        return held[month].planned_denominator if month in held else None
    before = next_month(month, -12)
    return held[before].actual_denominator if before in held else None


def planned_after(found: LineRecord, periods: Sequence[date], entry: Entry) -> list[Decimal | None]:
    """The planned values as they would stand with what is typed in the grid, which then shows them."""
    new = {(change.key, change.month): change.value for change in entry.grid.changes}
    values = []
    for month in periods:
        stored = found.position.held_in(month)
        above = new.get(("planned numerator", month), stored.planned_numerator)
        below = new.get(("planned denominator", month), stored.planned_denominator)
        values.append(value_of(found.position.kind, above, below))
    for row in entry.grid.rows():
        if row.key == "planned value":
            row.values, row.year = dict(zip(periods, values, strict=True)), None
        elif row.key.startswith("planned") and row.year is not None:
            after = [new.get((row.key, month), row.values.get(month)) for month in entry.grid.months]
            row.year = total(after)
    return values


def moved_words(seen: str, found: PhasedYear, history: ReadingHistory, unit: str) -> list[str]:
    """What has changed since a preview was shown, month by month, with who changed it; or that the phasing itself gives others now."""
    try:
        shown = {str(month): parse_figure(str(now)) for month, now, _ in json.loads(seen)}
    except (ValueError, TypeError, RecursionError):
        shown = {}
    words = []
    for one in found.months:
        key = f"{one.month:%Y-%m}"
        if key not in shown or shown[key] == one.now:
            continue
        asked = ("planned_numerator", one.month)
        edit = next((edit for edit in history.edits if (edit.part, edit.period) == asked), None)
        who = f", by {edit.who} at {moment(edit.when)}" if edit else ""
        before, now = (number(figure) or "empty" for figure in (shown[key], one.now))
        words.append(f"{month_name(one.month)}: {before} {unit} when you looked, {now} now{who}.")
    return words or ["What the year is phased by has changed: a build-up, an impact or a closed month."]
