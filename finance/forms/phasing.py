"""What people type when they phase a scheme's year, move its start, or choose what its forecast follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from finance.models import Scheme
from opplan.calc.months import next_month
from opplan.web.formats import month as month_name
from opplan.web.formats import plain
from opplan.web.forms import Dressed, FigureField

LONGEST_REASON = 300
HOW = [
    ("even", "Even"),
    ("working_days", "Working days"),
    ("last_year", "Last year’s shape"),
    ("winter", "Winter"),
    ("own", "Own percentages"),
]
OF = [("planned_saving", "Saving, gross"), ("planned_investment", "Investment")]


class WhyForm(Dressed, forms.Form):
    """Why planned months change."""

    why = forms.CharField(
        label="Reason for this change",
        max_length=LONGEST_REASON,
        help_text="Everybody who may read the plan sees it.",
        error_messages={"required": "Say why. Everybody who may read the plan sees it."},
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )


class PhasingForm(Dressed, forms.Form):
    """How a scheme's year is to be spread over its months. Asked in the address, so that a preview can be sent to somebody."""

    of = forms.ChoiceField(label="What is phased", choices=OF)
    how = forms.ChoiceField(label="Phase the year", choices=HOW)
    year = FigureField(label="Plan for the year, pounds", places=2)

    def __init__(self, *args: Any, months: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.months = months
        for month in months:
            self.fields[share_name(month)] = FigureField(
                label=f"{month_name(month)}, per cent",
                required=False,
                widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-4", "inputmode": "decimal"}),
            )

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        if read.get("how") == "own" and not self.errors:
            added = sum(self.percentages, Decimal(0))
            if added != 100:
                self.add_error(share_name(self.months[0]), f"The percentages add up to {plain(added)}, not 100.")
        return read

    @property
    def percentages(self) -> list[Decimal]:
        """The own percentages, April to March; an empty one is nought."""
        return [self.cleaned_data.get(share_name(month)) or Decimal(0) for month in self.months]

    def shares(self) -> list[forms.BoundField]:
        return [self[share_name(month)] for month in self.months]


def share_name(month: date) -> str:
    return f"share_{month:%Y-%m}"


class StartForm(Dressed, forms.Form):
    """When a scheme is to start instead. Asked in the address."""

    start = forms.ChoiceField(label="Starts in")

    def __init__(self, *args: Any, months: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        after = next_month(months[-1])
        field = self.fields["start"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            *((f"{month:%Y-%m}", month_name(month)) for month in months),
            (f"{after:%Y-%m}", f"{month_name(after)}: not this year"),
        ]

    @property
    def chosen(self) -> date:
        return date.fromisoformat(f"{self.cleaned_data['start']}-01")


class RuleForm(Dressed, forms.Form):
    """What the months of a scheme that nobody has reported or forecast follow."""

    forecast_default = forms.ChoiceField(
        label="Months without a forecast of their own follow",
        choices=Scheme.Forecast.choices,
        help_text="A month’s own forecast, typed with its reason, goes before the rule.",
    )
    why = forms.CharField(
        label="Reason for this change",
        max_length=LONGEST_REASON,
        help_text="Everybody who may read the plan sees it.",
        error_messages={"required": "Say why. Everybody who may read the plan sees it."},
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )
