"""Recovery plans in sentences, rows and a chart. Chooses words and places; every figure comes from queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from activity.presenters.words import gap, said, standard_of, value_of, whose_of
from activity.queries import (
    FailingLine,
    LinePosition,
    Month,
    Recovery,
    RecoveryLine,
    RecoveryOfLine,
    RecoveryStep,
    Review,
)
from opplan.calc.months import end_of
from opplan.calc.rag import Direction, Judgement, Rating, adverse
from opplan.calc.ratios import Kind
from opplan.web import charts, formats
from opplan.web.formats import counted
from opplan.web.reasons import sentence

Url = Callable[..., str]


@dataclass(frozen=True)
class Due:
    """The action that is due next, and how late it is."""

    title: str
    when: str
    late: str
    owner: str


@dataclass(frozen=True)
class RecoveryRow:
    """A failing line as the list shows it."""

    name: str
    whose: str
    url: str
    actual: str
    standard: str
    judgement: Judgement
    why: str
    illustrative: bool
    recovery: str
    recovery_url: str
    start_url: str
    level: str
    intervention: bool
    due: Due | None
    against: Judgement | None
    against_words: str


def recovery_headline(rows: Sequence[FailingLine], month: date) -> str:
    """How many standards fail, and how many of these have a recovery plan."""
    missed = [one for one in rows if one.position.meets_standard is False]
    when = formats.month(month)
    if not missed:
        held = sum(1 for one in rows if one.recovery)
        if not held:
            return f"No standard that is reported for {when} is missed"
        are = "is" if held == 1 else "are"
        return f"{counted(held, 'measure')} {are} in recovery; none has a figure that misses its standard in {when}"
    without = [one for one in missed if one.recovery is None]
    words = f"{counted(len(missed), 'standard')} {'is' if len(missed) == 1 else 'are'} missed in {when}"
    if not without:
        return words + (", each with a recovery plan" if len(missed) > 1 else ", with a recovery plan")
    return f"{words}; {len(without)} {'has' if len(without) == 1 else 'have'} no recovery plan"


def recovery_lead(found: Sequence[Recovery], month: date) -> str:
    """How many recovery plans are open, under formal intervention, and late with an action."""
    opened = [one for one in found if one.row.closed is None]
    if not opened:
        return "No recovery plan is open."
    formal = sum(1 for one in opened if one.row.formal_intervention)
    late = sum(1 for one in opened for step in one.steps if _is_late(step, end_of(month)))
    sentences = [f"{counted(len(opened), 'recovery plan')} {'is' if len(opened) == 1 else 'are'} open."]
    if formal:
        sentences.append(f"{formal} {'is' if formal == 1 else 'are'} under formal intervention.")
    sentences.append(
        f"{counted(late, 'action')} {'is' if late == 1 else 'are'} overdue at the end of {formats.month(month)}."
        if late
        else f"No action is overdue at the end of {formats.month(month)}."
    )
    return " ".join(sentences)


def recovery_rows(rows: Sequence[FailingLine], month: date, url: Url) -> list[RecoveryRow]:
    """Those without a recovery plan first: they are what asks for a decision."""
    ordered = sorted(rows, key=lambda one: one.recovery is not None)
    return [_row(one, month, url) for one in ordered]


def _row(one: FailingLine, month: date, url: Url) -> RecoveryRow:
    position, recovery = one.position, one.recovery
    step = recovery.next_step if recovery else None
    return RecoveryRow(
        name=position.short_name,
        whose=whose_of(position),
        url=url("activity:line", reference=position.reference),
        actual=said(position, position.actual),
        standard=standard_of(position),
        judgement=position.judgement,
        why=missed_words(position),
        illustrative=position.actual is not None and position.now.basis == "illustrative",
        recovery=recovery.row.title if recovery else "",
        recovery_url=url("activity:recovery", reference=recovery.reference) if recovery else "",
        start_url="" if recovery else url("activity:recovery_open", {"line": position.reference}),
        level=recovery.level if recovery else "",
        intervention=recovery.row.formal_intervention if recovery else False,
        due=None if step is None else due_words(step, end_of(month)),
        against=one.in_recovery.judgement if one.in_recovery and one.in_recovery.target else None,
        against_words=against_words(one.in_recovery) if one.in_recovery else "",
    )


def missed_words(position: LinePosition) -> str:
    """By how much the standard is missed, or why that cannot be said."""
    if position.standard is None:
        return "No standard"
    if position.actual is None:
        return f"Not reported this month; standard {standard_of(position)}"
    off = adverse(position.actual, position.standard, Direction(position.direction))
    if off > 0:
        return (
            f"{gap(position, off)} short of {standard_of(position)}"
            if position.direction == Direction.OVER
            else (f"{gap(position, off)} above {standard_of(position)}")
        )
    return f"{standard_of(position)} is met"


def against_words(line: RecoveryLine) -> str:
    """The month against the recovery trajectory: 12.3 beds a day above the trajectory of 112."""
    position, target = line.position, line.target
    if target is None:
        return "No recovery trajectory" if not line.targets else "Its recovery trajectory has no value for this month"
    if position.actual is None:
        return f"Not reported; trajectory {value_of(position, target.value)}"
    return distance_words(position, position.actual, target.value)


def distance_words(position: LinePosition, actual: Decimal, target: Decimal) -> str:
    written = value_of(position, target)
    if actual == target:
        return f"On the trajectory of {written}"
    side = "above" if actual > target else "under"
    return f"{gap(position, actual - target)} {side} the trajectory of {written}"


def due_words(step: RecoveryStep, as_at: date) -> Due:
    """When the action is due, and whether it is late at a date."""
    late = ""
    if _is_late(step, as_at):
        late = f"{counted((as_at - (step.due or as_at)).days, 'day')} late"
    return Due(step.title, formats.dated(step.due) if step.due else "no day agreed", late, step.owner)


def _is_late(step: RecoveryStep, as_at: date) -> bool:
    return step.due is not None and step.due < as_at and (step.completed is None or step.completed > as_at)


@dataclass(frozen=True)
class StepRow:
    """An action as the page of its recovery plan shows it."""

    title: str
    url: str
    owner: str
    due: str
    moved: str
    judgement: Judgement
    why: str
    note: str
    basis: str
    source: str


@dataclass(frozen=True)
class TrajectoryRow:
    """A month of a line's recovery: what was to be reached, what was, and the standard."""

    month: date
    now: bool
    target: str
    actual: str
    absent: str
    difference: str


