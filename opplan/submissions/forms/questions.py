"""What people type about questions of NHS England. These check shape; whether it may be so is for the actions to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from opplan.submissions.models import Question
from opplan.web.forms import SEEN, Dressed, TypedDay, TypedText, reason_field

QUESTION_VALUES = ("area", "asked", "template", "sheet", "cell", "asked_on", "owner", "due", "reply")
ANSWER_VALUES = ("answer", "evidence_id", "assessed")
Choices = Sequence[tuple[Any, str]]


def offer(form: forms.Form, name: str, choices: Choices, empty: str) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", empty), *choices]


class QuestionForm(Dressed, forms.Form):
    """What is asked, of which cell of which template, who answers, and by when."""

    area = forms.CharField(
        label="Area",
        max_length=80,
        required=False,
        help_text="Of a key line of enquiry, such as Finance or A&E recovery.",
    )
    asked = TypedText(label="What is asked", rows=3, max_length=1000, error_messages={"required": "Say what is asked."})
    template = forms.ChoiceField(label="Template", required=False)
    sheet = forms.CharField(
        label="Sheet", max_length=31, required=False, help_text="Its name in the workbook. Empty: no one cell is meant."
    )
    cell = forms.CharField(
        label="Cell",
        max_length=10,
        required=False,
        help_text="Such as D14. The question follows its row when rows move.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-5"}),
    )
    asked_on = TypedDay(label="Asked on", required=False, help_text="Such as 09/03/2016.")
    owner = forms.CharField(
        label="Who answers", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    due = TypedDay(label="Due on", required=False, help_text="Such as 11/04/2016.")
    reply = TypedText(label="What NHS England said to the answer", rows=2, max_length=1000, required=False)
    why = reason_field(help_text="Needed when what is asked, or its cell, changes. Kept in the history.")

    def __init__(self, *args: Any, templates: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "template", templates, "The plan as a whole")

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in QUESTION_VALUES}


class NewQuestionForm(QuestionForm):
    """A question that NHS England has asked."""

    kind = forms.ChoiceField(label="Kind", choices=Question.Kind.choices)
    field_order = ("kind", "area", "asked")

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"kind": self.cleaned_data["kind"]}


class AnswerForm(Dressed, forms.Form):
    """Our answer, what proves it, and how we assess ourselves."""

    answer = TypedText(label="Our answer", rows=8, max_length=4000, required=False)
    evidence_id = forms.TypedChoiceField(
        label="Evidence", required=False, coerce=int, empty_value=None, help_text="A document of the register."
    )
    assessed = forms.ChoiceField(
        label="How we assess ourselves", required=False, choices=[("", "Not assessed"), *Question.Assessed.choices]
    )
    why = reason_field(help_text="Needed when an answer that was given changes. Kept in the history.")

    def __init__(self, *args: Any, documents: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "evidence_id", documents, "None")

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ANSWER_VALUES}


class ClosingForm(Dressed, forms.Form):
    """That NHS England is content, since when, and what it said."""

    closed_on = TypedDay(
        label="Closed on",
        help_text="Such as 24/03/2016.",
        error_messages={"required": "Give the day on which it was closed."},
    )
    reply = TypedText(label="What NHS England said to the answer", rows=2, max_length=1000, required=False)
    why = reason_field("Note", "Needed where it has no answer. Kept in the history.")


class WaiverForm(Dressed, forms.Form):
    """Which round goes without the answer, and why."""

    waived_for_id = forms.TypedChoiceField(
        label="Round", coerce=int, error_messages={"required": "Choose the round that goes without it."}
    )
    waived_why = forms.CharField(
        label="Why that round goes without it",
        max_length=300,
        help_text="It goes out with what is submitted, and stands on its page.",
        error_messages={"required": "Say why. It goes out with the submission."},
    )

    def __init__(self, *args: Any, rounds: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "waived_for_id", rounds, "Choose")


class AgainForm(Dressed, forms.Form):
    """Why something that was done is undone."""

    why = forms.CharField(label="Why", max_length=300, help_text=SEEN, error_messages={"required": f"Say why. {SEEN}"})
