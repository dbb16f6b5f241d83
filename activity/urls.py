from django.urls import path

from activity import views

app_name = "activity"
urlpatterns = [
    path("", views.lines, name="lines"),
    path("lines.csv", views.lines_download, name="lines_download"),
    path("lines/<str:reference>/", views.line, name="line"),
    path("lines/<str:reference>/readings.csv", views.line_download, name="line_download"),
]
