"""What people type about a scheme, its stage, its rating, and what the plan must save. Whether it may be so is for the actions to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from finance.actions.schemes import STATE_OF
from finance.models import RatingOverride, Scheme
from opplan.plans.belonging import REFERENCE
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed, FigureField, TypedDay, TypedText, reason_field

LONGEST_REASON = 300
Choices = Sequence[tuple[Any, Any]]
YES_NO = [("", "Not stated"), ("True", "Yes"), ("False", "No")]
ENTERING = ("reference", "stage")
ROLE = "A role, such as Urgent care lead."
STAGES = [(value, label) for value, label in Scheme.Stage.choices if value in STATE_OF]


def _words(label: str, help_text: str = "", length: int = 80) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=help_text)


def _yes_no(label: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=YES_NO,
        coerce=lambda value: value == "True",
        empty_value=None,
        help_text=help_text,
    )


def _key(label: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, required=False, coerce=int, empty_value=None, help_text=help_text)


def _one_of(label: str, choices: Choices, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "Not stated"), *choices], help_text=help_text)


def _share(label: str, help_text: str = "") -> FigureField:
    return FigureField(label=label, places=1, required=False, help_text=help_text)


class Suggested(forms.TextInput):
    """A box to type in that offers what others have typed; anything else may be typed as well."""

    template_name = "forms/suggested.html"

    def __init__(self, offered: Sequence[str] = ()) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self.offered = offered

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"offered-{name}"
        return context | {"offered": self.offered}


@dataclass(frozen=True)
class Offered:
    """What a scheme's form offers: rows of the plan by key, months, and what schemes are filed under."""

    initiatives: Choices
    projects: Sequence[tuple[int, int, str, str]]
    providers: Choices
    impacts: Choices
    months: Sequence[Any]
    filed_under: Mapping[str, Sequence[str]]


