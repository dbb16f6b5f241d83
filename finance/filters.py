from collections.abc import Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from finance.models import Scheme
from finance.queries import SchemePosition
from finance.queries.register import used
from initiatives.queries import InitiativeEntry
from opplan.calc.rag import SEVERITY, Rating
from opplan.web.formats import listed
from opplan.web.forms import Dressed
from opplan.web.reasons import WORD

OWING = [("owing", "Owes this month’s figure"), ("reported", "Has reported what is due")]
BLOCKED = "no_cash"


class FilterForm(Dressed, forms.Form):
    """The filters of a list in NHS.UK markup."""


class SchemeFilter(django_filters.FilterSet):
    """Which schemes are shown. Everything is in the address; what no column holds, such as the rating, is looked at last."""

    q = django_filters.CharFilter(method="search", label="Reference, title or owner")
    state = django_filters.ChoiceFilter(choices=Scheme.State.choices, label="State", empty_label="Any")
    stage = django_filters.ChoiceFilter(choices=Scheme.Stage.choices, label="Stage", empty_label="Any")
    programme = django_filters.ChoiceFilter(method="within", label="Programme", empty_label="Any")
    initiative = django_filters.ChoiceFilter(method="within", label="Initiative", empty_label="Any")
    provider = django_filters.ChoiceFilter(field_name="provider__short_name", label="Provider", empty_label="Any")
    section = django_filters.ChoiceFilter(label="Section", empty_label="Any")
    category = django_filters.ChoiceFilter(label="Category", empty_label="Any")
    contract = django_filters.ChoiceFilter(
        method="paid",
        choices=[*Scheme.Contract.choices, (BLOCKED, "Block, releases no cash")],
        label="Contract",
        empty_label="Any",
    )
    owing = django_filters.ChoiceFilter(method="leave", choices=OWING, label="Reported", empty_label="Any")
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
        everything: Sequence[SchemePosition],
        **kwargs: Any,
    ) -> None:
        """Only what the schemes of the plan hold is offered: initiatives and programmes that have one, their providers, and so on."""
        asked = {one.initiative_key for one in everything}
        self.entries = [entry for key, entry in initiatives.items() if key in asked]
        super().__init__(*args, **kwargs)
        titles = {entry.programme_reference: entry.programme for entry in self.entries}
        self.filters["programme"].extra["choices"] = list(titles.items())
        self.filters["initiative"].extra["choices"] = [(entry.reference, entry.title) for entry in self.entries]
        for name in ("provider", "section", "category"):
            self.filters[name].extra["choices"] = used(getattr(one, name) for one in everything)

    def search(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        for word in value.split()[:8]:
            found = found.filter(Q(reference__icontains=word) | Q(title__icontains=word) | Q(owner__icontains=word))
        return found

    def within(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        """Schemes of one initiative, or of every initiative of one programme."""
        field = "reference" if name == "initiative" else "programme_reference"
        keys = [entry.key for entry in self.entries if getattr(entry, field) == value]
        return found.filter(initiative_id__in=keys)

    def paid(self, found: QuerySet[Scheme], name: str, value: str) -> QuerySet[Scheme]:
        """Schemes on contracts of one basis; which of them release no cash is looked at last."""
        return found.filter(contract=Scheme.Contract.BLOCK if value == BLOCKED else value)

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
        chosen = self.chosen
        if not chosen:
            return positions
        keys = set(self.qs.values_list("pk", flat=True))
        rating, owing, contract = chosen.get("rating"), chosen.get("owing"), chosen.get("contract")
        return [
            one
            for one in positions
            if one.key in keys
            and (not rating or one.judgement.rating == Rating(rating))
            and (not owing or (one.due and one.owing == (owing == "owing")))
            and (contract != BLOCKED or one.releases_no_cash)
        ]

    @property
    def in_words(self) -> str:
        """What is asked for: “state Earmarked and rating Red”."""
        words = []
        for name, value in self.chosen.items():
            label = str(self.form.fields[name].label or name).lower()
            shown = dict(getattr(self.form.fields[name], "choices", ())).get(value, value)
            words.append(f"“{value}”" if name == "q" else f"{label} {shown}")
        return listed(words)
