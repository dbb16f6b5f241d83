"""When a plan is due, what was submitted, by whose authority it was signed, and which failed checks were accepted."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from opplan.imports.provenance import Sourced
from opplan.plans.belonging import BelongsToPlan


class Round(BelongsToPlan, Sourced):
    """A date on which parts of the plan are due: the templates asked for, by name; none is every one of the planning round."""

    title = models.CharField(max_length=120)
    due = models.DateField()
    templates = models.JSONField(default=list, blank=True)
    scope = models.CharField(max_length=120, blank=True)
    final = models.BooleanField("the final submission, which locks the plan's baseline", default=False)
    submitted_before = models.DateField("submitted, before opplan held the plan", null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "due", "reference"]


class Submission(models.Model):
    """A template frozen at a moment: every value, the workbook's bytes and their hash. Never changed; a later version follows it.

    `values` is a list of [block, row, column, index, sheet, cell, kind, value] with values in their one spelling; `content` is the
    hash of them, and what is signed. `checks` are the checks as they stood.
    """

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions")
    template = models.CharField(max_length=40)
    version = models.CharField(max_length=12, help_text="Such as V8.1")
    month = models.DateField()
    values = models.JSONField(default=list)
    checks = models.JSONField(default=list, blank=True)
    content = models.CharField("hash of the values", max_length=64)
    workbook = models.BinaryField()
    digest = models.CharField("SHA-256 of the workbook", max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_why = models.CharField(max_length=500, blank=True)
    history = HistoricalRecords(excluded_fields=["workbook", "values", "checks"])

    class Meta:
        ordering = ["plan", "template", "-at"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "template", "version"], name="submissions_submission_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.version}"


class Delegation(BelongsToPlan, Sourced):
    """The governing body's authority to sign for it: to whom, by which minute, for what, from when to when."""

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    minute = models.CharField("minute reference", max_length=80)
    scope = models.CharField(max_length=300)
    templates = models.JSONField(default=list, blank=True)
    begins = models.DateField()
    ends = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta(BelongsToPlan.Meta):
        ordering = ["plan", "-begins"]
        constraints = [
            *BelongsToPlan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends__gte=F("begins")), name="submissions_delegation_ends_after_it_begins"
            ),
        ]


class Signature(models.Model):
    """An officer's signature under the content of one submission. It is void as soon as the plan's figures differ from it."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="signatures")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="signatures")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    statement = models.CharField(max_length=500)
    content = models.CharField("hash that was signed", max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["submission", "-at"]

    def __str__(self) -> str:
        return f"{self.officer}: {self.submission}"


class Acceptance(models.Model):
    """A failed check that goes out with the submission, for a reason. Contradictions cannot be accepted."""

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    subject = models.CharField("key of what it is about", max_length=200)
    found = models.CharField("what was found when it was accepted", max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    withdrawn = models.BooleanField(default=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "template", "rule", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "template", "rule", "subject"], name="submissions_acceptance_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}"
