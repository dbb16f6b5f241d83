"""What people type about how likely schemes are: every scheme's chance and range in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from finance.queries.likelihood import PARTS, SchemeChance
from opplan.calc.confidence import LEAST, MOST
from opplan.web.formats import number, per_cent, plain
from opplan.web.forms import Dressed, FigureField

LONGEST_REASON = 300
LIMITS = {"chance": (0, 100), "least": (0, 100), "most": (100, 300)}


class ShareField(FigureField):
    """A share in per cent between two limits."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(places=1, negative=True, **kwargs)
        self.low, self.high = low, high

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if typed is not None and not self.low <= typed <= self.high:
            raise ValidationError(f"{plain(typed)} lies outside {self.low} to {self.high} per cent.")
        return typed


@dataclass(frozen=True)
class ChanceFormRow:
    """A scheme's row: what its rating would give, and three boxes."""

    scheme: SchemeChance
    cells: Sequence[forms.BoundField]

    @property
    def by_rating(self) -> str:
        """What the empty boxes stand for."""
        return f"{per_cent(self.scheme.by_rating, 0)}, {number(LEAST)}% to {number(MOST)}%"

    @property
    def problems(self) -> list[forms.BoundField]:
        return [cell for cell in self.cells if cell.errors]


class ChancesForm(Dressed, forms.Form):
    """The chance and range of schemes, a row a scheme. An empty box follows the rule of the scheme's rating."""

    why = forms.CharField(
        label="Reason, needed to save",
        required=False,
        max_length=LONGEST_REASON,
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, chances: Sequence[SchemeChance], initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.chances = chances
        for one in chances:
            for part in PARTS:
                name = f"{one.reference}-{part}"
                self.fields[name] = ShareField(
                    *LIMITS[part],
                    label=f"{one.title}, {part}, per cent",
                    required=False,
                    initial=one.said[part],
                    widget=forms.TextInput(attrs={"inputmode": "decimal"}),
                )
                self.fields[name].widget.attrs |= {"class": "op-box", "aria-label": self.fields[name].label}

    @property
    def table(self) -> list[ChanceFormRow]:
        return [ChanceFormRow(one, [self[f"{one.reference}-{part}"] for part in PARTS]) for one in self.chances]

    @property
    def typed(self) -> dict[str, str]:
        """Each cell as it was typed, empty where the rule is to hold."""
        values: dict[str, Decimal | None] = {
            f"{one.reference}|{part}": self.cleaned_data[f"{one.reference}-{part}"]
            for one in self.chances
            for part in PARTS
        }
        return {cell: plain(value) for cell, value in values.items()}
