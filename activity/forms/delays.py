"""What people type about delayed transfers: the count of a week, and the delayed days of the months by cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms

from activity.actions.delays import DelayChange
from activity.forms.entry import FigureEntry
from activity.queries.delays import CATEGORIES, CUTS, DaysByCut, DelayEdit
from activity.queries.reasons import reason_called
from opplan.web.formats import moment
from opplan.web.forms import Dressed, FigureField, TypedDay
from opplan.web.grid import Group, MonthGrid, Row

if TYPE_CHECKING:
    from opplan.plans.models import Plan

WHY_LENGTH, MOST_PASTED = 300, 100_000
CUT_TITLES = {"care": "By type of care", "body": "By responsible organisation", "reason": "By reason"}
CATEGORY_NAMES = {
    "acute": "Acute",
    "non_acute": "Not acute",
    "nhs": "NHS",
    "social_care": "Social care",
    "both": "Both",
}


class DayForm(Dressed, forms.Form):
    """The day that was counted."""

    day = TypedDay(label="Counted on", help_text="Such as 6/10/2016. Usually a Thursday.")


class WeekForm(Dressed, forms.Form):
    """The count of one day, and where the trajectory has it; each only for those who may change it."""

    actual = FigureField(
        label="Patients delayed", required=False, places=0, help_text="Empty where nobody counted; 0 is a count."
    )
    planned = FigureField(label="Trajectory", required=False, places=1)
    why = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=WHY_LENGTH,
        help_text="Needed when a published count is changed. Everybody who may read the plan sees it.",
    )

    def __init__(self, *args: Any, may_record: bool, may_plan: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_record:
            del self.fields["actual"]
        if not may_plan:
            del self.fields["planned"]

    @property
    def counts(self) -> dict[str, Decimal | None]:
        return {name: self.cleaned_data[name] for name in ("planned", "actual") if name in self.fields}


class RiskShareForm(Dressed, forms.Form):
    """What is at stake in a quarter of the Better Care Fund, and from which level a reduction counts."""

    amount = FigureField(label="At stake, pounds", places=2)
    baseline = FigureField(
        label="Reduced from, average beds a day", places=4, help_text="The level that the reduction is counted from."
    )
    why = forms.CharField(
        label="Reason for the change",
        max_length=WHY_LENGTH,
        help_text="Everybody who may read the plan sees it.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )


class DaysForm(Dressed, forms.Form):
    """Why delayed days were changed, and a block pasted from a worksheet."""

    why = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=WHY_LENGTH,
        help_text="Needed when a published figure is changed.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )
    paste = forms.CharField(
        label="Rows of delayed days, copied from a worksheet",
        required=False,
        max_length=MOST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="First column: the row, such as “reason C”; then April to March. You see every change before anything is saved.",
    )


def days_grid(
    plan: Plan,
    held: Mapping[date, DaysByCut],
    official: Mapping[date, Decimal | None],
    edits: list[DelayEdit],
    *,
    closed: frozenset[date],
    may_record: bool,
) -> MonthGrid:
    """Delayed days of one place, twelve months by cut, each cut with its total, and the official figure to compare with."""
    due = frozenset(month for month in plan.months if plan.reporting_month and month <= plan.reporting_month)
    crossed = {month for month, one in held.items() if one.crossed}
    editable = frozenset(due - closed - crossed) if may_record else frozenset()

    def author(key: str, month: date) -> tuple[str, str, str]:
        latest = next((edit for edit in edits if (edit.key, edit.period) == (key, month)), None)
        return (latest.who, moment(latest.when), latest.why) if latest else ("", "", "")

    groups = [Group(CUT_TITLES[cut], _rows(cut, plan.months, held, editable, due)) for cut in CUTS]
    if any(value is not None for value in official.values()):
        groups.append(Group("To compare with", [_official_row(official, due)]))
    return MonthGrid(
        groups,
        plan.months,
        "Delayed days by month",
        "days",
        open_month=plan.reporting_month if plan.reporting_month not in closed else None,
        closed=closed,
        author=author,
    )


def category_name(cut: str, category: str) -> str:
    return reason_called(category).short_name if cut == "reason" else CATEGORY_NAMES.get(category, category)


def _rows(
    cut: str, months: list[date], held: Mapping[date, DaysByCut], editable: frozenset[date], due: frozenset[date]
) -> list[Row]:
    more = sorted({category for month in months if month in held for category in held[month].of(cut)})
    categories = [*CATEGORIES[cut], *(one for one in more if one not in CATEGORIES[cut])]
    rows = []
    for category in categories:
        name = category_name(cut, category)
        values = {month: held[month].of(cut).get(category) if month in held else None for month in months}
        rows.append(
            Row(
                f"{cut} {category}",
                name,
                f"{name}, delayed days",
                values,
                editable,
                year=_sum(values),
                due=due,
                negative=False,
                decimals=0,
            )
        )
    totals = {month: held[month].total(cut) if month in held else None for month in months}
    rows.append(Row(f"{cut} all", "Together", "Together", totals, year=_sum(totals), total=True))
    return rows


def _official_row(official: Mapping[date, Decimal | None], due: frozenset[date]) -> Row:
    values = {month: days for month, days in official.items() if month in due}
    return Row("official", "Official", "Official delayed days", values, year=_sum(values), total=True, due=due)


def _sum(values: Mapping[date, Decimal | None]) -> Decimal | None:
    present = [value for value in values.values() if value is not None]
    return sum(present, Decimal(0)) if present else None


class DaysEntry(FigureEntry[DaysForm]):
    """What a person enters about a place's delays. After `read`, look at `ready` and `changes`."""

    @classmethod
    def opened(cls, grid: MonthGrid) -> DaysEntry:
        return cls(grid, _days_form(None))

    def read(self, data: Mapping[str, str]) -> DaysEntry:
        return self.of(self.grid, _days_form, data)

    @property
    def changes(self) -> list[DelayChange]:
        return [
            DelayChange(cut, category, change.month, change.was, change.value)
            for change in self.grid.changes
            for cut, _, category in [change.key.partition(" ")]
        ]


def _days_form(data: Mapping[str, str] | None) -> DaysForm:
    return DaysForm(data, auto_id="%s")
