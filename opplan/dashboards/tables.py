import django_tables2 as tables

from opplan.web.tables import FigureColumn, Table


class InitiativeTable(Table):
    """Initiatives with rating and reason."""

    caption = "Initiatives"

    title = tables.TemplateColumn(
        '<a href="{{ record.url }}">{{ record.title }}</a><br><span class="op-moved">{{ record.programme }}</span>',
        verbose_name="Initiative",
    )
    rating = tables.TemplateColumn(
        "{% rag record.rating %}", verbose_name="Rating", order_by="severity", attrs={"td": {"class": "op-mark"}}
    )
    why = tables.Column(orderable=False, attrs={"td": {"class": "op-why"}})
    milestones = FigureColumn(verbose_name="Milestones complete", order_by="milestones_due")
    saved = FigureColumn(verbose_name="Saved to date, £000", order_by="saved_pounds")
    updated = tables.Column(verbose_name="Last update", order_by="updated_for")
    owner = tables.Column()

    class Meta(Table.Meta):
        order_by = ("rating",)
