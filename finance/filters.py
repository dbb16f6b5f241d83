from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from finance.models import Scheme
from finance.queries import SchemePosition
from initiatives.queries import InitiativeEntry
from opplan.calc.rag import SEVERITY, Rating
from opplan.web.formats import listed
from opplan.web.forms import Dressed
from opplan.web.reasons import WORD


class FilterForm(Dressed, forms.Form):
    """The filters of a list in NHS.UK markup."""


class SchemeFilter(django_filters.FilterSet):
    """Which schemes are shown. Everything is in the address; the rating, which no column holds, is looked at last."""

    q = django_filters.CharFilter(method="search", label="Reference, title or owner")
    state = django_filters.ChoiceFilter(choices=Scheme.State.choices, label="State", empty_label="Any")
    programme = django_filters.ChoiceFilter(method="within", label="Programme", empty_label="Any")
    initiative = django_filters.ChoiceFilter(method="within", label="Initiative", empty_label="Any")
    rating = django_filters.ChoiceFilter(
        method="leave", label="Rating", choices=[(rating, WORD[rating]) for rating in SEVERITY], empty_label="Any"
    )

    class Meta:
        model = Scheme
        fields: Sequence[str] = []
        form = FilterForm

    def __init__(
        self,
        *args: Any,
        initiatives: Mapping[int, InitiativeEntry],
        used: Iterable[int | None],
        **kwargs: Any,
    ) -> None:
        """`used` are the keys of initiatives that have schemes: only those, and their programmes, are offered."""
        asked = set(used)
        self.entries = [entry for key, entry in initiatives.items() if key in asked]
        super().__init__(*args, **kwargs)
        titles = {entry.programme_reference: entry.programme for entry in self.entries}
        self.filters["programme"].extra["choices"] = list(titles.items())
        self.filters["initiative"].extra["choices"] = [(entry.reference, entry.title) for entry in self.entries]

    def search(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        for word in value.split()[:8]:
            found = found.filter(Q(reference__icontains=word) | Q(title__icontains=word) | Q(owner__icontains=word))
        return found

    def within(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        """Schemes of one initiative, or of every initiative of one programme."""
        field = "reference" if name == "initiative" else "programme_reference"
        keys = [entry.key for entry in self.entries if getattr(entry, field) == value]
        return found.filter(initiative_id__in=keys)

    def leave(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        return found

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for and can be answered."""
        if not self.is_bound:
            return {}
        self.form.full_clean()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    def shown(self, positions: list[SchemePosition]) -> list[SchemePosition]:
        """The positions that are asked for."""
        if not self.chosen:
            return positions
        keys = set(self.qs.values_list("pk", flat=True))
        rating = self.chosen.get("rating")
        return [one for one in positions if one.key in keys and (not rating or one.judgement.rating == Rating(rating))]

    @property
    def in_words(self) -> str:
        """What is asked for: “state Earmarked and rating Red”."""
        words = []
        for name, value in self.chosen.items():
            label = str(self.form.fields[name].label or name).lower()
            shown = dict(getattr(self.form.fields[name], "choices", ())).get(value, value)
            words.append(f"“{value}”" if name == "q" else f"{label} {shown}")
        return listed(words)
