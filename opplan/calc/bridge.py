"""A bridge: the steps that lead from one figure to another, such as from last year's outturn to the plan. It closes or it is not drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


class DoesNotClose(ValueError):
    """The steps do not lead to the end: the message gives both figures and what lies between them."""


@dataclass(frozen=True)
class Step:
    """One step of a bridge, in the unit of its ends; below nought goes down. `start` and `end` are where it stands."""

    name: str
    change: Decimal
    start: Decimal

    @property
    def end(self) -> Decimal:
        return self.start + self.change


@dataclass(frozen=True)
class Bridge:
    """From `start`, over the steps, to `end`."""

    start: Decimal
    steps: tuple[Step, ...]
    end: Decimal


def bridge(start: Decimal, changes: Sequence[tuple[str, Decimal]], end: Decimal) -> Bridge:
    """The steps from `start` to `end`, each where the one before ended. DoesNotClose where they do not lead there exactly."""
    steps, at = [], start
    for name, change in changes:
        steps.append(Step(name, change, at))
        at += change
    if at != end:
        raise DoesNotClose(f"The steps lead from {start:,} to {at:,}, not to {end:,}: {end - at:+,} is not explained.")
    return Bridge(start, tuple(steps), end)
