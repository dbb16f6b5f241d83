"""How a line's plan is built up: last year's outturn, the parts of the year, and what initiatives change month by month."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activity.models import Impact, ImpactMonth, LineBuild
from activity.queries.lines import Month, year_value
from opplan.calc.bank_holidays import BANK_HOLIDAYS_OF_ENGLAND
from opplan.calc.building import BuildUp, build_up, periods, phased
from opplan.calc.money import rounded
from opplan.calc.months import days_in, financial_year, month_number, next_month
from opplan.calc.phasing import working_days
from opplan.calc.ratios import Kind, YearRule
from opplan.imports.provenance import Basis
from opplan.plans.versions import ChangeEntry, changes
from opplan.web.formats import listed, plain, short_month

if TYPE_CHECKING:
    from activity.models import Line
    from opplan.plans.models import Plan

BUILD_FIELDS = {
    "baseline": "Baseline",
    "baseline_year": "Year of the baseline",
    "demographic": "Demographic growth, per cent",
    "other": "Other growth, per cent",
    "policy": "Policy and service changes",
    "policy_note": "Note on policy",
    "phasing": "Phasing",
    "source": "Source of the baseline",
}
IMPACT_FIELDS = {
    "title": "Title",
    "how_modelled": "How it was modelled",
    "effect": "Effect",
    "initiative_id": "Initiative",
}


@dataclass(frozen=True)
class Profile:
    """A profile by which a year may be phased: weights for a day of each month, April to March."""

    title: str
    weights: Sequence[Decimal]
    basis: str
    source: str


@cache
def profiles() -> dict[str, Profile]:
    """The catalogue of profiles."""
    with (Path(__file__).parent.parent / "profiles.toml").open("rb") as catalogue:
        read = tomllib.load(catalogue, parse_float=Decimal)
    return {
        name: Profile(row["title"], [Decimal(weight) for weight in row["weights"]], row["basis"], row["source"])
        for name, row in read.items()
    }


@dataclass(frozen=True)
class Outturn:
    """Last year's outturn of a line from the actual figures held. No value where a period of it is missing."""

    year: str
    value: Decimal | None
    held: Sequence[Month]
    asked: int
    missing: Sequence[date]
    source: str
    basis: str

    def in_month(self, month: date) -> Month | None:
        """What is held of the month a year before `month`."""
        return next((one for one in self.held if one.period == next_month(month, -12)), None)


def outturn(line: Line, held: Sequence[Month]) -> Outturn:
    """The outturn of the twelve months before the plan's year, as the measure's months become a year. No query.

    A sum or an average over a year with a hole is no outturn: every period must be held. A snapshot needs the last alone.
    """
    rule = YearRule(line.measure.year_rule)
    first = next_month(line.plan.start, -12)
    year = [next_month(first, step) for step in range(12)]
    asked = [period[0] for period in periods(year, line.frequency or line.measure.frequency)] or year
    found = [one for one in held if one.period in year and one.actual is not None]
    reported = {one.period for one in found}
    missing = [month for month in asked if month not in reported]
    enough = year[-1] in reported or asked[-1] in reported if rule == YearRule.LAST else not missing
    heads = dict.fromkeys(one.source.partition(",")[0] for one in found if one.source)
    return Outturn(
        financial_year(first),
        year_value(found, rule, planned=False) if enough else None,
        found,
        len(asked),
        missing,
        "; ".join(heads)[:200],
        _basis([one.basis for one in found]),
    )


def _basis(each: Sequence[str]) -> str:
    """The basis of a figure made of several: illustrative when one of them is."""
    if Basis.ILLUSTRATIVE in each:
        return Basis.ILLUSTRATIVE
    return each[0] if len(set(each)) == 1 else Basis.DERIVED


@dataclass(frozen=True)
class ImpactEntry:
    """What an initiative is to change in a line. `year` is None where nobody has quantified it."""

    key: int
    reference: str
    title: str
    how_modelled: str
    effect: str
    initiative: str
    initiative_title: str
    months: Mapping[date, Decimal]
    year: Decimal | None
    source: str
    basis: str
    months_basis: str


def impacts(line: Line) -> list[ImpactEntry]:
    """What initiatives are to change in the line, in the order of their references. Two queries."""
    rule = YearRule(line.measure.year_rule)
    rows = list(Impact.objects.filter(line=line).select_related("initiative"))
    months: dict[int, dict[date, tuple[Decimal, str]]] = {row.pk: {} for row in rows}
    for key, month, planned, basis in ImpactMonth.objects.filter(impact__line=line).values_list(
        "impact_id", "month", "planned", "basis"
    ):
        months[key][month] = (planned, basis)
    return [_entry(row, months[row.pk], rule) for row in rows]


