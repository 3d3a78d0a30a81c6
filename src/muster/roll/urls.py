"""The addresses of rolls, entries and one's own matters."""

from django.urls import path

from muster.roll import views, views_chase, views_entry, views_holder, views_ladders, views_lives, views_my

app_name = "roll"
urlpatterns = [
    path("office/rolls/", views.rolls, name="rolls"),
    path("office/rolls/<uuid:pk>/", views.roll, name="roll"),
    path("office/rolls/<uuid:pk>/print/", views.paper, name="print"),
    path("office/rolls/<uuid:pk>/outstanding.csv", views.export, name="export"),
    path("office/rolls/<uuid:pk>/excuse/", views.excuse, name="excuse"),
    path("office/rolls/<uuid:pk>/names/", views_holder.names, name="names"),
    path("office/rolls/<uuid:pk>/close/", views_holder.close, name="close"),
    path("office/rolls/<uuid:pk>/chase/", views_chase.chase, name="chase"),
    path("office/rolls/<uuid:pk>/remind/", views_chase.remind, name="remind"),
    path("office/rolls/<uuid:pk>/copy/", views_chase.copy, name="copy"),
    path("office/ladders/", views_ladders.ladders, name="ladders"),
    path("office/entries/<uuid:pk>/attempt/", views_chase.attempt, name="attempt"),
    path("office/entries/<uuid:pk>/", views_entry.entry, name="entry"),
    path("office/entries/<uuid:pk>/excuse/", views_entry.excuse, name="excuse_entry"),
    path("office/entries/<uuid:pk>/lift-excuse/", views_entry.lift_excuse, name="lift_excuse"),
    path("office/entries/<uuid:pk>/remove/", views_holder.remove, name="remove"),
    path("office/entries/<uuid:pk>/choose/", views_entry.choose, name="choose"),
    path("office/entries/<uuid:pk>/phone/", views_entry.phone, name="phone"),
    path("office/people/<uuid:pk>/change/", views_lives.change_person, name="change_person"),
    path("office/units/<uuid:pk>/change/", views_lives.change_unit, name="change_unit"),
    path("my/", views_my.my, name="my"),
    path("my/entries/<uuid:pk>/attempt/", views_chase.attempt, name="my_attempt"),
    path("my/entries/<uuid:pk>/done/", views_my.done, name="done"),
]
