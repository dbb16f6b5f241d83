"""What the plan must save, what its schemes plan, have saved and forecast. Each figure is computed here, in SQL, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lag

from finance.models import SavingsRequirement, Scheme, SchemeMonth
from opplan.calc.money import total
from opplan.calc.rag import Judgement, Rating, Tolerance, saving_against_plan
from opplan.calc.savings import Position, Requirement, best_known, requirement
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


class _Held(NamedTuple):
    """What a position needs of a month of a scheme."""

    month: date
    planned: Decimal | None
    actual: Decimal | None
    forecast: Decimal | None
    investment: Decimal | None
    basis: str | None


SCHEME = ("pk", "reference", "title", "state", "section", "category", "owner", "initiative_id", "basis")
HELD = ("month", "planned_saving", "actual_saving", "forecast_saving", "planned_investment", "basis")
STATES = dict(Scheme.State.choices)
DELIVERED = (Scheme.State.IDENTIFIED, Scheme.State.EARMARKED)


def scheme_positions(
    plan: Plan, month: date, tolerances: Mapping[str, Tolerance], schemes: QuerySet[Scheme] | None = None
) -> list[SchemePosition]:
    """The position of each scheme of the plan (or of `schemes`, a filtered part of them) at `month`. One query.

    The months are added here and not in the database: a plan has few, SQLite would add them in floating point, and eleven sums with
    conditions of their own take the ORM longer to write than the rows take to read.
    """
    rows = _schemes_of(plan.pk).all() if schemes is None else _with_months(schemes)
    return [_scheme_position(list(found), month, tolerances) for _, found in groupby(rows, key=itemgetter(0))]


def _with_months(schemes: QuerySet[Scheme]) -> QuerySet[Scheme, tuple[Any, ...]]:
    return schemes.order_by("reference").values_list(*SCHEME, *(f"months__{name}" for name in HELD))


# What is kept is how the database is asked, never what it answers: to write so wide a query takes longer than to run it.
@lru_cache(maxsize=64)
def _schemes_of(plan: int) -> QuerySet[Scheme, tuple[Any, ...]]:
    return _with_months(Scheme.objects.filter(plan_id=plan))


def _scheme_position(
    rows: Sequence[tuple[Any, ...]], month: date, tolerances: Mapping[str, Tolerance]
) -> SchemePosition:
    """A scheme from its rows, one a month."""
    key, reference, title, state, section, category, owner, initiative_key, basis = rows[0][: len(SCHEME)]
    months = [_Held(*row[len(SCHEME) :]) for row in rows if row[len(SCHEME)]]
    position = _position(months, month, nobodys=state == Scheme.State.UNIDENTIFIED)
    invented = [one for one in months if one.basis == "illustrative"]
    return SchemePosition(
        key,
        reference,
        title,
        state,
        STATES[state],
        section,
        category,
        owner,
        initiative_key,
        basis,
        position,
        total([one.investment for one in months]),
        _judged(state, position, tolerances),
        any(one.actual is not None and one.month <= month for one in invented),
        any(one.forecast is not None for one in invented),
    )


def _position(months: Sequence[_Held], now: date, *, nobodys: bool) -> Position:
    """Where a scheme stands when the months to `now` have come. `nobodys`: nobody is to deliver it."""
    year, due, reported, saved, expected, on_trust = [list[Decimal | None]() for _ in range(6)]
    last_due = last_held = date.min
    missing = 0
    for month, planned, actual, forecast, *_ in months:
        come = month <= now
        year.append(planned)
        expected.append(best_known(planned, actual if come else None, forecast, nobodys=nobodys))
        if not come:
            continue
        due.append(planned)
        if planned:
            last_due = max(last_due, month)
        if actual is not None:
            reported.append(planned)
            saved.append(actual)
            last_held = max(last_held, month)
        elif planned:
            missing += 1
            if forecast is None and not nobodys:
                on_trust.append(planned)
    return Position(
        planned_year=total(year) or Decimal(0),
        planned_to_date=total(due) or Decimal(0),
        planned_reported=total(reported) or Decimal(0),
        to_date=total(saved),
        forecast_year=total(expected),
        missing=missing,
        reported=last_held >= last_due,
        on_trust=total(on_trust) or Decimal(0),
    )


def _judged(state: str, position: Position, tolerances: Mapping[str, Tolerance]) -> Judgement:
    if state == Scheme.State.UNIDENTIFIED:
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
    return positions_together([scheme.position for scheme in schemes])


@dataclass(frozen=True)
class RequirementPosition:
    """What the plan must save, in its four states, with the source of the requirement. `reported`: any saving is, be it nought."""

    requirement: Requirement
    source: str
    reported: bool


def savings_requirement(plan: Plan, schemes: list[SchemePosition]) -> RequirementPosition | None:
    """The plan's requirement in its four states, from the positions of all its schemes. None where the plan has none. One query."""
    found = next(iter(SavingsRequirement.objects.filter(plan=plan).values_list("amount", "source")), None)
    if found is None:
        return None
    amount, source = found

    whole = {name: total_position([one for one in schemes if one.state == name]) for name in DELIVERED}
    identified, earmarked = [(one.planned_year, one.to_date or Decimal(0)) for one in whole.values()]
    return RequirementPosition(
        requirement(amount, identified=identified, earmarked=earmarked),
        source,
        any(one.to_date is not None for one in whole.values()),
    )


@dataclass(frozen=True)
class MonthOfSavings:
    """One month of one scheme: pounds, gross. None is not reported.

    `expected_saving` is the best known of the month: actual, else forecast, else (where somebody is to deliver it) plan.
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

    @property
    def told(self) -> bool:
        """Whether anybody has said more of the month than its plan."""
        return self.actual_saving is not None or self.forecast_saving is not None


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
    )
    found = [(MonthOfSavings(*row), state) for *row, state in rows.values_list(*fields, "scheme__state")]
    return [replace(one, expected_saving=_best_known_of(one, now, state)) for one, state in found]


def _best_known_of(one: MonthOfSavings, now: date, state: str) -> Decimal | None:
    saved = one.actual_saving if one.month <= now else None
    return best_known(one.planned_saving, saved, one.forecast_saving, nobodys=state == Scheme.State.UNIDENTIFIED)


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
