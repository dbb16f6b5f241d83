"""What each figure would do to what a plan holds. Pure: it is handed both.

- A closed month keeps what it reported, its figures and also that a figure which was due is absent: whatever would change it is
  refused. What the plan was not due to report in that month may be added.
- An absent figure never takes the place of one that is held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from activity.imports.ground import (
    Aimed,
    Aims,
    DelayKey,
    Effect,
    Ground,
    HeldDelay,
    HeldReading,
    KnownLine,
    Outcome,
    ReadingKey,
)
from opplan.imports.report import Report, Severity
from opplan.web.formats import counted
from opplan.web.formats import month as month_name


def effects(
    found: Aims,
    readings: Mapping[ReadingKey, HeldReading],
    delays: Mapping[DelayKey, HeldDelay],
    ground: Ground,
    report: Report,
) -> list[Effect]:
    """What each figure would do to what the plan holds, in the order of the files."""
    listed: list[Effect] = []
    kept = 0
    for key, aimed in found.readings.items():
        effect = _on_reading(found.lines[key[0]], key[1], aimed, readings.get(key), ground.closed)
        if effect is None:
            kept += 1
            report.warning(
                aimed.place, f"{key[0]}, {month_name(key[1])}: the file has no figure; what the plan holds stays"
            )
        else:
            listed.append(effect)
    report.skip(None, kept, "absent figures that would take the place of what the plan holds")
    for delay, aimed in found.delays.items():
        listed.append(_on_delay(delay, aimed, delays.get(delay), ground.closed))
    _tell_what_is_gone(found, delays, report)
    _tell_what_is_beyond(listed, ground.last, report)
    return listed


def _on_reading(
    line: KnownLine, period: date, aimed: Aimed, held: HeldReading | None, closed: AbstractSet[date]
) -> Effect | None:
    """None where an absent figure would take the place of what is held or, in a closed month, was reported."""
    was = (
        (held.numerator, held.denominator, held.status)
        if held and (held.numerator is not None or held.status)
        else None
    )
    effect = Effect(Outcome.SAME, line, None, period, was, aimed.values, aimed.place, row=held.key if held else None)
    if aimed.refusal:
        effect.outcome, effect.reason = Outcome.REFUSED, aimed.refusal
        return effect
    if was == aimed.values:
        return effect
    if aimed.numerator is None and held is not None and (held.numerator is not None or period in closed):
        return None
    if period in closed and held is not None and (was is not None or held.planned):
        effect.outcome, effect.reason = Outcome.REFUSED, _closed(period)
        return effect
    effect.outcome = Outcome.NEW if was is None or was[0] is None else Outcome.CHANGED
    if effect.outcome is Outcome.CHANGED and held is not None and held.basis == "entered":
        effect.entered = held.source or "Entered in opplan"
    return effect


def _on_delay(key: DelayKey, aimed: Aimed, held: HeldDelay | None, closed: AbstractSet[date]) -> Effect:
    was = (held.days, held.patients, held.status) if held else None
    will = aimed.values
    if held is not None and aimed.denominator is None:
        will = (aimed.numerator, held.patients, aimed.status)
    effect = Effect(Outcome.SAME, None, key, key[1], was, will, aimed.place)
    if aimed.refusal:
        effect.outcome, effect.reason = Outcome.REFUSED, aimed.refusal
    elif was is None:
        effect.outcome = Outcome.NEW
    elif was != will:
        effect.outcome = Outcome.CHANGED
        if key[1] in closed:
            effect.outcome, effect.reason = Outcome.REFUSED, _closed(key[1])
    return effect


def _closed(month: date) -> str:
    return f"{month_name(month)} is closed. Ask the programme office or the finance lead to reopen it."


def _tell_what_is_gone(found: Aims, delays: Mapping[DelayKey, HeldDelay], report: Report) -> None:
    """Say which categories of a cut the plan holds and the file no longer has."""
    given = {key[:3]: aimed.place for key, aimed in found.delays.items()}
    for key in delays.keys() - found.delays.keys():
        if key[:3] in given and delays[key].days:
            what = " ".join(part for part in key[3:] if part)
            report.warning(
                given[key[:3]],
                f"{key[0]}, {month_name(key[1])}: “{what}” is held and is not in the file; what is held stays",
            )


def _tell_what_is_beyond(listed: Iterable[Effect], last: date, report: Report) -> None:
    """Say of each measure, and of the delays of each place, what the plan would hold of months after its year."""
    beyond: dict[str, list[Effect]] = defaultdict(list)
    for one in listed:
        if one.period > last and one.outcome is not Outcome.REFUSED:
            beyond[one.line.measure.code if one.line else f"Delays of {one.delay[0] if one.delay else ''}"].append(one)
    for what, found in beyond.items():
        lines = sorted({one.line.reference for one in found if one.line})
        of = f" ({counted(len(lines), 'line')})" if len(lines) > 1 else ""
        where = "they show in the CSV of the line alone" if lines else "no page of this plan shows them"
        until = month_name(max(one.period for one in found))
        text = f"{what}{of}: {counted(len(found), 'figure')} of months after the plan's year, the last of {until}. Stored, but {where}."
        for one in found:
            report.together(Severity.NOTE, one.place, text)
