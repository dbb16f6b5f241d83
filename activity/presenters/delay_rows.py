"""The tables of the control group's page, row by row: figures written out, bars as coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from activity.presenters.words import Address
from activity.queries.control_group import ControlGroup, InitiativeBeds
from activity.queries.delays import DaysByCut, DelaysMonth, QuarterShare, Week
from activity.queries.reasons import reason_called
from initiatives.queries import MilestoneEntry
from opplan.calc.delays import Slice, level_after, share_of_beds
from opplan.calc.months import next_month
from opplan.calc.rag import Judgement
from opplan.calc.ratios import Kind
from opplan.web import formats
from opplan.web.formats import measure_value, number, per_cent, pounds
from opplan.web.reasons import sentence

BODIES = {"nhs": "NHS", "social_care": "Social care", "both": "Both"}
CARES = {"acute": "Acute", "non_acute": "Not acute"}


def beds(value: Decimal | None) -> str:
    return number(value, 1)


def signed(value: Decimal | None, places: int = 1) -> str:
    return number(value, places, signed=True)


def quarter(first: date) -> str:
    """April to June 2016."""
    last = next_month(first, 2)
    return f"{first:%B} to {last:%B %Y}"


def base_month(found: ControlGroup) -> date:
    """What a month is compared with: April of the year, or in April the month before it."""
    april = found.official.year_start if found.official else found.month
    return april if found.month > april else next_month(found.month, -1)


@dataclass(frozen=True)
class WeekRow:
    day: str
    planned: str
    actual: str
    difference: str


def week_rows(weeks: Sequence[Week]) -> list[WeekRow]:
    """The latest first."""
    return [
        WeekRow(f"{week.day.day} {week.day:%b}", number(week.planned), number(week.actual), signed(week.difference, 0))
        for week in reversed(weeks)
    ]


@dataclass(frozen=True)
class MonthRow:
    """A month of the official series. `share` is per cent of occupied bed days."""

    month: date
    beds: str
    planned: str
    difference: str
    share: str
    provisional: bool
    allowed: str
    here: bool
    due: bool


def month_rows(found: ControlGroup, *, this_year: bool) -> list[MonthRow]:
    """The months of the year, or those held of the year before."""
    start = found.official.year_start if found.official else found.month
    return [
        _month_row(one, found.month)
        for one in found.months
        if (one.period >= start if this_year else one.period < start and one.beds is not None)
    ]


def _month_row(one: DelaysMonth, month: date) -> MonthRow:
    return MonthRow(
        one.period,
        beds(one.beds),
        beds(one.planned),
        signed(one.difference),
        per_cent(one.share),
        one.share is not None and one.occupancy is not None and one.occupancy.provisional,
        beds(one.allowed),
        here=one.period == month,
        due=one.period <= month,
    )


@dataclass(frozen=True)
class FormRow:
    """One way to say where delays are or should be: in beds a day, and in per cent of occupied beds; and how far off that is."""

    name: str
    beds: str
    share: str
    distance: str


def form_rows(found: ControlGroup) -> list[FormRow]:
    """The month, the trajectory, and the target in each of its forms, converted into one another with the same occupied beds."""
    now = found.now
    if now is None or now.occupancy is None:
        return []
    occupied = now.occupancy.beds
    levels: list[tuple[str, Decimal | None]] = [
        (f"{now.period:%B}", now.beds),
        (f"Trajectory for {now.period:%B}", now.planned),
    ]
    if found.target_share is not None:
        levels.append((f"{formats.plain(found.target_share)}% of occupied bed days", now.allowed))
    if found.target_level is not None:
        levels.append((f"A level of {formats.plain(found.target_level)}", found.target_level))
    if found.baseline is not None and found.fewer is not None:
        name = f"{number(found.fewer)} fewer than {number(found.baseline)} ({per_cent(100 * found.fewer / found.baseline, 0)} less)"
        levels.append((name, level_after(found.baseline, found.fewer)))
    return [
        FormRow(
            name,
            beds(level),
            per_cent(share_of_beds(level, occupied)),
            "" if now.beds is None or at == 0 else signed(now.beds - level),
        )
        for at, (name, level) in enumerate(levels)
        if level is not None
    ]


@dataclass(frozen=True)
class ReasonRow:
    """A reason: its bar (in per cent of the longest), where April stood, and its beds a day then, a month ago and now."""

    name: str
    code: str
    bar: str
    mark: str
    base: str
    before: str
    now: str
    change: str
    share: str
    together: str


def reason_rows(found: ControlGroup, slices: Sequence[Slice]) -> list[ReasonRow]:
    """The largest first. Where April (or the month before it) holds no reasons its cells are empty, never nought."""
    if not slices:
        return []
    now, before, then = (
        found.ours.get(month) for month in (found.month, next_month(found.month, -1), base_month(found))
    )
    assert now is not None
    values = [(one, now.beds("reason", one.name), _beds(before, one.name), _beds(then, one.name)) for one in slices]
    longest = max(value or Decimal(0) for _, *three in values for value in (three[0], three[2]))
    return [_reason_row(one, is_now, was, base_beds, longest or Decimal(1)) for one, is_now, was, base_beds in values]


def _beds(month: DaysByCut | None, reason: str) -> Decimal | None:
    return None if month is None else month.beds("reason", reason)


def _reason_row(
    one: Slice, now: Decimal | None, was: Decimal | None, base: Decimal | None, longest: Decimal
) -> ReasonRow:
    reason = reason_called(one.name)
    return ReasonRow(
        reason.short_name,
        reason.written,
        _width(now, longest),
        _width(base, longest),
        beds(base),
        beds(was),
        beds(now),
        "" if now is None or base is None else signed(now - base),
        per_cent(one.share, 0),
        per_cent(one.cumulative, 0),
    )


def _width(value: Decimal | None, longest: Decimal) -> str:
    return "" if value is None else f"{100 * value / longest:.1f}%"


@dataclass(frozen=True)
class BodyRow:
    month: date
    parts: Sequence[str]
    whole: str


def body_rows(found: ControlGroup) -> list[BodyRow]:
    """Beds a day by responsible organisation, the latest month first."""
    return [
        BodyRow(month, [beds(held.beds("body", body)) for body in BODIES], beds(held.all_beds()))
        for month, held in sorted(found.ours.items(), reverse=True)
        if held.of("body")
    ]


@dataclass(frozen=True)
class PlaceRow:
    """Delays at one place, or of one type of care: beds a day in April, a month ago and now."""

    name: str
    code: str
    base: str
    before: str
    now: str
    change: str
    share: str
    total: bool = False


def place_rows(found: ControlGroup) -> list[PlaceRow]:
    """Our residents by type of care, then each provider that is held, by the patients in its beds."""
    months = (base_month(found), next_month(found.month, -1), found.month)
    rows = list[PlaceRow]()
    now = found.ours.get(found.month)
    if now is not None and now.of("care"):
        three = [found.ours.get(month) for month in months]
        for care, name in CARES.items():
            values = [None if one is None else one.beds("care", care) for one in three]
            rows.append(_place_row(name, "", values, now.all_beds()))
        rows.append(
            _place_row(
                "Both types", "", [None if one is None else one.all_beds() for one in three], now.all_beds(), total=True
            )
        )
    for place, held in sorted(found.providers.items(), key=lambda item: found.names.get(item[0], item[0])):
        if month := held.get(found.month):
            values = [_whole(held, one) for one in months]
            rows.append(_place_row(found.names.get(place, place), place, values, month.all_beds()))
    return rows


def _whole(held: Mapping[date, DaysByCut], month: date) -> Decimal | None:
    return held[month].all_beds() if month in held else None


def _place_row(
    name: str, code: str, values: Sequence[Decimal | None], whole: Decimal | None, *, total: bool = False
) -> PlaceRow:
    base, before, now = values
    return PlaceRow(
        name,
        code,
        beds(base),
        beds(before),
        beds(now),
        "" if now is None or base is None else signed(now - base),
        "" if code or now is None or not whole else per_cent(100 * now / whole, 0),
        total,
    )


@dataclass(frozen=True)
class InitiativeRow:
    """What an initiative is to free and has freed, in beds a day, with its owner and its rating."""

    title: str
    url: str
    line_url: str
    owner: str
    updated: str
    by_year_end: str
    planned: str
    actual: str
    judgement: Judgement | None
    why: str


def initiative_rows(found: ControlGroup, address: Address) -> list[InitiativeRow]:
    return [_initiative_row(one, address) for one in found.initiatives]


def _initiative_row(one: InitiativeBeds, address: Address) -> InitiativeRow:
    line = one.line
    return InitiativeRow(
        one.title,
        address("initiative " + one.initiative.reference) if one.initiative else "",
        address("line " + line.reference) if line else "",
        one.owner or "nobody",
        formats.short_month(one.initiative.updated_for) if one.initiative else "",
        number(one.by_year_end),
        number(line.planned) if line else "",
        ("" if line.actual is None else number(line.actual)) if line else "",
        line.judgement if line else None,
        sentence(line.judgement) if line else "No trajectory yet",
    )


@dataclass(frozen=True)
class DueRow:
    """A milestone that asks for the group: how it stands, by when, whose."""

    title: str
    url: str
    initiative: str
    owner: str
    judgement: Judgement
    why: str
    when: str
    note: str
    illustrative: bool


def due_rows(due: Sequence[MilestoneEntry], address: Address) -> list[DueRow]:
    return [
        DueRow(
            one.title,
            address("milestone " + one.reference),
            one.initiative,
            one.owner,
            one.judgement,
            sentence(one.judgement),
            f"due {formats.day(one.due)}"
            + (f", now expected {formats.day(one.forecast)}" if one.forecast and one.forecast != one.due else ""),
            one.note,
            one.illustrative,
        )
        for one in due
    ]


@dataclass(frozen=True)
class MetricRow:
    """A metric of the Better Care Fund: plan and actual of its last whole period."""

    name: str
    url: str
    unit: str
    period: str
    planned: str
    actual: str
    illustrative: bool


def metric_rows(found: ControlGroup, address: Address) -> list[MetricRow]:
    rows = []
    for one in found.metrics:
        line, percentage = one.line, one.line.kind == Kind.PERCENTAGE
        period = "" if one.period is None else quarter(one.period) if line.frequency == "quarter" else "the year"
        rows.append(
            MetricRow(
                line.short_name.removesuffix(" (Better Care Fund)"),
                address("line " + line.reference),
                "" if percentage else line.unit,
                period[:1].upper() + period[1:],
                measure_value(one.planned, line.kind) or "none given",
                measure_value(one.actual, line.kind),
                one.illustrative,
            )
        )
    return rows


@dataclass(frozen=True)
class ShareRow:
    """A quarter of the risk share: planned and reached average beds, the share of the reduction, and the money."""

    quarter: str
    planned: str
    actual: str
    achieved: str
    amount: str
    released: str
    withheld: str
    standing: str


def share_rows(shares: Sequence[QuarterShare]) -> list[ShareRow]:
    return [
        ShareRow(
            quarter(one.quarter),
            beds(one.planned),
            beds(one.actual),
            "" if one.achieved is None else per_cent(100 * one.achieved, 0),
            pounds(one.amount),
            pounds(one.released),
            pounds(one.withheld),
            "" if one.released is not None else _standing(one),
        )
        for one in shares
    ]


def _standing(one: QuarterShare) -> str:
    if one.reported:
        return f"{one.reported} of 3 months reported"
    return "Not reported" if one.ended else "Not due"
