"""Loads a plan's recovery plans: what was found, the actions, the recovery trajectory and the reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.models import Line, RecoveryAction, RecoveryMonth, RecoveryPlan, RecoveryReview
from opplan.imports.loading import (
    WHY,
    Record,
    Sources,
    Tally,
    choice,
    day,
    figure,
    found,
    load,
    needed,
    records,
    whole,
)

if TYPE_CHECKING:
    from opplan.plans.models import Plan

YES_NO = {"yes": True, "no": False, "": False}


def load_recovery(plan: Plan, folder: Path, sources: Sources, *, initiatives: Mapping[str, Any]) -> dict[str, Tally]:
    """Load a plan's recovery plans from recovery_*.csv; a plan without these files has none."""
    rows = _rows(folder, "recovery_plans.csv")
    tallies = {
        "recovery plans": load(
            RecoveryPlan, [_plan(plan, row, sources, initiatives) for row in rows], ["reference"], {"plan": plan}
        )
    }
    plans = {one.reference: one for one in RecoveryPlan.objects.filter(plan=plan)}
    lines = {one.reference: one for one in Line.objects.filter(plan=plan)}
    for row in rows:
        _follow(
            plans[row["reference"]], [needed(lines, {**row, "line": name}, "line") for name in row["lines"].split()]
        )
    tallies["recovery actions"] = load(
        RecoveryAction,
        [_action(row, plans, sources) for row in _rows(folder, "recovery_actions.csv")],
        ["recovery_id", "position"],
        {"recovery__plan": plan},
    )
    tallies["recovery months"] = load(
        RecoveryMonth,
        [_month(row, plans, lines, sources) for row in _rows(folder, "recovery_months.csv")],
        ["recovery_id", "line_id", "month"],
        {"recovery__plan": plan},
    )
    tallies["recovery reviews"] = load(
        RecoveryReview,
        [_review(row, plans, sources) for row in _rows(folder, "recovery_reviews.csv")],
        ["recovery_id", "held"],
        {"recovery__plan": plan},
    )
    return tallies


def _rows(folder: Path, name: str) -> list[Record]:
    return list(records(folder / name)) if (folder / name).exists() else []


def _plan(plan: Plan, row: Record, sources: Sources, initiatives: Mapping[str, Any]) -> dict[str, Any]:
    words = ("reference", "title", "owner", "diagnosis", "causes", "next_step", "intervention", "exit_criteria")
    return {
        "at": row["at"],
        "plan": plan,
        **{name: row[name] for name in words},
        "initiative_id": found(initiatives, row, "initiative"),
        "escalation": choice(row, "escalation", {one.value: one.value for one in RecoveryPlan.Escalation}),
        "formal_intervention": choice(row, "formal_intervention", YES_NO),
        "opened": day(row, "opened"),
        "closed": day(row, "closed"),
        **_sourced(row, sources),
    }


def _follow(recovery: RecoveryPlan, lines: Iterable[Line]) -> None:
    """The lines that a recovery plan is for, unless a person has changed it since."""
    wanted = {line.pk for line in lines}
    if set(recovery.lines.values_list("pk", flat=True)) == wanted:
        return
    if recovery.history.filter(history_user__isnull=False).exists():
        return
    recovery._change_reason = WHY  # type: ignore[attr-defined]
    recovery.lines.set(wanted)


def _action(row: Record, plans: Mapping[str, RecoveryPlan], sources: Sources) -> dict[str, Any]:
    return {
        "at": row["at"],
        "recovery_id": needed(plans, row, "recovery").pk,
        "position": whole(row, "position"),
        "title": row["title"],
        "owner": row["owner"],
        "due": day(row, "due"),
        "completed": day(row, "completed"),
        "note": row["note"],
        **_sourced(row, sources),
    }


def _month(
    row: Record, plans: Mapping[str, RecoveryPlan], lines: Mapping[str, Line], sources: Sources
) -> dict[str, Any]:
    return {
        "at": row["at"],
        "recovery_id": needed(plans, row, "recovery").pk,
        "line_id": needed(lines, row, "line").pk,
        "month": day(row, "month"),
        "value": figure(row, "value"),
        **_sourced(row, sources),
    }


def _review(row: Record, plans: Mapping[str, RecoveryPlan], sources: Sources) -> dict[str, Any]:
    return {
        "at": row["at"],
        "recovery_id": needed(plans, row, "recovery").pk,
        "held": day(row, "held"),
        "finding": row["finding"],
        "decision": row["decision"],
        "escalation": choice(row, "escalation", {one.value: one.value for one in RecoveryPlan.Escalation}),
        **_sourced(row, sources),
    }


def _sourced(row: Record, sources: Sources) -> dict[str, str]:
    return {"source": sources.named(row["source"]), "basis": row["basis"]}
