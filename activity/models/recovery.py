"""Recovery: what is done about a standard that is not met, by whom, by when, and how far it has come."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from activity.models.lines import Line
from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


class RecoveryPlan(BelongsToPlan, Sourced):
    """The recovery plan for one or more failing lines: diagnosis, causes, escalation, and what must hold for it to end."""

    class Escalation(models.TextChoices):
        """How far up the failure has been taken."""

        LEAD = "lead", "Lead"
        DIRECTOR = "director", "Director"
        GOVERNING_BODY = "governing_body", "Governing body"
        REGULATOR = "regulator", "Regulator"

    title = models.CharField(max_length=150)
    lines = models.ManyToManyField(Line, related_name="recovery_plans")
    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner = models.CharField(max_length=120, blank=True)
    diagnosis = models.TextField(blank=True)
    causes = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    escalation = models.CharField(max_length=16, choices=Escalation.choices, default=Escalation.LEAD)
    formal_intervention = models.BooleanField(default=False)
    intervention = models.TextField("who intervened, and under what", blank=True)
    exit_criteria = models.TextField(blank=True)
    opened = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    history = HistoricalRecords(m2m_fields=[lines])

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "reference"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(closed=None) | Q(opened=None) | Q(closed__gte=models.F("opened")),
                name="activity_recoveryplan_closes_after_it_opens",
            ),
        ]


class RecoveryAction(Sourced):
    """Something that somebody is to do by a day so that the standard is met again."""

    recovery = models.ForeignKey(RecoveryPlan, on_delete=models.CASCADE, related_name="actions")
    title = models.CharField(max_length=250)
    owner = models.CharField(max_length=120, blank=True)
    due = models.DateField(null=True, blank=True)
    completed = models.DateField("completed on", null=True, blank=True)
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["recovery", "position", "due"]

    def __str__(self) -> str:
        return self.title


class RecoveryMonth(Sourced):
    """The recovery trajectory: the value that a line is to reach in one month, in the measure's unit."""

    recovery = models.ForeignKey(RecoveryPlan, on_delete=models.CASCADE, related_name="months")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=4)
    history = HistoricalRecords()

    class Meta:
        ordering = ["recovery", "line", "month"]
        constraints = [
            models.UniqueConstraint(fields=["recovery", "line", "month"], name="activity_recoverymonth_one_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="activity_recoverymonth_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.recovery}, {self.month:%B %Y}"


class RecoveryReview(Sourced):
    """What a review of a recovery plan found and decided, and how far up the matter was taken from then."""

    recovery = models.ForeignKey(RecoveryPlan, on_delete=models.CASCADE, related_name="reviews")
    held = models.DateField("held on")
    finding = models.TextField()
    decision = models.TextField(blank=True)
    escalation = models.CharField(max_length=16, choices=RecoveryPlan.Escalation.choices)
    history = HistoricalRecords()

    class Meta:
        ordering = ["recovery", "-held"]
        constraints = [models.UniqueConstraint(fields=["recovery", "held"], name="activity_recoveryreview_one_a_day")]

    def __str__(self) -> str:
        return f"{self.recovery}, {self.held:%d %B %Y}"
