"""The register of documents in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from opplan.submissions.queries.documents import DocumentEntry, RegisterCounts
from opplan.web.formats import counted, moment

CSV_HEADS = (
    "Reference",
    "Title",
    "Status",
    "Round",
    "Initiative",
    "Owner",
    "Version",
    "File",
    "Bytes",
    "Loaded",
    "Basis",
)
KILOBYTE = 1024


def headline(counts: RegisterCounts) -> str:
    """How many were submitted, and how many can be read here."""
    if not counts.total:
        return "No document is in the register of this plan"
    verb = "was" if counts.submitted == 1 else "were"
    held = f"{counts.held} can be read here" if counts.held else "none can be read here yet"
    if not counts.submitted:
        return f"{counted(counts.total, 'document')} in the register, of which {held}"
    return f"{counts.submitted} of {counted(counts.total, 'document')} {verb} submitted with the plan, and {held}"


def document_rows(found: Iterable[DocumentEntry], url: Callable[..., str]) -> list[dict[str, Any]]:
    """The rows of the table."""
    return [
        {
            "entry": one,
            "url": url("submissions:document", reference=one.reference),
            "title_sorted": one.title.lower(),
            "reference": one.reference,
            "status": one.status,
            "round": one.round_reference,
            "initiative": one.initiative,
            "owner": one.owner,
            "version": str(one.number) if one.number else "",
            "number": one.number,
            "size": in_size(one.size) if one.number else "",
            "bytes": one.size,
            "at": moment(one.at) if one.at else "",
            "at_sorted": one.at.isoformat() if one.at else "",
        }
        for one in found
    ]


def csv_rows(rows: Iterable[dict[str, Any]]) -> list[Sequence[Any]]:
    """The rows as a spreadsheet has them."""
    return [
        (
            one.reference,
            one.title,
            one.status,
            one.round,
            one.initiative,
            one.owner,
            one.number or "",
            one.file_name,
            one.size or "",
            one.at.date().isoformat() if one.at else "",
            one.basis,
        )
        for one in (row["entry"] for row in rows)
    ]


def in_size(size: int) -> str:
    """Bytes as people say them: 812 bytes, 34 KB, 2.5 MB."""
    if size < KILOBYTE:
        return counted(size, "byte")
    if size < KILOBYTE * KILOBYTE:
        return f"{max(round(size / KILOBYTE), 1):,} KB"
    return f"{size / KILOBYTE / KILOBYTE:,.1f} MB"


def version_rows(rows: Iterable[Any], url: Callable[..., str], reference: str) -> list[dict[str, Any]]:
    """The versions of a document as its page shows them."""
    return [
        {
            "row": one,
            "size": in_size(one.size),
            "url": url("submissions:document_download", reference=reference, number=str(one.number)),
        }
        for one in rows
    ]
