from django.db import models
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import BelongsToPlan


class StrategicGoal(BelongsToPlan, Sourced):
    """What the organisation is ultimately for: a strategic goal, a transformation pathway, or a gap to be closed."""

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "reference"]


class Programme(BelongsToPlan, Sourced):
    """A programme of work: a pathway, or a cross-cutting theme, that holds initiatives."""

    title = models.CharField(max_length=150)
    summary = models.TextField(blank=True)
    owner = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position", "reference"]


class Initiative(BelongsToPlan, Sourced):
    """A commissioning initiative: the unit by which a commissioner plans, reports and is held to account."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="initiatives")
    title = models.CharField(max_length=150)
    summary = models.TextField(blank=True)
    owner = models.CharField(max_length=120, blank=True)
    clinical_lead = models.CharField(max_length=120, blank=True)
    partners = models.CharField(max_length=200, blank=True)
    goals = models.ManyToManyField(StrategicGoal, blank=True, related_name="initiatives")
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords(m2m_fields=[goals])

    class Meta(BelongsToPlan.Meta):
        ordering = ["programme__position", "position", "reference"]


class Project(BelongsToPlan, Sourced):
    """A project through which an initiative is delivered."""

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="projects")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    owner = models.CharField(max_length=120, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["initiative", "reference"]


class Milestone(BelongsToPlan, Sourced):
    """A dated deliverable. `source` and `basis` are of its due date; `progress_basis` says how firm forecast and completion are."""

    class Precision(models.TextChoices):
        """How exactly the plan names the date; a milestone named by a period is due on the period's last day."""

        DAY = "day", "on the day"
        MONTH = "month", "in the month"
        SEASON = "season", "in the season"
        YEAR = "year", "in the year"

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="milestones")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField(max_length=200)
    due = models.DateField()
    precision = models.CharField(max_length=8, choices=Precision.choices, default=Precision.DAY)
    forecast = models.DateField("now expected", null=True, blank=True)
    completed = models.DateField("completed on", null=True, blank=True)
    note = models.TextField("why, and what happens next", blank=True)
    owner = models.CharField(max_length=120, blank=True)
    progress_source = models.CharField(max_length=300, blank=True)
    progress_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "due", "reference"]


class ProgressUpdate(Sourced):
    """What an owner says about an initiative for one month. Rewriting it keeps the earlier text in the history."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="updates")
    month = models.DateField()
    text = models.TextField("what happened, and what is next")
    decision_wanted = models.TextField(blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["initiative", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "month"], name="initiatives_progressupdate_one_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="initiatives_progressupdate_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative}, {self.month:%B %Y}"
