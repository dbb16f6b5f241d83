"""What people type about scenarios: a copy's name, and every assumption by year in one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from finance.queries.scenarios import AMOUNT, KINDS, PERCENT, UNITS, Assumed, Draft
from opplan.calc.months import financial_year, next_month, year_start
from opplan.web.forms import Dressed, FigureField, dress

LONGEST_REASON, MOST_ROWS, MOST_YEARS, SPARE = 300, 40, 6, 2
ONLY_UNIT = {KINDS.GROWTH: PERCENT, KINDS.PATHWAYS: AMOUNT}


class CopyForm(Dressed, forms.Form):
    """The name of a scenario of one's own."""

    name = forms.CharField(
        label="Name of the copy", max_length=60, error_messages={"required": "Give the copy a name of its own."}
    )
    note = forms.CharField(label="Note", max_length=250, required=False, help_text="What it assumes, in a sentence.")
    why = forms.CharField(label="Reason", required=False, max_length=LONGEST_REASON, help_text="Kept in the history.")


class WithdrawForm(Dressed, forms.Form):
    """Why a scenario is withdrawn."""

    why = forms.CharField(label="Why it is withdrawn", required=False, max_length=LONGEST_REASON)


@dataclass(frozen=True)
class FormRow:
    """A row of the table: an assumption that is there already, whose name stands, or one that is to be added."""

    key: str
    fixed: bool
    name: str
    kind: str
    unit: str
    heads: Sequence[forms.BoundField]
    cells: Sequence[forms.BoundField]
    drop: forms.BoundField | None

    @property
    def problems(self) -> list[forms.BoundField]:
        return [field for field in (*self.heads, *self.cells) if field.errors]


