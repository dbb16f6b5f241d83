"""The monthly round: which schemes still owe their figure, who is asked for it, and who has given it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.calc.months import end_of
from opplan.web import formats
from opplan.web.grid import cell_id

if TYPE_CHECKING:
    from datetime import datetime

    from finance.queries import MonthOfSavings, SchemePosition
    from finance.queries.months import Reported
    from initiatives.queries import InitiativeEntry

Address = Callable[..., str]
NOBODY = "No owner named"
COUNTED_DAYS = 92
"""Days after a quarter of a year tell less than the day itself."""


@dataclass(frozen=True)
class RoundRow:
    """A scheme in the round. Money in pounds; `actual` is None where it still owes the month."""

    reference: str
    title: str
    owner: str
    programme: str
    url: str
    planned: Decimal
    actual: Decimal | None
    status: str
    who: str
    when: datetime | None

    @property
    def owes(self) -> bool:
        return self.actual is None


@dataclass(frozen=True)
class Owed:
    """What one owner still owes."""

    owner: str
    rows: Sequence[RoundRow]
    planned: Decimal


@dataclass(frozen=True)
class MonthlyRound:
    """The round of a month: what is owed by owner, the most waiting first, and what has come."""

    headline: str
    lead: str
    owed: Sequence[Owed]
    told: Sequence[RoundRow]
    reminders: str
    days: int


def monthly_round(
    schemes: Sequence[SchemePosition],
    months: Iterable[MonthOfSavings],
    reported: Mapping[str, Reported],
    initiatives: Mapping[int, InitiativeEntry],
    month: date,
    today: date,
    url: Address,
) -> MonthlyRound:
    """Every scheme that somebody is to deliver and that plans a saving in the month, or has an actual of it."""
    held = {one.scheme: one for one in months if one.month == month}
    rows = [
        _row(scheme, held[scheme.reference], reported.get(scheme.reference), initiatives, month, url)
        for scheme in schemes
        if not scheme.nobodys
        and scheme.reference in held
        and (held[scheme.reference].planned_saving or held[scheme.reference].actual_saving is not None)
    ]
    owing: dict[str, list[RoundRow]] = {}
    for row in rows:
        if row.owes:
            owing.setdefault(row.owner, []).append(row)
    owed = sorted(
        (Owed(owner, mine, sum((row.planned for row in mine), Decimal(0))) for owner, mine in owing.items()),
        key=lambda one: (-one.planned, one.owner),
    )
    days = (today - end_of(month)).days
    return MonthlyRound(
        _headline(rows, month),
        _lead(owed, month, days),
        owed,
        sorted((row for row in rows if not row.owes), key=lambda row: row.reference),
        "\n".join(_reminder(one, month) for one in owed),
        days,
    )


def _row(
    scheme: SchemePosition,
    one: MonthOfSavings,
    reported: Reported | None,
    initiatives: Mapping[int, InitiativeEntry],
    month: date,
    url: Address,
) -> RoundRow:
    within = initiatives.get(scheme.initiative_key or 0)
    address = url("finance:scheme", reference=scheme.reference)
    return RoundRow(
        scheme.reference,
        scheme.title,
        scheme.owner or NOBODY,
        within.programme if within else "",
        f"{address}#{cell_id(f'{scheme.reference} actual', month)}",
        one.planned_saving or Decimal(0),
        one.actual_saving,
        one.status,
        (reported.who or "Loaded with the plan") if reported else "",
        reported.when if reported else None,
    )


def _headline(rows: Sequence[RoundRow], month: date) -> str:
    waiting = [row for row in rows if row.owes]
    named = formats.month(month)
    if not rows:
        return f"No scheme plans a saving in {named}"
    if not waiting:
        return f"All {formats.counted(len(rows), 'scheme')} have reported {named}"
    owe = "owes" if len(waiting) == 1 else "owe"
    planned = formats.in_words(sum((row.planned for row in waiting), Decimal(0)))
    return (
        f"{len(waiting)} of {formats.counted(len(rows), 'scheme')} still {owe} {named}: {planned} of plan without word"
    )


def _lead(owed: Sequence[Owed], month: date, days: int) -> str:
    if days < 0:
        return f"{formats.month(month)} ends in {formats.counted(-days, 'day')}."
    ended = f"{formats.month(month)} ended {_ago(end_of(month), days)}."
    if not owed:
        return ended
    most = owed[0]
    owners = f"{formats.counted(len(owed), 'owner')} to remind; " if len(owed) > 1 else ""
    return f"{ended} {owners}{most.owner} owes the most, {formats.in_words(most.planned)} in {formats.counted(len(most.rows), 'scheme')}."


def _ago(ended: date, days: int) -> str:
    if days > COUNTED_DAYS:
        return f"on {formats.day(ended)}"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def _reminder(one: Owed, month: date) -> str:
    schemes = "; ".join(f"{row.reference} {row.title} ({formats.pounds(row.planned)} planned)" for row in one.rows)
    return f"{one.owner}: {formats.month(month)} is not reported for {schemes}."


CSV_HEADS = (
    "Owner",
    "Reference",
    "Scheme",
    "Programme",
    "Month",
    "Plan of the month, £",
    "Actual, £",
    "Actual is",
    "Reported by",
    "Reported on",
    "Days since the month ended",
)


def csv_rows(found: MonthlyRound, month: date) -> Iterable[Sequence[object]]:
    """The round as a download: what is owed first."""
    for row in [*(row for one in found.owed for row in one.rows), *found.told]:
        yield (
            row.owner,
            row.reference,
            row.title,
            row.programme,
            f"{month:%Y-%m}",
            row.planned,
            row.actual,
            row.status,
            row.who,
            f"{row.when:%Y-%m-%d %H:%M}" if row.when else "",
            max(found.days, 0) if row.owes else "",
        )
