"""The addresses of opplan, and an empty page of a plan to measure the board against."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from opplan import urls
from opplan.accounts.roles import Capability
from opplan.accounts.scope import Scope, needs


@needs(Capability.VIEW_PLAN)
def empty(request: HttpRequest, scope: Scope) -> HttpResponse:
    return render(request, "base.html")


urlpatterns = [path("<organisation:organisation>/<year:year>/empty", empty), *urls.urlpatterns]
