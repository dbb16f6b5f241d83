"""Add a document to the register, change what is said of it, and keep another version of its file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from initiatives.queries import initiative_keys
from opplan.imports.provenance import Basis
from opplan.plans.attribution import record
from opplan.plans.belonging import require_free_reference
from opplan.plans.versions import Clash, Conflict, Version, merged
from opplan.submissions.kinds import clean_name, kind_of
from opplan.submissions.models import Document, DocumentVersion, Round
from opplan.submissions.queries.documents import Damaged, opened_version

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


@transaction.atomic
def add_document(plan: Plan, *, reference: str, values: Mapping[str, Any], by: User, why: str) -> Document:
    """Add a document to the register. ValidationError by field."""
    row = Document(plan=plan, reference=reference.strip(), **values)
    require_free_reference(row)
    _require_of_this_plan(row)
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(row, by=by, why=why.strip() or "Document added")


@transaction.atomic
def change_document(row: Document, *, values: Mapping[str, Any], by: User, why: str, version: Version) -> Document:
    """Change what is said of a document. Another status or round needs a reason: the pack of a round holds its documents.

    Conflict where somebody else changed the same field; ValidationError by field.
    """
    try:
        merge = merged(row, values, version)
    except Conflict as found:
        raise Conflict([_named(row, clash) for clash in found.clashes], found.others, found.seen) from found
    if not merge.changed:
        return merge.row
    if {"status", "round_id"} & set(merge.changed) and not why.strip():
        raise ValidationError({"why": "Its status or its round changes. Say why."})
    _require_of_this_plan(merge.row)
    merge.row.source, merge.row.basis = f"Entered by {by}"[:300], Basis.ENTERED
    return record(merge.row, by=by, why=why.strip() or "Document changed")


def _named(row: Document, clash: Clash) -> Clash:
    """A clash about a round or an initiative tells their names, not their keys."""
    if clash.field == "round_id":
        names = {str(key): title for key, title in Round.objects.filter(plan=row.plan).values_list("pk", "title")}
    elif clash.field == "initiative_id":
        names = {str(key): reference for reference, key in initiative_keys(row.plan).items()}
    else:
        return clash
    opened, now, mine = (names.get(one, "") for one in (clash.opened, clash.now, clash.mine))
    return replace(clash, opened=opened, now=now, mine=mine)


def _require_of_this_plan(row: Document) -> None:
    if row.round_id and not Round.objects.filter(plan=row.plan, pk=row.round_id).exists():
        raise ValidationError({"round_id": "That round is not of this plan. Choose from the list."})
    if row.initiative_id and row.initiative_id not in initiative_keys(row.plan).values():
        raise ValidationError({"initiative_id": "That initiative is not of this plan. Choose from the list."})


def _whole(version: DocumentVersion) -> bool:
    """Whether its bytes are still there: those of a damaged version may be loaded again, as another one."""
    try:
        opened_version(version).close()
    except Damaged:
        return False
    return True


def keep_version(
    document: Document, *, name: str, content: bytes, note: str, by: User, seen: int | None = None
) -> DocumentVersion:
    """Keep a file as the document's next version. `seen` is the number of the latest version that the person knew of.

    Unreadable where the file is of no kind that is kept; ValidationError where it is nothing new, or where another version came
    meanwhile. A file whose row was not stored is not left behind.
    """
    name = clean_name(name)
    kind_of(name, content)
    written: list[DocumentVersion] = []
    try:
        # Outermost, so that whatever undoes it comes by here.
        with transaction.atomic(durable=True):
            return _kept(document, name, content, note, by, seen, written)
    except BaseException:
        for row in written:
            row.file.storage.delete(str(row.file.name))
        raise


def _kept(
    document: Document,
    name: str,
    content: bytes,
    note: str,
    by: User,
    seen: int | None,
    written: list[DocumentVersion],
) -> DocumentVersion:
    held = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    latest = DocumentVersion.objects.filter(document=held).select_related("by").order_by("-number").first()
    number = latest.number if latest else 0
    if seen is not None and seen != number:
        raise ValidationError(
            f"{latest.by if latest and latest.by else 'Somebody'} loaded version {number} while this page was open. "
            "Look at it first; then load yours after it.",
            code="moved",
        )
    digest = hashlib.sha256(content).hexdigest()
    same = DocumentVersion.objects.filter(document=held, digest=digest).order_by("-number").first()
    if same is not None and _whole(same):
        raise ValidationError(
            {"given": f"{name} is version {same.number} again, byte for byte: there is nothing new to keep."}
        )
    # Named by its digest, which says nothing of its content and cannot lead anywhere else.
    row = DocumentVersion(
        document=held,
        number=number + 1,
        file=ContentFile(content, name=digest),
        file_name=name,
        size=len(content),
        digest=digest,
        note=note.strip(),
        by=by,
    )
    written.append(row)
    return record(row, by=by, why=note.strip() or f"Version {row.number} loaded")
