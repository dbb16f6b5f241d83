from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms

from opplan.calc.rag import Rating, Tolerance
from opplan.dashboards.queries import RatedInitiative, RatedProgramme
from opplan.plans.queries import Rule
from opplan.web.formats import month as month_name
from opplan.web.formats import plain
from opplan.web.forms import Dressed
from opplan.web.reasons import WORD

if TYPE_CHECKING:
    from opplan.plans.models import Plan


class InitiativeFilter(Dressed, forms.Form):
    """What the list of initiatives shows, kept in the address."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    programme = forms.ChoiceField(required=False)
    rating = forms.ChoiceField(
        required=False, choices=[("", "Any rating"), *((one.value, WORD[one]) for one in Rating)]
    )

    def __init__(self, *args: Any, programmes: Sequence[RatedProgramme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = [(one.reference, one.title) for one in programmes]
        self.fields["programme"].choices = [("", "Any programme"), *titles]  # type: ignore[attr-defined]

    def apply(self, initiatives: Sequence[RatedInitiative]) -> list[RatedInitiative]:
        """Those that match; an unknown choice matches nothing rather than everything."""
        if not self.is_bound:
            return list(initiatives)
        words = self.data.get("q", "").lower().split()
        programme, rating = self.data.get("programme", ""), self.data.get("rating", "")
        return [
            one
            for one in initiatives
            if (not programme or one.entry.programme_reference == programme)
            and (not rating or one.rating == rating)
            and all(word in _searched(one) for word in words)
        ]

    def in_words(self) -> str:
        """The filter as a sentence, for a list filtered to nothing."""
        if not self.is_bound:
            return ""
        parts = [
            dict(self.fields[name].choices).get(self.data.get(name, ""), "")  # type: ignore[attr-defined]
            for name in ("programme", "rating")
            if self.data.get(name)
        ]
        if self.data.get("q"):
            parts.append(f"“{self.data['q']}”")
        return ", ".join(part for part in parts if part)


def _searched(one: RatedInitiative) -> str:
    entry = one.entry
    return f"{entry.reference} {entry.title} {entry.programme} {entry.owner} {entry.summary}".lower()


class ToleranceForm(Dressed, forms.Form):
    """Where green ends and red begins for one rule, with the reason of a change."""

    green = forms.DecimalField(
        label="Green up to", min_value=Decimal(0), max_value=Decimal(1000), max_digits=8, decimal_places=2
    )
    red = forms.DecimalField(
        label="Red beyond", min_value=Decimal(0), max_value=Decimal(1000), max_digits=8, decimal_places=2
    )
    why = forms.CharField(label="Reason for the change", max_length=300)
    seen_green = forms.DecimalField(widget=forms.HiddenInput, required=False)
    seen_red = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        if "green" in read and "red" in read and read["red"] < read["green"]:
            self.add_error(
                "red",
                f"Red begins at {read['red']}, before green ends at {read['green']}. Give {read['green']} or more.",
            )
        return read


def tolerance_forms(rules: Mapping[str, Rule], bands: Mapping[str, Tolerance]) -> dict[str, ToleranceForm]:
    """A form a rule, with the plan's present tolerance."""
    return {name: ToleranceForm(prefix=name, initial=_initial(bands[name])) for name in rules}


def _initial(band: Tolerance) -> dict[str, str]:
    """The present tolerance, to be changed; and again as what the page showed, so that nobody overwrites a change unseen."""
    green, red = plain(band.green), plain(band.red)
    return {"green": green, "red": red, "seen_green": green, "seen_red": red}


class MonthForm(Dressed, forms.Form):
    """Close a month, reopen one, or move the month that the plan reports."""

    CLOSE, REOPEN, REPORT = "close", "reopen", "report"
    DONE = {CLOSE: "closed", REOPEN: "open again", REPORT: "now the month that the plan reports"}

    month = forms.ChoiceField()
    what = forms.ChoiceField(
        label="What to do",
        choices=[
            (CLOSE, "Close it: no figure of it may change"),
            (REOPEN, "Reopen it"),
            (REPORT, "Report it: boards show figures to its end"),
        ],
    )
    why = forms.CharField(label="Reason", max_length=300, required=False, help_text="Required to reopen a month")

    def __init__(self, *args: Any, plan: Plan, closed: frozenset[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.months = {f"{month:%Y-%m}": month for month in plan.months}
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            (key, month_name(month) + (", closed" if month in closed else "")) for key, month in self.months.items()
        ]
        if plan.reporting_month:
            self.fields["month"].initial = f"{plan.reporting_month:%Y-%m}"

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        if read.get("what") == self.REOPEN and not read.get("why", "").strip():
            self.add_error("why", "Say why the month is reopened: its figures have been reported.")
        return read
