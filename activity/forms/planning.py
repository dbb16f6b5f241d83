"""What people type when they plan activity: measures, lines, build-ups, impacts, phasing and trajectories.

These check shape; whether it may be so is for the actions to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from activity.models import Impact, Line, LineBuild, Measure
from opplan.calc.rag import Direction
from opplan.calc.ratios import Counted, Kind, YearRule
from opplan.plans.belonging import REFERENCE
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed, FigureField, TypedDay, TypedText, reason_field
from opplan.web.phasing import PhasingForm

LONGEST_REASON = 300
KINDS = [
    (Kind.COUNT.value, "Count"),
    (Kind.PERCENTAGE.value, "Percentage"),
    (Kind.RATE.value, "Rate per 100,000"),
    (Kind.AVERAGE.value, "Average"),
]
COUNTED = [
    (Counted.WHOLE.value, "Whole numbers"),
    (Counted.HALVES.value, "Halves, where two trusts share a patient"),
    (Counted.PARTS.value, "Any part: averages, estimates, money"),
]
DIRECTIONS = [
    (Direction.OVER.value, "Higher is better"),
    (Direction.UNDER.value, "Lower is better"),
    (Direction.ON.value, "Best on plan"),
]
YEAR_RULES = [
    (YearRule.SUM.value, "Sum of the months"),
    (YearRule.LAST.value, "The last month's"),
    (YearRule.RATIO.value, "Sum of numerators over sum of denominators"),
]
Choices = Sequence[tuple[Any, str]]


class KeyField(forms.TypedChoiceField):
    """A choice among rows by their key; None where nothing is chosen."""

    def __init__(self, *, nothing: str = "None", **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, required=kwargs.pop("required", False), **kwargs)
        self.nothing = nothing

    def offer(self, choices: Choices) -> None:
        self.choices = [("", self.nothing), *choices]


def _why(help_text: str = "Kept in the history.") -> forms.CharField:
    why = reason_field(help_text=help_text)
    why.widget.attrs["class"] = "nhsuk-input nhsuk-input--width-30"
    return why


class MeasureForm(Dressed, forms.Form):
    """A measure of the organisation's own: what is counted, over what, and which way is good."""

    name = forms.CharField(label="Name", max_length=250)
    short_name = forms.CharField(label="Short name", max_length=60, help_text="As lists and charts call it.")
    area = forms.CharField(label="Area", max_length=60, help_text="Lists group by it, such as Flow and demand.")
    unit = forms.CharField(label="Unit", max_length=60, help_text="Such as admissions, beds a day, or %.")
    numerator = forms.CharField(label="Numerator", max_length=250, help_text="What is counted.")
    denominator = forms.CharField(
        label="Denominator", max_length=250, required=False, help_text="What it is divided by. Empty for a count."
    )
    counted = forms.ChoiceField(label="Counted in", choices=COUNTED, initial=Counted.WHOLE.value)
    direction = forms.ChoiceField(label="Direction", choices=DIRECTIONS)
    year_rule = forms.ChoiceField(label="How months become a year", choices=YEAR_RULES)
    frequency = forms.ChoiceField(label="How often", choices=Measure.Frequency.choices, initial="month")
    parent_id = KeyField(
        label="Part of", nothing="No other measure", help_text="Parts are checked to add to their whole."
    )
    standard = FigureField(
        label="Standard", required=False, places=4, help_text="In the unit. Empty where there is none."
    )
    standard_from = TypedDay(label="Standard in force from", required=False, help_text="Empty: always.")
    standard_until = TypedDay(label="Standard in force until", required=False, help_text="Empty: until further notice.")
    standard_note = forms.CharField(label="Note on the standard", max_length=250, required=False)
    board = forms.BooleanField(label="Show its lines on the board", required=False)
    why = _why(help_text="Needed when a definition changes. Kept in the history.")

    def __init__(self, *args: Any, parents: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.fields["parent_id"]
        assert isinstance(parent, KeyField)
        parent.offer(parents)

    @property
    def typed(self) -> dict[str, Any]:
        """The fields of the definition."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("why", "code", "kind")}


class NewMeasureForm(MeasureForm):
    """A new local measure, whose code and kind stay."""

    code = forms.CharField(
        label="Code", max_length=20, validators=[REFERENCE], help_text="Such as OX.FRAIL. It cannot be changed later."
    )
    kind = forms.ChoiceField(label="Kind", choices=KINDS, help_text="It cannot be changed later.")
    field_order = ("code", "name", "short_name", "area", "kind", "unit")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if code.lower() == "add":
            raise ValidationError("“add” is an address of the catalogue. Choose another code.")
        return code


class LineForm(Dressed, forms.Form):
    """A new line of a measure: for whom it is followed, and who answers for it."""

    scope = forms.ChoiceField(label="For whom", choices=Line.Scope.choices)
    provider_id = KeyField(label="Provider", nothing="No provider")
    specialty = forms.CharField(label="Specialty", max_length=80, required=False)
    initiative_id = KeyField(
        label="Initiative", nothing="No initiative", help_text="Whose line it is, or which works on it."
    )
    owner = forms.CharField(
        label="Senior owner", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    title = forms.CharField(label="Whose figures, in words", max_length=200, required=False)
    reference = forms.CharField(
        label="Reference",
        max_length=40,
        required=False,
        validators=[REFERENCE],
        help_text="Left empty, it is made of the measure's code and for whom it is.",
    )
    why = _why()

    def __init__(self, *args: Any, providers: Choices, initiatives: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("provider_id", providers), ("initiative_id", initiatives)):
            field = self.fields[name]
            assert isinstance(field, KeyField)
            field.offer(choices)


class LineChangeForm(Dressed, forms.Form):
    """What a line is called, who answers for it, and which initiative works on it."""

    title = forms.CharField(label="Whose figures, in words", max_length=200, required=False)
    owner = forms.CharField(
        label="Senior owner", max_length=120, required=False, help_text="A role, such as Urgent care lead."
    )
    initiative_id = KeyField(label="Initiative", nothing="No initiative")
    why = _why()

    def __init__(self, *args: Any, initiatives: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["initiative_id"]
        assert isinstance(field, KeyField)
        field.offer(initiatives)


class BuildForm(Dressed, forms.Form):
    """The parts of a line's year before initiatives."""

    baseline = FigureField(label="Baseline", required=True, places=4)
    baseline_year = forms.CharField(
        label="Year of the baseline",
        required=False,
        max_length=7,
        help_text="Such as 2015-16.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-10"}),
    )
    demographic = FigureField(
        label="Demographic growth, per cent", required=False, negative=True, help_text="Of the baseline."
    )
    other = FigureField(label="Other growth, per cent", required=False, negative=True, help_text="Of the baseline.")
    policy = FigureField(
        label="Policy and service changes", required=False, negative=True, places=4, help_text="Below nought for fewer."
    )
    policy_note = forms.CharField(label="Which changes", max_length=300, required=False)
    why = _why(help_text="Needed when the baseline is not the outturn that is held. Kept in the history.")

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        for name in ("demographic", "other", "policy"):
            if name in read and read[name] is None:
                read[name] = Decimal(0)
        return read


