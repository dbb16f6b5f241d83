from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser


class MemberBackend(AuthenticationBackend):
    """Sign-in by email address.

    Demonstration accounts are refused wherever demonstration is off, also mid-session: Django asks this on every request.
    """

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        if getattr(user, "demonstration", False) and not settings.DEMONSTRATION:
            return False
        return bool(super().user_can_authenticate(user))
