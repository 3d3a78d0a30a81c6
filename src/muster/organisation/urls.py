"""The addresses of organisation: rights."""

from django.urls import path

from muster.organisation import views_access

app_name = "organisation"
urlpatterns = [
    path("office/access/", views_access.grants, name="grants"),
    path("office/access/give/", views_access.give, name="give"),
    path("office/access/stand-in/", views_access.stand_in, name="stand_in"),
    path("office/access/<int:pk>/end/", views_access.end, name="end_grant"),
]
