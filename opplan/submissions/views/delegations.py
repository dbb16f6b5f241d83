"""The pages of delegations and of verification: by whose authority a plan is signed, and whether a workbook is the one that was."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.queries import people_who_may
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.imports.uploads import size_refused
from opplan.plans.editing import edit_page, edited
from opplan.plans.versions import Opening
from opplan.submissions.actions.signing import delegate, withdraw_delegation
from opplan.submissions.definition import definitions_of
from opplan.submissions.forms.rounds import DelegationForm, VerifyForm, WithdrawForm
from opplan.submissions.queries.signatures import (
    GENUINE,
    UNKNOWN,
    delegation_history,
    delegations,
    moved_on,
    signatures_of,
    verdict_on,
)
from opplan.submissions.queries.verifying import is_pack, verdict_on_pack
from opplan.web.formats import counted

ALTERED_SHOWN, PARTS_SHOWN = 100, 200


@needs(Capability.VIEW_PLAN)
@require_safe
def delegation_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every delegation of the plan, with whether it holds today."""
    today = timezone.localdate()
    rows = delegations(scope.plan)
    holding = [row for row in rows if row.withdrawn_on is None and row.begins <= today <= row.ends]
    titles = {one.name: one.title for one in definitions_of(scope.plan.round)}
    return render(
        request,
        "submissions/delegations.html",
        {
            "scope": scope,
            "steps": [_to_rounds(scope)],
            "headline": f"{counted(len({row.officer_id for row in holding}), 'officer')} may sign for the governing body today".capitalize()
            if holding
            else "Nobody may sign for the governing body today",
            "rows": [
                {
                    "row": row,
                    "templates": ", ".join(titles.get(name, name) for name in row.templates) or "Every template",
                    "state": _state(row, today),
                    "holds": row in holding,
                }
                for row in rows
            ],
            "may_edit": scope.may(Capability.DELEGATE),
            "changes": delegation_history(scope.plan)[:20],
        },
    )


def _state(row: Any, today: Any) -> str:
    if row.withdrawn_on:
        return "withdrawn"
    if today < row.begins:
        return "begins later"
    return "over" if today > row.ends else "holds today"


@needs(Capability.DELEGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def delegation_add(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Record the governing body's decision. The programme office records it; it gives nobody a right that the office has itself."""
    people = people_who_may(scope.plan.organisation.code, Capability.SIGN_SUBMISSION)
    officers = {str(one.pk): one for one in people}
    templates = [(one.name, one.title) for one in definitions_of(scope.plan.round)]
    rows = delegations(scope.plan)
    used = [int(found[1]) for row in rows if (found := re.fullmatch(r"D-(\d{1,6})", row.reference))]
    editing = edited(
        request,
        lambda *sent, **given: DelegationForm(
            *sent, officers=[(key, str(one)) for key, one in officers.items()], templates=templates, **given
        ),
        Opening(None, {}),
        lambda form, _: delegate(
            scope.plan,
            reference=f"D-{max(used, default=0) + 1}",
            officer=officers[form.cleaned_data["officer"]],
            **{name: form.cleaned_data[name] for name in ("minute", "scope", "templates", "begins", "ends", "why")},
            by=scope.user,
        ),
    )
    back = scope.url("submissions:delegations")
    if editing.saved:
        messages.success(request, f"Recorded: {editing.saved.officer} may sign, minute {editing.saved.minute}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline="Record a delegation",
        lead="The decision is the governing body’s; its minute must be there to be looked up.",
        context_line="Who may sign for the governing body",
        button="Record the delegation",
        back=back,
        steps=[_to_rounds(scope), {"title": "Who may sign", "url": back}],
    )


@needs(Capability.DELEGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def delegation_withdraw(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """End a delegation today. What was signed under it stays signed."""
    row = next((one for one in delegations(scope.plan) if one.reference == reference), None)
    if row is None:
        raise Http404("No such delegation")
    back = scope.url("submissions:delegations")
    if row.withdrawn_on:
        return redirect(back)
    editing = edited(
        request,
        WithdrawForm,
        Opening(None, {}),
        lambda form, _: withdraw_delegation(row, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"Withdrawn: {row.officer} may no longer sign under minute {row.minute}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Withdraw the delegation to {row.officer}",
        lead="It ends today. What was signed under it stays signed.",
        context_line=f"Minute {row.minute}: {row.scope}",
        button="Withdraw it",
        back=back,
        steps=[_to_rounds(scope), {"title": "Who may sign", "url": back}],
    )


@needs(Capability.VIEW_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Whether a workbook or a pack is one of this plan's: genuine, altered and where, or unknown. Nothing of the file is kept."""
    form = VerifyForm()
    shown: dict[str, Any] = {}
    if request.method == "POST":
        form = VerifyForm(request.POST, request.FILES)
        if size_refused(request):
            form.add_error(
                "given",
                "The file is larger than may be loaded here. Verify a large pack on the server: manage.py verify_submission.",
            )
        elif form.is_valid():
            shown = _verified(form.cleaned_data["given"], scope)
    return render(
        request,
        "submissions/verify.html",
        {"scope": scope, "form": form, "steps": [_to_rounds(scope)], **shown},
        status=422 if form.errors else 200,
    )


def _verified(file: Any, scope: Scope) -> dict[str, Any]:
    """What the page shows of a file's verdict."""
    shown: dict[str, Any] = {"file_name": str(file.name)[:100]}
    if is_pack(file):
        pack = verdict_on_pack(file, scope.plan)
        worst_first = sorted(pack.parts, key=lambda one: one.outcome == GENUINE)
        more = max(len(pack.parts) - PARTS_SHOWN, 0)
        return shown | {"verdict": pack, "parts": worst_first[:PARTS_SHOWN], "more": more}
    verdict = verdict_on(str(file.name), file.read(), scope.plan)
    row = verdict.submission
    return shown | {
        "verdict": verdict,
        "altered": verdict.altered[:ALTERED_SHOWN],
        "more": max(len(verdict.altered) - ALTERED_SHOWN, 0),
        "signatures": signatures_of(row, moved=moved_on(row)) if row else [],
        "known": verdict.outcome != UNKNOWN,
    }


def _to_rounds(scope: Scope) -> dict[str, str]:
    return {"title": "Rounds", "url": scope.url("submissions:rounds")}
