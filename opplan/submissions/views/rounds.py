"""The pages of the calendar: every round, one round with what it asks, its forms, and freezing a template for it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited, explain
from opplan.plans.versions import Opening, opening
from opplan.submissions.actions.freezing import freeze
from opplan.submissions.actions.rounds import add_round, change_round
from opplan.submissions.checking import printed
from opplan.submissions.definition import definitions_of, find_definition
from opplan.submissions.forms.rounds import ROUND_VALUES, FreezeForm, NewRoundForm, RoundForm
from opplan.submissions.presenters.questions import asked_rows
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.documents import latest_in_round
from opplan.submissions.queries.narrative import narrative_of
from opplan.submissions.queries.packs import lacking
from opplan.submissions.queries.questions import open_counts
from opplan.submissions.queries.rounds import find_round, open_questions, round_calendar, versions_of, waived_questions
from opplan.submissions.queries.standing import RoundState, round_history, round_states
from opplan.submissions.queries.templates import content_of, filled_template
from opplan.web.formats import counted, day, number

BLANKS_SHOWN = 20
CHANGES_SHOWN = 20
DOCUMENTS_SHOWN = 50


@needs(Capability.VIEW_PLAN)
@require_safe
def rounds(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The calendar of submissions: what each round asks, how long there is, and who owes what."""
    states = round_states(scope.plan, round_calendar(scope.plan, timezone.localdate()))
    return render(
        request,
        "submissions/rounds.html",
        {
            "scope": scope,
            "headline": _headline(states),
            "rounds": states,
            "versions": versions_of(scope.plan),
            "may_edit": scope.may(Capability.EDIT_PLAN),
        },
    )


def _headline(states: list[RoundState]) -> str:
    owing = [one for one in states if one.owing]
    if not states:
        return "No round of submissions is recorded for this plan"
    if not owing:
        return f"Nothing is owed: {counted(len(states), 'round')} of submissions are in"
    first = next((one for one in owing if one.standing.days_left >= 0), owing[0])
    return (
        f"{number(len(first.owing))} of {first.counts} still to submit for "
        f"{first.standing.title[:1].lower()}{first.standing.title[1:]}, due {day(first.standing.due)}"
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def round_page(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One round: what has become of each template that it asks for, and its versions."""
    calendar = [one for one in round_calendar(scope.plan, timezone.localdate()) if one.reference == reference]
    if not calendar:
        raise Http404("No such round")
    (state,) = round_states(scope.plan, calendar)
    documents = latest_in_round(calendar[0].key)
    return render(
        request,
        "submissions/round.html",
        {
            "scope": scope,
            "state": state,
            "round": state.standing,
            "templates": asked_rows(
                state.templates, open_counts(scope.plan, find_round(scope.plan, reference)), scope.url
            ),
            "versions": [one for one in versions_of(scope.plan) if one.round == reference],
            "documents": documents[:DOCUMENTS_SHOWN],
            "more_documents": max(len(documents) - DOCUMENTS_SHOWN, 0),
            "missing": (missing := lacking(state, documents))[:BLANKS_SHOWN],
            "more_missing": max(len(missing) - BLANKS_SHOWN, 0),
            "may_download": scope.may(Capability.EXPORT_WORKBOOK),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "changes": round_history(scope.plan, reference)[:CHANGES_SHOWN],
            "narrative": narrative_of(scope.plan, scope.month),
            "steps": _steps(scope),
        },
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def round_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a round to the calendar."""
    choices = _choices(scope)
    editing = edited(
        request,
        lambda *sent, **given: NewRoundForm(*sent, templates=choices, **given),
        Opening(None, {}),
        lambda form, _: add_round(
            scope.plan,
            reference=form.cleaned_data["reference"],
            values=form.values,
            by=scope.user,
            why=form.cleaned_data["why"],
        ),
    )
    if editing.saved:
        messages.success(request, f"Added: {editing.saved.title}.")
        return redirect(scope.url("submissions:round", reference=editing.saved.reference))
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a round",
        context_line="The calendar of submissions",
        button="Add the round",
        back=scope.url("submissions:rounds"),
        steps=_steps(scope),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def round_edit(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change when a round is due, what it asks, and what is said of it."""
    row = find_round(scope.plan, reference)
    if row is None:
        raise Http404("No such round")
    choices = _choices(scope, row.templates)
    editing = edited(
        request,
        lambda *sent, **given: RoundForm(*sent, templates=choices, **given),
        opening(row, ROUND_VALUES),
        lambda form, version: change_round(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    back = scope.url("submissions:round", reference=reference)
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=row.title,
        context_line=f"Round {row.reference} of the calendar",
        button="Save the round",
        back=back,
        steps=[*_steps(scope), {"title": row.title, "url": back}],
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def round_freeze(request: HttpRequest, scope: Scope, reference: str, template: str) -> HttpResponse:
    """Freeze a template for a round as it stands, with what would stand in the way said first."""
    row = find_round(scope.plan, reference)
    definition = find_definition(scope.plan.round, template)
    if row is None or definition is None or (row.templates and template not in row.templates):
        raise Http404("No such template in this round")
    filled = filled_template(scope.plan, definition, scope.month)
    content, checks = content_of(filled), checks_of(scope.plan, filled)
    form = FreezeForm(request.POST if request.method == "POST" else None, initial={"seen": content})
    moved = False
    if request.method == "POST" and form.is_valid():
        moved = form.cleaned_data["seen"] not in ("", content)
        if moved:
            form = FreezeForm({"why": form.cleaned_data["why"], "seen": content})
            form.add_error(None, "The plan has changed since this page was opened. Look again, then freeze it.")
        else:
            try:
                made = freeze(
                    scope.plan,
                    definition,
                    scope.month,
                    round=row,
                    checks=printed(checks),
                    by=scope.user,
                    why=form.cleaned_data["why"],
                )
            except ValidationError as problem:
                explain(form, problem)
            else:
                messages.success(request, f"{definition.title} is frozen as {made.version}.")
                return redirect(scope.url("submissions:version", template=template, version=made.version))
    back = scope.url("submissions:round", reference=reference)
    return render(
        request,
        "submissions/freeze.html",
        {
            "scope": scope,
            "round": row,
            "definition": definition,
            "headline": f"Freeze {definition.title} for {row.title[:1].lower()}{row.title[1:]}",
            "form": form,
            "blanks": [f"{cell.sheet}!{cell.address}" for cell in filled.unanswered[:BLANKS_SHOWN]],
            "blank": len(filled.unanswered),
            "cells": number(sum(1 for cell in filled.cells.values() if cell.kind != "none")),
            "stops": [one.sentence for one in checks if one.stands_in_the_way][:BLANKS_SHOWN],
            "waiting": open_questions(scope.plan, template, row),
            "waived": waived_questions(scope.plan, template, row),
            "back": back,
            "steps": [*_steps(scope), {"title": row.title, "url": back}],
        },
        status=409 if moved else 422 if form.errors else 200,
    )


def _choices(scope: Scope, held: list[str] | tuple[()] = ()) -> list[tuple[str, str]]:
    """The templates of the planning round, and those that the round asks for before their definition is there."""
    known: dict[str, Any] = {one.name: one.title for one in definitions_of(scope.plan.round)}
    return list({**known, **{name: f"{name} (no template yet)" for name in held if name not in known}}.items())


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Rounds", "url": scope.url("submissions:rounds")}]
