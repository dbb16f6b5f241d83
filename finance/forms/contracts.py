"""What people type about contracts. These check shape; whether it may be so is for the actions to say."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from finance.actions.contracts import CONTRACT_VALUES, PRICE_VALUES
from finance.models import Scheme
from opplan.web.forms import Dressed, FigureField, TypedDay, reason_field

LONGEST_REASON = 300
Choices = Sequence[tuple[str, str]]


class ContractForm(Dressed, forms.Form):
    """A contract with one provider: what it is worth, how it is paid, and whether it is signed."""

    title = forms.CharField(
        label="What it is for", max_length=150, error_messages={"required": "Say what it is for, such as Acute services."}
    )  # fmt: skip
    provider_id = forms.TypedChoiceField(
        label="Provider", coerce=int, error_messages={"required": "Choose the provider."}
    )
    basis_of_payment = forms.ChoiceField(label="Basis of payment", choices=Scheme.Contract.choices)
    value = FigureField(
        label="Value for the year, £", places=2, required=False, help_text="In full pounds, such as 296,500,000."
    )
    fixed = FigureField(
        label="Of that not priced by activity, £",
        places=2,
        required=False,
        help_text="A block, drugs, or whatever no line of the activity plan counts. Empty where nothing is known of it.",
    )
    budget_line_id = forms.TypedChoiceField(
        label="Paid from the budget line", coerce=int, empty_value=None, required=False
    )
    signed = TypedDay(label="Signed on", required=False, help_text="Such as 30/04/2016. Empty while it is not signed.")
    owner = forms.CharField(label="Owner", max_length=120, required=False, help_text="A role, such as Contracts lead.")
    note = forms.CharField(label="Note", max_length=300, required=False)
    why = reason_field(
        "Reason for this change", "Needed when money changes. Kept in the history.", longest=LONGEST_REASON
    )

    def __init__(self, *args: Any, providers: Choices, budget_lines: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider_id"].choices = [("", "Choose a provider"), *providers]  # type: ignore[attr-defined]
        self.fields["budget_line_id"].choices = [("", "None"), *budget_lines]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the contract itself."""
        return {name: self.cleaned_data[name] for name in CONTRACT_VALUES}


class PriceForm(Dressed, forms.Form):
    """What a contract pays for a unit of a line's activity, and the provider's share of the line."""

    price = FigureField(
        label="Price of each unit, £", places=2, error_messages={"required": "Give a price, such as 1,905."}
    )
    share = FigureField(
        label="Share of the line that this contract pays for, per cent",
        places=2,
        initial=Decimal(100),
        error_messages={"required": "Give a share, such as 100."},
        help_text="100 where the whole line is theirs.",
    )
    gone = forms.BooleanField(label="Take the price out of the contract", required=False)
    why = reason_field(
        "Where the price and the share come from", "Needed. Kept in the history.", longest=LONGEST_REASON
    )

    def clean_price(self) -> Decimal:
        price: Decimal = self.cleaned_data["price"]
        if price >= 100_000_000:
            raise forms.ValidationError("A price of a unit is below £100,000,000.")
        return price

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in PRICE_VALUES}


class NewPriceForm(PriceForm):
    """The price of a line that has none yet in the contract."""

    line = forms.ChoiceField(label="Line of the activity plan", error_messages={"required": "Choose a line."})
    field_order = ("line",)

    def __init__(self, *args: Any, lines: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["gone"]
        self.fields["line"].choices = [("", "Choose a line"), *lines]  # type: ignore[attr-defined]
