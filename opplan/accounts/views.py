from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opplan.accounts.models import User
from opplan.accounts.queries import memberships_of, plans_of


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that one may read. Needs no capability: it shows only what membership gives."""
    assert isinstance(request.user, User)
    return render(request, "accounts/plans.html", {"plans": plans_of(request.user)})


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what that person may do where."""
    assert isinstance(request.user, User)
    return render(request, "accounts/me.html", {"memberships": memberships_of(request.user)})
