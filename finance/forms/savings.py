from collections.abc import Mapping
from datetime import date

from django import forms

from finance.models import SchemeMonth
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed

LONGEST_REASON = 500
PASTE_ONE = (
    "First column: scheme reference; then actual saving, actual investment, forecast saving and how firm the actual is, or the columns "
    "that a first line names. An empty cell leaves what is there. You see every change before anything is saved."
)


class SavingsForm(Dressed, forms.Form):
    """What goes with a grid of savings: how firm a month's actuals are, the reason for a change, and cells pasted from Excel.

    `month` is the one whose actuals may be marked all at once; without it the choice is not offered. `one`: the grid is of one month.
    """

    firmness = forms.ChoiceField(
        required=False,
        choices=[
            ("", "As the rows say"),
            *((value, label.capitalize()) for value, label in SchemeMonth.Status.choices),
        ],
    )
    reason = forms.CharField(
        label="Reason, needed for a forecast of its own, a saving below nought or a change of the plan",
        required=False,
        max_length=LONGEST_REASON,
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

    def __init__(self, data: Mapping[str, str] | None = None, *, month: date | None = None, one: bool = False) -> None:
        super().__init__(data, auto_id="%s")
        self.month = month
        if one:
            self.fields["paste"].label = "A row a scheme, copied from a worksheet"
            self.fields["paste"].help_text = PASTE_ONE
        if month is None:
            del self.fields["firmness"]
        else:
            self.fields["firmness"].label = f"Every actual of {month_name(month)} here is"

    @property
    def marking(self) -> tuple[date, str] | None:
        """The month whose actuals are all marked, and as what; None where each row says for itself."""
        chosen = self.cleaned_data.get("firmness", "")
        return (self.month, chosen) if self.month is not None and chosen else None
