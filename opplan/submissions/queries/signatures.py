"""Who may sign, what a signature is still worth, and whether a workbook is the one that was submitted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from opplan.accounts.roles import Capability
from opplan.imports.unreadable import Unreadable
from opplan.plans.versions import ChangeEntry, changes
from opplan.submissions.definition import find_definition
from opplan.submissions.frozen import as_kept, as_kept_text
from opplan.submissions.layout import at
from opplan.submissions.models import Delegation, Signature, Submission
from opplan.submissions.queries.templates import content_of, filled_template
from opplan.submissions.returned import Returned, read_back

if TYPE_CHECKING:
    from opplan.accounts.models import User
    from opplan.plans.models import Plan


def delegation_for(plan: Plan, officer: User, template: str, today: date) -> Delegation | None:
    """The delegation under which the officer may sign this template today. One query."""
    rows = Delegation.objects.filter(
        plan=plan, officer=officer, begins__lte=today, ends__gte=today, withdrawn_on=None
    ).order_by("-begins")
    return next((row for row in rows if not row.templates or template in row.templates), None)


def delegations(plan: Plan) -> list[Delegation]:
    """Every delegation of the plan, the latest first. One query."""
    return list(Delegation.objects.filter(plan=plan).select_related("officer"))


def delegation_history(plan: Plan) -> list[ChangeEntry]:
    """What has changed in the plan's delegations, the latest first. One query."""
    rows = Delegation.history.filter(plan=plan).select_related("history_user").order_by("id", "history_id")
    fields = {"withdrawn_on": "Withdrawn on"}
    return changes(rows, kind="Delegation", fields=fields, title=lambda entry: f"Minute {entry.minute}")


def moved_on(submission: Submission) -> bool:
    """Whether the plan says something else by now than what was frozen."""
    definition = find_definition(submission.plan.round, submission.template)
    if definition is None:
        return True
    return content_of(filled_template(submission.plan, definition, submission.month)) != submission.content


@dataclass(frozen=True)
class SignatureStanding:
    """A signature and whether it still covers the plan: `void` says why it does not, nothing where it does. `given`: not withdrawn."""

    key: str
    officer_key: int
    officer: str
    statement: str
    minute: str
    at: datetime
    void: str
    given: bool


def signatures_of(submission: Submission, *, moved: bool) -> list[SignatureStanding]:
    """The signatures under a version. `moved` is whether the plan has changed since. One query."""
    found = []
    for row in Signature.objects.filter(submission=submission).select_related("officer", "delegation"):
        void = ""
        if row.withdrawn_at:
            void = f"withdrawn: {row.withdrawn_why}"
        elif submission.withdrawn_why:
            void = f"the version was withdrawn: {submission.withdrawn_why}"
        elif row.content != submission.content:
            void = "it was made under another content"
        elif moved:
            void = "the plan has changed since"
        about = (str(row.pk), row.officer_id, str(row.officer), row.statement, row.delegation.minute, row.at)
        found.append(SignatureStanding(*about, void, row.withdrawn_at is None))
    return found


def find_signature(submission: Submission, key: str) -> Signature | None:
    """The signature under a version, by its number. One query."""
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    rows = Signature.objects.filter(submission=submission).select_related("officer", "delegation")
    return rows.filter(pk=int(key)).first()


def may_take_back(officer: int, by: User, may: Callable[[Capability], bool]) -> bool:
    """Whether a person may withdraw a signature: the officer who gave it, or who keeps the members."""
    return officer == by.pk or may(Capability.MANAGE_MEMBERS)


def signature_history(submission: Submission) -> list[ChangeEntry]:
    """What has become of the signatures under a version, the latest first. One query."""
    rows = Signature.history.filter(submission=submission).select_related("history_user", "officer")
    fields = {"withdrawn_at": "Withdrawn"}
    return changes(
        rows.order_by("id", "history_id"), kind="Signature", fields=fields, title=lambda one: str(one.officer)
    )


GENUINE, ALTERED, UNKNOWN = "genuine", "altered", "unknown"


@dataclass(frozen=True)
class Verdict:
    """Whether a file is a submitted workbook: genuine byte for byte, altered (and where), or unknown, and why in words."""

    outcome: str
    words: str
    submission: Submission | None = None
    altered: tuple[tuple[str, str], ...] = ()
    """Each place that differs, such as Lines!G7, with what it says."""


def verdict_on(name: str, content: bytes, plan: Plan | None = None) -> Verdict:
    """Compare a file with what was submitted. `plan` narrows the search to one plan."""
    rows = Submission.objects.select_related("plan__organisation", "round")
    if plan is not None:
        rows = rows.filter(plan=plan)
    same = rows.filter(digest=hashlib.sha256(content).hexdigest()).first()
    if same is not None:
        return Verdict(GENUINE, f"This is {_named(same)}, byte for byte.", same)
    try:
        returned = read_back(name, content)
    except Unreadable as problem:
        return Verdict(UNKNOWN, str(problem))
    about = returned.about
    claimed = rows.filter(
        plan__organisation__code=str(about.get("organisation", ""))[:12],
        plan__year=str(about.get("year", ""))[:7],
        template=str(about.get("template", ""))[:40],
        version=str(about.get("version", ""))[:12],
    ).first()
    if claimed is None:
        return Verdict(UNKNOWN, "No submission is known by the version that the workbook names: it may be a draft.")
    altered = _altered(returned, claimed)
    if about.get("content") != claimed.content:
        altered.insert(0, ("Cover", "the content code is not the one that was submitted"))
    if not altered:
        return Verdict(
            ALTERED,
            f"The file was saved again since {_named(claimed)}: every value is as it was submitted, its bytes are not.",
            claimed,
        )
    return Verdict(ALTERED, f"The file says it is {_named(claimed)}, and differs from it.", claimed, tuple(altered))


def _named(submission: Submission) -> str:
    return f"{submission.template} {submission.version} of {submission.plan}"


def _altered(returned: Returned, submission: Submission) -> list[tuple[str, str]]:
    """The places where a workbook says something else than was submitted. The frozen values alone say what that is."""
    found, missing = [], set()
    for *_, sheet, cell, kind, value in submission.values:
        rows = returned.sheets.get(sheet)
        if rows is None:
            missing.add(sheet)
            continue
        row, column = at(cell)
        line = rows[row - 1] if row <= len(rows) else []
        theirs = as_kept(line[column] if column < len(line) else "")
        if kind == "calculated" and cell not in returned.formulas.get(sheet, frozenset()):
            found.append((f"{sheet}!{cell}", f"the formula was overwritten with {theirs or 'a blank'}"))
        elif theirs != as_kept_text(value):
            found.append((f"{sheet}!{cell}", f"{value or 'blank'} became {theirs or 'blank'}"))
    return [*((sheet, "the sheet is missing") for sheet in sorted(missing)), *found]
