"""What a commissioner types about progress. These check shape; whether it may be so is for the actions to say."""

from django import forms

from initiatives.actions import LONGEST_DECISION, LONGEST_NOTE, LONGEST_TEXT
from opplan.web.forms import Dressed, TypedDay, TypedText

LONGEST_REASON = 500


class ProgressForm(Dressed, forms.Form):
    """When a milestone was completed or is now expected, and why."""

    completed = TypedDay(
        label="Completed on", required=False, help_text="Such as 30/09/2016. Empty while it is not done."
    )
    forecast = TypedDay(
        label="Now expected", required=False, help_text="Where it differs from the plan. A completion clears it."
    )
    note = TypedText(
        label="Why, and what happens next",
        required=False,
        rows=4,
        max_length=LONGEST_NOTE,
        help_text="Needed when it will be late, or when the expected date moves.",
    )
    why = forms.CharField(
        label="Reason for this change", required=False, max_length=LONGEST_REASON, help_text="Kept in the history."
    )


class UpdateForm(Dressed, forms.Form):
    """The update of an initiative for one month."""

    text = TypedText(
        label="What happened, and what is next",
        rows=9,
        max_length=LONGEST_TEXT,
        error_messages={"required": "Say what happened, and what is next."},
        help_text=f"At most {LONGEST_TEXT:,} characters. It is read by the governing body.",
    )
    decision_wanted = TypedText(
        label="Decision wanted",
        required=False,
        rows=3,
        max_length=LONGEST_DECISION,
        help_text="What you ask of whom, and by when. Leave empty where none is wanted.",
    )
    why = forms.CharField(
        label="Reason for this change",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Kept in the history. Useful when you rewrite an earlier text.",
    )
