"""Reads files of one source into figures, all of them before anything is matched or written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass

from activity.imports import generic
from activity.imports.figures import DelayFigure, Figure
from activity.imports.sources import PUBLISHED, SOURCES, Source, Unrecognised, recognised
from opplan.imports.actions import Upload
from opplan.imports.files import Book, Unreadable, opened_each
from opplan.imports.report import Place, Report


@dataclass(frozen=True)
class Read:
    """What files hold: of which source they are ("" where none could be read), and the figures of the wanted organisations."""

    source: str
    figures: list[Figure | DelayFigure]
    columns: generic.Columns | None = None
    mapping: generic.Mapping | None = None


Opened = Iterable[list[Book] | Unreadable]
"""What is in each file of an upload, in their order."""


def opening(uploads: Sequence[Upload]) -> AbstractContextManager[Opened]:
    """Begin to open the files, so that whoever is to read them may make ready meanwhile."""
    return opened_each([(one.name, one.content) for one in uploads])


def read_files(
    uploads: Sequence[Upload],
    opened: Opened,
    wanted: Set[str],
    report: Report,
    *,
    source: str = "",
    mapping: generic.Mapping | None = None,
    progress: Callable[[str], None] | None = None,
) -> Read:
    """The figures of the files. Without a source it is told by what the files hold; every file is to be of the same.

    What is wrong with a file is an error in the report, and nothing of that file is taken.
    """
    figures: list[Figure | DelayFigure] = []
    found: dict[str, str] = {}
    columns: generic.Columns | None = None
    for upload, books in zip(uploads, opened, strict=True):
        before = len(figures)
        try:
            if isinstance(books, Unreadable):
                raise books
            if len(books) == 1 and books[0].file == upload.name and books[0].digest:
                upload.has_digest(books[0].digest)
            for book, kind in _of_a_source(books, source, report):
                if found and kind.NAME not in found:
                    earlier, first = next(iter(found.items()))
                    raise Unrecognised(
                        f"{book.file} is “{kind.TITLE}”, but {first} is “{SOURCES[earlier].TITLE}”. Load them apart."
                    )
                found.setdefault(kind.NAME, book.file)
                if kind is generic:
                    columns = columns or generic.columns_of(book, mapping.sheet if mapping else None)
                    figures += generic.read(book, wanted, report, mapping)
                    mapping = mapping or generic.suggested(columns)
                else:
                    figures += kind.read(book, wanted, report)
        except Unreadable as problem:
            del figures[before:]
            report.error(Place(upload.name), str(problem))
        except Exception:
            # Whatever a stranger's file does to a reader, the person is told, the others are read, and the log has the trace.
            logging.getLogger(__name__).exception("A file could not be read")
            del figures[before:]
            report.error(
                Place(upload.name),
                f"{upload.name} is not laid out as any publication that is known; nothing of it is taken.",
            )
        if progress is not None:
            progress(f"{upload.name}: {len(figures) - before} figures")
    return Read(next(iter(found), ""), figures, columns, mapping)


def _of_a_source(books: list[Book], source: str, report: Report) -> Iterator[tuple[Book, Source]]:
    """Each book with its source. Of a zip, what is of no source is left out with a warning, as long as something is of one."""
    taken, problems = [], []
    for book in books:
        try:
            taken.append((book, _source_of(book, source)))
        except Unrecognised as problem:
            problems.append((book, problem))
    if problems and not taken:
        raise problems[0][1]
    for book, _ in problems:
        report.warning(Place(book.file), "the file in the zip is none of the known publications; it is left out")
    yield from taken


def _source_of(book: Book, asked: str) -> Source:
    """The source of a book. Unrecognised when it is another than the one asked for; its text says which."""
    if not asked:
        return recognised(book)
    source = SOURCES[asked]
    if source is generic or source.recognises(book):
        return source
    other = next((one for one in PUBLISHED if one.recognises(book)), None)
    if other is not None:
        raise Unrecognised(
            f"{book.file} is not “{source.TITLE}”: it is “{other.TITLE}”. Load it as the source {other.NAME}, or leave the source out."
        )
    raise Unrecognised(
        f"{book.file} is not “{source.TITLE}”: no sheet of it has that publication's headings. Check that it is the right file, "
        "or leave the source out."
    )


def mapping_of(kept: Mapping[str, object] | None) -> generic.Mapping | None:
    """A stored mapping; None where there is none or a field of it is no longer known."""
    if not kept:
        return None
    known = generic.Mapping.__dataclass_fields__
    try:
        return generic.Mapping(**{name: value for name, value in kept.items() if name in known})  # type: ignore[arg-type]
    except TypeError:
        return None