class ImpactForm(Dressed, forms.Form):
    """What an initiative is to change in a line, in words; its months are typed in a grid."""

    initiative_id = KeyField(label="Initiative", nothing="Choose", required=True)
    title = forms.CharField(
        label="What changes", max_length=200, help_text="Such as Demand management of GP referrals."
    )
    effect = forms.ChoiceField(label="Effect", choices=Impact.Effect.choices)
    how_modelled = TypedText(label="How it was modelled", rows=3, required=False, max_length=300)
    why = _why()

    def __init__(self, *args: Any, initiatives: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["initiative_id"]
        assert isinstance(field, KeyField)
        field.offer(initiatives)


class LinePhasingForm(PhasingForm):
    """How the year of a plan line is to be spread over its periods."""

    how = forms.ChoiceField(label="Phase the year", choices=LineBuild.Phasing.choices)
    year = FigureField(label="Year", places=4)

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].label = f"Plan for the year, {unit}"


SHAPES = [("straight", "In a straight line"), ("stepped", "In steps, at the ends of quarters")]
DENOMINATORS = [("plan", "As planned now"), ("last", "Last year's actual")]


class PathForm(Dressed, forms.Form):
    """A trajectory to a standard: from what, to what, from when, by when, in which shape."""

    start = FigureField(label="From", places=4)
    since = forms.ChoiceField(label="in")
    end = FigureField(label="To", places=4)
    by = forms.ChoiceField(label="by")
    shape = forms.ChoiceField(label="Shape", choices=SHAPES)
    over = forms.ChoiceField(label="Denominators", choices=DENOMINATORS)

    def __init__(self, *args: Any, periods: Sequence[date], counted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [(f"{month:%Y-%m}", month_name(month)) for month in periods]
        for name in ("since", "by"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = months
        if counted:
            del self.fields["over"]

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        if read.get("since") and read.get("by") and read["by"] < read["since"]:
            self.add_error("by", "The end lies before the start.")
        return read
