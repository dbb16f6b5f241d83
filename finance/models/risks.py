"""What could cost the plan money, what would soften it, and when a person overrules a rating."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from finance.models.schemes import Scheme, money
from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


class FinancialRisk(BelongsToPlan, Sourced):
    """A risk to the financial plan, or what mitigates one: its value in pounds and its probability. A risk may be unquantified.

    One that is `closed` stays in the register and counts for nothing.
    """

    class Kind(models.TextChoices):
        RISK = "risk", "Risk"
        MITIGATION = "mitigation", "Mitigation"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RISK)
    title = models.CharField(max_length=150)
    description = models.CharField(max_length=400, blank=True)
    category = models.CharField(max_length=40, blank=True)
    value = money()
    probability = models.DecimalField("probability, per cent", max_digits=5, decimal_places=1, null=True, blank=True)
    probability_basis = models.CharField(max_length=12, blank=True)
    mitigation = models.CharField("what is done about it", max_length=300, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    closed = models.DateField("closed on", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "-kind", "position", "reference"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0), name="finance_financialrisk_value_not_below_nought"
            ),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=100),
                name="finance_financialrisk_probability_is_a_share",
            ),
        ]


class RatingOverride(models.Model):
    """A rating that a person puts in place of the rule's, until a day and for a reason; both ratings are shown.

    It holds for the months from `since` whose last day is not after `until`. Those of one scheme do not overlap.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="overrides")
    rating = models.CharField(max_length=8, choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green")])
    reason = models.CharField(max_length=300)
    since = models.DateField("first month that it holds for")
    until = models.DateField("until")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["scheme", "-until"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "since"], name="finance_ratingoverride_one_begins_a_month"),
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="finance_ratingoverride_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}: {self.rating} until {self.until:%d %B %Y}"
