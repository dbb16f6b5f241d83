"""The whole narrative as one plain HTML document, for the pack of a round: no script, no address, the same bytes for the same data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from opplan.submissions.narrative.marks import names_in
from opplan.submissions.narrative.rendering import rendered
from opplan.submissions.queries.narrative import narrative_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan

ILLUSTRATIVE = " (illustrative)"


def narrative_document(plan: Plan, month: date) -> bytes:
    """The narrative at `month`: contents, sections, and a list of every figure in it with the query that owns it. UTF-8."""
    narrative = narrative_of(plan, month)
    figures = narrative.figures

    def show(name: str) -> SafeString | str:
        figure = figures.get(name)
        if figure is None:
            return f"[no figure {name}]"
        return format_html(
            '<span title="{}">{}{}</span>', figure.label, figure.printed, ILLUSTRATIVE if figure.illustrative else ""
        )

    named = dict.fromkeys(name for one in narrative.sections for name in names_in(one.row.text) if name in figures)
    return render_to_string(
        "submissions/narrative_document.html",
        {
            "plan": plan,
            "month": month,
            "sections": [(one, rendered(one.row.text, show)) for one in narrative.sections],
            "figures": [figures[name] for name in named],
        },
    ).encode()
