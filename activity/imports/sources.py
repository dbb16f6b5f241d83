"""The published sources that opplan reads, and which of them a file is, told by what it holds and not by its name."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final, Protocol

from activity.imports import ae, beds, cancer, dtoc, generic, mar, rtt
from activity.imports.figures import DelayFigure, Figure
from opplan.imports.files import Book, Unreadable
from opplan.imports.report import Report


class Source(Protocol):
    """A kind of file: its name, its title for people, whether a book is one, and the figures that it holds."""

    NAME: str
    TITLE: str

    def recognises(self, book: Book) -> bool: ...

    def read(self, book: Book, wanted: Set[str], report: Report) -> Iterator[Figure | DelayFigure]: ...


PUBLISHED: Final[tuple[Source, ...]] = (dtoc, mar, ae, rtt, cancer, beds)
SOURCES: Final[dict[str, Source]] = {source.NAME: source for source in (*PUBLISHED, generic)}


class Unrecognised(Unreadable):
    """A file that is none of the sources, or could be several. Its text names the file and says what to do."""


def recognised(book: Book) -> Source:
    """The source that a book is. A table of one's own only when no published source fits and its columns can be told."""
    fitting = [source for source in PUBLISHED if source.recognises(book)]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        titles = " and as ".join(source.TITLE for source in fitting)
        raise Unrecognised(f"{book.file} can be read as {titles}. Say which of them it is.")
    if generic.recognises(book):
        return generic
    known = "; ".join(source.TITLE for source in PUBLISHED)
    raise Unrecognised(
        f"{book.file} is none of the published files that are known ({known}), and no row of headings in it names an organisation, "
        "a measure, a period and a numerator. Choose a table of your own and say which column is which, or load the file as it "
        "was published."
    )
