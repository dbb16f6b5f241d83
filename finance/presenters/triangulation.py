"""The checks of a plan against itself, in sentences and rows. Computes nothing that the query gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from finance.presenters.contracts import word_of
from finance.queries.triangulation import MONEY, Check, Figure, Triangulation
from opplan.calc.rag import Rating
from opplan.calc.triangulation import Distance, Must
from opplan.web import formats
from opplan.web.formats import counted

Address = Callable[..., str]


def headline(found: Triangulation) -> str:
    """How many pairs of figures agree, and the largest mismatch."""
    told, apart = found.told, found.apart
    if not told:
        return "None of the plan’s figures can be compared with another yet"
    agree = len(told) - len(apart)
    if not apart:
        return f"All {len(told)} pairs of figures agree" if len(told) > 1 else "The one pair of figures agrees"
    return f"{agree} of {len(told)} pairs of figures agree; the largest mismatch is {_mismatch(apart[0])}"


def _mismatch(check: Check) -> str:
    difference = abs(check.compared.difference or Decimal(0))
    how_far = (
        formats.in_words(difference) if check.unit == MONEY else f"{formats.number(difference)} {check.unit}"
    )  # fmt: skip
    return f"{how_far}, {check.subject}"


def lead(found: Triangulation) -> str:
    """What the checks are, how many could not be made, and what savings name no activity."""
    sentences = [
        "Money, activity and contracts of one plan should tell one story; each pair below is one figure seen twice."
    ]
    if untold := len(found.checks) - len(found.told):
        sentences.append(f"{counted(untold, 'pair').capitalize()} cannot be compared: a figure is missing.")
    if found.silent:
        schemes = f"{counted(found.silent, 'scheme')} worth {formats.in_words(found.silent_worth)}"
        verb = "names" if found.silent == 1 else "name"
        sentences.append(
            f"{schemes} {verb} no change in activity, so that none of the savings can be checked against it."
        )
    return " ".join(sentences)


@dataclass(frozen=True)
class FigureShown:
    """A figure with the page that holds it, and what a screen reader hears of it."""

    value: str
    url: str
    heard: str


@dataclass(frozen=True)
class CheckRow:
    """A check as a row of its table."""

    subject: str
    found: FigureShown
    expected: FigureShown
    difference: str
    tolerance: str
    rating: Rating
    word: str
    why: str
    illustrative: bool


@dataclass(frozen=True)
class CheckGroup:
    """The checks of one rule. `found` and `expected` are what its two columns of figures are called."""

    code: str
    title: str
    takeaway: str
    found: str
    expected: str
    rows: Sequence[CheckRow]


def check_groups(checks: Iterable[Check], url: Address) -> list[CheckGroup]:
    """The checks by rule. Money in £000, activity as its line counts it."""
    groups = []
    for rule, held in groupby(checks, key=lambda one: one.rule):
        mine = list(held)
        told = [one for one in mine if one.compared.can_be_told]
        agree = sum(1 for one in told if one.compared.agrees)
        takeaway = f"{agree} of {len(told)} agree." if told else "None can be compared yet."
        names = (mine[0].found.name, mine[0].expected.name)
        groups.append(CheckGroup(rule.code, rule.title, takeaway, *names, [_row(one, url) for one in mine]))
    return groups


def _row(check: Check, url: Address) -> CheckRow:
    return CheckRow(
        check.subject,
        _figure(check, check.found, url),
        _figure(check, check.expected, url),
        _written(check, check.compared.difference, signed=True),
        tolerance_words(check),
        check.compared.rating,
        word_of(check.compared),
        why(check),
        check.illustrative,
    )


def _figure(check: Check, figure: Figure, url: Address) -> FigureShown:
    value = _written(check, figure.value) or "Not given"
    return FigureShown(value, url(figure.page, **figure.parts), f"{check.subject}: {figure.name}")


def _written(check: Check, value: Decimal | None, *, signed: bool = False) -> str:
    if value is None:
        return ""
    if check.unit == MONEY:
        return f"{formats.in_thousands(value, signed=signed)}"
    return f"{formats.number(value, signed=signed)} {check.unit}"


def tolerance_words(check: Check) -> str:
    """What the check tolerates: ±£1,000, or ±1%."""
    bound = check.tolerance.green
    in_money = check.rule.distance == Distance.THOUSANDS
    words = formats.pounds(bound * 1000) if in_money else f"{formats.plain(bound)}%"
    return f"up to {words} above" if check.rule.must == Must.BE_WITHIN else f"±{words}"


def why(check: Check) -> str:
    """By how much the two are apart in the tolerance's unit, or why they cannot be compared."""
    held = check.compared
    if not held.can_be_told or held.distance is None or held.difference is None:
        return check.wanting or "A figure is missing"
    if not held.difference:
        return "The same figure"
    if check.rule.must == Must.BE_WITHIN and held.difference < 0:
        return "Within it"
    side = "above" if held.difference > 0 else "below"
    if check.rule.distance == Distance.THOUSANDS:
        return f"{formats.in_words(abs(held.difference))} {side}"
    return f"{formats.per_cent(held.distance, 2)} {side}"


CSV_HEADS = (
    *("Rule", "What must hold", "Subject", "First figure", "First value", "Second figure", "Second value"),
    *("Unit", "Difference", "Apart", "Tolerance", "Tolerance in", "Result", "Why", "Basis"),
)


def csv_rows(checks: Iterable[Check]) -> Iterable[Sequence[object]]:
    """A row a check: money in pounds, activity in what its line counts."""
    for one in checks:
        held = one.compared
        yield (
            *(one.rule.code, one.rule.title, one.subject, one.found.name, held.found),
            *(one.expected.name, held.expected, one.unit, held.difference),
            None if held.distance is None else f"{held.distance:.4f}",
            *(one.tolerance.green, str(one.rule.distance), word_of(held), why(one)),
            "illustrative" if one.illustrative else "",
        )
