"""Numbers typed by hand beside the figures of the plan: those that are a figure, and those that should be and are not.

A number is compared with the figures of its unit whose telling words all stand in the same sentence. One that is a figure at the
rounding in which either is printed is offered its name. One that is none of them, though near to one that no other number of the
sentence accounts for, is a finding. It is silent where it cannot know: of a sentence about another year, a number far from every
figure, one that is said to be about so much and is, and one marked as another's.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from opplan.submissions.figures.figure import PER_CENT, POUNDS, Catalogue, Figure
from opplan.submissions.narrative.marks import NAME, QUOTED, line_of

SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "billion": 9}
NUMBER = re.compile(
    r"(?<![\w./–#-])(?P<pound>£ ?)?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,15}(?:\.\d{1,6})?)"
    r"(?:[  ]?(?P<scale>million|billion|thousand|bn|mn|m|k)\b)?(?P<percent>[  ]?(?:%|per[  ]?cent\b))?"
    r"(?![\w/%]|[.,]\d|[-–]\w)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])[\s ]+(?=[^a-z])|\n\s*\n|\n(?=\s*(?:[-*+•]|\d{1,3}[.)]|#{1,6})\s)")
LINK = re.compile(r"\]\([^)\n]*\)")
WORD = re.compile(r"[a-z0-9&]+")
YEAR = re.compile(r"\b(20\d\d)(?:[/-](\d{2,4}))?\b")
OTHER_TIME = re.compile(r"\b(last|previous|next|following) year\b", re.IGNORECASE)
ABOUT = re.compile(
    r"\b(about|around|circa|roughly|nearly|almost|over|under|above|below|(more|less|fewer) than|at (least|most)|up to|some"
    r"|(min|max)imum of)\s*$",
    re.IGNORECASE,
)
CALENDAR = frozenset(name.lower() for name in month_name if name)
LARGE = Decimal(10_000)
NEAR_ENOUGH = Decimal("0.15")
BANDS = {POUNDS: Decimal(2), PER_CENT: Decimal(2)}
ROUNDED_OFF = Decimal("0.05")
COUNT_BAND = Decimal("1.25")
NOUN_WITHIN = 3
AROUND = 60
"""How many characters around a number are looked at for what is counted, and for whether it is about so much."""
SHORT = 3


@dataclass(frozen=True)
class Typed:
    """A number as somebody typed it: its place in the text, its value, and the least that its digits tell apart."""

    start: int
    end: int
    words: str
    value: Decimal
    step: Decimal
    units: frozenset[str]
    noun: str
    about: bool


@dataclass(frozen=True)
class Finding:
    """A typed number and the figure of the plan that it is (`same`), or that its sentence speaks of and that differs from it."""

    typed: Typed
    figure: Figure
    sentence: str
    line: int
    same: bool


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text, its place, and what it says once the marks are blanked out."""

    start: int
    text: str
    bare: str

    @cached_property
    def said(self) -> tuple[frozenset[str], str]:
        low = self.text.lower()
        return frozenset(WORD.findall(low)), low


