"""What the pack of a round holds, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Length
from django.utils import timezone

from opplan.submissions.models import Round, Submission
from opplan.submissions.narrative.document import narrative_document
from opplan.submissions.pack import Pack, Part, Signed, as_csv, chunks, written_part
from opplan.submissions.queries.documents import Damaged, latest_in_round, opened_version
from opplan.submissions.queries.narrative import narrative_of
from opplan.submissions.queries.rounds import round_calendar
from opplan.submissions.queries.signatures import signatures_of
from opplan.submissions.queries.standing import RoundState, moved_among, round_states
from opplan.web import formats
from opplan.web.formats import counted

if TYPE_CHECKING:
    from opplan.plans.models import Plan
    from opplan.submissions.models import Document, DocumentVersion

CHECK_HEADS = ("Check", "If not met", "Result", "Cell", "What was found", "Expected", "In words", "Accepted because")
SIGNATURE_HEADS = ("Template", "Version", "Officer", "Signed at", "Minute", "Statement", "Void")


def narrative_parts(plan: Plan, month: date) -> list[Part]:
    """The narrative as the tables have it now, with every figure in it and whence it comes; nothing where no section is written."""
    if not narrative_of(plan, month).sections:
        return []
    path = f"narrative/{plan.organisation.code}-{plan.year}-narrative.html"
    return [written_part(path, f"Narrative, figures of {formats.month(month)}", narrative_document(plan, month))]


def lacking(state: RoundState, documents: Sequence[tuple[Document, DocumentVersion | None]]) -> list[str]:
    """What the pack of a round lacks, in sentences, from what was read of the round. No query."""
    found = []
    for one in state.templates:
        if not (one.version and one.signed):
            found.append(f"{one.title} ({one.template}): {one.words}.")
    found += [f"{row.title} ({row.reference}): no file of it was loaded." for row, held in documents if held is None]
    return found


def pack_of(plan: Plan, of_round: Round, month: date) -> Pack:
    """The pack of a round as it stands. The bytes of workbooks and documents are read when they are written."""
    calendar = [one for one in round_calendar(plan, timezone.localdate()) if one.key == of_round.pk]
    (state,) = round_states(plan, calendar)
    documents = latest_in_round(of_round)
    missing = lacking(state, documents)
    latest = [one.latest for one in calendar[0].owed if one.latest]
    rows = Submission.objects.filter(pk__in=[one.key for one in latest]).annotate(bytes=Length("workbook"))
    frozen = list(rows.defer("workbook", "values").order_by("template"))
    moved = moved_among(plan, [one.key for one in latest if one.signed_by])
    parts: list[Part] = []
    signed: list[tuple[str, ...]] = []
    for row in frozen:
        standing = signatures_of(row, moved=row.pk in moved)
        signatures = tuple(Signed(one.officer, one.at, one.minute, one.statement, one.void) for one in standing)
        parts += _workbook_parts(plan, row, signatures)
        signed += [
            (row.template, row.version, one.officer, one.moment, one.minute, one.statement, one.void)
            for one in signatures
        ]
        missing += _unsettled(row)
    parts.append(written_part("signatures.csv", "Signatures", as_csv(SIGNATURE_HEADS, signed)))
    for document, held in documents:
        if held is not None:
            try:
                opened_version(held).close()
            except Damaged as problem:
                missing.append(f"{document.title} ({document.reference}): {problem}")
            else:
                parts.append(_document_part(document, held))
    parts += narrative_parts(plan, month)
    return Pack(
        plan.organisation.name,
        plan.organisation.code,
        plan.year,
        of_round.reference,
        of_round.title,
        of_round.due.isoformat(),
        tuple(parts),
        tuple(missing),
    )


def _unsettled(row: Submission) -> list[str]:
    """Failed checks that went out without a reason."""
    left = sum(1 for one in row.checks if one["result"] == "Not met" and not one.get("reason"))
    return [f"{row.template} {row.version}: {counted(left, 'check')} not met and not accepted."] if left else []


def _workbook_parts(plan: Plan, row: Any, signatures: tuple[Signed, ...]) -> Iterator[Part]:
    name = f"{plan.organisation.code}-{plan.year}-{row.template}-{row.version}.xlsx"
    yield Part(
        f"workbooks/{name}",
        f"Workbook of the template {row.template}",
        row.version,
        row.bytes,
        row.digest,
        partial(_workbook_chunks, row.pk),
        signatures,
    )
    rows = (
        (
            one["code"],
            one["severity"],
            one["result"],
            f"{one['sheet']}!{one['address']}",
            one["found"],
            one["expected"],
            one["sentence"],
            one.get("reason", ""),
        )
        for one in row.checks
    )
    checks = as_csv(CHECK_HEADS, rows)
    yield written_part(f"checks/{row.template}-{row.version}.csv", f"Checks of {row.template}", checks, row.version)


def _workbook_chunks(key: int) -> Iterator[bytes]:
    yield bytes(Submission.objects.values_list("workbook", flat=True).get(pk=key))


def _document_part(document: Document, held: DocumentVersion) -> Part:
    return Part(
        f"documents/{document.reference}/{held.file_name}",
        document.title,
        str(held.number),
        held.size,
        held.digest,
        partial(_document_chunks, held),
    )


def _document_chunks(held: DocumentVersion) -> Iterator[bytes]:
    return chunks(opened_version(held))
