"""What people give to an import: files, the columns of a table of their own, and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from activity.imports import generic
from activity.imports.sources import SOURCES
from opplan.imports.actions import Upload
from opplan.imports.files import LARGEST_FILE, MEGABYTE
from opplan.imports.uploads import LARGEST_UPLOAD, MOST_FILES
from opplan.web.forms import Dressed

ROLE_LABELS = {
    "organisation": "Organisation code",
    "measure": "Measure code",
    "period": "Month",
    "numerator": "Numerator, or the count",
    "denominator": "Denominator",
    "status": "Status",
    "specialty": "Specialty",
}


class SeveralFiles(forms.ClearableFileInput):
    """A box that takes several files at once."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "class": "nhsuk-file-upload__input"})


class FilesField(forms.FileField):
    """Several files, each within the size that the reader takes."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            raise forms.ValidationError("Choose one file or several.")
        if len(given) > MOST_FILES:
            raise forms.ValidationError(
                f"These are {len(given)} files; load at most {MOST_FILES} at once, or as a zip."
            )
        for file in given:
            if file.size is not None and file.size > LARGEST_FILE:
                raise forms.ValidationError(
                    f"{file.name} has {file.size // MEGABYTE} MB; the limit is {LARGEST_FILE // MEGABYTE} MB a file."
                )
        return list(given)


class UploadForm(Dressed, forms.Form):
    """The files to be previewed, and their source where the person would rather say it."""

    given = FilesField(
        label="Files",
        help_text=(
            f"Workbooks (.xls, .xlsx, .ods), CSV files or zips of them, all of one source. Up to {MOST_FILES} files, "
            f"{LARGEST_FILE // MEGABYTE} MB each, {LARGEST_UPLOAD // MEGABYTE} MB together."
        ),
    )
    source = forms.ChoiceField(label="What they are", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["source"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [
            ("", "Told by what the files hold"),
            *((name, source.TITLE) for name, source in SOURCES.items()),
        ]

    @property
    def uploads(self) -> list[Upload]:
        return [Upload(str(file.name), file.read()) for file in self.cleaned_data["given"]]


class LoadForm(Dressed, forms.Form):
    """Whether figures that are refused are left out, and why."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    leave_refused = forms.BooleanField(label="Load the rest without the figures that are refused", required=False)
    why = forms.CharField(label="Why they are left out", max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("leave_refused") and not cleaned.get("why", "").strip():
            self.add_error("why", "Say why the figures that are refused are left out.")
        return cleaned


class UndoForm(Dressed, forms.Form):
    """Why an import is undone."""

    why = forms.CharField(
        label="Why it is undone",
        max_length=300,
        help_text="Kept in the history of every figure, with your name.",
        error_messages={"required": "Say why the import is undone."},
    )


class ColumnsForm(Dressed, forms.Form):
    """Which column of a table is which. What the headings suggest is filled in; a choice that was kept can be taken instead."""

    sheet = forms.CharField(required=False, widget=forms.HiddenInput)
    keep_as = forms.CharField(
        label="Keep this choice under a name", max_length=80, required=False, help_text="For the next file of the kind."
    )

    def __init__(
        self, columns: generic.Columns, *args: Any, mapping: generic.Mapping | None = None, **kwargs: Any
    ) -> None:
        self.columns = columns
        values = mapping.kept() if mapping else {}
        super().__init__(*args, **kwargs)
        self.fields["sheet"].initial = columns.sheet
        names = [("", "Not in the table"), *((name, name) for name in columns.names)]
        held = self.fields.pop("keep_as")
        for role, label in ROLE_LABELS.items():
            needed = role in generic.NEEDED
            self.fields[role] = forms.ChoiceField(
                label=label,
                required=needed,
                choices=names if not needed else [("", "Choose a column"), *names[1:]],
                initial=values.get(role, ""),
                error_messages={"required": f"Choose the column of the {role}."},
            )
        self.fields["period_format"] = forms.ChoiceField(
            label="How months are written",
            required=False,
            choices=[
                ("", "In any of these ways"),
                *((name, example) for name, (example, _) in generic.PERIODS.items()),
            ],
            initial=values.get("period_format", ""),
        )
        self.fields["keep_as"] = held
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "nhsuk-select"

    @property
    def chosen(self) -> generic.Mapping:
        """The mapping that was chosen, of this heading."""
        given: Mapping[str, Any] = self.cleaned_data
        roles = {name: given[name] for name in (*ROLE_LABELS, "period_format")}
        return generic.Mapping(**roles, sheet=self.columns.sheet, header_row=self.columns.header_row)