def _entry(row: Impact, months: Mapping[date, tuple[Decimal, str]], rule: YearRule) -> ImpactEntry:
    held = {month: planned for month, (planned, _) in sorted(months.items())}
    year = None
    if held:
        # What adds up over months adds up over the year; a level is moved by what the last month says.
        year = sum(held.values(), Decimal(0)) if rule == YearRule.SUM else held[max(held)]
    return ImpactEntry(
        row.pk,
        row.reference,
        row.title,
        row.how_modelled,
        row.get_effect_display(),
        row.initiative.reference,
        row.initiative.title,
        held,
        year,
        row.source,
        row.basis,
        _basis([basis for _, basis in months.values()]) if months else "",
    )


def impacts_in(plan: Plan) -> list[tuple[int, int, str, str]]:
    """What the plan's initiatives are to change in activity: key, initiative's key, reference and title of each. One query."""
    rows = Impact.objects.filter(plan=plan).order_by("reference")
    return list(rows.values_list("pk", "initiative_id", "reference", "title"))


def find_impact(plan: Plan, reference: str) -> Impact | None:
    """One impact by its reference, with its line, measure and initiative. One query."""
    rows = Impact.objects.select_related("initiative", "line__measure", "line__provider")
    row = rows.filter(plan=plan, reference=reference).first()
    if row is not None:
        row.plan = row.line.plan = plan
    return row


@dataclass(frozen=True)
class Building:
    """A line's build-up beside the plan that its months hold. `up` is None where nobody has given a baseline.

    `phased` says that the year is spread over its periods: a count whose months add up. The others have a trajectory.
    """

    row: LineBuild | None
    outturn: Outturn
    impacts: Sequence[ImpactEntry]
    periods: Sequence[tuple[date, ...]]
    up: BuildUp | None
    planned: Decimal | None
    places: int
    phased: bool

    @property
    def quantified(self) -> list[ImpactEntry]:
        return [one for one in self.impacts if one.year is not None]

    @property
    def unexplained(self) -> Decimal | None:
        """By how much the months planned exceed the build-up; None when either is absent."""
        return None if self.up is None or self.planned is None else self.planned - self.up.plan


def places_of(kind: str) -> int:
    """The precision of a build-up: counts are whole, levels have one decimal."""
    return 0 if kind == Kind.COUNT else 1


def building(line: Line, held: Sequence[Month]) -> Building:
    """How the plan of the line is built up. `held` are its readings. Three queries."""
    row = LineBuild.objects.filter(line=line).first()
    found = impacts(line)
    places = places_of(line.measure.kind)
    up = None
    if row is not None:
        up = build_up(
            row.baseline,
            demographic=row.demographic,
            other=row.other,
            policy=row.policy,
            impacts=[one.year for one in found if one.year is not None],
            places=places,
        )
    months = line.plan.months
    year = [one for one in held if one.period in months and one.planned is not None]
    rule = YearRule(line.measure.year_rule)
    # A level is built up to where the year ends; only a count that is summed has a figure for the year.
    planned = year_value(year, rule if rule == YearRule.SUM else YearRule.LAST, planned=True)
    spans = periods(months, line.frequency or line.measure.frequency)
    summed = rule == YearRule.SUM and line.measure.kind == Kind.COUNT and bool(spans)
    return Building(row, outturn(line, held), found, spans, up, planned, places, summed)


def build_changes(line: Line, row: LineBuild | None) -> list[ChangeEntry]:
    """What has changed in the line's build-up, latest first. One query."""
    if row is None:
        return []
    entries = row.history.select_related("history_user").order_by("id", "history_id")
    return changes(entries, kind="Build-up", fields=BUILD_FIELDS, title=lambda entry: line.measure.short_name)


def impact_changes(row: Impact) -> list[ChangeEntry]:
    """What has changed in one impact and its months, latest first. Two queries."""
    mine = row.history.select_related("history_user").order_by("id", "history_id")
    kept: Any = ImpactMonth.history.model
    months = kept.objects.filter(impact_id=row.pk).select_related("history_user").order_by("history_id")
    found = changes(
        mine, kind="Impact", fields=IMPACT_FIELDS, names={"initiative_id": {row.initiative_id: row.initiative.title}}
    )
    before: dict[date, str] = {}
    for entry in months:
        now = "" if entry.history_type == "-" else plain(entry.planned)
        if entry.history_user is not None:
            found.append(
                ChangeEntry(
                    entry.history_date,
                    str(entry.history_user),
                    entry.history_change_reason or "",
                    "Month",
                    "",
                    f"{entry.month:%B %Y}",
                    "changed",
                    "Change",
                    before.get(entry.month, ""),
                    now,
                )
            )
        before[entry.month] = now
    return sorted(found, key=lambda change: change.when, reverse=True)


@dataclass(frozen=True)
class PhasedMonth:
    """One period of a previewed phasing: what is planned now and what would be. A closed one keeps its figure."""

    month: date
    now: Decimal | None
    then: Decimal | None
    closed: bool

    @property
    def difference(self) -> Decimal | None:
        return None if self.then is None else self.then - (self.now or Decimal(0))


