"""The pages of versions: one with its signatures, its bytes, withdrawing and signing it, and two compared cell by cell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.plans.editing import edit_page, edited
from opplan.plans.versions import Opening
from opplan.submissions import differing
from opplan.submissions.actions.freezing import withdraw
from opplan.submissions.actions.signing import sign, withdraw_signature
from opplan.submissions.definition import find_definition
from opplan.submissions.forms.rounds import SignForm, WithdrawForm
from opplan.submissions.monthly.workbook import CONTENT_TYPE
from opplan.submissions.queries.rounds import differences, find_submission, versions_of
from opplan.submissions.queries.signatures import (
    delegation_for,
    find_signature,
    may_take_back,
    signature_history,
    signatures_of,
)
from opplan.submissions.queries.standing import drift_of, sheets_of
from opplan.web import tables
from opplan.web.formats import counted, day, moment

if TYPE_CHECKING:
    from opplan.submissions.models import Submission

A_PAGE = 50
CHANGES_SHOWN = 25
CHECKS_SHOWN = 50
HEADS = ("Cell", "What it is", "Was", "Now", "Change", "In words")


@needs(Capability.VIEW_PLAN)
@require_safe
def version(request: HttpRequest, scope: Scope, template: str, version: str) -> HttpResponse:
    """A frozen version: what it holds, its checks, and its signatures with their standing."""
    row = _found(scope, template, version)
    drift = drift_of(row)
    signatures = signatures_of(row, moved=drift.moved)
    others = [one for one in versions_of(scope.plan, template) if one.version != row.version]
    definition = find_definition(scope.plan.round, template)
    void = [one for one in signatures if one.void]
    return render(
        request,
        "submissions/version.html",
        {
            "scope": scope,
            "row": row,
            "title": definition.title if definition else template,
            "headline": _headline(row, len(signatures) - len(void), len(void), drift.moved),
            "sheets": sheets_of(row),
            "checks": [check for check in row.checks if check["result"] != "Met"][:CHECKS_SHOWN],
            "met": sum(1 for check in row.checks if check["result"] == "Met"),
            "signatures": signatures,
            "withdrawable": [
                one.key for one in signatures if one.given and may_take_back(one.officer_key, scope.user, scope.may)
            ],
            "changes": signature_history(row),
            "drift": differing.rows(drift.changes[:CHANGES_SHOWN], definition, row.values, scope.plan.months),
            "drifted": len(drift.changes),
            "moved": drift.moved,
            "others": others,
            "latest": not others or others[0].key < row.pk,
            "may_edit": scope.may(Capability.EDIT_PLAN),
            "may_sign": scope.may(Capability.SIGN_SUBMISSION),
            "may_download": scope.may(Capability.EXPORT_WORKBOOK),
            "steps": _steps(scope, row),
        },
    )


def _headline(row: Submission, standing: int, void: int, moved: bool) -> str:
    if row.withdrawn_why:
        return f"{row.version} was withdrawn"
    if standing:
        return f"{row.version} is signed and says what the plan says"
    if void:
        return f"{row.version} is no longer signed: {counted(void, 'signature')} void"
    return f"{row.version} is frozen and not signed" + (": the plan has changed since" if moved else "")


@needs(Capability.EXPORT_WORKBOOK)
@require_safe
def version_download(request: HttpRequest, scope: Scope, template: str, version: str) -> HttpResponse:
    """The workbook as it was frozen, byte for byte."""
    row = _found(scope, template, version)
    response = HttpResponse(bytes(row.workbook), content_type=CONTENT_TYPE)
    name = f"{scope.plan.organisation.code}-{scope.plan.year}-{row.template}-{row.version}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@needs(Capability.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def version_withdraw(request: HttpRequest, scope: Scope, template: str, version: str) -> HttpResponse:
    """Withdraw a version, with a reason. It stays where it is."""
    row = _found(scope, template, version)
    back = scope.url("submissions:version", template=template, version=version)
    if row.withdrawn_why:
        return redirect(back)
    editing = edited(
        request,
        WithdrawForm,
        Opening(None, {}),
        lambda form, _: withdraw(row, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"{row} is withdrawn.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Withdraw {row.version} of {row.template}",
        lead="It stays where it is, with its signatures, and says why it was withdrawn.",
        context_line=f"Frozen {moment(row.at)} by {row.by}",
        button="Withdraw it",
        back=back,
        steps=_steps(scope, row),
    )


@needs(Capability.SIGN_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def version_sign(request: HttpRequest, scope: Scope, template: str, version: str) -> HttpResponse:
    """The officer's own signature under a version, within the governing body's delegation."""
    row = _found(scope, template, version)
    held = delegation_for(scope.plan, scope.user, template, timezone.localdate())
    said = (
        f"the figures of {template} {row.version} are, to the best of my knowledge, true and complete, and that I sign for the "
        f"governing body of {scope.plan.organisation.name}" + (f", minute {held.minute}." if held else ".")
    )
    back = scope.url("submissions:version", template=template, version=version)
    editing = edited(
        request,
        SignForm,
        Opening(None, {"statement": said}),
        lambda form, _: sign(row, statement=form.cleaned_data["statement"], by=scope.user),
    )
    if editing.saved:
        messages.success(request, f"You have signed {row}.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Sign {row.version} of {template}",
        lead=_authority(held.minute, held.ends) if held else NO_AUTHORITY,
        context_line=f"Content {row.content[:16]}. The signature covers this content alone; any change to a figure voids it",
        button="Sign this version",
        back=back,
        steps=_steps(scope, row),
    )


@needs(Capability.SIGN_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def signature_withdraw(request: HttpRequest, scope: Scope, template: str, version: str, key: str) -> HttpResponse:
    """Take one's own signature back, with a reason; an administrator may take back another's. It stays where it is, withdrawn."""
    row = _found(scope, template, version)
    found = find_signature(row, key)
    back = scope.url("submissions:version", template=template, version=version)
    if found is None or not may_take_back(found.officer_id, scope.user, scope.may):
        raise Http404("No such signature, or it is not yours to take back")
    if found.withdrawn_at:
        return redirect(back)
    editing = edited(
        request,
        WithdrawForm,
        Opening(None, {}),
        lambda form, _: withdraw_signature(found, may=scope.may, by=scope.user, why=form.cleaned_data["why"]),
    )
    if editing.saved:
        messages.success(request, f"The signature of {found.officer} is withdrawn.")
        return redirect(back)
    return edit_page(
        request,
        editing,
        scope=scope,
        headline=f"Withdraw the signature of {found.officer}",
        lead=f"It stays under {row.version}, withdrawn, with your reason. The version is no longer signed by it; a locked baseline stays "
        "locked.",
        context_line=f"Given {moment(found.at)}, minute {found.delegation.minute}",
        button="Withdraw the signature",
        back=back,
        steps=_steps(scope, row),
    )


NO_AUTHORITY = (
    "The governing body has not delegated this signature to you for today. The programme office records a delegation."
)


def _authority(minute: str, ends: date) -> str:
    return f"Your authority: minute {minute}, until {day(ends)}."


@needs(Capability.VIEW_PLAN)
@require_safe
def difference(request: HttpRequest, scope: Scope, template: str) -> HttpResponse:
    """Two versions of a template, compared cell by cell and in words (`?from=V1.0&to=V1.1`); by default the last two."""
    versions = versions_of(scope.plan, template)
    if not versions:
        raise Http404("No version of this template")
    last = versions[0].version
    before = request.GET.get("from") or (versions[1].version if len(versions) > 1 else last)
    after = request.GET.get("to") or last
    earlier, later = _found(scope, template, before), _found(scope, template, after)
    found = differences(earlier.values, later.values)
    definition = find_definition(scope.plan.round, template)
    values = [*earlier.values, *later.values]
    if request.GET.get("download") == "csv":
        rows = differing.rows(found, definition, values, scope.plan.months)
        name = f"{scope.plan.organisation.code}-{scope.plan.year}-{template}-{before}-{after}"
        return tables.download(name, HEADS, ((r.place, r.about, r.was, r.now, r.change, r.words) for r in rows))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "submissions/difference.html",
        {
            "scope": scope,
            "template": template,
            "title": definition.title if definition else template,
            "headline": _between(len(found), before, after),
            "summary": differing.summary(found, len(later.values)),
            "versions": versions,
            "before": earlier,
            "after": later,
            "page": page,
            "rows": differing.rows(list(page.object_list), definition, values, scope.plan.months),
            "steps": _steps(scope, later),
        },
    )


def _between(number: int, before: str, after: str) -> str:
    if not number:
        return f"Nothing differs between {before} and {after}"
    return f"{counted(number, 'cell')} {'differs' if number == 1 else 'differ'} between {before} and {after}"


def _found(scope: Scope, template: str, version: str) -> Submission:
    row = find_submission(scope.plan, template, version)
    if row is None:
        raise Http404("No such version")
    row.plan = scope.plan
    return row


def _steps(scope: Scope, row: Submission) -> list[dict[str, str]]:
    steps = [{"title": "Rounds", "url": scope.url("submissions:rounds")}]
    if row.round:
        url = scope.url("submissions:round", reference=row.round.reference)
        steps.append({"title": row.round.title, "url": url})
    return steps
