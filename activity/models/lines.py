"""Plan lines, their readings by month, and their counts by week."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from activity.models.measures import Measure
from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import BelongsToPlan


class SpcProfile(models.TextChoices):
    """Whose rules an SPC chart follows: `opplan.calc.spc` has them in full."""

    PLOT_THE_DOTS = "plot-the-dots", "Plot the dots (outliers screened, runs of seven)"
    NO_SCREENING = "no-screening", "Plot the dots without screening of outliers"
    MDC_6 = "mdc-6", "Making Data Count workbook, runs of six"
    MDC_7 = "mdc-7", "Making Data Count workbook, runs of seven"


class Line(BelongsToPlan, Sourced):
    """A measure as one plan holds it: for the whole commissioner, a provider, a specialty, or an initiative."""

    class Scope(models.TextChoices):
        WHOLE = "whole", "Whole commissioner"
        PROVIDER = "provider", "One provider"
        SPECIALTY = "specialty", "One specialty"
        INITIATIVE = "initiative", "One initiative"

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="lines")
    scope = models.CharField(max_length=12, choices=Scope.choices, default=Scope.WHOLE)
    provider = models.ForeignKey(
        "plans.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    specialty = models.CharField(max_length=80, blank=True)
    title = models.CharField("whose", max_length=200, blank=True)
    frequency = models.CharField(
        "how often, where not as the measure", max_length=8, choices=Measure.Frequency.choices, blank=True
    )
    owner = models.CharField("senior owner", max_length=120, blank=True)
    spc_profile = models.CharField(
        "rules of the SPC chart", max_length=20, choices=SpcProfile.choices, default=SpcProfile.PLOT_THE_DOTS
    )
    spc_fix_after = models.PositiveSmallIntegerField("limits from the first so many points", null=True, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["measure__position", "reference"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(spc_fix_after=None) | Q(spc_fix_after__gte=12), name="activity_line_limits_from_twelve"
            ),
        ]


class Rebase(models.Model):
    """A month from which a line's SPC limits start anew, because the process is known to have changed, and why."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="rebases")
    period = models.DateField()
    reason = models.CharField(max_length=300)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "period"]
        constraints = [models.UniqueConstraint(fields=["line", "period"], name="activity_rebase_once_a_period")]

    def __str__(self) -> str:
        return f"{self.line}, from {self.period:%B %Y}"


class Reading(Sourced):
    """One period of a line: planned and actual. `source` and `basis` are of the actual figure, `planned_…` of the plan.

    A count uses its numerator alone. Empty is not reported, never 0.
    """

    class Status(models.TextChoices):
        """How firm an actual figure is, or why there is none. Zero is a figure, never one of the last three."""

        FINAL = "final", "final"
        FLEX = "flex", "flex"
        ESTIMATE = "estimate", "estimate"
        MISSING = "missing", "missing"
        NOT_DUE = "not_due", "not due"
        NOT_APPLICABLE = "not_applicable", "not applicable"

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="readings")
    period = models.DateField()
    planned_numerator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    planned_denominator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    planned_source = models.CharField(max_length=300, blank=True)
    planned_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    actual_numerator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    actual_denominator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    status = models.CharField(max_length=14, choices=Status.choices, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "period"]
        constraints = [
            models.UniqueConstraint(fields=["line", "period"], name="activity_reading_one_a_period"),
            models.CheckConstraint(condition=Q(period__day=1), name="activity_reading_period_is_a_first"),
            models.CheckConstraint(
                condition=Q(actual_denominator__isnull=True) | Q(actual_numerator__isnull=False),
                name="activity_reading_actual_has_numerator",
            ),
            models.CheckConstraint(
                condition=Q(planned_denominator__isnull=True) | Q(planned_numerator__isnull=False),
                name="activity_reading_plan_has_numerator",
            ),
            models.CheckConstraint(
                condition=Q(actual_denominator__isnull=True) | Q(actual_denominator__gt=Decimal(0)),
                name="activity_reading_actual_denominator_positive",
            ),
            models.CheckConstraint(
                condition=Q(planned_denominator__isnull=True) | Q(planned_denominator__gt=Decimal(0)),
                name="activity_reading_plan_denominator_positive",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["missing", "not_due", "not_applicable"]) | Q(actual_numerator=None),
                name="activity_reading_without_a_figure_has_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}, {self.period:%B %Y}"


class WeeklyCount(Sourced):
    """A weekly snapshot of a line, such as patients delayed on a Thursday: a series of its own, never mixed with the monthly one."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="weeks")
    day = models.DateField("counted on")
    planned = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    planned_source = models.CharField(max_length=300, blank=True)
    planned_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    actual = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "day"]
        constraints = [models.UniqueConstraint(fields=["line", "day"], name="activity_weeklycount_one_a_day")]

    def __str__(self) -> str:
        return f"{self.line}, {self.day:%d %B %Y}"
