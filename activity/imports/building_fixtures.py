"""Loads how the lines of a plan are built up: the parts of the year, and what initiatives are to change month by month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.models import Impact, ImpactMonth, Line, LineBuild
from opplan.imports.loading import BadRecord, Sources, Tally, day, figure, load, needed, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opplan.plans.models import Plan


def load_builds(plan: Plan, folder: Path, sources: Sources, *, initiatives: dict[str, Any]) -> dict[str, Tally]:
    """Load line_builds.csv, activity_impacts.csv and impact_months.csv, those that the plan has.

    An impact without months is one that the plan document names and does not quantify: its figures stay empty.
    """
    lines = dict(Line.objects.filter(plan=plan).values_list("reference", "pk"))
    tallies = {}
    if builds := _there(folder / "line_builds.csv"):
        tallies["build-ups of lines"] = load(
            LineBuild,
            [
                {
                    "at": row["at"],
                    "line_id": needed(lines, row, "line"),
                    "baseline_year": row["baseline_year"],
                    "baseline": figure(row, "baseline"),
                    "demographic": figure(row, "demographic"),
                    "other": figure(row, "other"),
                    "policy": figure(row, "policy"),
                    "policy_note": row["policy_note"],
                    "phasing": row["phasing"],
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(*builds)
            ],
            ["line_id"],
            {"line__plan": plan},
        )
    if impacts := _there(folder / "activity_impacts.csv"):
        tallies["impacts of initiatives"] = load(
            Impact,
            [
                {
                    "at": row["at"],
                    "plan": plan,
                    "reference": row["reference"],
                    "line_id": _line_of(lines, row),
                    "initiative_id": needed(initiatives, row, "initiative"),
                    "title": row["title"],
                    "how_modelled": row["how_modelled"],
                    "effect": row["effect"],
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(*impacts)
            ],
            ["reference"],
            {"plan": plan},
        )
    if months := _there(folder / "impact_months.csv"):
        keys = dict(Impact.objects.filter(plan=plan).values_list("reference", "pk"))
        tallies["months of impacts"] = load(
            ImpactMonth,
            [
                {
                    "at": row["at"],
                    "impact_id": needed(keys, row, "impact"),
                    "month": day(row, "month"),
                    "planned": figure(row, "planned"),
                    "source": sources.named(row["source"]),
                    "basis": row["basis"],
                }
                for row in records(*months)
            ],
            ["impact_id", "month"],
            {"impact__plan": plan},
        )
    return tallies


def _there(path: Path) -> list[Path]:
    return [path] if path.exists() else []


def _line_of(lines: Mapping[str, int], row: Mapping[str, str]) -> int:
    """The line that an impact changes: the measure's own line, else that of the first provider named."""
    for reference in (row["measure"], *(f"{row['measure']}-{provider}" for provider in row["providers"].split())):
        if reference in lines:
            return lines[reference]
    raise BadRecord(f"{row['at']}, measure: the plan has no line of “{row['measure']}”")
