"""Delayed transfers of care in detail, and the money that hangs on them."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from activity.models.lines import Line, Reading
from opplan.imports.provenance import Sourced


class Delay(Sourced):
    """Delayed days of one month at one place, broken down as the publication breaks them down.

    `place` is the code of a local authority (residents, wherever they lie) or of a provider (patients in its beds). `cut` says what
    the row is broken down by; days of different cuts are the same days told again and never add up. A reason that the catalogue
    does not know is kept as `unmapped: its words`.
    """

    class Cut(models.TextChoices):
        CARE = "care", "by type of care"
        BODY = "body", "by responsible organisation"
        REASON = "reason", "by reason"
        ALL = "all", "by care, body and reason together"

    class Care(models.TextChoices):
        ACUTE = "acute", "acute"
        NON_ACUTE = "non_acute", "non-acute"

    class Body(models.TextChoices):
        NHS = "nhs", "NHS"
        SOCIAL_CARE = "social_care", "Social care"
        BOTH = "both", "Both"

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=12)
    period = models.DateField()
    cut = models.CharField(max_length=8, choices=Cut.choices)
    care = models.CharField(max_length=10, choices=Care.choices, blank=True)
    body = models.CharField(max_length=12, choices=Body.choices, blank=True)
    reason = models.CharField(max_length=80, blank=True)
    days = models.DecimalField("delayed days", max_digits=12, decimal_places=2)
    patients = models.DecimalField("patients at the snapshot", max_digits=12, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=14, choices=Reading.Status.choices, default=Reading.Status.FINAL)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "place", "period", "cut", "care", "body", "reason"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "place", "period", "cut", "care", "body", "reason"], name="activity_delay_once"
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="activity_delay_period_is_a_first"),
            models.CheckConstraint(condition=Q(days__gte=0), name="activity_delay_days_not_below_nought"),
        ]

    def __str__(self) -> str:
        return f"{self.place}, {self.period:%B %Y}: {self.care}{self.body}{self.reason}"


class RiskShare(Sourced):
    """What the Better Care Fund pays in one quarter for a reduction in a line: released as far as the reduction is achieved."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="risk_shares")
    quarter = models.DateField("first month of the quarter")
    amount = models.DecimalField("at stake, pounds", max_digits=14, decimal_places=2)
    baseline = models.DecimalField("reduced from", max_digits=14, decimal_places=4)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["line", "quarter"], name="activity_riskshare_one_a_quarter"),
            models.CheckConstraint(
                condition=Q(quarter__day=1) & Q(quarter__month__in=[1, 4, 7, 10]),
                name="activity_riskshare_is_a_quarter",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="activity_riskshare_not_below_nought"),
        ]

    def __str__(self) -> str:
        return f"{self.line}, quarter from {self.quarter:%B %Y}"
