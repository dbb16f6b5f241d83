from django.urls import path

from finance import views

app_name = "finance"
urlpatterns = [
    path("schemes/", views.schemes, name="schemes"),
    path("schemes/<str:reference>/", views.scheme, name="scheme"),
    path("months/", views.months, name="months"),
]
