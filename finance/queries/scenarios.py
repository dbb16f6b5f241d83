"""Medium-term scenarios: what each assumes, and the years that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from finance.models import Scenario, ScenarioLine
from opplan.calc.medium_term import Adjustment, YearAssumed, YearModelled, medium_term
from opplan.imports.provenance import Basis
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import plain

if TYPE_CHECKING:
    from opplan.plans.models import Plan

THOUSAND = Decimal(1000)
PERCENT, AMOUNT = "percent", "amount"
UNITS = {PERCENT: "% of the limit", AMOUNT: "£000"}
KINDS = ScenarioLine.Kind


@dataclass(frozen=True)
class Assumed:
    """One assumption of a scenario, year by year: per cent of the limit, or an amount in GBP thousand."""

    kind: str
    name: str
    unit: str
    values: Mapping[str, Decimal]
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where the figures come from, and how firm each such source is."""

    @property
    def illustrative(self) -> bool:
        return Basis.ILLUSTRATIVE in self.sources.values()


@dataclass(frozen=True)
class Draft:
    """What a scenario says, stored or only typed. Money is GBP thousand."""

    name: str
    note: str
    opening_year: str
    opening_limit: Decimal
    brought_forward: Decimal
    rows: Sequence[Assumed]

    @property
    def years(self) -> list[str]:
        return sorted({year for row in self.rows for year in row.values})

    @property
    def cells(self) -> dict[str, str]:
        """Each thing that it says, by a name of its own, as a person types it: what two people who edit it are compared by."""
        said = {
            "name": self.name,
            "note": self.note,
            "opening_limit": plain(self.opening_limit),
            "brought_forward": plain(self.brought_forward),
        }
        for row in self.rows:
            said[f"kind||{row.name}"] = row.kind
            said |= {f"{row.unit}|{year}|{row.name}": plain(value) for year, value in row.values.items()}
        return said


@dataclass(frozen=True)
class ScenarioModelled:
    """A scenario with its assumptions and the years that the model makes of them, in GBP thousand.

    `own` says whether somebody made it here: only such a one can be withdrawn.
    """

    key: int
    draft: Draft
    years: list[YearModelled]
    own: bool = False

    @property
    def name(self) -> str:
        return self.draft.name

    @property
    def illustrative(self) -> bool:
        return any(row.illustrative for row in self.draft.rows)

    @property
    def saving_needed(self) -> Decimal:
        """What must be found over all its years, in GBP thousand."""
        return sum((year.saving_needed for year in self.years), Decimal(0))


def scenarios(plan: Plan) -> list[ScenarioModelled]:
    """The plan's scenarios in their order, each modelled. Three queries."""
    lines: dict[int, list[ScenarioLine]] = {}
    for line in ScenarioLine.objects.filter(scenario__plan=plan):
        lines.setdefault(line.scenario_id, []).append(line)
    own = made_here(plan)
    return [
        modelled(draft_of(row, lines.get(row.pk, [])), row.pk, own=row.pk in own)
        for row in Scenario.objects.filter(plan=plan)
    ]


def find_scenario(plan: Plan, key: int) -> Scenario | None:
    return Scenario.objects.filter(plan=plan, pk=key).first()


def made_here(plan: Plan) -> set[int]:
    """The scenarios that a person made, rather than the fixtures of the plan. One query."""
    kept: Any = Scenario.history.model
    made = kept.objects.filter(plan=plan, history_type="+", history_user__isnull=False)
    return set(made.values_list("id", flat=True))


def drafted(scenario: Scenario) -> Draft:
    """What the scenario says now. One query."""
    return draft_of(scenario, ScenarioLine.objects.filter(scenario=scenario))


def draft_of(scenario: Scenario, lines: Iterable[ScenarioLine]) -> Draft:
    """What the scenario says. A line that gives a share and an amount is two assumptions of one name. No query."""
    held: dict[tuple[str, str], tuple[str, dict[str, Decimal], dict[str, str]]] = {}
    for line in lines:
        for unit, value in ((PERCENT, line.percent), (AMOUNT, line.amount)):
            if value is not None:
                _, values, sources = held.setdefault((line.name, unit), (line.kind, {}, {}))
                values[line.year] = value if unit == PERCENT else value / THOUSAND
                sources[line.source] = line.basis
    return Draft(
        scenario.name,
        scenario.note,
        scenario.opening_year,
        scenario.opening_limit / THOUSAND,
        scenario.brought_forward / THOUSAND,
        [Assumed(kind, name, unit, values, sources) for (name, unit), (kind, values, sources) in held.items()],
    )


def modelled(draft: Draft, key: int = 0, *, own: bool = False) -> ScenarioModelled:
    """The scenario and its years. No query. ValueError where the limit would shrink to nothing."""
    years = medium_term(
        draft.opening_limit,
        [_year(year, draft.rows) for year in draft.years],
        brought_forward=draft.brought_forward,
    )
    return ScenarioModelled(key, draft, years, own)


def _year(year: str, rows: Sequence[Assumed]) -> YearAssumed:
    def of(kind: str, unit: str) -> Decimal:
        return sum(
            (row.values.get(year, Decimal(0)) for row in rows if (row.kind, row.unit) == (kind, unit)), Decimal(0)
        )

    return YearAssumed(
        year,
        growth=of(KINDS.GROWTH, PERCENT),
        adjustments=_adjustments(year, rows),
        pathways=of(KINDS.PATHWAYS, AMOUNT),
        surplus=of(KINDS.SURPLUS, PERCENT),
        surplus_amount=of(KINDS.SURPLUS, AMOUNT),
    )


def _adjustments(year: str, rows: Sequence[Assumed]) -> tuple[Adjustment, ...]:
    """What is to be funded first, inflation and efficiency among it, each name once."""
    found: dict[str, Adjustment] = {}
    for row in rows:
        if row.kind not in (KINDS.INFLATION, KINDS.EFFICIENCY, KINDS.ADJUSTMENT) or year not in row.values:
            continue
        before = found.get(row.name, Adjustment(row.name))
        share, amount = (row.values[year] if row.unit == unit else Decimal(0) for unit in (PERCENT, AMOUNT))
        found[row.name] = Adjustment(
            row.name, before.percent + share, before.amount + amount, inflation=row.kind != KINDS.ADJUSTMENT
        )
    return tuple(found.values())


def scenario_history(plan: Plan, key: int | None = None) -> list[ChangeEntry]:
    """What people have changed in the plan's scenarios, or in one of them, latest first. Two queries."""
    kept: Any = Scenario.history.model
    of_lines: Any = ScenarioLine.history.model
    rows = kept.objects.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    names = {row.id: row.name for row in rows}
    asked = Q(scenario_id=key) if key is not None else Q(scenario_id__in=list(names))
    lines = of_lines.objects.filter(asked).select_related("history_user").order_by("id", "history_id")
    found = changes(
        [row for row in rows if key in (None, row.id)],
        kind="Scenario",
        fields={
            "name": "Name",
            "note": "Note",
            "opening_limit": "Opening limit, pounds",
            "brought_forward": "Brought forward, pounds",
        },
        title=lambda entry: entry.name,
    ) + changes(
        lines,
        kind="Assumption",
        fields={"kind": "What it is", "percent": "Per cent", "amount": "Pounds"},
        title=lambda entry: f"{names[entry.scenario_id]}: {entry.name}, {entry.year.replace('-', '/')}",
    )
    return sorted((change for change in found if change.who), key=lambda change: change.when, reverse=True)