@dataclass(frozen=True)
class PhasedYear:
    """A year phased over its periods, previewed: nothing is stored."""

    year: Decimal
    months: Sequence[PhasedMonth]

    @property
    def kept(self) -> Decimal:
        """What the closed periods hold."""
        return sum((one.now or Decimal(0) for one in self.months if one.closed), Decimal(0))

    @property
    def now(self) -> Decimal:
        return sum((one.now or Decimal(0) for one in self.months), Decimal(0))

    @property
    def then(self) -> Decimal:
        return sum((one.then or Decimal(0) for one in self.months), Decimal(0))

    @property
    def free(self) -> list[PhasedMonth]:
        """The periods that may change."""
        return [one for one in self.months if not one.closed]


def phased_year(
    line: Line,
    built: Building,
    held: Sequence[Month],
    *,
    how: str,
    year: Decimal,
    percentages: Sequence[Decimal],
    closed: frozenset[date],
) -> PhasedYear:
    """The year phased over the line's periods. What initiatives change stands in its own period; closed periods keep their plan.

    ValueError says in words why it cannot be: a month of last year is missing, every period is closed, or the closed ones hold
    more than the year.
    """
    if year != rounded(year, 0):
        raise ValueError("The year is a whole number: the line is a count.")
    planned = {one.period: one.planned_numerator for one in held}
    starts = [period[0] for period in built.periods]
    kept = {at: planned.get(month) or Decimal(0) for at, month in enumerate(starts) if month in closed}
    if len(kept) == len(starts):
        raise ValueError("Every month is closed, so nothing can be phased.")
    added = [
        sum((one.months.get(month, Decimal(0)) for one in built.impacts for month in period), Decimal(0))
        for period in built.periods
    ]
    weights = _weights(built, how, percentages)
    if all(weights[at] == 0 for at in range(len(starts)) if at not in kept):
        raise ValueError("The months that are open have no share of the year.")
    then = phased(year, weights, kept=kept, added=added)
    if any(figure < 0 for figure in then):
        raise ValueError(
            "A month would be planned below nought: the closed months and the initiatives leave too little of the year."
        )
    return PhasedYear(
        year,
        [
            PhasedMonth(month, planned.get(month), planned.get(month) if at in kept else then[at], at in kept)
            for at, month in enumerate(starts)
        ],
    )


def _weights(built: Building, how: str, percentages: Sequence[Decimal]) -> Sequence[Decimal | int]:
    """What each period weighs in the year."""
    if how == LineBuild.Phasing.LAST_YEAR:
        found = [(period[0], built.outturn.in_month(period[0])) for period in built.periods]
        shape = [(month, one.actual_numerator if one else None) for month, one in found]
        require_whole_shape([next_month(month, -12) for month, figure in shape if figure is None])
        return [figure or Decimal(0) for _, figure in shape]
    return percentages if how == LineBuild.Phasing.OWN else calendar_weights(how, built.periods)


def calendar_weights(how: str, found: Sequence[Sequence[date]]) -> list[Decimal | int]:
    """What each period weighs by the calendar alone: its working days, its days in a winter profile, or each the same."""
    if how == LineBuild.Phasing.WORKING_DAYS:
        return [sum(working_days(month, BANK_HOLIDAYS_OF_ENGLAND) for month in period) for period in found]
    if how == LineBuild.Phasing.WINTER:
        winter = profiles()["winter"].weights
        return [
            sum((winter[month_number(month) - 1] * days_in(month) for month in period), Decimal(0)) for period in found
        ]
    return [1] * len(found)


def require_whole_shape(missing: Sequence[date]) -> None:
    """ValueError where a month of last year is not held: a shape with a hole in it would give that month nothing."""
    if missing:
        names = listed([short_month(month) for month in missing])
        raise ValueError(
            f"Last year’s shape needs every month of it: {names} {'is' if len(missing) == 1 else 'are'} not held."
        )


@dataclass(frozen=True)
class ImpactFigure:
    """One month of an impact: by how much, from where, and who changed it last."""

    planned: Decimal
    source: str
    basis: str
    who: str
    when: datetime | None
    why: str


def impact_months(row: Impact) -> dict[date, ImpactFigure]:
    """The months that an impact is quantified in. One query, and another for who changed them."""
    kept: Any = ImpactMonth.history.model
    edits = kept.objects.filter(impact_id=row.pk, history_user__isnull=False).order_by("history_id")
    last = {
        month: (who, when, why or "")
        for month, who, when, why in edits.values_list(
            "month", "history_user__name", "history_date", "history_change_reason"
        )
    }
    found = ImpactMonth.objects.filter(impact=row)
    return {
        month: ImpactFigure(planned, source, basis, *last.get(month, ("", None, "")))
        for month, planned, source, basis in found.values_list("month", "planned", "source", "basis")
    }
