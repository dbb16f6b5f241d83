"""What people answer in a template where no room holds it, and the files that came back."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Sourced


class Answer(Sourced):
    """An answer to one cell of a template, as text in one spelling: 12.5, 2016-04-01, Yes."""

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=40)
    block = models.CharField(max_length=40)
    row = models.CharField(max_length=60)
    column = models.CharField(max_length=40)
    index = models.PositiveSmallIntegerField(default=0)
    value = models.TextField(max_length=4000)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "template", "block", "row", "column", "index"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "template", "block", "row", "column", "index"], name="submissions_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}: {self.block}, {self.row}"


class Return(models.Model):
    """A workbook that came back and was applied: its bytes' hash, and each change by its cell's key, so that it can be taken back.

    `changes` is a list of {sheet, cell, key: [block, row, column, index], was, value}, values in their one spelling.
    """

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    digest = models.CharField("SHA-256", max_length=64)
    changes = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_why = models.CharField(max_length=500, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "-at"]

    def __str__(self) -> str:
        return self.file_name
