"""The forms of signing in and of one's own account: allauth's, in NHS.UK markup and in our words."""

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm

from opplan.web.forms import Dressed

GOOD_PASSWORD = "At least 8 characters, not a common word, and not like your name or email"


class Worded(Dressed):
    """Gives the fields of a form our labels, hints and messages. Mix in before a form of allauth."""

    labels: ClassVar[dict[str, str]] = {}
    hints: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.error_messages["required"] = f"Enter your {str(field.label).lower()}"


class SignInForm(Worded, account.LoginForm):
    labels: ClassVar = {"login": "Work email", "password": "Password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "spellcheck": "false"}


class ConfirmPasswordForm(Worded, account.ReauthenticateForm):
    labels: ClassVar = {"password": "Password"}


class ChangePasswordForm(Worded, account.ChangePasswordForm):
    labels: ClassVar = {
        "oldpassword": "Present password",
        "password1": "New password",
        "password2": "New password again",
    }
    hints: ClassVar = {"password1": GOOD_PASSWORD}


class ForgottenPasswordForm(Worded, account.ResetPasswordForm):
    labels: ClassVar = {"email": "Work email"}


class NewPasswordForm(Worded, account.ResetPasswordKeyForm):
    labels: ClassVar = {"password1": "New password", "password2": "New password again"}
    hints: ClassVar = {"password1": GOOD_PASSWORD}


class CodeField(Worded):
    """A form with one code to type: six digits from an authenticator app, or a recovery code."""

    labels: ClassVar = {"code": "Code"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "class": "nhsuk-input nhsuk-input--width-10"}


class SecondFactorForm(CodeField, second_factor.AuthenticateForm):
    hints: ClassVar = {"code": "Six digits from your authenticator app, or one of your recovery codes"}


class ConfirmCodeForm(CodeField, second_factor.ReauthenticateForm):
    hints: ClassVar = {"code": "Six digits from your authenticator app, or one of your recovery codes"}


class AddAuthenticatorForm(CodeField, ActivateTOTPForm):
    hints: ClassVar = {"code": "The six digits that the app now shows for opplan"}
