"""The answers to one block of a template, typed in the browser: a box a cell, with what each held when the page was opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from opplan.submissions.definition import FIGURES, Column
from opplan.submissions.filled import Cell, Key, spelt
from opplan.submissions.merged import understood
from opplan.submissions.presenters.templates import label_of, shown
from opplan.submissions.written.book import NO, YES
from opplan.web.figures import BadFigure, parse_figure
from opplan.web.forms import dress

KEEP, MINE = "keep", "mine"
PLACES = 6


@dataclass(frozen=True)
class Clash:
    """An answer that somebody else changed to one thing while this person typed another."""

    field: str
    label: str
    opened: str
    now: str
    mine: str
    seen: str


class AnswerField(forms.CharField):
    """A cell's answer in its one spelling, within the limits that the workbook sets for the cell."""

    def __init__(self, spec: Column, **kwargs: Any) -> None:
        self.spec = spec
        super().__init__(required=False, max_length=4100, **kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n").strip()
        found: Any = text
        if self.spec.format in FIGURES and text:
            share = self.spec.format == "percentage"
            try:
                figure = parse_figure(text.rstrip("%").strip() if share else text, places=PLACES)
            except BadFigure as bad:
                raise forms.ValidationError(str(bad)) from bad
            found = "" if figure is None else float(figure / 100 if share else figure)
        answer, problem = understood(found, self.spec)
        if problem:
            raise forms.ValidationError(problem)
        return answer


class AnswersForm(forms.Form):
    """Every input cell of a block that people answer. Fields are named by their cell's address."""

    why = forms.CharField(
        label="Why", max_length=300, required=False, help_text="Kept in the history of every answer, with your name."
    )

    def __init__(self, template: Any, cells: list[Cell], *args: Any, **kwargs: Any) -> None:
        self.cells = {cell.address: cell for cell in cells}
        super().__init__(*args, **kwargs)
        why = self.fields.pop("why")
        for address, cell in self.cells.items():
            field = AnswerField(
                cell.spec,
                label=label_of(template, cell),
                help_text=_hint(cell.spec),
                initial=_box(cell),
                widget=_widget(cell.spec),
            )
            dress(field)
            self.fields[address] = field
        self.fields["why"] = why
        dress(why)

    def edits(self, data: Mapping[str, str]) -> tuple[list[tuple[Key, str, str]], list[Clash]]:
        """What to store, each with what is stored now; and where somebody else answered meanwhile and nothing is chosen."""
        edits, clashes = [], []
        for address, cell in self.cells.items():
            now, mine = spelt(cell.value), self.cleaned_data[address]
            opened = data.get(f"was {address}", now).replace("\r\n", "\n")
            if mine in (now, opened):
                continue
            if opened != now:
                choice, _, seen = data.get(f"choose {address}", "").partition(" ")
                settled = seen == fingerprint(now) and choice in (KEEP, MINE)
                if settled and choice == KEEP:
                    continue
                if not settled:
                    was, held, typed = (shown(one, cell.spec) for one in (opened, now, mine))
                    clashes.append(Clash(address, str(self.fields[address].label), was, held, typed, fingerprint(now)))
                    continue
            edits.append((cell.key, now, mine))
        return edits, clashes


def fingerprint(value: str) -> str:
    """Stands for the value that a choice was made over."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _hint(spec: Column) -> str:
    if spec.format == "percentage":
        return "Per cent, such as 3.5"
    if spec.format == "thousands":
        return "£000"
    if spec.format == "day":
        return "Such as 30/09/2016"
    if spec.format == "whole":
        return "A whole number"
    return f"Up to {spec.longest:,} characters" if spec.longest > 300 and not spec.choices else ""


def _box(cell: Cell) -> str:
    """What the box of a cell shows."""
    if isinstance(cell.value, Decimal):
        return spelt(cell.value * 100 if cell.spec.format == "percentage" else cell.value)
    return shown(spelt(cell.value), cell.spec)


def _widget(spec: Column) -> forms.Widget:
    if spec.choices or spec.format == "yes_no":
        choices = spec.choices or (YES, NO)
        return forms.Select(choices=[("", "Not answered"), *((one, one) for one in choices)])
    if spec.format == "text" and spec.longest >= 300:
        return forms.Textarea(attrs={"rows": 3 if spec.longest >= 600 else 2})
    return forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-10"} if spec.format != "text" else {})
