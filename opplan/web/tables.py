"""Columns that every room's lists share. One template dresses every table: templates/tables/table.html."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string

from opplan.web import formats
from opplan.web.reasons import sentence


class Table(tables.Table):
    """A list in the house's dress: sortable headings, a caption, rows that stack on a phone."""

    class Meta:
        template_name = "tables/table.html"
        attrs = {"class": "op-table op-table--stack op-table--named"}
        orderable = True


class RatingColumn(tables.Column):
    """A rating's mark and word, with its reason beneath. Takes a Judgement."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "op-why"}})
        super().__init__(**kwargs)

    def render(self, value: Any) -> str:
        return render_to_string("components/judgement.html", {"judgement": value, "reason": sentence(value)})

    def value(self, value: Any) -> str:
        return f"{value.rating}: {sentence(value)}"


class MoneyColumn(tables.Column):
    """Pounds, shown in £000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"th": {"class": "op-n"}, "td": {"class": "op-n"}})
        super().__init__(**kwargs)

    def render(self, value: Any) -> str:
        return formats.in_thousands(value)


class FigureColumn(tables.Column):
    """A figure already written out, right-aligned."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"th": {"class": "op-n"}, "td": {"class": "op-n"}})
        super().__init__(**kwargs)
