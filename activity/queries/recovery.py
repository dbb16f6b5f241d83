"""Recovery plans: which standards fail, what is done about each, how far it has come against its own trajectory and actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Min, OuterRef, Prefetch, Q, Subquery

from activity.models import Line, RecoveryAction, RecoveryMonth, RecoveryPlan, RecoveryReview
from activity.queries.lines import LinePosition, against, line_positions, lines_of
from opplan.calc.months import end_of
from opplan.calc.rag import Direction, Judgement, Rating, Tolerance, milestone
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import day
from opplan.web.formats import month as month_name

if TYPE_CHECKING:
    from opplan.plans.models import Plan

LEVELS = {level.value: level.label for level in RecoveryPlan.Escalation}


@dataclass(frozen=True)
class RecoveryStep:
    """An action of a recovery plan at a date: late, on time or complete by the day that was first agreed; not rated without a day."""

    position: int
    title: str
    owner: str
    agreed: date | None
    due: date | None
    completed: date | None
    note: str
    source: str
    basis: str
    judgement: Judgement

    @property
    def moved(self) -> bool:
        """Whether its day is no longer the one first agreed."""
        return self.due is not None and self.due != self.agreed


@dataclass(frozen=True)
class RecoveryTarget:
    """One month of a recovery trajectory, in the measure's unit."""

    value: Decimal
    basis: str
    source: str


@dataclass(frozen=True)
class RecoveryLine:
    """A line that a recovery plan is to restore: its position, its recovery trajectory, and the month against it."""

    position: LinePosition
    targets: Mapping[date, RecoveryTarget]
    judgement: Judgement

    @property
    def target(self) -> RecoveryTarget | None:
        """What the line is to reach in the month shown."""
        return self.targets.get(self.position.now.period)


@dataclass(frozen=True)
class Review:
    """What a review found and decided, and the level from then."""

    key: int
    held: date
    finding: str
    decision: str
    level: str
    source: str
    basis: str


@dataclass(frozen=True)
class Recovery:
    """A recovery plan at a month, with its lines, actions and reviews (the latest first)."""

    row: RecoveryPlan
    lines: Sequence[RecoveryLine]
    steps: Sequence[RecoveryStep]
    reviews: Sequence[Review]

    @property
    def reference(self) -> str:
        return self.row.reference

    @property
    def level(self) -> str:
        return LEVELS[self.row.escalation]

    @property
    def next_step(self) -> RecoveryStep | None:
        """The action that is due next, or overdue longest; without any dated one, the first that is not complete."""
        open_steps = [step for step in self.steps if step.judgement.rating != Rating.BLUE]
        dated = [step for step in open_steps if step.due is not None]
        return min(dated, key=lambda step: step.due or date.max) if dated else next(iter(open_steps), None)


@dataclass(frozen=True)
class FailingLine:
    """A line that misses its standard, or that a recovery plan follows, with that plan or None."""

    position: LinePosition
    recovery: Recovery | None
    in_recovery: RecoveryLine | None


def failing(position: LinePosition) -> bool:
    """Whether a line fails: its value of the month misses the standard, and is not on the way that the plan laid down to reach it."""
    return position.meets_standard is False and position.judgement.rating != Rating.GREEN


def recoveries(
    plan: Plan,
    month: date,
    tolerances: Mapping[str, Tolerance],
    positions: Sequence[LinePosition],
    key: int | None = None,
) -> list[Recovery]:
    """The plan's recovery plans (or one) at a month, open ones first. Five queries, whatever their number; `positions` hold their lines."""
    rows = RecoveryPlan.objects.filter(plan=plan).select_related("initiative")
    if key is not None:
        rows = rows.filter(pk=key)
    rows = rows.prefetch_related(
        Prefetch("lines", queryset=Line.objects.only("pk")),
        Prefetch("actions", queryset=RecoveryAction.objects.order_by("position")),
        Prefetch("months", queryset=RecoveryMonth.objects.order_by("month")),
        Prefetch("reviews", queryset=RecoveryReview.objects.order_by("-held")),
    )
    found = list(rows)
    agreed = _first_agreed([one.pk for one in found])
    by_key = {position.key: position for position in positions}
    return sorted(
        (_recovery(row, month, tolerances, by_key, agreed) for row in found),
        key=lambda one: (one.row.closed is not None, one.reference),
    )


