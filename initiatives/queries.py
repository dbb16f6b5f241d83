"""Initiatives and what hangs on them, as other rooms may read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from initiatives.models import Initiative, Milestone, Programme, ProgressUpdate, Project, StrategicGoal
from opplan.calc.months import end_of
from opplan.calc.rag import Judgement, Tolerance, milestone
from opplan.plans.attribution import Change, last_of
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan


def initiative_keys(plan: Plan) -> dict[str, int]:
    """The plan's initiatives by reference, for rows of other rooms that point to one."""
    return dict(Initiative.objects.filter(plan=plan).values_list("reference", "pk"))


def programme_titles(plan: Plan) -> list[tuple[str, str]]:
    """The reference and title of each programme, in the order of the plan. One query."""
    return list(Programme.objects.filter(plan=plan).values_list("reference", "title"))


class InitiativeEntry(NamedTuple):
    """An initiative of the register, with the month of its last update to `month`."""

    key: int
    reference: str
    title: str
    summary: str
    owner: str
    programme_reference: str
    programme: str
    programme_summary: str
    programme_owner: str
    basis: str
    updated_for: date | None


def initiative_register(plan: Plan, month: date) -> list[InitiativeEntry]:
    """The plan's initiatives in their order, each with the latest month up to `month` that has an update. One query."""
    return [InitiativeEntry._make(row) for row in _initiatives(plan.pk, month).all()]


# What is kept is how the database is asked, never what it answers: to write so wide a query takes longer than to run it.
@lru_cache(maxsize=128)
def _initiatives(plan: int, month: date) -> QuerySet[Initiative, tuple[Any, ...]]:
    updates = ProgressUpdate.objects.filter(initiative=OuterRef("pk"), month__lte=month).order_by("-month")
    return Initiative.objects.filter(plan_id=plan).values_list(
        "pk",
        "reference",
        "title",
        "summary",
        "owner",
        "programme__reference",
        "programme__title",
        "programme__summary",
        "programme__owner",
        "basis",
        Subquery(updates.values("month")[:1]),
    )


class MilestoneEntry(NamedTuple):
    """A milestone with its rating at a date."""

    judgement: Judgement
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
    programme: str
    source: str
    progress_source: str

    @property
    def illustrative(self) -> bool:
        """Whether its date or its progress was made up to show a screen."""
        return "illustrative" in {self.basis, self.progress_basis}


def milestone_register(
    plan: Plan, as_at: date, tolerance: Tolerance, initiative_key: int | None = None
) -> list[MilestoneEntry]:
    """The plan's milestones (or one initiative's), by due date, each rated as at `as_at`. One query."""
    rows = _milestones(plan.pk).all()
    if initiative_key is not None:
        rows = rows.filter(initiative_id=initiative_key)
    return _rated(rows, as_at, tolerance)


MILESTONE = (
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
    "initiative__programme__title",
    "source",
    "progress_source",
)


def rated_milestones(rows: QuerySet[Milestone], as_at: date, tolerance: Tolerance) -> list[MilestoneEntry]:
    """These milestones, each rated as at `as_at`. One query."""
    return _rated(rows.values_list(*MILESTONE), as_at, tolerance)


@lru_cache(maxsize=64)
def _milestones(plan: int) -> QuerySet[Milestone, tuple[Any, ...]]:
    return Milestone.objects.filter(plan_id=plan).order_by("due", "reference").values_list(*MILESTONE)


def _rated(rows: Iterable[tuple[Any, ...]], as_at: date, tolerance: Tolerance) -> list[MilestoneEntry]:
    return [MilestoneEntry._make((milestone(row[7], row[9], row[10], as_at, tolerance), *row)) for row in rows]


def milestones_of(plan: Plan) -> QuerySet[Milestone]:
    """The plan's milestones by due date, for a list that narrows them."""
    return Milestone.objects.filter(plan=plan).order_by("due", "reference")


def milestone_states(month: date) -> dict[str, Q]:
    """What "overdue", "due", "coming" and "complete" mean at the end of `month`.

    Complete: completed by then. Overdue: its planned date has passed and it is not complete. Due: its planned date lies in the
    month and it is not complete, so a milestone may be both due and overdue. Coming: planned for after the month and not complete.
    """
    as_at = end_of(month)
    complete = Q(completed__isnull=False, completed__lte=as_at)
    return {
        "overdue": ~complete & Q(due__lt=as_at),
        "due": ~complete & Q(due__range=(month, as_at)),
        "coming": ~complete & Q(due__gt=as_at),
        "complete": complete,
    }


@dataclass(frozen=True)
class MilestoneCounts:
    """How many milestones a plan has, and how many are in each state at the end of a month."""

    total: int
    overdue: int
    due: int
    coming: int
    complete: int


def milestone_counts(plan: Plan, month: date) -> MilestoneCounts:
    """The plan's milestones counted by state. One query."""
    states = {f"in_{name}": Count("pk", filter=state) for name, state in milestone_states(month).items()}
    counted = milestones_of(plan).aggregate(in_total=Count("pk"), **states)
    return MilestoneCounts(**{name.removeprefix("in_"): count for name, count in counted.items()})


