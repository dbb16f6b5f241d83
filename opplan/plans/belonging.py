"""What every row of a plan has in common: the plan that it hangs on, and a reference by which people file it."""

from django.core.validators import RegexValidator
from django.db import models

REFERENCE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9.\-]*$", "Use letters, digits, full stops and hyphens, such as PC-03."
)


class BelongsToPlan(models.Model):
    """A row of one organisation's financial year, addressed by its reference within that plan."""

    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=40, validators=[REFERENCE])

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["plan", "reference"], name="%(app_label)s_%(class)s_reference_in_plan")
        ]

    def __str__(self) -> str:
        return str(getattr(self, "title", "") or self.reference)
