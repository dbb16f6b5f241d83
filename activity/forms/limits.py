"""How a line's chart is to be read. These check shape; whether it may be so is for the actions to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from activity.models import SpcProfile
from opplan.calc.spc import LEAST_FIXED
from opplan.web.forms import Dressed, TypedText, WholeField

LONGEST_WHY = 500


class LimitsForm(Dressed, forms.Form):
    """Whose rules a line's chart follows, and on how many points its limits rest."""

    spc_profile = forms.ChoiceField(
        label="Rules of the chart",
        choices=SpcProfile.choices,
        help_text="The board and every page read the line by these rules.",
    )
    spc_fix_after = WholeField(
        label="Limits from the first so many points",
        required=False,
        min_value=LEAST_FIXED,
        max_value=500,
        help_text=f"At least {LEAST_FIXED}. Empty: from all points of a stretch.",
        error_messages={"min_value": f"Limits rest on {LEAST_FIXED} points at least."},
    )
    why = forms.CharField(
        label="Reason for this change", required=False, max_length=LONGEST_WHY, help_text="Kept in the history."
    )


class RebaseForm(Dressed, forms.Form):
    """From when a line's limits are drawn anew, and what changed in the process."""

    period = forms.ChoiceField(label="From", error_messages={"required": "Choose the first period after the change."})
    reason = TypedText(
        label="What changed in the process",
        rows=2,
        max_length=300,
        error_messages={"required": "Say what changed in the process, and how it is known."},
        help_text="A poor run of months is no reason: something must be known to have changed. The chart and the page show it.",
    )
    why = forms.CharField(
        label="Reason for this change",
        required=False,
        max_length=LONGEST_WHY,
        help_text="Needed to take a rebase away. Kept in the history.",
    )

    def __init__(self, *args: Any, periods: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["period"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = list(periods)
