"""The months of savings schemes: planned, actual and forecast, and who changed them. Each figure is computed here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import F, Window
from django.db.models.functions import Lag

from finance.models import SchemeMonth
from finance.queries.standing import HeldMonth, outlook_of
from opplan.calc.money import total
from opplan.calc.savings import NOBODYS, ON_PLAN, Forecast, Outlook, best_known
from opplan.plans.queries import tolerances

if TYPE_CHECKING:
    from opplan.calc.rag import Tolerance
    from opplan.plans.models import Plan


@dataclass(frozen=True)
class MonthOfSavings:
    """One month of one scheme: pounds, gross. None is not reported.

    `expected_…` is the best known of the month: actual, else its own forecast, else what the scheme's forecast follows (the plan, for
    investment; nothing where nobody is to deliver it). `default_saving` is what the forecast follows, whatever was said of the month.
    `status` is how firm the actual is: final, flex or estimate; empty where nobody says.
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
    status: str = ""
    expected_saving: Decimal | None = None
    expected_investment: Decimal | None = None
    default_saving: Decimal | None = None

    @property
    def told(self) -> bool:
        """Whether anybody has said more of the month than its plan."""
        return self.actual_saving is not None or self.forecast_saving is not None


FIGURES = (
    "planned_saving",
    "actual_saving",
    "forecast_saving",
    "planned_investment",
    "actual_investment",
    "forecast_investment",
)
FIELDS = ("month", *FIGURES, "planned_basis", "basis", "source", "planned_source", "status")


def savings_by_month(
    plan: Plan, scheme: str | None = None, *, month: date | None = None, keys: Collection[int] | None = None
) -> list[MonthOfSavings]:
    """The months of one scheme (by reference), of the schemes with these keys, or of every scheme of the plan. One query.

    `month` is the one that splits what has come from what is to come, by default the one that the plan reports. Where a forecast is
    weighed by a chance that follows from a rating, the tolerances are asked for too.
    """
    rows = SchemeMonth.objects.filter(scheme__plan=plan).order_by("scheme__reference", "month")
    if scheme is not None:
        rows = rows.filter(scheme__reference=scheme)
    if keys is not None:
        rows = rows.filter(scheme__in=keys)
    now = month or plan.reporting_month or plan.start
    about = ("scheme__reference", "scheme__state", "scheme__stage", "scheme__forecast_default", "scheme__chance")
    found = []
    bands: Mapping[str, Tolerance] | None = None
    for (reference, state, stage, follows, said), held in groupby(
        rows.values_list(*about, *FIELDS), key=lambda row: row[:5]
    ):
        months = [MonthOfSavings(reference, *row[5:]) for row in held]
        if follows == Forecast.RISK_ADJUSTED and said is None and bands is None:
            bands = tolerances(plan)
        brief = [HeldMonth(one.month, one.planned_saving, one.actual_saving, one.forecast_saving) for one in months]
        outlook = outlook_of(brief, now, bands or {}, state=state, stage=stage, follows=follows, said=said)
        found += [_expected(one, now, outlook) for one in months]
    return found


def _expected(one: MonthOfSavings, now: date, outlook: Outlook) -> MonthOfSavings:
    come = one.month <= now
    return replace(
        one,
        expected_saving=best_known(
            one.planned_saving, one.actual_saving if come else None, one.forecast_saving, outlook
        ),
        expected_investment=best_known(
            one.planned_investment,
            one.actual_investment if come else None,
            one.forecast_investment,
            NOBODYS if outlook.nobodys else ON_PLAN,
        ),
        default_saving=outlook.of(one.planned_saving),
    )


SUMMED = (*FIGURES, "expected_saving", "expected_investment", "default_saving")
FIRMNESS = ("estimate", "flex", "", "final")


def together(months: Iterable[MonthOfSavings]) -> list[MonthOfSavings]:
    """The months of several schemes as one: each figure the sum of what is reported, and None where nothing is.

    A sum is as firm as the least firm actual in it.
    """
    by_month: dict[date, list[MonthOfSavings]] = defaultdict(list)
    for one in months:
        by_month[one.month].append(one)
    return [_summed(held) for _, held in sorted(by_month.items())]


def _summed(held: Sequence[MonthOfSavings]) -> MonthOfSavings:
    sums: dict[str, Any] = {name: total(getattr(one, name) for one in held) for name in SUMMED}
    told = (one.status for one in held if one.actual_saving is not None)
    return replace(held[0], scheme="", status=min(told, key=FIRMNESS.index, default=""), **sums)


STATUS = "status"
"""How firm an actual is: changed and told like a figure, and a word."""


@dataclass(frozen=True)
class FigureChanged:
    """One figure of one month, or how firm its actual is, as somebody changed it. `who` is empty where it was loaded with the plan."""

    scheme: str
    month: date
    figure: str
    was: Decimal | str | None
    now: Decimal | str | None
    who: str
    when: datetime
    why: str


def savings_history(plan: Plan, keys: Collection[int], *, entries: int = 400) -> list[FigureChanged]:
    """What was changed in the months of these schemes since they were loaded, latest first, in the last `entries` rows saved. One query."""
    order: dict[str, Any] = {"partition_by": F("id"), "order_by": [F("history_date").asc(), F("history_id").asc()]}
    told = (*FIGURES, STATUS)
    before = {f"was_{name}": Window(Lag(name), **order) for name in told}
    rows = (
        SchemeMonth.history.filter(scheme__plan=plan, scheme__in=keys)
        .annotate(first=Window(Lag("history_id"), **order), **before)
        .order_by("-history_date", "-history_id")
        .values(
            *told,
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
        for name in told
        if row[f"was_{name}"] != row[name] and (row[f"was_{name}"], row[name]) != (None, "")
    ]


@dataclass(frozen=True)
class Reported:
    """Who gave a scheme's actual of a month as it stands, and when. `who` is empty where it was loaded with the plan."""

    who: str
    when: datetime


def reported_by(plan: Plan, month: date) -> dict[str, Reported]:
    """Who reported the month, by the reference of the scheme; those without an actual are left out. One query."""
    order: dict[str, Any] = {"partition_by": F("id"), "order_by": [F("history_date").asc(), F("history_id").asc()]}
    rows = (
        SchemeMonth.history.filter(scheme__plan=plan, month=month)
        .annotate(before=Window(Lag("actual_saving"), **order))
        .order_by("history_date", "history_id")
        .values_list("scheme__reference", "actual_saving", "before", "history_user__name", "history_date")
    )
    found: dict[str, Reported] = {}
    for reference, actual, before, who, when in rows:
        if actual is None:
            found.pop(reference, None)
        elif actual != before:
            found[reference] = Reported(who or "", when)
    return found
