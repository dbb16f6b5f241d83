from django.urls import path

from activity.views import lines

app_name = "activity"
urlpatterns = [
    path("", lines.lines, name="lines"),
    path("lines.csv", lines.lines_download, name="lines_download"),
    path("lines/<str:reference>/", lines.line, name="line"),
    path("lines/<str:reference>/readings.csv", lines.line_download, name="line_download"),
]