def findings(text: str, figures: Catalogue, year: str) -> list[Finding]:
    """The findings of a text in their order. `year` is the plan's, such as 2016-17."""
    return [one for sentence in sentences(text) for one in _of_sentence(text, sentence, figures, year)]


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text. Names of figures, quoted numbers and the addresses of links are blanked out of `bare`, in place."""
    bare = text
    for pattern in (NAME, QUOTED, LINK):
        bare = pattern.sub(lambda found: " " * len(found[0]), bare)
    start = 0
    for end, following in [*((one.start(), one.end()) for one in SENTENCE.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            yield Sentence(start, text[start:end], bare[start:end])
        start = following


def speaks_of(sentence: Sentence, figure: Figure) -> bool:
    """Whether every telling word of the figure stands in the sentence."""
    words, low = sentence.said
    return all(any(_stands(one, words, low) for one in part.split("|")) for part in figure.words)


def _stands(word: str, words: frozenset[str], low: str) -> bool:
    if " " in word or "-" in word:
        return word in low
    if len(word) <= SHORT:
        return word in words or f"{word}s" in words
    return any(one.startswith(word) for one in words)


def _of_sentence(text: str, sentence: Sentence, figures: Catalogue, year: str) -> Iterator[Finding]:
    numbers = list(_numbers(sentence))
    if not numbers:
        return
    about = [one for one in figures.values() if one.value is not None and speaks_of(sentence, one)]
    told = [figures[name] for found in NAME.finditer(sentence.text) if (name := found[1].strip()) in figures]
    same = {one: [figure for figure in about if _fits(one, figure) and _equal(one, figure)] for one in numbers}
    told += [held[0] for held in same.values() if held]
    accounted = {(figure.unit, figure.printed) for figure in told}
    other_year = _another_year(sentence.text, year)
    for one in numbers:
        if same[one]:
            figure, agrees = min(same[one], key=lambda figure: _distance(one, figure)), True
            if one.about and _rounded(abs(figure.value or Decimal(0)), figure.step) != one.value:
                continue
        elif other_year:
            continue
        else:
            left = [figure for figure in about if _fits(one, figure) and (figure.unit, figure.printed) not in accounted]
            near = [figure for figure in left if _near(one, figure)]
            if not near or (one.about and any(_about(one, figure) for figure in near)):
                continue
            figure, agrees = min(near, key=lambda figure: _distance(one, figure)), False
        shown = " ".join(sentence.text.split())
        yield Finding(one, figure, shown, line_of(text, one.start), agrees)


def _distance(typed: Typed, figure: Figure) -> tuple[Decimal, int, str]:
    """How far apart they are; of figures with one value that of the whole goes before that of a part, whose name is longer."""
    return abs(abs(figure.value or Decimal(0)) - typed.value), figure.name.count("."), figure.name


def _numbers(sentence: Sentence) -> Iterator[Typed]:
    for found in NUMBER.finditer(sentence.bare):
        digits, scale = found["digits"], SCALES.get((found["scale"] or "").lower(), 0)
        nouns = WORD.findall(sentence.bare[found.end() : found.end() + AROUND].lower())[:NOUN_WITHIN]
        year = (
            len(digits) == 4 and digits.startswith(("19", "20")) and not (found["pound"] or scale or found["percent"])
        )
        if year or (nouns and nouns[0] in CALENDAR):
            continue
        value = Decimal(digits.replace(",", "")).scaleb(scale)
        step = Decimal(1).scaleb(scale - len(digits.partition(".")[2]))
        if found["percent"]:
            units = frozenset({PER_CENT})
        elif found["pound"]:
            units = frozenset({POUNDS})
        else:
            # A bare large number may be money or a count; a small one is only a count of what follows it.
            units = frozenset({POUNDS, ""}) if scale or ("," in digits and value >= LARGE) else frozenset({""})
        hedged = ABOUT.search(sentence.bare[max(found.start() - AROUND, 0) : found.start()]) is not None
        yield Typed(
            sentence.start + found.start(),
            sentence.start + found.end(),
            found[0].strip(),
            value,
            step,
            units,
            " ".join(nouns),
            hedged,
        )


def _fits(typed: Typed, figure: Figure) -> bool:
    """Whether the number is of the figure's unit: a count must be followed by what is counted."""
    if figure.unit in (POUNDS, PER_CENT):
        return figure.unit in typed.units
    if "" not in typed.units:
        return False
    noun = figure.unit.split()[0].rstrip("s").lower()
    return any(word.startswith(noun) for word in typed.noun.split())


def _equal(typed: Typed, figure: Figure) -> bool:
    """Whether they are one number at the rounding of either. £22m is £22.4m, but 1% is not 0.5%."""
    held = abs(figure.value or Decimal(0))
    if _rounded(typed.value, figure.step) == _rounded(held, figure.step):
        return True
    return _rounded(held, typed.step) == typed.value and abs(held - typed.value) <= ROUNDED_OFF * held


def _about(typed: Typed, figure: Figure) -> bool:
    """Whether a number that is said to be about so much is."""
    held = abs(figure.value or Decimal(0))
    return abs(held - typed.value) <= NEAR_ENOUGH * held


def _near(typed: Typed, figure: Figure) -> bool:
    """Whether the number could be meant for the figure: close to it, or its digits with the point elsewhere."""
    held = abs(figure.value or Decimal(0))
    if not held or not typed.value:
        return False
    band = BANDS.get(figure.unit, COUNT_BAND)
    if 1 / band <= typed.value / held <= band:
        return True
    return figure.unit == POUNDS and _digits(_rounded(held, figure.step)) == _digits(typed.value)


def _digits(value: Decimal) -> str:
    return "".join(map(str, value.normalize().as_tuple().digits))


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding="ROUND_HALF_UP") * step


def _another_year(text: str, year: str) -> bool:
    """Whether the sentence speaks of a year that is not the plan's, so that its numbers may be another year's."""
    first = int(year[:4])
    for found in YEAR.finditer(text):
        start, end = int(found[1]), found[2]
        if end is None and start not in (first, first + 1):
            return True
        if end is not None and start != first:
            return True
    return OTHER_TIME.search(text) is not None


def disagreements(found: Iterable[Finding]) -> list[Finding]:
    """Those that differ."""
    return [one for one in found if not one.same]


def with_name(text: str, finding: Finding) -> str:
    """The text with the typed number replaced by the name of the figure."""
    typed = finding.typed
    return f"{text[: typed.start]}{{{{ {finding.figure.name} }}}}{text[typed.end :]}"
