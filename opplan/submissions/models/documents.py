"""The narrative of the plan in sections, and the documents that go with it."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


def kept() -> FileSystemStorage:
    """Where documents lie: outside of what the web server serves."""
    return FileSystemStorage(location=settings.DOCUMENTS)


class Section(BelongsToPlan, Sourced):
    """A section of the operational plan narrative. Figures stand in it as names in double braces, which opplan fills in."""

    class Status(models.TextChoices):
        TO_WRITE = "to_write", "To write"
        DRAFT = "draft", "Draft"
        REVIEW = "review", "In review"
        FINAL = "final", "Final"

    title = models.CharField(max_length=150)
    text = models.TextField(max_length=20_000, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.TO_WRITE)
    most_words = models.PositiveSmallIntegerField("words allowed", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "position", "reference"]


class Document(BelongsToPlan, Sourced):
    """A document submitted with the plan, or named in it. Its files are its versions."""

    class Status(models.TextChoices):
        NAMED = "named", "Named in the plan"
        DEVELOPING = "in development", "In development"
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"

    title = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NAMED)
    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    round = models.ForeignKey(
        "submissions.Round", null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )
    owner = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "reference"]


class DocumentVersion(models.Model):
    """One file of a document, as it was loaded. Never changed."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    file = models.FileField(storage=kept, upload_to="documents")
    file_name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    digest = models.CharField("SHA-256", max_length=64)
    note = models.CharField("what changed", max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["document", "-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="submissions_documentversion_once")]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"
