"""Forms in NHS.UK markup: one renderer and one field template for every form of the house."""

from typing import Any

from django import forms
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
