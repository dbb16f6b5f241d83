"""A section's text as HTML: paragraphs, headings, lists and safe links, with its figures in place.

The text is never a template. Markdown is read with HTML off, the marks by rules of our own, and everything typed is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import unescape
from typing import Any

from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from opplan.submissions.narrative.marks import NAME, QUOTED

RULES = ("heading", "list", "blockquote", "emphasis", "link", "newline", "escape")
SAFE_LINK = re.compile(r"(https?://|mailto:|/(?!/)|#)", re.IGNORECASE)
LOWEST = 6
WORD = re.compile(r"\S*\w\S*")

Show = Callable[[str], str]
"""What stands in place of a figure's name: safe HTML, or text that is escaped."""


def rendered(text: str, show: Show, *, top: int = 3) -> SafeString:
    """The text as HTML; its highest heading is of level `top`."""
    reader = _reader()
    tokens = reader.parse(text)
    _level(tokens, top)
    _unlink(tokens)
    # markdown-it escapes what it reads, and the marks escape what they show.
    return mark_safe(reader.renderer.render(tokens, reader.options, {"show": show}))


def plain(text: str, show: Show) -> str:
    """The text as it is read aloud, without marks."""
    return unescape(strip_tags(rendered(text, show)))


def counted_words(text: str, show: Show) -> int:
    """How many words the text has once its figures are in place."""
    return len(WORD.findall(plain(text, show)))


class Reader(MarkdownIt):
    """Markdown as the narrative has it."""

    def validateLink(self, url: str) -> bool:
        """Only links to pages, to post, and within this site: never one that runs anything."""
        return SAFE_LINK.match(url.strip()) is not None


@cache
def _reader() -> MarkdownIt:
    reader = Reader("zero", {"html": False, "linkify": False}).enable(list(RULES))
    reader.inline.ruler.before("link", "figure", _figure)
    reader.inline.ruler.before("link", "quoted", _quoted)
    reader.add_render_rule("figure", _show_figure)
    reader.add_render_rule("quoted", _show_quoted)
    return reader


def _figure(state: StateInline, silent: bool) -> bool:
    return _mark(state, silent, NAME, "figure")


def _quoted(state: StateInline, silent: bool) -> bool:
    return _mark(state, silent, QUOTED, "quoted")


def _mark(state: StateInline, silent: bool, pattern: re.Pattern[str], kind: str) -> bool:
    found = pattern.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push(kind, "", 0).content = found[1].strip()
    state.pos = found.end()
    return True


def _show_figure(_: Any, tokens: Sequence[Token], index: int, __: Any, env: dict[str, Any]) -> str:
    shown = conditional_escape(env["show"](tokens[index].content))
    return conditional_escape(unescape(strip_tags(shown))) if tokens[index].meta else shown


def _show_quoted(_: Any, tokens: Sequence[Token], index: int, __: Any, ___: Any) -> str:
    return format_html("<q>{}</q>", tokens[index].content)


def _unlink(tokens: Sequence[Token]) -> None:
    """A figure within a link is shown without its own: a link cannot stand in another."""
    for block in tokens:
        inside = False
        for token in block.children or ():
            inside = token.type == "link_open" or (inside and token.type != "link_close")
            if inside and token.type == "figure":
                token.meta = {"in_link": True}


def _level(tokens: Sequence[Token], top: int) -> None:
    """Headings one below another from `top`, whatever was typed: a page without gaps in its headings can be found one's way in."""
    typed = sorted({token.tag for token in tokens if token.type == "heading_open"})
    before = top - 1
    tag = ""
    for token in tokens:
        if token.type == "heading_open":
            before = min(top + typed.index(token.tag), before + 1, LOWEST)
            tag = f"h{before}"
        if token.type in ("heading_open", "heading_close"):
            token.tag = tag
