"""One form on one row, opened, read and saved, with the conflict of two people settled: what the views of edit pages share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from opplan.plans.versions import MINE, Conflict, Opening, Version
from opplan.web.forms import in_our_words

T = TypeVar("T")
F = TypeVar("F", bound=Form)


@dataclass
class Editing(Generic[T]):
    """A form as it is shown, or as it came back. `saved` is what the action returned, None where nothing was saved."""

    form: Form
    opened: int | None
    conflict: Conflict | None = None
    saved: T | None = None

    @property
    def status(self) -> int:
        """The status of the answer that shows it."""
        if self.conflict:
            return 409
        return 422 if self.form.is_bound and self.form.errors else 200

    @property
    def shown(self) -> dict[str, Any]:
        """What the templates of forms and conflicts look for."""
        return {"form": self.form, "opened": self.opened, "conflict": self.conflict}


def edited(
    request: HttpRequest,
    make: Callable[..., F],
    begun: Opening,
    save: Callable[[F, Version], T],
) -> Editing[T]:
    """Show the form as the row was opened, or read what was sent and save it.

    `make` takes what was sent, or `initial`; `save` the form once its shape is right, and may raise Conflict or ValidationError.
    """
    if request.method != "POST":
        return Editing(make(initial=begun.values), begun.version)
    form, version = make(request.POST), Version.carried_by(request.POST)
    conflict = None
    if form.is_valid():
        try:
            return Editing(form, version.opened, saved=save(form, version))
        except Conflict as found:
            conflict, form = found, make(_refreshed(form, request.POST, found))
        except ValidationError as problem:
            explain(form, problem)
    return Editing(form, _opened(version), conflict)


def edit_page(request: HttpRequest, editing: Editing[Any], **shown: Any) -> HttpResponse:
    """The page of one form on one row: `shown` gives headline, context_line, button, back, steps, scope, and `lead` if there is one."""
    return render(request, "plans/edit.html", {**editing.shown, **shown}, status=editing.status)


def explain(form: Form, problem: ValidationError) -> None:
    """What the action said, beside the field that it is about."""
    if not hasattr(problem, "error_dict"):
        form.add_error(None, problem)
        return
    for field, said in problem.error_dict.items():
        target = field if field in form.fields and field != NON_FIELD_ERRORS else None
        form.add_error(target, ValidationError([in_our_words(one) for one in said]))


def _refreshed(form: Form, data: QueryDict, conflict: Conflict) -> QueryDict:
    """What was typed, with the fields that the person left alone as they are saved now."""
    fresh = data.copy()
    for name, value in conflict.others.items():
        written = form.fields[name].widget.format_value(value)
        if isinstance(value, bool):
            fresh.setlist(name, ["on"] if value else [""])
        else:
            fresh.setlist(name, written if isinstance(written, list) else [written or ""])
    return fresh


def _opened(version: Version) -> int | None:
    """The version that a form carries on. Whoever chose their own value, and must mend another, is not asked to choose again."""
    return version.seen if version.choice == MINE and version.seen else version.opened
