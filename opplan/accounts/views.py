from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opplan.accounts.models import User
from opplan.accounts.queries import demonstration_accounts, demonstration_password, memberships_of, open_plans


class SignIn(LoginView):
    """Sign-in by email and password; for a trial, also by a button for each demonstration account."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        accounts = demonstration_accounts()
        return context | {"accounts": accounts, "shared_password": demonstration_password() if accounts else ""}


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that one may read. Needs no capability: it shows only what membership gives."""
    assert isinstance(request.user, User)
    return render(request, "accounts/plans.html", {"plans": open_plans(request.user), "email": request.user.email})


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what that person may do where."""
    assert isinstance(request.user, User)
    return render(
        request,
        "accounts/me.html",
        {
            "person": request.user,
            "memberships": memberships_of(request.user),
            "has_second_factor": is_mfa_enabled(request.user),
        },
    )
