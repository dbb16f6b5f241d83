"""What people type about the financial plan, its bridge and its capital schemes. These check shape; actions say whether it may be so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from finance.actions.bridges import STEP_VALUES
from finance.actions.budgets import AMOUNT_VALUES, LINE_VALUES, SECTIONS
from finance.actions.capital import CAPITAL_VALUES
from finance.models import BudgetLine
from opplan.web.forms import Dressed, FigureField, WholeField, reason_field

LONGEST_REASON = 500
IN_POUNDS = "In full pounds, such as 296,500,000."


class BudgetGridForm(Dressed, forms.Form):
    """What goes with the months of a line: the reason for a change, and a block of cells pasted from Excel."""

    month = None
    reason = forms.CharField(
        label="Reason, needed for a change of the budget or an amount below nought",
        required=False,
        max_length=LONGEST_REASON,
    )
    paste = forms.CharField(
        label="Rows of month figures, copied from a worksheet",
        required=False,
        max_length=100_000,
        strip=False,
        help_text="First column: budget, actual or forecast; then April to March, or a first line with the names of the months. "
        "You see every change before anything is saved.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "%s")
        super().__init__(*args, **kwargs)


def places() -> list[tuple[str, list[tuple[str, str]]]]:
    """The sections where a line may stand, part by part of the plan."""
    return [
        (str(BudgetLine.Kind(kind).label), [(section, section) for section in sections])
        for kind, sections in SECTIONS.items()
    ]


class LineForm(Dressed, forms.Form):
    """A line of the financial plan: what it is called, where it stands and who holds it."""

    title = forms.CharField(label="Name", max_length=120, error_messages={"required": "Give the line a name."})
    section = forms.ChoiceField(label="Where it stands", choices=places)
    owner = forms.CharField(
        label="Budget holder", max_length=120, required=False, help_text="A role, such as Contracts lead."
    )
    note = forms.CharField(label="Note", max_length=250, required=False)
    position = WholeField(
        label="Place in the list",
        required=False,
        min_value=1,
        max_value=9999,
        help_text="Left empty, last of its section.",
    )
    why = reason_field(longest=LONGEST_REASON)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in LINE_VALUES}


class YearForm(Dressed, forms.Form):
    """What a line holds for a year, and how much of it does not recur."""

    amount = FigureField(label="Amount for the year, £", places=2, negative=True, required=False, help_text=IN_POUNDS)
    non_recurrent = FigureField(
        label="Of that non-recurrent, £",
        places=2,
        negative=True,
        required=False,
        help_text="What comes or is spent in this year alone. 0 where all of it recurs.",
    )
    why = reason_field(help_text="A change of the plan needs one. Kept in the history.", longest=LONGEST_REASON)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in AMOUNT_VALUES}


class StepForm(Dressed, forms.Form):
    """A step of the bridge from last year's outturn to this year's plan."""

    title = forms.CharField(label="What it is", max_length=120, error_messages={"required": "Say what the step is."})
    amount = FigureField(
        label="Amount, £",
        places=2,
        negative=True,
        help_text="In full pounds; below nought, such as −9,100,000, where it spends less.",
    )
    recurrent = forms.BooleanField(label="Comes back every year", required=False)
    position = WholeField(
        label="Place in the bridge",
        required=False,
        min_value=1,
        max_value=9999,
        help_text="Left empty, it stays or is last.",
    )
    why = reason_field(help_text="A change of an amount needs one. Kept in the history.", longest=LONGEST_REASON)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in STEP_VALUES}


class RemovalForm(Dressed, forms.Form):
    """Why a step is taken out."""

    why = reason_field("Why it is taken out", "Kept in the history, with the step as it was.", longest=LONGEST_REASON)


class CapitalForm(Dressed, forms.Form):
    """A capital scheme: what is built or bought, the line of the programme that pays, the year and the amount."""

    title = forms.CharField(label="Name", max_length=150, error_messages={"required": "Give the scheme a name."})
    group = forms.ChoiceField(label="Line of the capital programme that pays", required=False)
    year = forms.ChoiceField(label="Year")
    amount = FigureField(
        label="Amount, £", places=2, required=False, help_text="In full pounds. Empty where it is not known."
    )
    owner = forms.CharField(label="Owner", max_length=120, required=False, help_text="A role, such as Estates lead.")
    note = forms.CharField(label="Note", max_length=300, required=False)
    why = reason_field(help_text="A change of money or year needs one. Kept in the history.", longest=LONGEST_REASON)

    def __init__(self, *args: Any, groups: Sequence[str], years: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("group", [("", "None"), *((one, one) for one in groups)]),
            ("year", [(one, one.replace("-", "/")) for one in years]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CAPITAL_VALUES}
