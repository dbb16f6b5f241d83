"""A grid with the form that goes with it: what a person sent, whether it may be saved, and what stands against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from opplan.web.grid.cells import Problem
from opplan.web.grid.months import PASTE, MonthGrid

Sent = TypeVar("Sent", bound=forms.Form)
PREVIEW = "preview"


@dataclass
class GridEntry(Generic[Sent]):
    """What is entered into a grid. Its form has a field `paste`; a button named `preview` asks to be shown what would change.

    Text in the paste box is always read, whichever button was pressed, and nothing is saved then: what it would change is shown
    first. Once it is laid over the boxes the box is emptied, so that the next press saves. Text that does not fit stays.
    """

    grid: MonthGrid
    form: Sent
    previewed: bool = False
    sent: bool = False

    @classmethod
    def of(cls, grid: MonthGrid, made: Callable[[Mapping[str, str] | None], Sent], data: Mapping[str, str]) -> Self:
        """What was sent, read and checked. `made` makes the form."""
        form = made(data)
        pasted = data.get(PASTE, "")
        if not form.is_valid() or not (PREVIEW in data or pasted.strip()):
            return cls(grid.read(data), form, sent=True)
        # A box that was mended after a paste is shown again; there is nothing left to paste then.
        if pasted.strip() or not grid.read(data).differing():
            grid.paste(pasted, data)
        if not any(problem.cell == PASTE for problem in grid.problems):
            form = made({name: data[name] for name in data} | {PASTE: ""})
            form.is_valid()
        return cls(grid, form, previewed=True, sent=True)

    @property
    def ready(self) -> bool:
        """Whether it was sent to be saved and nothing stands against it."""
        return self.sent and not self.previewed and not self.errors

    @property
    def status(self) -> int:
        """The answer's status: 409 where somebody else changed a figure meanwhile, 422 where something is refused, else 200."""
        return 409 if self.grid.clashes else 422 if self.errors else 200

    @property
    def errors(self) -> list[object]:
        """For the error summary, each with its `text` and the `target` of its link: cells first, then the form's own.

        What is said of the whole leads to `enter`, the place where figures are typed.
        """
        told = [
            Problem("enter" if name == NON_FIELD_ERRORS else name, str(text))
            for name, texts in self.form.errors.items()
            for text in texts
        ]
        return [*self.grid.errors, *told]

    @property
    def refusal(self) -> str:
        """The title of the error summary."""
        return self.grid.refusal if self.grid.errors else "Nothing has been saved"
