"""Freeze a template as a submission: its values, its workbook, its checks. A version is never changed; another one follows it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from opplan.plans.attribution import record
from opplan.submissions.checking import ACCEPTED
from opplan.submissions.definition import Definition
from opplan.submissions.frozen import frozen
from opplan.submissions.models import Round, Submission
from opplan.submissions.queries.places import cell_of
from opplan.submissions.queries.rounds import next_version, open_questions, waived_questions
from opplan.submissions.queries.templates import filled_template, stamp_of
from opplan.submissions.written.book import CheckLine
from opplan.submissions.written.workbook import write
from opplan.web.formats import counted, listed

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan
    from opplan.submissions.filled import Filled


@transaction.atomic
def freeze(
    plan: Plan,
    definition: Definition,
    month: date,
    *,
    round: Round | None,
    checks: Sequence[CheckLine] = (),
    by: User,
    why: str,
) -> Submission:
    """Freeze the template as it stands. `checks` are its checks as they stand now.

    ValidationError while a question of NHS England about it is open and not waived, while a check that may not be accepted fails,
    while an answer is missing in a final round, or where the round does not ask for this template.
    """
    _require_ready(plan, definition, round, checks)
    template = filled_template(plan, definition, month)
    if round and round.final and not template.complete:
        are = "is" if len(template.unanswered) == 1 else "are"
        raise ValidationError(
            f"{counted(len(template.unanswered), 'required cell')} of {definition.title} {are} blank. "
            "A final submission leaves none: fill them first."
        )
    last = Submission.objects.select_for_update().filter(plan=plan, template=definition.name).order_by("-pk").first()
    version = next_version(
        last.version if last else "", same_round=bool(last and last.round_id == (round and round.pk))
    )
    stamp = replace(stamp_of(plan, template), version=version)
    if last and last.content == stamp.content and last.round_id == (round and round.pk) and not last.withdrawn_why:
        raise ValidationError(f"Nothing has changed since {last.version}: it stands as it was frozen.")
    checks = [*checks, *_waivers(plan, template, round)]
    workbook = write(template, stamp, checks)
    values = [frozen(cell) for cell in template.cells.values() if cell.kind != "none"]
    row = Submission(
        plan=plan,
        round=round,
        template=definition.name,
        version=version,
        month=month,
        values=values,
        checks=[asdict(check) for check in checks],
        content=stamp.content,
        workbook=workbook,
        digest=hashlib.sha256(workbook).hexdigest(),
        reason=why.strip(),
        by=by,
    )
    return record(row, by=by, why=why.strip() or f"{definition.title} frozen as {version}")


def _require_ready(plan: Plan, definition: Definition, round: Round | None, checks: Sequence[CheckLine]) -> None:
    if round and round.templates and definition.name not in round.templates:
        raise ValidationError(f"{round.title} does not ask for {definition.title}.")
    waiting = open_questions(plan, definition.name, round)
    if waiting:
        are, them = ("is", "it") if len(waiting) == 1 else ("are", "them")
        raise ValidationError(
            f"{counted(len(waiting), 'question')} of NHS England about this template {are} open: "
            f"{listed([one.reference for one in waiting])}. Close {them}, or let this round go without {them} for a reason."
        )
    stopped = [check for check in checks if check.severity == "stop" and check.result == "Not met"]
    if stopped:
        raise ValidationError(f"{stopped[0].sentence} Mend it: a contradiction cannot be submitted.")


def _waivers(plan: Plan, template: Filled, round: Round | None) -> list[CheckLine]:
    """The questions that the round goes without, as lines of its checks: each goes out with its reason."""
    lines = []
    for one in waived_questions(plan, template.definition.name, round):
        cell = cell_of(one, template)
        lines.append(
            CheckLine(
                one.reference,
                "warn",
                cell.sheet if cell else "",
                cell.address if cell else "",
                f"Open question of NHS England: {one.asked}",
                "open",
                "closed",
                ACCEPTED,
                one.waived_why,
            )
        )
    return lines


@transaction.atomic
def withdraw(submission: Submission, *, by: User, why: str) -> Submission:
    """Mark a version as withdrawn. It stays where it is, with its signatures, and says why."""
    if not why.strip():
        raise ValidationError("Say why the version is withdrawn.")
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    row.withdrawn_why = why.strip()[:500]
    return record(row, by=by, why=why.strip(), fields=["withdrawn_why"])
