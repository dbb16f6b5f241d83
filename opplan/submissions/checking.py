"""Works out the checks of a filled template: each with its code, its cell, a sentence and both figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from opplan.calc.rag import Direction, meets
from opplan.submissions.filled import Around, Cell, Extent, Filled, Key, Line, Work
from opplan.submissions.formulas import Formula, Value
from opplan.submissions.rule import Rule
from opplan.submissions.written import CheckLine
from opplan.web import formats

MET, NOT_MET, ACCEPTED = "Met", "Not met", "Accepted"
MONTHS = 12


@dataclass(frozen=True)
class Checked:
    """A check as it stands. `subject` says what it is about in one spelling, by which an acceptance finds it again."""

    rule: Rule
    cell: Cell
    subject: str
    about: str
    found: Value
    expected: Value
    met: bool
    explained: str = ""
    """What explains a failure away: a comment of the template, or the reason for which it was accepted."""

    @property
    def result(self) -> str:
        return MET if self.met else ACCEPTED if self.explained else NOT_MET

    @property
    def stands_in_the_way(self) -> bool:
        """Whether it must be mended before anything is submitted."""
        return not self.met and self.rule.severity == "stop"

    @property
    def sentence(self) -> str:
        return f"{self.rule.words}: {self.about}." if self.about else f"{self.rule.words}."


Accepted = Mapping[tuple[str, str], tuple[str, str]]
"""The reason of each acceptance and what was found when it was given, by rule and subject."""


def checked(filled: Filled, accepted: Accepted) -> list[Checked]:
    """Every check of the template that applies, those that fail first. An acceptance ends when what was found changes."""
    work = Work(filled)
    found = [one for rule in filled.definition.checks for one in _of_rule(rule, filled, work, accepted)]
    return sorted(found, key=lambda one: (one.met, one.result == ACCEPTED, one.rule.severity != "stop"))


def _of_rule(rule: Rule, filled: Filled, work: Work, accepted: Accepted) -> Iterator[Checked]:
    if not rule.each:
        block, _, rest = rule.on.partition(".")
        row, _, column = rest.rpartition(".")
        cell = filled.cells.get(Key(block, row, column))
        if cell is not None:
            yield from _one(rule, filled, work, cell, None, accepted)
        return
    extent = filled.extents[rule.each]
    spec = extent.block.column(rule.on)
    for line in extent.lines:
        if line.heading:
            continue
        for index in range(MONTHS if rule.months else 1):
            cell = filled.cells[Key(extent.block.key, line.key, rule.on, index if spec.repeat else 0)]
            yield from _one(rule, filled, work, cell, line, accepted)


def _one(
    rule: Rule, filled: Filled, work: Work, cell: Cell, line: Line | None, accepted: Accepted
) -> Iterator[Checked]:
    around = Around(work, cell)
    if rule.compare == "not flat":
        months = [one for one in around.values(("", "", cell.key.column), whole=True) if isinstance(one, Decimal)]
        if len(months) < MONTHS or not any(months):
            return
        found: Value = months[0]
        expected: Value = None
        met = len(set(months)) > 1
    else:
        found = Formula.read(rule.found).value(around)
        expected = Formula.read(rule.expected).value(around) if rule.expected else None
        if not isinstance(found, Decimal) or (rule.compare != "between" and not isinstance(expected, Decimal)):
            return
        met = _holds(rule, found, expected, line)
    subject = "/".join(str(part) for part in cell.key)
    explained = ""
    if not met and rule.unless and line is not None:
        explained = str(filled.cells[Key(cell.key.block, line.key, rule.unless)].value or "")
    reason, was = accepted.get((rule.code, subject), ("", ""))
    if not met and not explained and reason and rule.severity == "warn" and was == shown(found, cell):
        explained = reason
    yield Checked(
        rule, cell, subject, _about(filled, filled.extents[cell.key.block], cell, line), found, expected, met, explained
    )


def _holds(rule: Rule, found: Decimal, expected: Value, line: Line | None) -> bool:
    if rule.compare == "between":
        assert rule.least is not None
        assert rule.most is not None
        return rule.least <= found <= rule.most
    assert isinstance(expected, Decimal)
    if rule.compare == "equal":
        return abs(found - expected) <= rule.tolerance
    if rule.compare == "at least":
        return found >= expected - rule.tolerance
    if rule.compare == "at most":
        return found <= expected + rule.tolerance
    direction = str(line.values.get("direction") or "over") if line else "over"
    return bool(meets(found, expected, Direction(direction)))


def _about(filled: Filled, extent: Extent, cell: Cell, line: Line | None) -> str:
    words = (line.title or line.key) if line else ""
    month = formats.month(filled.months[cell.key.index]) if cell.spec.repeat and line and len(extent.lines) else ""
    return ", ".join(part for part in (words, month) if part)


def shown(value: Value, cell: Cell) -> str:
    """A figure of a check in words: per cent where its cell is one."""
    if not isinstance(value, Decimal):
        return str(value or "")
    if cell.spec.format == "percentage":
        return formats.per_cent(value * 100)
    return formats.plain(round(value, 3))


def printed(checks: Sequence[Checked]) -> list[CheckLine]:
    """The checks as the workbook prints them."""
    return [
        CheckLine(
            one.rule.code,
            one.rule.severity,
            one.cell.sheet,
            one.cell.address,
            one.sentence,
            shown(one.found, one.cell),
            shown(one.expected, one.cell) if one.expected is not None else "",
            one.result,
            "" if one.met else one.explained,
        )
        for one in checks
    ]
