"""Where the savings schemes stand: what they plan, have saved and forecast. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import FilteredRelation, Q, QuerySet

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from finance.queries.standing import HeldMonth, nobodys, stands
from opplan.calc.effects import Effect, effect
from opplan.calc.money import total
from opplan.calc.months import end_of
from opplan.calc.rag import Judgement, Rating, Tolerance, overruled
from opplan.calc.savings import ON_PLAN, Outlook, Position
from opplan.calc.savings import together as positions_together
from opplan.plans.attribution import Change, last_of

if TYPE_CHECKING:
    from opplan.plans.models import Plan


@dataclass(frozen=True)
class SchemePosition:
    """A scheme at a month: what it is, where it stands, and its rating with the reason. Money in pounds, gross."""

    key: int
    reference: str
    title: str
    state: str
    state_name: str
    stage: str
    section: str
    category: str
    owner: str
    initiative_key: int | None
    basis: str
    recurrent: bool | None
    full_year_effect: Decimal | None
    provider: str
    contract: str
    in_contract: bool | None
    months_planned: int
    position: Position
    investment: Decimal | None
    judgement: Judgement
    illustrative_actuals: bool
    illustrative_forecast: bool = False
    outlook: Outlook = ON_PLAN
    chance: Decimal = Decimal(100)
    """Of delivering, in per cent: what a person says of it, else what its rating stands for."""

    @property
    def due(self) -> bool:
        """Whether somebody should have saved something by now."""
        return not self.nobodys and self.position.planned_to_date != 0

    @property
    def nobodys(self) -> bool:
        """Whether nobody is to deliver what is still planned: no scheme yet, an idea, or a closed scheme."""
        return nobodys(self.state, self.stage)

    @property
    def counted(self) -> bool:
        """Whether it counts towards the requirement. An idea counts for nothing until it is earmarked."""
        return self.state != Scheme.State.IDEA

    @property
    def releases_no_cash(self) -> bool:
        """Whether the provider is paid by a block that has not been agreed anew: what is saved stays with the provider."""
        return self.counted and self.contract == Scheme.Contract.BLOCK and self.in_contract is not True

    @property
    def ruled(self) -> Judgement:
        """What the rule says, whatever rating a person has put in its place."""
        return self.judgement.overruled.ruled if self.judgement.overruled else self.judgement

    @property
    def effect(self) -> Effect:
        """What the scheme is worth this year, in a full year, and in the two years after."""
        return effect(
            self.position.planned_year,
            self.months_planned,
            recurrent=self.recurrent,
            full_year=self.full_year_effect,
        )

    @property
    def owing(self) -> bool:
        """Whether it is due, and the latest month with a planned saving that has come is without an actual."""
        return self.due and not self.position.reported

    @property
    def net(self) -> Decimal:
        """Planned saving of the year less the investment that it needs: negative where the scheme costs more than it saves."""
        return self.position.planned_year - (self.investment or Decimal(0))

    @property
    def variance(self) -> Decimal | None:
        """Saved to date less planned for the same months: favourable when positive."""
        return None if self.position.to_date is None else self.position.to_date - self.position.planned_reported


SCHEME = (
    "pk",
    "reference",
    "title",
    "state",
    "stage",
    "section",
    "category",
    "owner",
    "initiative_id",
    "basis",
    "forecast_default",
    "chance",
    "recurrent",
    "full_year_effect",
    "contract",
    "in_contract",
    "provider__short_name",
    "overruling__rating",
    "overruling__by__name",
    "overruling__until",
    "overruling__reason",
)
HELD = ("month", "planned_saving", "actual_saving", "forecast_saving", "planned_investment", "basis")
STATES = dict(Scheme.State.choices)


def scheme_positions(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], schemes: QuerySet[Scheme] | None = None
) -> list[SchemePosition]:
    """The position of each scheme of the plan (or of `schemes`, a filtered part of them) at `month`. One query.

    The months are added here and not in the database: a plan has few, SQLite would add them in floating point, and eleven sums with
    conditions of their own take the ORM longer to write than the rows take to read.
    """
    rows = _schemes_of(plan.pk, month).all() if schemes is None else _with_months(schemes, month)
    return [_scheme_position(list(found), month, tolerances) for _, found in groupby(rows, key=itemgetter(0))]


def _with_months(schemes: QuerySet[Scheme], month: date) -> QuerySet[Scheme, tuple[Any, ...]]:
    """Each scheme with its months, and with the rating that a person has put in place for `month`."""
    holds = Q(overrides__since__lte=month, overrides__until__gte=end_of(month))
    return (
        schemes.annotate(overruling=FilteredRelation("overrides", condition=holds))
        .order_by("reference")
        .values_list(*SCHEME, *(f"months__{name}" for name in HELD))
    )


# What is kept is how the database is asked, never what it answers: to write so wide a query takes longer than to run it.
@lru_cache(maxsize=128)
def _schemes_of(plan: int, month: date) -> QuerySet[Scheme, tuple[Any, ...]]:
    return _with_months(Scheme.objects.filter(plan_id=plan), month)


def _scheme_position(
    rows: Sequence[tuple[Any, ...]], month: date, tolerances: Mapping[str, Tolerance]
) -> SchemePosition:
    """A scheme from its rows, one a month."""
    told = dict(zip(SCHEME, rows[0], strict=False))
    months = [HeldMonth(*row[len(SCHEME) :]) for row in rows if row[len(SCHEME)]]
    found = stands(
        months,
        month,
        tolerances,
        state=told["state"],
        stage=told["stage"],
        follows=told["forecast_default"],
        said=told["chance"],
    )
    invented = [one for one in months if one.basis == "illustrative"]
    return SchemePosition(
        key=told["pk"],
        reference=told["reference"],
        title=told["title"],
        state=told["state"],
        state_name=STATES[told["state"]],
        stage=told["stage"],
        section=told["section"],
        category=told["category"],
        owner=told["owner"],
        initiative_key=told["initiative_id"],
        basis=told["basis"],
        recurrent=told["recurrent"],
        full_year_effect=told["full_year_effect"],
        provider=told["provider__short_name"] or "",
        contract=told["contract"],
        in_contract=told["in_contract"],
        months_planned=sum(1 for one in months if one.planned),
        position=found.position,
        investment=total([one.investment for one in months]),
        judgement=_shown(found.judgement, told),
        illustrative_actuals=any(one.actual is not None and one.month <= month for one in invented),
        illustrative_forecast=any(one.forecast is not None for one in invented),
        outlook=found.outlook,
        chance=found.chance,
    )


def _shown(ruled: Judgement, told: Mapping[str, Any]) -> Judgement:
    """The rule's judgement, or the rating that a person has put in its place."""
    if not told["overruling__rating"]:
        return ruled
    return overruled(
        ruled,
        Rating(told["overruling__rating"]),
        by=told["overruling__by__name"] or "",
        until=told["overruling__until"],
        why=told["overruling__reason"],
    )


def total_position(schemes: Iterable[SchemePosition]) -> Position:
    """Many schemes as one. Ideas add nothing: they count only once they are earmarked."""
    return positions_together([scheme.position for scheme in schemes if scheme.counted])


def total_investment(schemes: Iterable[SchemePosition]) -> Decimal | None:
    """The planned investment of many schemes, ideas left out. None where none is planned."""
    return total(scheme.investment for scheme in schemes if scheme.counted)


def schemes_of(plan: Plan) -> QuerySet[Scheme]:
    """The plan's schemes, to be narrowed by a list's filters."""
    return Scheme.objects.filter(plan=plan)


def find_scheme(plan: Plan, reference: str) -> Scheme | None:
    """One scheme by its reference."""
    return Scheme.objects.filter(plan=plan, reference=reference).first()


def last_change(plan: Plan) -> Change | None:
    """When the plan's savings last changed, by whom and why. One query."""
    return last_of(
        SavingsRequirement.history.filter(plan=plan),
        Scheme.history.filter(plan=plan),
        SchemeMonth.history.filter(scheme__plan=plan),
    )
