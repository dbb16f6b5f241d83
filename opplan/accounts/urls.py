from django.urls import path, reverse_lazy
from django.views.generic import RedirectView

from opplan.accounts import views

# Work emails are an administrator's to change: allauth's own pages for them lead back to the account.
to_account = RedirectView.as_view(url=reverse_lazy("accounts:me"))

app_name = "accounts"
urlpatterns = [
    path("", views.plans, name="plans"),
    path("me", views.me, name="me"),
    path("accounts/login/", views.SignIn.as_view(), name="sign_in"),
    path("accounts/email/", to_account),
    path("accounts/confirm-email/", to_account),
    path("accounts/confirm-email/<path:key>", to_account),
    path("accounts/password/set/", to_account),
]
