"""The catalogue of measures: one set a planning round, and what an organisation adds of its own."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from opplan.calc.rag import Direction
from opplan.calc.ratios import Counted, Kind, YearRule
from opplan.imports.provenance import Sourced
from opplan.plans.belonging import REFERENCE


def choices(values: type[Kind] | type[Direction] | type[YearRule]) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Measure(Sourced):
    """A measure of the catalogue. Codes are used again for other things in later rounds, so the key is (round, code).

    A national measure has no organisation; a local one belongs to the organisation that added it. `feed` names the published series
    that fills its lines, whatever the round calls it ("rtt.incomplete"). The standard holds from and until the dates given; an
    open end is empty. `counted` says whether figures are whole, may be halves (patients whom two trusts share), or any part.
    """

    class Frequency(models.TextChoices):
        WEEK = "week", "weekly"
        MONTH = "month", "monthly"
        QUARTER = "quarter", "quarterly"
        YEAR = "year", "yearly"

    round = models.CharField("planning round", max_length=20)
    organisation = models.ForeignKey(
        "plans.Organisation", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(max_length=20, validators=[REFERENCE])
    name = models.CharField(max_length=250)
    short_name = models.CharField(max_length=60)
    area = models.CharField(max_length=60)
    unit = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=choices(Kind))
    numerator = models.CharField(max_length=250, blank=True)
    denominator = models.CharField(max_length=250, blank=True)
    counted = models.CharField(
        "counted in",
        max_length=6,
        choices=[
            (Counted.WHOLE.value, "Whole numbers"),
            (Counted.HALVES.value, "Halves: a patient whom two trusts share is half of each"),
            (Counted.PARTS.value, "Any part: averages, estimates, money"),
        ],
        default=Counted.WHOLE.value,
    )
    direction = models.CharField(max_length=6, choices=choices(Direction))
    year_rule = models.CharField(max_length=6, choices=choices(YearRule))
    frequency = models.CharField(max_length=8, choices=Frequency.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    feed = models.CharField("published series", max_length=40, blank=True)
    standard = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    standard_from = models.DateField(null=True, blank=True)
    standard_until = models.DateField(null=True, blank=True)
    standard_note = models.CharField(max_length=250, blank=True)
    board = models.BooleanField("shown on the board", default=False)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["round", "position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "code"], condition=Q(organisation=None), name="activity_measure_code_in_round"
            ),
            models.UniqueConstraint(
                fields=["round", "organisation", "code"],
                condition=Q(organisation__isnull=False),
                name="activity_measure_local_code_in_round",
            ),
            models.CheckConstraint(
                condition=Q(standard_from=None)
                | Q(standard_until=None)
                | Q(standard_until__gte=models.F("standard_from")),
                name="activity_measure_standard_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.short_name}"
