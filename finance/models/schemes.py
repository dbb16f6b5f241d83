"""Savings: what the plan must save, the schemes that are to save it, and their months."""

from django.db import models
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import BelongsToPlan


class SavingsRequirement(Sourced):
    """What a plan must save in the year, in pounds: the QIPP requirement."""

    plan = models.OneToOneField("plans.Plan", on_delete=models.CASCADE, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="finance_requirement_not_negative")
        ]

    def __str__(self) -> str:
        return f"Savings requirement of {self.plan}"


class Scheme(BelongsToPlan, Sourced):
    """A QIPP savings scheme. Its year is the sum of its months; the savings that nobody owns are a scheme of their own."""

    class State(models.TextChoices):
        """How real a scheme is: identified, earmarked, an idea that counts for nothing yet, or what is still to find.

        It follows from the stage of the pipeline; the line of what is still to find has none.
        """

        IDENTIFIED = "identified", "Identified"
        EARMARKED = "earmarked", "Earmarked"
        IDEA = "idea", "Idea"
        UNIDENTIFIED = "unidentified", "No scheme yet"

    class Stage(models.TextChoices):
        """How far a scheme has come, from an idea to what is done."""

        IDEA = "idea", "Idea"
        EARMARKED = "earmarked", "Earmarked"
        IDENTIFIED = "identified", "Identified"
        IN_DELIVERY = "in_delivery", "In delivery"
        DELIVERED = "delivered", "Delivered"
        CLOSED = "closed", "Closed"

    class Contract(models.TextChoices):
        """How the provider is paid. A saving on a block contract releases no cash until the block is agreed anew."""

        BLOCK = "block", "Block"
        COST_AND_VOLUME = "cost_and_volume", "Cost and volume"
        TARIFF = "tariff", "Payment by results"
        NONE = "none", "Not in a contract"

    class Kind(models.TextChoices):
        TRANSACTIONAL = "transactional", "Transactional"
        TRANSFORMATIONAL = "transformational", "Transformational"

    class Slippage(models.TextChoices):
        """How likely a scheme is to start or deliver late, as the national return asks it."""

        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    class Forecast(models.TextChoices):
        """What a month without a forecast of its own is expected to save."""

        PLAN = "plan", "The plan of the months that remain"
        RUN_RATE = "run_rate", "The run rate to date"
        RISK_ADJUSTED = "risk_adjusted", "The plan, weighed by confidence"

    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    project = models.ForeignKey(
        "initiatives.Project", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(max_length=200)
    section = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=80, blank=True)
    area_of_spend = models.CharField(max_length=80, blank=True)
    part_of_spend = models.CharField("area of spend, second level", max_length=80, blank=True)
    national = models.BooleanField("a national rather than a local scheme", null=True, blank=True)
    rightcare = models.BooleanField("a RightCare scheme", null=True, blank=True)
    state = models.CharField(max_length=12, choices=State.choices)
    stage = models.CharField(max_length=12, choices=Stage.choices, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    recurrent = models.BooleanField(null=True, blank=True)
    provider = models.ForeignKey(
        "plans.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contract = models.CharField("contract basis", max_length=16, choices=Contract.choices, blank=True)
    in_contract = models.BooleanField("taken out of the contract already", null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    clinical_lead = models.CharField(max_length=120, blank=True)
    chance = models.DecimalField(
        "chance of delivering, per cent", max_digits=5, decimal_places=1, null=True, blank=True
    )
    least = models.DecimalField(
        "least saved if it delivers, per cent of plan", max_digits=6, decimal_places=1, null=True, blank=True
    )
    most = models.DecimalField(
        "most saved if it delivers, per cent of plan", max_digits=6, decimal_places=1, null=True, blank=True
    )
    slippage = models.CharField("risk of slippage", max_length=8, choices=Slippage.choices, blank=True)
    mitigation = models.CharField("what is done about slippage", max_length=300, blank=True)
    narrative = models.CharField(max_length=1000, blank=True)
    forecast_default = models.CharField(
        "months without a forecast of their own follow", max_length=14, choices=Forecast.choices, default=Forecast.PLAN
    )
    impact = models.ForeignKey(
        "activity.Impact", verbose_name="what it changes in activity", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    price = models.DecimalField(
        "saved for each unit of activity, pounds", max_digits=10, decimal_places=2, null=True, blank=True
    )
    start_month = models.DateField(null=True, blank=True)
    full_year_effect = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "reference"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(chance=None) | models.Q(chance__gte=0, chance__lte=100),
                name="finance_scheme_chance_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(least=None) | models.Q(most=None) | models.Q(least__lte=models.F("most")),
                name="finance_scheme_least_before_most",
            ),
            models.CheckConstraint(
                condition=models.Q(stage="")
                | models.Q(stage="idea", state="idea")
                | models.Q(stage="earmarked", state="earmarked")
                | models.Q(stage__in=["identified", "in_delivery", "delivered", "closed"], state="identified"),
                name="finance_scheme_state_follows_stage",
            ),
        ]


def money() -> models.DecimalField:
    return models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)


class SchemeMonth(Sourced):
    """One month of a scheme in pounds: gross saving and investment, planned, actual and forecast.

    `status` is how firm the actual is. `source` and `basis` are of actual and forecast, `planned_…` of the plan. Empty is not
    reported; 0 is nothing saved.
    """

    class Status(models.TextChoices):
        """Whether the month's activity data are frozen, may still change, or stand in for what has not come."""

        FINAL = "final", "final"
        FLEX = "flex", "flex"
        ESTIMATE = "estimate", "estimate"

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="months")
    month = models.DateField()
    planned_saving = money()
    actual_saving = money()
    forecast_saving = money()
    planned_investment = money()
    actual_investment = money()
    forecast_investment = money()
    status = models.CharField("how firm the actual is", max_length=8, choices=Status.choices, blank=True)
    planned_source = models.CharField(max_length=300, blank=True)
    planned_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["scheme", "month"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "month"], name="finance_schememonth_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="finance_schememonth_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}, {self.month:%B %Y}"
