"""The sentences of the control group's page: its headline and lead, and what each section found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from activity.presenters.delay_charts import off_trajectory, spoken
from activity.presenters.delay_rows import BODIES, base_month, beds, quarter, signed
from activity.presenters.words import small
from activity.queries.control_group import ControlGroup
from activity.queries.delays import QuarterShare, Week
from activity.queries.reasons import reason_called
from opplan.calc.delays import Slice
from opplan.calc.money import rounded
from opplan.calc.months import end_of, next_month
from opplan.calc.ratios import share_of
from opplan.web import formats
from opplan.web.formats import counted, listed, number, per_cent, pounds

STALE = timedelta(days=31)
MOST = 80  # per cent: so many reasons make most of the delays
CUT_NAMES = {"care": "types of care", "body": "responsible organisations", "reason": "reasons"}
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _counted_words(figure: Decimal) -> str:
    whole = int(rounded(abs(figure)))
    return WORDS[whole] if whole < len(WORDS) else number(whole)


def headline(found: ControlGroup) -> str:
    """The latest weekly count against the week before and the trajectory; the month's beds where no recent count is held."""
    weeks = found.counted
    if weeks and end_of(found.month) - weeks[-1].day < STALE:
        week = weeks[-1]
        parts = [_since_last(weeks), off_trajectory(week.difference, 0)]
        said = [part for part in parts if part]
        count = int(week.actual or 0)
        words = f"{counted(count, 'patient')} {'was' if count == 1 else 'were'} delayed on {spoken(week.day)}"
        words = words[:1].upper() + words[1:]
        return words + (f", {' and '.join(said)}" if said else "")
    if found.now and found.now.beds is not None:
        off = off_trajectory(found.now.difference, 1)
        words = f"Delays took up {beds(found.now.beds)} beds a day in {formats.month(found.month)}"
        return words + (f", {off}" if off else "")
    if found.official or found.weekly:
        return f"No delayed transfers are reported for {formats.month(found.month)}"
    return "This plan follows no delayed transfers yet"


def _since_last(weeks: Sequence[Week]) -> str:
    if len(weeks) < 2:
        return ""
    earlier, week = weeks[-2], weeks[-1]
    change = (week.actual or Decimal(0)) - (earlier.actual or Decimal(0))
    than = "the week before" if week.day - earlier.day == timedelta(days=7) else f"on {spoken(earlier.day)}"
    if not change:
        return f"as many as {than}"
    return f"{_counted_words(change)} {'more' if change > 0 else 'fewer'} than {than}"


def context(found: ControlGroup, week: Week | None) -> str:
    """To which day and month the figures go, and how firm they are."""
    words = ["Delayed transfers of care, for the control group."]
    if week:
        words.append(f"Weekly count to {formats.day(week.day)}, local and not validated.")
    if found.now and found.now.beds is not None:
        status = f", {found.now.status}" if found.now.status else ""
        words.append(f"Monthly figures to {formats.month(found.month)}{status}.")
    return " ".join(words)


def lead(found: ControlGroup, slices: Sequence[Slice]) -> str:
    now = found.ours.get(found.month)
    if not slices or now is None:
        return "" if not found.official else f"No delays by reason are held for {formats.month(found.month)}."
    first = reason_called(slices[0].name)
    when = f"{found.month:%B}"
    whole = now.all_beds()
    said = [
        f"The largest reason is {_inside(first.short_name)}: {beds(now.beds('reason', slices[0].name))} of {beds(whole)} beds in {when}."
    ]
    if grew := grew_most(found):
        code, was, is_now, since = grew
        name = reason_called(code).short_name
        name = (
            f"It also grew most of all since {formats.month(since)}"
            if code == slices[0].name
            else (f"{name}{',' if ',' in name else ''} grew most since {formats.month(since)}")
        )
        said.append(f"{name}: from {beds(was)} to {beds(is_now)}.")
    return " ".join(said)


def _inside(name: str) -> str:
    """A name within a sentence: its first letter small, unless it is an abbreviation."""
    return name if name[:2].isupper() else small(name)


def grew_most(found: ControlGroup) -> tuple[str, Decimal, Decimal, date] | None:
    """The reason whose beds rose most since April, with then and now. None where none rose."""
    base = base_month(found)
    then, now = found.ours.get(base), found.ours.get(found.month)
    if then is None or now is None or not then.of("reason"):
        return None
    rises = [
        (is_now - was, code, was, is_now)
        for code in now.of("reason")
        if (was := then.beds("reason", code)) is not None and (is_now := now.beds("reason", code)) is not None
    ]
    rise, code, was, is_now = max(rises, default=(Decimal(0), "", Decimal(0), Decimal(0)))
    return (code, was, is_now, base) if rise > 0 else None


def warnings(found: ControlGroup) -> list[str]:
    """Where a cut does not add up to the official figure: said, never mended silently."""
    return [
        f"The {CUT_NAMES[one.cut]} of {formats.month(one.period)} add up to {number(one.days)} delayed days, where the official figure "
        f"is {number(one.official)}."
        for one in found.mismatches
    ]