@dataclass(frozen=True)
class TrajectorySection:
    """One line of a recovery plan: its chart, its table, and where it stands."""

    anchor: str
    name: str
    url: str
    standing: str
    judgement: Judgement | None
    finding: str
    unit: str
    figure: charts.Figure | None
    heading: str
    standard: str
    rows: Sequence[TrajectoryRow]
    illustrative: bool
    made_up: bool


@dataclass(frozen=True)
class RecoveryPage:
    """The page of one recovery plan, ready to be shown."""

    title: str
    context: str
    lead: str
    illustrative: bool
    glances: Sequence[tuple[str, str, str]]
    words: Sequence[tuple[str, str]]
    steps: Sequence[StepRow]
    steps_lead: str
    sections: Sequence[TrajectorySection]
    reviews: Sequence[tuple[Review, str]]
    exit_criteria: str
    intervention: str


def recovery_page(found: Recovery, month: date, url: Url) -> RecoveryPage:
    row, as_at = found.row, end_of(month)
    return RecoveryPage(
        title=row.title,
        context=" · ".join(
            filter(
                None,
                [
                    f"Recovery plan {row.reference}",
                    row.initiative.title if row.initiative else "",
                    f"opened {formats.day(row.opened)}" if row.opened else "",
                    f"closed {formats.day(row.closed)}" if row.closed else "",
                    f"at the end of {formats.month(month)}",
                ],
            )
        ),
        lead=_lead(found, month),
        illustrative=row.basis == "illustrative",
        glances=_glances(found, as_at),
        words=[
            (name, text)
            for name, text in (("Diagnosis", row.diagnosis), ("Causes", row.causes), ("Next step", row.next_step))
            if text
        ],
        steps=[_step_row(step, as_at, url, row.reference) for step in found.steps],
        steps_lead=_steps_lead(found.steps, as_at),
        sections=[_section(line, url) for line in found.lines],
        reviews=[
            (one, url("activity:recovery_review", {"held": f"{one.held:%Y-%m-%d}"}, reference=row.reference))
            for one in found.reviews
        ],
        exit_criteria=row.exit_criteria,
        intervention=row.intervention if row.formal_intervention else "",
    )


