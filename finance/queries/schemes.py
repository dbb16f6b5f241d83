"""What the plan must save, what its schemes plan, have saved and forecast. Each figure is computed here, in SQL, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, When, Window
from django.db.models.functions import Coalesce, Lag

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from opplan.calc.money import rounded, total
from opplan.calc.rag import Judgement, Rating, Tolerance, saving_against_plan
from opplan.calc.savings import NOTHING, Position, Requirement, requirement
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
    section: str
    category: str
    owner: str
    initiative_key: int | None
    basis: str
    position: Position
    investment: Decimal | None
    judgement: Judgement
    illustrative_actuals: bool
    illustrative_forecast: bool = False

    @property
    def due(self) -> bool:
        """Whether somebody should have saved something by now."""
        return self.state != Scheme.State.UNIDENTIFIED and self.position.planned_to_date != 0

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


def scheme_positions(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], schemes: QuerySet[Scheme] | None = None
) -> list[SchemePosition]:
    """The position of each scheme of the plan (or of `schemes`, a filtered part of them) at `month`. One query."""
    due = Q(months__month__lte=month)
    held = due & Q(months__actual_saving__isnull=False)
    # Spelt out: a negated comparison would count a month that has no plan at all as due.
    planned = due & (Q(months__planned_saving__gt=0) | Q(months__planned_saving__lt=0))
    guessed = Q(months__forecast_saving__isnull=False) & Q(months__basis="illustrative")
    rows = (
        (Scheme.objects.filter(plan=plan) if schemes is None else schemes)
        .annotate(
            planned_year=Sum("months__planned_saving"),
            planned_to_date=Sum("months__planned_saving", filter=due),
            planned_reported=Sum("months__planned_saving", filter=held),
            to_date=Sum("months__actual_saving", filter=due),
            forecast_year=Sum(_best_known(month)),
            investment=Sum("months__planned_investment"),
            missing=Count("months", filter=planned & Q(months__actual_saving__isnull=True)),
            last_due=Max("months__month", filter=planned),
            last_held=Max("months__month", filter=held),
            illustrative=Count("months", filter=held & Q(months__basis="illustrative")),
            guesses=Count("months", filter=guessed),
        )
        .order_by("reference")
    )
    return [_scheme_position(row, tolerances) for row in rows]


def _best_known(month: date, to: str = "months__", state: str = "state") -> Case:
    """A month's best known saving: actual, else forecast, else (where it is still to come and somebody is to deliver it) plan.

    `to` is the way from the model asked to the months, `state` that to the scheme's state.
    """
    return Case(
        When(**{f"{to}month__lte": month}, then=Coalesce(f"{to}actual_saving", f"{to}forecast_saving")),
        When(**{state: Scheme.State.UNIDENTIFIED}, then=F(f"{to}forecast_saving")),
        default=Coalesce(f"{to}forecast_saving", f"{to}planned_saving"),
    )


def _pence(row: Scheme, name: str) -> Decimal | None:
    """A sum that the database gave, to the penny: SQLite adds in floating point."""
    value: Decimal | None = getattr(row, name)
    return None if value is None else rounded(value, 2)


def _scheme_position(row: Scheme, tolerances: Mapping[str, Tolerance]) -> SchemePosition:
    found: dict[str, Any] = row.__dict__
    last_due, last_held = found["last_due"], found["last_held"]
    position = Position(
        planned_year=_pence(row, "planned_year") or Decimal(0),
        planned_to_date=_pence(row, "planned_to_date") or Decimal(0),
        planned_reported=_pence(row, "planned_reported") or Decimal(0),
        to_date=_pence(row, "to_date"),
        forecast_year=_pence(row, "forecast_year"),
        missing=found["missing"],
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
        investment=_pence(row, "investment"),
        judgement=_judged(row, position, tolerances),
        illustrative_actuals=bool(found["illustrative"]),
        illustrative_forecast=bool(found["guesses"]),
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
    """One month of one scheme: pounds, gross. None is not reported.

    `expected_saving` is the best known of the month: actual, else forecast, else (where it is still to come) plan.
    """

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
    expected_saving: Decimal | None = None


def savings_by_month(
    plan: Plan, scheme: str | None = None, *, month: date | None = None, keys: Collection[int] | None = None
) -> list[MonthOfSavings]:
    """The months of one scheme (by reference), of the schemes with these keys, or of every scheme of the plan. One query.

    `month` is the one that splits what has come from what is to come, by default the one that the plan reports.
    """
    rows = SchemeMonth.objects.filter(scheme__plan=plan).order_by("scheme__reference", "month")
    if scheme is not None:
        rows = rows.filter(scheme__reference=scheme)
    if keys is not None:
        rows = rows.filter(scheme__in=keys)
    now = month or plan.reporting_month or plan.start
    rows = rows.annotate(expected_saving=_best_known(now, to="", state="scheme__state"))
    fields = (
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
        "expected_saving",
    )
    return [MonthOfSavings(*row) for row in rows.values_list(*fields)]


def together(months: Iterable[MonthOfSavings]) -> list[MonthOfSavings]:
    """The months of several schemes as one: each figure the sum of what is reported, and None where nothing is."""
    by_month: dict[date, list[MonthOfSavings]] = defaultdict(list)
    for one in months:
        by_month[one.month].append(one)
    return [
        replace(
            held[0],
            scheme="",
            planned_saving=total(one.planned_saving for one in held),
            actual_saving=total(one.actual_saving for one in held),
            forecast_saving=total(one.forecast_saving for one in held),
            planned_investment=total(one.planned_investment for one in held),
            actual_investment=total(one.actual_investment for one in held),
            forecast_investment=total(one.forecast_investment for one in held),
            expected_saving=total(one.expected_saving for one in held),
        )
        for _, held in sorted(by_month.items())
    ]


def schemes_of(plan: Plan) -> QuerySet[Scheme]:
    """The plan's schemes, to be narrowed by a list's filters."""
    return Scheme.objects.filter(plan=plan)


def find_scheme(plan: Plan, reference: str) -> Scheme | None:
    """One scheme by its reference."""
    return Scheme.objects.filter(plan=plan, reference=reference).first()


FIGURES = (
    "planned_saving",
    "actual_saving",
    "forecast_saving",
    "planned_investment",
    "actual_investment",
    "forecast_investment",
)


@dataclass(frozen=True)
class FigureChanged:
    """One figure of one month as somebody changed it. `who` is empty where the figure was loaded with the plan."""

    scheme: str
    month: date
    figure: str
    was: Decimal | None
    now: Decimal | None
    who: str
    when: datetime
    why: str


def savings_history(plan: Plan, keys: Collection[int], *, entries: int = 400) -> list[FigureChanged]:
    """What was changed in the months of these schemes since they were loaded, latest first, in the last `entries` rows saved. One query."""
    order: dict[str, Any] = {"partition_by": F("id"), "order_by": [F("history_date").asc(), F("history_id").asc()]}
    before = {f"was_{name}": Window(Lag(name), **order) for name in FIGURES}
    rows = (
        SchemeMonth.history.filter(scheme__plan=plan, scheme__in=keys)
        .annotate(first=Window(Lag("history_id"), **order), **before)
        .order_by("-history_date", "-history_id")
        .values(
            *FIGURES,
            *before,
            "first",
            "month",
            "history_date",
            "history_change_reason",
            "history_user_id",
            "history_user__name",
            "scheme__reference",
        )[:entries]
    )
    return [
        FigureChanged(
            row["scheme__reference"],
            row["month"],
            name,
            row[f"was_{name}"],
            row[name],
            row["history_user__name"] or "",
            row["history_date"],
            row["history_change_reason"] or "",
        )
        for row in rows
        if row["first"] is not None or row["history_user_id"] is not None
        for name in FIGURES
        if row[f"was_{name}"] != row[name]
    ]


def last_change(plan: Plan) -> Change | None:
    """When the plan's savings last changed, by whom and why. One query."""
    return last_of(
        SavingsRequirement.history.filter(plan=plan),
        Scheme.history.filter(plan=plan),
        SchemeMonth.history.filter(scheme__plan=plan),
    )
