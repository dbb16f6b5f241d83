from typing import Any

import django_tables2 as tables
from django.utils.html import format_html

from finance.presenters import SchemeRow
from opplan.web import formats
from opplan.web.tables import MoneyColumn, RatingColumn, Table


class DifferenceColumn(MoneyColumn):
    """Pounds in £000 with a sign: + is favourable."""

    def render(self, value: Any) -> str:
        return formats.in_thousands(value, signed=True)


class ForecastColumn(MoneyColumn):
    """A forecast of the year in £000, and whether part of it stands in for months that are due and not reported."""

    def render(self, value: Any, record: Any = None) -> str:
        on_trust = record.on_trust if isinstance(record, SchemeRow) else record["on_trust"]
        return format_html(PART_PLAN if on_trust else "{}", formats.in_thousands(value))


PART_PLAN = '{} <span class="op-moved">part not reported</span>'


class SchemeTable(Table):
    """Savings schemes with what they plan, have saved and forecast, in £000 gross, and the rating with its reason."""

    title = tables.TemplateColumn(
        '{% if record.url %}<a href="{{ record.url }}">{{ record.title }}</a>{% else %}{{ record.title }}{% endif %}'
        '{% if record.illustrative %} {% tag_basis "illustrative" %}{% endif %}',
        verbose_name="Scheme",
    )
    reference = tables.Column(attrs={"td": {"class": "op-nowrap"}})
    stage = tables.Column()
    where = tables.Column(verbose_name="Provider")
    initiative = tables.Column()
    planned_year = MoneyColumn(verbose_name="Plan, year")
    investment = MoneyColumn(verbose_name="Investment")
    net = DifferenceColumn(verbose_name="Net, year")
    planned_to_date = MoneyColumn(verbose_name="Plan to date")
    to_date = MoneyColumn(verbose_name="Saved to date", empty_values=())
    variance = DifferenceColumn(verbose_name="Variance, + is favourable")
    forecast = ForecastColumn(verbose_name="Forecast, year")
    judgement = RatingColumn(verbose_name="Rating and why", order_by="severity")
    owner = tables.Column()

    class Meta(Table.Meta):
        attrs = {"class": "op-table op-table--stack op-table--named op-table--dense"}
        order_by = ("reference",)
        default = ""

    def __init__(self, data: list[SchemeRow], *, totals: dict[str, Any], **kwargs: Any) -> None:
        self.totals = totals
        super().__init__(data, **kwargs)

    def get_bottom_pinned_data(self) -> list[dict[str, Any]]:
        return [self.totals]

    def render_to_date(self, value: Any, record: Any) -> str:
        return record.to_date_shown if isinstance(record, SchemeRow) else formats.in_thousands(value)
