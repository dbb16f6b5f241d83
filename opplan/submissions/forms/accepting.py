from django import forms

from opplan.web.forms import Dressed, TypedText


class AcceptForm(Dressed, forms.Form):
    """Why a warning stands. The reason is printed beside the check in the workbook."""

    reason = TypedText(
        rows=3,
        max_length=300,
        label="Why it stands",
        help_text="The reason goes out with the submission. It holds until the figure changes.",
    )
