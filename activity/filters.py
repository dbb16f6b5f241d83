from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from activity.models import Line, Measure
from activity.queries import LinePosition
from opplan.calc.rag import Rating
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed
from opplan.web.reasons import WORD

RATINGS = [(rating.value, WORD[rating]) for rating in Rating if rating not in (Rating.BLUE, Rating.NOT_DUE)]
REPORTED = [("yes", "Reported"), ("no", "Not reported")]
WHOSE = [("national", "National"), ("local", "Local")]
FOLLOWED = [("yes", "Followed by this plan"), ("no", "Not followed by this plan")]


class FilterForm(Dressed, forms.Form):
    """The filter's fields in the house's dress."""


class LineFilter(django_filters.FilterSet):
    """What the list of lines shows, kept in the address. Ratings are computed, so they are sifted after the rows are read."""

    q = django_filters.CharFilter(label="Search", method="search", max_length=100)
    area = django_filters.ChoiceFilter(label="Area", field_name="measure__area", empty_label="Any area")
    rating = django_filters.ChoiceFilter(label="Rating", choices=RATINGS, method="sifted", empty_label="Any rating")
    reported = django_filters.ChoiceFilter(
        label="Reported", choices=REPORTED, method="sifted", empty_label="Reported or not"
    )
    month = django_filters.ChoiceFilter(label="Month", method="sifted", empty_label=None)

    class Meta:
        model = Line
        form = FilterForm
        fields: list[str] = []

    def __init__(
        self, *args: Any, positions: Sequence[LinePosition], months: Sequence[date], now: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.positions = positions
        areas = dict.fromkeys(position.area for position in positions)
        self.filters["area"].extra["choices"] = [(area, area) for area in areas]
        self.filters["month"].extra["choices"] = [(f"{month:%Y-%m}", month_name(month)) for month in months]
        self.filters["month"].extra["initial"] = f"{now:%Y-%m}"

    def search(self, rows: QuerySet[Line], name: str, value: str) -> QuerySet[Line]:
        """Every word of the search in the line's reference, owner, or the measure's code, names or area."""
        fields = ("reference", "title", "measure__code", "measure__name", "measure__short_name", "measure__area")
        for word in value.split():
            anywhere = Q()
            for field in fields:
                anywhere |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(anywhere)
        return rows

    def sifted(self, rows: QuerySet[Line], name: str, value: str) -> QuerySet[Line]:
        return rows

    def kept(self) -> list[LinePosition]:
        """The positions that match. An unknown choice matches nothing rather than everything. At most one query."""
        if not self.narrows:
            return list(self.positions)
        if not self.form.is_valid():
            return []
        keys = set(self.qs.values_list("pk", flat=True))
        asked = self.form.cleaned_data
        return [
            one
            for one in self.positions
            if one.key in keys
            and asked.get("rating") in ("", one.judgement.rating)
            and asked.get("reported") in ("", "no" if one.actual is None else "yes")
        ]

    @property
    def narrows(self) -> bool:
        """Whether anything but the month is asked for."""
        return any(self.data.get(name) for name in ("q", "area", "rating", "reported"))

    def in_words(self) -> str:
        """The filter as words, for a list filtered to nothing."""
        named = [
            dict(RATINGS).get(self.data.get("rating", ""), ""),
            dict(REPORTED).get(self.data.get("reported", ""), ""),
        ]
        parts = [self.data.get("area", ""), *(word.lower() for word in named)]
        if self.data.get("q"):
            parts.append(f"“{self.data['q']}”")
        return ", ".join(part for part in parts if part)


class MeasureFilter(django_filters.FilterSet):
    """What the catalogue shows, kept in the address."""

    q = django_filters.CharFilter(label="Search", method="search", max_length=100)
    area = django_filters.ChoiceFilter(label="Area", empty_label="Any area")
    whose = django_filters.ChoiceFilter(label="Whose", choices=WHOSE, method="of", empty_label="National and local")
    followed = django_filters.ChoiceFilter(
        label="Followed", choices=FOLLOWED, method="by_lines", empty_label="Followed or not"
    )

    class Meta:
        model = Measure
        form = FilterForm
        fields: list[str] = []

    def __init__(self, *args: Any, areas: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["area"].extra["choices"] = [(area, area) for area in areas]

    def search(self, rows: QuerySet[Measure], name: str, value: str) -> QuerySet[Measure]:
        """Every word of the search in the measure's code, names, numerator or denominator."""
        for word in value.split():
            anywhere = Q()
            for field in ("code", "name", "short_name", "numerator", "denominator"):
                anywhere |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(anywhere)
        return rows

    def of(self, rows: QuerySet[Measure], name: str, value: str) -> QuerySet[Measure]:
        return rows.filter(organisation__isnull=value == "national")

    def by_lines(self, rows: QuerySet[Measure], name: str, value: str) -> QuerySet[Measure]:
        return rows.filter(**({"followed__gt": 0} if value == "yes" else {"followed": 0}))

    @property
    def kept(self) -> QuerySet[Measure]:
        """The measures that match. An unknown choice matches nothing rather than everything."""
        return self.qs if self.form.is_valid() else self.queryset.none()

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in ("q", "area", "whose", "followed"))

    def in_words(self) -> str:
        """The filter as words, for a list filtered to nothing."""
        named = [dict(WHOSE).get(self.data.get("whose", ""), ""), dict(FOLLOWED).get(self.data.get("followed", ""), "")]
        parts = [self.data.get("area", ""), *(word.lower() for word in named)]
        if self.data.get("q"):
            parts.append(f"“{self.data['q']}”")
        return ", ".join(part for part in parts if part)
