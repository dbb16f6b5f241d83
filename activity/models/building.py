"""How a line's plan is built up: from a baseline, through growth and policy, to what each initiative is to change."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from activity.models.lines import Line
from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import BelongsToPlan


class LineBuild(Sourced):
    """The year's plan of a line in parts: last year's outturn, growth in per cent of it, and policy in the measure's unit.

    What initiatives are to change comes on top, month by month (`Impact`). `source` and `basis` are of the baseline.
    """

    class Phasing(models.TextChoices):
        """How the year before initiatives is spread over its months: `opplan.calc.phasing`."""

        EVEN = "even", "Evenly"
        WORKING_DAYS = "working_days", "By working days"
        LAST_YEAR = "last_year", "In last year's shape"
        WINTER = "winter", "Winter profile"
        OWN = "own", "Own percentages"

    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="build")
    baseline_year = models.CharField(max_length=7, blank=True, help_text="Such as 2015-16")
    baseline = models.DecimalField(max_digits=16, decimal_places=4)
    demographic = models.DecimalField("demographic growth, per cent", max_digits=7, decimal_places=3, default=0)
    other = models.DecimalField("other growth, per cent", max_digits=7, decimal_places=3, default=0)
    policy = models.DecimalField("policy and service changes", max_digits=16, decimal_places=4, default=0)
    policy_note = models.CharField(max_length=300, blank=True)
    phasing = models.CharField(max_length=14, choices=Phasing.choices, default=Phasing.WORKING_DAYS)
    percentages = models.JSONField(default=list, blank=True, help_text="Own percentages, April to March, as text")
    history = HistoricalRecords()

    class Meta:
        ordering = ["line"]
        constraints = [
            models.CheckConstraint(condition=Q(baseline__gte=0), name="activity_linebuild_baseline_not_below_nought")
        ]

    def __str__(self) -> str:
        return f"Build-up of {self.line}"


class Impact(BelongsToPlan, Sourced):
    """What an initiative is to change in one line: fewer referrals, shorter stays. Its months hold by how much, below nought for fewer."""

    class Effect(models.TextChoices):
        REDUCE = "reduce", "Reduces"
        CONTAIN = "contain", "Contains growth"
        MOVE = "move", "Moves elsewhere"
        ADD = "add", "Adds"

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="impacts")
    initiative = models.ForeignKey("initiatives.Initiative", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    how_modelled = models.CharField(max_length=300, blank=True)
    effect = models.CharField(max_length=8, choices=Effect.choices)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["line", "reference"]


class ImpactMonth(models.Model):
    """By how much an impact is to change its line in one month, in the measure's unit."""

    impact = models.ForeignKey(Impact, on_delete=models.CASCADE, related_name="months")
    month = models.DateField()
    planned = models.DecimalField(max_digits=16, decimal_places=4)
    source = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.ENTERED)
    history = HistoricalRecords()

    class Meta:
        ordering = ["impact", "month"]
        constraints = [
            models.UniqueConstraint(fields=["impact", "month"], name="activity_impactmonth_one_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="activity_impactmonth_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.impact}, {self.month:%B %Y}"
