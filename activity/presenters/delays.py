"""The control group's page of delayed transfers: its sentences, what stands at a glance, its charts and the words of each section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from activity.presenters.chart import LineChart
from activity.presenters.delay_charts import body_chart, month_chart, spoken, week_chart
from activity.presenters.delay_rows import (
    BodyRow,
    DueRow,
    FormRow,
    InitiativeRow,
    MetricRow,
    MonthRow,
    PlaceRow,
    ReasonRow,
    ShareRow,
    WeekRow,
    base_month,
    beds,
    body_rows,
    due_rows,
    form_rows,
    initiative_rows,
    metric_rows,
    month_rows,
    place_rows,
    quarter,
    reason_rows,
    share_rows,
    signed,
    week_rows,
)
from activity.presenters.delay_words import (
    STALE,
    avoided_takeaway,
    body_takeaway,
    carried,
    context,
    headline,
    initiative_takeaway,
    lead,
    month_takeaway,
    most,
    out_takeaway,
    per_adults,
    place_takeaway,
    share_takeaway,
    source,
    warnings,
    week_takeaway,
)
from activity.presenters.words import Address
from activity.queries.control_group import ControlGroup
from activity.queries.delays import CUTS, QuarterShare, Week
from activity.queries.reasons import reason_called
from opplan.calc.delays import Slice, pareto
from opplan.calc.money import rounded
from opplan.calc.months import end_of, month_number, next_month
from opplan.web import formats
from opplan.web.formats import number, per_cent, pounds

WEEKS_SHOWN = 10


@dataclass(frozen=True)
class Glance:
    """One figure at a glance, what qualifies it, and the words beneath; illustrative figures are tagged."""

    title: str
    figure: str
    unit: str
    note: str
    basis: str = ""


@dataclass(frozen=True)
class DelaysPage:
    """The page, ready to be shown. An empty sequence or None is a section that has nothing to show, and says so."""

    month: date
    empty: bool
    context: str
    headline: str
    lead: str
    warnings: Sequence[str]
    glances: Sequence[Glance]
    due: Sequence[DueRow]
    due_note: str
    week_chart: LineChart | None
    week_takeaway: str
    weeks: Sequence[WeekRow]
    week_basis: str
    month_chart: LineChart | None
    month_takeaway: str
    months: Sequence[MonthRow]
    earlier: Sequence[MonthRow]
    forms: Sequence[FormRow]
    carried: str
    per_adults: str
    adults_basis: str
    official_url: str
    reasons: Sequence[ReasonRow]
    reason_total: ReasonRow | None
    reason_takeaway: str
    reason_heads: tuple[str, str, str]
    body_chart: LineChart | None
    body_takeaway: str
    bodies: Sequence[BodyRow]
    places: Sequence[PlaceRow]
    place_takeaway: str
    providers_held: bool
    initiatives: Sequence[InitiativeRow]
    initiative_total: InitiativeRow | None
    initiative_takeaway: str
    initiatives_illustrative: bool
    out_of_county: Sequence[tuple[str, str]]
    out_takeaway: str
    out_basis: str
    avoided: Sequence[tuple[str, str]]
    avoided_takeaway: str
    metrics: Sequence[MetricRow]
    shares: Sequence[ShareRow]
    share_takeaway: str
    share_basis: str
    source: str


def delays_page(found: ControlGroup, address: Address) -> DelaysPage:
    """Everything the page shows. `address` gives the page of an initiative or a line: address("initiative", "DTOC-D2A")."""
    slices = _slices(found)
    week = found.counted[-1] if found.counted else None
    return DelaysPage(
        month=found.month,
        empty=not (found.official or found.weekly or found.days or found.initiatives),
        context=context(found, week),
        headline=headline(found),
        lead=lead(found, slices),
        warnings=warnings(found),
        glances=_glances(found, week),
        due=due_rows(found.due, address),
        due_note=f"Overdue, or planned or expected within thirty days, at {formats.day(end_of(found.month))}.",
        week_chart=week_chart(found, week),
        week_takeaway=week_takeaway(found),
        weeks=week_rows(found.counted[-WEEKS_SHOWN:]),
        week_basis="illustrative" if week and week.basis == "illustrative" else "",
        month_chart=month_chart(found),
        month_takeaway=month_takeaway(found),
        months=month_rows(found, this_year=True),
        earlier=month_rows(found, this_year=False),
        forms=form_rows(found),
        carried=carried(found),
        per_adults=per_adults(found),
        adults_basis=found.adults_basis,
        official_url=address("line " + found.official.reference) if found.official else "",
        reasons=reason_rows(found, slices),
        reason_total=_reason_total(found, slices),
        reason_takeaway=most(slices, found.month),
        reason_heads=_heads(found),
        body_chart=body_chart(found),
        body_takeaway=body_takeaway(found),
        bodies=body_rows(found),
        places=place_rows(found),
        place_takeaway=place_takeaway(found),
        providers_held=bool(found.providers),
        initiatives=initiative_rows(found, address),
        initiative_total=_initiative_total(found),
        initiative_takeaway=initiative_takeaway(found),
        initiatives_illustrative=any(one.illustrative for one in found.initiatives),
        out_of_county=_out_of_county(found),
        out_takeaway=out_takeaway(found),
        out_basis=found.out_of_county.now.basis if found.out_of_county else "",
        avoided=_avoided(found),
        avoided_takeaway=avoided_takeaway(found),
        metrics=metric_rows(found, address),
        shares=share_rows(found.shares),
        share_takeaway=share_takeaway(found.shares),
        share_basis="illustrative" if any(one.basis == "illustrative" for one in found.shares) else "",
        source=source(found),
    )


def _slices(found: ControlGroup) -> list[Slice]:
    """The month's reasons by size, in delayed days."""
    now = found.ours.get(found.month)
    return pareto(now.of("reason")) if now and now.of("reason") else []


