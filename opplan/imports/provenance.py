"""Where a figure comes from. Every figure and register entry carries its source and how firm it is."""

from django.db import models


class Basis(models.TextChoices):
    """How firm a figure is. Illustrative ones are tagged wherever they appear."""

    STATED = "stated", "stated in the plan document"
    PUBLISHED = "published", "published official statistic"
    DERIVED = "derived", "derived by a stated rule"
    ILLUSTRATIVE = "illustrative", "illustrative"
    ENTERED = "entered", "entered in opplan"


class Sourced(models.Model):
    """A row with a source: the document and place that it was taken from, or who entered it."""

    source = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.ENTERED)

    class Meta:
        abstract = True
