"""Medium-term scenarios in rows, in a chart of what must be found, and in sentences. GBP thousand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from finance.queries.scenarios import AMOUNT, UNITS
from opplan.calc.money import rounded
from opplan.web import formats
from opplan.web.charts import Figure, Series
from opplan.web.charts.years import by_year

if TYPE_CHECKING:
    from finance.queries.scenarios import Assumed, ScenarioModelled
    from opplan.calc.medium_term import YearModelled

ROLES = ("actual", "plan", "forecast", "other")
CSV_HEADS = ("Scenario", "What", "Row", "Unit", "Year", "Figure", "Source", "Basis")
MEASURES = (
    ("Revenue resource limit", "limit"),
    ("Uplift plus adjustments", "uplift"),
    ("Surplus", "surplus"),
    ("Saving still to be found", "saving_needed"),
)


@dataclass(frozen=True)
class ModelRow:
    title: str
    is_total: bool
    cells: list[str]
    part: bool = False
    """Whether it only says what rows beside it come to together."""


@dataclass(frozen=True)
class ScenarioTable:
    """One scenario: its years as columns and each step of the model as a row, in £000."""

    years: list[str]
    rows: list[ModelRow]
    opening: str


def year_words(year: str) -> str:
    return year.replace("-", "/")


def scenario_table(one: ScenarioModelled) -> ScenarioTable:
    years = one.years
    adjustments = dict.fromkeys(name for year in years for name, _ in year.adjustments)

    def row(title: str, values: Sequence[Decimal | None], *, total: bool = False, part: bool = False) -> ModelRow:
        return ModelRow(title, total, [formats.number(value) for value in values], part)

    rows = [
        row("Revenue resource limit", [year.limit for year in years], total=True),
        row("Growth", [year.growth for year in years]),
        row("Surplus brought forward", [year.brought_forward for year in years]),
        *(row(name, [dict(year.adjustments).get(name) for year in years]) for name in adjustments),
    ]
    if any(year.net_inflation is not None for year in years):
        rows.append(row("Of which inflation net of efficiency", [year.net_inflation for year in years], part=True))
    rows += [
        row("Uplift plus adjustments", [year.uplift for year in years], total=True),
        row("Change through pathways", [year.pathways for year in years]),
        row("Surplus", [year.surplus for year in years], total=True),
        row("Surplus aimed at", [year.aim for year in years]),
        row("Saving still to be found", [year.saving_needed for year in years], total=True),
    ]
    return ScenarioTable(
        [year_words(year.year) for year in years],
        rows,
        f"{formats.number(one.draft.opening_limit)} in {year_words(one.draft.opening_year)}",
    )


@dataclass(frozen=True)
class AssumedRow:
    name: str
    kind: str
    unit: str
    cells: list[str]
    source: str
    basis: str


def assumed_rows(one: ScenarioModelled, kinds: dict[str, str]) -> list[AssumedRow]:
    """What a scenario assumes, a row an assumption. `kinds` names each kind in words."""
    return [
        AssumedRow(
            row.name,
            kinds[row.kind],
            UNITS[row.unit],
            [_assumed(row.values.get(year.year), row.unit) for year in one.years],
            _sources(row),
            "illustrative" if row.illustrative else "",
        )
        for row in one.draft.rows
    ]


def _assumed(value: Decimal | None, unit: str) -> str:
    """A share as it was typed, an amount with its thousands marked."""
    if value is None or (unit == AMOUNT and value == rounded(value)):
        return formats.number(value)
    return formats.plain(value).replace("-", formats.MINUS)


def _sources(row: Assumed) -> str:
    return "; ".join(dict.fromkeys(row.sources))


def takeaway(one: ScenarioModelled) -> str:
    """A scenario in a sentence or two."""
    if not one.years:
        return "No year is assumed yet."
    last = one.years[-1]
    needed = one.saving_needed
    found = (
        f"{formats.in_words(needed * 1000)} must still be found over {formats.counted(len(one.years), 'year')}"
        if needed > 1
        else "every year reaches the surplus that it aims at"
    )
    return f"The limit reaches {formats.in_words(last.limit * 1000)} in {year_words(last.year)}; {found}."


@dataclass(frozen=True)
class ComparedCell:
    value: str
    difference: str


@dataclass(frozen=True)
class ComparedRow:
    name: str
    cells: list[ComparedCell]


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side, with the difference of each from one of them; and what must be found, as a chart."""

    years: list[str]
    against: str
    measures: list[tuple[str, list[ComparedRow]]]
    figure: Figure
    finding: str


