"""What people type when they phase a scheme's year, move its start, or choose what its forecast follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from finance.models import Scheme
from opplan.calc.months import next_month
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed, FigureField, WhyForm
from opplan.web.phasing import PhasingForm

HOW = [
    ("even", "Even"),
    ("working_days", "Working days"),
    ("last_year", "Last year’s shape"),
    ("winter", "Winter"),
    ("own", "Own percentages"),
]
OF = [("planned_saving", "Saving, gross"), ("planned_investment", "Investment")]


class SchemePhasingForm(PhasingForm):
    """How a scheme's year is to be spread over its months."""

    of = forms.ChoiceField(label="What is phased", choices=OF)
    how = forms.ChoiceField(label="Phase the year", choices=HOW)
    year = FigureField(label="Plan for the year, pounds", places=2)


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


class RuleForm(WhyForm):
    """What the months of a scheme that nobody has reported or forecast follow."""

    forecast_default = forms.ChoiceField(
        label="Months without a forecast of their own follow",
        choices=Scheme.Forecast.choices,
        help_text="A month’s own forecast, typed with its reason, goes before the rule.",
    )
    field_order = ("forecast_default", "why")
