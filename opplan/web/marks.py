"""Marks as HTML: the RAG with its word, the tag of an illustrative figure, the small trend. A board holds a hundred of them, so they are
written here and not rendered from a template each."""

from functools import lru_cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opplan.calc.rag import Judgement, Rating
from opplan.web.reasons import WORD, mark

RAG = '<span class="op-rag op-rag--{mark}"><svg aria-hidden="true" focusable="false"><use href="#rag-{mark}"/></svg>{word}</span>'
TARGET = '<path d="M0 {}H120" stroke="#d5281b" stroke-width="1" stroke-dasharray="3 2"/>'
LINE = '<polyline points="{}" fill="none" stroke="#4c6272" stroke-width="1.4" stroke-linecap="round"/>'
SPARK = (
    '<svg class="op-spark" viewBox="0 0 120 30" role="img" aria-label="{label}">{target}{lines}'
    '<circle cx="{x}" cy="{y}" r="3" fill="#212b32"/></svg>'
)


def rag(judged: Judgement | Rating | str, word: str = "") -> SafeString:
    """A rating's mark and its word."""
    return _rag(Rating(judged.rating if isinstance(judged, Judgement) else judged), word)


@lru_cache(maxsize=64)
def _rag(rating: Rating, word: str) -> SafeString:
    return format_html(RAG, mark=mark(rating), word=word or WORD[rating])


@lru_cache(maxsize=64)
def basis(name: str, text: str = "illustrative") -> SafeString:
    """The tag that an illustrative figure wears wherever it appears; nothing for the others."""
    return format_html(' <span class="op-status">{}</span>', text) if name == "illustrative" else mark_safe("")


def spark(points: dict[str, Any], label: str) -> SafeString:
    """A small trend (`charts.spark`) as inline SVG; nothing where no month is held."""
    if not points["last"]:
        return mark_safe("")
    return format_html(
        SPARK,
        label=label,
        target=mark_safe("") if points["target"] is None else format_html(TARGET, points["target"]),
        lines=format_html_join("", LINE, ((line,) for line in points["segments"])),
        x=points["last"][0],
        y=points["last"][1],
    )
