"""What people give with a workbook that came back: the file, a reason, and whose value stands where both changed."""

from __future__ import annotations

from typing import Any

from django import forms

from opplan.imports.actions import Upload
from opplan.imports.files import LARGEST_FILE, MEGABYTE
from opplan.web.forms import Dressed


class ReturnForm(Dressed, forms.Form):
    """A workbook that opplan exported and people filled in."""

    given = forms.FileField(
        label="Workbook",
        help_text=(
            f"The .xlsx that was downloaded here and filled in, up to {LARGEST_FILE // MEGABYTE} MB. "
            "You see every change before it is made."
        ),
        widget=forms.ClearableFileInput(attrs={"class": "nhsuk-file-upload__input", "accept": ".xlsx"}),
        error_messages={
            "required": "Choose the workbook to load.",
            "empty": "The file is empty. Choose the workbook that you filled in.",
        },
    )

    def clean_given(self) -> Any:
        file = self.cleaned_data["given"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                f"{file.name} has {file.size // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB. Load the workbook alone."
            )
        return file

    @property
    def upload(self) -> Upload:
        file = self.cleaned_data["given"]
        return Upload(str(file.name), file.read())


class ApplyForm(Dressed, forms.Form):
    """Why the changes are made; the history of every figure keeps it."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why these figures change",
        max_length=300,
        help_text="Kept in the history of every cell, with your name.",
        error_messages={"required": "Say why: every change keeps its reason."},
    )


class UndoForm(Dressed, forms.Form):
    """Why what a file changed is taken back."""

    why = forms.CharField(
        label="Why it is taken back",
        max_length=300,
        help_text="Kept in the history of every cell, with your name.",
        error_messages={"required": "Say why it is taken back."},
    )