class ScenarioForm(Dressed, forms.Form):
    """A scenario in one table: a row an assumption, a column a year. `rows` are the assumptions that it has; two more can be added."""

    name = forms.CharField(label="Name", max_length=60, error_messages={"required": "Give it a name."})
    note = forms.CharField(label="Note", max_length=250, required=False)
    opening_limit = FigureField(
        label="Opening limit, £000", error_messages={"required": "Give the limit of the year before the first."}
    )
    brought_forward = FigureField(label="Surplus brought forward, £000", negative=True, required=False)
    ahead = forms.TypedChoiceField(
        label="Years ahead", coerce=int, choices=[(count, str(count)) for count in range(1, MOST_YEARS + 1)]
    )
    why = forms.CharField(
        label="Reason, needed to save",
        required=False,
        max_length=LONGEST_REASON,
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, draft: Draft, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.draft = draft
        ahead = str(data.get("ahead", "")) if data is not None else ""
        wanted = int(ahead) if ahead in "123456" and ahead else max(len(draft.years), 1)
        opens = year_start(draft.opening_year)
        self.years = [financial_year(next_month(opens, 12 * step)) for step in range(1, wanted + 1)]
        self.held = self._held(data)
        for place, row in enumerate(self.held):
            self._add(place, row)

    def _held(self, data: Mapping[str, Any] | None) -> list[Assumed | None]:
        """The rows that the table shows; None is a blank one. A row of the form that is no longer stored stays with what was typed."""
        if data is None:
            return [*self.draft.rows, *[None] * SPARE]
        places = sorted({int(found[1]) for name in data if (found := re.fullmatch(r"unit-(\d{1,2})", name))})
        rows: list[Assumed | None] = []
        for place in range(min(max(places, default=-1) + 1, MOST_ROWS)):
            fixed = data.get(f"fixed-{place}") == "yes"
            kind, unit = str(data.get(f"kind-{place}", "")), str(data.get(f"unit-{place}", ""))
            known = fixed and kind in KINDS.values and unit in UNITS
            rows.append(Assumed(kind, str(data.get(f"label-{place}", ""))[:80], unit, {}) if known else None)
        blank = [
            place for place, row in enumerate(rows) if row is None and not str(data.get(f"label-{place}", "")).strip()
        ]
        if not blank and len(rows) < MOST_ROWS:
            rows.append(None)
        return rows

    def _add(self, place: int, row: Assumed | None) -> None:
        if row is None:
            label = f"New assumption {place + 1}"
            self.fields[f"label-{place}"] = forms.CharField(label=f"{label}, name", max_length=80, required=False)
            self.fields[f"kind-{place}"] = forms.ChoiceField(
                label=f"{label}, what it is", choices=[("", "Choose"), *KINDS.choices], required=False
            )
            self.fields[f"unit-{place}"] = forms.ChoiceField(
                label=f"{label}, unit", choices=list(UNITS.items()), required=False
            )
        else:
            label = f"{row.name}, {UNITS[row.unit]}"
            for name, value in (("fixed", "yes"), ("label", row.name), ("kind", row.kind), ("unit", row.unit)):
                self.fields[f"{name}-{place}"] = forms.CharField(
                    widget=forms.HiddenInput, initial=value, required=False, max_length=80
                )
            self.fields[f"drop-{place}"] = forms.BooleanField(label=f"Remove {row.name}", required=False)
            dress(self.fields[f"drop-{place}"])
        for year in self.years:
            self.fields[f"{place}-{year}"] = FigureField(
                label=f"{label}, {year.replace('-', '/')}",
                required=False,
                negative=True,
                initial=row.values.get(year) if row else None,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )
        for name in (*(f"{part}-{place}" for part in ("label", "kind", "unit")), *self._cells(place)):
            field = self.fields[name]
            dress(field)
            field.widget.attrs |= {"class": "op-box", "aria-label": field.label}

    def _cells(self, place: int) -> list[str]:
        return [f"{place}-{year}" for year in self.years]

    @property
    def heads(self) -> list[forms.BoundField]:
        """The figures above the table."""
        return [self[name] for name in ("opening_limit", "brought_forward", "ahead")]

    @property
    def year_words(self) -> list[str]:
        return [year.replace("-", "/") for year in self.years]

    @property
    def table(self) -> list[FormRow]:
        """The rows as the page shows them."""
        rows = []
        for place, row in enumerate(self.held):
            parts = ("fixed", "label", "kind", "unit") if row else ("label", "kind", "unit")
            heads = [self[f"{part}-{place}"] for part in parts]
            rows.append(
                FormRow(
                    str(place),
                    row is not None,
                    row.name if row else "",
                    str(KINDS(row.kind).label) if row else "",
                    UNITS[row.unit] if row else "",
                    heads,
                    [self[name] for name in self._cells(place)],
                    self[f"drop-{place}"] if row else None,
                )
            )
        return rows

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("opening_limit") or Decimal(1)) > 0:
            self.add_error("opening_limit", "The opening limit must be above 0.")
        taken: dict[tuple[str, str], str] = {}
        kinds: dict[str, str] = {}
        self.rows: list[Assumed] = []
        for place, held in enumerate(self.held):
            values = {
                year: cleaned[cell]
                for year, cell in zip(self.years, self._cells(place), strict=True)
                if cleaned.get(cell) is not None
            }
            name, kind, unit = (str(cleaned.get(f"{part}-{place}") or "").strip() for part in ("label", "kind", "unit"))
            if cleaned.get(f"drop-{place}") or not (values or (held is None and name)):
                continue
            self._check_row(place, name, kind, unit, values, taken, kinds)
            self.rows.append(Assumed(kind, name, unit, values))
        self._check_growth()
        return cleaned

    def _check_row(
        self,
        place: int,
        name: str,
        kind: str,
        unit: str,
        values: Mapping[str, Decimal],
        taken: dict[tuple[str, str], str],
        kinds: dict[str, str],
    ) -> None:
        said, asked = f"label-{place}", f"kind-{place}"
        if not name and said not in self.errors:
            self.add_error(said, "Give the assumption a name.")
        if kind not in KINDS.values:
            if asked not in self.errors:
                self.add_error(
                    asked, "Say what it is: growth, inflation, something to be funded first, pathways or the surplus."
                )
            return
        if (folded := name.lower(), unit) in taken:
            self.add_error(said, f"There is an assumption called {name} in {UNITS[unit]} already.")
        elif kinds.setdefault(folded, kind) != kind:
            self.add_error(said, f"{name} is {KINDS(kinds[folded]).label.lower()} already. Give this one another name.")
        taken[folded, unit] = name
        if unit != ONLY_UNIT.get(KINDS(kind), unit):
            self.add_error(f"unit-{place}", f"{KINDS(kind).label} is given in {UNITS[ONLY_UNIT[KINDS(kind)]]}.")
        if not values and not any(cell in self.errors for cell in self._cells(place)):
            self.add_error(f"{place}-{self.years[0]}", "Give a figure for one year at least, 0 if there is none.")
        for year, value in values.items():
            if unit == PERCENT and not -100 < value <= 100:
                self.add_error(f"{place}-{year}", f"{value}% cannot be right: type 2.5 for two and a half per cent.")

    def _check_growth(self) -> None:
        """Every year says how the limit grows, so that no year is left out by an empty box."""
        places = [place for place, row in enumerate(self.held) if row and row.kind == KINDS.GROWTH]
        growth = [row for row in self.rows if row.kind == KINDS.GROWTH]
        for year in self.years:
            if any(year in row.values for row in growth):
                continue
            cell = f"{places[0]}-{year}" if places else None
            if cell is None or cell not in self.errors:
                self.add_error(cell, f"Give the growth of {year.replace('-', '/')}, 0 if there is none.")

    @property
    def typed(self) -> Draft:
        """What the form says."""
        cleaned = self.cleaned_data
        return Draft(
            cleaned["name"],
            cleaned["note"],
            self.draft.opening_year,
            cleaned["opening_limit"],
            cleaned["brought_forward"] or Decimal(0),
            self.rows,
        )
