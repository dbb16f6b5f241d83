"""A line that is made of others: its parts in a small table with their sum, and what does not add up in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from activity.presenters.words import written
from opplan.calc.money import total
from opplan.web import formats
from opplan.web.formats import counted, number

if TYPE_CHECKING:
    from activity.queries import Sum, Whole

Address = Callable[..., str]
PLANNED, ACTUAL = "planned_numerator", "actual_numerator"


@dataclass(frozen=True)
class PartRow:
    """A part of a line with the sums of the months that can be compared."""

    name: str
    code: str
    url: str
    plan: str
    actual: str


@dataclass(frozen=True)
class PartsTable:
    """The parts of a line, their sum, the whole, and the difference; and what does not add up, month by month."""

    note: str
    rows: Sequence[PartRow]
    added: PartRow
    whole: PartRow
    difference: PartRow
    findings: Sequence[str]


def parts_table(found: Whole, address: Address) -> PartsTable:
    plan, actual = ([one for one in found.sums if one.figure == figure] for figure in (PLANNED, ACTUAL))
    rows = [
        PartRow(
            part.name, part.code, address("activity:line", reference=part.reference), _of(plan, at), _of(actual, at)
        )
        for at, part in enumerate(found.parts)
    ]
    added = PartRow("Sum of the parts", "", "", _sum(plan, "added"), _sum(actual, "added"))
    whole = PartRow("This line", "", "", _sum(plan, "whole"), _sum(actual, "whole"))
    gap = "Difference" if found.complete else "In other specialties"
    difference = PartRow(gap, "", "", _sum(plan, "difference", signed=True), _sum(actual, "difference", signed=True))
    return PartsTable(
        _note(plan, actual), rows, added, whole, difference, [finding(found, one) for one in found.unequal]
    )


def _note(plan: Sequence[Sum], actual: Sequence[Sum]) -> str:
    """How many months the table holds: those that the line and every part hold."""
    held = f"Plan of {counted(len(plan), 'month')}, actual of {counted(len(actual), 'month')}"
    return f"{held}: those that the line and every part hold. A ratio’s numerators are added."


def _of(sums: Sequence[Sum], at: int) -> str:
    return written(total(one.parts[at] for one in sums))


def _sum(sums: Sequence[Sum], name: str, *, signed: bool = False) -> str:
    value = total(getattr(one, name) for one in sums)
    if value is None:
        return ""
    return number(value, 0 if value % 1 == 0 else 1, signed=True) if signed else written(value)


def finding(found: Whole, one: Sum) -> str:
    """What does not add up in one month, with both figures."""
    what = "" if one.figure.endswith("numerator") else " denominator"
    gap = one.difference or Decimal(0)
    where = f"{found.name} ({found.reference}), {formats.month(one.period)}, {one.side.lower()}{what}"
    apart = number(gap, 0 if gap % 1 == 0 else 1, signed=True)
    return f"{where}: {written(one.whole)}, but its parts add to {written(one.added)}, a difference of {apart}."


def parts_findings(found: Sequence[Whole], most: int = 5) -> list[str]:
    """What does not add up among the lines of a plan: the first few in full, then how many more."""
    every = [finding(whole, one) for whole in found for one in whole.unequal]
    more = [f"And {len(every) - most} more."] if len(every) > most else []
    return every[:most] + more
