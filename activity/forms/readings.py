"""Entry of readings: the twelve-month grid of a line, how firm each actual figure is, and why a figure was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms

from activity.actions import WITHOUT_FIGURE, ReadingChange, fault_words
from activity.forms.entry import FigureEntry
from activity.presenters import heading_words
from activity.queries import Definition, LinePosition, LineRecord, Month, year_value
from opplan.calc.ratios import Counted, Fault, Kind, YearRule, fault_of
from opplan.web.formats import moment, places_for
from opplan.web.formats import month as month_name
from opplan.web.forms import Dressed, dress
from opplan.web.grid import Author, Group, MonthGrid, Problem, Row, cell_id
from opplan.web.reasons import status_words

STATUSES = [
    ("", "Choose"),
    ("final", "Final"),
    ("flex", "Flex"),
    ("estimate", "Estimate"),
    ("missing", "Missing: due, and not there"),
    ("not_due", "Not due"),
    ("not_applicable", "Not applicable"),
]
WHY_LENGTH, MOST_PASTED = 300, 100_000


@dataclass(frozen=True)
class Rights:
    """Which months of a line this person may change: actual figures, and planned ones."""

    actual: frozenset[date]
    planned: frozenset[date]


def rights(
    months: Sequence[date], closed: frozenset[date], reported: date | None, *, may_record: bool, may_plan: bool
) -> Rights:
    """Actual figures of open months up to the one being reported; planned figures of every open month."""
    open_months = frozenset(months) - closed
    due = frozenset(month for month in open_months if reported is not None and month <= reported)
    return Rights(due if may_record else frozenset(), open_months if may_plan else frozenset())


def reading_grid(
    position: LinePosition,
    described: Definition,
    mine: Rights,
    *,
    closed: frozenset[date],
    reported: date | None,
    author: Author | None = None,
) -> MonthGrid:
    """The twelve months of a line as a grid: actual and planned, numerator and (where the measure has one) denominator, and the value."""
    due = frozenset(
        month.period
        for month in position.year
        if reported and month.period <= reported and month.status not in ("not_due", "not_applicable")
    )
    groups = []
    for side, title, editable in (("actual", "Actual", mine.actual), ("planned", "Plan", mine.planned)):
        rows = [_row(position, described, side, "numerator", editable, due)]
        if position.kind != Kind.COUNT:
            rows.append(_row(position, described, side, "denominator", editable, due))
            rows.append(_value_row(position, side, due))
        groups.append(Group(title, rows))
    return MonthGrid(
        groups,
        [month.period for month in position.year],
        "Actual and plan by month",
        position.unit if position.kind == Kind.COUNT else "",
        open_month=reported if reported not in closed else None,
        closed=closed,
        author=author,
    )


def _row(
    position: LinePosition, described: Definition, side: str, part: str, editable: frozenset[date], due: frozenset[date]
) -> Row:
    values = {month.period: getattr(month, f"{side}_{part}") for month in position.year}
    whole = all(value is None or value % 1 == 0 for value in values.values())
    words = described.numerator if part == "numerator" else described.denominator
    label = heading_words(position.unit if position.kind == Kind.COUNT else words, part)
    adds_up = position.year_rule != YearRule.LAST
    held = [value for value in values.values() if value is not None]
    return Row(
        f"{side} {part}",
        label,
        f"{'Actual' if side == 'actual' else 'Planned'} {label[:1].lower() + label[1:]}",
        values,
        editable,
        places=0 if whole else 1,
        year=sum(held, Decimal(0)) if held and adds_up else None,
        due=due if side == "actual" else frozenset(),
        negative=False,
    )


def _value_row(position: LinePosition, side: str, due: frozenset[date]) -> Row:
    planned = side == "planned"
    values = {month.period: month.planned if planned else month.actual for month in position.year}
    held = [month for month in position.year if values[month.period] is not None]
    unit = "Per cent" if position.kind == Kind.PERCENTAGE else position.unit[:1].upper() + position.unit[1:]
    return Row(
        f"{side} value",
        unit,
        f"{side} {unit}",
        values,
        places=places_for(position.kind, next((value for value in values.values() if value), None)),
        year=year_value(held, position.year_rule, planned=planned),
        total=True,
        due=due,
    )


class RecordForm(Dressed, forms.Form):
    """How firm each actual figure is, and why figures were changed."""

    why = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=WHY_LENGTH,
        help_text="Needed when a published figure is changed. Everybody who may read the plan sees it.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-30"}),
    )
    paste = forms.CharField(
        label="Rows of monthly figures, copied from a worksheet",
        required=False,
        max_length=MOST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Mapping[str, str] | None = None, *, stored: Sequence[Month], example: str) -> None:
        super().__init__(data, auto_id="%s")
        self.fields["paste"].help_text = (
            f"First column: the row, such as “{example}”; then April to March, the open month alone, or the months that a first line "
            "names. You see every change before anything is saved."
        )
        self.example = example
        self.stored = {month.period: month for month in stored}
        for month in self.stored:
            name = month_name(month)
            self.fields[_status(month)] = forms.ChoiceField(
                label=f"{name} is", choices=STATUSES, required=False, initial=self.stored[month].status
            )
            self.fields[_was(month)] = forms.CharField(
                required=False, initial=self.stored[month].status, widget=forms.HiddenInput
            )
            dress(self.fields[_status(month)])
        self.order_fields([*map(_status, self.stored), "why", "paste"])

    def clean(self) -> dict[str, Any]:
        """Somebody else may have firmed the figure up since the page was opened: say so rather than put it back."""
        read = super().clean() or {}
        for month, stored in self.stored.items():
            chosen, opened = read.get(_status(month), ""), read.get(_was(month), "")
            if stored.status not in (chosen, opened):
                self.add_error(
                    _status(month),
                    f"{month_name(month)} was marked {status_words(stored.status) or 'as not reported'} by someone else meanwhile. "
                    "Choose again.",
                )
                fresh: Any = self.data
                fresh = fresh.copy()
                fresh[_was(month)] = stored.status
                self.data = fresh
        return read

    def firmness(self) -> list[forms.BoundField]:
        """The choice of status for each month whose actual figure may be typed."""
        return [self[_status(month)] for month in self.stored]

    def status_of(self, month: date) -> str:
        return str(self.cleaned_data.get(_status(month), ""))


def _status(month: date) -> str:
    return f"status_{month:%Y-%m}"


def _was(month: date) -> str:
    return f"was_{month:%Y-%m}"


@dataclass
class Entry(FigureEntry[RecordForm]):
    """What a person enters about one line. After `read`, look at `ready`, `changes` and `statuses`."""

    kind: Kind = Kind.COUNT
    counted: Counted = Counted.WHOLE

    def read(self, data: Mapping[str, str]) -> Entry:
        """What was submitted, checked cell by cell, pair by pair."""
        made = partial(RecordForm, stored=list(self.form.stored.values()), example=self.form.example)
        entry = replace(self.of(self.grid, made, data), kind=self.kind, counted=self.counted)
        entry._check_pairs()
        if not entry.previewed:
            entry._check_statuses()
        return entry

    @property
    def changes(self) -> list[ReadingChange]:
        return [
            ReadingChange(change.key.replace(" ", "_"), change.month, change.was, change.value)
            for change in self.grid.changes
        ]

    @property
    def statuses(self) -> dict[date, str]:
        """The months whose status is to be stored: another firmness of a figure, or why there is none, or that mark taken away."""
        after = self._after("actual")
        wanted = {}
        for month, stored in self.form.stored.items():
            chosen = self.form.status_of(month)
            of_a_figure = after[month][0] is not None
            if chosen == stored.status or (of_a_figure and not chosen):
                continue
            if of_a_figure or WITHOUT_FIGURE & {chosen, stored.status}:
                wanted[month] = chosen
        return wanted

    def _after(self, side: str) -> dict[date, tuple[Decimal | None, Decimal | None]]:
        """Each month's numerator and denominator as they would be stored."""
        new = {(change.key, change.month): change.value for change in self.grid.changes}
        rows = {row.key: row for row in self.grid.rows()}

        def value(part: str, month: date) -> Decimal | None:
            row = rows.get(f"{side} {part}")
            return None if row is None else new.get((row.key, month), row.values.get(month))

        return {month: (value("numerator", month), value("denominator", month)) for month in self.grid.months}

    def _check_pairs(self) -> None:
        bad = {problem.cell for problem in self.grid.problems} | {clash.cell for clash in self.grid.clashes}
        changed = {(change.key.split()[0], change.month) for change in self.grid.changes}
        for side, month in sorted(changed):
            cells = {part: cell_id(f"{side} {part}", month) for part in ("numerator", "denominator")}
            if bad & set(cells.values()):
                continue
            numerator, denominator = self._after(side)[month]
            fault = fault_of(self.kind, numerator, denominator, self.counted, planned=side == "planned")
            if fault is not None:
                at = cells["numerator" if fault in OF_THE_NUMERATOR or self.kind == Kind.COUNT else "denominator"]
                name = "Actual" if side == "actual" else "Plan"
                text = fault_words(fault, numerator, denominator, self.counted)
                self.grid.problems.append(Problem(at, f"{name}, {month:%B}: {text}"))

    def _check_statuses(self) -> None:
        after = self._after("actual")
        typed = {change.month for change in self.grid.changes if change.key.startswith("actual")}
        for month, stored in self.form.stored.items():
            chosen, name = self.form.status_of(month), month_name(month)
            if after[month][0] is None or _status(month) in self.form.errors:
                continue
            if chosen in WITHOUT_FIGURE and chosen != stored.status:
                words = status_words(chosen)
                said = f"{name} has a figure, so it cannot be {words}. Empty the figure, or say how firm it is."
                self.form.add_error(_status(month), said)
            elif month in typed and (not chosen or chosen in WITHOUT_FIGURE):
                self.form.add_error(_status(month), f"Say whether {name} is final, flex or an estimate.")


def opened_entry(found: LineRecord, mine: Rights, *, closed: frozenset[date], reported: date | None) -> Entry:
    """What a person is shown to type in, and what was stored when it was shown."""

    def author(key: str, month: date) -> tuple[str, str, str]:
        part = key.replace(" ", "_")
        latest = next((edit for edit in found.history.edits if (edit.part, edit.period) == (part, month)), None)
        return (latest.who, moment(latest.when), latest.why) if latest else ("", "", "")

    grid = reading_grid(found.position, found.definition, mine, closed=closed, reported=reported, author=author)
    stored = [month for month in found.position.year if month.period in mine.actual]
    example = next((row.key for row in grid.rows() if row.editable), "")
    form = RecordForm(stored=stored, example=example)
    return Entry(grid, form, kind=found.position.kind, counted=Counted(found.line.measure.counted))


OF_THE_NUMERATOR = {
    Fault.BELOW_NOUGHT,
    Fault.NOT_WHOLE,
    Fault.NUMERATOR_MISSING,
    Fault.NUMERATOR_ABOVE,
    Fault.NUMERATOR_IN_PARTS,
}
