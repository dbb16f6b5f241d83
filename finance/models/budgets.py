"""The financial plan: its statements as lines and columns, what it assumes, and the rules that it must keep."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from finance.models.schemes import money
from opplan.imports.provenance import Basis, Sourced
from opplan.plans.belonging import BelongsToPlan


class BudgetLine(BelongsToPlan, Sourced):
    """A line of one of the plan's financial statements, with an amount a column: a year, or what a printed table calls it."""

    class Statement(models.TextChoices):
        PLAN = "plan", "Financial plan"
        STRATEGY = "strategy", "Medium-term strategy"
        IMPACT = "impact", "Impact of the initiatives"
        TARGETS = "targets", "Regional and local targets"
        CAPITAL = "capital", "Capital programme"

    class Kind(models.TextChoices):
        """What a line of the financial plan is: money coming in, or one of the uses that it is put to."""

        RESOURCE = "resource", "Resource limit"
        BROUGHT = "brought", "Surplus brought forward"
        PROGRAMME = "programme", "Programme spend"
        RESERVE = "reserve", "Reserves"
        CONTINGENCY = "contingency", "Contingency"
        RUNNING = "running", "Running costs"

    statement = models.CharField(max_length=10, choices=Statement.choices)
    section = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=120)
    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField("what it is in the plan", max_length=12, choices=Kind.choices, blank=True)
    provider = models.ForeignKey(
        "plans.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.CharField("budget holder", max_length=120, blank=True)
    is_total = models.BooleanField("printed total of the lines above", default=False)
    note = models.CharField(max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "statement", "position"]


class BudgetAmount(Sourced):
    """What a line says in one column, in pounds, and the per cent printed beside it. Empty is not given, never 0.

    In the financial plan the columns are years; the column `SAVINGS` is the saving that this year's amount already takes out.
    """

    SAVINGS = "savings"

    line = models.ForeignKey(BudgetLine, on_delete=models.CASCADE, related_name="amounts")
    column = models.CharField(max_length=20, help_text="A financial year such as 2011-12, or gross, efficiency, net")
    amount = money()
    non_recurrent = models.DecimalField(
        "of which non-recurrent, pounds", max_digits=14, decimal_places=2, null=True, blank=True
    )
    percent = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "column"]
        constraints = [models.UniqueConstraint(fields=["line", "column"], name="finance_budgetamount_once")]

    def __str__(self) -> str:
        return f"{self.line}, {self.column}"


class BudgetMonth(Sourced):
    """One month of a line of the financial plan, in pounds: budget, actual and forecast. Empty is not reported, never 0.

    `source` and `basis` are of actual and forecast, `planned_…` of the budget.
    """

    line = models.ForeignKey(BudgetLine, on_delete=models.CASCADE, related_name="months")
    month = models.DateField()
    budget = money()
    actual = money()
    forecast = money()
    planned_source = models.CharField(max_length=300, blank=True)
    planned_basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["line", "month"]
        constraints = [
            models.UniqueConstraint(fields=["line", "month"], name="finance_budgetmonth_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="finance_budgetmonth_is_a_first"),
        ]

    def __str__(self) -> str:
        return f"{self.line}, {self.month:%B %Y}"


class BridgeStep(BelongsToPlan, Sourced):
    """A step of the bridge from last year's outturn of spend to this year's plan, in pounds; below nought spends less."""

    title = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    recurrent = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position"]


class CapitalScheme(BelongsToPlan, Sourced):
    """A capital scheme: what is built or bought, for how much, in which year. `group` is the line of the capital programme that pays."""

    title = models.CharField(max_length=150)
    group = models.CharField(max_length=80, blank=True)
    year = models.CharField(max_length=7)
    amount = money()
    owner = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position", "reference"]


class PlanningAssumption(Sourced):
    """What the financial plan assumes of one year, in per cent: growth, inflation gross and net of efficiency, contingency, surplus."""

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    year = models.CharField(max_length=7)
    percent = models.DecimalField(max_digits=7, decimal_places=3)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "position", "year"]
        constraints = [models.UniqueConstraint(fields=["plan", "name", "year"], name="finance_planningassumption_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.year}"


class Allocation(BelongsToPlan, Sourced):
    """What the plan document says of a year's allocation. Two rows of one year that differ are a finding."""

    year = models.CharField(max_length=7)
    firm = models.BooleanField(default=True)
    limit = money()
    growth = money()
    growth_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    from_target = models.DecimalField("per cent from target", max_digits=6, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=250, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "year", "reference"]


class BusinessRule(BelongsToPlan, Sourced):
    """A rule of the year for the financial plan: this much, in per cent of an allocation, an amount, or both; and what the plan holds."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at least", "at least"
        EQUAL = "equal", "equal"
        AS_NOTIFIED = "as notified", "as notified"

    title = models.CharField(max_length=120)
    comparison = models.CharField(max_length=12, choices=Comparison.choices)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount = money()
    held = models.DecimalField("held in the plan, pounds", max_digits=14, decimal_places=2, null=True, blank=True)
    base = models.DecimalField("per cent of this, pounds", max_digits=14, decimal_places=2, null=True, blank=True)
    base_name = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position"]


class Finding(BelongsToPlan, Sourced):
    """Where the plan document disagrees with itself: what it states, what its own figures give, and what follows."""

    section = models.CharField(max_length=40)
    statement = models.CharField(max_length=200)
    stated = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    computed = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=20)
    finding = models.CharField(max_length=250)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "reference"]


class Scenario(models.Model):
    """A named set of assumptions for the years ahead, to be compared with others: base, best, worst, or one's own."""

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    opening_year = models.CharField(max_length=7)
    opening_limit = models.DecimalField(max_digits=14, decimal_places=2)
    brought_forward = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    note = models.CharField(max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="finance_scenario_name_in_plan"),
            models.CheckConstraint(
                condition=Q(opening_limit__gt=0), name="finance_scenario_opening_limit_above_nought"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioLine(Sourced):
    """One assumption of a scenario for one year: per cent of the limit, an amount in pounds, or both. Its kind says what it feeds."""

    class Kind(models.TextChoices):
        GROWTH = "growth", "Growth of the limit"
        INFLATION = "inflation", "Inflation, gross"
        EFFICIENCY = "efficiency", "Efficiency asked of providers"
        ADJUSTMENT = "adjustment", "To be funded first"
        PATHWAYS = "pathways", "Change through pathways"
        SURPLUS = "surplus", "Surplus aimed at"

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=80)
    year = models.CharField(max_length=7)
    percent = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    amount = money()
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["scenario", "position", "name", "year"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "name", "year"], name="finance_scenarioline_once_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.name}, {self.year}"
