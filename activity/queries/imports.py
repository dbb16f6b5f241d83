"""What an import would do to a plan: its files are read, matched with what the plan holds, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from activity.imports.figures import DelayFigure, Figure
from activity.imports.ground import (
    Aims,
    DelayKey,
    Ground,
    HeldDelay,
    HeldReading,
    KnownLine,
    KnownMeasure,
    Preview,
    ReadingKey,
)
from activity.imports.matching import aims
from activity.imports.outcomes import effects
from activity.models import Delay, Line, Measure, Reading
from opplan.calc.ratios import Counted, Kind
from opplan.imports.report import Place, Report, Severity
from opplan.plans.queries import closed_months, known_codes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

ADDED = "Added by an import of published figures"
"""The source of a line that no plan had before its figures came in."""
PARTS_OF_500 = 500
"""How many lines one statement names: SQLite takes no more than a thousand values."""


def ground_of(plan: Plan) -> Ground:
    """What files are matched against. Five queries."""
    measures = {
        row[0]: KnownMeasure(*row[:4], Kind(row[4]), row[5], Counted(row[6]))
        for row in Measure.objects.filter(Q(organisation=None) | Q(organisation=plan.organisation_id), round=plan.round)
        .order_by("position", "code")
        .values_list("pk", "code", "short_name", "feed", "kind", "frequency", "counted")
    }
    lines = []
    references = set()
    for key, reference, title, measure, scope, provider, specialty, frequency in Line.objects.filter(
        plan=plan
    ).values_list("pk", "reference", "title", "measure_id", "scope", "provider_id", "specialty", "frequency"):
        references.add(reference.upper())
        if scope != "initiative" and measure in measures:
            held = measures[measure]
            lines.append(
                KnownLine(key, reference, title, held, scope, provider, specialty, frequency or held.frequency)
            )
    organisations = {plan.organisation_id, *(line.provider for line in lines if line.provider)}
    codes: dict[str, Any] = {}
    for known in known_codes(organisations):
        # An organisation that the plan follows under its own name is never taken for the one that it became.
        codes.setdefault(known.code, known)
    return Ground(
        plan.organisation_id, codes, list(measures.values()), lines, references, closed_months(plan), plan.months[-1]
    )


def preview_of(
    plan: Plan, figures: Iterable[Figure | DelayFigure], report: Report, ground: Ground | None = None
) -> Preview:
    """What loading these figures would do. At most seven queries, two more for each 500 lines."""
    ground = ground or ground_of(plan)
    unread = report.number(Severity.ERROR)
    found = aims(figures, ground, report)
    listed = effects(found, _held_readings(found), _held_delays(plan, found), ground, report)
    return Preview(listed, [line for line in found.lines.values() if line.key is None], report, unread)


def _held_readings(found: Aims) -> dict[ReadingKey, HeldReading]:
    references = {line.key: line.reference for line in found.lines.values() if line.key is not None}
    keys = list(references)
    held: dict[ReadingKey, HeldReading] = {}
    for start in range(0, len(keys), PARTS_OF_500):
        rows = Reading.objects.filter(line_id__in=keys[start : start + PARTS_OF_500]).values_list(
            *(
                "line_id",
                "period",
                "actual_numerator",
                "actual_denominator",
                "status",
                "planned_numerator",
                "basis",
                "source",
                "pk",
            )
        )
        for line, period, numerator, denominator, status, planned, basis, source, key in rows:
            held[references[line], period] = HeldReading(
                numerator, denominator, status, planned is not None, basis, source, key
            )  # fmt: skip
    return held


def _held_delays(plan: Plan, found: Aims) -> dict[DelayKey, HeldDelay]:
    if not found.delays:
        return {}
    places = {key[0] for key in found.delays}
    periods = {key[1] for key in found.delays}
    rows = Delay.objects.filter(
        plan=plan, place__in=places, period__gte=min(periods), period__lte=max(periods)
    ).order_by()
    return {tuple(row[:6]): HeldDelay(*row[6:]) for row in rows.values_list(*DELAY_KEY, "days", "patients", "status")}


DELAY_KEY = ("place", "period", "cut", "care", "body", "reason")


# Figures as plain values, kept between a preview and its loading


def kept(figures: Iterable[Figure | DelayFigure]) -> list[list[Any]]:
    """Figures as plain values that a database stores."""
    return [_plain(one) for one in figures]


def _plain(one: Figure | DelayFigure) -> list[Any]:
    place = [one.place.file, one.place.sheet, one.place.cell]
    published = one.published and one.published.isoformat()
    if isinstance(one, DelayFigure):
        delay = [one.organisation, one.period.isoformat(), one.cut, one.care, one.reason, one.body, str(one.days)]
        return ["delay", *delay, _text(one.patients), place, published]
    values = [
        one.organisation,
        one.feed,
        one.period.isoformat(),
        _text(one.numerator),
        _text(one.denominator),
        one.status,
    ]
    return ["figure", *values, place, one.specialty, one.measure, published]


def unpacked(rows: Iterable[list[Any]]) -> list[Figure | DelayFigure]:
    """The figures that `kept` made plain."""
    return [_figure(row) for row in rows]


def _figure(row: list[Any]) -> Figure | DelayFigure:
    published = date.fromisoformat(row[-1]) if row[-1] else None
    if row[0] == "delay":
        _, organisation, period, cut, care, reason, body, days, patients, place, _ = row
        return DelayFigure(
            organisation,
            date.fromisoformat(period),
            cut,
            care,
            reason,
            body,
            Decimal(days),
            _number(patients),
            Place(*place),
            published,
        )
    _, organisation, feed, period, numerator, denominator, status, place, specialty, measure, _ = row
    return Figure(
        organisation,
        feed,
        date.fromisoformat(period),
        _number(numerator),
        _number(denominator),
        status,
        Place(*place),
        specialty,
        measure,
        published,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def line_names(plan: Plan) -> dict[str, tuple[str, str, Kind]]:
    """The measure's short name, whose it is, and the kind of each line of the plan, by reference. One query."""
    rows = Line.objects.filter(plan=plan).values_list("reference", "measure__short_name", "title", "measure__kind")
    return {reference: (name, title, Kind(kind)) for reference, name, title, kind in rows}


# The readings of one line, for whoever checks without a browser


class NoSuchLine(LookupError):
    """The plan has no line that is asked for, or several; the text names them."""


def line_of_measure(plan: Plan, code: str, reference: str = "") -> Line:
    """The plan's line of a measure: the one at `reference`, else the whole commissioner's, else the only one. NoSuchLine otherwise.

    Lines that an import added count only where the plan has no other.
    """
    rows = list(
        Line.objects.filter(plan=plan, measure__code__iexact=code).select_related("measure").order_by("reference")
    )
    if not rows:
        raise NoSuchLine(f"{plan} has no line of the measure {code}.")
    if reference:
        chosen = [row for row in rows if row.reference.upper() == reference.upper()]
    else:
        chosen = [row for row in rows if row.scope == Line.Scope.WHOLE] or rows
        chosen = [row for row in chosen if row.source != ADDED] or chosen
        exact = [row for row in chosen if row.reference == row.measure.code]
        chosen = exact or chosen
    if len(chosen) != 1:
        named = ", ".join(row.reference for row in rows)
        asked = f"no line {reference} of" if reference else "several lines of"
        raise NoSuchLine(f"{plan} has {asked} the measure {code}. Say which: --line with one of {named}.")
    return chosen[0]
