"""The business rules of the year: what each asks, what the plan holds over which figure, and whether that meets it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import BudgetAmount, BudgetLine, BusinessRule, SavingsRequirement
from opplan.calc.money import rounded, total
from opplan.imports.provenance import Basis
from opplan.plans.versions import ChangeEntry, changes

if TYPE_CHECKING:
    from opplan.plans.models import Plan

KINDS = BudgetLine.Kind
USES = (KINDS.PROGRAMME, KINDS.RESERVE, KINDS.CONTINGENCY, KINDS.RUNNING)
LIMIT = "recurrent resource limit of the plan’s lines"


@dataclass(frozen=True)
class PlannedLine:
    """A line of the year's financial plan: its reference and title, its kind, and its pounds, with those that are non-recurrent."""

    reference: str
    title: str
    kind: str
    amount: Decimal
    non_recurrent: Decimal
    illustrative: bool


@dataclass(frozen=True)
class PlannedYear:
    """What the lines of the financial plan say of the year. Each figure is None where no line gives it."""

    lines: tuple[PlannedLine, ...]

    def of(self, *kinds: str, word: str = "") -> list[PlannedLine]:
        """The lines of a kind, those alone whose title has the word."""
        return [line for line in self.lines if line.kind in kinds and word in line.title.lower()]

    @property
    def illustrative(self) -> bool:
        """Whether any line that makes the surplus is illustrative."""
        return any(line.illustrative for line in self.of(KINDS.RESOURCE, *USES))

    @property
    def recurrent_limit(self) -> Decimal | None:
        return total(line.amount - line.non_recurrent for line in self.of(KINDS.RESOURCE))

    @property
    def surplus(self) -> Decimal | None:
        """What the year's own limit leaves after every use of it, without what was brought forward."""
        limit, uses = (total(line.amount for line in self.of(*kinds)) for kinds in ((KINDS.RESOURCE,), USES))
        return None if limit is None or uses is None else limit - uses

    @property
    def contingency(self) -> Decimal | None:
        return total(line.amount for line in self.of(KINDS.CONTINGENCY))


def planned_year(plan: Plan) -> PlannedYear:
    """The lines of the financial plan with their amounts of the year. One query."""
    rows = BudgetAmount.objects.filter(
        line__plan=plan,
        line__statement=BudgetLine.Statement.PLAN,
        line__is_total=False,
        column=plan.year,
        amount__isnull=False,
    ).order_by("line__position")
    fields = ("line__reference", "line__title", "line__kind", "amount", "non_recurrent", "basis")
    return PlannedYear(
        tuple(
            PlannedLine(reference, title, kind, amount, not_again or Decimal(0), basis == Basis.ILLUSTRATIVE)
            for reference, title, kind, amount, not_again, basis in rows.values_list(*fields)
            if amount is not None
        )
    )


@dataclass(frozen=True)
class RuleStanding:
    """A business rule and how the plan stands to it, in pounds.

    `share` is what is held in per cent of the base; `over` is pounds above what the rule asks, below nought where short; both None
    where neither the document nor the plan's lines say what is held or of what. `held_from` says which line gave what is held,
    where the rule itself does not.
    """

    reference: str
    title: str
    comparison: str
    percent: Decimal | None
    amount: Decimal | None
    held: Decimal | None
    base: Decimal | None
    base_name: str
    note: str
    source: str
    held_from: str = ""
    illustrative: bool = False

    @property
    def share(self) -> Decimal | None:
        return None if self.held is None or not self.base else 100 * self.held / self.base

    @property
    def asked(self) -> Decimal | None:
        """What the rule asks in pounds: its share of the base, else its amount."""
        if self.percent is not None and self.base:
            return rounded(self.base * self.percent / 100)
        return self.amount

    @property
    def over(self) -> Decimal | None:
        return None if self.held is None or self.asked is None else self.held - self.asked

    @property
    def met_by_rounding(self) -> bool:
        """Whether it is met although it is short in pounds, by less than the one decimal tells."""
        return self.met is True and self.over is not None and self.over < 0

    @property
    def met(self) -> bool | None:
        """Whether the rule is met at the one decimal to which it is given; None where it cannot be told."""
        if self.share is None or self.percent is None:
            return None
        share = rounded(self.share, 1)
        return share == self.percent if self.comparison == "equal" else share >= self.percent


def business_rules(plan: Plan, year: PlannedYear, requirement: Decimal | None = None) -> list[RuleStanding]:
    """The rules of the year in order. Two queries; one where the savings `requirement` is at hand.

    What the rule itself says is held, and of what, goes before the plan's lines; the savings requirement is that of the schemes.
    """
    if requirement is None:
        requirement = SavingsRequirement.objects.filter(plan=plan).values_list("amount", flat=True).first()
    found = []
    for row in BusinessRule.objects.filter(plan=plan):
        held, held_from, illustrative = _held(row.reference, year, requirement)
        if row.held is not None and row.held != held:
            held, held_from, illustrative = row.held, "", False
        if row.base is None and held is not None:
            illustrative |= any(line.illustrative for line in year.of(KINDS.RESOURCE))
        base = row.base if row.base is not None else (year.recurrent_limit if held is not None else None)
        found.append(
            RuleStanding(
                row.reference,
                row.title,
                row.comparison,
                row.percent,
                row.amount,
                held,
                base,
                row.base_name if row.base is not None else LIMIT,
                row.note,
                row.source,
                held_from,
                illustrative,
            )
        )
    return found


def find_rule(plan: Plan, reference: str) -> BusinessRule | None:
    return BusinessRule.objects.filter(plan=plan, reference=reference).first()


def rule_history(plan: Plan) -> list[ChangeEntry]:
    """What people have changed in the rules, latest first. One query."""
    entries = BusinessRule.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    found = changes(
        entries,
        kind="Business rule",
        fields={"held": "Held, pounds", "base": "Per cent of, pounds", "base_name": "Per cent of", "source": "Source"},
    )
    return [change for change in found if change.who]


def _held(reference: str, year: PlannedYear, requirement: Decimal | None) -> tuple[Decimal | None, str, bool]:
    """What the plan holds for a rule, which of its lines say so, and whether one of those is illustrative."""
    if reference == "BR-SURPLUS":
        return year.surplus, "the year’s own limit less every line of the plan", year.illustrative
    if reference == "BR-QIPP":
        return requirement, "the requirement that the schemes are to save", False
    kinds_and_word: dict[str, tuple[str, str]] = {
        "BR-CONTINGENCY": (KINDS.CONTINGENCY, ""),
        "BR-UNCOMMITTED": (KINDS.RESERVE, "uncommitted"),
        "BR-RINGFENCE": (KINDS.RESERVE, "transformation"),
        "BR-CHC": (KINDS.RESERVE, "risk pool"),
    }
    if reference not in kinds_and_word:
        return None, "", False
    kind, word = kinds_and_word[reference]
    lines = year.of(kind, word=word)
    said = ", ".join(f"{line.title} ({line.reference})" for line in lines)
    return total(line.amount for line in lines), said, any(line.illustrative for line in lines)