def failing_lines(
    positions: Sequence[LinePosition], found: Sequence[Recovery], *, closed: bool = False
) -> list[FailingLine]:
    """Every line that fails, and every line of an open recovery plan, failing or not. No query."""
    held = {
        line.position.key: (recovery, line)
        for recovery in found
        if closed or recovery.row.closed is None
        for line in recovery.lines
    }
    return [
        FailingLine(position, *held.get(position.key, (None, None)))
        for position in positions
        if position.key in held or failing(position)
    ]


def _recovery(
    row: RecoveryPlan,
    month: date,
    tolerances: Mapping[str, Tolerance],
    positions: Mapping[int, LinePosition],
    agreed: Mapping[int, date],
) -> Recovery:
    targets: dict[int, dict[date, RecoveryTarget]] = defaultdict(dict)
    for one in row.months.all():
        targets[one.line_id][one.month] = RecoveryTarget(one.value, one.basis, one.source)
    mine = {line.pk for line in row.lines.all()}
    lines = [recovery_line(positions[key], targets[key], tolerances) for key in positions if key in mine]
    as_at, tolerance = end_of(month), tolerances["milestone"]
    steps = [_step(one, agreed.get(one.pk), as_at, tolerance) for one in row.actions.all()]
    reviews = [
        Review(one.pk, one.held, one.finding, one.decision, LEVELS[one.escalation], one.source, one.basis)
        for one in row.reviews.all()
    ]
    return Recovery(row, lines, steps, reviews)


def recovery_line(
    position: LinePosition, targets: Mapping[date, RecoveryTarget], tolerances: Mapping[str, Tolerance]
) -> RecoveryLine:
    """A line against its recovery trajectory, by the same tolerances as against plan."""
    target = targets.get(position.now.period)
    judgement = against(
        position.kind, position.actual, target.value if target else None, Direction(position.direction), tolerances
    )
    return RecoveryLine(position, targets, judgement)


def _step(row: RecoveryAction, agreed: date | None, as_at: date, tolerance: Tolerance) -> RecoveryStep:
    if row.due is None and row.completed is None:
        judged = Judgement(Rating.NOT_RATED, "no_day")
    elif row.due is None:
        done = row.completed is not None and row.completed <= as_at
        judged = Judgement(Rating.BLUE if done else Rating.NOT_DUE, "no_day")
    else:
        judged = milestone(agreed or row.due, row.due, row.completed, as_at, tolerance)
    return RecoveryStep(
        row.position,
        row.title,
        row.owner,
        agreed if row.due else None,
        row.due,
        row.completed,
        row.note,
        row.source,
        row.basis,
        judged,
    )


def _first_agreed(keys: Sequence[int]) -> dict[int, date]:
    """The day that each action of these recovery plans was first to be done by: the history keeps it when the day moves. One query."""
    kept: Any = RecoveryAction.history.model
    rows = kept.objects.filter(recovery_id__in=keys, due__isnull=False)
    first = rows.values("id").annotate(first=Min("history_id")).values("first")
    return dict(kept.objects.filter(history_id__in=first).values_list("id", "due"))


def find_recovery(plan: Plan, reference: str) -> RecoveryPlan | None:
    """One recovery plan by its reference, with its initiative. One query."""
    row = RecoveryPlan.objects.select_related("initiative").filter(plan=plan, reference=reference).first()
    if row is not None:
        row.plan = plan
    return row


def find_step(recovery: RecoveryPlan, position: int) -> RecoveryAction | None:
    """One action of a recovery plan, by its place in it."""
    return RecoveryAction.objects.select_related("recovery").filter(recovery=recovery, position=position).first()


def find_review(recovery: RecoveryPlan, held: date) -> RecoveryReview | None:
    """The review of one day."""
    return RecoveryReview.objects.filter(recovery=recovery, held=held).first()


def recovered_lines(plan: Plan) -> dict[int, str]:
    """The open recovery plans of each line, by the line's key: their titles. One query."""
    found: dict[int, list[str]] = {}
    rows = RecoveryPlan.objects.filter(plan=plan, closed=None, lines__isnull=False).order_by("reference")
    for line, title in rows.values_list("lines", "title"):
        found.setdefault(line, []).append(title)
    return {line: "; ".join(titles) for line, titles in found.items()}


def lines_in(recovery: RecoveryPlan) -> frozenset[int]:
    """The keys of the lines that a recovery plan is for."""
    return frozenset(recovery.lines.values_list("pk", flat=True))


