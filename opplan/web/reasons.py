"""The words of a rating. A reason is distance, then rule: "8.2 points under plan; red below −5"."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from opplan.calc.money import rounded
from opplan.calc.rag import Direction, Judgement, Rating
from opplan.web.formats import MINUS, dated, in_words, listed, number, per_cent, plain, short_month

WORD = {
    Rating.RED: "Red",
    Rating.AMBER: "Amber",
    Rating.GREEN: "Green",
    Rating.BLUE: "Complete",
    Rating.NOT_REPORTED: "Not reported",
    Rating.NOT_RATED: "Not rated",
    Rating.NOT_DUE: "Not due",
}
MARK = {Rating.RED: "red", Rating.AMBER: "amber", Rating.GREEN: "green", Rating.BLUE: "blue"}


def mark(rating: Rating) -> str:
    """The name of the rating's mark in the sprite."""
    return MARK.get(rating, "none")


def distance(judgement: Judgement) -> str:
    """Why, without the rule: for a headline, or where the rule is stated once. Of a rating put in place of the rule's, both always."""
    return sentence(judgement) if judgement.overruled else sentence(judgement).partition(";")[0]


def sentence(judgement: Judgement) -> str:
    """Why, in a few words that stand beside the mark."""
    return RULES[judgement.rule](judgement)


def status_words(status: str) -> str:
    """How firm a figure is, or why there is none, as people read it: final, flex, estimate, missing, not due, not applicable."""
    return status.replace("_", " ")


def firmness(months: Iterable[tuple[date, str]]) -> str:
    """The months that are not final, by what they are: "flex: Sep 2016; missing: Jul 2016 and Aug 2016". Nothing where all are final."""
    named: dict[str, list[str]] = {}
    for month, status in months:
        if status not in ("", "final"):
            named.setdefault(status_words(status), []).append(short_month(month))
    return "; ".join(f"{words}: {listed(months)}" for words, months in named.items())


def _days(days: Decimal) -> str:
    count = int(abs(days))
    if count >= 35 or (count >= 14 and count % 7 == 0):
        return f"{count // 7} weeks"
    return f"{count} day" + ("" if count == 1 else "s")


def _complete(judgement: Judgement) -> str:
    days = judgement.distance or Decimal(0)
    if days == 0:
        return "On the day"
    return f"{_days(days)} {'late' if days > 0 else 'early'}"


def _overdue(judgement: Judgement) -> str:
    return f"Due {_days(judgement.distance or Decimal(0))} ago, not reported complete{_red_after(judgement)}"


def _expected(judgement: Judgement) -> str:
    days = judgement.distance or Decimal(0)
    if days == 0:
        return "On time"
    if days < 0:
        return f"Expected {_days(days)} early"
    return f"Expected {_days(days)} late{_red_after(judgement)}"


def _red_after(judgement: Judgement) -> str:
    return f"; red after {plain(judgement.bound)} days" if judgement.bound is not None else ""


def _telling(figure: Decimal, *limits: Decimal | None, places: int = 1) -> int:
    """The fewest decimals, from `places` to 3, that leave the figure on its own side of each limit: 5.04 is not shown as 5.0 beyond 5."""
    while places < 3 and any(
        (rounded(figure, places) > limit, rounded(figure, places) < limit) != (figure > limit, figure < limit)
        for limit in limits
        if limit is not None
    ):
        places += 1
    return places


def _side(distance: Decimal) -> str:
    return "above" if distance > 0 else "under"


def _red_rule(judgement: Judgement, unit: str) -> str:
    """The red bound on the side of plan that is bad: red below −5, red above 5%."""
    if judgement.rating == Rating.GREEN or judgement.bound is None:
        return ""
    bound = plain(judgement.bound) + unit
    if judgement.direction == Direction.OVER:
        return f"; red below {MINUS}{bound}"
    if judgement.direction == Direction.UNDER:
        return f"; red above {bound}"
    return f"; red beyond {bound} either way"


def _count(judgement: Judgement) -> str:
    distance = judgement.distance or Decimal(0)
    if not distance:
        return "On plan"
    places = _telling(abs(distance), Decimal(0), judgement.bound)
    return f"{per_cent(abs(distance), places)} {_side(distance)} plan{_red_rule(judgement, '%')}"


def _percentage(judgement: Judgement) -> str:
    distance = judgement.distance or Decimal(0)
    if not distance:
        return "On plan"
    points = number(abs(distance), _telling(abs(distance), Decimal(0), judgement.bound))
    return f"{points} point{'' if points == '1.0' else 's'} {_side(distance)} plan{_red_rule(judgement, '')}"


