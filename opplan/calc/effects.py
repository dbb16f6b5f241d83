"""What a saving is worth beyond its year: part-year and full-year effect, and what it carries into the two years after. Decimal pounds.

A recurrent saving returns every year at its full-year effect; one that is not recurrent must be found again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from opplan.calc.money import rounded, total

YEAR = 12


@dataclass(frozen=True)
class Effect:
    """A saving over three years. `next_year` and `year_after` are None where nobody says whether it is recurrent.

    `part_year` is what the plan saves in its own year, `full_year` what twelve months would. `stated` is whether a person gave the
    full-year effect, or it follows from the months planned.
    """

    part_year: Decimal
    full_year: Decimal | None
    next_year: Decimal | None
    year_after: Decimal | None
    stated: bool

    @property
    def carried(self) -> Decimal | None:
        """What next year gains over this one without anybody doing more: below nought for what must be found again."""
        return None if self.next_year is None else self.next_year - self.part_year


def effect(part_year: Decimal, months: int, *, recurrent: bool | None, full_year: Decimal | None = None) -> Effect:
    """The effect of a saving planned in `months` months of its year, from the full-year effect where somebody gave it.

    Where nobody did, twelve months at the average of the months planned. Whole pounds.
    """
    stated = full_year is not None
    if full_year is None and months:
        full_year = rounded(part_year * YEAR / months, 0)
    if recurrent is None:
        return Effect(part_year, full_year, None, None, stated)
    later = (full_year if full_year is not None else Decimal(0)) if recurrent else Decimal(0)
    return Effect(part_year, full_year, later, later, stated)


@dataclass(frozen=True)
class EffectOfMany:
    """Many savings over three years. `unsaid` is what those plan this year of which nobody says whether they are recurrent.

    `next_year` and `year_after` add the others; None where there is no other.
    """

    part_year: Decimal
    next_year: Decimal | None
    year_after: Decimal | None
    unsaid: Decimal


def together(effects: Sequence[Effect]) -> EffectOfMany:
    """Many savings as one; those of which nobody says whether they are recurrent add nothing to later years."""
    nothing = Decimal(0)
    return EffectOfMany(
        sum((one.part_year for one in effects), nothing),
        total(one.next_year for one in effects),
        total(one.year_after for one in effects),
        sum((one.part_year for one in effects if one.next_year is None), nothing),
    )
