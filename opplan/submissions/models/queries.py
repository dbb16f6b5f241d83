"""What NHS England asks about a submission."""

from django.db import models
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


class Question(BelongsToPlan, Sourced):
    """A query of NHS England or a key line of enquiry, tied to a template's cell, with its answer.

    Open until it is closed; an open one stands in the way of freezing its template, unless a round goes without it for a reason.
    """

    class Kind(models.TextChoices):
        QUERY = "query", "Query of NHS England"
        LINE = "line", "Key line of enquiry"

    class Assessed(models.TextChoices):
        GREEN = "green", "Green"
        AMBER = "amber", "Amber"
        RED = "red", "Red"

    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.QUERY)
    asked = models.CharField("what is asked", max_length=1000)
    area = models.CharField("key line of enquiry", max_length=80, blank=True)
    template = models.CharField(max_length=40, blank=True)
    sheet = models.CharField(max_length=31, blank=True)
    cell = models.CharField(max_length=10, blank=True)
    key = models.JSONField("block, row, column and month of the cell", default=list, blank=True)
    asked_on = models.DateField(null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    due = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=4000, blank=True)
    evidence = models.ForeignKey(
        "submissions.Document", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assessed = models.CharField("how we assess ourselves", max_length=5, choices=Assessed.choices, blank=True)
    reply = models.CharField("what NHS England said to the answer", max_length=1000, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    waived_for = models.ForeignKey(
        "submissions.Round", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    waived_why = models.CharField("why that round goes without it", max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "due", "reference"]