def _nil(judgement: Judgement) -> str:
    if not judgement.actual:
        return "None, as planned"
    return f"{number(judgement.actual)}, where the plan is none"


def _share(judgement: Judgement, what: str) -> str:
    rule = ""
    if judgement.rating == Rating.RED or judgement.rating == Rating.AMBER:
        rule = f"; red below {plain(judgement.bound)}%"
    share = judgement.distance or Decimal(0)
    return f"{number(share, _telling(share, judgement.bound, places=0))}% of plan {what}{rule}"


def _saving_missing(judgement: Judgement) -> str:
    if judgement.actual is None:
        return "No saving reported yet"
    return f"This month is not reported; {in_words(judgement.actual)} before it, of {in_words(judgement.planned)}"


def _put_in_place(judgement: Judgement) -> str:
    if judgement.overruled is None:
        return "Put in place of the rule"
    by, until, why, ruled = judgement.overruled
    said = sentence(ruled)
    said = f"{said[:1].lower()}{said[1:]}"
    if ruled.rating in MARK:
        said = f"{WORD[ruled.rating].lower()}, {said}"
    return f"Put in place by {by or 'opplan'} until {dated(until)}: {why.rstrip('.')}; the rule says {said}"


def _budget(judgement: Judgement, when: str) -> str:
    distance = judgement.distance or Decimal(0)
    if not distance:
        return f"On budget, {when}"
    places = _telling(abs(distance), Decimal(0), judgement.bound)
    side = "above" if distance > 0 else "below"
    return f"{per_cent(abs(distance), places)} {side} budget, {when}{_red_rule(judgement, '%')}"


def _no_budget(judgement: Judgement, when: str) -> str:
    if not judgement.actual:
        return f"None, as budgeted, {when}"
    return f"{in_words(judgement.actual)} where none is budgeted, {when}"


def _surplus(judgement: Judgement) -> str:
    if judgement.actual is None or judgement.planned is None or judgement.actual == judgement.planned:
        return "The surplus planned"
    side = "above" if judgement.actual > judgement.planned else "below"
    return f"{in_words(abs(judgement.actual - judgement.planned))} {side} the surplus planned" + (
        "; red where it is below" if judgement.rating == Rating.RED else ""
    )


def _net_risk(judgement: Judgement) -> str:
    rule = "" if judgement.rating == Rating.GREEN else f"; red above {plain(judgement.bound)}%"
    share = judgement.distance or Decimal(0)
    return f"{per_cent(share, _telling(share, judgement.bound))} of planned spend{rule}"


RULES: dict[str, Callable[[Judgement], str]] = {
    "milestone_complete": _complete,
    "milestone_overdue": _overdue,
    "milestone_expected": _expected,
    "no_day": lambda judgement: "No day agreed",
    "count_against_plan": _count,
    "count_against_nil": _nil,
    "percentage_against_plan": _percentage,
    "saving_to_date": lambda judgement: _share(judgement, "to date"),
    "saving_forecast": lambda judgement: _share(judgement, "forecast for the year"),
    "saving_not_reported": _saving_missing,
    "saving_not_due": lambda judgement: "No saving due yet",
    "saving_idea": lambda judgement: "An idea, not counted yet",
    "saving_no_scheme": lambda judgement: f"{in_words(judgement.planned)} has no scheme",
    "put_in_place": _put_in_place,
    "budget_to_date": lambda judgement: _budget(judgement, "to date"),
    "budget_to_date_of_none": lambda judgement: _no_budget(judgement, "to date"),
    "budget_forecast": lambda judgement: _budget(judgement, "forecast"),
    "budget_forecast_of_none": lambda judgement: _no_budget(judgement, "forecast"),
    "budget_not_reported": lambda judgement: "No actual reported yet",
    "budget_not_due": lambda judgement: "Nothing budgeted so far",
    "budget_stale": lambda judgement: f"Last reported {int(judgement.distance or 0)} months before the month shown",
    "surplus_forecast": _surplus,
    "net_risk": _net_risk,
    "no_actual": lambda judgement: "No figure for this month",
    "marked_missing": lambda judgement: "Marked missing: it was due and is not there",
    "marked_not_due": lambda judgement: "Marked not due for this month",
    "marked_not_applicable": lambda judgement: "Not applicable for this month",
    "no_plan": lambda judgement: "No plan to compare with",
    "no_plan_or_actual": lambda judgement: "Neither plan nor actual for this month",
    "not_monthly": lambda judgement: "Not collected monthly",
}
