"""Every address: what is not of a plan first, then /<organisation>/<year>/ and its rooms."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, register_converter

from opplan.plans.addresses import OrganisationCode, Year

register_converter(OrganisationCode, "organisation")
register_converter(Year, "year")
handler429 = "opplan.web.errors.too_often"
handler500 = "opplan.web.errors.broken"


def healthz(request: HttpRequest) -> HttpResponse:
    """Answers when the process is up and its database answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


plan = [
    path("initiatives/", include("initiatives.urls")),
    path("", include("opplan.dashboards.urls")),
    path("activity/", include("activity.urls")),
    path("finance/", include("finance.urls")),
    path("submissions/", include("opplan.submissions.urls")),
]
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("opplan.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("<organisation:organisation>/<year:year>/", include(plan)),
]
