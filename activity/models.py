from decimal import Decimal

from django.db import models
from simple_history.models import HistoricalRecords

from opplan.calc.rag import Direction
from opplan.calc.ratios import Kind, YearRule
from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import REFERENCE, BelongsToPlan


def choices(values: type[Kind] | type[Direction] | type[YearRule]) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Measure(Sourced):
    """A measure of the catalogue. Codes are used again for other things in later rounds, so the key is (round, code)."""

    class Frequency(models.TextChoices):
        WEEK = "week", "weekly"
        MONTH = "month", "monthly"
        QUARTER = "quarter", "quarterly"
        YEAR = "year", "yearly"

    round = models.CharField("planning round", max_length=20)
    code = models.CharField(max_length=20, validators=[REFERENCE])
    name = models.CharField(max_length=250)
    short_name = models.CharField(max_length=60)
    area = models.CharField(max_length=60)
    unit = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=choices(Kind))
    numerator = models.CharField(max_length=250, blank=True)
    denominator = models.CharField(max_length=250, blank=True)
    direction = models.CharField(max_length=6, choices=choices(Direction))
    year_rule = models.CharField(max_length=6, choices=choices(YearRule))
    frequency = models.CharField(max_length=8, choices=Frequency.choices)
    standard = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    standard_note = models.CharField(max_length=250, blank=True)
    board = models.BooleanField("shown on the board", default=False)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["round", "position", "code"]
        constraints = [models.UniqueConstraint(fields=["round", "code"], name="activity_measure_code_in_round")]

    def __str__(self) -> str:
        return f"{self.code} {self.short_name}"


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
    title = models.CharField("whose", max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["measure__position", "reference"]


class Reading(Sourced):
    """One period of a line: planned and actual. `source` and `basis` are of the actual figure, `planned_…` of the plan.

    A count uses its numerator alone. Empty is not reported, never 0.
    """

    class Status(models.TextChoices):
        """How firm a published figure is."""

        FINAL = "final", "final"
        FLEX = "flex", "flex"
        ESTIMATE = "estimate", "estimate"

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="readings")
    period = models.DateField()
    planned_numerator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    planned_denominator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    planned_source = models.CharField(max_length=300, blank=True)
    planned_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    actual_numerator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    actual_denominator = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "period"]
        constraints = [
            models.UniqueConstraint(fields=["line", "period"], name="activity_reading_one_a_period"),
            models.CheckConstraint(condition=models.Q(period__day=1), name="activity_reading_period_is_a_first"),
            models.CheckConstraint(
                condition=models.Q(actual_denominator__isnull=True) | models.Q(actual_numerator__isnull=False),
                name="activity_reading_actual_has_numerator",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_denominator__isnull=True) | models.Q(planned_numerator__isnull=False),
                name="activity_reading_plan_has_numerator",
            ),
            models.CheckConstraint(
                condition=models.Q(actual_denominator__isnull=True) | models.Q(actual_denominator__gt=Decimal(0)),
                name="activity_reading_actual_denominator_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_denominator__isnull=True) | models.Q(planned_denominator__gt=Decimal(0)),
                name="activity_reading_plan_denominator_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}, {self.period:%B %Y}"