def _lead(found: Recovery, month: date) -> str:
    row = found.row
    if row.closed:
        return f"Closed on {formats.day(row.closed)}: its exit criteria were met."
    measured = [line for line in found.lines if line.position.actual is not None]
    parts = []
    for line in measured[:2]:
        position = line.position
        words = f"{position.short_name}: {said(position, position.actual)} in {formats.month(month)}"
        if line.target:
            words += f", {against_words(line)[:1].lower()}{against_words(line)[1:]}"
        elif position.standard is not None:
            words += f", against a standard of {standard_of(position)}"
        parts.append(words + ".")
    if not measured:
        many = len(found.lines)
        whose = "Its measure has no figure" if many == 1 else f"None of its {many} measures has a figure"
        parts.append(f"{whose} for {formats.month(month)}.")
    late = sum(1 for step in found.steps if _is_late(step, end_of(month)))
    if late:
        parts.append(f"{counted(late, 'action')} {'is' if late == 1 else 'are'} overdue.")
    return " ".join(parts)


def _glances(found: Recovery, as_at: date) -> list[tuple[str, str, str]]:
    """Level, intervention, next action, actions done: title, figure, note."""
    row, step = found.row, found.next_step
    latest = found.reviews[0] if found.reviews else None
    due = due_words(step, as_at) if step else None
    done = [one for one in found.steps if one.judgement.rating == Rating.BLUE]
    return [
        ("Level", found.level, f"Review of {formats.day(latest.held)}" if latest else "No review is recorded"),
        (
            "Formal intervention",
            "Yes" if row.formal_intervention else "No",
            row.intervention if row.formal_intervention else "Nobody has intervened",
        ),
        (
            "Next action due",
            due.when[:1].upper() + due.when[1:] if due else "None",
            ", ".join(filter(None, [due.title, due.late]))
            if due
            else "Every action is complete"
            if found.steps
            else "No action is named",
        ),
        ("Actions complete", str(len(done)), f"of {len(found.steps)}"),
    ]


def _steps_lead(steps: Sequence[RecoveryStep], as_at: date) -> str:
    if not steps:
        return "No action is named yet."
    undated = sum(1 for step in steps if step.due is None and step.completed is None)
    late = sum(1 for step in steps if _is_late(step, as_at))
    words = [f"{late} overdue" if late else "None overdue"]
    if undated:
        words.append(f"{undated} without an agreed day")
    return f"{'; '.join(words)}, at {formats.day(as_at)}."


def _step_row(step: RecoveryStep, as_at: date, url: Url, reference: str) -> StepRow:
    return StepRow(
        step.title,
        url("activity:recovery_action", reference=reference, action=str(step.position)),
        step.owner,
        formats.dated(step.due) if step.due else "",
        f"first agreed for {formats.dated(step.agreed)}" if step.moved else "",
        step.judgement,
        f"Completed {formats.dated(step.completed)}. {sentence(step.judgement)}"
        if step.judgement.rating == Rating.BLUE and step.due
        else sentence(step.judgement),
        step.note,
        step.basis,
        step.source,
    )


def _section(line: RecoveryLine, url: Url) -> TrajectorySection:
    position = line.position
    months = [month.period for month in position.year]
    held = [month for month in position.year if month.actual is not None]
    return TrajectorySection(
        anchor=position.reference.replace(".", "-").lower(),
        name=f"{position.short_name}, {position.title}" if position.title else position.short_name,
        url=url("activity:line", reference=position.reference),
        standing=_standing(line),
        judgement=line.judgement if line.target else None,
        finding=_finding(line),
        unit=_unit(position, months),
        figure=_figure(line, months) if held or line.targets else None,
        heading="Per cent" if position.kind == Kind.PERCENTAGE else position.unit[:1].upper() + position.unit[1:],
        standard=standard_of(position),
        rows=[_trajectory_row(line, month) for month in position.year],
        illustrative=any(target.basis == "illustrative" for target in line.targets.values()),
        made_up=any(month.basis == "illustrative" for month in position.to_date),
    )


def _standing(line: RecoveryLine) -> str:
    position = line.position
    if position.actual is None:
        latest = next((month for month in reversed(position.to_date) if month.actual is not None), None)
        words = f"No figure for {formats.month(position.now.period)}."
        return words + (
            f" The latest is {said(position, latest.actual)}, in {formats.month(latest.period)}." if latest else ""
        )
    words = f"{said(position, position.actual)} in {formats.month(position.now.period)}: {missed_words(position)}"
    return f"{words}; {against_words(line)[:1].lower()}{against_words(line)[1:]}."


