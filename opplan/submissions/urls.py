from django.urls import path

from opplan.submissions.views import checks, delegations, returns, rounds, templates, versions, workbook

app_name = "submissions"
urlpatterns = [
    path("", workbook.workbook, name="workbook"),
    path("workbook.xlsx", workbook.download, name="download"),
    path("templates/", templates.templates, name="templates"),
    path("templates/<slug:template>/", templates.template, name="template"),
    path("templates/<slug:template>/workbook.xlsx", templates.template_download, name="template_download"),
    path("templates/<slug:template>/<slug:block>/", templates.answers, name="answers"),
    path("checks/", checks.checks_list, name="checks"),
    path("checks/<slug:template>/", checks.checks, name="template_checks"),
    path("checks/<slug:template>/accept/", checks.accept, name="accept"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<str:key>/", returns.applied, name="return"),
    path("returns/uploads/<str:batch>/", returns.upload, name="upload"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new/", rounds.round_add, name="round_add"),
    path("rounds/<str:reference>/", rounds.round_page, name="round"),
    path("rounds/<str:reference>/edit/", rounds.round_edit, name="round_edit"),
    path("rounds/<str:reference>/freeze/<slug:template>/", rounds.round_freeze, name="round_freeze"),
    path("versions/<slug:template>/", versions.difference, name="difference"),
    path("versions/<slug:template>/<str:version>/", versions.version, name="version"),
    path("versions/<slug:template>/<str:version>/workbook.xlsx", versions.version_download, name="version_download"),
    path("versions/<slug:template>/<str:version>/withdraw/", versions.version_withdraw, name="version_withdraw"),
    path("versions/<slug:template>/<str:version>/sign/", versions.version_sign, name="version_sign"),
    path("delegations/", delegations.delegation_list, name="delegations"),
    path("delegations/new/", delegations.delegation_add, name="delegation_add"),
    path("delegations/<str:reference>/withdraw/", delegations.delegation_withdraw, name="delegation_withdraw"),
    path("verify/", delegations.verify, name="verify"),
]
