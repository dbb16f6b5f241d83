"""How likely savings are to be delivered: many draws of a year in which each scheme may fail, fall short or do better than planned.

Schemes of one programme fail and slip together, because they share people, providers and decisions. Chance is an argument: the same
seed draws the same years. Money is pounds, as floating point: a draw is an estimate, not an account.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opplan.calc.confidence import SEED

DRAWS = 10_000


@dataclass(frozen=True)
class Chancy:
    """A scheme as chance sees it: its programme, its chance (0 to 1) of delivering at all, and what it then saves in the year.

    `least`, `likeliest` and `most` are pounds and the corners of a triangular distribution. What is already delivered is certain:
    give it as `delivered`, and the rest as the three corners.
    """

    reference: str
    programme: str
    chance: float
    least: float
    likeliest: float
    most: float
    delivered: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.chance <= 1:
            raise ValueError(f"{self.reference}: a chance lies between 0 and 1, not {self.chance}.")
        if not self.least <= self.likeliest <= self.most:
            raise ValueError(f"{self.reference}: the least, the likeliest and the most must come in that order.")

    @property
    def expected(self) -> float:
        return self.delivered + self.chance * (self.least + self.likeliest + self.most) / 3


@dataclass(frozen=True)
class Likelihood:
    """What the draws say, in pounds and shares of 1. `matters` gives each scheme's share of the spread, largest first."""

    p10: float
    p50: float
    p90: float
    expected: float
    draws: int
    reaches: float
    breaks_even: float
    matters: tuple[tuple[str, float], ...]
    to_be_found: float
    buckets: tuple[tuple[float, int], ...]
    """The lower edge of each step of the histogram, and the number of draws in it."""


def likelihood(
    schemes: Sequence[Chancy],
    *,
    requirement: float,
    break_even: float,
    together: float = 0.3,
    confidence: float = 0.8,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Likelihood:
    """Draw the year `draws` times.

    `together` (0 to 1) is how far schemes of one programme share their luck: the correlation of their draws. `breaks_even` is the
    chance of saving at least `break_even`; `to_be_found` is what must be found beyond these schemes for the requirement to be
    reached with chance `confidence`, 0 where it is. Raises ValueError for a correlation or a confidence outside 0 to 1.
    """
    if not 0 <= together <= 1 or not 0 < confidence < 1:
        raise ValueError("A correlation lies between 0 and 1, and a confidence between them.")
    saved = _drawn(schemes, together, draws, seed)
    total = saved.sum(axis=0, dtype=np.float64) + sum(scheme.delivered for scheme in schemes)
    p10, p50, p90, safe = np.percentile(total, [10, 50, 90, 100 * (1 - confidence)]) if schemes else (0.0,) * 4
    counts, edges = np.histogram(total, bins=24)
    return Likelihood(
        float(p10),
        float(p50),
        float(p90),
        float(total.mean()),
        draws,
        float((total >= requirement).mean()),
        float((total >= break_even).mean()),
        _matters(schemes, saved, total),
        max(requirement - float(safe), 0.0),
        tuple(zip(edges[:-1].tolist(), counts.tolist(), strict=True)),
    )


def _drawn(schemes: Sequence[Chancy], together: float, draws: int, seed: int) -> NDArray[np.float32]:
    """What each scheme still saves in each draw: a row a scheme.

    Luck is shared by taking, with chance √together, the programme's draw in place of the scheme's own: each scheme's draws stay
    uniform, and those of two schemes of one programme correlate by `together`. A row at a time, because ten thousand draws stay in
    the processor's cache where a million do not.
    """
    chance = np.random.default_rng(seed)
    takes = np.float32(together**0.5)

    def uniform() -> NDArray[np.float32]:
        return chance.random(draws, dtype=np.float32)

    shared = {programme: (uniform(), uniform()) for programme in sorted({scheme.programme for scheme in schemes})}
    saved = np.empty((len(schemes), draws), dtype=np.float32)
    for row, scheme in zip(saved, schemes, strict=True):
        size, delivers = (
            np.where(uniform() < takes, of_programme, uniform()) for of_programme in shared[scheme.programme]
        )
        np.multiply(_triangular(size, scheme), delivers < np.float32(scheme.chance), out=row)
    return saved


def _triangular(drawn: NDArray[np.float32], scheme: Chancy) -> NDArray[np.float32]:
    """The triangular distribution at uniform draws between 0 and 1: the inverse of its cumulative share."""
    width = np.float32(scheme.most - scheme.least)
    rise, fall = np.float32(scheme.likeliest - scheme.least), np.float32(scheme.most - scheme.likeliest)
    if not width:
        return np.full_like(drawn, scheme.likeliest)
    up = np.float32(scheme.least) + np.sqrt(drawn * (width * rise))
    down = np.float32(scheme.most) - np.sqrt((1 - drawn) * (width * fall))
    return np.where(drawn < rise / width, up, down)


def _matters(
    schemes: Sequence[Chancy], saved: NDArray[np.float32], total: NDArray[np.float64]
) -> tuple[tuple[str, float], ...]:
    """Each scheme's share of the variance of the total: its covariance with it."""
    spread = float(total.var())
    if not spread:
        return tuple((scheme.reference, 0.0) for scheme in schemes)
    middle = total - total.mean()
    shares = (saved @ middle) / len(total) / spread
    pairs = zip((scheme.reference for scheme in schemes), shares.tolist(), strict=True)
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))
