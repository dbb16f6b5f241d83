"""The month grid of one scheme or of many, who has reported, and who changed what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from finance.actions.savings import SavingChange
from finance.queries import (
    FIGURES,
    FigureChanged,
    MonthOfSavings,
    SchemePosition,
    total_position,
)
from opplan.calc.money import total
from opplan.web import formats
from opplan.web.grid import Group, MonthGrid, Row
from opplan.web.reasons import WORD, sentence

if TYPE_CHECKING:
    from initiatives.queries import InitiativeEntry
    from opplan.plans.models import Plan

Address = Callable[..., str]
UNIDENTIFIED = "unidentified"
THOUSAND = Decimal(1000)
UNIT = "£000"

# The rows of a scheme, by the end of their key: the figure stored, the label, and what a screen reader hears.
ROWS: Mapping[str, tuple[str, str, str]] = {
    "plan": ("planned_saving", "Plan", "plan"),
    "actual": ("actual_saving", "Actual", "actual"),
    "forecast": ("forecast_saving", "Forecast", "forecast"),
    "plan investment": ("planned_investment", "Investment, plan", "planned investment"),
    "actual investment": ("actual_investment", "Investment, actual", "actual investment"),
    "forecast investment": ("forecast_investment", "Investment, forecast", "forecast investment"),
}
SAVING, INVESTMENT = ("plan", "actual", "forecast"), ("plan investment", "actual investment", "forecast investment")


@dataclass(frozen=True)
class Allowed:
    """Which months of each kind of row a person may type in."""

    actual: frozenset[date] = frozenset()
    forecast: frozenset[date] = frozenset()
    plan: frozenset[date] = frozenset()

    def only(self, kind: str) -> Allowed:
        """The same for one kind of row alone; all of them where `kind` is empty."""
        return Allowed(**{name: months for name, months in vars(self).items() if kind in ("", name)})


def allowed(plan: Plan, closed: frozenset[date], *, may_record: bool, may_plan: bool) -> Allowed:
    """Actuals up to the month reported, forecasts from it on, the plan in any month; closed months never."""
    reporting = plan.reporting_month or plan.start
    months = frozenset(plan.months) - closed
    return Allowed(
        actual=frozenset(month for month in months if may_record and month <= reporting),
        forecast=frozenset(month for month in months if may_record and month >= reporting),
        plan=months if may_plan else frozenset(),
    )


Figures = Mapping[str, Mapping[date, MonthOfSavings]]


def by_scheme(months: Iterable[MonthOfSavings]) -> Figures:
    """The months of each scheme."""
    found: dict[str, dict[date, MonthOfSavings]] = {}
    for month in months:
        found.setdefault(month.scheme, {})[month.month] = month
    return found


def _saving_rows(
    scheme: SchemePosition, months: Mapping[date, MonthOfSavings], may: Allowed, reporting: date
) -> list[Row]:
    rows = [_row(scheme, end, months, may, reporting) for end in SAVING]
    rows[2].year = total(month.expected_saving for month in months.values())
    differences = {
        at: None
        if month.expected_saving is None or month.planned_saving is None or not month.told
        else month.expected_saving - month.planned_saving
        for at, month in months.items()
    }
    rows.append(
        Row(
            f"{scheme.reference} difference",
            "Difference",
            f"{scheme.title}, difference",
            differences,
            scale=THOUSAND,
            year=total(differences.values()),
            signed=True,
            due=rows[1].due,
        )
    )
    return rows


def _row(scheme: SchemePosition, end: str, months: Mapping[date, MonthOfSavings], may: Allowed, reporting: date) -> Row:
    figure, label, heard = ROWS[end]
    values = {at: getattr(month, figure) for at, month in months.items()}
    nobodys = scheme.state == UNIDENTIFIED and end.startswith("actual")
    due = frozenset(at for at, month in months.items() if at <= reporting and month.planned_saving)
    return Row(
        f"{scheme.reference} {end}",
        label,
        f"{scheme.title}, {heard}",
        values,
        frozenset() if nobodys else getattr(may, end.partition(" ")[0]),
        scale=THOUSAND,
        year=total(values.values()),
        due=due if end == "actual" and not nobodys else None,
    )


def scheme_groups(scheme: SchemePosition, figures: Figures, may: Allowed, reporting: date) -> list[Group]:
    """One scheme's rows: gross saving with the difference from plan, and investment."""
    months = figures.get(scheme.reference, {})
    return [
        Group("Gross saving", _saving_rows(scheme, months, may, reporting)),
        Group("Investment", [_row(scheme, end, months, may, reporting) for end in INVESTMENT]),
    ]


def programme_groups(
    shown: Sequence[SchemePosition],
    everyone: Sequence[SchemePosition],
    figures: Figures,
    may: Allowed,
    plan: Plan,
    url: Address,
) -> list[Group]:
    """The rows of many schemes with their totals. Investment is shown where a scheme has any; totals are of `everyone`."""
    reporting = plan.reporting_month or plan.start
    groups = []
    for scheme in shown:
        months = figures.get(scheme.reference, {})
        rows = _saving_rows(scheme, months, may, reporting)
        if any(getattr(month, ROWS[end][0]) for month in months.values() for end in INVESTMENT):
            rows += [_row(scheme, end, months, may, reporting) for end in INVESTMENT]
        address = url("finance:scheme", reference=scheme.reference)
        groups.append(Group(scheme.title, rows, address, f"{scheme.reference}, gross"))
    if len(everyone) > 1:
        groups.append(_totals(everyone, figures, plan))
    return groups


