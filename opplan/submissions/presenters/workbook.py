"""The workbook's page in words: how complete it is, what is missing and where to mend it, which checks are not met. Computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opplan.submissions import layout
from opplan.submissions.monthly.checks import (
    COMPLETENESS_OF_ACTIVITY,
    COMPLETENESS_OF_SAVINGS,
    RULES,
    Check,
    Rule,
    Severity,
)
from opplan.web import formats

if TYPE_CHECKING:
    from datetime import date

    from opplan.submissions.monthly.contents import Contents

Urls = Callable[..., str]
# A page stays readable and below its size whatever the plan holds: the rest stands on the Checks sheet.
MOST = 100
SAID_ELSEWHERE = {COMPLETENESS_OF_SAVINGS, COMPLETENESS_OF_ACTIVITY}


@dataclass(frozen=True)
class Part:
    """A sheet of the workbook with what it holds and how complete that is."""

    name: str
    holds: str
    state: str
    late: bool = False


@dataclass(frozen=True)
class Missing:
    """A scheme or line that owes figures: which months, and where they are typed."""

    reference: str
    title: str
    months: str
    count: int
    url: str


@dataclass(frozen=True)
class MissingOf:
    """What one sheet lacks; `more` counts the rows that the page leaves to the Checks sheet."""

    title: str
    rows: Sequence[Missing]
    more: int


@dataclass(frozen=True)
class Finding:
    """A check that is not met, with where to mend it."""

    check: Check
    url: str


@dataclass(frozen=True)
class Findings:
    """The checks that are not met, stops first; `more` counts those that the page leaves to the Checks sheet."""

    rows: Sequence[Finding]
    more: int


@dataclass(frozen=True)
class RuleTally:
    """A rule with how many of its checks are met."""

    rule: Rule
    met: int
    not_met: int


def headline(contents: Contents) -> str:
    """How much of what is due stands in the workbook."""
    month = formats.month(contents.month)
    if not contents.due:
        return f"The workbook for {month} is ready: nothing is due yet"
    if contents.reported == contents.due:
        return f"The workbook for {month} is complete: all {formats.number(contents.due)} figures due are reported"
    absent = contents.due - contents.reported
    return f"The workbook for {month} lacks {formats.number(absent)} of the {formats.number(contents.due)} figures due"


def lead(contents: Contents) -> str:
    """What stops it and what warns."""
    stops, warns = _severities(contents)
    stopped = f"{formats.counted(stops, 'check').capitalize()} {'stops' if stops == 1 else 'stop'} it"
    warned = f"{formats.counted(warns, 'warning')} {'goes' if warns == 1 else 'go'} with it"
    met = len(contents.checks) - len(contents.not_met)
    return f"{stopped}; {warned}. {formats.number(met)} of {formats.number(len(contents.checks))} checks are met."


def _severities(contents: Contents) -> tuple[int, int]:
    found = Counter(check.rule.severity for check in contents.not_met)
    return found[Severity.STOP], found[Severity.WARN]


def parts(contents: Contents) -> list[Part]:
    """The four sheets."""
    stops, warns = _severities(contents)
    return [
        Part(
            layout.COVER,
            "Organisation, year, version, when the data last changed and by whom, completeness, and how to read it",
            "Complete",
        ),
        Part(
            layout.QIPP,
            f"{formats.counted(len(contents.schemes), 'scheme').capitalize()}: planned, actual and forecast saving by month, totals, "
            "and the requirement in its four states. GBP thousands",
            *_state(contents.savings_reported, contents.savings_due),
        ),
        Part(
            layout.ACTIVITY,
            f"{formats.counted(len(contents.lines), 'line').capitalize()} with their codes: plan and actual by month, "
            "the year, and the rating",
            *_state(contents.activity_reported, contents.activity_due),
        ),
        Part(
            layout.CHECKS,
            f"{formats.counted(len(contents.checks), 'check').capitalize()}, each with its cell and its formula",
            f"{formats.counted(stops, 'stop').capitalize()}, {formats.counted(warns, 'warning')}",
            bool(stops),
        ),
    ]


def _state(reported: int, due: int) -> tuple[str, bool]:
    if not due:
        return "Nothing due yet", False
    if reported == due:
        return f"All {formats.number(due)} figures due", False
    return f"{formats.number(reported)} of {formats.number(due)} figures due", True


def missing(contents: Contents, urls: Urls) -> list[MissingOf]:
    """The schemes and lines that owe figures, each with a link to where they are typed."""
    savings = [
        Missing(
            row.standing.reference,
            row.standing.title,
            _named(row.missing),
            len(row.missing),
            urls("finance:scheme", reference=row.standing.reference),
        )
        for row in contents.schemes
        if row.missing
    ]
    readings = [
        Missing(
            row.standing.reference,
            ", ".join(filter(None, (row.standing.short_name, row.standing.title))),
            _named(row.missing),
            len(row.missing),
            urls("activity:line", reference=row.standing.reference),
        )
        for row in contents.lines
        if row.missing
    ]
    groups = (("Savings", savings), ("Activity", readings))
    return [MissingOf(title, rows[:MOST], max(len(rows) - MOST, 0)) for title, rows in groups if rows]


def _named(months: Sequence[date]) -> str:
    """Months as a run where they are one: Apr to Sep 2016."""
    if len(months) > 2 and _number(months[-1]) - _number(months[0]) == len(months) - 1:
        return f"{months[0]:%b} to {formats.short_month(months[-1])}"
    return formats.listed([formats.short_month(month) for month in months])


def _number(month: date) -> int:
    return month.year * 12 + month.month


def findings(contents: Contents, urls: Urls) -> Findings:
    """The checks that are not met, save those of completeness, which have a list of their own."""
    found = [check for check in contents.not_met if check.rule.code not in SAID_ELSEWHERE]
    found.sort(key=lambda check: check.rule.severity != Severity.STOP)
    return Findings([Finding(check, _url(check, urls)) for check in found[:MOST]], max(len(found) - MOST, 0))


def _url(check: Check, urls: Urls) -> str:
    if check.scheme:
        return urls("finance:scheme", reference=check.scheme)
    if check.line:
        return urls("activity:line", reference=check.line)
    return urls("finance:schemes")


def rules(contents: Contents) -> list[RuleTally]:
    """Every rule with how many of its checks are met."""
    met = Counter(check.rule.code for check in contents.checks if check.met)
    failed = Counter(check.rule.code for check in contents.not_met)
    return [RuleTally(rule, met[code], failed[code]) for code, rule in RULES.items()]


def closed(contents: Contents) -> str:
    """Which months the workbook locks."""
    shut = [month for month in contents.months if month in contents.closed]
    return _named(shut) if shut else ""
