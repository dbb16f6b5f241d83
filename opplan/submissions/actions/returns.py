"""Apply a workbook that came back, and take that back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from opplan.accounts.roles import Capability
from opplan.plans.attribution import record
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.definition import Definition
from opplan.submissions.filled import Key, understood
from opplan.submissions.merged import Change
from opplan.submissions.models import Return
from opplan.submissions.sources.registry import SOURCES
from opplan.submissions.sources.table import Edit

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan

MINE, THEIRS = "opplan", "file"


@transaction.atomic
def apply_return(
    plan: Plan,
    definition: Definition,
    changes: Sequence[Change],
    *,
    chosen: Mapping[Key, str],
    may: Callable[[Capability], bool],
    file_name: str,
    digest: str,
    by: User,
    why: str,
) -> Return:
    """Make the changes of a file, all or none. `chosen` says for each conflict whose value stands: the file's or opplan's.

    ValidationError where a conflict is not chosen or a room refuses a value, or where `may` says no; nothing is changed then.
    """
    if missing := [change for change in changes if change.conflict and chosen.get(change.key) not in (MINE, THEIRS)]:
        first = missing[0]
        raise ValidationError(
            f"{first.sheet}!{first.cell} was changed in opplan too, from {first.base or 'blank'} to {first.now or 'blank'}. "
            "Choose whose value stands."
        )
    if not why.strip():
        raise ValidationError("Say why: every change keeps its reason.")
    made = [change for change in changes if not change.conflict or chosen[change.key] == THEIRS]
    kept = [
        {"sheet": one.sheet, "cell": one.cell, "key": list(one.key), "was": one.now, "value": one.theirs}
        for one in made
    ]
    _write(plan, definition, kept, may=may, by=by, why=why)
    loaded = Return(
        plan=plan,
        template=definition.name,
        file_name=file_name[:200],
        digest=digest,
        changes=kept,
        reason=why[:500],
        by=by,
    )
    return record(loaded, by=by, why=why)


@transaction.atomic
def undo_return(
    plan: Plan, definition: Definition, key: int, *, may: Callable[[Capability], bool], by: User, why: str
) -> Return:
    """Take back what a file changed. ValidationError where somebody has changed one of its cells since: nothing is changed then."""
    loaded = Return.objects.select_for_update().filter(plan=plan, pk=key).first()
    if loaded is None or loaded.undone_at:
        raise ValidationError("There is nothing to take back.")
    if not why.strip():
        raise ValidationError("Say why: every change keeps its reason.")
    back = [{**one, "was": one["value"], "value": one["was"]} for one in loaded.changes]
    _write(plan, definition, back, may=may, by=by, why=why)
    loaded.undone_at, loaded.undone_by, loaded.undone_why = timezone.now(), by, why[:500]
    return record(loaded, by=by, why=why)


def _write(
    plan: Plan,
    definition: Definition,
    changes: Sequence[Mapping[str, Any]],
    *,
    may: Callable[[Capability], bool],
    by: User,
    why: str,
) -> None:
    edits: dict[str, list[Edit]] = defaultdict(list)
    answers: list[tuple[Key, str, str]] = []
    for change in changes:
        key = Key(*change["key"])
        block = definition.block(key.block)
        spec = block.column(key.column)
        needed = (
            SOURCES[block.source].fields[spec.source_field].writable if block.source else None
        ) or Capability.EDIT_PLAN
        if not may(needed):
            raise ValidationError(
                f"{change['sheet']}!{change['cell']} is not yours to change ({needed.label.lower()}). Ask someone who may to load the file."
            )
        if not block.source:
            answers.append((key, change["was"], change["value"]))
            continue
        was, value = (understood(change[name], spec) for name in ("was", "value"))
        edits[block.source].append(Edit(key.row, spec.source_field, key.index, was, value))
    for name, mine in edits.items():
        write = SOURCES[name].write
        if write is None:
            raise ValidationError(f"{SOURCES[name].meaning} cannot be changed through a workbook.")
        write(plan, mine, by, why)
    if answers:
        record_answers(plan, definition.name, answers, by=by, why=why)
