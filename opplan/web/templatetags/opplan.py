"""Template tags and filters, loaded everywhere: formats, marks and the JSON of charts. They show; they never compute."""

from datetime import date
from typing import Any

from django import template

from opplan.calc.rag import Judgement
from opplan.web import formats, marks, reasons

register = template.Library()

for written in (
    formats.millions,
    formats.in_thousands,
    formats.in_words,
    formats.day,
    formats.moment,
    formats.month,
    formats.short_month,
):
    register.filter(written.__name__, written)


@register.filter
def counted(count: int, word: str) -> str:
    """{{ 3|counted:"milestone" }} or {{ 3|counted:"entry,entries" }}."""
    singular, _, plural = word.partition(",")
    return formats.counted(count, singular, plural)


@register.filter
def iso_month(value: date) -> str:
    return f"{value:%Y-%m}"


register.simple_tag(marks.rag, name="rag")
register.simple_tag(marks.basis, name="tag_basis")
register.simple_tag(marks.spc, name="spc")
register.simple_tag(marks.spark, name="spark")


@register.simple_tag
def reason(judged: Judgement) -> str:
    """Why, in a few words."""
    return reasons.sentence(judged)


@register.inclusion_tag("components/chart.html")
def chart(identifier: str, figure: dict[str, Any], finding: str, unit: str, size: str = "") -> dict[str, Any]:
    """A chart with its finding as the caption; its table stands beside or below it."""
    return {"id": identifier, "figure": figure, "finding": finding, "unit": unit, "size": size}


@register.simple_tag(takes_context=True)
def address(context: template.Context, name: str, **parts: str) -> str:
    """The address of a page of the plan that the request is in: {% address "finance:scheme" reference=scheme.reference %}.

    `programme` and `initiative` are asked of the page in its query: {% address "finance:months" initiative=one.reference %}.
    """
    query = {name: parts.pop(name) for name in ("programme", "initiative") if name in parts}
    return context["request"].scope.url(name, query, **parts)


@register.inclusion_tag("components/month_grid.html", takes_context=True)
def month_grid(context: template.Context, grid: Any) -> dict[str, Any]:
    """The twelve-month grid with its clashes and problems."""
    return {"grid": grid}


@register.filter
def cells_of(grid: Any, row: Any) -> list[Any]:
    return grid.cells(row)


@register.filter
def problems_of(grid: Any, row: Any) -> list[Any]:
    return grid.problems_of(row)
