"""The savings requirement in a headline, a lead, and a bar with its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance.queries.requirement import RequirementPosition
from finance.queries.schemes import SchemePosition, total_investment, total_position
from opplan.calc.money import rounded
from opplan.calc.ratios import share_of
from opplan.calc.savings import Position
from opplan.web import formats

UNIDENTIFIED = "unidentified"


def headline(schemes: Sequence[SchemePosition], found: RequirementPosition | None) -> str:
    """How much of the requirement has no scheme; where it all has, what the schemes cost or leave to spare. A clause of the board too."""
    planned = total_position(list(schemes)).planned_year
    investment = total_investment(schemes) or Decimal(0)
    if found is None:
        return f"{formats.counted(len(schemes), 'scheme')} to save {formats.in_words(planned)} in the year"
    required = found.requirement
    amount = formats.in_words(required.amount)
    if required.unidentified > 0:
        return f"{formats.in_words(required.unidentified)} of the {amount} savings requirement still has no scheme"
    if investment > planned:
        return (
            f"{formats.in_words(planned)} of savings are planned against {formats.in_words(investment)} of investment"
        )
    if required.unidentified < 0:
        return f"Schemes exceed the {amount} savings requirement by {formats.in_words(-required.unidentified)}"
    return f"All of the {amount} savings requirement has a scheme"


def on_trust(position: Position) -> str:
    """A sentence on how much of a forecast nobody has reported on; nothing where none is."""
    if not position.on_trust:
        return ""
    return f"{formats.in_words(position.on_trust)} of the forecast stands in for months due and not reported."


def lead(schemes: Sequence[SchemePosition], month: date, month_number: int) -> str:
    """What is saved of what was planned, what the year is forecast to bring, and who has not reported."""
    whole = total_position(list(schemes))
    sentences = []
    if whole.to_date is None:
        sentences.append(f"No saving is reported to month {month_number}.")
    else:
        sentences.append(
            f"To month {month_number}, {formats.in_words(whole.to_date)} is saved of {formats.in_words(whole.planned_reported)} "
            f"planned for the months reported, {share_of(whole.to_date, whole.planned_reported)}%."
        )
    if whole.forecast_year is not None:
        gap = f"; {formats.counted(whole.missing, 'month')} due without an actual" if whole.missing else ""
        sentences.append(
            f"The year is forecast at {formats.in_words(whole.forecast_year)} of {formats.in_words(whole.planned_year)} planned, "
            f"before investment{gap}."
        )
        sentences.append(on_trust(whole))
    due = [scheme for scheme in schemes if scheme.due]
    reported = sum(1 for scheme in due if not scheme.owing)
    if reported < len(due):
        who = "None" if not reported else f"{reported}"
        sentences.append(
            f"{who} of the {formats.counted(len(due), 'scheme')} due {'have' if reported > 1 else 'has'} reported {formats.month(month)}."
        )
    return " ".join(filter(None, sentences))


@dataclass(frozen=True)
class Part:
    """A part of the requirement: a stretch of the bar, in per cent of its length, and a row of its table.

    `reported` is false for what is delivered where no saving is reported: that is not nought.
    """

    title: str
    amount: Decimal
    share: Decimal
    fill: str
    ink: str
    start: Decimal
    width: Decimal
    reported: bool = True

    @property
    def in_words(self) -> str:
        return formats.in_words(self.amount) if self.reported else "not reported"

    @property
    def share_shown(self) -> str:
        return f"{self.share}%" if self.reported else formats.NOT_DUE

    @property
    def labelled(self) -> bool:
        """Whether the bar has room for the figure."""
        return self.width >= 8

    @property
    def in_millions(self) -> str:
        return formats.number(self.amount / 1_000_000, 1) if self.reported else "Not reported"

    @property
    def narrow(self) -> bool:
        """Whether a phone lacks the room that the figure needs."""
        return self.width < 16

    @property
    def hatched(self) -> bool:
        return self.fill.startswith("url")

    @property
    def middle(self) -> Decimal:
        return self.start + self.width / 2

    @property
    def plate(self) -> Decimal:
        """Where the white plate behind a figure on the hatching begins."""
        return self.middle - Decimal("4.6")


@dataclass(frozen=True)
class Bar:
    """The requirement as a bar with its table: four states that re-add to it."""

    amount: Decimal
    parts: Sequence[Part]
    source: str
    identified: Decimal
    earmarked_at: Decimal
    to_reconcile: Decimal

    @property
    def in_millions(self) -> str:
        return formats.number(self.amount / 1_000_000, 1)

    @property
    def takeaway(self) -> str:
        left = self.parts[-1]
        if left.amount > 0:
            return (
                f"With every identified and earmarked scheme delivered, {formats.in_words(left.amount)} is still to find: "
                f"{left.share}%."
            )
        return "With every scheme delivered, nothing is left to find."

    @property
    def to_reconcile_shown(self) -> str:
        return formats.pounds(abs(self.to_reconcile))

    @property
    def in_words(self) -> str:
        states = ", ".join(f"{part.title.lower()} {part.in_words}" for part in self.parts)
        return f"Savings requirement of {formats.in_words(self.amount)}: {states}"


STATES = (
    ("Delivered to date", "#003087", "#fff"),
    ("Identified, still to deliver", "#005eb8", "#fff"),
    ("Earmarked", "#8fb8de", "#212b32"),
    ("No scheme yet", "url(#hatch)", "#212b32"),
)


def requirement_bar(found: RequirementPosition | None, schemes: Sequence[SchemePosition]) -> Bar | None:
    """The requirement's four states. None where the plan has no requirement."""
    if found is None or not found.requirement.amount:
        return None
    required = found.requirement
    amounts = (required.delivered, required.identified, required.earmarked, required.unidentified)
    length = max(required.amount, sum((max(amount, Decimal(0)) for amount in amounts), Decimal(0)))
    parts, start = [], Decimal(0)
    for (title, fill, ink), amount in zip(STATES, amounts, strict=True):
        width = rounded(100 * max(amount, Decimal(0)) / length, 2)
        named = "Above the requirement" if amount < 0 and title == STATES[-1][0] else title
        reported = found.reported or title != STATES[0][0]
        parts.append(Part(named, amount, share_of(amount, required.amount), fill, ink, start, width, reported))
        start += width
    # The line of savings without a scheme is itself a row that somebody keeps: say so when it no longer is what schemes leave over.
    kept = [scheme.position.planned_year for scheme in schemes if scheme.state == UNIDENTIFIED]
    return Bar(
        required.amount,
        parts,
        found.source,
        required.delivered + required.identified,
        parts[2].start,
        sum(kept, Decimal(0)) - required.unidentified if kept else Decimal(0),
    )
