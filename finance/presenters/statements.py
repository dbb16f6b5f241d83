"""The financial plan as printed, in rows and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.web import formats

if TYPE_CHECKING:
    from finance.models import Allocation
    from finance.queries.statements import Amount, Disagreement, GrowthBase, Statement, StatementLine

COLUMNS = {
    "gross": "Gross",
    "efficiency": "Efficiency",
    "net": "Net",
    "local": "Local, gross",
    "regional": "Regional, gross",
    "difference": "Difference",
}
SAID = {
    "strategy": "Growth less what must be funded first, less what pathways cost, leaves the year’s surplus. Below nought is spent.",
    "impact": "What the initiatives invest and save in the year. Below nought is a net investment.",
    "targets": "Gross savings over four years: what the organisation set itself beside the region’s target.",
    "capital": "Capital expenditure by year. An empty cell is not given in the document.",
}


TITLES = {
    "strategy": "Medium-term strategy",
    "impact": "Impact of the initiatives",
    "targets": "Regional and local targets",
    "capital": "Capital programme",
}
ABSENT = {
    "strategy": "No medium-term strategy is held: the plan document gives none",
    "impact": "No table of what the initiatives invest and save is held: the plan document gives none",
    "targets": "No comparison with the region’s targets is held: the plan document gives none",
    "capital": "No capital programme is held: the plan document gives none",
}
SECTIONS = {
    "strategy": ("5.2", "5.3", "5.4", "4 and 5.4"),
    "impact": ("5.5",),
    "targets": ("4.1", "4 and"),
    "capital": ("5.7",),
}
"""The sections of NHS Oxfordshire's plan of 2010-11 that speak of each table: a finding in them is shown beside it."""


