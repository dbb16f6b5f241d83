"""The register of documents as a table."""

import django_tables2 as tables

from opplan.web.tables import FigureColumn, Table


class DocumentTable(Table):
    """Documents with the round and initiative that they go with, and the latest version of each."""

    title = tables.TemplateColumn(
        '<a href="{{ record.url }}">{{ record.entry.title }}</a><br><span class="op-moved">{{ record.reference }}</span>'
        "{% tag_basis record.entry.basis %}",
        verbose_name="Document",
        order_by="title_sorted",
    )
    reference = tables.Column(visible=False)
    status = tables.Column()
    round = tables.Column()
    initiative = tables.Column()
    owner = tables.Column()
    version = FigureColumn(verbose_name="Version", order_by="number")
    size = FigureColumn(verbose_name="Size", order_by="bytes")
    at = tables.Column(verbose_name="Loaded", order_by="at_sorted", attrs={"td": {"class": "op-nowrap"}})

    class Meta(Table.Meta):
        attrs = {"class": "op-table op-table--stack op-table--named op-table--dense"}
        order_by = ("reference",)
        default = ""
