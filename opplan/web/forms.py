"""Forms in NHS.UK markup: one renderer and one field template for every form of the house."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Every form in NHS.UK markup; Django gives `aria-invalid` and `aria-describedby`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Textarea, "nhsuk-textarea"),
    (forms.Select, "nhsuk-select"),
    (forms.CheckboxInput, "nhsuk-checkboxes__input"),
    (forms.DateInput, "nhsuk-input nhsuk-input--width-10"),
    (forms.NumberInput, "nhsuk-input nhsuk-input--width-10"),
    (forms.TextInput, "nhsuk-input"),
    (forms.PasswordInput, "nhsuk-input"),
)


class Dressed:
    """Gives every widget of a form its NHS.UK class. Mix in before Form or ModelForm."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)


def dress(field: forms.Field) -> None:
    """The NHS.UK class of the field's widget."""
    for kind, name in CLASSES:
        if isinstance(field.widget, kind) and not isinstance(field.widget, forms.HiddenInput):
            field.widget.attrs.setdefault("class", name)
            return


class DayField(forms.DateField):
    """A date typed as a person writes it (24 Nov 2016, 24/11/2016) or picked; errors quote what was typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"])
        kwargs.setdefault("error_messages", {"invalid": "Give a date such as 2016-09-30 or 30/09/2016"})
        super().__init__(**kwargs)


class TypedDay(DayField):
    """A date in a plain box, so that what was typed stays there when it cannot be read."""

    widget = forms.DateInput(attrs={"autocomplete": "off", "maxlength": 30}, format="%d/%m/%Y")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "input_formats",
            ["%d/%m/%Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y"],
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        typed = re.sub(r"\bsept\b", "Sep", value, flags=re.IGNORECASE) if isinstance(value, str) else value
        try:
            return super().to_python(typed)
        except ValidationError as problem:
            raise ValidationError(
                f"“{str(value)[:30]}” is not a date. Type it as 30/09/2016 or 30 Sep 2016."
            ) from problem


class TypedText(forms.CharField):
    """Text of several lines. Line ends are counted once, as the browser counts them against the limit."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value) or ""
