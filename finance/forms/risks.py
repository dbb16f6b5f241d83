"""What people type about financial risks and business rules. These check shape; whether it may be so is for the actions to say."""

from __future__ import annotations

from typing import Any

from django import forms

from finance.forms.money import ThousandsField
from finance.models import FinancialRisk
from opplan.web.forms import Dressed, FigureField, TypedDay, TypedText, reason_field

LONGEST_REASON = 300
RISK_VALUES = ("title", "description", "category", "value", "probability", "mitigation", "owner")
RULE_VALUES = ("held", "base", "base_name", "source")


class RiskForm(Dressed, forms.Form):
    """What the register says of a risk, or of what would mitigate one."""

    title = forms.CharField(
        label="What could happen", max_length=150, error_messages={"required": "Say what could happen, in a few words."}
    )
    description = TypedText(label="Description", rows=3, required=False, max_length=400)
    category = forms.CharField(
        label="Category",
        max_length=40,
        required=False,
        help_text="Such as Contracts, Savings or Volume. A mitigation in the category Contingency is the contingency.",
    )
    value = ThousandsField(label="Value, £000", required=False, help_text="In full. Empty: not quantified.")
    probability = FigureField(
        label="Probability, per cent",
        places=1,
        required=False,
        help_text="0 to 100. Empty: not judged; a risk then counts in full, a mitigation for nothing.",
    )
    mitigation = TypedText(label="What is done about it", rows=2, required=False, max_length=300)
    owner = forms.CharField(label="Owner", max_length=120, required=False, help_text="A role, such as Finance lead.")
    why = reason_field(help_text="Needed when the value or its probability changes. Kept in the history.")

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in RISK_VALUES}


class NewRiskForm(RiskForm):
    """A new row of the register."""

    kind = forms.ChoiceField(label="What it is", choices=FinancialRisk.Kind.choices)
    field_order = ("kind", "title")


class ClosingForm(Dressed, forms.Form):
    """Since when a risk is closed, and why."""

    closed = TypedDay(
        label="Closed on",
        help_text="Such as 30/09/2016.",
        error_messages={"required": "Give the day on which it ended."},
    )
    why = reason_field("Why it is closed", "That it fell, or can fall no more. Kept in the history.")


class ReopeningForm(Dressed, forms.Form):
    """Why a closed risk is opened again."""

    why = reason_field("Why it is opened again")


class RuleForm(Dressed, forms.Form):
    """What the plan holds for a business rule, and of which figure the rule is a share."""

    held = ThousandsField(
        label="Held in the plan, £000", required=False, negative=True, help_text="Empty: as the plan’s lines say."
    )
    base = ThousandsField(
        label="Per cent of this, £000",
        required=False,
        help_text="Empty: of the recurrent resource limit of the plan’s lines.",
    )
    base_name = forms.CharField(label="What that figure is", max_length=120, required=False)
    source = forms.CharField(
        label="Source",
        max_length=300,
        required=False,
        help_text="The document and place, such as the plan letter of 8 January.",
    )
    why = reason_field(help_text="Needed to save. Kept in the history.")

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in RULE_VALUES}
