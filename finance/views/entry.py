"""A grid of savings as it is typed, pasted, checked and saved: what the page of a scheme and the pages of months share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest

from finance.actions.savings import Conflict, ReasonNeeded, record_savings
from finance.forms.savings import SavingsForm
from finance.presenters.months import Allowed, allowed, recorded
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope
from opplan.web.grid import GridEntry, MonthGrid

Entry = GridEntry[SavingsForm]


def reporting(scope: Scope) -> date:
    return scope.plan.reporting_month or scope.plan.start


def allowed_to(scope: Scope) -> Allowed:
    """The months of each kind of row that the person may type in."""
    return allowed(
        scope.plan,
        scope.closed_months,
        may_record=scope.may(Capability.RECORD_ACTUAL),
        may_plan=scope.may(Capability.EDIT_PLAN),
    )


def entered(
    request: HttpRequest, scope: Scope, fresh: Callable[[], MonthGrid], *, month: date | None = None
) -> tuple[Entry, int | None]:
    """The grid to be shown, as stored or with what was typed or pasted, and how many figures were saved: None where nothing was to be.

    Saves what was sent to be saved, if nothing stands against it. `month` is the one whose actuals may be marked all at once.
    """
    firm = month if month is not None and month in allowed_to(scope).actual else None

    grid = fresh()
    one = len(grid.months) == 1

    def form(data: Mapping[str, str] | None = None) -> SavingsForm:
        return SavingsForm(data, month=firm, one=one)

    if request.method != "POST":
        return GridEntry(grid, form()), None
    if not (scope.may(Capability.RECORD_ACTUAL) or scope.may(Capability.EDIT_PLAN)):
        raise Http404("No such page")
    entry = GridEntry.of(grid, form, request.POST)
    if not entry.ready:
        return entry, None
    found = recorded(entry.grid, entry.form.marking)
    try:
        return entry, record_savings(
            scope.plan, found.figures, statuses=found.statuses, by=scope.user, why=entry.form.cleaned_data["reason"]
        )
    except Conflict:
        return GridEntry.of(fresh(), form, request.POST), None
    except ReasonNeeded as refused:
        entry.form.add_error("reason", refused)
    except ValidationError as refused:
        entry.form.add_error(None, refused)
    return entry, None