def comparison(found: Sequence[ScenarioModelled], against: ScenarioModelled) -> Comparison:
    years = sorted({year.year for one in found for year in one.years})
    return Comparison(
        [year_words(year) for year in years],
        against.name,
        [(title, [_compared(one, against, years, name) for one in found]) for title, name in MEASURES],
        _to_find(found, against, years),
        _finding(found),
    )


def _compared(one: ScenarioModelled, against: ScenarioModelled, years: Sequence[str], measure: str) -> ComparedRow:
    mine, theirs = ({year.year: getattr(year, measure) for year in of.years} for of in (one, against))
    pairs: list[tuple[Decimal | None, Decimal | None]] = [(mine.get(year), theirs.get(year)) for year in years]
    # A surplus is carried into the next year, so that only what is to be found adds up over years.
    together = (one.saving_needed, against.saving_needed) if measure == "saving_needed" else (None, None)
    return ComparedRow(one.name, [_cell(*pair, itself=one is against) for pair in (*pairs, together)])


def _cell(value: Decimal | None, other: Decimal | None, *, itself: bool) -> ComparedCell:
    if value is None or other is None or itself:
        return ComparedCell(formats.number(value), "")
    return ComparedCell(formats.number(value), formats.number(value - other, signed=True) if value != other else "same")


def _to_find(found: Sequence[ScenarioModelled], against: ScenarioModelled, years: Sequence[str]) -> Figure:
    """What must be found, added up over the years: the scenario compared with is the solid line."""
    ordered = sorted(found, key=lambda one: one is not against)
    series = []
    for role, one in zip(ROLES, ordered, strict=False):
        held = {year.year: year.saving_needed for year in one.years}
        running = list(accumulate(held.get(year, Decimal(0)) for year in years))
        last = max((place for place, year in enumerate(years) if year in held), default=-1)
        values = [float(value / 1000) if place <= last else None for place, value in enumerate(running)]
        series.append(Series(role, one.name, values))
    return by_year([year_words(year) for year in years], series, places=1)


def _finding(found: Sequence[ScenarioModelled]) -> str:
    least, most = (pick(found, key=lambda one: one.saving_needed) for pick in (min, max))
    apart = most.saving_needed - least.saving_needed
    if apart <= 1:
        return "The scenarios ask for the same saving"
    return f"{most.name} asks for {formats.in_words(apart * 1000)} more than {least.name}"


def model_headline(found: Sequence[ScenarioModelled]) -> str:
    if not found:
        return "No medium-term scenario is held"
    ordered = sorted(found, key=lambda one: one.saving_needed)
    best, worst = ordered[0], ordered[-1]
    if worst.saving_needed <= 1:
        return "Every scenario reaches the surplus that it aims at"
    least = formats.in_words(best.saving_needed * 1000) if best.saving_needed > 1 else "nothing"
    return (
        f"Beyond what pathways change, {least} is still to be found in “{best.name}” "
        f"and {formats.in_words(worst.saving_needed * 1000)} in “{worst.name}”"
    )


@dataclass(frozen=True)
class EffectRow:
    title: str
    cells: list[ComparedCell]


def effect(stored: ScenarioModelled, typed: ScenarioModelled) -> list[EffectRow]:
    """What typed assumptions make of every year, with the difference from what is stored."""
    before = {year.year: year for year in stored.years}

    def of(year: YearModelled, name: str) -> ComparedCell:
        was = before.get(year.year)
        return _cell(getattr(year, name), getattr(was, name) if was else None, itself=typed is stored)

    return [EffectRow(title, [of(year, name) for year in typed.years]) for title, name in MEASURES]


def effect_finding(stored: ScenarioModelled, typed: ScenarioModelled) -> str:
    """What typed assumptions change, in a sentence."""
    moved = typed.saving_needed - stored.saving_needed
    to_find = f"{formats.in_words(typed.saving_needed * 1000)} is still to be found over all years"
    if abs(moved) < 1:
        return f"{to_find}, as saved."
    return f"{to_find}: {formats.in_words(abs(moved) * 1000)} {'more' if moved > 0 else 'less'} than as saved."


def csv_rows(found: Sequence[ScenarioModelled], kinds: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """Every assumption and every result of every scenario, a figure a row."""
    for one in found:
        for row in one.draft.rows:
            for year, value in sorted(row.values.items()):
                basis = "; ".join(dict.fromkeys(row.sources.values()))
                yield one.name, kinds[row.kind], row.name, UNITS[row.unit], year, value, _sources(row), basis
        for modelled in one.years:
            for title, name in MEASURES:
                yield one.name, "Result", title, "£000", modelled.year, getattr(modelled, name), "the model", "derived"
