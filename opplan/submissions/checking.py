"""Works out the checks of a filled template: each with its code, its cell, a sentence and both figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from opplan.calc.rag import Direction, meets
from opplan.submissions.filled import Around, Cell, Extent, Filled, Key, Line, Work, answered
from opplan.submissions.formulas import Formula, Value
from opplan.submissions.rule import Rule
from opplan.submissions.written.book import CheckLine
from opplan.web import formats

MET, NOT_MET, ACCEPTED = "Met", "Not met", "Accepted"
MONTHS = 12


BLANK = Rule.model_validate(
    {
        "code": "ALL-01",
        "severity": "warn",
        "words": "No answer that the checklist asks for is blank",
        "found": "0",
        "is": "at most",
        "expected": "0",
        "on": "block.row.column",
    }
)
"""What holds for every template, whatever its definition says: how many required answers of a block are blank."""


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
    accepted: bool = False
    """Whether a person accepted it, rather than the template itself explaining it."""

    @property
    def result(self) -> str:
        return MET if self.met else ACCEPTED if self.explained else NOT_MET

    @property
    def may_be_accepted(self) -> bool:
        """Whether it is a warning that nothing of the template explains."""
        return not self.met and self.rule.severity == "warn" and (self.accepted or not self.explained)

    @property
    def stands_in_the_way(self) -> bool:
        """Whether it must be mended before anything is submitted."""
        return not self.met and self.rule.severity == "stop"

    def in_words(self, value: Value) -> str:
        """A figure of the check in words: per cent where its cell is one. Blanks are counted."""
        if not isinstance(value, Decimal):
            return str(value or "")
        if self.cell.spec.format == "percentage" and self.rule is not BLANK:
            return formats.per_cent(value * 100)
        return formats.plain(round(value, 3))

    @property
    def sentence(self) -> str:
        return f"{self.rule.words}: {self.about}." if self.about else f"{self.rule.words}."


Accepted = Mapping[tuple[str, str], tuple[str, str]]
"""The reason of each acceptance and what was found when it was given, by rule and subject."""


def checked(filled: Filled, accepted: Accepted) -> list[Checked]:
    """Every check of the template that applies, those that fail first. An acceptance ends when what was found changes."""
    work = Work(filled)
    found = [one for rule in filled.definition.checks for one in _of_rule(rule, filled, work, accepted)]
    found += _blanks(filled, accepted)
    return sorted(found, key=lambda one: (one.met, one.result == ACCEPTED, one.rule.severity != "stop"))


def _blanks(filled: Filled, accepted: Accepted) -> Iterator[Checked]:
    """One check a block that asks for answers, at its first blank cell. A question is the months of one row together."""
    by_block: dict[str, list[Sequence[Cell]]] = {}
    for question in filled.questions:
        by_block.setdefault(question[0].key.block, []).append(question)
    for block, questions in by_block.items():
        blank = [cell for question in questions for cell in question if cell.value is None]
        lacking = Decimal(sum(not answered(question) for question in questions))
        cell = blank[0] if blank else questions[0][0]
        about = f"{filled.extents[block].block.title}, {formats.counted(len(questions), 'answer')} asked for"
        yield _accepted(Checked(BLANK, cell, block, about, lacking, Decimal(0), not lacking), accepted)


def _accepted(check: Checked, accepted: Accepted) -> Checked:
    """The check with the reason for which it was accepted, as long as what was found is what was accepted."""
    reason, was = accepted.get((check.rule.code, check.subject), ("", ""))
    stands = reason and not check.met and not check.explained and check.rule.severity == "warn"
    return replace(check, explained=reason, accepted=True) if stands and was == check.in_words(check.found) else check


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
    about = _about(filled, filled.extents[cell.key.block], cell, line)
    yield _accepted(Checked(rule, cell, subject, about, found, expected, met, explained), accepted)


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


def printed(checks: Sequence[Checked]) -> list[CheckLine]:
    """The checks as the workbook prints them."""
    return [
        CheckLine(
            one.rule.code,
            one.rule.severity,
            one.cell.sheet,
            one.cell.address,
            one.sentence,
            one.in_words(one.found),
            one.in_words(one.expected) if one.expected is not None else "",
            one.result,
            "" if one.met else one.explained,
        )
        for one in checks
    ]
