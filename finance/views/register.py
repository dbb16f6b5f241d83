"""The forms of the scheme register: a scheme added, changed and moved along; a rating put in place; the requirement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from activity.queries.building import impacts_in
from finance.actions.ratings import latest_day, put_rating, withdraw_rating
from finance.actions.schemes import add_scheme, change_scheme, move_scheme, set_requirement
from finance.forms.schemes import (
    NewSchemeForm,
    Offered,
    RatingForm,
    RequirementForm,
    SchemeForm,
    StageForm,
    WithdrawForm,
)
from finance.presenters import register as presenters
from finance.queries.register import FIELDS, filed_under, standing_override
from finance.queries.requirement import find_requirement, requirement_changes
from finance.queries.schemes import find_scheme, scheme_positions, schemes_of
from initiatives.queries import initiative_register, projects_in
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.calc.months import end_of
from opplan.plans.editing import Editing, edited
from opplan.plans.queries import providers, tolerances
from opplan.plans.versions import Conflict, Opening, Version, opening
from opplan.web.formats import day, in_words, pounds

if TYPE_CHECKING:
    from finance.models import Scheme

FACTS = tuple(name for name in FIELDS if name not in ("stage", "forecast_default", "start_month"))
CHANGES_SHOWN = 20


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Add a scheme, under the initiative that the address names (`?initiative=UEC-AE`) or under none."""
    offered = _offered(scope)
    asked = request.GET.get("initiative")
    under = next((key for key, title in offered.initiatives if asked and title.startswith(f"{asked}, ")), None)
    editing = edited(
        request,
        partial(NewSchemeForm, offered=offered),
        Opening(None, {"initiative_id": under}),
        lambda form, _: add_scheme(
            scope.plan,
            reference=form.cleaned_data["reference"],
            stage=form.cleaned_data["stage"],
            values=form.values,
            by=scope.user,
            why=form.cleaned_data["why"],
        ),
    )
    if editing.saved:
        messages.success(
            request,
            f"Added: {editing.saved.reference}, {editing.saved.title}. Type what it plans to save, month by month.",
        )
        return redirect(scope.url("finance:scheme", reference=editing.saved.reference) + "#h-months")
    return _form(
        request,
        scope,
        editing,
        template="finance/scheme_form.html",
        headline="Add a savings scheme",
        context="Its months are typed on its own page, once it is there.",
        button="Add the scheme",
        back=scope.url("finance:schemes"),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_change(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what a scheme says of itself."""
    row, offered = _row(scope, reference), _offered(scope)

    def save(form: SchemeForm, version: Version) -> Scheme:
        try:
            return change_scheme(row, values=form.values, by=scope.user, why=form.cleaned_data["why"], version=version)
        except Conflict as conflict:
            raise _named(conflict, offered) from conflict

    editing = edited(request, partial(SchemeForm, offered=offered), opening(row, FACTS), save)
    if editing.saved:
        messages.success(request, f"Saved: {editing.saved.title}.")
        return redirect(scope.url("finance:scheme", reference=reference))
    return _form(
        request,
        scope,
        editing,
        template="finance/scheme_form.html",
        headline=f"Change {row.title}",
        context=f"Scheme {row.reference}. Its stage moves on a page of its own.",
        button="Save the scheme",
        back=scope.url("finance:scheme", reference=reference),
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_stage(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Move a scheme along the pipeline, or close it; with a reason."""
    row = _row(scope, reference)
    if row.state == "unidentified":
        raise Http404("The line of what is still to find has no stage")
    editing = edited(
        request,
        StageForm,
        opening(row, ("stage",)),
        lambda form, version: move_scheme(
            row, stage=form.cleaned_data["stage"], by=scope.user, why=form.cleaned_data["why"], version=version
        ),
    )
    if editing.saved:
        messages.success(request, f"{editing.saved.title}: {presenters.stage_in_words(editing.saved)}.")
        return redirect(scope.url("finance:scheme", reference=reference))
    return _form(
        request,
        scope,
        editing,
        headline=f"Move {row.title} along the pipeline",
        context=f"Scheme {row.reference}, now {presenters.stage_in_words(row)}",
        lead=presenters.WHAT_STAGES_MEAN,
        button="Move the scheme",
        back=scope.url("finance:scheme", reference=reference),
    )


@needs(Capability.EDIT_TOLERANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_rating(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Put a rating in place of the rule's until a day, or change the one that is in place."""
    row = _row(scope, reference)
    standing = standing_override(row, scope.plan)
    begun = (
        opening(standing, ("rating", "reason", "until"))
        if standing
        else Opening(None, {"until": latest_day(scope.plan)})
    )
    editing = edited(
        request,
        RatingForm,
        begun,
        lambda form, version: put_rating(row, **form.cleaned_data, by=scope.user, version=version),
    )
    if editing.saved:
        put = f"{editing.saved.get_rating_display()} put in place until {day(editing.saved.until)}"
        messages.success(request, f"{row.title}: {put}. Both ratings are shown.")
        return redirect(scope.url("finance:scheme", reference=reference))
    reported = scope.plan.reporting_month or scope.plan.start
    (position,) = scheme_positions(
        scope.plan, reported, tolerances(scope.plan), schemes_of(scope.plan).filter(pk=row.pk)
    )
    return _form(
        request,
        scope,
        editing,
        headline=f"Put a rating in place for {row.title}",
        context=f"Scheme {row.reference}. {presenters.rule_in_words(position)}",
        lead=(
            f"It holds for the months that end by the day given: {day(end_of(reported))} at the earliest, "
            f"{day(latest_day(scope.plan))} at the latest. A month that is not reported is never green."
        ),
        button="Put the rating in place",
        back=scope.url("finance:scheme", reference=reference),
    )


@needs(Capability.EDIT_TOLERANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_rating_withdraw(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Take a rating out of place before its day; with a reason."""
    row = _row(scope, reference)
    back = scope.url("finance:scheme", reference=reference)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_rating(row, by=scope.user, why=form.cleaned_data["why"])
        except ValidationError as problem:
            form.add_error("why" if hasattr(problem, "error_dict") else None, problem.messages)
        else:
            messages.success(request, f"{row.title}: the rule’s rating stands again.")
            return redirect(back)
    return _form(
        request,
        scope,
        Editing[None](form, None),
        headline=f"Withdraw the rating put in place for {row.title}",
        context=f"Scheme {row.reference}",
        button="Withdraw the rating",
        back=back,
    )


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def requirement(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Change what the plan must save in the year; with a reason."""
    row = find_requirement(scope.plan)
    editing = edited(
        request,
        RequirementForm,
        opening(row, ("amount",)) if row else Opening(None, {}),
        lambda form, version: set_requirement(scope.plan, **form.cleaned_data, by=scope.user, version=version),
    )
    if editing.saved:
        messages.success(request, f"Saved: {pounds(editing.saved.amount)} to be saved in the year.")
        return redirect(scope.url("finance:pipeline"))
    return _form(
        request,
        scope,
        editing,
        template="finance/requirement_form.html",
        headline=f"{in_words(row.amount)} must be saved in {scope.plan.year_label}"
        if row
        else "What the plan must save",
        context=f"{scope.plan}. {f'Source: {row.source}' if row else 'The plan has no requirement yet.'}",
        button="Save the requirement",
        back=scope.url("finance:pipeline"),
        changes=requirement_changes(scope.plan)[:CHANGES_SHOWN],
    )


def _row(scope: Scope, reference: str) -> Scheme:
    row = find_scheme(scope.plan, reference)
    if row is None:
        raise Http404("No such scheme")
    return row


def _offered(scope: Scope) -> Offered:
    return Offered(
        initiatives=[
            (one.key, f"{one.reference}, {one.title}") for one in initiative_register(scope.plan, scope.month)
        ],
        projects=projects_in(scope.plan),
        providers=[(key, f"{name} ({code})") for key, code, name in providers()],
        impacts=[(key, f"{reference}, {title}") for key, _, reference, title in impacts_in(scope.plan)],
        months=scope.plan.months,
        filed_under=filed_under(scope.plan),
    )


def _named(conflict: Conflict, offered: Offered) -> Conflict:
    """The conflict with the names of rows in place of their keys."""
    names: dict[str, dict[str, str]] = {
        "initiative_id": {str(key): title for key, title in offered.initiatives},
        "project_id": {str(key): title for key, _, _, title in offered.projects},
        "provider_id": {str(key): title for key, title in offered.providers},
        "impact_id": {str(key): title for key, title in offered.impacts},
    }
    conflict.clashes = [
        replace(clash, **{side: names[clash.field].get(getattr(clash, side), "") for side in ("opened", "now", "mine")})
        if clash.field in names
        else clash
        for clash in conflict.clashes
    ]
    return conflict


def _form(
    request: HttpRequest,
    scope: Scope,
    editing: Editing[Any],
    *,
    headline: str,
    context: str,
    button: str,
    back: str,
    lead: str = "",
    template: str = "plans/edit.html",
    changes: Sequence[Any] = (),
) -> HttpResponse:
    return render(
        request,
        template,
        {
            "scope": scope,
            "headline": headline,
            "context_line": context,
            "lead": lead,
            "button": button,
            "back": back,
            "changes": changes,
            "steps": [{"title": "Savings schemes", "url": scope.url("finance:schemes")}],
            **editing.shown,
        },
        status=editing.status,
    )
