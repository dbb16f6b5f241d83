from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.submissions.monthly.workbook import CONTENT_TYPE, write_workbook
from opplan.submissions.presenters import workbook as presenters
from opplan.submissions.queries.monthly import contents_of


@require_safe
@needs(Capability.EXPORT_WORKBOOK)
def workbook(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What the workbook of the month holds, what it lacks, and whether its checks are met."""
    contents = contents_of(scope.plan, scope.month)
    return render(
        request,
        "submissions/workbook.html",
        {
            "contents": contents,
            "headline": presenters.headline(contents),
            "lead": presenters.lead(contents),
            "parts": presenters.parts(contents),
            "missing": presenters.missing(contents, scope.url),
            "findings": presenters.findings(contents, scope.url),
            "rules": presenters.rules(contents),
            "download": f"{scope.url('submissions:download')}?month={scope.month:%Y-%m}",
            "closed": presenters.closed(contents),
        },
    )


@require_safe
@needs(Capability.EXPORT_WORKBOOK)
def download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The workbook of the month as a file."""
    contents = contents_of(scope.plan, scope.month)
    response = HttpResponse(write_workbook(contents), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{contents.file_name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
