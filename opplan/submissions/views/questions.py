"""The pages that show what NHS England asks: the list, and one question with the cell that it is about."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.submissions.definition import definitions_of
from opplan.submissions.filters.questions import QuestionFilter
from opplan.submissions.presenters import questions as presenters
from opplan.submissions.queries.places import template_asked_about
from opplan.submissions.queries.questions import asked_of, find_question, question_history, question_register
from opplan.web import tables

A_PAGE = 40
CHANGES_SHOWN = 20


def may_answer(scope: Scope) -> bool:
    """Whoever updates progress, and whoever changes the plan."""
    return scope.may(Capability.UPDATE_PROGRESS) or scope.may(Capability.EDIT_PLAN)


@needs(Capability.VIEW_PLAN)
@require_safe
def questions_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Queries and key lines of enquiry, open ones first, by when they are due."""
    today = timezone.localdate()
    titles = {one.name: one.title for one in definitions_of(scope.plan.round)}
    rows = question_register(scope.plan)
    owners = sorted({owner for owner in rows.values_list("owner", flat=True) if owner})
    chosen = QuestionFilter(request.GET, queryset=rows, templates=[*titles.items()], owners=owners, today=today)
    kept = chosen.kept
    if request.GET.get("download") == "csv":
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-questions"
        return tables.download(name, presenters.CSV_HEADS, presenters.csv_rows(kept))
    asked = asked_of(scope.plan, today)
    page = Paginator(kept, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/questions.html",
        {
            "scope": scope,
            "headline": presenters.headline(asked),
            "total": asked.total,
            "filter": chosen,
            "shown": page.paginator.count,
            "page": page,
            "rows": presenters.question_rows(page, titles, today, scope.url),
            "all_url": scope.url("submissions:questions"),
            "may_edit": scope.may(Capability.EDIT_PLAN),
        },
    )


@needs(Capability.VIEW_PLAN)
@require_safe
def question(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """One question: what is asked, the cell as it stands now, our answer, what NHS England said, and what has changed."""
    row = find_question(scope.plan, reference)
    if row is None:
        raise Http404("No such question")
    today = timezone.localdate()
    titles = {one.name: one.title for one in definitions_of(scope.plan.round)}
    (shown,) = presenters.question_rows([row], titles, today, scope.url)
    template = template_asked_about(row, scope.month) if row.key else None
    return render(
        request,
        "submissions/question.html",
        {
            "scope": scope,
            "row": row,
            "shown": shown,
            "template_title": titles.get(row.template, ""),
            "place": presenters.place_of(row, template, scope.url, may_edit=scope.may(Capability.EDIT_PLAN)),
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "may_answer": may_answer(scope) and row.closed_on is None,
            "changes": question_history(scope.plan, reference)[:CHANGES_SHOWN],
            "steps": steps(scope),
        },
    )


def steps(scope: Scope) -> list[dict[str, str]]:
    return [{"title": "Questions", "url": scope.url("submissions:questions")}]