def _totals(everyone: Sequence[SchemePosition], figures: Figures, plan: Plan) -> Group:
    def summed(figure: str) -> dict[date, Decimal | None]:
        return {
            at: total(
                getattr(figures[one.reference][at], figure) for one in everyone if at in figures.get(one.reference, {})
            )
            for at in plan.months
        }

    rows = []
    for figure, label in (
        ("planned_saving", "Plan"),
        ("actual_saving", "Actual"),
        ("expected_saving", "Actual, then forecast, then plan"),
    ):
        values = summed(figure)
        key = f"total {label.lower()}"
        rows.append(
            Row(key, label, key, values, scale=THOUSAND, year=total(values.values()), total=figure == "expected_saving")
        )
    return Group(f"All {formats.counted(len(everyone), 'scheme')}", rows)


def grid_note(everyone: Sequence[SchemePosition], figures: Figures, month: date) -> str:
    """What the totals are made of: how many schemes hold an actual for the month reported."""
    held = [
        one
        for one in everyone
        if (found := figures.get(one.reference, {}).get(month)) is not None and found.actual_saving is not None
    ]
    return (
        "Difference is actual, else forecast, less plan: + is favourable. Totals of plan and actual hold what is given: "
        f"{month:%B} actual holds {len(held)} of {formats.counted(len(everyone), 'scheme')}."
    )


def savings_grid(
    groups: Sequence[Group], plan: Plan, closed: frozenset[date], changes: Sequence[FigureChanged]
) -> MonthGrid:
    """The grid of these rows. `changes` tell who changed what a person is about to overwrite."""
    latest: dict[tuple[str, date, str], FigureChanged] = {}
    for change in changes:
        latest.setdefault((change.scheme, change.month, change.figure), change)

    def author(key: str, month: date) -> tuple[str, str, str]:
        reference, _, end = key.partition(" ")
        found = latest.get((reference, month, ROWS[end][0]))
        return (found.who, formats.moment(found.when), found.why) if found else ("", "", "")

    return MonthGrid(
        groups,
        plan.months,
        f"Savings by month, {plan.year_label}",
        UNIT,
        open_month=plan.reporting_month,
        closed=closed,
        author=author,
    )


def saving_changes(grid: MonthGrid) -> list[SavingChange]:
    """The grid's changes as the action takes them."""
    found = []
    for change in grid.changes:
        reference, _, end = change.key.partition(" ")
        found.append(SavingChange(reference, change.month, ROWS[end][0], change.was, change.value))
    return found


@dataclass(frozen=True)
class HistoryCell:
    """A figure as it was and as it became, in full pounds."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class HistoryEntry:
    """What one person saved at one moment, and why."""

    who: str
    when: datetime
    why: str
    cells: Sequence[HistoryCell]


def history(changes: Sequence[FigureChanged], *, named: bool = False) -> list[HistoryEntry]:
    """Changes as they were saved together, latest first. `named` gives each the reference of its scheme."""
    labels = {figure: heard for figure, _, heard in ROWS.values()}
    entries = []
    for (when, who, why), group in groupby(changes, key=lambda change: (change.when, change.who, change.why)):
        cells = sorted(group, key=lambda change: (change.scheme, FIGURES.index(change.figure), change.month))
        entries.append(
            HistoryEntry(
                who or "opplan",
                when,
                why,
                [
                    HistoryCell(
                        (f"{cell.scheme} " if named else "") + f"{labels[cell.figure]}, {cell.month:%B}",
                        formats.pounds(cell.was) or "empty",
                        formats.pounds(cell.now) or "empty",
                    )
                    for cell in cells
                ],
            )
        )
    return entries


@dataclass(frozen=True)
class ProgrammeRow:
    """A programme whose savings may be typed together."""

    title: str
    url: str
    schemes: int
    due: int
    reported: int
    planned_year: Decimal


def programme_rows(
    schemes: Sequence[SchemePosition], initiatives: Mapping[int, InitiativeEntry], url: Address
) -> list[ProgrammeRow]:
    """The programmes that have schemes, with how many have reported what is due."""
    rows = []
    for reference, title in {entry.programme_reference: entry.programme for entry in initiatives.values()}.items():
        keys = {key for key, entry in initiatives.items() if entry.programme_reference == reference}
        mine = [one for one in schemes if one.initiative_key in keys]
        due = [one for one in mine if one.due]
        if mine:
            address = url("finance:months", {"programme": reference})
            reported = sum(1 for one in due if not one.owing)
            rows.append(ProgrammeRow(title, address, len(mine), len(due), reported, total_position(mine).planned_year))
    return rows


def months_headline(title: str, schemes: Sequence[SchemePosition], month: date) -> str:
    """Who has reported the month, of those who should have."""
    due = [one for one in schemes if one.due]
    reported = sum(1 for one in due if not one.owing)
    if not due:
        return f"{title}: no saving is due by {formats.month(month)}"
    if len(due) == 1:
        return f"{title}: the one scheme due has {'' if reported else 'not '}reported {formats.month(month)}"
    who = "none of the" if not reported else "all" if reported == len(due) else f"{reported} of"
    return f"{title}: {who} {len(due)} schemes due {'have' if reported else 'has'} reported {formats.month(month)}"


def saved_message(count: int, before: Sequence[SchemePosition], after: Sequence[SchemePosition]) -> str:
    """What was saved, and how the rating of each scheme now stands where it moved."""
    if not count:
        return "Nothing to save: every figure is as it is stored."
    earlier = {scheme.key: scheme.judgement for scheme in before}
    moved = [
        scheme for scheme in after if scheme.key in earlier and earlier[scheme.key].rating != scheme.judgement.rating
    ]
    told = [
        f"{scheme.title} is now {WORD[scheme.judgement.rating].lower()}: {sentence(scheme.judgement)}."
        for scheme in moved[:3]
    ]
    return " ".join([f"Saved: {formats.counted(count, 'figure')}.", *told])
