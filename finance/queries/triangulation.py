"""Whether the plan's money, activity and contracts say the same: each pair of figures that should be one, compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from activity.queries.planned import PlannedImpact, PlannedLine, planned_lines
from finance.models import BudgetAmount, BudgetLine, SavingsRequirement, Scheme, SchemeMonth
from finance.queries.contracts import PRICED, ContractStanding, contracts
from opplan.calc.money import total
from opplan.calc.rag import Tolerance
from opplan.calc.triangulation import Compared, Distance, Must, at_a_price, compared

if TYPE_CHECKING:
    from opplan.plans.models import Plan

State = Scheme.State
SUM = "triangulation_sum"
"""The tolerance of sums that should be one figure."""
BETTER_CARE, AVOIDED = "BCF.1", "OX.NEA"
"""The measures of the Better Care Fund's emergency admissions, and of those that it is to avoid."""
NON_ELECTIVE = ("E.M.11", "E.M.5")
"""The activity plan's emergency admissions: those of specific acute specialties, which the fund's metric counts too, before all."""


@dataclass(frozen=True)
class Rule:
    """One kind of check: its code, what must hold, and the name of its tolerance."""

    code: str
    title: str
    tolerance: str
    distance: Distance
    must: Must = Must.EQUAL


RULES = {
    rule.code: rule
    for rule in (
        Rule("T1", "A scheme saves what its change in activity is worth at its price", PRICED, Distance.PER_CENT),
        Rule("T2", "The activity plan holds what schemes change in it", PRICED, Distance.PER_CENT),
        Rule("T3", "Schemes, and what has none, add to the savings requirement", SUM, Distance.THOUSANDS),
        Rule("T4", "The Better Care Fund and the activity plan count the same admissions", PRICED, Distance.PER_CENT),
        Rule("T5", "A contract is worth its activity at its price", PRICED, Distance.PER_CENT),
        Rule("T6", "Contracts lie within the budget that pays for them", SUM, Distance.THOUSANDS, Must.BE_WITHIN),
    )
}
MONEY = "£"
"""The unit of a figure in pounds; any other unit is what a line counts."""


@dataclass(frozen=True)
class Figure:
    """One of the two figures of a check: what it is, its value (None: not given), and the page that holds it with its parts."""

    name: str
    value: Decimal | None
    page: str
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """Two figures that should be one. `unit` is £ or what is counted; `wanting` says why they cannot be compared."""

    rule: Rule
    subject: str
    unit: str
    found: Figure
    expected: Figure
    tolerance: Tolerance
    compared: Compared
    wanting: str = ""
    illustrative: bool = False


@dataclass(frozen=True)
class Triangulation:
    """Every check of a plan, in the order of the rules. `silent` schemes, worth so much, name no change in activity to compare with."""

    checks: Sequence[Check]
    silent: int = 0
    silent_worth: Decimal = Decimal(0)

    @property
    def told(self) -> list[Check]:
        """The checks that have both figures."""
        return [one for one in self.checks if one.compared.can_be_told]

    @property
    def apart(self) -> list[Check]:
        """The checks whose figures disagree, the furthest in money first, and then those of activity."""
        found = [one for one in self.told if not one.compared.agrees]
        return sorted(found, key=lambda one: (one.unit != MONEY, -abs(one.compared.difference or Decimal(0))))


def triangulation(plan: Plan, tolerances: Mapping[str, Tolerance]) -> Triangulation:
    """The checks of the plan. Eleven queries, whatever the number of schemes, lines and contracts."""
    checking = _Checking(plan, tolerances)
    silent = [one for one in checking.found if one.impact is None and one.state in (State.IDENTIFIED, State.EARMARKED)]
    return Triangulation(
        [
            *checking.schemes(),
            *checking.activity(),
            *checking.requirement(),
            *checking.better_care(),
            *checking.contracts(),
            *checking.budgets(),
        ],
        len(silent),
        total(checking.planned[one.key] for one in silent) or Decimal(0),
    )


@dataclass(frozen=True)
class _Scheme:
    """What is compared of a scheme; money in pounds."""

    key: int
    reference: str
    title: str
    impact: int | None
    price: Decimal | None
    basis: str
    state: str


