"""Rounds: what is due when, what has been frozen and signed for each, and what differs between two versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from opplan.submissions.definition import Definition, definitions_of
from opplan.submissions.filled import Key
from opplan.submissions.models import Question, Round, Signature, Submission
from opplan.web.formats import day

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opplan.plans.models import Plan


@dataclass(frozen=True)
class Frozen:
    """A version without its bytes and values, for lists."""

    key: int
    template: str
    version: str
    round: str
    at: datetime
    by: str
    content: str
    digest: str
    reason: str
    withdrawn_why: str
    signed_by: tuple[str, ...]


FROZEN = (
    "plan_id",
    "pk",
    "template",
    "version",
    "round__reference",
    "at",
    "by__name",
    "content",
    "digest",
    "reason",
    "withdrawn_why",
)


def versions_of(plan: Plan, template: str = "") -> list[Frozen]:
    """The plan's versions, the latest first, with who signed each. Two queries."""
    return versions_among([plan], template)[plan.pk]


def versions_among(plans: Sequence[Plan], template: str = "") -> dict[int, list[Frozen]]:
    """The versions of each of these plans by its key, the latest first, with who signed each. Two queries, however many plans."""
    rows = Submission.objects.filter(plan__in=plans).order_by("-at", "-pk")
    if template:
        rows = rows.filter(template=template)
    signed: dict[int, list[str]] = {}
    names = Signature.objects.filter(submission__plan__in=plans, withdrawn_at=None).order_by("at")
    for key, name in names.values_list("submission_id", "officer__name"):
        signed.setdefault(key, []).append(name)
    found: dict[int, list[Frozen]] = {plan.pk: [] for plan in plans}
    for plan, key, name, version, of_round, at, by, content, digest, why, withdrawn in rows.values_list(*FROZEN):
        signers = tuple(signed.get(key, ()))
        about = (content, digest, why, withdrawn, signers)
        found[plan].append(Frozen(key, name, version, of_round or "", at, by or "", *about))
    return found


@dataclass(frozen=True)
class Owed:
    """A template that a round asks for, and its latest version for that round; None where none is frozen."""

    template: str
    title: str
    latest: Frozen | None

    @property
    def state(self) -> str:
        if self.latest is None:
            return "not frozen"
        return "signed" if self.latest.signed_by else "frozen, not signed"


@dataclass(frozen=True)
class RoundStanding:
    """A round at a day: how many days are left (below nought: past), and what it owes. `before` is when it went in before opplan."""

    key: int
    reference: str
    title: str
    due: date
    scope: str
    final: bool
    note: str
    before: date | None
    days_left: int
    owed: tuple[Owed, ...]
    source: str

    @property
    def waiting(self) -> list[Owed]:
        return [] if self.before else [one for one in self.owed if one.latest is None]

    @property
    def done(self) -> bool:
        return bool(self.before) or all(one.state == "signed" for one in self.owed)


def round_calendar(plan: Plan, today: date) -> list[RoundStanding]:
    """Every round of the plan by its due date. Three queries."""
    return calendars([plan], versions_among([plan]), today)[plan.pk]


def calendars(
    plans: Sequence[Plan], versions: Mapping[int, Sequence[Frozen]], today: date
) -> dict[int, list[RoundStanding]]:
    """Every round of each of these plans by its key, by due date. One query, however many plans."""
    templates = {plan.pk: {one.name: one for one in definitions_of(plan.round)} for plan in plans}
    latest: dict[int, dict[tuple[str, str], Frozen]] = {plan.pk: {} for plan in plans}
    for key, held in versions.items():
        for version in reversed(held):
            if not version.withdrawn_why:
                latest[key][version.round, version.template] = version
    found: dict[int, list[RoundStanding]] = {plan.pk: [] for plan in plans}
    for row in Round.objects.filter(plan__in=plans):
        found[row.plan_id].append(_standing(row, templates[row.plan_id], latest[row.plan_id], today))
    return found


def _standing(
    row: Round, templates: dict[str, Definition], latest: dict[tuple[str, str], Frozen], today: date
) -> RoundStanding:
    asked = row.templates or sorted(templates)
    owed = tuple(
        Owed(name, templates[name].title, latest.get((row.reference, name))) for name in asked if name in templates
    )
    return RoundStanding(
        row.pk,
        row.reference,
        row.title,
        row.due,
        row.scope,
        row.final,
        row.note,
        row.submitted_before,
        (row.due - today).days,
        owed,
        row.source,
    )


def find_round(plan: Plan, reference: str) -> Round | None:
    return Round.objects.filter(plan=plan, reference=reference).first()


def round_choices(plan: Plan) -> list[tuple[int, str]]:
    """The rounds of the plan with their days, for a choice. One query."""
    rows = Round.objects.filter(plan=plan).values_list("pk", "title", "due")
    return [(key, f"{title}, {day(due)}") for key, title, due in rows]


def find_submission(plan: Plan, template: str, version: str) -> Submission | None:
    return (
        Submission.objects.filter(plan=plan, template=template, version=version)
        .select_related("round", "by")
        .defer("workbook")
        .first()
    )


def next_version(last: str, *, same_round: bool) -> str:
    """The version after `last`: V8.1 is followed by V8.2 in the same round and by V9.0 in the next; the first is V1.0."""
    found = re.fullmatch(r"V(\d+)\.(\d+)", last)
    if not found:
        return "V1.0"
    whole, part = int(found[1]), int(found[2])
    return f"V{whole}.{part + 1}" if same_round else f"V{whole + 1}.0"


def questions_about(plan: Plan, template: str) -> QuerySet[Question]:
    """What NHS England asked about a template, or about the plan as a whole."""
    return Question.objects.filter(plan=plan, template__in=["", template])


def open_questions(plan: Plan, template: str, round: Round | None) -> list[Question]:
    """The questions that stand in the way of freezing a template for a round: neither closed nor waived for it. One query."""
    rows = questions_about(plan, template).filter(closed_on=None)
    return [one for one in rows if not _waived(one, round)]


def waived_questions(plan: Plan, template: str, round: Round | None) -> list[Question]:
    """The open questions about a template that the round goes without. One query."""
    rows = questions_about(plan, template).filter(closed_on=None)
    return [one for one in rows if _waived(one, round)]


def _waived(row: Question, round: Round | None) -> bool:
    return round is not None and row.waived_for_id == round.pk and bool(row.waived_why)


@dataclass(frozen=True)
class CellDifference:
    """A cell whose value differs between two versions; "" is blank, and `was` or `now` None where there is no such cell."""

    sheet: str
    cell: str
    key: Key
    was: str | None
    now: str | None

    @property
    def change(self) -> float | None:
        """By how much a figure moved."""
        try:
            return float(self.now or "") - float(self.was or "")
        except ValueError:
            return None


def differences(before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]]) -> list[CellDifference]:
    """What differs between the frozen values of two versions, by the cells' keys, in the later one's order. No query."""
    old = {tuple(row[:4]): row for row in before}
    new = {tuple(row[:4]): row for row in after}
    found = []
    for key, row in new.items():
        was = old.get(key)
        if was is None or was[7] != row[7]:
            found.append(CellDifference(row[4], row[5], Key(*key), was[7] if was else None, row[7]))
    for key, row in old.items():
        if key not in new:
            found.append(CellDifference(row[4], row[5], Key(*key), row[7], None))
    return found
