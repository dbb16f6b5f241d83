"""Administration of people and of their roles. Open to staff alone; sign-in is opplan's own, throttle and second factor included."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from opplan.accounts.actions import LastAdministrator, grant, withdraw
from opplan.accounts.models import Membership, User
from opplan.accounts.queries import administered_alone, is_last_administrator
from opplan.accounts.roles import Role
from opplan.plans.admin import HouseAdmin, WithReason


def entrance(request: HttpRequest, extra_context: object = None) -> HttpResponseBase:
    """Administration has no sign-in of its own. Whoever is signed in and not staff is told that there is no such page."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not admin.site.has_permission(request):
        raise Http404("No such page")
    return HttpResponseRedirect(reverse("admin:index"))


admin.site.login = entrance  # type: ignore[method-assign,assignment]


class PersonForm(WithReason):
    new_password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave empty, and the person chooses one through “I have forgotten my password”",
    )
    remove_second_factor = forms.BooleanField(
        required=False, help_text="For somebody who has lost both the phone and the recovery codes"
    )

    class Meta:
        model = User
        fields = ("name", "email", "is_active", "is_staff")

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        if password:
            validate_password(password, self.instance)
        return password

    def clean_email(self) -> str:
        """Sign-in compares emails whatever their case, so two accounts may not differ in case alone."""
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError("This email already has an account.")
        return email

    def clean_is_active(self) -> bool:
        active = bool(self.cleaned_data["is_active"])
        if self.instance.pk and not active and (alone := administered_alone(self.instance)):
            raise LastAdministrator(alone[0])
        return active


@admin.register(User)
class UserAdmin(HouseAdmin):
    """People are closed, never deleted: what they did keeps their name."""

    form = PersonForm
    list_display = ["name", "email", "is_active", "is_staff", "demonstration"]
    list_filter = ["is_active", "is_staff", "demonstration"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "new_password", "remove_second_factor", "is_active", "is_staff", "demonstration", "why"]
    readonly_fields = ["demonstration"]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, User)
        if form.cleaned_data["new_password"]:
            obj.set_password(form.cleaned_data["new_password"])
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if form.cleaned_data["remove_second_factor"]:
            Authenticator.objects.filter(user_id=obj.pk).delete()


class MembershipForm(WithReason):
    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        held = self.instance
        if held.pk and held.role == Role.ADMINISTRATOR != role and is_last_administrator(held.user, held.organisation):
            raise LastAdministrator(held.organisation)
        return role


@admin.register(Membership)
class MembershipAdmin(HouseAdmin):
    """Who may do what where. Deleting a membership withdraws it; the last administrator's cannot be."""

    form = MembershipForm
    list_display = ["user", "organisation", "role"]
    list_filter = ["organisation", "role"]
    search_fields = ["user__name", "user__email"]
    autocomplete_fields = ["user", "organisation"]
    list_select_related = ["user", "organisation"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["user", "organisation"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not isinstance(obj, Membership):
            return self.has_view_permission(request)
        last = obj.role == Role.ADMINISTRATOR and is_last_administrator(obj.user, obj.organisation)
        return self.has_view_permission(request) and not last

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, Membership)
        assert isinstance(request.user, User)
        row = grant(obj.user, obj.organisation, Role(obj.role), by=request.user, why=form.cleaned_data["why"])
        obj.pk, obj._state.adding = row.pk, False

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        assert isinstance(obj, Membership)
        assert isinstance(request.user, User)
        withdraw(obj.user, obj.organisation, by=request.user, why="Withdrawn in administration")
