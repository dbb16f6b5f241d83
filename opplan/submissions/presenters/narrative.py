"""The narrative as its pages show it: figures with their sources as links, findings in words, versions and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from opplan.submissions.figures.figure import Catalogue, Figure
from opplan.submissions.narrative.marks import marked
from opplan.submissions.narrative.rendering import Show, rendered
from opplan.web import marks
from opplan.web.formats import counted, listed, number

if TYPE_CHECKING:
    from opplan.submissions.narrative.findings import Finding
    from opplan.submissions.queries.narrative import Narrative, SectionRead

Address = Callable[..., str]
SHOWN = 50


def with_links(figures: Catalogue, url: Address) -> Show:
    """Each figure as a link to the page that it comes from; one that is no more is said to be none."""

    def show(name: str) -> SafeString:
        figure = figures.get(name)
        if figure is None:
            return format_html('<span class="op-status op-status--late">no figure “{}”</span>', name)
        return format_html(
            '<a href="{}">{}<span class="nhsuk-u-visually-hidden"> ({})</span></a>{}',
            url(figure.page, **figure.parts),
            figure.printed,
            figure.label,
            marks.basis("illustrative" if figure.illustrative else ""),
        )

    return show


def as_read(text: str, figures: Catalogue, url: Address) -> SafeString:
    """A section's text with its figures in place."""
    return rendered(text, with_links(figures, url))


@dataclass(frozen=True)
class FindingRow:
    """A typed number beside the figure of the plan: where it stands, and what opplan says."""

    line: int
    sentence: str
    typed: str
    says: str
    label: str
    name: str
    url: str
    key: str


def finding_rows(found: Sequence[Finding], url: Address) -> list[FindingRow]:
    """The findings in the order of the text."""
    return [
        FindingRow(
            one.line,
            one.sentence,
            one.typed.words,
            one.figure.printed,
            one.figure.label,
            one.figure.name,
            url(one.figure.page, **one.figure.parts),
            key_of(one),
        )
        for one in found[:SHOWN]
    ]


def key_of(finding: Finding) -> str:
    """What a button carries that puts the figure's name in place of the number."""
    return f"{finding.typed.start} {finding.figure.name}"


@dataclass(frozen=True)
class FigureRow:
    """A figure that may be inserted: how it is written, what it is, and what it says now."""

    mark: str
    label: str
    printed: str
    area: str
    url: str
    owner: str
    illustrative: bool


def figure_rows(figures: Sequence[Figure], url: Address) -> list[FigureRow]:
    """The figures in the order of the catalogue."""
    return [
        FigureRow(
            marked(one.name), one.label, one.printed, one.area, url(one.page, **one.parts), one.owner, one.illustrative
        )
        for one in figures
    ]


def sought(figures: Catalogue, words: str, area: str = "") -> list[Figure]:
    """The figures whose name, label or area hold every word that is sought."""
    parts = words.lower().split()
    return [
        one
        for one in figures.values()
        if (not area or one.area == area)
        and all(part in f"{one.name} {one.label} {one.area} {one.printed}".lower() for part in parts)
    ]


def wanting_in_words(differing: int, unknown: int) -> str:
    """2 numbers differ from the tables; nothing where all agree."""
    parts = []
    if differing:
        parts.append(f"{counted(differing, 'number')} {'differs' if differing == 1 else 'differ'} from the tables")
    if unknown:
        parts.append(f"{counted(unknown, 'name')} {'is' if unknown == 1 else 'are'} no figure’s")
    return listed(parts)


def headline(narrative: Narrative) -> str:
    """What can be minuted of the narrative."""
    sections = narrative.sections
    if not sections:
        return "The plan has no narrative yet: add its first section"
    held = f"{counted(len(sections), 'section')} of {number(narrative.words)} words"
    final = f"{number(narrative.final) if narrative.final else 'none'} of them final"
    if narrative.wanting:
        differing = sum(len(one.differing) for one in sections)
        unknown = sum(len(one.unknown) for one in sections)
        said = wanting_in_words(differing, unknown)
        return f"{said[0].upper()}{said[1:]}, in {counted(len(narrative.apart), 'section')} of {number(len(sections))}"
    return f"The narrative agrees with the tables: {held}, {final}"


def words_line(read: SectionRead) -> str:
    """312 of 400 words; or how many it is over."""
    allowed = read.row.most_words
    if not allowed:
        return counted(read.words, "word")
    said = f"{number(read.words)} of {number(allowed)} words"
    return f"{said}, {number(read.over)} over" if read.over else said


def section_rows(narrative: Narrative) -> list[dict[str, Any]]:
    """The sections as the list shows them."""
    last = len(narrative.sections)
    return [
        {
            "row": one.row,
            "read": one,
            "words": words_line(one),
            "findings": wanting_in_words(len(one.differing), len(one.unknown)) or "Agrees with the tables",
            "first": place == 1,
            "last": place == last,
        }
        for place, one in enumerate(narrative.sections, start=1)
    ]
