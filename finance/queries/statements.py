"""The financial plan as its document prints it: statements with their totals added again, assumptions, allocations, findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.models import Allocation, BudgetAmount, BudgetLine, Finding, PlanningAssumption

if TYPE_CHECKING:
    from opplan.plans.models import Plan

ROUNDING = Decimal(1000)
"""What a total may be out by before it is a finding: tables are printed in GBP thousand, and parts are rounded one by one."""

ORDER = ("gross", "efficiency", "net", "local", "regional", "difference")


@dataclass(frozen=True)
class Amount:
    """A line in one column, in pounds, and the per cent printed beside it. `added` is what the lines above a printed total add to."""

    printed: Decimal | None
    percent: Decimal | None
    added: Decimal | None = None

    @property
    def out_by(self) -> Decimal:
        """How far the printed total is from its parts, in pounds; 0 for a line that is no total."""
        return Decimal(0) if self.added is None or self.printed is None else self.printed - self.added


@dataclass(frozen=True)
class StatementLine:
    reference: str
    section: str
    title: str
    initiative: str
    is_total: bool
    note: str
    amounts: Mapping[str, Amount]


@dataclass(frozen=True)
class Statement:
    """A printed table: its lines in order, its columns, and the document that prints it."""

    key: str
    name: str
    columns: tuple[str, ...]
    lines: tuple[StatementLine, ...]
    source: str
    basis: str

    @property
    def rounded(self) -> list[tuple[StatementLine, str, Amount]]:
        """The totals that are out by no more than rounding explains."""
        return [one for one in self._out() if abs(one[2].out_by) <= ROUNDING]

    @property
    def wrong(self) -> list[tuple[StatementLine, str, Amount]]:
        """The totals that rounding does not explain."""
        return [one for one in self._out() if abs(one[2].out_by) > ROUNDING]

    def _out(self) -> list[tuple[StatementLine, str, Amount]]:
        return [
            (line, column, amount) for line in self.lines for column, amount in line.amounts.items() if amount.out_by
        ]


def statements(plan: Plan, *keys: str) -> dict[str, Statement]:
    """The plan's printed tables by their key, or those asked for. Two queries. The financial plan itself is `queries.budgets`.

    A printed total stands for the lines since the total before it; where there are none it stands for the totals before it.
    """
    amounts: dict[int, dict[str, tuple[Decimal | None, Decimal | None]]] = {}
    asked = BudgetLine.objects.filter(plan=plan).exclude(statement=BudgetLine.Statement.PLAN)
    if keys:
        asked = asked.filter(statement__in=keys)
    for line, column, amount, percent in BudgetAmount.objects.filter(line__in=asked.values("pk")).values_list(
        "line_id", "column", "amount", "percent"
    ):
        amounts.setdefault(line, {})[column] = (amount, percent)
    found: dict[str, Statement] = {}
    by_statement: dict[str, list[BudgetLine]] = {}
    for row in asked.select_related("initiative").order_by("statement", "position"):
        by_statement.setdefault(row.statement, []).append(row)
    for key, rows in by_statement.items():
        columns = sorted({column for row in rows for column in amounts.get(row.pk, {})}, key=_place)
        found[key] = Statement(
            key,
            BudgetLine.Statement(key).label,
            tuple(columns),
            tuple(_added_again(rows, columns, amounts)),
            rows[0].source,
            rows[0].basis,
        )
    return found


def _place(column: str) -> tuple[int, str]:
    return (ORDER.index(column) if column in ORDER else len(ORDER), column)


def _added_again(
    rows: list[BudgetLine],
    columns: list[str],
    amounts: Mapping[int, Mapping[str, tuple[Decimal | None, Decimal | None]]],
) -> list[StatementLine]:
    lines = []
    since, totals = {column: Decimal(0) for column in columns}, {column: Decimal(0) for column in columns}
    lines_since = 0
    for row in rows:
        held = amounts.get(row.pk, {})
        shown = {}
        for column in columns:
            printed, percent = held.get(column, (None, None))
            added = (since if lines_since else totals)[column] if row.is_total else None
            shown[column] = Amount(printed, percent, added)
            if row.is_total:
                totals[column] += printed or 0
            else:
                since[column] += printed or 0
        if row.is_total:
            since, lines_since = {column: Decimal(0) for column in columns}, 0
        else:
            lines_since += 1
        initiative = row.initiative.reference if row.initiative else ""
        lines.append(StatementLine(row.reference, row.section, row.title, initiative, row.is_total, row.note, shown))
    return lines


GROWTH, LIMIT = "Growth", "Revenue resource limit"


@dataclass(frozen=True)
class GrowthBase:
    """A year's growth over two bases: the limit that it leads to, and the limit before it. `printed` is the per cent in the document."""

    year: str
    growth: Decimal
    limit: Decimal
    printed: Decimal | None

    @property
    def of_limit(self) -> Decimal:
        return 100 * self.growth / self.limit

    @property
    def of_opening(self) -> Decimal | None:
        before = self.limit - self.growth
        return 100 * self.growth / before if before else None


def growth_bases(statement: Statement) -> list[GrowthBase]:
    """The growth of each year over both bases, where the statement gives growth and limit."""
    lines = {line.title: line for line in statement.lines}
    if GROWTH not in lines or LIMIT not in lines:
        return []
    found = []
    for year in statement.columns:
        growth, limit = lines[GROWTH].amounts[year], lines[LIMIT].amounts[year]
        if growth.printed is not None and limit.printed:
            found.append(GrowthBase(year, growth.printed, limit.printed, growth.percent))
    return found


def assumptions(plan: Plan) -> tuple[list[str], list[tuple[str, dict[str, Decimal]]]]:
    """The years, and each planning assumption with its per cent by year. One query."""
    rows: dict[str, dict[str, Decimal]] = {}
    for name, year, percent in PlanningAssumption.objects.filter(plan=plan).values_list("name", "year", "percent"):
        rows.setdefault(name, {})[year] = percent
    return sorted({year for held in rows.values() for year in held}), list(rows.items())


@dataclass(frozen=True)
class Disagreement:
    """A place where the plan document disagrees with itself, in its own unit."""

    reference: str
    section: str
    statement: str
    stated: Decimal | None
    computed: Decimal | None
    unit: str
    finding: str


def allocations(plan: Plan) -> list[Allocation]:
    """What the plan document says of each year's allocation. One query."""
    return list(Allocation.objects.filter(plan=plan))


def disagreements(plan: Plan, allocated: list[Allocation]) -> list[Disagreement]:
    """Where the document disagrees with itself: what was found in it, and years to which it gives two allocations. One query."""
    found = [
        Disagreement(row.reference, row.section, row.statement, row.stated, row.computed, row.unit, row.finding)
        for row in Finding.objects.filter(plan=plan)
    ]
    first: dict[str, Allocation] = {}
    for row in allocated:
        before = first.setdefault(row.year, row)
        if row.growth is not None and before.growth is not None and row.growth != before.growth:
            found.append(
                Disagreement(
                    row.reference,
                    "7",
                    f"Growth of the allocation of {row.year}",
                    before.growth,
                    row.growth,
                    "GBP",
                    "The document gives two figures for one growth, and no reason",
                )
            )
    return found
