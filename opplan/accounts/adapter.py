from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from opplan.accounts.backends import MemberBackend
from opplan.web.errors import too_often


class Adapter(DefaultAccountAdapter):
    """Sign-in in our words. Accounts are granted by an administrator; nobody signs up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. An administrator of your organisation can open it again.",
        "email_password_mismatch": "This email and password are not those of an account. Check both and try again.",
        "enter_current_password": "That is not your present password",
        "incorrect_password": "That is not your password",
        "invalid_password_reset": "This link has been used, or is too old",
        "rate_limited": "Too many attempts. Wait five minutes, then try again",
        "too_many_login_attempts": "Too many attempts. Wait five minutes, then try again",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """After five failures for one email the answer is 429, whatever the password: a page that says how long to wait."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as refused:
            raise ImmediateHttpResponse(too_often(request)) from refused

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account with these credentials, unless it is one that may not sign in here.

        allauth hands back accounts that the backend refused, so that a closed one can be told so; a demonstration account
        where demonstration is off is told nothing.
        """
        user = super().authenticate(request, **credentials)
        if user is not None and user.is_active and not MemberBackend().user_can_authenticate(user):
            return None
        return user


class SecondFactor(DefaultMFAAdapter):
    """The second factor in our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": "Add an authenticator app first: recovery codes stand in for it",
        "incorrect_code": "This code is not right, or its time has passed. Enter the newest one",
    }
