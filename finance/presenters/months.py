"""The month grid of one scheme or of many, and what was typed into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from finance.actions.savings import SavingChange, StatusChange
from finance.queries import FigureChanged, MonthOfSavings, SchemePosition
from finance.queries.months import STATUS
from opplan.calc.money import total
from opplan.web import formats
from opplan.web.grid import Author, Group, MonthGrid, Row

if TYPE_CHECKING:
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
    STATUS: (STATUS, "Actual is", "status of the actual"),
}
STATUSES = ("final", "flex", "estimate")
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
    rows = [month_row(scheme, end, months, may, reporting) for end in SAVING]
    rows[2].year = total(month.expected_saving for month in months.values())
    differences = {
        at: None
        if month.expected_saving is None or month.planned_saving is None or not month.told
        else month.expected_saving - month.planned_saving
        for at, month in months.items()
    }
    if any(month.status for month in months.values()) or (may.actual and not scheme.nobodys):
        rows.insert(2, status_row(scheme, months, may))
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


def month_row(
    scheme: SchemePosition, end: str, months: Mapping[date, MonthOfSavings], may: Allowed, reporting: date
) -> Row:
    figure, label, heard = ROWS[end]
    values = {at: getattr(month, figure) for at, month in months.items()}
    nobodys = scheme.state in (UNIDENTIFIED, "idea") and end.startswith("actual")
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


def status_row(scheme: SchemePosition, months: Mapping[date, MonthOfSavings], may: Allowed) -> Row:
    """How firm each actual is: typed as a word, or the beginning of it."""
    _, label, heard = ROWS[STATUS]
    values = {at: Decimal(STATUSES.index(month.status) + 1) for at, month in months.items() if month.status}
    return Row(
        f"{scheme.reference} {STATUS}",
        label,
        f"{scheme.title}, {heard}",
        values,
        may.actual,
        words=STATUSES,
        due=frozenset(),
    )


def scheme_groups(scheme: SchemePosition, figures: Figures, may: Allowed, reporting: date) -> list[Group]:
    """One scheme's rows: gross saving with the difference from plan, and investment."""
    months = figures.get(scheme.reference, {})
    return [
        Group("Gross saving", _saving_rows(scheme, months, may, reporting)),
        Group("Investment", [month_row(scheme, end, months, may, reporting) for end in INVESTMENT]),
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
            rows += [month_row(scheme, end, months, may, reporting) for end in INVESTMENT]
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
        ("expected_saving", "Expected"),
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
        "Actual is: final, flex or estimate. Difference is actual, else forecast, less plan: + is favourable. Expected is actual, else "
        "the month’s own forecast, else what the scheme’s forecast follows. Totals of plan and actual hold what is given: "
        f"{month:%B} actual holds {len(held)} of {formats.counted(len(everyone), 'scheme')}."
    )


def savings_grid(
    groups: Sequence[Group], plan: Plan, closed: frozenset[date], changes: Sequence[FigureChanged]
) -> MonthGrid:
    """The grid of these rows. `changes` tell who changed what a person is about to overwrite."""
    return MonthGrid(
        groups,
        plan.months,
        f"Savings by month, {plan.year_label}",
        UNIT,
        open_month=plan.reporting_month,
        closed=closed,
        author=author_of(changes),
    )


def author_of(changes: Sequence[FigureChanged]) -> Author:
    """Who changed a cell last, when and why; `changes` are latest first."""
    latest: dict[tuple[str, date, str], FigureChanged] = {}
    for change in changes:
        latest.setdefault((change.scheme, change.month, change.figure), change)

    def author(key: str, month: date) -> tuple[str, str, str]:
        reference, _, end = key.partition(" ")
        found = latest.get((reference, month, ROWS[end][0]))
        return (found.who, formats.moment(found.when), found.why) if found else ("", "", "")

    return author


@dataclass(frozen=True)
class Recorded:
    """What was typed into a grid, as the action takes it."""

    figures: Sequence[SavingChange]
    statuses: Sequence[StatusChange]


def recorded(grid: MonthGrid, marking: tuple[date, str] | None = None) -> Recorded:
    """The grid's changes. `marking` is a month and how firm every actual of it is that is not marked by itself."""
    figures, statuses = [], dict[tuple[str, date], StatusChange]()
    for change in grid.changes:
        reference, _, end = change.key.partition(" ")
        if end == STATUS:
            marked = StatusChange(reference, change.month, _word(change.was), _word(change.value))
            statuses[reference, change.month] = marked
        else:
            figures.append(SavingChange(reference, change.month, ROWS[end][0], change.was, change.value))
    if marking is not None:
        for marked in _marked(grid, *marking):
            statuses.setdefault((marked.scheme, marked.month), marked)
    return Recorded(figures, list(statuses.values()))


def _marked(grid: MonthGrid, month: date, status: str) -> Iterable[StatusChange]:
    """Each scheme whose actual of the month may be typed here, has one as it would be stored, and is marked otherwise."""
    rows = {row.key: row for row in grid.rows()}
    after = {(change.key, change.month): change.value for change in grid.changes}
    for key, row in rows.items():
        reference, _, end = key.partition(" ")
        if end != STATUS or month not in row.editable:
            continue
        actuals = [rows[name] for name in (f"{reference} actual", f"{reference} actual investment") if name in rows]
        held = any(after.get((one.key, month), one.values.get(month)) is not None for one in actuals)
        was = _word(row.values.get(month))
        if held and was != status:
            yield StatusChange(reference, month, was, status)


def _word(value: Decimal | None) -> str:
    return STATUSES[int(value) - 1] if value else ""
