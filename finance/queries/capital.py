"""Capital: the schemes that the plan names beside the lines of the programme that pay for them, in pounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import CapitalScheme
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from finance.queries.statements import Statement
    from opplan.plans.models import Plan

NONE = Decimal(0)


@dataclass(frozen=True)
class Funded:
    """A line of the capital programme in one year: what it holds and which schemes it pays for.

    `named` adds the schemes that are no part of another; `left` is what the programme holds for no named scheme. `programme` is None
    where the programme has no such line or gives no amount.
    """

    group: str
    year: str
    programme: Decimal | None
    schemes: Sequence[CapitalScheme]

    @property
    def named(self) -> Decimal:
        return sum((one.amount or NONE for one in self.schemes if not part_of(one, self.schemes)), NONE)

    @property
    def left(self) -> Decimal | None:
        return None if self.programme is None else self.programme - self.named


def part_of(scheme: CapitalScheme, others: Sequence[CapitalScheme]) -> CapitalScheme | None:
    """The scheme that this one is a part of: its reference continues the other's (CAP-IT-RIO is part of CAP-IT)."""
    return next((one for one in others if scheme.reference.startswith(f"{one.reference}-")), None)


def capital_schemes(plan: Plan) -> list[CapitalScheme]:
    """The capital schemes of the plan, in order. One query."""
    return list(CapitalScheme.objects.filter(plan=plan).order_by("position", "reference"))


def find_capital_scheme(plan: Plan, reference: str) -> CapitalScheme | None:
    """One capital scheme by its reference."""
    return CapitalScheme.objects.filter(plan=plan, reference=reference).first()


def funded(programme: Statement | None, schemes: Sequence[CapitalScheme]) -> list[Funded]:
    """The schemes by the line and year that pay for them: every line of the programme in the years that have schemes, then the rest."""
    years = sorted({one.year for one in schemes})
    lines = {line.title: line for line in programme.lines if not line.is_total} if programme else {}
    groups = [*lines, *dict.fromkeys(one.group for one in schemes if one.group not in lines)]
    found = []
    for year in years:
        for group in groups:
            mine = [one for one in schemes if one.group == group and one.year == year]
            amount = lines[group].amounts.get(year) if group in lines else None
            held = amount.printed if amount else None
            if mine or held is not None:
                found.append(Funded(group, year, held, mine))
    return found


def capital_changes(plan: Plan) -> list[ChangeEntry]:
    """What people have changed in the capital schemes, latest first. One query."""
    found = changes(
        CapitalScheme.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id"),
        kind="Capital scheme",
        fields={
            "title": "name",
            "group": "line of the programme",
            "year": "year",
            "amount": "amount",
            "owner": "owner",
            "note": "note",
        },
    )
    return [one for one in found if one.who]