def week_takeaway(found: ControlGroup) -> str:
    """Last year's published counts, which no trajectory was drawn from, and the highest of the year."""
    if not found.official or not found.counted:
        return "No weekly count is held." if found.weekly else ""
    start = found.official.year_start
    year = [one for one in found.counted if one.day >= start]
    earlier = [one for one in found.counted if one.day < start]
    said = []
    if year:
        low = min(year, key=lambda one: (one.actual or Decimal(0), -one.day.toordinal()))
        high = max(year, key=lambda one: (one.actual or Decimal(0), one.day.toordinal()))
        said.append(
            f"Between {number(low.actual)} ({spoken(low.day)}) and {number(high.actual)} ({spoken(high.day)}) this year."
        )
    if earlier:
        told = [f"{number(one.actual)} at the end of {formats.month(one.day)}" for one in earlier]
        said.append(f"Published before: {listed(told)}.")
    return " ".join(said)


def month_takeaway(found: ControlGroup) -> str:
    """Since when the trajectory is missed, or that it is kept."""
    year = found.official.year_start if found.official else found.month
    held = [one for one in found.months if one.period >= year and one.difference is not None]
    if not held:
        return ""
    run = 0
    for one in reversed(held):
        if (one.difference or Decimal(0)) <= 0:
            break
        run += 1
    if not run:
        return "At or below the trajectory."
    since = held[-run].period
    return f"Above the trajectory since {formats.month(since)}." if run > 1 else "Above the trajectory this month."


def carried(found: ControlGroup) -> str:
    """Which months are provisional, and on whose beds they stand."""
    carried = [one for one in found.months if one.share is not None and one.occupancy and one.occupancy.provisional]
    if not carried:
        return ""
    base = carried[-1].occupancy
    assert base is not None
    names = [formats.short_month(one.period) for one in carried]
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return (
        f"Provisional, {span}: occupied beds are published by quarter, and these months take the {number(base.beds)} of "
        f"{quarter(base.quarter)}."
    )


def per_adults(found: ControlGroup) -> str:
    if found.now is None or found.now.per_adults is None:
        return ""
    return f"{beds(found.now.per_adults)} beds a day for each 100,000 adults in {found.month:%B}, of {number(found.adults)} adults."


def most(slices: Sequence[Slice], month: date) -> str:
    """How few reasons make most of the delays."""
    if not slices or not slices[-1].cumulative:
        return ""
    few = next(at for at, one in enumerate(slices, start=1) if one.cumulative >= MOST)
    return (
        f"{_counted_words(Decimal(few)).capitalize()} {'reason makes' if few == 1 else 'reasons make'} "
        f"{per_cent(slices[few - 1].cumulative, 0)} of {month:%B}’s delays."
    )


def body_takeaway(found: ControlGroup) -> str:
    """How each part has changed in a year."""
    year_ago = next_month(found.month, -12)
    then, now = found.ours.get(year_ago), found.ours.get(found.month)
    if then is None or now is None or not then.of("body") or not now.of("body"):
        return ""
    said = []
    for body, name in BODIES.items():
        was, is_now = then.beds("body", body), now.beds("body", body)
        if was and is_now is not None:
            said.append(f"{_inside(name)} {signed(is_now - was)}")
    return f"Beds a day since {formats.month(year_ago)}: {listed(said)}." if said else ""


def place_takeaway(found: ControlGroup) -> str:
    now = found.ours.get(found.month)
    if now is None or not now.of("care"):
        return ""
    acute = now.of("care").get("acute", Decimal(0))
    return f"{share_of(acute, now.total('care') or Decimal(0))}% of {found.month:%B}’s delayed days were in acute beds."


def initiative_takeaway(found: ControlGroup) -> str:
    """What the initiatives are to free, what nobody covers, and what they report beside what the official figure shows."""
    if found.to_free is None or found.covered is None:
        return ""
    said = [
        f"{number(found.covered)} of the {number(found.to_free)} beds a day to be freed by March have an initiative"
    ]
    gap = found.to_free - found.covered
    said[0] += f"; {number(gap)} have none." if rounded(gap) > 0 else "."
    if found.claimed is not None and found.freed is not None:
        fell = f"{number(abs(found.freed), 1)} {'fewer' if found.freed > 0 else 'more'}"
        said.append(f"They report {number(found.claimed)} freed; the official figure shows {fell} than in March.")
    return " ".join(said)


def out_takeaway(found: ControlGroup) -> str:
    line = found.out_of_county
    if line is None:
        return ""
    if line.actual is None:
        return f"Not reported for {formats.month(found.month)}."
    return f"{number(line.actual)} in {found.month:%B}, {number(line.actual_to_date)} so far this year."


def avoided_takeaway(found: ControlGroup) -> str:
    aim = found.non_elective
    if aim is None:
        return ""
    return f"{number(aim.avoided)} emergency admissions are to be avoided, {per_cent(aim.share, 2)} of the {number(aim.expected)} expected."


def share_takeaway(shares: Sequence[QuarterShare]) -> str:
    settled = [one for one in shares if one.released is not None]
    if not settled:
        return "No quarter is reported in full yet." if shares else ""
    got = sum((one.released or Decimal(0) for one in settled), Decimal(0))
    at_stake = sum((one.amount for one in settled), Decimal(0))
    return f"{pounds(got)} of {pounds(at_stake)} released in {counted(len(settled), 'quarter')}, {pounds(at_stake - got)} withheld."


def source(found: ControlGroup) -> str:
    now = found.official.now if found.official else None
    if now is None or now.actual is None:
        return ""
    return f"Source: {now.source}; {now.status}."
