"""The register of documents, narrowed: kept in the address, so that it can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from opplan.submissions.models import Document
from opplan.web.forms import Dressed

NO_ROUND = "none"
FILES = [("held", "A file is here"), ("none", "No file is here")]


class FilterForm(Dressed, forms.Form):
    """The filter as a form in the house's dress."""


class DocumentFilter(django_filters.FilterSet):
    """Documents by status, round, whether a file is here, and words in what is said of them."""

    q = django_filters.CharFilter(label="Search", method="search", max_length=100)
    status = django_filters.ChoiceFilter(label="Status", choices=Document.Status.choices, empty_label="Any status")
    round = django_filters.ChoiceFilter(label="Round", method="in_round", empty_label="Any round")
    file = django_filters.ChoiceFilter(label="File", method="with_file", choices=FILES, empty_label="With or without")

    class Meta:
        model = Document
        fields: Sequence[str] = []
        form = FilterForm

    def __init__(self, data: Any, *, queryset: QuerySet[Document], rounds: Sequence[tuple[int, str, str]]) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["round"].extra["choices"] = [
            *((reference, title) for _, reference, title in rounds),
            (NO_ROUND, "None"),
        ]

    def search(self, rows: QuerySet[Document], name: str, words: str) -> QuerySet[Document]:
        for word in words.split()[:8]:
            rows = rows.filter(
                Q(reference__icontains=word)
                | Q(title__icontains=word)
                | Q(owner__icontains=word)
                | Q(note__icontains=word)
                | Q(initiative__title__icontains=word)
            )
        return rows

    def in_round(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return rows.filter(round=None) if value == NO_ROUND else rows.filter(round__reference=value)

    def with_file(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return rows.filter(versions__isnull=value == "none").distinct()

    @property
    def narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in ("q", "status", "round", "file"))
