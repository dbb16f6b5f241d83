"""Contracts with providers: what each is worth, and what its activity is priced at."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from finance.models.schemes import Scheme, money
from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


class Contract(BelongsToPlan, Sourced):
    """A year's contract with one provider, in pounds. `fixed` is the part that no priced activity explains."""

    provider = models.ForeignKey("plans.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=150)
    basis_of_payment = models.CharField(max_length=16, choices=Scheme.Contract.choices)
    value = money()
    fixed = money()
    budget_line = models.ForeignKey(
        "finance.BudgetLine", null=True, blank=True, on_delete=models.SET_NULL, related_name="contracts"
    )
    signed = models.DateField("signed on", null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position", "reference"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(condition=Q(value=None) | Q(value__gte=0), name="finance_contract_not_below_nought"),
        ]


class ContractPrice(Sourced):
    """What a contract pays for one unit of a plan line's activity, in pounds, and the share of that line which this provider does."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="prices")
    line = models.ForeignKey("activity.Line", on_delete=models.PROTECT, related_name="+")
    price = models.DecimalField("pounds for each unit", max_digits=10, decimal_places=2)
    share = models.DecimalField("share of the line, per cent", max_digits=5, decimal_places=2, default=100)
    history = HistoricalRecords()

    class Meta:
        ordering = ["contract", "line"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "line"], name="finance_contractprice_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="finance_contractprice_not_below_nought"),
            models.CheckConstraint(
                condition=Q(share__gt=0, share__lte=100), name="finance_contractprice_share_of_the_line"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract}: {self.line}"
