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


class MeasureTable(Table):
    """The catalogue of measures: what is counted, which way is good, how months become a year, and the standard."""

    measure = tables.TemplateColumn(
        template_name="activity/measure_name.html", verbose_name="Measure", order_by=("name", "code")
    )
    counts = tables.TemplateColumn(
        template_name="activity/measure_counts.html", verbose_name="What is counted", orderable=False
    )
    kind = tables.TemplateColumn("{{ record.kind }}<br><span class='op-moved'>{{ record.unit }}</span>")
    direction = tables.Column()
    year = tables.Column(verbose_name="Year")
    frequency = tables.Column(verbose_name="How often")
    standard = tables.TemplateColumn(
        template_name="activity/measure_standard.html",
        orderable=False,
        attrs={"th": {"class": "op-n"}, "td": {"class": "op-n"}},
    )
    lines = tables.Column(attrs={"th": {"class": "op-n"}, "td": {"class": "op-n"}})

    class Meta(Table.Meta):
        template_name = "activity/lines_table.html"
        sequence = ("measure", "counts", "kind", "direction", "year", "frequency", "standard", "lines")


COUNT = {"th": {"class": "op-n"}, "td": {"class": "op-n"}}


class BatchTable(Table):
    """Uploads of published files: what they would do or did, and where they stand."""

    name = tables.TemplateColumn(
        "<a href='{{ record.url }}'>Import {{ record.key }}</a><br><span class='op-moved'>{{ record.name }}</span>",
        verbose_name="Import",
        order_by=("key",),
    )
    source = tables.Column(verbose_name="Publication", attrs={"td": {"class": "op-why"}})
    new = FigureColumn(orderable=False)
    changed = FigureColumn(orderable=False)
    same = FigureColumn(orderable=False)
    refused = FigureColumn(orderable=False)
    state = tables.TemplateColumn(
        "{% if record.state_class %}<span class='{{ record.state_class }}'>{{ record.state }}</span>{% else %}{{ record.state }}{% endif %}"
        "<br><span class='op-moved'>{{ record.who }}, {{ record.when }}</span>",
        attrs={"td": {"class": "op-mark"}},
    )

    class Meta(Table.Meta):
        sequence = ("name", "source", "new", "changed", "same", "refused", "state")


class ChangeTable(Table):
    """Figures that an import would write, or wrote: what was held, what the file says, and the cell that says it."""

    what = tables.TemplateColumn(
        "{% if record.url %}<a href='{{ record.url }}'>{{ record.what }}</a>{% else %}{{ record.what }}{% endif %}"
        "<br><span class='op-moved'>{{ record.whose }}</span>",
        verbose_name="Line",
        orderable=False,
    )
    period = tables.Column(verbose_name="Month", orderable=False)
    was = tables.TemplateColumn(
        "{% if record.was %}{{ record.was }}{% else %}<span class='op-missing'>none</span>{% endif %}"
        "{% if record.note %}<br><span class='op-moved'>{{ record.note }}</span>{% endif %}",
        orderable=False,
        attrs={"th": {"class": "op-n"}, "td": {"class": "op-n"}},
    )
    will = tables.TemplateColumn("<b>{{ record.will }}</b>", verbose_name="Will be", orderable=False, attrs=COUNT)
    place = tables.Column(verbose_name="File, sheet, cell", orderable=False, attrs={"td": {"class": "op-why op-moved"}})

    class Meta(Table.Meta):
        attrs = {"class": "op-table op-table--stack op-table--named op-table--dense"}
        sequence = ("what", "period", "was", "will", "place")