@dataclass(frozen=True)
class Row:
    title: str
    reference: str
    initiative: str
    note: str
    is_total: bool
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """The lines of a section in their order; a section may be nameless."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class StatementTable:
    """A printed table ready to be shown, in £000, and what adding it again found."""

    key: str
    title: str
    takeaway: str
    columns: list[str]
    groups: list[Group]
    findings: list[str]
    source: str
    basis: str


def statement_table(statement: Statement) -> StatementTable:
    groups: list[Group] = []
    for line in statement.lines:
        if not groups or groups[-1].title != line.section:
            groups.append(Group(line.section, []))
        groups[-1].rows.append(
            Row(
                line.title,
                line.reference,
                line.initiative,
                line.note,
                line.is_total,
                [_cell(line.amounts[column]) for column in statement.columns],
            )
        )
    return StatementTable(
        statement.key,
        statement.name,
        SAID.get(statement.key, ""),
        [COLUMNS.get(column, column.replace("-", "/")) for column in statement.columns],
        groups,
        _added_again(statement),
        statement.source,
        statement.basis,
    )


def _cell(amount: Amount) -> tuple[str, str]:
    """The amount in £000 and the per cent printed beside it."""
    return formats.in_thousands(amount.printed), formats.per_cent(amount.percent)


def _added_again(statement: Statement) -> list[str]:
    """What the printed totals are against their parts, in sentences."""
    totals = [amount for line in statement.lines for amount in line.amounts.values() if amount.added is not None]
    if not totals:
        return []
    words = [_out(line, column, amount, "more than rounding explains") for line, column, amount in statement.wrong]
    words += [_out(line, column, amount, "rounding") for line, column, amount in statement.rounded]
    exact = len(totals) - len(words)
    return [f"{exact} of {formats.counted(len(totals), 'printed total')} equal their parts exactly.", *words]


def _out(line: StatementLine, column: str, amount: Amount, why: str) -> str:
    where = COLUMNS.get(column, column.replace("-", "/"))
    return (
        f"{line.title}, {where}: printed {formats.in_thousands(amount.printed)}, "
        f"its parts add to {formats.in_thousands(amount.added)}: {why}."
    )


def statement_headline(statement: Statement) -> str:
    """What a printed table comes to, in a sentence that could be minuted: from its last total."""
    last = next((line for line in reversed(statement.lines) if line.is_total), statement.lines[-1])
    held = {column: amount.printed or Decimal(0) for column, amount in last.amounts.items()}
    if statement.key == "impact":
        net = held["net"]
        kind = "net investment" if net < 0 else "net saving"
        return (
            f"The initiatives invest {formats.in_words(abs(held['gross']))} and save {formats.in_words(held['efficiency'])}: "
            f"a {kind} of {formats.in_words(abs(net))}"
        )
    if statement.key == "targets":
        further = held["regional"] - held["local"]
        side = "more" if further > 0 else "less"
        return (
            f"Gross savings of {formats.in_words(abs(held['local']))} are set locally, {formats.in_words(abs(further))} {side} "
            f"than the region’s {formats.in_words(abs(held['regional']))}"
        )
    first, end = statement.columns[0], statement.columns[-1]
    return (
        f"{last.title}: {formats.in_words(held[first])} in {first.replace('-', '/')}, "
        f"{formats.in_words(held[end])} in {end.replace('-', '/')}"
    )


def findings_of(key: str, found: list[Disagreement]) -> list[Disagreement]:
    """The findings in the sections that speak of a table."""
    return [one for one in found if one.section.startswith(SECTIONS.get(key, ()))]


def statement_csv(statement: Statement) -> tuple[list[str], list[list[object]]]:
    """The table as a list in full pounds, each column with what its parts add to where it is a total, and the per cent printed."""
    heads = ["Reference", "Section", "Line", "Total"]
    for column in statement.columns:
        name = COLUMNS.get(column, column)
        heads += [f"{name} (GBP)", f"{name}, added again (GBP)", f"{name}, printed per cent"]
    rows: list[list[object]] = []
    for line in statement.lines:
        row: list[object] = [line.reference, line.section, line.title, "yes" if line.is_total else "no"]
        for column in statement.columns:
            amount = line.amounts[column]
            row += [amount.printed, amount.added, amount.percent]
        rows.append(row)
    return heads, rows


@dataclass(frozen=True)
class FindingRow:
    section: str
    statement: str
    stated: str
    computed: str
    finding: str


POUNDS = {"GBP": 1, "GBP thousand": 1000}


def finding_rows(found: list[Disagreement]) -> list[FindingRow]:
    return [FindingRow(one.section, one.statement, *_values(one), one.finding) for one in found]


def _values(one: Disagreement) -> tuple[str, str]:
    """What is stated and what the figures give: in full pounds where millions would show the same twice."""
    stated, computed = _value(one.stated, one.unit), _value(one.computed, one.unit)
    if one.stated is None or one.computed is None or stated != computed or one.unit not in POUNDS:
        return stated, computed
    return formats.pounds(one.stated * POUNDS[one.unit]), formats.pounds(one.computed * POUNDS[one.unit])


def _value(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "not given"
    if unit in POUNDS:
        return formats.in_words(value * POUNDS[unit])
    if unit == "percent":
        return formats.per_cent(value)
    return formats.number(value)


@dataclass(frozen=True)
class AllocationRow:
    year: str
    growth: str
    percent: str
    from_target: str
    firm: str
    note: str


def allocation_rows(rows: list[Allocation]) -> list[AllocationRow]:
    return [
        AllocationRow(
            row.year.replace("-", "/"),
            formats.millions(row.growth) or "not given",
            formats.per_cent(row.growth_percent),
            "" if row.from_target is None else formats.number(row.from_target, 1, signed=True) + "%",
            "Firm" if row.firm else "Indicative",
            row.note,
        )
        for row in rows
    ]


def plan_headline(statements: dict[str, Statement], allocated: list[Allocation], found: int) -> str:
    """What the financial plan comes to, in a sentence that could be minuted."""
    if "strategy" in statements and "impact" in statements:
        strategy, impact = statements["strategy"], statements["impact"]
        years = strategy.columns
        net = impact.lines[-1].amounts["net"].printed
        surplus = next(
            (line.amounts[years[0]].printed for line in strategy.lines if line.title == "Planned surplus"), None
        )
        kind = "net investment" if net is not None and net < 0 else "net saving"
        return (
            f"A surplus of {formats.in_words(surplus)} in each year to {years[-1].replace('-', '/')}, "
            f"with a {kind} of {formats.in_words(abs(net or Decimal(0)))} through initiatives in {years[0].replace('-', '/')}"
        )
    return document_headline(allocated, found)


def document_headline(allocated: list[Allocation], found: int) -> str:
    """What the document says of growth, in a sentence; how often it disagrees with itself where it gives none."""
    first = next((row for row in allocated if row.growth is not None), None)
    if first is None:
        return f"{formats.counted(found, 'finding')[:1].upper()}{formats.counted(found, 'finding')[1:]} in the plan document"
    words = f"The allocation grows by {formats.in_words(first.growth)}"
    words += f" ({formats.per_cent(first.growth_percent)})" if first.growth_percent is not None else ""
    words += f" in {first.year.replace('-', '/')}"
    other = next((row for row in allocated if row.year == first.year and row.growth not in (None, first.growth)), None)
    if other is not None:
        words += f", or by {formats.in_words(other.growth)}: the document gives both"
    later = next((row for row in allocated if row.growth is not None and row.year > first.year), None)
    return words + (f", and by about {formats.in_words(later.growth)} in the year after" if later else "")


@dataclass(frozen=True)
class AssumptionRow:
    name: str
    cells: list[str]


def assumption_rows(years: list[str], assumed: list[tuple[str, dict[str, Decimal]]]) -> list[AssumptionRow]:
    return [AssumptionRow(name, [formats.per_cent(held.get(year)) for year in years]) for name, held in assumed]


@dataclass(frozen=True)
class GrowthRow:
    year: str
    cells: list[str]


def growth_rows(found: list[GrowthBase]) -> list[GrowthRow]:
    """Growth in £000, the per cent printed, and the per cent of each base."""
    return [
        GrowthRow(
            one.year.replace("-", "/"),
            [
                formats.in_thousands(one.growth),
                formats.per_cent(one.printed),
                formats.per_cent(one.of_opening),
                formats.per_cent(one.of_limit),
            ],
        )
        for one in found
    ]
