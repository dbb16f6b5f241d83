"""What every row of a plan has in common: the plan that it hangs on, and a reference by which people file it."""

from django.core.exceptions import ValidationError
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


ADDRESS_OF_ADDING = "new"


def require_free_reference(row: BelongsToPlan) -> None:
    """ValidationError where the reference is the address of the form that adds one, or another row of the plan has it in any case."""
    what = row._meta.verbose_name
    if row.reference.lower() == ADDRESS_OF_ADDING:
        raise ValidationError(
            {"reference": f"“{row.reference}” is an address of opplan’s own. Give another reference."}
        )
    if type(row)._default_manager.filter(plan=row.plan, reference__iexact=row.reference).exists():
        raise ValidationError({"reference": f"There is a {what} {row.reference} already. Give another reference."})
