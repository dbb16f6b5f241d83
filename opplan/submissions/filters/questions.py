"""Which questions of NHS England a list shows. Everything is in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from opplan.submissions.models import Question
from opplan.web.formats import listed
from opplan.web.forms import Dressed

STATES = {
    "open": "Open",
    "unanswered": "Open, without an answer",
    "answered": "Open, answered",
    "overdue": "Overdue",
    "waived": "Waived for a round",
    "closed": "Closed",
}
WHOLE = "plan"
"""Stands for the plan as a whole among the templates."""


class FilterForm(Dressed, forms.Form):
    """The filters of the list in NHS.UK markup."""


class QuestionFilter(django_filters.FilterSet):
    """By what has become of a question, the template that it is about, and who answers."""

    state = django_filters.ChoiceFilter(
        label="State", choices=list(STATES.items()), method="by_state", empty_label="Any"
    )
    template = django_filters.ChoiceFilter(label="Template", method="by_template", empty_label="Any")
    owner = django_filters.ChoiceFilter(label="Who answers", empty_label="Anybody")
    kind = django_filters.ChoiceFilter(label="Kind", choices=Question.Kind.choices, empty_label="Any")

    class Meta:
        model = Question
        form = FilterForm
        fields: Sequence[str] = []

    def __init__(
        self,
        *args: Any,
        templates: Sequence[tuple[str, str]],
        owners: Sequence[str],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["template"].extra["choices"] = [*templates, (WHOLE, "The plan as a whole")]
        self.filters["owner"].extra["choices"] = [(owner, owner) for owner in owners]

    def by_state(self, rows: QuerySet[Question], name: str, value: str) -> QuerySet[Question]:
        if value == "closed":
            return rows.exclude(closed_on=None)
        rows = rows.filter(closed_on=None)
        if value in ("answered", "unanswered"):
            return rows.filter(answer="") if value == "unanswered" else rows.exclude(answer="")
        if value == "overdue":
            return rows.filter(due__lt=self.today)
        return rows.exclude(waived_why="") if value == "waived" else rows

    def by_template(self, rows: QuerySet[Question], name: str, value: str) -> QuerySet[Question]:
        return rows.filter(template="" if value == WHOLE else value)

    @property
    def kept(self) -> QuerySet[Question]:
        """The questions that match. An unknown choice matches nothing rather than everything."""
        return self.qs if not self.narrows or self.form.is_valid() else self.queryset.none()

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in self.filters)

    def in_words(self) -> str:
        """The filter as words: “state open and template finance”."""
        parts = []
        for name, field in self.form.fields.items():
            if value := self.data.get(name):
                said = dict(getattr(field, "choices", ())).get(value, value)
                parts.append(f"{str(field.label).lower()} {str(said).lower() if name == 'state' else said}")
        return listed(parts)
