"""How a scheme's months make its position, its rating by the rules, and the forecast of the months that are to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from finance.models import Scheme
from opplan.calc.confidence import chance_of
from opplan.calc.money import total
from opplan.calc.rag import Judgement, Rating, Tolerance, saving_against_plan
from opplan.calc.savings import NOBODYS, ON_PLAN, Forecast, Outlook, Position, best_known, run_rate


class HeldMonth(NamedTuple):
    """What a position needs of a month of a scheme."""

    month: date
    planned: Decimal | None
    actual: Decimal | None
    forecast: Decimal | None
    investment: Decimal | None = None
    basis: str | None = None


def nobodys(state: str, stage: str) -> bool:
    """Whether nobody is to deliver what is still planned: savings that have no scheme, an idea, and a scheme that is closed.

    The plan of such a scheme is no forecast of it, and no month of it is owed.
    """
    return state in (Scheme.State.UNIDENTIFIED, Scheme.State.IDEA) or stage == Scheme.Stage.CLOSED


class Stands(NamedTuple):
    """Where a scheme stands, its rating, and by what rule its months to come are forecast."""

    position: Position
    judgement: Judgement
    outlook: Outlook
    chance: Decimal


def stands(
    months: Sequence[HeldMonth],
    now: date,
    tolerances: Mapping[str, Tolerance],
    *,
    state: str,
    stage: str,
    follows: str,
    said: Decimal | None,
) -> Stands:
    """Where a scheme of this state stands when the months to `now` have come; `said` is the chance that a person gives it.

    A chance that nobody has given is that of the rating which the scheme has while its forecast follows the plan: were it that of
    the weighed forecast, a rating would rest on itself.
    """
    outlook = _outlook(months, now, follows, nobodys=nobodys(state, stage))
    position = _position(months, now, outlook)
    if stage == Scheme.Stage.CLOSED:
        position = replace(position, missing=0, reported=True)
    judgement = _judged(state, position, tolerances)
    chance = chance_of(judgement.rating, said)
    if outlook.follows == Forecast.RISK_ADJUSTED:
        outlook = replace(outlook, chance=chance)
        position = replace(_position(months, now, outlook), if_delivered=position.forecast_year)
        judgement = _judged(state, position, tolerances)
    return Stands(position, judgement, outlook, chance)


def outlook_of(
    months: Sequence[HeldMonth],
    now: date,
    tolerances: Mapping[str, Tolerance],
    *,
    state: str,
    stage: str,
    follows: str,
    said: Decimal | None,
) -> Outlook:
    """How the months to come of such a scheme are forecast. `tolerances` are needed where its chance follows from its rating."""
    outlook = _outlook(months, now, follows, nobodys=nobodys(state, stage))
    if outlook.follows != Forecast.RISK_ADJUSTED:
        return outlook
    if said is not None:
        return replace(outlook, chance=said)
    return stands(months, now, tolerances, state=state, stage=stage, follows=follows, said=said).outlook


def _outlook(months: Sequence[HeldMonth], now: date, follows: str, *, nobodys: bool) -> Outlook:
    """How the months to come are forecast, before a chance is known."""
    if nobodys:
        return NOBODYS
    if follows == Forecast.RUN_RATE:
        come = [(one.planned, one.actual) for one in months if one.month <= now]
        return Outlook(Forecast.RUN_RATE, run_rate=run_rate(come))
    return Outlook(Forecast.RISK_ADJUSTED) if follows == Forecast.RISK_ADJUSTED else ON_PLAN


def _position(months: Sequence[HeldMonth], now: date, outlook: Outlook) -> Position:
    """Where a scheme stands when the months to `now` have come."""
    year, due, reported, saved, expected, on_trust = [list[Decimal | None]() for _ in range(6)]
    last_due = last_held = date.min
    missing = 0
    for month, planned, actual, forecast, *_ in months:
        come = month <= now
        year.append(planned)
        expected.append(best_known(planned, actual if come else None, forecast, outlook))
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
            if forecast is None:
                on_trust.append(outlook.of(planned))
    forecast_year = total(expected)
    return Position(
        planned_year=total(year) or Decimal(0),
        planned_to_date=total(due) or Decimal(0),
        planned_reported=total(reported) or Decimal(0),
        to_date=total(saved),
        forecast_year=forecast_year,
        missing=missing,
        reported=last_held >= last_due,
        on_trust=total(on_trust) or Decimal(0),
        if_delivered=forecast_year,
    )


def _judged(state: str, position: Position, tolerances: Mapping[str, Tolerance]) -> Judgement:
    if state == Scheme.State.IDEA:
        return Judgement(Rating.NOT_DUE, "saving_idea", planned=position.planned_year)
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
