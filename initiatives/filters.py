"""The list of milestones, narrowed: kept in the address, so that it can be sent to a colleague."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from initiatives.models import Milestone
from initiatives.queries import milestone_states, milestones_of, programme_titles
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed

if TYPE_CHECKING:
    from opplan.plans.models import Plan

SEARCHED = ("title", "reference", "owner", "note", "initiative__title", "initiative__reference", "project__title")
ORDERS = [
    ("", "By rating, worst first"),
    ("due", "By due date"),
    ("expected", "By date met or expected"),
    ("title", "By name"),
    ("owner", "By owner"),
]


class FilterForm(Dressed, forms.Form):
    """The filter as a form in the house's dress."""


class MilestoneFilter(django_filters.FilterSet):
    """Milestones by state at the end of a month, by programme, and by words in what they say."""

    q = django_filters.CharFilter(label="Search", method="search", max_length=100)
    state = django_filters.ChoiceFilter(label="State", method="in_state", empty_label="Any state")
    programme = django_filters.ChoiceFilter(
        label="Programme", field_name="initiative__programme__reference", empty_label="Any programme"
    )
    # For a phone, which hides the headings that sort. The table reads the order from the address.
    sort = django_filters.CharFilter(label="Order", method="as_given", widget=forms.Select(choices=ORDERS))

    class Meta:
        model = Milestone
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any, *, plan: Plan, month: date) -> None:
        super().__init__(data, queryset=milestones_of(plan))
        self.month = month
        self.filters["state"].extra["choices"] = [
            ("overdue", "Overdue"),
            ("due", f"Due in {month_name(month)}, not complete"),
            ("coming", "Coming"),
            ("complete", "Complete"),
        ]
        self.filters["programme"].extra["choices"] = programme_titles(plan)

    def search(self, rows: QuerySet[Milestone], name: str, words: str) -> QuerySet[Milestone]:
        """Every word must stand somewhere in the milestone, its note, owner, initiative or project."""
        for word in words.split():
            anywhere = Q()
            for field in SEARCHED:
                anywhere |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(anywhere)
        return rows

    def in_state(self, rows: QuerySet[Milestone], name: str, state: str) -> QuerySet[Milestone]:
        return rows.filter(milestone_states(self.month)[state])

    def as_given(self, rows: QuerySet[Milestone], name: str, order: str) -> QuerySet[Milestone]:
        return rows

    @property
    def narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in ("q", "state", "programme"))

    def in_words(self) -> str:
        """What is asked for, as a phrase: overdue, Urgent care, “beds”."""
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        words = [
            dict(self.filters[name].extra["choices"])[asked[name]] for name in ("state", "programme") if asked.get(name)
        ]
        if asked.get("q"):
            words.append(f"“{asked['q']}”")
        return ", ".join(words)
