"""Lines that are the sum of others: a measure with parts, followed for the same whom, and a whole that is parted by specialty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from activity.models import Line
from activity.queries.lines import LinePosition, LineRecord, Month, PartOfLine
from opplan.calc import parts as calc
from opplan.calc.ratios import Kind

if TYPE_CHECKING:
    from opplan.plans.models import Plan

FIGURES = {
    "planned_numerator": ("Plan", "numerator"),
    "planned_denominator": ("Plan", "denominator"),
    "actual_numerator": ("Actual", "numerator"),
    "actual_denominator": ("Actual", "denominator"),
}


@dataclass(frozen=True)
class PartLine:
    """A line that is part of another, with what it holds by month."""

    reference: str
    code: str
    name: str
    held: Mapping[date, Month]


@dataclass(frozen=True)
class Sum:
    """One figure of one month: the whole, the parts in their order, their sum, and by how much the whole exceeds it."""

    period: date
    figure: str
    whole: Decimal | None
    parts: Sequence[Decimal | None]
    added: Decimal | None
    difference: Decimal | None

    @property
    def side(self) -> str:
        return FIGURES[self.figure][0]


@dataclass(frozen=True)
class Whole:
    """A line with its parts. `sums` are the figures that can be compared: those that the whole and every part hold.

    `complete` says that the catalogue's parts are all there, so that they must add to the whole. Specialties may be some of them:
    what they lack is elsewhere, but they cannot exceed the whole.
    """

    reference: str
    name: str
    kind: Kind
    complete: bool
    parts: Sequence[PartLine]
    sums: Sequence[Sum]

    @property
    def unequal(self) -> list[Sum]:
        """The figures where the whole cannot be made of its parts."""
        return [one for one in self.sums if (one.difference if self.complete else (one.difference or 0) < 0)]


@dataclass(frozen=True)
class _Shape:
    """What a line is of, and for whom."""

    key: int
    reference: str
    code: str
    name: str
    kind: str
    parent: str
    scope: str
    whose: tuple[int | None, int | None, str]
    title: str
    parts: int


def _shapes(plan: Plan) -> list[_Shape]:
    known = Q(measure__parts__organisation=None) | Q(measure__parts__organisation=plan.organisation_id)
    found = Line.objects.filter(plan=plan).annotate(parts_of_measure=Count("measure__parts", filter=known))
    rows = found.values_list(
        "pk",
        "reference",
        "measure__code",
        "measure__short_name",
        "measure__kind",
        "measure__parent__code",
        "scope",
        "provider_id",
        "initiative_id",
        "specialty",
        "title",
        "parts_of_measure",
    )
    return [
        # A line of the whole or of a provider may name the initiative that works on it: that does not change for whom it stands.
        _Shape(
            key,
            reference,
            code,
            name,
            kind,
            parent or "",
            scope,
            (
                provider,
                initiative if scope == Line.Scope.INITIATIVE else None,
                specialty or title * (scope == "specialty"),
            ),
            title,
            parts,
        )
        for key, reference, code, name, kind, parent, scope, provider, initiative, specialty, title, parts in rows
    ]


def _families(shapes: Sequence[_Shape]) -> Iterable[tuple[_Shape, list[_Shape]]]:
    """Each line that has parts among the plan's lines, with them."""
    by_parent, by_specialty = defaultdict(list), defaultdict(list)
    for one in shapes:
        if one.parent:
            by_parent[one.parent, one.scope, one.whose].append(one)
        if one.scope == Line.Scope.SPECIALTY:
            by_specialty[one.code, one.whose[0]].append(one)
    for one in shapes:
        parts = by_parent.get((one.code, one.scope, one.whose), [])
        if parts and len(parts) == one.parts:
            yield one, parts
        elif one.scope != Line.Scope.SPECIALTY and (some := by_specialty.get((one.code, one.whose[0]))):
            yield one, some


def wholes(plan: Plan, positions: Sequence[LinePosition]) -> list[Whole]:
    """The lines of the plan that have parts, checked month by month over the plan's year. One query."""
    held = {one.reference: {month.period: month for month in one.year} for one in positions if one.held is not None}
    return [
        _whole(
            shape.reference,
            shape.name,
            Kind(shape.kind),
            parts[0].parent == shape.code,
            [
                PartOfLine(
                    one.reference,
                    one.code,
                    one.title if one.scope == Line.Scope.SPECIALTY and one.title else one.name,
                    one.parent != shape.code,
                )
                for one in parts
            ],
            held,
            plan.months,
        )
        for shape, parts in _families(_shapes(plan))
        if all(one.reference in held for one in (shape, *parts))
    ]


def whole_of(found: LineRecord) -> Whole | None:
    """The line with its parts, over the plan's year; None where it has none, or one of them has no figures at all. No query."""
    position = found.position
    by_measure = [one for one in found.parts if not one.by_specialty]
    complete = bool(by_measure) and len(by_measure) == getattr(found.line, "parts_of_measure", 0)
    parts = by_measure if complete else [one for one in found.parts if one.by_specialty]
    if not parts:
        return None
    held: dict[str, Mapping[date, Month]] = {one.reference: found.parts[one] for one in parts}
    held[position.reference] = {month.period: month for month in position.year}
    return _whole(position.reference, position.short_name, position.kind, complete, parts, held, found.line.plan.months)


def _whole(
    reference: str,
    name: str,
    kind: Kind,
    complete: bool,
    parts: Sequence[PartOfLine],
    held: Mapping[str, Mapping[date, Month]],
    months: Sequence[date],
) -> Whole:
    sums = []
    for figure in FIGURES:
        for month in months:
            whole, *rest = (
                getattr(held[one].get(month), figure, None) for one in (reference, *(part.reference for part in parts))
            )
            difference = calc.difference(whole, rest)
            if difference is not None:
                sums.append(Sum(month, figure, whole, rest, calc.added(rest), difference))
    lines = [PartLine(one.reference, one.code, one.name, held[one.reference]) for one in parts]
    return Whole(reference, name, kind, complete, lines, sums)
