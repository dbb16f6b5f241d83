"""Pages for what went wrong: broken, and asked too often. Unknown and refused are Django's own 404 and 403 with our templates."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
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
