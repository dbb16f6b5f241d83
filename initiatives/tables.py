import django_tables2 as tables

from opplan.web.tables import RatingColumn, Table


class MilestoneTable(Table):
    """Milestones with what they are part of, their dates, and their rating with its reason."""

    title = tables.TemplateColumn(
        '<a href="{{ record.url }}">{{ record.title }}</a><br><span class="op-moved">{{ record.initiative }}</span>',
        verbose_name="Milestone",
        order_by="title_sorted",
    )
    due = tables.TemplateColumn(
        "{{ record.due_words }}{% tag_basis record.basis %}", attrs={"td": {"class": "op-nowrap"}}, order_by="due"
    )
    expected = tables.TemplateColumn(
        "{{ record.expected_words }}{% tag_basis record.progress_basis %}",
        verbose_name="Met or expected",
        attrs={"td": {"class": "op-nowrap"}},
        order_by="expected_sorted",
    )
    judgement = RatingColumn(verbose_name="Rating and why", order_by="severity")
    owner = tables.Column(order_by="owner_sorted")

    class Meta(Table.Meta):
        order_by = ("judgement",)
