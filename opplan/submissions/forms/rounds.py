"""What people type about rounds, versions, delegations and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from opplan.imports.files import MEGABYTE
from opplan.imports.uploads import LARGEST_UPLOAD
from opplan.web.forms import Dressed, TypedDay, TypedText, reason_field

LONGEST_REASON = 300
ROUND_VALUES = ("title", "due", "templates", "scope", "final", "submitted_before", "note")
Choices = Sequence[tuple[str, str]]


def _templates() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Templates",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 7, "class": "nhsuk-textarea"}),
        help_text="Hold Ctrl, or Cmd, to choose several. None chosen is every one.",
    )


def _offer(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class RoundForm(Dressed, forms.Form):
    """A date on which parts of the plan are due, and what it asks."""

    title = forms.CharField(label="Name", max_length=120, error_messages={"required": "Give it a name."})
    due = TypedDay(
        label="Due on", help_text="Such as 11/04/2016.", error_messages={"required": "Give the day on which it is due."}
    )
    templates = _templates()
    scope = forms.CharField(
        label="What it covers", max_length=120, required=False, help_text="Such as all parts, or activity alone."
    )
    final = forms.BooleanField(label="It is the final submission, which locks the plan’s baseline", required=False)
    submitted_before = TypedDay(
        label="Submitted, before opplan held the plan, on", required=False, help_text="Empty: it was not."
    )
    note = TypedText(label="Note", rows=2, required=False, max_length=300)
    why = reason_field(help_text="Needed when the day, the templates or the final mark change. Kept in the history.")

    def __init__(self, *args: Any, templates: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "templates", templates)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ROUND_VALUES}


class NewRoundForm(RoundForm):
    """A new round of the calendar."""

    reference = forms.CharField(
        label="Reference",
        max_length=40,
        help_text="Short, such as R5.",
        error_messages={"required": "Give it a reference."},
    )
    field_order = ("reference", "title")


class FreezeForm(Dressed, forms.Form):
    """Why a template is frozen. `seen` is the content that the page showed."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    why = forms.CharField(
        label="What this version is",
        max_length=LONGEST_REASON,
        help_text="Such as: final draft, after the governing body of 31 March. Kept with the version.",
        error_messages={"required": "Say what this version is."},
    )


class WithdrawForm(Dressed, forms.Form):
    """Why something is withdrawn."""

    why = forms.CharField(
        label="Why it is withdrawn",
        max_length=LONGEST_REASON,
        help_text="Everybody who may read the plan sees it.",
        error_messages={"required": "Say why it is withdrawn."},
    )


class SignForm(Dressed, forms.Form):
    """What the officer states by signing."""

    statement = TypedText(
        label="I state that",
        rows=4,
        max_length=500,
        error_messages={"required": "Write what you state by signing."},
    )


class DelegationForm(Dressed, forms.Form):
    """The governing body's decision that an officer may sign for it."""

    officer = forms.ChoiceField(
        label="Officer",
        help_text="Members who may sign submissions.",
        error_messages={"required": "Choose who may sign."},
    )
    minute = forms.CharField(
        label="Minute reference",
        max_length=80,
        help_text="Where the governing body’s decision stands, such as paper 16/20, action a.",
        error_messages={"required": "Give the minute of the decision."},
    )
    scope = TypedText(
        label="What is delegated",
        rows=2,
        max_length=300,
        error_messages={"required": "Say what the governing body delegated."},
    )
    templates = _templates()
    begins = TypedDay(label="From", help_text="Such as 31/03/2016.", error_messages={"required": "Give its first day."})
    ends = TypedDay(label="To", help_text="The last day.", error_messages={"required": "Give its last day."})
    why = reason_field("Note")

    def __init__(self, *args: Any, officers: Choices, templates: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "officer", [("", "Choose"), *officers])
        _offer(self, "templates", templates)


class VerifyForm(Dressed, forms.Form):
    """A workbook, or the pack of a round, that may be one of opplan's."""

    given = forms.FileField(
        label="The workbook, or the pack of a round",
        help_text=f"Up to {LARGEST_UPLOAD // MEGABYTE} MB. Nothing of it is kept.",
        widget=forms.FileInput(attrs={"class": "nhsuk-file-upload__input"}),
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Choose another."},
    )