def _glances(found: ControlGroup, week: Week | None) -> list[Glance]:
    shown = []
    if week:
        last = next((one for one in reversed(found.weeks) if one.planned is not None), None)
        aim = f"; {number(last.planned)} by {spoken(last.day)}" if last and last.planned is not None else ""
        note = f"Trajectory {number(week.planned)}{aim}" if week.planned is not None else "No trajectory"
        stale = end_of(found.month) - week.day >= STALE
        title = f"{'Last counted' if stale else 'Delayed'} on {spoken(week.day)}"
        shown.append(Glance(title, number(week.actual), "patients", note, week.basis))
    now = found.now
    if now and now.beds is not None:
        note = f"Trajectory {beds(now.planned)}" if now.planned is not None else "No trajectory"
        if found.months[-1].planned is not None:
            note += f"; {beds(found.months[-1].planned)} in {found.months[-1].period:%B}"
        shown.append(Glance(f"Average in {formats.month(found.month)}", beds(now.beds), "beds a day", note))
    if now and now.share is not None and now.occupancy:
        firm = "provisional" if now.occupancy.provisional else ""
        target = f"Target {formats.plain(found.target_share)}%, " if found.target_share is not None else ""
        note = f"{target}{beds(now.allowed)} beds; occupied beds of {quarter(now.occupancy.quarter)}"
        shown.append(Glance("Share of occupied bed days", per_cent(now.share), firm, note[:1].upper() + note[1:]))
    if share := _latest_share(found.shares):
        if share.released is not None:
            note = f"{per_cent(100 * (share.achieved or Decimal(0)), 0)} of the planned reduction"
            figure, unit = pounds(share.released), f"of {pounds(share.amount)}"
        else:
            figure, unit, note = pounds(share.amount), "at stake", f"{share.reported} of 3 months reported"
        which = (month_number(share.quarter) + 2) // 3
        shown.append(Glance(f"Risk share, quarter {which}", figure, unit, note, share.basis))
    return shown


def _latest_share(shares: Sequence[QuarterShare]) -> QuarterShare | None:
    """The last quarter that has ended, else the first."""
    ended = [one for one in shares if one.ended]
    return ended[-1] if ended else next(iter(shares), None)


def _heads(found: ControlGroup) -> tuple[str, str, str]:
    """The headings of a month compared: what with, the month before, and the month."""
    return (
        f"{base_month(found):%B}",
        f"{next_month(found.month, -1):%B}",
        f"{found.month:%B}",
    )


def _reason_total(found: ControlGroup, slices: Sequence[Slice]) -> ReasonRow | None:
    if not slices:
        return None
    then, before, now = (
        found.ours.get(month) for month in (base_month(found), next_month(found.month, -1), found.month)
    )
    wholes = [None if one is None else one.all_beds() for one in (then, before, now)]
    change = None if wholes[2] is None or wholes[0] is None else wholes[2] - wholes[0]
    return ReasonRow(
        "All reasons", "", "", "", beds(wholes[0]), beds(wholes[1]), beds(wholes[2]), signed(change), "100%", ""
    )


def _initiative_total(found: ControlGroup) -> InitiativeRow | None:
    if not any(one.line for one in found.initiatives):
        return None
    planned = [one.line.planned for one in found.initiatives if one.line and one.line.planned is not None]
    return InitiativeRow(
        "All initiatives",
        "",
        "",
        "",
        "",
        number(found.covered),
        number(sum(planned, Decimal(0))),
        number(found.claimed),
        None,
        "",
    )


def _out_of_county(found: ControlGroup) -> list[tuple[str, str]]:
    if found.out_of_county is None:
        return []
    due = [one for one in found.out_of_county.year if one.period <= found.month]
    return [(formats.short_month(one.period), number(one.actual)) for one in due]


def _avoided(found: ControlGroup) -> list[tuple[str, str]]:
    aim = found.non_elective
    if aim is None:
        return []
    return [
        ("Expected in the year", number(aim.expected)),
        ("To be avoided", number(aim.avoided)),
        ("Share of those expected", per_cent(aim.share, 2)),
        ("Planned", number(aim.planned)),
        ("Avoided so far", number(aim.reported) or "not reported"),
    ]


HEADS = ("Place", "Code", "Month", "Cut", "Category", "Reason", "Delayed days", "Average beds a day", "Basis")


def delay_cells(found: ControlGroup) -> list[list[Any]]:
    """Every delayed day held up to the month, by place, month and cut, for a spreadsheet."""
    return [
        [
            found.names.get(place, place),
            place,
            f"{month:%Y-%m}",
            cut,
            category,
            reason_called(category).name if cut == "reason" else "",
            days,
            formats.plain(rounded(held.beds(cut, category) or Decimal(0), 4)),
            ", ".join(sorted(held.basis)),
        ]
        for place, months in sorted(found.days.items())
        for month, held in sorted(months.items())
        for cut in CUTS
        for category, days in held.of(cut).items()
    ]
