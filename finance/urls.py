from django.urls import path

from finance.views import likelihood, risks, scenarios, schemes, statements

app_name = "finance"
urlpatterns = [
    path("schemes/", schemes.schemes, name="schemes"),
    path("schemes/<str:reference>/", schemes.scheme, name="scheme"),
    path("months/", schemes.months, name="months"),
    path("plan/", statements.plan, name="plan"),
    path("risks/", risks.risks, name="risks"),
    path("model/", scenarios.model, name="model"),
    path("likelihood/", likelihood.likelihood, name="likelihood"),
]
