"""Financial risk: what it may cost, weighted by its chance, less what would soften it, against what is held for it. Pounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from opplan.calc.money import rounded


def weighted(value: Decimal | None, probability: Decimal | None) -> Decimal | None:
    """A value times its probability in per cent, to the pound; None where either is not known (never 0)."""
    return None if value is None or probability is None else rounded(value * probability / 100)


@dataclass(frozen=True)
class NetRisk:
    """Risks and mitigations of a plan together. `unquantified` counts the risks without a value, `unweighted` those without a chance."""

    gross: Decimal
    risk: Decimal
    mitigation: Decimal
    contingency: Decimal
    unquantified: int
    unweighted: int
    mitigation_in_full: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """What mitigations leave of the weighted risk; below nought where they are worth more."""
        return self.risk - self.mitigation

    @property
    def uncovered(self) -> Decimal:
        """What the contingency leaves of the net risk; below nought is what it still holds."""
        return self.net - self.contingency

    @property
    def covered(self) -> Decimal:
        """How much of the net risk the contingency covers: never more than either, and nothing where mitigations leave no risk."""
        return max(min(self.contingency, self.net), Decimal(0))

    @property
    def cases(self) -> "tuple[Case, Case, Case]":
        """The best case, in which no risk falls and every mitigation is had; the weighed one; and the worst, in which every risk with
        a value falls in full and nothing is had but the contingency."""
        none = Decimal(0)
        return (
            Case(none, self.mitigation_in_full, self.contingency),
            Case(self.risk, self.mitigation, self.contingency),
            Case(self.gross, none, self.contingency),
        )


@dataclass(frozen=True)
class Case:
    """What falls and what is had against it in one case."""

    risk: Decimal
    mitigation: Decimal
    contingency: Decimal

    @property
    def against_plan(self) -> Decimal:
        """How far the year ends from its plan: below nought is worse."""
        return self.mitigation + self.contingency - self.risk


Valued = tuple[Decimal | None, Decimal | None]


def net_risk(risks: Iterable[Valued], mitigations: Iterable[Valued], *, contingency: Decimal) -> NetRisk:
    """The net risk from (value, probability in per cent) pairs. A risk that has a value and no probability counts in full, because
    what nobody has judged is not thereby unlikely; a mitigation without one counts for nothing."""
    held, softened = list(risks), list(mitigations)
    valued = [(value, chance) for value, chance in held if value is not None]
    return NetRisk(
        gross=sum((value for value, _ in valued), Decimal(0)),
        risk=sum(
            (value if chance is None else weighted(value, chance) or Decimal(0) for value, chance in valued), Decimal(0)
        ),
        mitigation=sum((weighted(*pair) or Decimal(0) for pair in softened), Decimal(0)),
        contingency=contingency,
        unquantified=len(held) - len(valued),
        unweighted=sum(chance is None for _, chance in valued),
        mitigation_in_full=sum((value for value, _ in softened if value is not None), Decimal(0)),
    )
