"""Medium-term scenarios side by side: rows, a chart of the saving needed, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opplan.web import formats

if TYPE_CHECKING:
    from finance.queries import ScenarioModelled


@dataclass(frozen=True)
class ModelRow:
    title: str
    is_total: bool
    cells: list[str]


@dataclass(frozen=True)
class ScenarioTable:
    """One scenario: its years as columns and each step of the model as a row, in £000."""

    key: int
    name: str
    note: str
    illustrative: bool
    opening: str
    years: list[str]
    rows: list[ModelRow]
    takeaway: str


def _year(year: str) -> str:
    return year.replace("-", "/")


def scenario_table(one: ScenarioModelled) -> ScenarioTable:
    years = one.years
    adjustments = dict.fromkeys(name for year in years for name, _ in year.adjustments)

    def row(title: str, values: list[object], *, total: bool = False) -> ModelRow:
        return ModelRow(title, total, [formats.number(value) for value in values])  # type: ignore[arg-type]

    rows = [
        row("Revenue resource limit", [year.limit for year in years], total=True),
        row("Growth", [year.growth for year in years]),
        row("Surplus brought forward", [year.brought_forward for year in years]),
        *(row(name, [dict(year.adjustments).get(name) for year in years]) for name in adjustments),
        row("Uplift plus adjustments", [year.uplift for year in years], total=True),
        row("Change through pathways", [year.pathways for year in years]),
        row("Surplus", [year.surplus for year in years], total=True),
        row("Surplus aimed at", [year.aim for year in years]),
        row("Saving still to be found", [year.saving_needed for year in years], total=True),
    ]
    return ScenarioTable(
        one.key,
        one.name,
        one.note,
        one.illustrative,
        f"{formats.number(one.opening_limit)} in {_year(one.opening_year)}",
        [_year(year.year) for year in years],
        rows,
        _takeaway(one),
    )


def _takeaway(one: ScenarioModelled) -> str:
    if not one.years:
        return "No year is assumed yet."
    last = one.years[-1]
    needed = one.saving_needed
    found = (
        f"£{formats.number(needed)} thousand must still be found over {formats.counted(len(one.years), 'year')}."
        if needed > 1
        else "Every year reaches the surplus that it aims at."
    )
    return f"The limit reaches £{formats.number(last.limit)} thousand in {_year(last.year)}. {found}"


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side: what each still needs by year, in £000."""

    years: list[str]
    rows: list[ModelRow]


def comparison(found: list[ScenarioModelled]) -> Comparison:
    years = sorted({year.year for one in found for year in one.years})
    rows = [
        ModelRow(
            one.name,
            False,
            [
                *(formats.number({year.year: year.saving_needed for year in one.years}.get(year)) for year in years),
                formats.number(one.saving_needed),
            ],
        )
        for one in found
    ]
    return Comparison([_year(year) for year in years], rows)


def model_headline(found: list[ScenarioModelled]) -> str:
    if not found:
        return "No medium-term scenario is held"
    ordered = sorted(found, key=lambda one: one.saving_needed)
    best, worst = ordered[0], ordered[-1]
    if worst.saving_needed <= 1:
        return "Every scenario reaches the surplus that it aims at"
    least = formats.in_words(best.saving_needed * 1000) if best.saving_needed > 1 else "nothing"
    return (
        f"Beyond what pathways change, {least} is still to be found in the {best.name.lower()} case "
        f"and {formats.in_words(worst.saving_needed * 1000)} in the {worst.name.lower()} one"
    )