class _Checking:
    """One reading of the plan, and the checks on it."""

    def __init__(self, plan: Plan, tolerances: Mapping[str, Tolerance]) -> None:
        self.plan = plan
        self.tolerances = tolerances
        self.lines = planned_lines(plan)
        self.impacts: dict[int, tuple[PlannedLine, PlannedImpact]] = {
            one.key: (line, one) for line in self.lines.values() for one in line.impacts
        }
        rows = Scheme.objects.filter(plan=plan).order_by("reference")
        self.found = [
            _Scheme(*row)
            for row in rows.values_list("pk", "reference", "title", "impact_id", "price", "basis", "state")
        ]
        months: dict[int, list[Decimal | None]] = defaultdict(list)
        planned = SchemeMonth.objects.filter(scheme__plan=plan).order_by("month")
        for key, saving in planned.values_list("scheme_id", "planned_saving"):
            months[key].append(saving)
        self.planned = {one.key: total(months[one.key]) for one in self.found}

    def check(
        self,
        code: str,
        subject: str,
        unit: str,
        found: Figure,
        expected: Figure,
        wanting: str = "",
        illustrative: bool = False,
    ) -> Check:
        rule = RULES[code]
        tolerance = self.tolerances[rule.tolerance]
        held = compared(found.value, expected.value, tolerance, rule.distance, rule.must)
        return Check(rule, subject, unit, found, expected, tolerance, held, wanting, illustrative)

    def schemes(self) -> Iterator[Check]:
        """A scheme that changes activity saves what the change is worth."""
        for one in self.found:
            if one.impact is None:
                continue
            _, impact = self.impacts[one.impact]
            worth = None
            if impact.year is not None and one.price is not None:
                worth = at_a_price(-impact.year, one.price)
            wanting = ""
            if worth is None:
                wanting = "The scheme has no price" if one.price is None else f"{impact.reference} is not quantified"
            elif self.planned[one.key] is None:
                wanting = "The scheme has no planned saving"
            yield self.check(
                "T1",
                one.title,
                MONEY,
                Figure("Planned saving", self.planned[one.key], "finance:scheme", {"reference": one.reference}),
                Figure("Change in activity at its price", worth, "activity:impact", {"reference": impact.reference}),
                wanting,
                one.basis == "illustrative",
            )

    def activity(self) -> Iterator[Check]:
        """A line that schemes change is planned so: its months lie as far from the growth as the initiatives ask."""
        touched = {self.impacts[one.impact][0].key for one in self.found if one.impact is not None}
        for key, line in self.lines.items():
            if key not in touched:
                continue
            wanting = ""
            if line.change_asked is None:
                wanting = "No change is quantified"
            elif line.change_planned is None:
                wanting = "The line has no build-up" if line.before is None else "The line has no plan"
            parts = {"reference": line.reference}
            yield self.check(
                "T2",
                f"{line.name}, {line.reference}",
                line.unit,
                Figure("Months planned, less growth and policy", line.change_planned, "activity:line", parts),
                Figure("What initiatives change", line.change_asked, "activity:build", parts),
                wanting,
            )

    def requirement(self) -> Iterator[Check]:
        """Everything planned to be saved, the line of what has no scheme with it, is the requirement. An idea counts for nothing yet."""
        counted = [self.planned[one.key] for one in self.found if one.state != Scheme.State.IDEA]
        asked = SavingsRequirement.objects.filter(plan=self.plan).values_list("amount", flat=True).first()
        if asked is None and not self.found:
            return
        yield self.check(
            "T3",
            "All savings schemes",
            MONEY,
            Figure("Planned by all schemes", total(counted), "finance:schemes"),
            Figure("Requirement in the plan", asked, "finance:plan"),
            "" if asked is not None else "The plan states no requirement",
        )

    def better_care(self) -> Iterator[Check]:
        """The fund's metric and the activity plan speak of the same emergency admissions."""
        fund = self._line(BETTER_CARE)
        if fund is None:
            return
        parts = {"reference": fund.reference}
        asked, avoided = fund.change_asked, self._line(AVOIDED)
        if avoided is not None:
            yield self.check(
                "T4",
                "Emergency admissions avoided",
                fund.unit,
                Figure("Better Care Fund", None if asked is None else -asked, "activity:build", parts),
                Figure("Activity plan", avoided.planned, "activity:line", {"reference": avoided.reference}),
                "" if asked is not None and avoided.planned is not None else "One of them is not quantified",
            )  # fmt: skip
        whole = next((line for code in NON_ELECTIVE if (line := self._line(code)) is not None), None)
        yield self.check(
            "T4",
            "Emergency admissions",
            fund.unit,
            Figure("Better Care Fund", fund.planned, "activity:line", parts),
            Figure("Activity plan", whole.planned, "activity:line", {"reference": whole.reference})
            if whole
            else Figure("Activity plan", None, "activity:lines"),
            "" if whole and whole.planned is not None else "The activity plan has no line of all emergency admissions",
        )

    def _line(self, code: str) -> PlannedLine | None:
        return next((line for line in self.lines.values() if line.code == code), None)

    def contracts(self) -> Iterator[Check]:
        """A contract that is paid by activity is worth what the plan holds of it. A block that prices nothing has nothing to compare."""
        self.standings: list[ContractStanding] = contracts(self.plan, self.tolerances, self.lines)
        for one in self.standings:
            if not one.lines and one.row.basis_of_payment in (Scheme.Contract.BLOCK, Scheme.Contract.NONE):
                continue
            parts = {"reference": one.row.reference}
            wanting = ""
            if not one.compared.can_be_told:
                wanting = (
                    "The contract has no value"
                    if one.row.value is None
                    else "A priced line has no plan" if one.unplanned else "No activity is priced"
                )  # fmt: skip
            yield self.check(
                "T5",
                f"{one.row.title}, {one.row.provider}",
                MONEY,
                Figure("Activity at its price, and fixed", one.compared.found, "finance:contract", parts),
                Figure("Value of the contract", one.row.value, "finance:contract", parts),
                wanting,
                one.row.basis == "illustrative",
            )

    def budgets(self) -> Iterator[Check]:
        """The contracts that a line of the financial plan pays for fit into it."""
        lines: dict[int, list[ContractStanding]] = defaultdict(list)
        for one in self.standings:
            if one.row.budget_line_id is not None:
                lines[one.row.budget_line_id].append(one)
        amounts = BudgetAmount.objects.filter(
            line__plan=self.plan, line__statement=BudgetLine.Statement.PLAN, column=self.plan.year
        )
        held = dict(amounts.values_list("line_id", "amount"))
        for key, paid in lines.items():
            line = paid[0].row.budget_line
            assert line is not None
            worth = None if any(one.row.value is None for one in paid) else total(one.row.value for one in paid)
            yield self.check(
                "T6",
                line.title,
                MONEY,
                Figure("Contracts that it pays for", worth, "finance:contracts"),
                Figure("Budget for the year", held.get(key), "finance:plan"),
                "" if worth is not None and held.get(key) is not None else "A value is not given",
                line.basis == "illustrative",
            )
