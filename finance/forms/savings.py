from typing import Any

from django import forms

from opplan.web.forms import Dressed


class SavingsForm(Dressed, forms.Form):
    """What goes with a month grid: the reason for a change, and a block of cells pasted from Excel."""

    reason = forms.CharField(
        label="Reason, needed for a saving below nought or a change of the plan",
        required=False,
        max_length=500,
    )
    paste = forms.CharField(
        label="Rows of month figures, copied from a worksheet",
        required=False,
        max_length=100_000,
        strip=False,
        help_text="First column: scheme reference and row, such as “PC-03 forecast”; then April to March, or a first line with the "
        "names of the months. You see every change before anything is saved.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "%s")
        super().__init__(*args, **kwargs)
