import django_tables2 as tables
from django.utils.safestring import mark_safe

from opplan.web.tables import FigureColumn, RatingColumn, Table

NONE = mark_safe("<span class='op-missing'>none</span>")


class LineTable(Table):
    """Plan lines at a month. Figures of different units share a column, so only words and ratings sort."""

    measure = tables.TemplateColumn(
        template_name="activity/line_name.html", verbose_name="Measure", order_by=("name", "whose")
    )
    standard = FigureColumn(orderable=False, default=NONE)
    plan = tables.TemplateColumn(
        template_name="activity/line_plan.html",
        orderable=False,
        attrs={"th": {"class": "op-n"}, "td": {"class": "op-n"}},
    )
    actual = tables.TemplateColumn(
        "{% if record.actual %}<b>{{ record.actual }}</b>{% else %}<span class='op-missing'>–</span>{% endif %}",
        orderable=False,
        attrs={"th": {"class": "op-n"}, "td": {"class": "op-n"}},
    )
    judgement = RatingColumn(verbose_name="Against plan", order_by=("severity", "name"))
    to_date = FigureColumn(verbose_name="Year to date", orderable=False, default="")
    trend = tables.TemplateColumn(
        "{% spark record.trend record.trend_label %}", orderable=False, attrs={"td": {"class": "op-mark"}}
    )
    status = tables.TemplateColumn(
        template_name="activity/line_status.html", order_by=("firmness", "name"), attrs={"td": {"class": "op-mark"}}
    )

    class Meta(Table.Meta):
        template_name = "activity/lines_table.html"
        sequence = ("measure", "standard", "plan", "actual", "judgement", "to_date", "trend", "status")
