from django.urls import path

from opplan.submissions.views import checks, returns, templates, workbook

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
]
