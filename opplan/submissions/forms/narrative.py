"""What people type about sections of the narrative."""

from __future__ import annotations

from typing import Any

from django import forms

from opplan.submissions.models import Section
from opplan.web.forms import Dressed, TypedText, WholeField, reason_field

LONGEST_TEXT, MOST_WORDS = 20_000, 5_000
SECTION_VALUES = ("title", "text", "owner", "status", "most_words")
OPEN = [choice for choice in Section.Status.choices if choice[0] != Section.Status.FINAL]


class NewSectionForm(Dressed, forms.Form):
    """A new section: its title, who writes it, and how long it may be."""

    title = forms.CharField(label="Title", max_length=150, error_messages={"required": "Give it a title."})
    owner = forms.CharField(
        label="Who writes it", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    most_words = WholeField(
        label="Words allowed",
        required=False,
        min_value=1,
        max_value=MOST_WORDS,
        help_text="Empty: as many as it takes. More than these is said, and not refused.",
    )
    why = reason_field()

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SECTION_VALUES if name in self.cleaned_data}


class SectionForm(NewSectionForm):
    """A section as it is written."""

    text = TypedText(
        label="Text",
        rows=18,
        required=False,
        max_length=LONGEST_TEXT,
        help_text="A figure of the plan by its name, such as {{ qipp.requirement }}; another’s number as [[22.5 million]]. "
        "# begins a heading, - a point of a list; [words](https://address) is a link.",
    )
    status = forms.ChoiceField(label="Status", choices=OPEN)
    field_order = ("text", "title", "owner", "status", "most_words", "why")
