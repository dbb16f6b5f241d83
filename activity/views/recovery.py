"""The pages of recovery plans: the list of what fails, one recovery plan, and the forms that change it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from activity import presenters
from activity.actions import (
    TrajectoryChanged,
    add_action,
    change_action,
    change_recovery,
    close_recovery,
    open_recovery,
    record_review,
    reopen_recovery,
    set_trajectory,
)
from activity.forms.entry import FigureEntry
from activity.forms.recovery import (
    ACTION_VALUES,
    PLAN_VALUES,
    ActionForm,
    ClosingForm,
    RecoveryForm,
    ReopeningForm,
    ReviewForm,
    TrajectoryForm,
    line_choices,
    trajectory_changes,
    trajectory_grid,
)
from activity.queries import (
    Recovery,
    changes_of_recovery,
    failing_lines,
    find_recovery,
    find_review,
    find_step,
    line_positions,
    lines_in,
    lines_of,
    positions_in,
    recoveries,
    trajectory_edits,
)
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edit_page, edited
from opplan.plans.queries import tolerances
from opplan.plans.versions import Opening, opening
from opplan.web.formats import counted
from opplan.web.grid import MonthGrid

CHANGES_SHOWN = 20
NOTHING = Opening(None, {})


@needs(Capability.VIEW_PLAN)
@require_safe
def recoveries_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every standard that fails, with its recovery plan or without one, and every line in recovery."""
    bands = tolerances(scope.plan)
    positions = line_positions(scope.plan, scope.month, bands)
    found = recoveries(scope.plan, scope.month, bands, positions)
    rows = failing_lines(positions, found)
    return render(
        request,
        "activity/recoveries.html",
        {
            "scope": scope,
            "headline": presenters.recovery_headline(rows, scope.month),
            "lead": presenters.recovery_lead(found, scope.month),
            "rows": presenters.recovery_rows(rows, scope.month, scope.url),
            "closed": [one.row for one in found if one.row.closed],
            "may_update": scope.may(Capability.UPDATE_PROGRESS),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def recovery(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One recovery plan: diagnosis, actions, trajectory against actual and standard, reviews, level, exit criteria, history."""
    found = _found(scope, reference)
    changes = changes_of_recovery(found.row)
    return render(
        request,
        "activity/recovery.html",
        {
            "scope": scope,
            "recovery": found,
            "page": presenters.recovery_page(found, scope.month, scope.url),
            "changes": changes[:CHANGES_SHOWN],
            "earlier": max(len(changes) - CHANGES_SHOWN, 0),
            "may_update": scope.may(Capability.UPDATE_PROGRESS) and found.row.closed is None,
            "may_reopen": scope.may(Capability.UPDATE_PROGRESS) and found.row.closed is not None,
            "steps": _steps(scope),
        },
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_open(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Open a recovery plan, from the line that the address names (`?line=E.B.3`) or from none."""
    rows = list(lines_of(scope.plan))
    asked = next((row for row in rows if row.reference == request.GET.get("line")), None)
    begun: dict[str, Any] = {"escalation": "lead"}
    if asked is not None:
        begun |= {"lines": [str(asked.pk)], "title": asked.measure.short_name, "owner": asked.owner}
    editing = edited(
        request,
        partial(RecoveryForm, lines=line_choices(rows)),
        Opening(None, begun),
        lambda form, _: open_recovery(
            scope.plan, lines=form.chosen, values=form.values, by=scope.user, why=form.cleaned_data["why"]
        ),
    )
    if editing.saved:
        messages.success(request, f"Opened: recovery plan {editing.saved.reference}, {editing.saved.title}.")
        return redirect(scope.url("activity:recovery", reference=editing.saved.reference))
    return _form(
        request,
        scope,
        editing,
        headline=f"Open a recovery plan{f' for {asked.measure.short_name}' if asked else ''}",
        context_line="A recovery plan says why a standard is missed, who does what by when, and when it ends.",
        button="Open the recovery plan",
        back=scope.url("activity:line", reference=asked.reference) if asked else scope.url("activity:recoveries"),
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what a recovery plan says and which lines it is for."""
    row = _open_row(scope, reference)
    held = lines_in(row)
    begun = opening(row, PLAN_VALUES)
    begun.values.update(lines=[str(key) for key in held], lines_seen=" ".join(str(key) for key in sorted(held)))
    editing = edited(
        request,
        partial(RecoveryForm, lines=line_choices(list(lines_of(scope.plan)))),
        begun,
        lambda form, version: change_recovery(
            row,
            values=form.values,
            lines=form.chosen,
            lines_seen=form.seen,
            by=scope.user,
            why=form.cleaned_data["why"],
            version=version,
        ),
    )
    if "lines" in editing.form.errors:
        seen = request.POST.copy()
        seen["lines_seen"] = begun.values["lines_seen"]
        editing.form.data = seen
    return _answer(request, scope, editing, row.reference, f"Saved: {row.title}.") or _form(
        request,
        scope,
        editing,
        headline=f"Change the recovery plan for {row.title}",
        context_line=f"Recovery plan {row.reference}",
        button="Save the recovery plan",
        back=scope.url("activity:recovery", reference=reference),
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_action_add(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Add an action to a recovery plan."""
    row = _open_row(scope, reference)
    editing = edited(
        request,
        ActionForm,
        NOTHING,
        lambda form, _: add_action(row, values=_of(form, ACTION_VALUES), by=scope.user, why=form.cleaned_data["why"]),
    )
    return _answer(request, scope, editing, reference, "Saved: the action is added.") or _form(
        request,
        scope,
        editing,
        headline="Add an action",
        context_line=f"{row.title}, recovery plan {row.reference}",
        button="Add the action",
        back=scope.url("activity:recovery", reference=reference),
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_action(request: HttpRequest, scope: Scope, reference: str, action: str) -> HttpResponse:
    """Complete an action, move it, or change what it says."""
    row = _open_row(scope, reference)
    step = find_step(row, int(action)) if action.isdecimal() and len(action) < 5 else None
    if step is None:
        raise Http404("No such action")
    editing = edited(
        request,
        ActionForm,
        opening(step, ACTION_VALUES),
        lambda form, version: change_action(
            step, values=_of(form, ACTION_VALUES), by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    return _answer(request, scope, editing, reference, f"Saved: {step.title}.") or _form(
        request,
        scope,
        editing,
        headline=step.title,
        context_line=f"Action of {row.title}, recovery plan {row.reference}",
        button="Save the action",
        back=scope.url("activity:recovery", reference=reference),
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_review(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Record a review; `?held=2016-09-22` opens that day's review to write it again."""
    row = _open_row(scope, reference)
    begun = Opening(None, {"held": timezone.localdate(), "escalation": row.escalation})
    asked = _day(request.GET.get("held", ""))
    if asked is not None and (held := find_review(row, asked)) is not None:
        begun = opening(held, ("held", "finding", "decision", "escalation"))
    editing = edited(
        request,
        ReviewForm,
        begun,
        lambda form, version: record_review(
            row, **_of(form, ("held", "finding", "decision", "escalation", "why")), by=scope.user, version=version
        ),
    )
    return _answer(request, scope, editing, reference, "Saved: the review is recorded.") or _form(
        request,
        scope,
        editing,
        headline="Record a review",
        context_line=f"{row.title}, recovery plan {row.reference}. Its level now: {row.get_escalation_display()}.",
        button="Save the review",
        back=scope.url("activity:recovery", reference=reference),
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_close(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Close a recovery plan whose exit criteria are met; or open a closed one again."""
    row = _row(scope, reference)
    back = scope.url("activity:recovery", reference=reference)
    if row.closed:
        editing = edited(
            request,
            ReopeningForm,
            opening(row, ("closed",)),
            lambda form, version: reopen_recovery(row, by=scope.user, why=form.cleaned_data["why"], version=version),
        )
        return _answer(request, scope, editing, reference, f"Opened again: {row.title}.") or _form(
            request,
            scope,
            editing,
            headline=f"Open the recovery plan for {row.title} again",
            context_line=f"Recovery plan {row.reference}",
            button="Open it again",
            back=back,
        )
    begun = opening(row, ("closed",))
    editing = edited(
        request,
        ClosingForm,
        Opening(begun.version, {"closed": timezone.localdate()}),
        lambda form, version: close_recovery(row, **_of(form, ("closed", "why")), by=scope.user, version=version),
    )
    return _answer(request, scope, editing, reference, f"Closed: {row.title}.") or _form(
        request,
        scope,
        editing,
        headline=f"Close the recovery plan for {row.title}",
        context_line=f"Recovery plan {row.reference}. Exit criteria: {row.exit_criteria or 'none are written yet'}",
        button="Close the recovery plan",
        back=back,
    )


@needs(Capability.UPDATE_PROGRESS)
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_trajectory(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Set the recovery trajectory of each line, month by month, in a grid that shows the actual values above it."""
    row = _open_row(scope, reference)
    found = _found(scope, reference)

    def grid() -> MonthGrid:
        return trajectory_grid(found.lines, scope.plan.months, scope.closed_months, trajectory_edits(row))

    made = partial(TrajectoryForm, auto_id="%s")
    entry = FigureEntry(grid(), made())
    if request.method == "POST":
        entry = FigureEntry.of(grid(), made, request.POST)
        if entry.ready:
            try:
                count = set_trajectory(row, trajectory_changes(entry.grid, found.lines), by=scope.user, why=entry.why)
            except TrajectoryChanged:
                found = _found(scope, reference)
                entry = FigureEntry.of(grid(), made, request.POST)
            except ValidationError as problem:
                entry.refuse(problem)
            else:
                messages.success(
                    request,
                    f"Saved: {counted(count, 'month')} of the recovery trajectory."
                    if count
                    else "Nothing was changed.",
                )
                return redirect(scope.url("activity:recovery", reference=reference))
    return render(
        request,
        "activity/recovery_trajectory.html",
        {
            "scope": scope,
            "row": row,
            "entry": entry,
            "steps": [*_steps(scope), {"title": row.title, "url": scope.url("activity:recovery", reference=reference)}],
            "back": scope.url("activity:recovery", reference=reference),
        },
        status=entry.status,
    )


def _row(scope: Scope, reference: str) -> Any:
    row = find_recovery(scope.plan, reference)
    if row is None:
        raise Http404("No such recovery plan")
    return row


def _open_row(scope: Scope, reference: str) -> Any:
    """The recovery plan, which must be open: a closed one has no pages that change it."""
    row = _row(scope, reference)
    if row.closed:
        raise Http404("The recovery plan is closed")
    return row


def _found(scope: Scope, reference: str) -> Recovery:
    row = _row(scope, reference)
    bands = tolerances(scope.plan)
    positions = positions_in(scope.plan, scope.month, bands, row)
    return recoveries(scope.plan, scope.month, bands, positions, row.pk)[0]


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [
        {"title": "Activity", "url": scope.url("activity:lines")},
        {"title": "Recovery", "url": scope.url("activity:recoveries")},
    ]


def _of(form: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _answer(
    request: HttpRequest, scope: Scope, editing: Editing[Any], reference: str, said: str
) -> HttpResponse | None:
    """Back to the recovery plan once it is saved."""
    if editing.saved is None:
        return None
    messages.success(request, said)
    return redirect(scope.url("activity:recovery", reference=reference))


def _form(request: HttpRequest, scope: Scope, editing: Editing[Any], **shown: str) -> HttpResponse:
    return edit_page(request, editing, scope=scope, steps=_steps(scope), **shown)
