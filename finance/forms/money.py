"""Pounds typed in thousands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from opplan.web.formats import plain
from opplan.web.forms import FigureField

THOUSAND = Decimal(1000)


class ThousandsInput(forms.TextInput):
    """Shows pounds as thousands; what was typed stays as it was typed."""

    def format_value(self, value: Any) -> Any:
        return plain(value / THOUSAND) if isinstance(value, Decimal) else value


class ThousandsField(FigureField):
    """Money typed in GBP thousand and handed on in pounds. Its label says £000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", ThousandsInput(attrs={"class": "nhsuk-input nhsuk-input--width-10", "inputmode": "decimal"})
        )
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        return None if typed is None else typed * THOUSAND
