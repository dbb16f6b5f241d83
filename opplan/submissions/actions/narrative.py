"""Write the sections of the narrative: add, change, restore, put in order, make final, set back and remove."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.imports.provenance import Basis
from opplan.plans.attribution import record, record_changes, record_deletions
from opplan.plans.versions import Version, merged
from opplan.submissions.models import Section
from opplan.submissions.narrative.marks import problems

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

Status = Section.Status
NUMBERED = re.compile(r"S(\d{1,5})")


@transaction.atomic
def add_section(plan: Plan, *, values: Mapping[str, Any], by: User, why: str) -> Section:
    """Add a section after the others. Its reference is the next number. ValidationError by field."""
    held = list(Section.objects.filter(plan=plan).values_list("position", flat=True))
    # A removed section keeps its number in the history, so that no later one is taken for it.
    used = Section.history.filter(plan=plan).values_list("reference", flat=True).distinct()
    number = max((int(found[1]) for one in used if (found := NUMBERED.fullmatch(one))), default=0) + 1
    row = Section(plan=plan, reference=f"S{number}", position=max(held, default=0) + 1, **values)
    _entered(row, by)
    return record(row, by=by, why=why.strip() or "Section added")


@transaction.atomic
def change_section(
    row: Section, *, values: Mapping[str, Any], figures: Collection[str], by: User, why: str, version: Version
) -> Section:
    """Write a section. `figures` are the names that its text may use.

    Conflict where somebody else changed the same field; ValidationError by field, and where the section is final.
    """
    merge = merged(row, values, version)
    _require_open(merge.was.get("status", merge.row.status))
    if wrong := problems(merge.row.text, figures):
        raise ValidationError({"text": wrong})
    if not merge.changed:
        return merge.row
    if merge.row.status == Status.FINAL:
        raise ValidationError({"status": "A section is made final on its own page."})
    if merge.row.text and "text" in merge.changed and merge.row.status == Status.TO_WRITE:
        merge.row.status = Status.DRAFT
    _entered(merge.row, by)
    return record(merge.row, by=by, why=why.strip() or "Section changed")


@transaction.atomic
def restore_section(row: Section, *, title: str, text: str, by: User, why: str) -> Section:
    """Put an earlier version of the text in place of this one, which stays in the history. ValidationError where it is final."""
    held = _locked(row)
    _require_open(held.status)
    held.title, held.text = title, text
    _entered(held, by)
    return record(held, by=by, why=why)


@transaction.atomic
def finalise_section(row: Section, *, by: User, why: str) -> Section:
    """Make a section final: nobody edits it until it is set back. ValidationError where it has no text or is final already."""
    held = _locked(row)
    _require_open(held.status)
    if not held.text.strip():
        raise ValidationError("It has no text yet.")
    held.status = Status.FINAL
    return record(held, by=by, why=why.strip() or "Made final")


@transaction.atomic
def set_back_section(row: Section, *, by: User, why: str) -> Section:
    """Open a final section for edits again, as in review. ValidationError where it is not final."""
    held = _locked(row)
    if held.status != Status.FINAL:
        raise ValidationError("It is not final.")
    held.status = Status.REVIEW
    return record(held, by=by, why=why)


@transaction.atomic
def move_section(row: Section, *, up: bool, by: User) -> bool:
    """Move a section one place up or down. Says whether there was a place to move to."""
    rows = list(Section.objects.select_for_update().filter(plan=row.plan_id))
    at = next((place for place, one in enumerate(rows) if one.pk == row.pk), None)
    if at is None:
        return False
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return False
    rows.insert(to, rows.pop(at))
    changed = []
    for place, one in enumerate(rows, start=1):
        if one.position != place:
            one.position = place
            changed.append(one)
    record_changes(changed, Section, ["position"], by=by, why=f"Moved {row.title} {'up' if up else 'down'}")
    return True


@transaction.atomic
def remove_section(row: Section, *, by: User, why: str) -> None:
    """Take a section out of the narrative. Its versions stay in the history. ValidationError where it is final."""
    held = _locked(row)
    _require_open(held.status)
    record_deletions([held], Section, by=by, why=why)


def _locked(row: Section) -> Section:
    return Section.objects.select_for_update().get(pk=row.pk)


def _require_open(status: str) -> None:
    if status == Status.FINAL:
        raise ValidationError("The section is final. It must be set back, with a reason, before it is changed.")


def _entered(row: Section, by: User) -> None:
    row.source, row.basis = f"Entered by {by}"[:300], Basis.ENTERED
