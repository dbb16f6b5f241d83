"""The rows that an import writes: lines, readings and delays, each with what it held before, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from activity.imports.ground import Effect, KnownLine, Outcome, Preview, exact
from activity.models import Delay, Line, Reading
from activity.queries.imports import ADDED, DELAY_KEY
from opplan.imports.actions import Written
from opplan.imports.provenance import Basis
from opplan.plans.attribution import ROWS_AT_ONCE, record_changes, record_new, record_new_values

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

LINE, READING, DELAY = "line", "reading", "delay"
PUBLISHED = Basis.PUBLISHED.value
ACTUAL_FIELDS = ("actual_numerator", "actual_denominator", "status", "source", "basis")
READING_FIELDS = ("line_id", "period", "planned_source", "planned_basis", *ACTUAL_FIELDS)
DELAY_FIGURE = ("days", "patients", "status", "source", "basis")
DELAY_FIELDS = ("plan_id", *DELAY_KEY, *DELAY_FIGURE)


def write_rows(plan: Plan, preview: Preview, *, by: User | None, why: str) -> list[Written]:
    """Write what the preview shows, each row with its history entry. Returns the rows with what they held and hold."""
    written: list[Written] = []
    keys = {line.reference: line.key for line in preview.proposed}
    if preview.proposed:
        made = record_new([_line(plan, line) for line in preview.proposed], Line, by=by, why=why)
        keys |= {row.reference: row.pk for row in made}
        written += [Written(LINE, row.pk, "", None, {"line": row.reference}) for row in made]
    writes = preview.writes
    written += _write_readings([one for one in writes if one.line is not None], keys, by=by, why=why)
    written += _write_delays(plan, [one for one in writes if one.delay is not None], by=by, why=why)
    return written


def _line(plan: Plan, line: KnownLine) -> Line:
    provider = {"provider_id": line.provider} if line.provider else {}
    return Line(
        plan=plan,
        reference=line.reference,
        measure_id=line.measure.key,
        scope=line.scope,
        title=line.title,
        frequency="" if line.frequency == line.measure.frequency else line.frequency,
        source=ADDED,
        basis=Basis.PUBLISHED,
        **provider,
    )


def _write_readings(
    effects: Sequence[Effect], keys: Mapping[str, int | None], *, by: User | None, why: str
) -> list[Written]:
    """Insert and update readings. A row that has a plan alone is an update too."""
    held = _held_rows(effects)
    written: list[Written] = []
    new: list[tuple[Effect, str]] = []
    values: list[tuple[Any, ...]] = []
    changed: list[Reading] = []
    for one in effects:
        assert one.line is not None
        place = str(one.place)
        if one.row is None:
            new.append((one, place))
            line = one.line.key or keys[one.line.reference]
            values.append((line, one.period, "", "", *one.will, place[:300], PUBLISHED))
            continue
        row = held[one.row]
        before = held_reading(row)
        row.actual_numerator, row.actual_denominator, row.status = one.will
        row.source, row.basis = place[:300], Basis.PUBLISHED
        changed.append(row)
        written.append(_wrote_reading(one, row.pk, place, before))
    record_changes(changed, Reading, ACTUAL_FIELDS, by=by, why=why)
    made = record_new_values(Reading, READING_FIELDS, values, by=by, why=why)
    return written + [_wrote_reading(one, key, place, None) for (one, place), key in zip(new, made, strict=True)]


def _held_rows(effects: Sequence[Effect]) -> dict[int, Reading]:
    """The rows that the effects fall on."""
    keys = [one.row for one in effects if one.row is not None]
    found: dict[int, Reading] = {}
    for start in range(0, len(keys), ROWS_AT_ONCE):
        found |= {row.pk: row for row in Reading.objects.filter(pk__in=keys[start : start + ROWS_AT_ONCE]).order_by()}
    return found


def _wrote_reading(one: Effect, key: int, place: str, before: dict[str, Any] | None) -> Written:
    assert one.line is not None
    numerator, denominator, status = one.will
    now = {
        "line": one.line.reference,
        "period": one.period.isoformat(),
        "numerator": exact(numerator),
        "denominator": exact(denominator),
        "status": status,
        "source": place[:300],
        "basis": PUBLISHED,
    }
    return Written(READING, key, place, before, now)


def held_reading(row: Reading) -> dict[str, Any]:
    """What a reading holds, as a batch keeps it."""
    return {
        "numerator": exact(row.actual_numerator),
        "denominator": exact(row.actual_denominator),
        "status": row.status,
        "source": row.source,
        "basis": str(row.basis),
    }


def _write_delays(plan: Plan, effects: Sequence[Effect], *, by: User | None, why: str) -> list[Written]:
    """Insert and update the categories of delays."""
    held: dict[tuple[Any, ...], Delay] = {}
    if any(one.outcome is Outcome.CHANGED for one in effects):
        places = {one.delay[0] for one in effects if one.delay}
        held = {
            tuple(getattr(row, name) for name in DELAY_KEY): row
            for row in Delay.objects.filter(plan=plan, place__in=places).order_by()
        }
    written: list[Written] = []
    new: list[tuple[Effect, str]] = []
    values: list[tuple[Any, ...]] = []
    changed: list[Delay] = []
    for one in effects:
        assert one.delay is not None
        assert one.will[0] is not None
        place = str(one.place)
        if one.outcome is Outcome.NEW:
            new.append((one, place))
            values.append((plan.pk, *one.delay, *one.will, place[:300], PUBLISHED))
            continue
        row = held[one.delay]
        before = held_delay(row)
        row.days, row.patients, row.status = one.will[0], one.will[1], one.will[2]
        row.source, row.basis = place[:300], Basis.PUBLISHED
        changed.append(row)
        written.append(_wrote_delay(one, row.pk, place, before))
    record_changes(changed, Delay, DELAY_FIGURE, by=by, why=why)
    made = record_new_values(Delay, DELAY_FIELDS, values, by=by, why=why)
    return written + [_wrote_delay(one, key, place, None) for (one, place), key in zip(new, made, strict=True)]


def _wrote_delay(one: Effect, key: int, place: str, before: dict[str, Any] | None) -> Written:
    assert one.delay is not None
    code, period, cut, care, body, reason = one.delay
    now = {
        "place": code,
        "period": period.isoformat(),
        "cut": cut,
        "care": care,
        "body": body,
        "reason": reason,
        "days": exact(one.will[0]),
        "patients": exact(one.will[1]),
        "status": one.will[2],
        "source": place[:300],
        "basis": PUBLISHED,
    }
    return Written(DELAY, key, place, before, now)


def held_delay(row: Delay) -> dict[str, Any]:
    """What a category of delays holds, as a batch keeps it."""
    return {
        "days": exact(row.days),
        "patients": exact(row.patients),
        "status": row.status,
        "source": row.source,
        "basis": str(row.basis),
    }
