from django.urls import path

from initiatives import views

app_name = "initiatives"
urlpatterns = [
    path("milestones/", views.milestones, name="milestones"),
    path("milestones/<str:reference>/", views.milestone, name="milestone"),
    path("<str:reference>/update/", views.update, name="update"),
    path("<str:reference>/history/", views.history, name="history"),
]
