"""Marks as HTML: the RAG with its word, the tag of an illustrative figure, the small trend. A board holds a hundred of them, so they are
written here and not rendered from a template each."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from string import Formatter
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opplan.calc.rag import Judgement, Rating
from opplan.web.reasons import WORD, mark
from opplan.web.variation import VariationMark

RAG = '<span class="op-rag op-rag--{mark}"><svg aria-hidden="true" focusable="false"><use href="#rag-{mark}"/></svg>{word}</span>'
SPC = '<span class="op-spc"><svg aria-hidden="true" focusable="false"><use href="#{symbol}"/></svg>{words}</span>'
SPC_ALONE = (
    '<span class="op-spc"><svg role="img" aria-label="{words}" focusable="false"><use href="#{symbol}"/></svg></span>'
)
TARGET = '<path d="M0 {}H120" stroke="#d5281b" stroke-width="1" stroke-dasharray="3 2"/>'
LINE = '<polyline points="{}" fill="none" stroke="#4c6272" stroke-width="1.4" stroke-linecap="round"/>'
SPARK = (
    '<svg class="op-spark" viewBox="0 0 120 30" role="img" aria-label="{label}">{target}{lines}'
    '<circle cx="{x}" cy="{y}" r="3" fill="#212b32"/></svg>'
)


def written(pattern: str, row: Mapping[str, Any]) -> SafeString:
    """A row of a long table as HTML: `pattern` with the row's values in its places, each escaped unless it is HTML already."""
    values = {name: row[name] for name in _places(pattern)}
    return mark_safe(
        pattern.format_map(
            {name: one if isinstance(one, SafeString) else escape(str(one)) for name, one in values.items()}
        )
    )


@lru_cache(maxsize=64)
def _places(pattern: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(pattern) if name)


def rag(judged: Judgement | Rating | str, word: str = "") -> SafeString:
    """A rating's mark and its word."""
    return _rag(Rating(judged.rating if isinstance(judged, Judgement) else judged), word)


@lru_cache(maxsize=64)
def _rag(rating: Rating, word: str) -> SafeString:
    return format_html(RAG, mark=mark(rating), word=word or WORD[rating])


def spc(*shown: VariationMark | None, words: bool = True) -> SafeString:
    """Variation and assurance, each a mark and its word: {% spc one.variation one.assurance %}. What there is none of is left out.

    `words` false keeps the word for a screen reader alone, for a grid whose heading tells the marks.
    """
    return format_html_join(" ", "{}", ((_spc(mark, words),) for mark in shown if mark))


@lru_cache(maxsize=64)
def _spc(mark: VariationMark, words: bool) -> SafeString:
    return format_html(SPC if words else SPC_ALONE, symbol=mark.symbol, words=mark.words)


@lru_cache(maxsize=64)
def basis(name: str, text: str = "illustrative") -> SafeString:
    """The tag that an illustrative figure wears wherever it appears; nothing for the others."""
    return format_html(' <span class="op-status">{}</span>', text) if name == "illustrative" else mark_safe("")


def spark(points: dict[str, Any], label: str) -> SafeString:
    """A small trend (`charts.spark`) as inline SVG; nothing where no month is held."""
    if not points["last"]:
        return mark_safe("")
    # Coordinates are figures: there is nothing in them to escape.
    target = "" if points["target"] is None else TARGET.format(points["target"])
    lines = "".join(map(LINE.format, points["segments"]))
    x, y = points["last"]
    return mark_safe(SPARK.format(label=escape(label), target=target, lines=lines, x=x, y=y))
