"""The words and rows of the pages where weekly counts and delayed days are entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from activity.forms.delays import category_name
from activity.queries.delays import CUTS, DaysByCut, DelayEdit, Week
from opplan.plans.queries import Place
from opplan.web import formats
from opplan.web.formats import counted, number


@dataclass(frozen=True)
class WeekEntry:
    """A week of the list, with where to enter it."""

    day: date
    url: str
    planned: str
    actual: str
    difference: str
    source: str
    basis: str


def week_entries(weeks: Sequence[Week], address: Callable[[date], str]) -> list[WeekEntry]:
    """The latest first."""
    return [
        WeekEntry(
            week.day,
            address(week.day),
            number(week.planned, 1),
            number(week.actual),
            number(week.difference, signed=True),
            week.source if week.basis in ("published", "entered") else "",
            week.basis if week.actual is not None else "",
        )
        for week in reversed(weeks)
    ]


def weeks_headline(weeks: Sequence[Week], first: date, last: date) -> str:
    """How many weeks of the year are counted, and to which day."""
    year = [week for week in weeks if first <= week.day.replace(day=1) <= last]
    held = [week for week in year if week.actual is not None]
    if not held:
        return "No week of this year is counted yet"
    of = f" of the {len(year)} that the trajectory has" if len(year) > len(held) else ""
    return (
        f"{counted(len(held), 'week')}{of} {'is' if len(held) == 1 else 'are'} counted, to {formats.day(held[-1].day)}"
    )


def week_lead(actual: Decimal | None, planned: Decimal | None) -> str:
    plan = "no trajectory" if planned is None else f"a trajectory of {number(planned)}"
    if actual is None:
        return f"Not counted yet, against {plan}."
    return f"{counted(int(actual), 'patient')} delayed, against {plan}."


WHOSE = {"local_authority": "residents of the area of {}", "provider": "patients in the beds of {}"}


def place_words(code: str, known: Mapping[str, Place]) -> str:
    """Whose delays a place's are: a local authority's by residence, a provider's by the bed. Not by who is responsible for them."""
    place = known.get(code)
    return WHOSE.get(place.kind, "{}").format(place.name) if place else f"the place {code}"


def days_headline(whose: str, held: Mapping[date, DaysByCut]) -> str:
    """Whose delays, and to which month they are held."""
    if not held:
        return f"No delayed days of {whose} are held for this year"
    last = held[max(held)]
    total = next((last.total(cut) for cut in CUTS if last.of(cut)), None)
    return f"{number(total)} delayed days in {formats.month(last.period)}, the last month held: {whose}"


def days_saved(many: int) -> str:
    return f"Saved: {counted(many, 'figure')} changed." if many else "Nothing was changed, so nothing was saved."


@dataclass(frozen=True)
class EditItem:
    what: str
    was: str
    now: str
    who: str
    when: datetime
    why: str


def day_edits(edits: Sequence[DelayEdit], limit: int = 30) -> list[EditItem]:
    """The latest changes, each with what it was and is now."""
    return [
        EditItem(
            f"{category_name(*edit.key.split(' ', 1))}, {formats.month(edit.period)}",
            "not held" if edit.was is None else number(edit.was),
            "not held" if edit.now is None else number(edit.now),
            edit.who,
            edit.when,
            edit.why,
        )
        for edit in edits[:limit]
    ]
