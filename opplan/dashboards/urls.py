from django.urls import path

from opplan.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.board, name="board"),
    path("initiatives/", views.initiatives, name="initiatives"),
    path("initiatives/<str:reference>/", views.initiative, name="initiative"),
    path("settings/", views.settings, name="settings"),
    path("settings/months/", views.month, name="month"),
    path("settings/tolerances/<str:rule>/", views.tolerance, name="tolerance"),
]