class SchemeForm(Dressed, forms.Form):
    """What a scheme says of itself. Its stage moves on a page of its own, its months are typed on its page."""

    GROUPS: Sequence[tuple[str, str, Sequence[str]]] = (
        (
            "What it is",
            "Under which initiative it is worked on, and how it is filed. A project is one of its initiative.",
            ("title", "initiative_id", "project_id", "section", "category", "area_of_spend", "part_of_spend", "national",
             "rightcare", "kind"),
        ),
        (
            "Money and contract",
            "Planned months are typed on the scheme’s page. A saving on a block contract releases no cash until the block is agreed anew.",
            ("recurrent", "full_year_effect", "provider_id", "contract", "in_contract"),
        ),
        ("People", "Roles, never names of people.", ("owner", "clinical_lead")),
        (
            "How sure it is",
            "Chance and range feed the likelihood of the year. Left empty, they follow the rating.",
            ("chance", "least", "most", "slippage", "mitigation", "narrative"),
        ),
        (
            "What it changes in activity",
            "A saving that follows from less activity is that activity at a price.",
            ("impact_id", "price"),
        ),
    )  # fmt: skip

    title = forms.CharField(label="Title", max_length=200, error_messages={"required": "Give it a title."})
    initiative_id = _key("Initiative")
    project_id = _key("Project")
    section = _words("Section", "Choose what is offered, or type another.")
    category = _words("Category", "Choose what is offered, or type another.")
    area_of_spend = _words("Area of spend")
    part_of_spend = _words("Area of spend, second level")
    national = _yes_no("National rather than local")
    rightcare = _yes_no("RightCare")
    kind = _one_of("Transactional or transformational", Scheme.Kind.choices)
    recurrent = _yes_no("Recurrent", "Whether it saves again every year without anybody doing more.")
    full_year_effect = FigureField(
        label="Full-year effect, £",
        places=2,
        negative=True,
        required=False,
        help_text="What twelve months save, in full pounds such as 480,000. Below nought needs a reason.",
    )
    provider_id = _key("Provider")
    contract = _one_of("Contract basis", Scheme.Contract.choices)
    in_contract = _yes_no("Taken out of the contract already")
    owner = _words("Owner", ROLE, 120)
    clinical_lead = _words("Clinical lead", "A role, such as GP lead for urgent care.", 120)
    chance = _share("Chance of delivering, per cent", "Between 0 and 100.")
    least = _share("Least saved if it delivers, per cent of plan")
    most = _share("Most saved if it delivers, per cent of plan")
    slippage = _one_of("Risk of slippage", Scheme.Slippage.choices, "That it starts or delivers late.")
    mitigation = _words("What is done about slippage", length=300)
    narrative = TypedText(label="Narrative", rows=3, required=False, max_length=1000)
    impact_id = _key("What it changes")
    price = FigureField(
        label="Saved for each unit of activity, £",
        places=2,
        required=False,
        help_text="In pounds and pence, such as 1,489.50.",
    )
    why = reason_field()

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("section", "category", "area_of_spend", "part_of_spend"):
            self.fields[name].widget = Suggested(offered.filed_under[name])
            self.fields[name].widget.attrs |= {"class": "nhsuk-input", "maxlength": "80"}
        chosen = str(self["initiative_id"].value() or "")
        self._offer("initiative_id", offered.initiatives)
        self._offer("project_id", _projects(offered, chosen))
        self._offer("provider_id", offered.providers)
        self._offer("impact_id", offered.impacts)

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None"), *choices]

    @property
    def values(self) -> dict[str, Any]:
        """The facts of the scheme, by attribute."""
        return {name: self.cleaned_data[name] for _, _, names in self.GROUPS for name in names if name not in ENTERING}

    @property
    def groups(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """The fields as they are laid out; the reason stands last, by itself."""
        for title, hint, names in self.GROUPS:
            yield title, hint, [self[name] for name in names]


def _projects(offered: Offered, chosen: str) -> Choices:
    """The projects of the initiative that is chosen, or where none is all of them by initiative."""
    if chosen:
        return [
            (key, f"{reference}, {title}") for key, mine, reference, title in offered.projects if str(mine) == chosen
        ]
    titles = dict(offered.initiatives)
    grouped: dict[str, list[tuple[int, str]]] = {}
    for key, mine, reference, title in offered.projects:
        grouped.setdefault(str(titles.get(mine, "")), []).append((key, f"{reference}, {title}"))
    return list(grouped.items())


class NewSchemeForm(SchemeForm):
    """A scheme that is not there yet: its reference and the stage at which it enters the pipeline besides."""

    GROUPS = (
        (
            "Reference, stage and start",
            "People file the scheme by its reference, which does not change. An idea counts for nothing until it is earmarked.",
            (*ENTERING, "start_month"),
        ),
        *SchemeForm.GROUPS,
    )

    reference = forms.CharField(
        label="Reference",
        max_length=40,
        validators=[REFERENCE],
        error_messages={"required": "Give it a reference, such as UC-07."},
        help_text="Letters, digits, full stops and hyphens, such as UC-07.",
    )
    stage = forms.ChoiceField(label="Stage", choices=STAGES, initial=Scheme.Stage.IDEA)
    start_month = forms.TypedChoiceField(label="Start month", required=False, empty_value=None)

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, offered=offered, **kwargs)
        months = {month.isoformat(): month for month in offered.months}
        self._offer("start_month", [(text, month_name(month)) for text, month in months.items()])
        start = self.fields["start_month"]
        assert isinstance(start, forms.TypedChoiceField)
        start.coerce = months.__getitem__


class StageForm(Dressed, forms.Form):
    """To which stage of the pipeline a scheme moves, and why."""

    stage = forms.ChoiceField(label="Stage", choices=STAGES)
    why = reason_field("Reason", "Who agreed it, and what has changed. Kept in the history.")


class RequirementForm(Dressed, forms.Form):
    """What the plan must save in the year."""

    amount = FigureField(
        label="Savings requirement for the year, £",
        places=2,
        help_text="In full pounds, such as 22,400,000.",
        error_messages={"required": "Give the amount, in pounds."},
    )
    why = reason_field("Reason", "Who decided it, and what has changed. Kept in the history.")


class RatingForm(Dressed, forms.Form):
    """A rating to be put in place of the rule's for a while."""

    rating = forms.ChoiceField(
        label="Rating to put in place", choices=[("", "Choose"), *RatingOverride._meta.get_field("rating").flatchoices]
    )
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        required=False,
        help_text="Shown beside both ratings, on the board too.",
    )
    until = TypedDay(
        label="Until", error_messages={"required": "Give the day until which it stands, such as 30/11/2016."}
    )


class WithdrawForm(Dressed, forms.Form):
    """Why a rating is taken out of place again."""

    why = reason_field("Reason for withdrawing it")
