"""What people give to an import of the national QIPP return: the file, and reasons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from opplan.imports.actions import Upload
from opplan.imports.files import LARGEST_FILE, MEGABYTE
from opplan.web.forms import Dressed


class ReturnForm(Dressed, forms.Form):
    """A return to be previewed."""

    given = forms.FileField(
        label="The return",
        help_text=f"An Excel workbook or a CSV file, up to {LARGEST_FILE // MEGABYTE} MB. Nothing changes until you have seen what would.",
        widget=forms.FileInput(attrs={"class": "nhsuk-file-upload__input"}),
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Export the return again."},
    )

    def clean_given(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["given"]
        if file.size is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError(
                f"{file.name} has {file.size // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB."
            )
        return file

    @property
    def upload(self) -> Upload:
        file: Any = self.cleaned_data["given"]
        return Upload(str(file.name), file.read())


class LoadReturnForm(Dressed, forms.Form):
    """Why a return is loaded."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why it is loaded",
        max_length=300,
        help_text="Kept in the history of every figure, with your name.",
        error_messages={"required": "Say why the return is loaded."},
    )


class UndoReturnForm(Dressed, forms.Form):
    """Why a return is undone."""

    why = forms.CharField(
        label="Why it is undone",
        max_length=300,
        help_text="Kept in the history of every figure, with your name.",
        error_messages={"required": "Say why the return is undone."},
    )
