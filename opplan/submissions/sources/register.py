"""The register: initiatives with their milestones, and recovery plans with their actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from activity.queries import line_positions, recoveries
from initiatives.actions import record_milestone
from initiatives.queries import find_milestone, initiative_register, milestone_register
from opplan.accounts.roles import Capability
from opplan.calc.months import end_of
from opplan.calc.rag import Rating
from opplan.plans.queries import tolerances
from opplan.plans.versions import Version
from opplan.submissions.sources.table import Edit, Field, Source, SourceRow, Value
from opplan.web.reasons import WORD

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


def _initiatives(plan: Plan, month: date) -> Sequence[SourceRow]:
    milestones: dict[int, list[bool]] = {}
    for one in milestone_register(plan, end_of(month), tolerances(plan)["milestone"]):
        milestones.setdefault(one.initiative_key, []).append(one.completed is not None)
    return [
        SourceRow(
            entry.reference,
            {
                "reference": entry.reference,
                "title": entry.title,
                "programme": entry.programme,
                "summary": entry.summary,
                "owner": entry.owner,
                "milestones": str(len(milestones.get(entry.key, []))),
                "completed": str(sum(milestones.get(entry.key, []))),
                "basis": entry.basis,
            },
        )
        for entry in initiative_register(plan, month)
    ]


INITIATIVES = Source(
    "initiatives",
    "The initiatives of the plan",
    {
        "reference": Field("The initiative's reference"),
        "title": Field("What the initiative is"),
        "programme": Field("Its programme"),
        "summary": Field("What it is to do"),
        "owner": Field("Who leads it"),
        "milestones": Field("How many milestones it has"),
        "completed": Field("How many of them are complete"),
        "basis": Field("How firm the entry is"),
    },
    _initiatives,
)

PROGRESS = ("completed", "forecast", "note")


def _milestones(plan: Plan, month: date) -> Sequence[SourceRow]:
    return [
        SourceRow(
            one.reference,
            {
                "reference": one.reference,
                "title": one.title,
                "initiative": one.initiative_reference,
                "initiative_title": one.initiative,
                "project": one.project or "",
                "programme": one.programme,
                "owner": one.owner,
                "due": one.due,
                "forecast": one.forecast,
                "completed": one.completed,
                "note": one.note,
                "rating": WORD[one.judgement.rating],
            },
        )
        for one in milestone_register(plan, end_of(month), tolerances(plan)["milestone"])
    ]


def _write_milestones(plan: Plan, edits: Sequence[Edit], by: User, why: str) -> None:
    by_row: dict[str, dict[str, Edit]] = {}
    for edit in edits:
        by_row.setdefault(edit.row, {})[edit.field] = edit
    for reference, changed in by_row.items():
        row = find_milestone(plan, reference)
        if row is None:
            raise ValidationError(f"There is no milestone {reference} in {plan}.")
        if any((getattr(row, name) or None) != (edit.was or None) for name, edit in changed.items()):
            raise ValidationError(f"Milestone {reference} was changed by someone else meanwhile. Load the file again.")
        typed = {name: changed[name].value if name in changed else getattr(row, name) for name in PROGRESS}
        completed, forecast = (_day(typed[name]) for name in ("completed", "forecast"))
        record_milestone(
            row,
            completed=completed,
            forecast=forecast,
            note=str(typed["note"] or ""),
            by=by,
            why=why,
            version=Version.of(row),
        )


def _day(value: Value) -> date | None:
    return value if isinstance(value, date) else None


MILESTONES = Source(
    "milestones",
    "The milestones of every initiative",
    {
        "reference": Field("The milestone's reference"),
        "title": Field("What is to be done"),
        "initiative": Field("The reference of its initiative"),
        "initiative_title": Field("Its initiative"),
        "project": Field("Its project"),
        "programme": Field("Its programme"),
        "owner": Field("Who answers for it"),
        "due": Field("When it is due"),
        "forecast": Field("When it is now expected", writable=Capability.UPDATE_PROGRESS),
        "completed": Field("When it was completed", writable=Capability.UPDATE_PROGRESS),
        "note": Field("Why it moved, and what is next", writable=Capability.UPDATE_PROGRESS),
        "rating": Field("Its rating in words"),
    },
    _milestones,
    _write_milestones,
)


def _recoveries(plan: Plan, month: date) -> Sequence[SourceRow]:
    bands = tolerances(plan)
    found = recoveries(plan, month, bands, line_positions(plan, month, bands))
    rows = []
    for one in found:
        done = sum(step.judgement.rating == Rating.BLUE for step in one.steps)
        trajectory = [one.lines[0].targets.get(period) for period in plan.months] if one.lines else [None] * 12
        # A target is in the measure's unit: per cent of a percentage, which a worksheet holds as a share of 1.
        share = 100 if one.lines and one.lines[0].position.kind == "percentage" else 1
        rows.append(
            SourceRow(
                one.reference,
                {
                    "reference": one.reference,
                    "title": one.row.title,
                    "owner": one.row.owner,
                    "lines": ", ".join(line.position.name for line in one.lines),
                    "diagnosis": one.row.diagnosis,
                    "causes": one.row.causes,
                    "next_step": one.next_step.title if one.next_step else one.row.next_step,
                    "level": one.level,
                    "intervention": "Yes" if one.row.formal_intervention else "No",
                    "exit_criteria": one.row.exit_criteria,
                    "actions": f"{done} of {len(one.steps)}",
                    "standard": one.lines[0].position.standard / share
                    if one.lines and one.lines[0].position.standard is not None
                    else None,
                    "direction": one.lines[0].position.direction if one.lines else "",
                    "target": [target.value / share if target else None for target in trajectory],
                },
            )
        )
    return rows


RECOVERIES = Source(
    "recoveries",
    "The recovery plans of standards that fail",
    {
        "reference": Field("The recovery plan's reference"),
        "title": Field("What is to be restored"),
        "owner": Field("Who leads it"),
        "lines": Field("The standards that it is for"),
        "diagnosis": Field("What is wrong"),
        "causes": Field("Why"),
        "next_step": Field("What is next"),
        "level": Field("How far up it has been taken"),
        "intervention": Field("Whether there is a formal intervention"),
        "exit_criteria": Field("What must hold for it to end"),
        "actions": Field("How many actions are complete"),
        "standard": Field("The standard of its first line, a share of 1 for a percentage"),
        "direction": Field("Whether more is better (over), less (under), or neither (on)"),
        "target": Field("The recovery trajectory of its first line, a share of 1 for a percentage", months=True),
    },
    _recoveries,
)
