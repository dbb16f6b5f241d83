"""What a commissioner types about progress. These check shape; whether it may be so is for the actions to say."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from initiatives.actions import LONGEST_DECISION, LONGEST_NOTE, LONGEST_TEXT
from opplan.web.forms import DayField, Dressed

LONGEST_REASON = 500


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


class ProgressForm(Dressed, forms.Form):
    """When a milestone was completed or is now expected, and why."""

    completed = TypedDay(
        label="Completed on", required=False, help_text="Such as 30/09/2016. Empty while it is not done."
    )
    forecast = TypedDay(
        label="Now expected", required=False, help_text="Where it differs from the plan. A completion clears it."
    )
    note = TypedText(
        label="Why, and what happens next",
        required=False,
        rows=4,
        max_length=LONGEST_NOTE,
        help_text="Needed when it will be late, or when the expected date moves.",
    )
    why = forms.CharField(
        label="Reason for this change", required=False, max_length=LONGEST_REASON, help_text="Kept in the history."
    )


class UpdateForm(Dressed, forms.Form):
    """The update of an initiative for one month."""

    text = TypedText(
        label="What happened, and what is next",
        rows=9,
        max_length=LONGEST_TEXT,
        error_messages={"required": "Say what happened, and what is next."},
        help_text=f"At most {LONGEST_TEXT:,} characters. It is read by the governing body.",
    )
    decision_wanted = TypedText(
        label="Decision wanted",
        required=False,
        rows=3,
        max_length=LONGEST_DECISION,
        help_text="What you ask of whom, and by when. Leave empty where none is wanted.",
    )
    why = forms.CharField(
        label="Reason for this change",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Kept in the history. Useful when you rewrite an earlier text.",
    )
