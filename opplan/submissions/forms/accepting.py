from django import forms

from opplan.web.forms import Dressed, TypedText


class AcceptForm(Dressed, forms.Form):
    """Why a warning stands. The reason is printed beside the check in the workbook. `seen` is the figure that the page showed."""

    seen = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    reason = TypedText(
        rows=3,
        max_length=300,
        label="Why it stands",
        help_text="The reason goes out with the submission. It holds until the figure changes.",
    )
