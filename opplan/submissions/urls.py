from django.urls import path

from opplan.submissions import views

app_name = "submissions"
urlpatterns = [
    path("", views.workbook, name="workbook"),
    path("workbook.xlsx", views.download, name="download"),
]
