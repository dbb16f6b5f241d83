"""The pages of a plan's templates: the list, one template, its workbook, and the answers that are typed in the browser."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.submissions.actions.answers import record_answers
from opplan.submissions.checking import printed
from opplan.submissions.definition import Definition, find_definition
from opplan.submissions.filled import spelt
from opplan.submissions.forms.answers import AnswersForm
from opplan.submissions.monthly.workbook import CONTENT_TYPE
from opplan.submissions.presenters import templates as presenters
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.questions import open_about
from opplan.submissions.queries.rounds import versions_of
from opplan.submissions.queries.templates import (
    answer_changes,
    completeness_of,
    file_name_of,
    filled_template,
    last_returns,
    stamp_of,
)
from opplan.submissions.written.workbook import write
from opplan.web.formats import counted


@require_safe
@needs(Capability.VIEW_PLAN)
def templates(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every template of the plan's round, how complete it is, and its workbook."""
    found = completeness_of(scope.plan, scope.month)
    rows = presenters.template_rows(found, versions_of(scope.plan), last_returns(scope.plan), scope.url)
    return render(
        request,
        "submissions/templates.html",
        {"scope": scope, "headline": presenters.list_headline(found), "rows": rows},
    )


@require_safe
@needs(Capability.VIEW_PLAN)
def template(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """One template: what each of its sheets holds and lacks."""
    definition = _definition(scope, template)
    filled = filled_template(scope.plan, definition, scope.month)
    versions = versions_of(scope.plan, definition.name)
    return render(
        request,
        "submissions/template.html",
        {
            "scope": scope,
            "definition": definition,
            "headline": presenters.headline(filled),
            "rows": presenters.sheet_rows(filled, scope.url),
            "checks": presenters.check_rows(checks_of(scope.plan, filled)),
            "stamp": stamp_of(scope.plan, filled),
            "versions": versions[:5],
            "may_export": scope.may(Capability.EXPORT_WORKBOOK),
            "may_answer": scope.may(Capability.EDIT_PLAN),
            "download": scope.url("submissions:template_download", template=definition.name),
            "file_name": file_name_of(filled),
            "returns": scope.url("submissions:returns"),
            "asked": open_about(scope.plan, definition.name),
            "questions": _questions(scope, definition),
            "all_checks": scope.url("submissions:checks_of", template=definition.name),
            "steps": _steps(scope),
        },
    )


@require_safe
@needs(Capability.EXPORT_WORKBOOK)
def template_download(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """The template as a workbook."""
    filled = filled_template(scope.plan, _definition(scope, template), scope.month)
    response = HttpResponse(
        write(filled, stamp_of(scope.plan, filled), printed(checks_of(scope.plan, filled))), content_type=CONTENT_TYPE
    )
    response["Content-Disposition"] = f'attachment; filename="{file_name_of(filled)}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def answers(request: HttpRequest, scope: Scope, template: str, block: str) -> HttpResponse:
    """The answers to one block, typed here rather than in the workbook."""
    definition = _definition(scope, template)
    if not any(one.key == block and one.asked for one in definition.blocks()):
        raise Http404("No such page")
    asked = definition.block(block)
    filled = filled_template(scope.plan, definition, scope.month)
    cells = [cell for cell in filled.inputs if cell.key.block == block and asked.asks(cell.spec)]
    form = AnswersForm(filled, cells, request.POST if request.method == "POST" else None)
    clashes: list[Any] = []
    here = scope.url("submissions:template", template=definition.name)
    if request.method == "POST" and form.is_valid():
        edits, clashes = form.edits(request.POST)
        if not clashes:
            try:
                why = form.cleaned_data["why"].strip() or "Answered"
                record_answers(scope.plan, definition.name, edits, by=scope.user, why=why)
            except ValidationError as problem:
                form.add_error(None, problem)
            else:
                messages.success(
                    request, f"{counted(len(edits), 'answer').capitalize()} saved." if edits else "Nothing was changed."
                )
                return redirect(here)
    opened = {cell.address: spelt(cell.value) for cell in cells}
    if request.method == "POST":
        opened = {address: request.POST.get(f"was {address}", was) for address, was in opened.items()}
    changes = answer_changes(scope.plan, definition.name, block)
    waiting = open_about(scope.plan, definition.name, block)
    return render(
        request,
        "submissions/answers.html",
        {
            "scope": scope,
            "definition": definition,
            "asked": asked,
            "form": form,
            "opened": opened.items(),
            "clashes": clashes,
            "changes": presenters.change_rows(filled, changes),
            "back": here,
            "waiting": waiting,
            "questions": _questions(scope, definition) if waiting else "",
            "steps": [*_steps(scope), {"title": definition.title, "url": here}],
        },
        status=409 if clashes else 422 if form.is_bound and form.errors else 200,
    )


def _definition(scope: Scope, name: str) -> Definition:
    found = find_definition(scope.plan.round, name)
    if found is None:
        raise Http404("No such template")
    return found


def _questions(scope: Scope, definition: Definition) -> str:
    return scope.url("submissions:questions", {"state": "open", "template": definition.name})


def _steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Templates", "url": scope.url("submissions:templates")}]
