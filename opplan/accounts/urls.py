from django.urls import path

from opplan.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.plans, name="plans"),
    path("me", views.me, name="me"),
]
