"""What people type about documents, and the files that they load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from opplan.imports.files import LARGEST_FILE, MEGABYTE
from opplan.submissions.kinds import ALLOWED, BY_ENDING
from opplan.submissions.queries.documents import STATUSES
from opplan.web.forms import Dressed, TypedText, reason_field

DOCUMENT_VALUES = ("title", "status", "round_id", "initiative_id", "owner", "note")
Choices = Sequence[tuple[str, str]]


def _key(label: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, required=False, coerce=int, empty_value=None, help_text=help_text)


class DocumentForm(Dressed, forms.Form):
    """A document that goes with the plan, or that the plan names."""

    title = forms.CharField(label="Title", max_length=200, error_messages={"required": "Give it its title."})
    status = forms.ChoiceField(label="Status", choices=STATUSES)
    round_id = _key("Round", "With which submission it goes: the pack of that round holds its latest version.")
    initiative_id = _key("Initiative")
    owner = forms.CharField(
        label="Owner", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    note = TypedText(label="Note", rows=2, required=False, max_length=300)
    why = reason_field(help_text="Needed when the status or the round changes. Kept in the history.")

    def __init__(self, *args: Any, rounds: Choices, initiatives: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("round_id", rounds), ("initiative_id", initiatives)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "None"), *choices]

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in DOCUMENT_VALUES}


class NewDocumentForm(DocumentForm):
    """A new entry of the register."""

    reference = forms.CharField(
        label="Reference",
        max_length=40,
        help_text="Short, such as DOC-50.",
        error_messages={"required": "Give it a reference."},
    )
    field_order = ("reference", "title")


class FileForm(Dressed, forms.Form):
    """Another version of a document's file. `seen` is the latest version that the page knew of."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    given = forms.FileField(
        label="File",
        help_text=f"{ALLOWED}, up to {LARGEST_FILE // MEGABYTE} MB, without macros and without a password.",
        widget=forms.FileInput(
            attrs={"class": "nhsuk-file-upload__input", "accept": ",".join(f".{ending}" for ending in BY_ENDING)}
        ),
        error_messages={
            "required": "Choose the file.",
            "empty": "The file is empty. Save or export it again.",
        },
    )
    note = forms.CharField(
        label="What is new in it", max_length=300, required=False, help_text="Kept with the version, with your name."
    )

    def clean_given(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["given"]
        if file.size is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError(
                f"{file.name} has {file.size // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB. "
                "Split it, or make its pictures smaller."
            )
        return file
