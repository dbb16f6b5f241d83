"""How a year is spread over its periods, as people ask for it: the furniture of every room that phases one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from opplan.web.formats import month as month_name
from opplan.web.formats import plain
from opplan.web.forms import Dressed, FigureField

OWN = "own"


class PhasingForm(Dressed, forms.Form):
    """How a year is to be spread over its periods. Asked in the address, so that a preview can be sent to somebody.

    A room gives the choices of `how`, of which "own" takes a percentage for each period, and the field of the year.
    """

    how = forms.ChoiceField(label="Phase the year")
    year = FigureField(label="Year")

    def __init__(self, *args: Any, periods: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.periods = periods
        for month in periods:
            self.fields[share_name(month)] = FigureField(
                label=f"{month_name(month)}, per cent",
                required=False,
                widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-4", "inputmode": "decimal"}),
            )

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        if read.get("how") == OWN and not self.errors:
            total = sum(self.percentages, Decimal(0))
            if total != 100:
                first = share_name(self.periods[0])
                self.add_error(first, f"The percentages add up to {plain(total)}, not 100.")
        return read

    @property
    def percentages(self) -> list[Decimal]:
        """The own percentages in the order of the periods; an empty one is nought."""
        return [self.cleaned_data.get(share_name(month)) or Decimal(0) for month in self.periods]

    def shares(self) -> list[forms.BoundField]:
        return [self[share_name(month)] for month in self.periods]


def share_name(month: date) -> str:
    return f"share_{month:%Y-%m}"
