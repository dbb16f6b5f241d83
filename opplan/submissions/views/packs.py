"""The pack of a round, to be downloaded."""

from __future__ import annotations

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs
from opplan.submissions.pack import write_pack
from opplan.submissions.queries.packs import pack_of
from opplan.submissions.queries.rounds import find_round

IN_MEMORY = 4 * 1024 * 1024
"""A pack up to this size never touches the disk; a larger one is spooled there."""


@needs(Capability.EXPORT_WORKBOOK)
@require_safe
def round_pack(request: HttpRequest, scope: Scope, reference: str) -> HttpResponseBase:
    """Everything of the round in one zip. One that lacks something says what, and goes out as a draft."""
    row = find_round(scope.plan, reference)
    if row is None:
        raise Http404("No such round")
    pack = pack_of(scope.plan, row, scope.month)
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_pack(pack, spool)
    size = spool.tell()
    spool.seek(0)
    response = FileResponse(spool, as_attachment=True, filename=pack.file_name, content_type="application/zip")
    response["Content-Length"] = str(size)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
