"""How likely the savings are, in words for a board, with what is assumed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from opplan.calc.confidence import LEAST, MOST, SEED
from opplan.web import formats
from opplan.web.charts import Figure, histogram

if TYPE_CHECKING:
    from finance.queries.likelihood import SchemeChance
    from opplan.calc.likelihood import Likelihood


def chance_in_words(share: float) -> str:
    """A share of draws as people say chances: nobody decides better by a decimal."""
    if share < 0.005:
        return "almost no chance"
    if share > 0.995:
        return "almost certain"
    if share < 0.05:
        return "less than one chance in twenty"
    if share > 0.95:
        return "more than nineteen chances in twenty"
    return f"about {round(share * 10)} chances in ten" if round(share * 10) != 1 else "about one chance in ten"


def likelihood_headline(drawn: Likelihood, requirement: Decimal) -> str:
    chance = chance_in_words(drawn.reaches)
    return (
        f"There is {chance} of saving the {formats.in_words(requirement)} required"
        if not chance.startswith("almost certain")
        else (f"It is almost certain that the {formats.in_words(requirement)} required is saved")
    )


def likelihood_lead(drawn: Likelihood) -> str:
    words = (
        f"In eight years of ten the schemes would save between {_money(drawn.p10)} and {_money(drawn.p90)}; "
        f"half of them more than {_money(drawn.p50)}."
    )
    if drawn.to_be_found > 0:
        words += (
            f" To make the requirement as likely as four chances in five, another {_money(drawn.to_be_found)} "
            "must be found: that is what the savings that have no scheme yet must yield."
        )
    return words


def _money(value: float) -> str:
    return formats.in_words(Decimal(round(value)))


@dataclass(frozen=True)
class ChanceRow:
    reference: str
    title: str
    programme: str
    delivered: str
    to_come: str
    chance: str
    between: str
    expected: str
    matters: str
    own: bool


def chance_rows(chances: Sequence[SchemeChance], drawn: Likelihood) -> list[ChanceRow]:
    """The schemes, those that matter most first."""
    shares = dict(drawn.matters)
    return [
        ChanceRow(
            one.reference,
            one.title,
            one.programme,
            formats.in_thousands(one.delivered),
            formats.in_thousands(one.to_come),
            formats.per_cent(one.chance, 0),
            f"{formats.number(one.least)}% to {formats.number(one.most)}%",
            formats.in_thousands(one.expected),
            formats.per_cent(Decimal(str(max(shares.get(one.reference, 0.0), 0.0))) * 100, 0),
            one.own,
        )
        for one in sorted(chances, key=lambda one: -shares.get(one.reference, 0.0))
    ]


@dataclass(frozen=True)
class Spread:
    figure: Figure
    finding: str
    rows: list[tuple[str, str]]


def spread(drawn: Likelihood, requirement: Decimal) -> Spread:
    """How many of the draws save how much, with the requirement marked."""
    buckets = [(edge / 1_000_000, count) for edge, count in drawn.buckets]
    step = buckets[1][0] - buckets[0][0] if len(buckets) > 1 else 1.0
    reached = round(drawn.reaches * drawn.draws)
    return Spread(
        histogram(
            buckets,
            wanted=float(requirement) / 1_000_000,
            wanted_label=f"Required {formats.millions(requirement)}",
            prefix="£",
            suffix="m",
        ),
        f"{formats.number(reached)} of {formats.number(drawn.draws)} drawn years reach the requirement",
        [(f"{_millions(edge)} to {_millions(edge + step)}", formats.number(count)) for edge, count in buckets],
    )


def _millions(value: float) -> str:
    return formats.millions(Decimal(str(round(value * 1_000_000))))


@dataclass(frozen=True)
class Outcome:
    """One thing that a board asks: what it takes, how likely it is, and why in a sentence."""

    question: str
    answer: str
    note: str
    illustrative: bool = False


def outcomes(
    drawn: Likelihood, requirement: Decimal, break_even: Decimal | None, *, illustrative: bool = False
) -> list[Outcome]:
    """Whether the requirement is reached, whether the plan breaks even, and what the savings without a scheme must yield."""
    reached = chance_in_words(drawn.reaches)
    if break_even is None:
        even = Outcome(
            "Breaking even",
            "Cannot be told",
            "No lines of the financial plan give a surplus, so what must be saved to break even is not known.",
        )
    else:
        even = Outcome(
            f"Breaking even: {formats.in_words(break_even)} saved",
            _sentence(chance_in_words(drawn.breaks_even)),
            f"The requirement of {formats.in_words(requirement)} less the surplus of "
            f"{formats.in_words(requirement - break_even)} that the plan’s lines leave in the year."
            if break_even
            else "The surplus that the plan’s lines leave in the year is no smaller than the requirement.",
            illustrative,
        )
    found = (
        Outcome(
            "For four chances in five",
            f"{_money(drawn.to_be_found)} more",
            "What the savings that have no scheme yet must yield, beyond what these schemes save in four years of five.",
        )
        if drawn.to_be_found > 0
        else Outcome(
            "For four chances in five", "Nothing more", "The schemes reach the requirement that often already."
        )
    )
    return [
        Outcome(
            f"Reaching the requirement: {formats.in_words(requirement)} saved",
            _sentence(reached),
            f"{formats.per_cent(Decimal(str(drawn.reaches)) * 100, 0)} of the drawn years.",
        ),
        even,
        found,
    ]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class LikelihoodPage:
    headline: str
    lead: str
    glance: list[tuple[str, str, str]]
    outcomes: list[Outcome]
    spread: Spread
    rows: list[ChanceRow]


def likelihood_page(
    chances: Sequence[SchemeChance],
    drawn: Likelihood,
    requirement: Decimal,
    break_even: Decimal | None,
    *,
    illustrative: bool,
) -> LikelihoodPage:
    """`illustrative` says whether the surplus that breaking even rests on is."""
    return LikelihoodPage(
        likelihood_headline(drawn, requirement),
        likelihood_lead(drawn),
        [
            ("One year in ten saves less than", _money(drawn.p10), "P10 of the draws"),
            ("Half of the years save more than", _money(drawn.p50), "P50 of the draws"),
            ("One year in ten saves more than", _money(drawn.p90), "P90 of the draws"),
            (
                "Weighed by chance, without draws",
                formats.in_words(_weighed(chances)),
                "each scheme’s expected saving, added",
            ),
        ],
        outcomes(drawn, requirement, break_even, illustrative=illustrative),
        spread(drawn, requirement),
        chance_rows(chances, drawn),
    )


def _weighed(chances: Sequence[SchemeChance]) -> Decimal:
    return sum((one.expected for one in chances), Decimal(0))


@dataclass(frozen=True)
class EffectRow:
    title: str
    saved: str
    typed: str
    difference: str


def effect(
    stored: tuple[Sequence[SchemeChance], Likelihood], typed: tuple[Sequence[SchemeChance], Likelihood]
) -> list[EffectRow]:
    """What typed chances make of the year beside those that are saved."""

    def money(title: str, was: float, now: float) -> EffectRow:
        apart = Decimal(round(now)) - Decimal(round(was))
        return EffectRow(title, _money(was), _money(now), _signed(apart))

    def share(title: str, was: float, now: float) -> EffectRow:
        points = Decimal(str(now - was)) * 100
        return EffectRow(title, _per_cent(was), _per_cent(now), f"{formats.number(points, 1, signed=True)} points")

    before, after = stored[1], typed[1]
    return [
        share("Years that reach the requirement", before.reaches, after.reaches),
        money("P10", before.p10, after.p10),
        money("P50", before.p50, after.p50),
        money("P90", before.p90, after.p90),
        money("Weighed by chance, without draws", float(_weighed(stored[0])), float(_weighed(typed[0]))),
        money("To be found for four chances in five", before.to_be_found, after.to_be_found),
    ]


def _per_cent(share: float) -> str:
    return formats.per_cent(Decimal(str(share)) * 100)


def _signed(pounds: Decimal) -> str:
    return ("+" if pounds > 0 else "") + formats.in_words(pounds) if pounds else "same"


def assumed_in_words(together: Decimal) -> list[str]:
    """What the draws assume, a sentence each."""
    return [
        "What is reported as saved is certain. What is still forecast is saved or not by the scheme’s chance; where nobody has set "
        "one it follows the scheme’s rating: 90% green, 50% amber or not rated, 10% red. These weights are general knowledge.",
        f"A scheme that delivers saves between {formats.number(LEAST)}% and {formats.number(MOST)}% of what is still to come, most "
        "likely all of it, unless a range of its own is set.",
        f"Schemes of one programme share their luck: their draws correlate by {formats.number(together, 1)}.",
        "Savings that have no scheme, and ideas, save nothing here.",
        f"Ten thousand years are drawn from one fixed start (seed {SEED}), so the same figures always give the same answer.",
    ]
