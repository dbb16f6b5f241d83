"""A grid of figures with why they were changed: what readings and delayed days share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django import forms
from django.core.exceptions import ValidationError

from activity.actions import ReasonNeeded
from opplan.web.grid import GridEntry

F = TypeVar("F", bound=forms.Form)


@dataclass
class FigureEntry(GridEntry[F]):
    """What is entered into a grid whose form has a field `why`."""

    def refuse(self, problem: ValidationError) -> None:
        """What the action would not do, at the field that can mend it."""
        self.form.add_error("why" if isinstance(problem, ReasonNeeded) else None, problem)

    @property
    def why(self) -> str:
        return str(self.form.cleaned_data.get("why", ""))