def find_initiative(plan: Plan, reference: str) -> Initiative | None:
    """One initiative by its reference, with its programme."""
    return Initiative.objects.select_related("programme").filter(plan=plan, reference=reference).first()


def find_milestone(plan: Plan, reference: str) -> Milestone | None:
    """One milestone by its reference, with its initiative."""
    return Milestone.objects.select_related("initiative", "project").filter(plan=plan, reference=reference).first()


def projects_of(initiative: Initiative) -> QuerySet[Project]:
    return Project.objects.filter(initiative=initiative).order_by("reference")


def projects_in(plan: Plan) -> list[tuple[int, int, str, str]]:
    """Each project of the plan: its key, its initiative's key, its reference and its title. One query."""
    rows = Project.objects.filter(plan=plan).order_by("reference")
    return list(rows.values_list("pk", "initiative_id", "reference", "title"))


def goals_of(initiative: Initiative) -> QuerySet[StrategicGoal]:
    return initiative.goals.order_by("reference")


def updates_of(initiative: Initiative, month: date | None = None) -> QuerySet[ProgressUpdate]:
    """The initiative's updates, latest month first, up to `month`."""
    rows = ProgressUpdate.objects.filter(initiative=initiative).order_by("-month")
    return rows if month is None else rows.filter(month__lte=month)


def find_update(initiative: Initiative, month: date) -> ProgressUpdate | None:
    """What was written about the initiative for one month."""
    return ProgressUpdate.objects.filter(initiative=initiative, month=month).first()


MILESTONE_FIELDS = {
    "title": "Title",
    "project_id": "Project",
    "initiative_id": "Initiative",
    "due": "Due",
    "precision": "How exactly it is due",
    "completed": "Completed on",
    "forecast": "Now expected",
    "note": "Why, and what happens next",
    "owner": "Owner",
    "source": "Source",
    "basis": "How firm the date is",
    "progress_basis": "How firm the progress is",
}
UPDATE_FIELDS = {
    "text": "What happened, and what is next",
    "decision_wanted": "Decision wanted",
    "basis": "How firm",
}
PROJECT_FIELDS = {"title": "Title", "summary": "Summary", "owner": "Owner", "source": "Source", "basis": "How firm"}
INITIATIVE_FIELDS = {
    "title": "Title",
    "summary": "Summary",
    "programme_id": "Programme",
    "owner": "Owner",
    "clinical_lead": "Clinical lead",
    "partners": "Partners",
    "position": "Place in the list",
    "source": "Source",
    "basis": "How firm",
}


def changes_of(initiative: Initiative) -> list[ChangeEntry]:
    """Everything that changed in the initiative, its milestones, updates and projects, latest first. Six queries.

    Not followed: the goals that it serves, which are set when the plan is loaded, and the source of progress, which is whoever
    recorded it.
    """
    programmes = dict(Programme.objects.filter(plan_id=initiative.plan_id).values_list("pk", "title"))
    mine, within = Q(id=initiative.pk), Q(initiative_id=initiative.pk)
    found = [
        *changes(
            _entries(Initiative, mine), kind="Initiative", fields=INITIATIVE_FIELDS, names={"programme_id": programmes}
        ),
        *changes(_entries(Milestone, within), kind="Milestone", fields=MILESTONE_FIELDS, names=_names(initiative)),
        *changes(_entries(ProgressUpdate, within), kind="Update", fields=UPDATE_FIELDS, title=_month_of),
        *changes(_entries(Project, within), kind="Project", fields=PROJECT_FIELDS),
    ]
    return sorted(found, key=lambda change: change.when, reverse=True)


def changes_of_milestone(row: Milestone) -> list[ChangeEntry]:
    """Everything that changed in one milestone, latest first. Two queries."""
    return changes(
        _entries(Milestone, Q(id=row.pk)), kind="Milestone", fields=MILESTONE_FIELDS, names=_names(row.initiative)
    )


def recent_changes(initiative: Initiative, limit: int = 6) -> list[ChangeEntry]:
    """The latest changes in the initiative and what hangs on it. Six queries."""
    return changes_of(initiative)[:limit]


def last_change(plan: Plan) -> Change | None:
    """When the plan's initiatives, or what hangs on them, last changed, by whom and why. One query."""
    return last_of(
        StrategicGoal.history.filter(plan=plan),
        Programme.history.filter(plan=plan),
        Initiative.history.filter(plan=plan),
        Project.history.filter(plan=plan),
        Milestone.history.filter(plan=plan),
        ProgressUpdate.history.filter(initiative__plan=plan),
    )


def _entries(model: Any, where: Q) -> QuerySet[Any]:
    return model.history.filter(where).select_related("history_user").order_by("id", "history_id")


def _names(initiative: Initiative) -> dict[str, dict[int, str]]:
    projects = dict(projects_of(initiative).values_list("pk", "title"))
    return {"project_id": projects, "initiative_id": {initiative.pk: initiative.title}}


def _month_of(entry: Any) -> str:
    return month_name(entry.month)
