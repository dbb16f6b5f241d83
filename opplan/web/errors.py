"""Pages for what went wrong: broken, and asked too often. Unknown and refused are Django's own 404 and 403 with our templates."""

import logging
import secrets
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone

logger = logging.getLogger(__name__)

WAIT = 5 * 60
"""Seconds for which sign-in stays shut after too many failures (see ACCOUNT_RATE_LIMITS)."""


def broken(request: HttpRequest) -> HttpResponse:
    """500, with a reference that the log carries too. Uses neither database nor session: either may be what broke."""
    reference = secrets.token_hex(3).upper()
    logger.error("Reference %s: %s %s failed", reference, request.method, request.path, exc_info=True)
    page = loader.get_template("500.html").render({"reference": reference, "at": timezone.localtime()})
    return HttpResponse(page, status=500)


def too_often(request: HttpRequest) -> HttpResponse:
    """429: too many attempts, and how long to wait."""
    response = render(request, "429.html", {"minutes": WAIT // 60}, status=429)
    response["Retry-After"] = str(WAIT)
    return response


def no_null_in_addresses(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: an address with a NUL character is of no page. PostgreSQL takes it in no text, so that a search for it would break."""

    def answered(request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "\0" in asked or "%00" in asked:
            raise Http404("No address holds such a character")
        return answer(request)

    return answered
