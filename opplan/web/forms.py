"""Forms in NHS.UK markup: one renderer and one field template for every form of the house."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from opplan.web.figures import BadFigure, parse_figure
from opplan.web.formats import plain


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


WORDS = {
    "required": "This is empty. Fill it in.",
    "invalid_choice": "“%(value)s” is not in the list, or not any more. Choose from what it offers now.",
    "invalid_list": "Choose from the list.",
    "max_length": "This has %(show_value)d characters, and at most %(limit_value)d fit. Shorten it.",
    "min_length": "This has %(show_value)d characters, and at least %(limit_value)d are needed. Lengthen it.",
    "max_value": "%(show_value)s is above %(limit_value)s, the most that may be. Give less.",
    "min_value": "%(show_value)s is below %(limit_value)s, the least that may be. Give more.",
    "max_digits": "“%(value)s” has too many digits: at most %(max)s. Give fewer.",
    "max_decimal_places": "“%(value)s” has too many decimals: at most %(max)s. Round it.",
    "max_whole_digits": "“%(value)s” is too large: at most %(max)s digits stand before the point. Check it.",
    "null_characters_not_allowed": "This holds an invisible character that cannot be kept. Type it again.",
    "blank": "This is empty. Fill it in.",
    "null": "This is empty. Fill it in.",
}
"""What is said in place of Django's own words: what was given, and what to do."""
OF_A_CHOICE = {"required": "Nothing is chosen. Choose from the list."}
OF_A_NUMBER = {"invalid": "This is not a number. Type one, such as 5 or 2.5."}


def in_our_words(problem: ValidationError) -> ValidationError:
    """One problem, as a model's field states it, in the words that forms use."""
    if problem.code in WORDS:
        return ValidationError(WORDS[problem.code], code=problem.code, params=problem.params)
    return problem


class Dressed:
    """Gives every widget of a form its NHS.UK class, and every field our words for what is wrong. Mix in before Form or ModelForm."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)


def dress(field: forms.Field) -> None:
    """The NHS.UK class of the field's widget, and our words wherever the field has none of its own."""
    stock = {
        name: text
        for kind in reversed(type(field).__mro__)
        if kind.__module__ == "django.forms.fields"
        for name, text in getattr(kind, "default_error_messages", {}).items()
    }
    of_its_kind = OF_A_CHOICE if isinstance(field, forms.ChoiceField) else {}
    of_its_kind = OF_A_NUMBER if isinstance(field, forms.IntegerField) else of_its_kind
    for name, text in (WORDS | of_its_kind).items():
        if field.error_messages.get(name, stock.get(name)) == stock.get(name):
            field.error_messages[name] = text
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


class WholeField(forms.IntegerField):
    """A whole number in a plain box, so that what was typed stays there and can be quoted when it is none."""

    widget = forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-5", "inputmode": "numeric"})

    def to_python(self, value: Any) -> int | None:
        try:
            return super().to_python(value)
        except ValidationError as problem:
            raise ValidationError(f"“{str(value)[:30]}” is not a whole number. Type one, such as 12.") from problem


class FigureField(forms.Field):
    """A figure as people type it: 1,250 or −3.5. Errors quote what was typed and guess what was meant."""

    def __init__(self, *, places: int = 3, negative: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-10", "inputmode": "decimal"})
        )
        super().__init__(**kwargs)
        self.places, self.negative = places, negative

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        try:
            return parse_figure(value or "", places=self.places, negative=self.negative)
        except BadFigure as bad:
            raise ValidationError(str(bad)) from bad


class TypedText(forms.CharField):
    """Text of several lines. Line ends are counted once, as the browser counts them against the limit."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value) or ""


LONGEST_REASON = 300
SEEN = "Everybody who may read the plan sees it."


def reason_field(
    label: str = "Reason for this change", help_text: str = "Kept in the history.", *, longest: int = LONGEST_REASON
) -> forms.CharField:
    """Why something changes. Whether it is needed depends on what changes: the action says so."""
    return forms.CharField(label=label, required=False, max_length=longest, help_text=help_text)


class WhyForm(Dressed, forms.Form):
    """Why figures change."""

    why = forms.CharField(
        label="Reason for this change",
        max_length=LONGEST_REASON,
        help_text=SEEN,
        error_messages={"required": f"Say why. {SEEN}"},
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )

    def __init__(self, *args: Any, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = needed
