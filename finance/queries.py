"""What the plan must save, what its schemes plan, have saved and forecast. Each figure is computed here, in SQL, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from opplan.calc.rag import Judgement, Rating, Tolerance, saving_against_plan
from opplan.calc.savings import NOTHING, Position, Requirement, requirement

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
    section: str
    category: str
    owner: str
    initiative_key: int | None
    basis: str
    position: Position
    investment: Decimal | None
    judgement: Judgement
    illustrative_actuals: bool

    @property
    def variance(self) -> Decimal | None:
        """Saved to date less planned for the same months: favourable when positive."""
        return None if self.position.to_date is None else self.position.to_date - self.position.planned_reported


def scheme_positions(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], schemes: QuerySet[Scheme] | None = None
) -> list[SchemePosition]:
    """The position of each scheme of the plan (or of `schemes`, a filtered part of them) at `month`. One query."""
    due = Q(months__month__lte=month)
    held = due & Q(months__actual_saving__isnull=False)
    rows = (
        (Scheme.objects.filter(plan=plan) if schemes is None else schemes)
        .annotate(
            planned_year=Sum("months__planned_saving"),
            planned_to_date=Sum("months__planned_saving", filter=due),
            planned_reported=Sum("months__planned_saving", filter=held),
            to_date=Sum("months__actual_saving", filter=due),
            forecast_year=Sum(_best_known(month)),
            investment=Sum("months__planned_investment"),
            missing=Count("months", filter=due & ~Q(months__planned_saving=0) & Q(months__actual_saving__isnull=True)),
            last_due=Max("months__month", filter=due & ~Q(months__planned_saving=0)),
            last_held=Max("months__month", filter=held),
            illustrative=Count("months", filter=held & Q(months__basis="illustrative")),
        )
        .order_by("reference")
    )
    return [_scheme_position(row, tolerances) for row in rows]


def _best_known(month: date) -> Case:
    """A month's best known saving: actual, else forecast, else (where it is still to come and somebody is to deliver it) plan."""
    return Case(
        When(months__month__lte=month, then=Coalesce("months__actual_saving", "months__forecast_saving")),
        When(state=Scheme.State.UNIDENTIFIED, then=F("months__forecast_saving")),
        default=Coalesce("months__forecast_saving", "months__planned_saving"),
    )


def _scheme_position(row: Scheme, tolerances: Mapping[str, Tolerance]) -> SchemePosition:
    found: dict[str, object] = row.__dict__
    last_due, last_held = row.last_due, row.last_held  # type: ignore[attr-defined]
    position = Position(
        planned_year=found["planned_year"] or Decimal(0),  # type: ignore[arg-type]
        planned_to_date=found["planned_to_date"] or Decimal(0),  # type: ignore[arg-type]
        planned_reported=found["planned_reported"] or Decimal(0),  # type: ignore[arg-type]
        to_date=found["to_date"],  # type: ignore[arg-type]
        forecast_year=found["forecast_year"],  # type: ignore[arg-type]
        missing=found["missing"],  # type: ignore[arg-type]
        reported=last_due is None or (last_held is not None and last_held >= last_due),
    )
    return SchemePosition(
        key=row.pk,
        reference=row.reference,
        title=row.title,
        state=row.state,
        state_name=row.get_state_display(),
        section=row.section,
        category=row.category,
        owner=row.owner,
        initiative_key=row.initiative_id,
        basis=row.basis,
        position=position,
        investment=found["investment"],  # type: ignore[arg-type]
        judgement=_judged(row, position, tolerances),
        illustrative_actuals=bool(found["illustrative"]),
    )


def _judged(row: Scheme, position: Position, tolerances: Mapping[str, Tolerance]) -> Judgement:
    if row.state == Scheme.State.UNIDENTIFIED:
        rating = Rating.RED if position.planned_year > 0 else Rating.NOT_DUE
        return Judgement(rating, "saving_no_scheme", planned=position.planned_year)
    return saving_against_plan(
        position.to_date,
        position.planned_reported,
        position.forecast_year,
        position.planned_year,
        to_date_tolerance=tolerances["saving_to_date"],
        forecast_tolerance=tolerances["saving_forecast"],
        reported=position.reported,
        begun=position.planned_to_date != 0,
    )


def total_position(schemes: list[SchemePosition]) -> Position:
    """Many schemes as one."""
    return sum((scheme.position for scheme in schemes), NOTHING)


@dataclass(frozen=True)
class RequirementPosition:
    """What the plan must save, in its four states, with the source of the requirement."""

    requirement: Requirement
    source: str


def savings_requirement(plan: Plan, schemes: list[SchemePosition]) -> RequirementPosition | None:
    """The plan's requirement in its four states, from the positions of all its schemes. None where the plan has none. One query."""
    row = SavingsRequirement.objects.filter(plan=plan).first()
    if row is None:
        return None

    def state(name: str) -> tuple[Decimal, Decimal]:
        whole = total_position([scheme for scheme in schemes if scheme.state == name])
        return whole.planned_year, whole.to_date or Decimal(0)

    return RequirementPosition(
        requirement(row.amount, identified=state(Scheme.State.IDENTIFIED), earmarked=state(Scheme.State.EARMARKED)),
        row.source,
    )


@dataclass(frozen=True)
class MonthOfSavings:
    """One month of one scheme, or of many together: pounds, gross. None is not reported."""

    scheme: str
    month: date
    planned_saving: Decimal | None
    actual_saving: Decimal | None
    forecast_saving: Decimal | None
    planned_investment: Decimal | None
    actual_investment: Decimal | None
    forecast_investment: Decimal | None
    planned_basis: str
    basis: str
    source: str
    planned_source: str


def savings_by_month(plan: Plan, scheme: str | None = None) -> list[MonthOfSavings]:
    """The months of one scheme, by reference, or of every scheme of the plan. One query."""
    rows = SchemeMonth.objects.filter(scheme__plan=plan).order_by("scheme__reference", "month")
    if scheme is not None:
        rows = rows.filter(scheme__reference=scheme)
    return [
        MonthOfSavings(*row)
        for row in rows.values_list(
            "scheme__reference",
            "month",
            "planned_saving",
            "actual_saving",
            "forecast_saving",
            "planned_investment",
            "actual_investment",
            "forecast_investment",
            "planned_basis",
            "basis",
            "source",
            "planned_source",
        )
    ]
