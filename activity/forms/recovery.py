"""What people type about a recovery plan. These check shape; whether it may be so is for the actions to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from activity.actions import LONGEST_WORDS, TrajectoryChange
from activity.models import Line, RecoveryPlan
from activity.queries import RecoveryLine
from opplan.calc.ratios import Kind
from opplan.web.formats import moment
from opplan.web.forms import Dressed, TypedDay, TypedText, reason_field
from opplan.web.grid import Group, MonthGrid, Row

LONGEST_REASON = 500


class RecoveryForm(Dressed, forms.Form):
    """What a recovery plan says: diagnosis, causes, level, intervention and what must hold for it to end."""

    title = forms.CharField(label="Name", max_length=150, error_messages={"required": "Give it a name."})
    lines = forms.MultipleChoiceField(
        label="Lines that it is to restore",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8, "class": "nhsuk-textarea"}),
        help_text="Hold Ctrl, or Cmd, to choose several.",
    )
    lines_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    owner = forms.CharField(
        label="Owner", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    diagnosis = TypedText(
        label="Diagnosis",
        rows=4,
        max_length=LONGEST_WORDS,
        error_messages={"required": "Say what is wrong, as far as it is known."},
    )
    causes = TypedText(label="Causes", rows=4, required=False, max_length=LONGEST_WORDS)
    next_step = TypedText(label="Next step", rows=2, required=False, max_length=LONGEST_WORDS)
    escalation = forms.ChoiceField(label="How far up it has been taken", choices=RecoveryPlan.Escalation.choices)
    formal_intervention = forms.BooleanField(label="Under formal intervention", required=False)
    intervention = TypedText(label="Who intervened, and under what", rows=2, required=False, max_length=LONGEST_WORDS)
    exit_criteria = TypedText(
        label="Exit criteria",
        rows=2,
        required=False,
        max_length=LONGEST_WORDS,
        help_text="What must hold for the recovery plan to end, such as three months in a row at the standard.",
    )
    opened = TypedDay(label="Opened on", required=False, help_text="Such as 30/09/2016. Left empty, it is today.")
    why = reason_field(longest=LONGEST_REASON)

    def __init__(self, *args: Any, lines: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["lines"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = list(lines)

    @property
    def chosen(self) -> frozenset[int]:
        return frozenset(int(key) for key in self.cleaned_data["lines"])

    @property
    def seen(self) -> frozenset[int]:
        """The lines that the form was opened with."""
        return frozenset(int(key) for key in re.findall(r"\b[0-9]{1,18}\b", self.cleaned_data["lines_seen"]))

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the recovery plan itself."""
        return {name: self.cleaned_data[name] for name in PLAN_VALUES}


PLAN_VALUES = (
    "title",
    "owner",
    "diagnosis",
    "causes",
    "next_step",
    "escalation",
    "formal_intervention",
    "intervention",
    "exit_criteria",
    "opened",
)


def line_choices(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """The lines of a plan, to choose from."""
    return [
        (str(line.pk), f"{line.reference}, {line.measure.short_name}" + (f", {line.title}" if line.title else ""))
        for line in lines
    ]


class ActionForm(Dressed, forms.Form):
    """An action of a recovery plan: what, who, by when, and whether it is done."""

    title = forms.CharField(
        label="What is to be done", max_length=250, error_messages={"required": "Say what is to be done."}
    )
    owner = forms.CharField(
        label="Owner",
        max_length=120,
        required=False,
        help_text="A role, such as Urgent care lead.",
    )
    due = TypedDay(
        label="Due", required=False, help_text="Such as 30/09/2016. A day that was agreed moves only with a reason."
    )
    completed = TypedDay(label="Completed on", required=False, help_text="Empty while it is not done.")
    note = TypedText(label="Note", rows=3, required=False, max_length=2000)
    why = reason_field(help_text="Needed when the day moves. Kept in the history.", longest=LONGEST_REASON)


ACTION_VALUES = ("title", "owner", "due", "completed", "note")


class ReviewForm(Dressed, forms.Form):
    """What a review of a recovery plan found and decided."""

    held = TypedDay(
        label="Held on", help_text="Such as 30/09/2016.", error_messages={"required": "Give the day of the review."}
    )
    finding = TypedText(
        label="What the review found",
        rows=4,
        max_length=LONGEST_WORDS,
        error_messages={"required": "Say what the review found."},
    )
    decision = TypedText(label="What it decided", rows=3, required=False, max_length=LONGEST_WORDS)
    escalation = forms.ChoiceField(
        label="Level from now",
        choices=RecoveryPlan.Escalation.choices,
        help_text="The latest review sets the level of the recovery plan.",
    )
    why = reason_field(longest=LONGEST_REASON)


class ClosingForm(Dressed, forms.Form):
    """That the exit criteria are met, since when, and how that is known."""

    closed = TypedDay(label="Closed on", error_messages={"required": "Give the day on which it ended."})
    why = forms.CharField(
        label="How you know that the exit criteria are met",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Kept in the history.",
    )


class ReopeningForm(Dressed, forms.Form):
    """Why a closed recovery plan is opened again."""

    why = forms.CharField(label="Why it is opened again", required=False, max_length=LONGEST_REASON)


class TrajectoryForm(Dressed, forms.Form):
    """Why the recovery trajectory is set or changed."""

    why = reason_field(help_text="", longest=LONGEST_REASON)


def trajectory_grid(
    lines: Sequence[RecoveryLine],
    months: Sequence[date],
    closed: frozenset[date],
    edits: dict[tuple[int, date], tuple[str, Any, str]],
) -> MonthGrid:
    """The recovery trajectory of each line as a grid; closed months are read only. The actual values stand above what is typed."""

    def author(key: str, month: date) -> tuple[str, str, str]:
        line = next((one for one in lines if _key(one) == key), None)
        who, when, why = edits.get((line.position.key, month), ("", None, "")) if line else ("", None, "")
        return who, moment(when), why

    groups = [
        Group(
            f"{one.position.short_name}, {one.position.title}" if one.position.title else one.position.short_name,
            [
                Row(
                    f"{one.position.reference} actual",
                    "Actual",
                    f"{one.position.reference}, actual",
                    {month.period: month.actual for month in one.position.year},
                    places=0 if one.position.kind == Kind.COUNT else 1,
                    due=frozenset(
                        month.period for month in one.position.year if month.period <= one.position.now.period
                    ),
                ),
                Row(
                    _key(one),
                    "Recovery",
                    f"{one.position.reference}, recovery trajectory",
                    {month: target.value for month, target in one.targets.items()},
                    frozenset(months) - closed,
                    unit=one.position.unit,
                    places=0 if one.position.kind == Kind.COUNT else 1,
                    negative=False,
                ),
            ],
            note=one.position.unit,
        )
        for one in lines
    ]
    return MonthGrid(groups, list(months), "Recovery trajectory by month", closed=closed, author=author)


def _key(line: RecoveryLine) -> str:
    return f"{line.position.reference} recovery"


def trajectory_changes(grid: MonthGrid, lines: Sequence[RecoveryLine]) -> list[TrajectoryChange]:
    """What a grid that came back would change."""
    keys = {_key(one): one.position.key for one in lines}
    return [TrajectoryChange(keys[change.key], change.month, change.was, change.value) for change in grid.changes]
