"""The forms on questions of NHS England: add, change, answer, close and open again, waive for a round and take that back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import Editing, edit_page, edited
from opplan.plans.versions import Conflict, Opening, opening
from opplan.submissions.actions.answering import answer_question
from opplan.submissions.actions.questions import (
    add_question,
    change_question,
    close_question,
    reopen_question,
    take_back_waiver,
    waive_question,
)
from opplan.submissions.definition import definitions_of
from opplan.submissions.forms.questions import (
    ANSWER_VALUES,
    QUESTION_VALUES,
    AgainForm,
    AnswerForm,
    ClosingForm,
    NewQuestionForm,
    QuestionForm,
    WaiverForm,
)
from opplan.submissions.queries.questions import document_choices, find_question
from opplan.submissions.queries.rounds import round_choices
from opplan.submissions.views.questions import may_answer, steps

if TYPE_CHECKING:
    from opplan.submissions.models import Question

METHODS = ["GET", "HEAD", "POST"]


@needs(Capability.EDIT_PLAN)
@require_http_methods(METHODS)
def question_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a query or a key line of enquiry."""
    editing = edited(
        request,
        lambda *sent, **given: NewQuestionForm(*sent, templates=_templates(scope), **given),
        Opening(None, {"asked_on": timezone.localdate()}),
        lambda form, _: add_question(scope.plan, values=form.values, by=scope.user, why=form.cleaned_data["why"]),
    )
    return _saved(request, scope, editing, "Added") or edit_page(
        request,
        editing,
        scope=scope,
        headline="Add a question of NHS England",
        context_line="While it is open, its template is not frozen",
        button="Add the question",
        back=scope.url("submissions:questions"),
        steps=steps(scope),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(METHODS)
def question_edit(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what is asked, of which cell, who answers and by when."""
    row = _found(scope, reference)
    editing = edited(
        request,
        lambda *sent, **given: QuestionForm(*sent, templates=_templates(scope), **given),
        opening(row, QUESTION_VALUES),
        lambda form, version: change_question(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    return _saved(request, scope, editing, "Saved") or _page(
        request, scope, editing, row, f"Change question {row.reference}", "Save the question"
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(METHODS)
def question_answer(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Answer a question. Whoever updates progress may, and whoever changes the plan."""
    row = _found(scope, reference)
    if not may_answer(scope):
        raise Http404("No such page")
    editing = edited(
        request,
        lambda *sent, **given: AnswerForm(*sent, documents=document_choices(scope.plan), **given),
        opening(row, ANSWER_VALUES),
        lambda form, version: answer_question(
            row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    _name(editing.conflict, "evidence_id", dict(document_choices(scope.plan)))
    return _saved(request, scope, editing, "Answer saved") or _page(
        request, scope, editing, row, f"Answer question {row.reference}", "Save the answer"
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(METHODS)
def question_close(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Close a question, or open a closed one again."""
    row = _found(scope, reference)
    begun = opening(row, ("closed_on", "reply"))
    editing: Editing[Any]
    if _undoing(request, "closed_on", done=bool(row.closed_on)):
        editing = edited(
            request,
            AgainForm,
            Opening(begun.version, {}),
            lambda form, version: reopen_question(row, **form.cleaned_data, by=scope.user, version=version),
        )
        said, headline, button = "Opened again", f"Open question {row.reference} again", "Open it again"
    else:
        editing = edited(
            request,
            ClosingForm,
            Opening(begun.version, {**begun.values, "closed_on": timezone.localdate()}),
            lambda form, version: close_question(row, **form.cleaned_data, by=scope.user, version=version),
        )
        said, headline, button = "Closed", f"Close question {row.reference}", "Close it"
    return _saved(request, scope, editing, said) or _page(request, scope, editing, row, headline, button)


@needs(Capability.EDIT_PLAN)
@require_http_methods(METHODS)
def question_waive(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Let one round go without the answer, or take that back."""
    row = _found(scope, reference)
    begun = opening(row, ("waived_for_id", "waived_why"))
    editing: Editing[Any]
    if _undoing(request, "waived_for_id", done=bool(row.waived_why)):
        editing = edited(
            request,
            AgainForm,
            Opening(begun.version, {}),
            lambda form, version: take_back_waiver(row, **form.cleaned_data, by=scope.user, version=version),
        )
        said, headline, button = "Waiver taken back", f"Take back the waiver of {row.reference}", "Take it back"
    else:
        editing = edited(
            request,
            lambda *sent, **given: WaiverForm(*sent, rounds=round_choices(scope.plan), **given),
            begun,
            lambda form, version: waive_question(row, **form.cleaned_data, by=scope.user, version=version),
        )
        said, headline, button = "Waived", f"Let a round go without the answer to {row.reference}", "Waive it"
    _name(editing.conflict, "waived_for_id", dict(round_choices(scope.plan)))
    return _saved(request, scope, editing, said) or _page(request, scope, editing, row, headline, button)


def _undoing(request: HttpRequest, field: str, *, done: bool) -> bool:
    """Whether the form takes something back. What was sent says so: a form to do it, sent after another person did it, stays one."""
    return field not in request.POST if request.method == "POST" else done


def _name(conflict: Conflict | None, field: str, names: Mapping[int, str]) -> None:
    """Put the names of documents or rounds in place of their keys in a conflict."""
    if conflict is None:
        return
    by_key = {str(key): title for key, title in names.items()}
    conflict.clashes = [
        replace(one, **{side: by_key.get(getattr(one, side), "") for side in ("opened", "now", "mine")})
        if one.field == field
        else one
        for one in conflict.clashes
    ]


def _templates(scope: Scope) -> list[tuple[str, str]]:
    return [(one.name, one.title) for one in definitions_of(scope.plan.round)]


def _found(scope: Scope, reference: str) -> Question:
    row = find_question(scope.plan, reference)
    if row is None:
        raise Http404("No such question")
    return row


def _saved(request: HttpRequest, scope: Scope, editing: Editing[Any], said: str) -> HttpResponse | None:
    """To the question's page once it is saved."""
    if editing.saved is None:
        return None
    messages.success(request, f"{said}: {editing.saved.reference}.")
    return redirect(scope.url("submissions:question", reference=editing.saved.reference))


def _page(
    request: HttpRequest, scope: Scope, editing: Editing[Any], row: Question, headline: str, button: str
) -> HttpResponse:
    page = scope.url("submissions:question", reference=row.reference)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=headline,
        lead=row.asked,
        context_line=f"{row.get_kind_display()}{f', {row.area}' if row.area else ''}",
        button=button,
        back=page,
        steps=[*steps(scope), {"title": row.reference, "url": page}],
    )
