"""Loads the register of a plan: goals, programmes, initiatives, projects, milestones and updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from initiatives.models import Initiative, Milestone, Programme, ProgressUpdate, Project, StrategicGoal
from opplan.imports.loading import Sources, Tally, day, found, load, needed, records, whole
from opplan.imports.provenance import Basis

if TYPE_CHECKING:
    from opplan.plans.models import Plan


def load_register(plan: Plan, folder: Path, sources: Sources) -> dict[str, Tally]:
    """Load the register from the plan's folder of fixtures. BadRecord names the row that cannot be loaded."""
    mine = {"plan": plan}

    def sourced(record: dict[str, str]) -> dict[str, str]:
        return {"at": record["at"], "source": sources.named(record["source"]), "basis": record["basis"]}

    tallies = {}
    tallies["goals"] = load(
        StrategicGoal,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "title": row["title"],
                "description": row["description"],
                **sourced(row),
            }
            for row in records(folder / "goals.csv")
        ],
        ["reference"],
        mine,
    )
    tallies["programmes"] = load(
        Programme,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "title": row["title"],
                "summary": row["summary"],
                "owner": row["owner"],
                "position": whole(row, "position"),
                **sourced(row),
            }
            for row in records(folder / "programmes.csv")
        ],
        ["reference"],
        mine,
    )
    programmes = {row.reference: row for row in Programme.objects.filter(plan=plan)}
    initiative_records = list(records(folder / "initiatives.csv"))
    tallies["initiatives"] = load(
        Initiative,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "programme": found(programmes, row, "programme"),
                "title": row["title"],
                "summary": row["summary"],
                "owner": row["owner"],
                "clinical_lead": row["clinical_lead"],
                "partners": row["partners"],
                "position": whole(row, "position"),
                **sourced(row),
            }
            for row in initiative_records
        ],
        ["reference"],
        mine,
    )
    initiatives = {row.reference: row for row in Initiative.objects.filter(plan=plan)}
    _set_goals(plan, initiative_records, initiatives)
    tallies["projects"] = load(
        Project,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "initiative": found(initiatives, row, "initiative"),
                "title": row["title"],
                "summary": row["summary"],
                "owner": row["owner"],
                **sourced(row),
            }
            for row in records(folder / "projects.csv")
        ],
        ["reference"],
        mine,
    )
    projects = {row.reference: row for row in Project.objects.filter(plan=plan)}
    progress = {row["milestone"]: row for row in records(folder / "milestone_progress.csv")}
    tallies["milestones"] = load(
        Milestone,
        [
            {
                "plan": plan,
                "reference": row["reference"],
                "initiative": found(initiatives, row, "initiative"),
                "project": found(projects, row, "project"),
                "title": row["title"],
                "due": day(row, "due"),
                "precision": row["precision"],
                "owner": row["owner"],
                **sourced(row),
                **_progress(progress.get(row["reference"]), sources),
            }
            for row in records(folder / "milestones.csv")
        ],
        ["reference"],
        mine,
    )
    tallies["updates"] = load(
        ProgressUpdate,
        [
            {
                "initiative_id": needed(initiatives, row, "initiative").pk,
                "month": day(row, "month"),
                "text": row["text"],
                **sourced(row),
            }
            for row in records(folder / "updates.csv")
        ],
        ["initiative_id", "month"],
        {"initiative__plan": plan},
    )
    return tallies


def _progress(record: dict[str, str] | None, sources: Sources) -> dict[str, object]:
    if record is None:
        return {"completed": None, "forecast": None, "note": "", "progress_source": "", "progress_basis": ""}
    return {
        "completed": day(record, "completed"),
        "forecast": day(record, "forecast"),
        "note": record["note"],
        "progress_source": sources.named(record["source"]),
        "progress_basis": record["basis"] or Basis.ILLUSTRATIVE,
    }


def _set_goals(plan: Plan, rows: Sequence[Mapping[str, str]], initiatives: dict[str, Initiative]) -> None:
    goals = {goal.reference: goal for goal in StrategicGoal.objects.filter(plan=plan)}
    link = Initiative.goals.through
    held = set(link.objects.filter(initiative__plan=plan).values_list("initiative_id", "strategicgoal_id"))
    wanted = {
        (initiatives[row["reference"]].pk, found(goals, {**row, "goals": goal}, "goals").pk)
        for row in rows
        for goal in row["goals"].split()
    }
    link.objects.bulk_create([link(initiative_id=one, strategicgoal_id=goal) for one, goal in sorted(wanted - held)])
