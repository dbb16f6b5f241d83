"""The checks of a template in words: what fails, where, and what may be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opplan.submissions.checking import ACCEPTED, BLANK, Checked
from opplan.submissions.definition import Definition
from opplan.web import formats

Address = Callable[..., str]
SEVERITIES = {"stop": "Stop", "warn": "Warn"}


@dataclass(frozen=True)
class TemplateRow:
    """A template with how its checks stand."""

    title: str
    url: str
    checks: int
    met: int
    accepted: int
    warns: int
    stops: int


@dataclass(frozen=True)
class CheckRow:
    """A check that fails, with its cell and both figures. `url` is where it is accepted, empty where it cannot be."""

    code: str
    severity: str
    stops: bool
    accepted: bool
    place: str
    sentence: str
    found: str
    expected: str
    explained: str
    url: str


@dataclass(frozen=True)
class RuleRow:
    """A rule with how many of its checks are met."""

    code: str
    words: str
    severity: str
    met: int
    accepted: int
    failed: int


def template_row(definition: Definition, found: Sequence[Checked], url: Address) -> TemplateRow:
    failing = [one for one in found if not one.met]
    return TemplateRow(
        definition.title,
        url("submissions:checks_of", template=definition.name),
        len(found),
        len(found) - len(failing),
        sum(one.result == ACCEPTED for one in failing),
        sum(one.rule.severity == "warn" and one.result != ACCEPTED for one in failing),
        sum(one.stands_in_the_way for one in failing),
    )


def list_headline(rows: Sequence[TemplateRow]) -> str:
    checks, met = sum(row.checks for row in rows), sum(row.met for row in rows)
    return _headline(checks, met, sum(row.stops for row in rows), sum(row.warns for row in rows))


def headline(definition: Definition, found: Sequence[Checked]) -> str:
    failing = [one for one in found if not one.met and one.result != ACCEPTED]
    stops = sum(one.stands_in_the_way for one in failing)
    met = sum(one.met for one in found)
    return f"{definition.title}: {_headline(len(found), met, stops, len(failing) - stops).lower()}"


def _headline(checks: int, met: int, stops: int, warns: int) -> str:
    if not checks:
        return "No check applies yet"
    whole = f"{formats.number(met)} of {formats.counted(checks, 'check')} met"
    parts = []
    if stops:
        parts.append(f"{formats.counted(stops, 'contradiction')} to mend")
    if warns:
        parts.append(f"{formats.counted(warns, 'warning')} to mend or accept")
    return f"{whole}, {' and '.join(parts)}" if parts else f"{whole}, nothing stands in the way"


def check_row(one: Checked, definition: Definition, url: Address, *, may: bool) -> CheckRow:
    asked = {"rule": one.rule.code, "subject": one.subject}
    accept = url("submissions:accept", query=asked, template=definition.name)
    return CheckRow(
        one.rule.code,
        SEVERITIES[one.rule.severity],
        one.rule.severity == "stop",
        one.accepted,
        f"{one.cell.sheet}!{one.cell.address}",
        one.sentence,
        one.in_words(one.found),
        one.in_words(one.expected) if one.expected is not None else _band(one),
        one.explained,
        accept if may and one.may_be_accepted else "",
    )


def accepting_headline(one: Checked) -> str:
    """What is asked of a warning, or that it is accepted. Only the first letter is lowered, so that an abbreviation keeps its capitals."""
    if one.accepted:
        return f"{one.rule.code} is accepted: change the reason, or take it back"
    return f"Accept {one.rule.code}: {one.rule.words[:1].lower()}{one.rule.words[1:]}?"


def _band(one: Checked) -> str:
    """What a figure should lie between."""
    if one.rule.least is None:
        return ""
    return f"{one.in_words(one.rule.least)} to {one.in_words(one.rule.most)}"


def check_rows(found: Sequence[Checked], definition: Definition, url: Address, *, may: bool) -> list[CheckRow]:
    return [check_row(one, definition, url, may=may) for one in found]


def rule_rows(definition: Definition, found: Sequence[Checked]) -> list[RuleRow]:
    tally = Counter((one.rule.code, one.result) for one in found)
    blanks = [BLANK] if any(one.rule is BLANK for one in found) else []
    return [
        RuleRow(
            rule.code,
            rule.words,
            SEVERITIES[rule.severity],
            tally[rule.code, "Met"],
            tally[rule.code, ACCEPTED],
            tally[rule.code, "Not met"],
        )
        for rule in (*definition.checks, *blanks)
    ]