def positions_in(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], recovery: RecoveryPlan
) -> list[LinePosition]:
    """The positions of the lines that a recovery plan is for. Two queries."""
    return line_positions(plan, month, tolerances, lines_of(plan).filter(recovery_plans=recovery))


@dataclass(frozen=True)
class RecoveryOfLine:
    """What a line's own page says of its open recovery plan: level, intervention, next action and the month's recovery trajectory."""

    reference: str
    title: str
    level: str
    formal_intervention: bool
    basis: str
    step: str
    step_owner: str
    step_due: date | None
    target: Decimal | None
    target_basis: str


def recovery_of_line(line: Line, month: date) -> RecoveryOfLine | None:
    """The open recovery plan of a line. One query."""
    steps = RecoveryAction.objects.filter(recovery=OuterRef("pk"), completed=None).order_by(
        F("due").asc(nulls_last=True), "position"
    )
    target = RecoveryMonth.objects.filter(recovery=OuterRef("pk"), line=line, month=month)
    row = (
        RecoveryPlan.objects.filter(lines=line, closed=None)
        .annotate(
            step=Subquery(steps.values("title")[:1]),
            step_owner=Subquery(steps.values("owner")[:1]),
            step_due=Subquery(steps.values("due")[:1]),
            target=Subquery(target.values("value")[:1]),
            target_basis=Subquery(target.values("basis")[:1]),
        )
        .values_list(
            "reference",
            "title",
            "escalation",
            "formal_intervention",
            "basis",
            "step",
            "step_owner",
            "step_due",
            "target",
            "target_basis",
        )
        .first()
    )
    if row is None:
        return None
    reference, title, level, formal, basis, step, owner, due, value, value_basis = row
    return RecoveryOfLine(
        reference, title, LEVELS[level], formal, basis, step or "", owner or "", due, value, value_basis or ""
    )


PLAN_FIELDS = {
    "title": "Name",
    "owner": "Owner",
    "diagnosis": "Diagnosis",
    "causes": "Causes",
    "next_step": "Next step",
    "escalation": "Level",
    "formal_intervention": "Formal intervention",
    "intervention": "Who intervened, and under what",
    "exit_criteria": "Exit criteria",
    "opened": "Opened",
    "closed": "Closed",
}
ACTION_FIELDS = {"title": "Action", "owner": "Owner", "due": "Due", "completed": "Completed on", "note": "Note"}
MONTH_FIELDS = {"value": "Recovery trajectory"}
REVIEW_FIELDS = {"finding": "Finding", "decision": "Decision", "escalation": "Level"}


def changes_of_recovery(recovery: RecoveryPlan) -> list[ChangeEntry]:
    """Everything that people changed in a recovery plan, its actions, trajectory, reviews and lines, latest first. Five queries."""
    mine = Q(recovery_id=recovery.pk)
    names = dict(Line.objects.filter(plan_id=recovery.plan_id).values_list("pk", "reference"))
    found = [
        *changes(_entries(RecoveryPlan, Q(id=recovery.pk)), kind="Recovery plan", fields=PLAN_FIELDS),
        *changes(_entries(RecoveryAction, mine), kind="Action", fields=ACTION_FIELDS),
        *changes(
            _entries(RecoveryMonth, mine),
            kind="Recovery trajectory",
            fields=MONTH_FIELDS,
            title=lambda entry: f"{names.get(entry.line_id, '')}, {month_name(entry.month)}",
        ),
        *changes(
            _entries(RecoveryReview, mine),
            kind="Review",
            fields=REVIEW_FIELDS,
            title=lambda entry: f"Review of {day(entry.held)}",
        ),
    ]
    return sorted((one for one in found if one.who), key=lambda change: change.when, reverse=True)


def trajectory_edits(recovery: RecoveryPlan) -> dict[tuple[int, date], tuple[str, Any, str]]:
    """Who last set each month of the recovery trajectory, when and why: for the conflict of two people. One query."""
    kept: Any = RecoveryMonth.history.model
    rows = kept.objects.filter(recovery_id=recovery.pk).select_related("history_user").order_by("history_id")
    return {
        (row.line_id, row.month): (str(row.history_user or ""), row.history_date, row.history_change_reason or "")
        for row in rows
    }


def _entries(model: Any, where: Q) -> Any:
    return model.history.filter(where).select_related("history_user").order_by("id", "history_id")
