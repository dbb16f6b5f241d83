"""The checks of a template on the screen: what must hold of it as it stands now, and what is accepted of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import explain
from opplan.submissions.actions.accepting import accept_check, withdraw_acceptance
from opplan.submissions.definition import Definition, definitions_of, find_definition
from opplan.submissions.forms.accepting import AcceptForm
from opplan.submissions.presenters import checks as presenters
from opplan.submissions.queries.checks import checks_of
from opplan.submissions.queries.templates import filled_template

PER_PAGE = 100


@require_safe
@needs(Capability.VIEW_PLAN)
def checks_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every template with how many of its checks are met."""
    rows = [
        presenters.template_row(one, checks_of(scope.plan, filled_template(scope.plan, one, scope.month)), scope.url)
        for one in definitions_of(scope.plan.round)
    ]
    return render(
        request,
        "submissions/checks.html",
        {"scope": scope, "headline": presenters.list_headline(rows), "rows": rows},
    )


@require_safe
@needs(Capability.VIEW_PLAN)
def checks(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """The checks of one template: what fails first, with both figures; what is met, counted by rule."""
    return _page(request, scope, _definition(scope, template))


def _page(request: HttpRequest, scope: Scope, definition: Definition) -> HttpResponse:
    found = checks_of(scope.plan, filled_template(scope.plan, definition, scope.month))
    failing = [one for one in found if not one.met]
    page = Paginator(failing, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/template_checks.html",
        {
            "scope": scope,
            "definition": definition,
            "headline": presenters.headline(definition, found),
            "page": page,
            "rows": presenters.check_rows(
                list(page.object_list), definition, scope.url, may=scope.may(Capability.EDIT_PLAN)
            ),
            "rules": presenters.rule_rows(definition, found),
            "steps": [{"title": "Checks", "url": scope.url("submissions:checks")}],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT_PLAN)
def accept(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """Let a warning stand, with a reason, or take that back. The address asks for the rule and what it is about; without, the list."""
    definition = _definition(scope, template)
    code, subject = request.GET.get("rule", ""), request.GET.get("subject", "")
    if not code and request.method != "POST":
        return _page(request, scope, definition)
    found = checks_of(scope.plan, filled_template(scope.plan, definition, scope.month))
    open_to = [one for one in found if one.may_be_accepted]
    check = next((one for one in open_to if (one.rule.code, one.subject) == (code, subject)), None)
    if check is None:
        raise Http404("No such check, or it is met")
    here = scope.url("submissions:checks_of", template=definition.name)
    seen, moved = check.in_words(check.found)[:60], False
    form = AcceptForm(
        request.POST if request.method == "POST" else None, initial={"reason": check.explained, "seen": seen}
    )
    if request.method == "POST" and "back" in request.POST:
        try:
            withdraw_acceptance(scope.plan, definition.name, code, subject, by=scope.user, why="Taken back")
        except ValidationError as problem:
            explain(form, problem)
        else:
            messages.success(request, f"{check.rule.code} is no longer accepted.")
            return redirect(here)
    elif request.method == "POST" and form.is_valid():
        try:
            why, known = form.cleaned_data["reason"], form.cleaned_data["seen"]
            accept_check(scope.plan, definition.name, check, by=scope.user, why=why, seen=known)
        except ValidationError as problem:
            moved = getattr(problem, "code", "") == "moved"
            if moved:
                form = AcceptForm({"reason": why, "seen": seen})
            explain(form, problem)
        else:
            messages.success(request, f"{check.rule.code} is accepted: the reason goes out with the submission.")
            return redirect(here)
    shown: dict[str, Any] = {
        "scope": scope,
        "form": form,
        "check": presenters.check_row(check, definition, scope.url, may=False),
        "accepted": check.accepted,
        "headline": presenters.accepting_headline(check),
        "back": here,
        "steps": [
            {"title": "Checks", "url": scope.url("submissions:checks")},
            {"title": definition.title, "url": here},
        ],
    }
    status = 409 if moved else 422 if form.is_bound and form.errors else 200
    return render(request, "submissions/accept.html", shown, status=status)


def _definition(scope: Scope, name: str) -> Definition:
    found = find_definition(scope.plan.round, name)
    if found is None:
        raise Http404("No such template")
    return found
