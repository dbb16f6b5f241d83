"""What has become of each template that a round asks for, and whether what was frozen still says what the plan says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from opplan.plans.versions import ChangeEntry, changes
from opplan.submissions.definition import find_definition
from opplan.submissions.filled import filled
from opplan.submissions.frozen import frozen
from opplan.submissions.models import Round, Submission
from opplan.submissions.queries.rounds import CellDifference, Owed, RoundStanding, differences
from opplan.submissions.queries.templates import answers_by_template, content_of, filled_template
from opplan.submissions.sources.table import SourceRow
from opplan.web.formats import counted, day

if TYPE_CHECKING:
    from opplan.plans.models import Plan

DAYS_IN_WORDS, MONTHS_IN_WORDS = 60, 730


def moved_among(plan: Plan, keys: Collection[int]) -> frozenset[int]:
    """Which of these versions the plan has moved on from. Each source is read once a month, however many versions there are."""
    if not keys:
        return frozenset()
    rows = Submission.objects.filter(plan=plan, pk__in=keys).order_by("pk")
    now: dict[tuple[str, date], str] = {}
    answers, found = answers_by_template(plan), []
    read: dict[date, dict[str, Sequence[SourceRow]]] = defaultdict(dict)
    for key, template, month, content in rows.values_list("pk", "template", "month", "content"):
        if (template, month) not in now:
            definition = find_definition(plan.round, template)
            held = definition and filled(definition, plan, month, answers[template], read=read[month])
            now[template, month] = content_of(held) if held else ""
        if now[template, month] != content:
            found.append(key)
    return frozenset(found)


@dataclass(frozen=True)
class TemplateState:
    """A template in a round, in words. `mark` is how it is marked: late, due or nothing."""

    template: str
    title: str
    version: str
    words: str
    mark: str = ""
    void: bool = False
    signed: bool = False


@dataclass(frozen=True)
class RoundState:
    """A round of the calendar in words: how long there is, or how long ago it was, and what it still owes."""

    standing: RoundStanding
    when: str
    overdue: bool
    templates: tuple[TemplateState, ...]
    owing: tuple[TemplateState, ...]
    owed: str

    @property
    def counts(self) -> str:
        number = len(self.templates)
        return counted(number, "template")


def round_states(plan: Plan, calendar: Sequence[RoundStanding]) -> list[RoundState]:
    """The calendar in words. Signed versions alone are compared with the plan: what nobody signed, nothing can void."""
    signed = {one.latest.key for row in calendar for one in row.owed if one.latest and one.latest.signed_by}
    moved = moved_among(plan, signed)
    return [_round_state(row, moved) for row in calendar]


def _round_state(row: RoundStanding, moved: frozenset[int]) -> RoundState:
    templates = tuple(_state(one, row, moved) for one in row.owed)
    owing = tuple(one for one in templates if one.mark)
    return RoundState(
        row, time_left(row.days_left), row.days_left < 0 and bool(owing), templates, owing, _owed(row, owing)
    )


def _state(owed: Owed, row: RoundStanding, moved: frozenset[int]) -> TemplateState:
    late = "" if row.before else "late" if row.days_left < 0 else "due"
    if owed.latest is None:
        if row.before:
            return TemplateState(owed.template, owed.title, "", f"submitted on {day(row.before)}, before opplan")
        return TemplateState(owed.template, owed.title, "", "not frozen", late)
    version, signers = owed.latest.version, " and ".join(owed.latest.signed_by)
    if not signers:
        return TemplateState(owed.template, owed.title, version, f"{version}, not signed", late)
    if owed.latest.key in moved:
        return TemplateState(
            owed.template,
            owed.title,
            version,
            f"{version}, signature of {signers} void: the plan has changed since",
            "late",
            True,
        )
    return TemplateState(owed.template, owed.title, version, f"{version}, signed by {signers}", signed=True)


def _owed(row: RoundStanding, owing: Sequence[TemplateState]) -> str:
    """Who owes what: the programme office freezes, the accountable officer signs."""
    if not owing:
        return f"Submitted on {day(row.before)}" if row.before else "Nothing is owed"
    freeze = sum(1 for one in owing if not one.version or one.void)
    sign = len(owing) - freeze
    parts = []
    if freeze:
        parts.append(f"programme office: {counted(freeze, 'template')} to freeze")
    if sign:
        parts.append(f"accountable officer: {counted(sign, 'template')} to sign")
    said = "; ".join(parts)
    return said[0].upper() + said[1:]


def time_left(days: int) -> str:
    """10 days left, due today, 3 months ago."""
    if days == 0:
        return "due today"
    if days > 0:
        return f"{counted(days, 'day')} left"
    ago = -days
    if ago < DAYS_IN_WORDS:
        return f"{counted(ago, 'day')} ago"
    if ago < MONTHS_IN_WORDS:
        return f"{counted(ago // 30, 'month')} ago"
    return f"{counted(ago // 365, 'year')} ago"


@dataclass(frozen=True)
class Drift:
    """How far the plan has moved on from a version: the cells that differ by now."""

    moved: bool
    changes: tuple[CellDifference, ...]


def drift_of(submission: Submission) -> Drift:
    """What the plan says otherwise by now. A template that there is no more has moved on without a cell that could be shown."""
    definition = find_definition(submission.plan.round, submission.template)
    if definition is None:
        return Drift(True, ())
    now = filled_template(submission.plan, definition, submission.month)
    if content_of(now) == submission.content:
        return Drift(False, ())
    cells = [frozen(cell) for cell in now.cells.values() if cell.kind != "none"]
    return Drift(True, tuple(differences(submission.values, cells)))


@dataclass(frozen=True)
class SheetSummary:
    """A sheet of a version in counts."""

    name: str
    cells: int
    typed: int
    calculated: int
    blank: int


def sheets_of(submission: Submission) -> list[SheetSummary]:
    """The sheets of a version with how many cells each holds. No query."""
    found: dict[str, list[int]] = {}
    for *_, sheet, _cell, kind, value in submission.values:
        counts = found.setdefault(sheet, [0, 0, 0, 0])
        counts[0] += 1
        counts[1] += kind == "input"
        counts[2] += kind == "calculated"
        counts[3] += kind == "input" and value == ""
    return [SheetSummary(name, *counts) for name, counts in found.items()]


ROUND_FIELDS = {
    "title": "Name",
    "due": "Due",
    "templates": "Templates",
    "scope": "Scope",
    "final": "Final submission",
    "submitted_before": "Submitted before opplan",
    "note": "Note",
}


def round_history(plan: Plan, reference: str) -> list[ChangeEntry]:
    """What has changed in a round, the latest first. One query."""
    rows = Round.history.filter(plan=plan, reference=reference).select_related("history_user")
    return changes(rows.order_by("id", "history_id"), kind="Round", fields=ROUND_FIELDS)
