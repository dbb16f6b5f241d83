"""What came in: batches of files, what they changed, and how a file's columns are read."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords


class Batch(models.Model):
    """One or more files of one source, uploaded together: previewed, then applied as a whole or not at all, and undone as a whole."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", "Previewed"
        APPLIED = "applied", "Loaded"
        DISCARDED = "discarded", "Discarded"
        UNDONE = "undone", "Undone"

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEWED)
    mapping = models.JSONField("which column is which", null=True, blank=True)
    fingerprint = models.CharField("of what the preview showed", max_length=64, blank=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    messages = models.JSONField(default=list, blank=True)
    figures = models.JSONField(
        "what was read of the files, until the batch is loaded or discarded", default=list, blank=True
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_why = models.CharField("why it was loaded without what was refused", max_length=300, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_why = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords(excluded_fields=["messages", "figures"])

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"Import {self.pk}"


class BatchFile(models.Model):
    """A file of a batch: its name, the hash of its bytes, and the bytes, so that a figure can be traced to what was uploaded."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    history = HistoricalRecords(excluded_fields=["content"])

    class Meta:
        ordering = ["batch", "pk"]

    def __str__(self) -> str:
        return self.name


class BatchChange(models.Model):
    """A row that a batch made or changed: what it held before (nothing for a new row) and after, and the cell that said so.

    Written once and never changed: it is a history itself, and has none.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=40)
    row = models.PositiveBigIntegerField()
    place = models.CharField(max_length=400)
    was = models.JSONField(null=True, blank=True)
    now = models.JSONField()

    class Meta:
        ordering = ["batch", "pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "kind", "row"], name="imports_batchchange_once")]

    def __str__(self) -> str:
        return f"{self.batch}: {self.kind} {self.row}"


class ColumnMapping(models.Model):
    """Which column of a file is which, kept by an organisation under a name for the next file of the kind."""

    organisation = models.ForeignKey("plans.Organisation", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    mapping = models.JSONField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["organisation", "name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="imports_columnmapping_name")]

    def __str__(self) -> str:
        return self.name
