"""Keep a workbook that came back, apply it, and take that back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from finance.actions.savings import Conflict as SavingsChanged
from opplan.accounts.roles import Capability
from opplan.imports.actions import Told, Upload, locked, mark_loaded, open_batch, require_previewed, tell_again
from opplan.plans.attribution import record
from opplan.plans.versions import Conflict
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.definition import Definition
from opplan.submissions.filled import Key, understood
from opplan.submissions.merged import FILE, OPPLAN, Change
from opplan.submissions.models import Return
from opplan.submissions.queries.returns import SOURCE, fingerprint_of, preview_of_batch
from opplan.submissions.queries.templates import Preview, preview_of
from opplan.submissions.sources.registry import SOURCES
from opplan.submissions.sources.table import Edit

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.imports.models import Batch
    from opplan.plans.models import Plan

MOVED = (Conflict, SavingsChanged)
"""How rooms say that somebody else changed a figure meanwhile, besides ValidationError."""


def keep_upload(plan: Plan, upload: Upload, *, by: User | None) -> Batch:
    """Keep a workbook that came back, until it is applied or discarded. Unreadable where it is none of opplan's."""
    preview = preview_of(plan, upload.name, upload.content)
    mapping = {"template": str(preview.returned.about["template"])[:40], "chosen": {}}
    return open_batch(plan, SOURCE, [upload], _told(preview), mapping=mapping, by=by)


@transaction.atomic
def choose(batch: Batch, chosen: Mapping[str, Sequence[str]], *, by: User) -> None:
    """Keep whose value stands for conflicts, until the workbook is applied: by cell, the choice and opplan's value when it was made."""
    row = locked(batch)
    require_previewed(row)
    held = dict(row.mapping or {})
    held["chosen"] = {**held.get("chosen", {}), **{cell: list(choice) for cell, choice in chosen.items()}}
    told = Told(row.new, row.changed, row.same, row.refused, row.skipped, row.messages, row.fingerprint)
    tell_again(row, told, figures=[], mapping=held, by=by)


@transaction.atomic
def apply_upload(
    batch: Batch, *, seen: str, chosen: Mapping[Key, str], may: Callable[[Capability], bool], by: User, why: str
) -> Return:
    """Apply a workbook that was kept, all of it or nothing. `seen` is the fingerprint of what the person saw.

    ValidationError where what the plan holds has changed since, or where `apply_return` refuses.
    """
    row = locked(batch)
    require_previewed(row)
    preview = preview_of_batch(row)
    if fingerprint_of(preview.merge) != seen:
        raise ValidationError(
            "What the plan holds has changed since this page was opened. Nothing was changed: look at the changes again."
        )
    if preview.merge.errors or preview.definition is None:
        raise ValidationError(
            "Nothing was changed. Mend the cells that are named below in the file, and bring it back again."
        )
    if not preview.merge.changes:
        raise ValidationError("The file holds what opplan holds: there is nothing to change.")
    done = apply_return(
        row.plan,
        preview.definition,
        preview.merge.changes,
        chosen=chosen,
        may=may,
        file_name=preview.returned.file,
        digest=preview.returned.digest,
        by=by,
        why=why,
    )
    row.mapping = {"template": preview.definition.name, "return": done.pk}
    mark_loaded(row, _told(preview), [], by=by, why=why[:300])
    return done


def _told(preview: Preview) -> Told:
    merge = preview.merge
    return Told(0, len(merge.changes), 0, len(merge.errors), 0, [], fingerprint_of(merge))


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
    if missing := [change for change in changes if change.conflict and chosen.get(change.key) not in (OPPLAN, FILE)]:
        first = missing[0]
        raise ValidationError(
            f"{first.sheet}!{first.cell} was changed in opplan too, from {first.base or 'blank'} to {first.now or 'blank'}. "
            "Choose whose value stands."
        )
    if not why.strip():
        raise ValidationError("Say why: every change keeps its reason.")
    made = [change for change in changes if not change.conflict or chosen[change.key] == FILE]
    kept = [
        {"sheet": one.sheet, "cell": one.cell, "key": list(one.key), "was": one.now, "value": one.theirs}
        for one in made
    ]
    _write(plan, definition, kept, may=may, by=by, why=why)
    loaded = Return(
        plan=plan,
        template=definition.name,
        file_name=file_name[-200:],
        digest=digest,
        changes=kept,
        reason=why[:500],
        by=by,
    )
    return record(loaded, by=by, why=why)


@transaction.atomic
def undo_return(
    plan: Plan, definition: Definition | None, key: int, *, may: Callable[[Capability], bool], by: User, why: str
) -> Return:
    """Take back what a file changed. ValidationError where somebody has changed one of its cells since: nothing is changed then."""
    loaded = Return.objects.select_for_update().filter(plan=plan, pk=key).first()
    if loaded is None or loaded.undone_at:
        raise ValidationError("There is nothing to take back.")
    if definition is None:
        raise ValidationError(
            f"The template {loaded.template} is no longer there: what it changed cannot be taken back as a whole."
        )
    if not why.strip():
        raise ValidationError("Say why: every change keeps its reason.")
    back = [{**one, "was": one["value"], "value": one["was"]} for one in loaded.changes]
    _write(plan, definition, back, may=may, by=by, why=why)
    loaded.undone_at, loaded.undone_by, loaded.undone_why = timezone.now(), by, why[:500]
    return record(loaded, by=by, why=why)


def needed_for(definition: Definition, key: Key) -> tuple[Capability, ...]:
    """What a person must be allowed, one of these, to change a cell; none where the template has no such cell any more."""
    block = next((one for one in definition.blocks() if one.key == key.block), None)
    spec = next((one for one in block.columns if one.key == key.column), None) if block else None
    if block is None or spec is None:
        return ()
    field = None if block.asks(spec) else SOURCES[block.source].fields.get(spec.source_field)
    named = (field.writable, field.also) if field else ()
    return tuple(one for one in named if one) or (Capability.EDIT_PLAN,)


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
        needed = needed_for(definition, key)
        if not needed:
            raise ValidationError(
                f"The template has no cell for {change['sheet']}!{change['cell']} any more. Nothing was changed."
            )
        if not any(map(may, needed)):
            raise ValidationError(
                f"{change['sheet']}!{change['cell']} is not yours to change ({needed[0].label.lower()}). "
                "Ask someone who may to load the file."
            )
        block = definition.block(key.block)
        spec = block.column(key.column)
        if block.asks(spec):
            answers.append((key, change["was"], change["value"]))
            continue
        was, value = (understood(change[name], spec) for name in ("was", "value"))
        edits[block.source].append(Edit(key.row, spec.source_field, key.index, was, value))
    for name, mine in edits.items():
        write = SOURCES[name].write
        if write is None:
            raise ValidationError(f"{SOURCES[name].meaning} cannot be changed through a workbook.")
        try:
            write(plan, mine, by, why)
        except MOVED as problem:
            raise ValidationError(
                "A figure was changed by someone else meanwhile. Nothing was changed: look at it again."
            ) from problem
    if answers:
        record_answers(plan, definition.name, answers, by=by, why=why)
