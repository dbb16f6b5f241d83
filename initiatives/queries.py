"""Initiatives and what hangs on them, as other rooms may read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, QuerySet, Subquery

from initiatives.models import Initiative, Milestone, Programme, ProgressUpdate, Project, StrategicGoal
from opplan.calc.rag import Judgement, Tolerance, milestone

if TYPE_CHECKING:
    from opplan.plans.models import Plan


def initiative_keys(plan: Plan) -> dict[str, int]:
    """The plan's initiatives by reference, for rows of other rooms that point to one."""
    return dict(Initiative.objects.filter(plan=plan).values_list("reference", "pk"))


@dataclass(frozen=True)
class ProgrammeEntry:
    """A programme of the register."""

    key: int
    reference: str
    title: str
    summary: str
    owner: str
    basis: str


def programmes(plan: Plan) -> list[ProgrammeEntry]:
    """The plan's programmes in their order. One query."""
    fields = ("pk", "reference", "title", "summary", "owner", "basis")
    return [ProgrammeEntry(*row) for row in Programme.objects.filter(plan=plan).values_list(*fields)]


@dataclass(frozen=True)
class InitiativeEntry:
    """An initiative of the register, with the month of its last update to `month` and how many projects it has."""

    key: int
    reference: str
    title: str
    summary: str
    owner: str
    programme_key: int
    programme: str
    basis: str
    projects: int
    updated_for: date | None


def initiative_register(plan: Plan, month: date) -> list[InitiativeEntry]:
    """The plan's initiatives in their order, each with the latest month up to `month` that has an update. One query."""
    latest = (
        ProgressUpdate.objects.filter(initiative=OuterRef("pk"), month__lte=month)
        .order_by("-month")
        .values("month")[:1]
    )
    rows = Initiative.objects.filter(plan=plan).annotate(project_count=Count("projects"), updated_for=Subquery(latest))
    fields = (
        "pk",
        "reference",
        "title",
        "summary",
        "owner",
        "programme_id",
        "programme__title",
        "basis",
        "project_count",
        "updated_for",
    )
    return [InitiativeEntry(*row) for row in rows.values_list(*fields)]


@dataclass(frozen=True)
class MilestoneEntry:
    """A milestone with its rating at a date."""

    key: int
    reference: str
    title: str
    initiative_key: int
    initiative_reference: str
    initiative: str
    project: str | None
    due: date
    precision: str
    forecast: date | None
    completed: date | None
    owner: str
    note: str
    basis: str
    progress_basis: str
    judgement: Judgement


def milestone_register(
    plan: Plan, as_at: date, tolerance: Tolerance, initiative_key: int | None = None
) -> list[MilestoneEntry]:
    """The plan's milestones (or one initiative's), by due date, each rated as at `as_at`. One query."""
    rows = Milestone.objects.filter(plan=plan)
    if initiative_key is not None:
        rows = rows.filter(initiative_id=initiative_key)
    fields = (
        "pk",
        "reference",
        "title",
        "initiative_id",
        "initiative__reference",
        "initiative__title",
        "project__title",
        "due",
        "precision",
        "forecast",
        "completed",
        "owner",
        "note",
        "basis",
        "progress_basis",
    )
    return [
        MilestoneEntry(*row, judgement=milestone(row[7], row[9], row[10], as_at, tolerance))
        for row in rows.values_list(*fields)
    ]


def find_initiative(plan: Plan, reference: str) -> Initiative | None:
    """One initiative by its reference, with its programme."""
    return Initiative.objects.select_related("programme").filter(plan=plan, reference=reference).first()


def find_milestone(plan: Plan, reference: str) -> Milestone | None:
    """One milestone by its reference, with its initiative."""
    return Milestone.objects.select_related("initiative", "project").filter(plan=plan, reference=reference).first()


def projects_of(initiative: Initiative) -> QuerySet[Project]:
    return Project.objects.filter(initiative=initiative).order_by("reference")


def goals_of(initiative: Initiative) -> QuerySet[StrategicGoal]:
    return initiative.goals.order_by("reference")


def updates_of(initiative: Initiative, month: date | None = None) -> QuerySet[ProgressUpdate]:
    """The initiative's updates, latest month first, up to `month`."""
    rows = ProgressUpdate.objects.filter(initiative=initiative).order_by("-month")
    return rows if month is None else rows.filter(month__lte=month)
