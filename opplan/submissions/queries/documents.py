"""The register of documents that go with a plan: which there are, their versions, and a version's bytes if they are still its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.core.exceptions import SuspiciousOperation
from django.db.models import OuterRef, Subquery

from opplan.plans.versions import ChangeEntry, changes
from opplan.submissions.models import Document, DocumentVersion, Round
from opplan.web.formats import day

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opplan.plans.models import Plan

STATUSES = Document.Status.choices


@dataclass(frozen=True)
class DocumentEntry:
    """A document of the register with its latest version; `number` is 0 where no file was loaded."""

    reference: str
    title: str
    status: str
    round: str
    round_reference: str
    initiative: str
    owner: str
    basis: str
    number: int
    file_name: str
    size: int
    at: datetime | None


def documents_of(plan: Plan) -> QuerySet[Document]:
    """The plan's documents by reference, for a list that narrows them."""
    latest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    return (
        Document.objects.filter(plan=plan)
        .annotate(
            **{f"latest_{name}": Subquery(latest.values(name)[:1]) for name in ("number", "file_name", "size", "at")}
        )
        .order_by("reference")
    )


def entries(rows: QuerySet[Document]) -> list[DocumentEntry]:
    """These documents as the register shows them. One query."""
    labels = dict(STATUSES)
    fields = ("reference", "title", "status", "round__title", "round__reference", "initiative__title", "owner", "basis")
    latest = ("latest_number", "latest_file_name", "latest_size", "latest_at")
    return [
        DocumentEntry(
            reference,
            title,
            str(labels[status]),
            of_round or "",
            round_reference or "",
            initiative or "",
            owner,
            basis,
            number or 0,
            name or "",
            size or 0,
            at,
        )
        for reference, title, status, of_round, round_reference, initiative, owner, basis, number, name, size, at in (
            rows.values_list(*fields, *latest)
        )
    ]


@dataclass(frozen=True)
class RegisterCounts:
    """How many documents a plan has, how many were submitted with it, and how many have a file here."""

    total: int
    submitted: int
    held: int


def register_counts(found: Iterable[DocumentEntry]) -> RegisterCounts:
    """Counted from entries that were read. No query."""
    everything = list(found)
    submitted = str(Document.Status.SUBMITTED.label)
    return RegisterCounts(
        len(everything),
        sum(one.status == submitted for one in everything),
        sum(one.number > 0 for one in everything),
    )


def round_choices(plan: Plan) -> list[tuple[int, str, str]]:
    """Each round's key, reference and title, by the day on which it is due. One query."""
    rows = Round.objects.filter(plan=plan).values_list("pk", "reference", "title", "due")
    return [(key, reference, f"{reference}: {title}, due {day(due)}") for key, reference, title, due in rows]


def find_document(plan: Plan, reference: str) -> Document | None:
    """One document, with its round and initiative."""
    rows = Document.objects.select_related("round", "initiative", "plan__organisation")
    return rows.filter(plan=plan, reference=reference).first()


def versions_of_document(document: Document) -> list[DocumentVersion]:
    """Its versions, the latest first, with who loaded each. One query."""
    return list(DocumentVersion.objects.filter(document=document).select_related("by").order_by("-number"))


def find_document_version(document: Document, number: str) -> DocumentVersion | None:
    """A version by its number as an address has it."""
    if not re.fullmatch(r"[0-9]{1,5}", number):
        return None
    return DocumentVersion.objects.filter(document=document, number=number).select_related("by").first()


def latest_in_round(of_round: Round | int) -> list[tuple[Document, DocumentVersion | None]]:
    """The documents of a round by reference, each with its latest version. Two queries."""
    documents = list(Document.objects.filter(round=of_round).order_by("reference"))
    rows = DocumentVersion.objects.filter(document__round=of_round).select_related("by").order_by("document", "number")
    latest = {row.document_id: row for row in rows}
    return [(one, latest.get(one.pk)) for one in documents]


class Damaged(Exception):
    """The bytes that are kept are no longer those that were loaded. Its text names the file and says what to do."""


def opened_version(version: DocumentVersion) -> BinaryIO:
    """The bytes of a version, to be read from their start and closed. Damaged where they are missing or not those of its digest."""
    again = "Nothing of it is given out. Load the document anew as another version, and tell whoever keeps the server."
    named = f"Version {version.number}, {version.file_name},"
    try:
        file = Path(version.file.path).open("rb")  # noqa: SIM115 - whoever asked for it closes it
    except (OSError, ValueError, SuspiciousOperation) as problem:
        raise Damaged(f"{named} is no longer where opplan keeps documents. {again}") from problem
    try:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except OSError as problem:
        file.close()
        raise Damaged(f"{named} cannot be read from where opplan keeps documents. {again}") from problem
    if digest != version.digest:
        file.close()
        raise Damaged(f"{named} has been changed where it is kept: its bytes are not those that were loaded. {again}")
    return file


FIELDS = {
    "title": "Title",
    "status": "Status",
    "round_id": "Round",
    "initiative_id": "Initiative",
    "owner": "Owner",
    "note": "Note",
}


def document_history(
    document: Document, rounds: Sequence[tuple[int, str, str]], initiatives: dict[int, str]
) -> list[ChangeEntry]:
    """What has changed in a document, and when each version came, the latest first. Two queries."""
    names = {"round_id": {key: title for key, _, title in rounds}, "initiative_id": initiatives}
    own = Document.history.filter(id=document.pk).select_related("history_user").order_by("id", "history_id")
    files = DocumentVersion.history.filter(document_id=document.pk).select_related("history_user")
    found = changes(own, kind="Document", fields=FIELDS, names=names) + changes(
        files.order_by("id", "history_id"),
        kind="Version",
        fields={},
        title=lambda entry: f"Version {entry.number}, {entry.file_name}",
    )
    return sorted(found, key=lambda one: one.when, reverse=True)
