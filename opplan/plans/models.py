from datetime import date

from django.db import models
from simple_history.models import HistoricalRecords

from opplan.calc.months import financial_year_months, month_number, year_start


class Organisation(models.Model):
    """An organisation of the NHS or its partners, by its ODS code."""

    class Kind(models.TextChoices):
        COMMISSIONER = "commissioner", "Commissioner"
        PROVIDER = "provider", "Provider"
        LOCAL_AUTHORITY = "local_authority", "Local authority"
        FOOTPRINT = "footprint", "Footprint"
        REGION = "region", "Region"

    code = models.CharField("ODS code", max_length=12, unique=True)
    name = models.CharField(max_length=150)
    short_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.short_name


class OrganisationCode(models.Model):
    """Another code by which publications know an organisation: a forerunner's, or its local authority's."""

    class Kind(models.TextChoices):
        FORMER = "former", "Former organisation"
        LOCAL_AUTHORITY = "local_authority", "Local authority of the same area"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="other_codes")
    code = models.CharField(max_length=12)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    until = models.DateField("last day of the former organisation", null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["organisation", "code"]
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="plans_organisationcode_once")]

    def __str__(self) -> str:
        return f"{self.code}, now {self.organisation}"


class Plan(models.Model):
    """One organisation's operational plan of one financial year."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="plans")
    year = models.CharField("financial year", max_length=7, help_text="Such as 2016-17")
    title = models.CharField(max_length=150)
    summary = models.TextField(blank=True)
    round = models.CharField("planning round", max_length=20, help_text="Whose measures and codes hold")
    reporting_month = models.DateField(
        null=True, blank=True, help_text="The month now being reported; boards show figures to its end"
    )
    baseline_locked_on = models.DateField(
        null=True,
        blank=True,
        help_text="Since when the plan as it was signed is its baseline; a later change of a planned figure is a re-baselining",
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["organisation__name", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="plans_plan_one_a_year"),
            models.CheckConstraint(
                condition=models.Q(reporting_month__isnull=True) | models.Q(reporting_month__day=1),
                name="plans_plan_reporting_month_is_a_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.short_name} {self.year_label}"

    @property
    def year_label(self) -> str:
        """The year as the NHS writes it: 2016/17."""
        return self.year.replace("-", "/")

    @property
    def start(self) -> date:
        return year_start(self.year)

    @property
    def months(self) -> list[date]:
        return financial_year_months(self.start)

    @property
    def month_number(self) -> int:
        """The number of the month being reported, 1 to 12; 0 before the year."""
        return month_number(self.reporting_month) if self.reporting_month else 0


class Tolerance(models.Model):
    """Where green ends and red begins for one kind of figure in one plan."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="tolerances")
    rule = models.CharField(max_length=30)
    green = models.DecimalField("green up to", max_digits=8, decimal_places=2)
    red = models.DecimalField("red beyond", max_digits=8, decimal_places=2)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "rule"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "rule"], name="plans_tolerance_one_a_rule"),
            models.CheckConstraint(
                condition=models.Q(red__gte=models.F("green")), name="plans_tolerance_red_after_green"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.rule}"


class ClosedMonth(models.Model):
    """A month whose figures are closed: changes are refused until it is reopened, with a reason."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="closed_months")
    month = models.DateField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="plans_closedmonth_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="plans_closedmonth_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.month:%B %Y}"