def _finding(line: RecoveryLine) -> str:
    position = line.position
    compared = [(month, line.targets[month.period]) for month in position.to_date if month.period in line.targets]
    if not compared:
        return (
            "No recovery trajectory to compare with yet"
            if position.to_date
            else "Nothing is reported for this year yet"
        )
    direction = Direction(position.direction)
    off = [month for month, target in compared if adverse(month.actual or Decimal(0), target.value, direction) > 0]
    if not off:
        return f"On or better than the recovery trajectory in {counted(len(compared), 'month')}"
    if len(off) == len(compared):
        return f"Behind the recovery trajectory in {'the only month' if len(off) == 1 else f'all {len(off)} months'} compared"
    return f"Behind the recovery trajectory in {len(off)} of {counted(len(compared), 'month')}"


def _unit(position: LinePosition, months: Sequence[date]) -> str:
    unit = "Per cent" if position.kind == Kind.PERCENTAGE else position.unit[:1].upper() + position.unit[1:]
    words = f"{unit}, {formats.month(months[0])} to {formats.month(months[-1])}"
    return words + ("; the scale does not begin at nought" if position.kind == Kind.PERCENTAGE else "")


def _figure(line: RecoveryLine, months: Sequence[date]) -> charts.Figure:
    position = line.position
    targets = [line.targets.get(month) for month in months]
    reported = [month.actual if month.period <= position.now.period else None for month in position.year]
    series = []
    if line.targets:
        series.append(charts.Series("plan", "Recovery", [float(one.value) if one else None for one in targets]))
    if any(value is not None for value in reported):
        series.append(
            charts.Series("actual", "Actual", [None if value is None else float(value) for value in reported])
        )
    if position.standard is not None:
        series.append(charts.Series("target", "Standard", [float(position.standard)] * len(months)))
    percentage = position.kind == Kind.PERCENTAGE
    return charts.by_month(
        months,
        series,
        from_zero=not percentage,
        suffix="%" if percentage else "",
        places=formats.places_for(position.kind, position.standard),
    )


def _trajectory_row(line: RecoveryLine, month: Month) -> TrajectoryRow:
    position, target = line.position, line.targets.get(month.period)
    due = month.period <= position.now.period
    actual = month.actual if due else None
    difference = (
        ""
        if actual is None or target is None
        else formats.number(
            actual - target.value, formats.places_for(position.kind, actual - target.value), signed=True
        )
    )
    return TrajectoryRow(
        month.period,
        month.period == position.now.period,
        value_of(position, target.value) if target else "",
        value_of(position, actual),
        "not reported" if due else "–",
        difference,
    )


@dataclass(frozen=True)
class LineRecovery:
    """What a line's page says of recovery: its open recovery plan, or that a failing standard has none."""

    sentence: str
    failing: bool
    title: str = ""
    url: str = ""
    start_url: str = ""
    facts: Sequence[tuple[str, str]] = ()
    illustrative: bool = False


def line_recovery(
    found: RecoveryOfLine | None, position: LinePosition, month: date, url: Url, *, fails: bool
) -> LineRecovery | None:
    """None where the line neither fails nor has a recovery plan."""
    if found is None:
        if not fails:
            return None
        return LineRecovery(
            f"The standard is missed, {missed_words(position)}, and no recovery plan is open for it.",
            True,
            start_url=url("activity:recovery_open", {"line": position.reference}),
        )
    facts = [("Level", found.level)]
    if found.formal_intervention:
        facts.append(("Formal intervention", "Yes"))
    if found.step:
        when = f"due {formats.day(found.step_due)}" if found.step_due else "no day agreed"
        days = (end_of(month) - found.step_due).days if found.step_due else 0
        late = f", {counted(days, 'day')} late at the end of {formats.month(month)}" if days > 0 else ""
        facts.append(("Next action", f"{found.step}: {', '.join(filter(None, [found.step_owner, when]))}{late}"))
    else:
        facts.append(("Next action", "None is open"))
    if found.target is None:
        against = "It sets no recovery trajectory for this month."
    elif position.actual is None:
        against = f"Its trajectory for {formats.month(month)} is {said(position, found.target)}; no figure is held."
    else:
        words = distance_words(position, position.actual, found.target)
        against = (
            f"{said(position, position.actual)} in {formats.month(month)}: {words[:1].lower()}{words[1:]} for recovery."
        )
    return LineRecovery(
        against,
        fails,
        found.title,
        url("activity:recovery", reference=found.reference),
        facts=facts,
        illustrative=found.target is not None and found.target_basis == "illustrative",
    )
